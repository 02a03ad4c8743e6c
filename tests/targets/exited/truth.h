/* SPDX-License-Identifier: MIT */
/*
 * What a target says of itself: one line for each stretch of time in which a thread ran known code.
 *
 *   pid tid kind function start end from_ns to_ns file cpu_ns
 *
 * start and end are the code's addresses (hex, end exclusive), the times CLOCK_MONOTONIC, file the file that the code was
 * built into (whatever name it runs by), cpu_ns the thread's time on a CPU in that stretch. A sample of that thread in that
 * stretch whose leaf lies in [start, end) has to be named `function`. The line is written when the stretch ends; a process
 * that is to be killed writes it beforehand with an open end (to_ns = 18446744073709551615, cpu_ns 0). A line whose function
 * is "-" says only that the process is of that kind. Each line is one write() to a file opened O_APPEND, so that many
 * processes share it.
 */
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TRUTH_OPEN_END UINT64_MAX

struct code {
	const char *name;
	void (*run)(uint64_t iterations);
	const char *end;
	const char *file;
};

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline void truth(const char *kind, const struct code *code, uint64_t from, uint64_t to, uint64_t cpu)
{
	static int fd = -1;
	char line[512];
	int n;

	if (fd < 0) {
		const char *given = getenv("TRUTH_FD");

		fd = given ? atoi(given) : STDOUT_FILENO;
	}
	/* The pids are those of the outermost namespace: a child in a pid namespace is told its own by its parent. */
	const char *outer = getenv("TRUTH_PID");
	int pid = outer ? atoi(outer) : getpid(), tid = outer ? atoi(outer) : (int)syscall(SYS_gettid);

	n = snprintf(line, sizeof(line), "%d %d %s %s %lx %lx %lu %lu %s %lu\n", pid, tid, kind, code->name,
		     (unsigned long)code->run, (unsigned long)code->end, (unsigned long)from, (unsigned long)to, code->file,
		     (unsigned long)cpu);
	if (write(fd, line, n) != n)
		_exit(90);
}
