/* SPDX-License-Identifier: MIT */
/* More kinds, unlike those in exited.c: odd files, odd places, odd address spaces. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ftw.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "target.h"

static pid_t run_next_as;

static void run_in_child(void (*rest)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		rest();
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		_exit(92);
}

/* ---- files ---- */

/* A program that never had a name on disk. */
static void memfd(void)
{
	char path[64];
	int fd = memfd_create("odd", MFD_CLOEXEC);

	if (fd < 0)
		fail("memfd_create");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy_file(self, path);
	/* Busy while open for writing: by a descriptor for reading then. */
	int again = open(path, O_RDONLY | O_CLOEXEC);

	close(fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", again);
	again_as("plain", path, duration_ns);
}

static void run_copy(void)
{
	again_as("plain", getenv("COPY"), duration_ns);
}

/* A name with all that breaks who parses text. */
static void odd_name(void)
{
	char path[256];

	snprintf(path, sizeof(path), "/tmp/exited-%d a;b\n\xc3\xa9\xff \\012 (deleted)", getpid());
	copy_file(self, path);
	setenv("COPY", path, 1);
	run_in_child(run_copy);
	unlink(path);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat, (void)type, (void)at;
	return remove(path);
}

/* Many folders deep. */
static void deep_path(void)
{
	char path[4096], top[64];
	int length = snprintf(top, sizeof(top), "/tmp/exited-%d.d", getpid());

	memcpy(path, top, length + 1);
	mkdir(path, 0755);
	for (int i = 0; i < 90; i++) {
		length += snprintf(path + length, sizeof(path) - length, "/%02d-thirty-two-characters-of-name", i);
		mkdir(path, 0755);
	}
	strcpy(path + length, "/inner");
	copy_file(self, path);
	setenv("COPY", path, 1);
	run_in_child(run_copy);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#ifndef STATIC
/* A library is upgraded while it runs, and then loaded anew from the same path. */
static void upgraded(void)
{
	char path[64], new[80];
	void *handle;

	snprintf(path, sizeof(path), "/tmp/exited-%d.so", getpid());
	snprintf(new, sizeof(new), "%s.new", path);
	copy_file(beside("alpha.so"), path);
	copy_file(beside("beta.so"), new);
	snprintf(here, sizeof(here), "/tmp");
	const struct code *code = plug(strrchr(path, '/') + 1, &handle);

	spin_for(code, duration_ns / 3);
	rename(new, path);
	spin_for(code, duration_ns / 3);
	dlclose(handle);
	spin_for(plug(strrchr(path, '/') + 1, &handle), duration_ns / 3);
	unlink(path);
}
#endif

/* ---- users and roots ---- */

static void run_copy_as_nobody(void)
{
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		fail("setuid");
	run_copy();
}

static void nobody(void)
{
	const char *path = copy_of_self();

	run_in_child(run_copy_as_nobody);
	unlink(path);
}

static void chroot_and_run(void)
{
	if (chroot(getenv("COPY")) || chdir("/"))
		fail("chroot");
	again_as("plain", "/inner", duration_ns);
}

static void chrooted(void)
{
	char path[64], inner[96];

	snprintf(path, sizeof(path), "/tmp/exited-%d.root", getpid());
	snprintf(inner, sizeof(inner), "%s/inner", path);
	mkdir(path, 0755);
	copy_file(beside("exited-static"), inner);
	setenv("COPY", path, 1);
	run_in_child(chroot_and_run);
	unlink(inner);
	rmdir(path);
}

/* As containers are made: a root of its own, the old one gone. */
static void pivot(void)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", "/mnt", "tmpfs", 0, NULL))
		fail("mount");
	mkdir("/mnt/tmp", 0755);
	mkdir("/mnt/old", 0755);
	copy_file(beside("exited-static"), "/mnt/inner");
	if (syscall(SYS_pivot_root, "/mnt", "/mnt/old") || chdir("/") || umount2("/old", MNT_DETACH))
		fail("pivot_root");
}

static void pivot_and_run(void)
{
	pivot();
	again_as("plain", "/inner", duration_ns);
}

static void pivot_and_jit(void)
{
	pivot();
	again_as("jit", "/inner", duration_ns);
}

static void unshare_and(void (*rest)(void))
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID))
		fail("unshare");
	in_child_told_its_outer_pid(rest);
}

static void pivoted(void)
{
	unshare_and(pivot_and_run);
}

/* Its perf map is in a root of its own, under a pid of its own. */
static void jit_inside(void)
{
	unshare_and(pivot_and_jit);
}

/* ---- address spaces ---- */

