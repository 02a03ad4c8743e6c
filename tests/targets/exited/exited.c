/* SPDX-License-Identifier: MIT */
/*
 * exited KIND MILLISECONDS: a process that runs known code in a way that is hard to name afterwards, says so in the truth
 * file (truth.h) and ends. `swarm` starts many of them. KIND is one of the functions in `kinds` below or in odd.c, each a
 * case of the exited-process problem.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "target.h"

SPIN_(first);
SPIN_(second);

void plain(void)
{
	spin_for(&CODE(first), duration_ns);
}

#ifndef STATIC
static void dlopen_late(void)
{
	void *handle;

	spin_for(&CODE(first), duration_ns / 2);
	spin_for(plug("alpha.so", &handle), duration_ns / 2);
}

static void dlclose_early(void)
{
	void *handle;

	spin_for(plug("alpha.so", &handle), duration_ns / 2);
	dlclose(handle);
	spin_for(&CODE(first), duration_ns / 2);
}

/* The second library takes the place of the first: same size, same addresses, other names. */
static void dlswap(void)
{
	void *handle;

	spin_for(plug("alpha.so", &handle), duration_ns / 2);
	dlclose(handle);
	spin_for(plug("beta.so", &handle), duration_ns / 2);
}

/* Code moves away by mremap, and other code of the same size takes its place. */
static void mremap_code(void)
{
	struct text alpha = map_text("alpha.so", NULL), moved = alpha;

	spin_for(&alpha.code, duration_ns / 3);
	void *target = mmap(NULL, alpha.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	moved.page = mremap(alpha.page, alpha.length, alpha.length, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	if (moved.page == MAP_FAILED)
		fail("mremap");
	/* The old place is held, so that the next library's own mapping does not come to lie there. */
	if (mmap(alpha.page, alpha.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		fail("mmap");
	long by = (char *)moved.page - (char *)alpha.page;

	moved.code.run = (void *)((char *)alpha.code.run + by);
	moved.code.end = alpha.code.end + by;
	spin_for(&moved.code, duration_ns / 3);
	struct text beta = map_text("beta.so", alpha.page);

	spin_for(&beta.code, duration_ns / 3);
}
#endif

static void exec_half_way(void)
{
	spin_for(&CODE(first), duration_ns / 2);
	again_as("exec_after", self, duration_ns / 2);
}

static void exec_after(void)
{
	spin_for(&CODE(second), duration_ns);
}

/* A vfork child runs in its parent's memory until it execs. */
static void vfork_exec(void)
{
	pid_t child = vfork();

	if (child < 0)
		fail("vfork");
	if (child == 0) {
		spin_for(&CODE(first), duration_ns / 2);
		again_as("exec_after", self, duration_ns / 2);
	}
	waitpid(child, NULL, 0);
}

static void posix_spawned(void)
{
	char ms[32];
	pid_t child;
	char *argv[] = { (char *)self, "exec_after", ms, NULL };

	snprintf(ms, sizeof(ms), "%lu", (unsigned long)(duration_ns / 1000000));
	setenv("KIND", kind, 1);
	if (posix_spawn(&child, self, NULL, NULL, argv, environ))
		fail("posix_spawn");
	waitpid(child, NULL, 0);
}

static void *thread_main(void *unused)
{
	spin_for(&CODE(second), duration_ns);
	return unused;
}

/* The leader leaves first: /proc/PID/maps is empty from then on. */
static void leader_leaves(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, thread_main, NULL);
	pthread_exit(NULL);
}

static void fork_only(void)
{
	pid_t child = fork();

	if (child == 0) {
		spin_for(&CODE(second), duration_ns);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void deleted(void)
{
	again_as("deleted_copy", copy_of_self(), duration_ns);
}

static void deleted_copy(void)
{
	unlink(getenv("COPY"));
	plain();
}

static void replaced(void)
{
	setenv("IMPOSTOR", beside("exited-impostor"), 1);
	again_as("replaced_copy", copy_of_self(), duration_ns);
}

static void replaced_copy(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.new", getenv("COPY"));
	copy_file(getenv("IMPOSTOR"), path);
	spin_for(&CODE(first), duration_ns / 2);
	rename(path, getenv("COPY"));
	spin_for(&CODE(second), duration_ns / 2);
	unlink(getenv("COPY"));
}

/* Writable, executable memory with a perf map, which is removed at the end. */
void jit(void)
{
	struct code code = compile(map_code(NULL, MAP_PRIVATE), "jit_spin", "w");

	spin_for(&code, duration_ns);
	forget_jit_map();
}

/* The parent sends SIGKILL in the midst of it. */
static void killed(void)
{
	pid_t child = fork();

	if (child == 0) {
		truth(kind, &CODE(second), now_ns(), TRUTH_OPEN_END, 0);
		for (;;)
			CODE(second).run(1 << 20);
	}
	usleep(duration_ns / 1000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void run_from_a_private_tmpfs(void)
{
	const char *path = "/mnt/inner";

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", "/mnt", "tmpfs", 0, NULL))
		fail("mount");
	copy_file(self, path);
	again_as("plain", path, duration_ns);
}

static void be_root_inside(void)
{
	static const char *const writes[][2] = {
		{ "/proc/self/setgroups", "deny" }, { "/proc/self/uid_map", "0 0 1" }, { "/proc/self/gid_map", "0 0 1" },
	};

	for (int i = 0; i < 3; i++) {
		int fd = open(writes[i][0], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, writes[i][1], strlen(writes[i][1])) < 0)
			fail(writes[i][0]);
		close(fd);
	}
}

static void namespaces(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID))
		fail("unshare");
	be_root_inside();
	in_child_told_its_outer_pid(run_from_a_private_tmpfs);
}

static void run_from_an_overlay(void)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", "/mnt", "tmpfs", 0, NULL))
		fail("mount tmpfs");
	mkdir("/mnt/lower", 0755);
	mkdir("/mnt/upper", 0755);
	mkdir("/mnt/work", 0755);
	mkdir("/mnt/merged", 0755);
	copy_file(self, "/mnt/lower/inner");
	if (mount("overlay", "/mnt/merged", "overlay", 0, "lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work"))
		fail("mount overlay");
	again_as("plain", "/mnt/merged/inner", duration_ns);
}

static void overlay(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID))
		fail("unshare");
	in_child_told_its_outer_pid(run_from_an_overlay);
}

static const struct kind kinds[] = {
	{ "plain", plain },
#ifndef STATIC
	{ "dlopen_late", dlopen_late },
	{ "dlclose_early", dlclose_early },
	{ "dlswap", dlswap },
	{ "mremap_code", mremap_code },
#endif
	{ "exec_half_way", exec_half_way },
	{ "exec_after", exec_after },
	{ "vfork_exec", vfork_exec },
	{ "posix_spawned", posix_spawned },
	{ "leader_leaves", leader_leaves },
	{ "fork_only", fork_only },
	{ "deleted", deleted },
	{ "deleted_copy", deleted_copy },
	{ "replaced", replaced },
	{ "replaced_copy", replaced_copy },
	{ "jit", jit },
	{ "killed", killed },
	{ "namespaces", namespaces },
	{ "overlay", overlay },
	{ NULL, NULL },
};

static int run(const struct kind *of, const char *name)
{
	const struct code process = { "-", NULL, NULL, "-" };

	for (; of->name; of++)
		if (!strcmp(of->name, name)) {
			truth(kind, &process, 0, 0, 0);
			of->run();
			return 1;
		}
	return 0;
}

int main(int argc, char **argv)
{
	static char path[4096];

	if (argc != 3)
		return fprintf(stderr, "usage: exited KIND MILLISECONDS\n"), 2;
	/* The kind's name stays with what it execs; some kinds are files of their own that run `plain`. */
	kind = getenv("KIND") ?: argv[1];
	duration_ns = strtoull(argv[2], NULL, 10) * 1000000;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	/* A root of its own may have no /proc. */
	self = n > 0 ? path : argv[0];
	snprintf(here, sizeof(here), "%s", self);
	*(strrchr(here, '/') ?: here) = 0;
	if (run(kinds, argv[1]) || run(odd_kinds, argv[1]))
		return 0;
	fprintf(stderr, "exited: no kind '%s'\n", argv[1]);
	return 2;
}
