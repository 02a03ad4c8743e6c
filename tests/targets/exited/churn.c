/* SPDX-License-Identifier: MIT */
/*
 * churn SECONDS STARTS_A_SECOND THREADS: a busy machine for a while. Threads compute half of the time, in call stacks of many shapes, and processes are
 * started at a steady rate: every other one is /bin/true, the rest this program, computing for a millisecond. Ends with the number it has started.
 */
#pragma GCC optimize("no-omit-frame-pointer")
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "truth.h"

#define STARTERS 4

extern char **environ;
static uint64_t end_ns, rate;

/* Two functions that call each other in an order that the number decides: 2^depth different stacks. */
static uint64_t left(uint64_t way, int depth);

static __attribute__((noinline)) uint64_t right(uint64_t way, int depth)
{
	return depth ? (way & 1 ? left(way >> 1, depth - 1) : right(way >> 1, depth - 1)) + 1 : way * 0x9e3779b97f4a7c15;
}

static __attribute__((noinline)) uint64_t left(uint64_t way, int depth)
{
	return depth ? (way & 1 ? left(way >> 1, depth - 1) : right(way >> 1, depth - 1)) + 2 : way * 0xff51afd7ed558ccd;
}

static int by_value(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static void compute(uint64_t ns)
{
	static __thread uint64_t sum = 88172645463325252;
	uint64_t from = now_ns();
	int numbers[256];

	while (now_ns() - from < ns) {
		for (int i = 0; i < 200; i++)
			sum ^= left(sum, 8 + sum % 24);
		for (int i = 0; i < 256; i++)
			numbers[i] = (int)(sum * (i + 1));
		qsort(numbers, 256, sizeof(int), by_value);
	}
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void *half_busy(void *unused)
{
	while (now_ns() < end_ns) {
		compute(5000000);
		sleep_until(now_ns() + 5000000);
	}
	return unused;
}

/* One of four that share the rate: each waits for its process, so that a late one does not hold up the others. */
static void *starter(void *number)
{
	char *self[] = { "/proc/self/exe", "child", NULL }, *other[] = { "/bin/true", NULL };
	uint64_t start = now_ns();
	long started = 0;

	while (now_ns() < end_ns) {
		char **arguments = started & 1 ? self : other;
		pid_t child;
		int status;

		if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) || waitpid(child, &status, 0) != child || status)
			_exit(91);
		started++;
		sleep_until(start + started * STARTERS * 1000000000ull / rate);
	}
	*(long *)number = started;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread, starters[STARTERS];
	long counts[STARTERS], started = 0;

	if (argc == 2)
		return compute(1000000), 0;
	if (argc != 4)
		return fprintf(stderr, "usage: churn SECONDS STARTS_A_SECOND THREADS\n"), 2;
	rate = strtoull(argv[2], NULL, 10);
	end_ns = now_ns() + strtoull(argv[1], NULL, 10) * 1000000000;
	for (int i = 0; i < atoi(argv[3]); i++)
		pthread_create(&thread, NULL, half_busy, NULL);
	for (int i = 0; i < STARTERS; i++)
		pthread_create(&starters[i], NULL, starter, &counts[i]);
	for (int i = 0; i < STARTERS; i++) {
		pthread_join(starters[i], NULL);
		started += counts[i];
	}
	return printf("churn: %ld started\n", started) < 0;
}
