/* SPDX-License-Identifier: MIT */
/* A program with known stacks and known shares: main > outer > hot takes three times as long as main > outer > cold. Built with frame pointers. */
#include <stdint.h>
#include <stdlib.h>

static volatile uint64_t sink;

__attribute__((noinline)) void hot(uint64_t rounds)
{
	for (uint64_t i = 0; i < 3 * rounds; i++)
		sink += i;
}

__attribute__((noinline)) void cold(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++)
		sink += i;
}

__attribute__((noinline)) void outer(uint64_t rounds)
{
	hot(rounds);
	cold(rounds);
	sink++; /* so that neither call is a jump */
}

int main(int argc, char **argv)
{
	uint64_t times = argc > 1 ? strtoull(argv[1], NULL, 10) : UINT64_MAX;

	while (times-- > 0)
		outer(1000000);
	return argc > 2 ? atoi(argv[2]) : 0;
}
