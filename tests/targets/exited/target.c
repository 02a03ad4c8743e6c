/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "target.h"

const char *kind, *self;
uint64_t duration_ns;
char here[4096];

void fail(const char *what)
{
	fprintf(stderr, "exited %s: %s: %s\n", kind, what, strerror(errno));
	_exit(91);
}

const char *beside(const char *name)
{
	static char path[8192];

	snprintf(path, sizeof(path), "%s/%s", here, name);
	return path;
}

void spin_for(const struct code *code, uint64_t ns)
{
	uint64_t from = now_ns(), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	do
		code->run(20000);
	while (now_ns() - from < ns);
	uint64_t to = now_ns();

	truth(kind, code, from, to, clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu);
}

#ifndef STATIC
const struct code *plug(const char *name, void **handle)
{
	*handle = dlopen(beside(name), RTLD_NOW);
	if (!*handle)
		fail(dlerror());
	const struct code *(*plugged)(void) = (const struct code *(*)(void))dlsym(*handle, "plugged_code");

	return plugged();
}

struct text map_text(const char *name, void *at)
{
	static char names[8][16];
	static int used;
	unsigned long start, end, offset;
	char line[8192], path[4096];
	void *handle;
	const struct code *code = plug(name, &handle);
	FILE *maps = fopen("/proc/self/maps", "r");
	struct text text = { 0 };

	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &start, &end, &offset, path) < 4)
			continue;
		if ((unsigned long)code->run < start || (unsigned long)code->run >= end)
			continue;
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		text.length = end - start;
		text.page = mmap(at, text.length, PROT_READ | PROT_EXEC, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd, offset);
		if (text.page == MAP_FAILED)
			fail("mmap");
		close(fd);
		snprintf(names[used & 7], sizeof(names[0]), "%s", code->name);
		text.code.name = names[used++ & 7];
		text.code.file = name;
		text.code.run = (void *)((char *)text.page + ((unsigned long)code->run - start));
		text.code.end = (char *)text.page + ((unsigned long)code->end - start);
	}
	fclose(maps);
	dlclose(handle);
	if (!text.page)
		fail("the library's code is not in its maps");
	return text;
}
#endif

void *map_code(void *at, int flags)
{
	void *memory = mmap(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	if (memory == MAP_FAILED)
		fail("mmap");
	return memory;
}

const char *jit_map(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	return path;
}

/* The bytes: 1: dec %rdi; jnz 1b; ret. */
struct code compile(void *memory, const char *name, const char *mode)
{
	static const unsigned char bytes[] = { 0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3 };
	struct code code = { name, (void (*)(uint64_t))memory, (char *)memory + sizeof(bytes), "[jit]" };

	memcpy(memory, bytes, sizeof(bytes));
	FILE *map = fopen(jit_map(), mode);

	if (!map)
		fail(jit_map());
	fprintf(map, "%lx %zx %s\n", (unsigned long)memory, sizeof(bytes), name);
	fclose(map);
	return code;
}

void forget_jit_map(void)
{
	unlink(jit_map());
}

void again_as(const char *as, const char *program, uint64_t ns)
{
	char ms[32];

	snprintf(ms, sizeof(ms), "%lu", (unsigned long)(ns / 1000000));
	setenv("KIND", kind, 1);
	execle(program, self, as, ms, NULL, environ);
	fail(program);
}

void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		fail(to);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			fail(to);
	close(in);
	close(out);
}

const char *copy_of_self(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "/tmp/exited-%d", getpid());
	copy_file(self, path);
	setenv("COPY", path, 1);
	return path;
}

void in_child_told_its_outer_pid(void (*rest)(void))
{
	int told[2];
	char outer[16];
	pid_t child;

	if (pipe2(told, O_CLOEXEC))
		fail("pipe");
	child = fork();
	if (child == 0) {
		int n = read(told[0], outer, sizeof(outer) - 1);

		outer[n > 0 ? n : 0] = 0;
		setenv("TRUTH_PID", outer, 1);
		rest();
		_exit(0);
	}
	int status, n = snprintf(outer, sizeof(outer), "%d", child);

	if (write(told[1], outer, n) != n)
		fail("pipe");
	waitpid(child, &status, 0);
	if (status)
		_exit(92);
}