#ifndef STATIC
/* The same addresses hold other code in parent and child. */
static void fork_swap(void)
{
	void *handle;
	const struct code *alpha = plug("alpha.so", &handle);

	spin_for(alpha, duration_ns / 3);
	pid_t child = fork();

	if (child == 0) {
		dlclose(handle);
		spin_for(plug("beta.so", &handle), duration_ns / 3);
		_exit(0);
	}
	spin_for(alpha, duration_ns / 3);
	waitpid(child, NULL, 0);
}

/* Code that was data first. */
static void mprotected(void)
{
	struct text text = map_text("alpha.so", NULL);

	if (mprotect(text.page, text.length, PROT_READ))
		fail("mprotect");
	spin_for(&CODE(first), duration_ns / 2);
	if (mprotect(text.page, text.length, PROT_READ | PROT_EXEC))
		fail("mprotect");
	spin_for(&text.code, duration_ns / 2);
}

/* Thousands of mappings, most of them of code; the last one runs. */
static void many_mappings(void)
{
	struct text text = map_text("alpha.so", NULL);
	char *room = mmap(NULL, 2000 * text.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *last = room + 1998 * text.length;

	for (int i = 0; i < 2000; i += 2)
		if (mmap(room + i * text.length, text.length, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			fail("mmap");
	if (mremap(text.page, text.length, text.length, MREMAP_MAYMOVE | MREMAP_FIXED, last) == MAP_FAILED)
		fail("mremap");
	long by = last - (char *)text.page;

	text.code.run = (void *)((char *)text.code.run + by);
	text.code.end += by;
	spin_for(&text.code, duration_ns);
}
#endif

/* In a non-PIE program: what it execs has other names at the same addresses. */
static void same_address(void)
{
	spin_for(&CODE(second), duration_ns / 2);
	again_as("exec_after", beside("exited-nopie-impostor"), duration_ns / 2);
}

static int shared_main(void *unused)
{
	(void)unused;
	spin_for(&CODE(second), duration_ns / 2);
	_exit(0);
}

/* Two processes in one address space; one of them leaves. */
static void shared_mm(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t child = clone(shared_main, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	if (child < 0)
		fail("clone");
	waitpid(child, NULL, 0);
	spin_for(&CODE(first), duration_ns / 2);
}

static __attribute__((noinline)) int recurse(int depth)
{
	if (!depth)
		return plain(), 0;
	int below = recurse(depth - 1);

	__asm__ volatile("" : "+r"(below));
	return below + 1;
}

/* Deeper than the kernel keeps. */
static void deep_stack(void)
{
	recurse(300);
}

static void *short_thread(void *unused)
{
	spin_for(&CODE(second), duration_ns / 10);
	return unused;
}

#define MOST_THREADS 100

static void run_threads(int count, void *(*thread)(void *))
{
	pthread_t threads[MOST_THREADS];

	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, thread, NULL);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void many_threads(void)
{
	run_threads(20, short_thread);
}

static void *busy_thread(void *unused)
{
	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < duration_ns / 10)
		CODE(second).run(20000);
	return unused;
}

/* Each as long on a CPU as the others, however many there are. */
static void hundred_threads(void)
{
	run_threads(MOST_THREADS, busy_thread);
}

/* ---- code made at run time ---- */

/* In a memfd that is mapped twice: written here, run there, as .NET does. */
static void jit_in_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 4096))
		fail("memfd_create");
	char *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *runs = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	struct code code = compile(writable, "jit_other", "w");

	FILE *map = fopen(jit_map(), "w");


	fprintf(map, "%lx %lx jit_spin\n", (unsigned long)runs, (unsigned long)(code.end - (char *)code.run));
	fclose(map);
	code.name = "jit_spin";
	code.end = runs + (code.end - (char *)code.run);
	code.run = (void (*)(uint64_t))runs;
	spin_for(&code, duration_ns);
	forget_jit_map();
}

static void jit_twice_mapped(void)
{
	jit_in_memfd("doublemapper");
}

static void jit_memfd(void)
{
	jit_in_memfd("code cache");
}

/* Memory that is shared with children is a file to the kernel: /dev/zero. */
static void jit_shared(void)
{
	struct code code = compile(map_code(NULL, MAP_SHARED), "jit_spin", "w");

	spin_for(&code, duration_ns);
	forget_jit_map();
}

/* The map stays when the process is gone, as real runtimes leave it; who started all this removes it. */
static void jit_kept(void)
{
	struct code code = compile(map_code(NULL, MAP_PRIVATE), "jit_spin", "w");

	spin_for(&code, duration_ns);
}

