/* SPDX-License-Identifier: MIT */
/*
 * A program with known stacks and known shares: main > outer > hot has work done three times as often as main > outer > cold. Both call the
 * same loop, for two loops of the same text need not be equally fast. Built without optimisation: at -O1 gcc leaves the frame
 * pointer out of functions that call nothing.
 */
#include <stdint.h>
#include <stdlib.h>

static volatile uint64_t sink;

__attribute__((noinline)) void work(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++)
		sink += i;
}

__attribute__((noinline)) void hot(uint64_t rounds)
{
	work(3 * rounds);
	sink++; /* so that no call here is a jump */
}

__attribute__((noinline)) void cold(uint64_t rounds)
{
	work(rounds);
	sink++;
}

__attribute__((noinline)) void outer(uint64_t rounds)
{
	hot(rounds);
	cold(rounds);
	sink++;
}

int main(int argc, char **argv)
{
	uint64_t times = argc > 1 ? strtoull(argv[1], NULL, 10) : UINT64_MAX;

	while (times-- > 0)
		outer(1000000);
	return argc > 2 ? atoi(argv[2]) : 0;
}
