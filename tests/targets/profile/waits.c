/* SPDX-License-Identifier: MIT */
/*
 * waits ROUNDS: sleeps in two functions, 15 ms in long_wait and 5 ms in short_wait a round; calls visited once a round; and touches 64 fresh pages a round in
 * touch_pages. Where the time goes, what is called how often and where the faults are is known.
 */
#define _GNU_SOURCE
#pragma GCC optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGES 64

/* By syscall(2), whose frame lies right on this one: inside nanosleep(3) there may be no frame pointer, and the way to its callers would be lost. */
static __attribute__((noinline)) void sleep_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000 };

	syscall(SYS_nanosleep, &t, NULL);
	__asm__ volatile("");
}

__attribute__((noinline)) void long_wait(void)
{
	sleep_ms(15);
	__asm__ volatile("");
}

__attribute__((noinline)) void short_wait(void)
{
	sleep_ms(5);
	__asm__ volatile("");
}

__attribute__((noinline)) void visited(int round)
{
	__asm__ volatile("" : : "r"(round) : "memory");
}

__attribute__((noinline)) void touch_pages(void)
{
	long size = sysconf(_SC_PAGESIZE);
	volatile char *pages = mmap(0, PAGES * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise((void *)pages, PAGES * size, MADV_NOHUGEPAGE);
	for (int page = 0; page < PAGES; page++)
		pages[page * size] = 1;
	munmap((void *)pages, PAGES * size);
}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0;

	if (rounds <= 0)
		return fprintf(stderr, "usage: waits ROUNDS\n"), 2;
	for (int round = 0; round < rounds; round++) {
		long_wait();
		short_wait();
		visited(round);
		touch_pages();
	}
	return 0;
}