/* A map that grows while the process lives. */
static void jit_grows(void)
{
	char *memory = map_code(NULL, MAP_PRIVATE);
	struct code code = compile(memory, "jit_spin", "w");

	spin_for(&code, duration_ns / 2);
	code = compile(memory + 64, "jit_other", "a");
	spin_for(&code, duration_ns / 2);
}

/* Other code takes the place of the first: of these addresses nobody can say which it was, unless he knows when. */
static void jit_moved(void)
{
	char *memory = map_code(NULL, MAP_PRIVATE);
	struct code code = compile(memory, "jit_spin", "w");

	spin_for(&code, duration_ns / 2);
	code = compile(memory, "jit_other", "a");
	spin_for(&code, duration_ns / 2);
}

#define JIT_PLACE ((void *)0x100000000)

static void jit_other(void)
{
	struct code code = compile(map_code(JIT_PLACE, MAP_PRIVATE), "jit_other", "w");

	spin_for(&code, duration_ns);
}

/* Another program under the same pid, which writes its own map over that of the first, about the same addresses. */
static void jit_exec(void)
{
	struct code code = compile(map_code(JIT_PLACE, MAP_PRIVATE), "jit_spin", "w");

	spin_for(&code, duration_ns / 2);
	again_as("jit_other", self, duration_ns / 2);
}

/* ---- pids ---- */

static void run_as_pid(pid_t wanted, void (*rest)(void))
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
	} arguments = { .exit_signal = SIGCHLD, .set_tid = wanted ? (uint64_t)&wanted : 0, .set_tid_size = wanted ? 1 : 0 };
	int status;
	pid_t child = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child < 0)
		fail("clone3");
	if (child == 0) {
		rest();
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		_exit(92);
	run_next_as = child;
}

static void jit_at_place(void)
{
	struct code code = compile(map_code(JIT_PLACE, MAP_PRIVATE), "jit_spin", "w");

	spin_for(&code, duration_ns / 4);
}

static void become_jit_other(void)
{
	again_as("jit_other", self, duration_ns / 4);
}

static void become_impostor(void)
{
	again_as("exec_after", beside("exited-nopie-impostor"), duration_ns / 4);
}

static void become_nopie(void)
{
	again_as("exec_after", beside("exited-nopie"), duration_ns / 4);
}

/* Four processes one after another under one pid. */
static void pid_reused(void)
{
	run_as_pid(0, become_nopie);
	run_as_pid(run_next_as, become_impostor);
	run_as_pid(run_next_as, jit_at_place);
	run_as_pid(run_next_as, become_jit_other);
}

/* ---- files that change ---- */

/* A program is written over in place, by another build of the same size and time: the inode stays. */
static void overwritten(void)
{
	const char *path = copy_of_self();
	struct stat before;

	spin_for(&CODE(second), duration_ns / 3);
	duration_ns /= 3;
	if (truncate(path, 1 << 18) || stat(path, &before))
		fail(path);
	run_in_child(run_copy);
	copy_file(beside("exited-impostor"), path);
	if (truncate(path, 1 << 18))
		fail(path);
	utimensat(AT_FDCWD, path, (struct timespec[]){ before.st_atim, before.st_mtim }, 0);
	run_in_child(run_copy);
	unlink(path);
}

/* Without a build id, size and time are all there is. */
static void replaced_without_id(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/exited-%d", getpid());
	copy_file(beside("exited-noid"), path);
	setenv("COPY", path, 1);
	setenv("IMPOSTOR", beside("exited-noid-impostor"), 1);
	again_as("replaced_copy", path, duration_ns);
}

const struct kind odd_kinds[] = {
	{ "memfd", memfd },
	{ "odd_name", odd_name },
	{ "deep_path", deep_path },
#ifndef STATIC
	{ "upgraded", upgraded },
	{ "fork_swap", fork_swap },
	{ "mprotected", mprotected },
	{ "many_mappings", many_mappings },
#endif
	{ "nobody", nobody },
	{ "chrooted", chrooted },
	{ "pivoted", pivoted },
	{ "jit_inside", jit_inside },
	{ "same_address", same_address },
	{ "shared_mm", shared_mm },
	{ "deep_stack", deep_stack },
	{ "many_threads", many_threads },
	{ "hundred_threads", hundred_threads },
	{ "jit_twice_mapped", jit_twice_mapped },
	{ "jit_memfd", jit_memfd },
	{ "jit_shared", jit_shared },
	{ "jit_kept", jit_kept },
	{ "jit_grows", jit_grows },
	{ "jit_moved", jit_moved },
	{ "jit_other", jit_other },
	{ "jit_exec", jit_exec },
	{ "pid_reused", pid_reused },
	{ "overwritten", overwritten },
	{ "replaced_without_id", replaced_without_id },
	{ NULL, NULL },
};
