/* SPDX-License-Identifier: MIT */
/*
 * swarm COUNT AT_ONCE SEED [KIND...]: starts COUNT processes of the kinds in turn (the usual ones unless told), AT_ONCE of them
 * at a time, each for 5 to 50 ms, and waits for the last. They write the truth to the descriptor TRUTH_FD (standard output
 * unless told). Standard error ends with the number that failed; that is the exit status too.
 */
#define _GNU_SOURCE
#include <libgen.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char here[4096];

static char *usual[] = {
	"plain", "dlopen_late", "dlclose_early", "dlswap", "mremap_code", "exec_half_way", "vfork_exec", "posix_spawned", "leader_leaves",
	"fork_only", "deleted", "replaced", "jit", "killed", "namespaces", "overlay", "static", "nopie", NULL,
};
static char *odd[] = {
	"memfd", "odd_name", "deep_path", "upgraded", "fork_swap", "mprotected", "many_mappings", "nobody", "chrooted", "pivoted", "jit_inside",
	"same_address", "shared_mm", "deep_stack", "many_threads", "jit_twice_mapped",
	"jit_memfd", "jit_shared", "jit_kept", "jit_grows", "jit_exec", "pid_reused", "overwritten", "replaced_without_id", "noid", "debuglink", "minidebug", "musl", NULL,
};

/* The program that runs a kind: most often `exited`; some kinds are files of their own, which run `plain`. */
static int program_of(const char *kind, char *path, size_t size)
{
	int is_own = snprintf(path, size, "%s/exited-%s", here, kind) > 0 && !access(path, X_OK);

	if (!is_own)
		snprintf(path, size, "%s/%s", here, strcmp(kind, "same_address") ? "exited" : "exited-nopie");
	return is_own;
}

static pid_t start(char *kind, int milliseconds)
{
	char path[8192], ms[16];
	int is_own = program_of(kind, path, sizeof(path));
	char *argv[] = { path, is_own ? "plain" : kind, ms, NULL };
	pid_t child;

	snprintf(ms, sizeof(ms), "%d", milliseconds);
	if (is_own)
		setenv("KIND", kind, 1);
	else
		unsetenv("KIND");
	return posix_spawn(&child, path, NULL, NULL, argv, environ) ? -1 : child;
}

/* The kinds that were asked for; "usual" and "odd" stand for many. What could not be built here (another C library) is left out. */
static int choose(char **asked, char **kinds, int room)
{
	char path[8192];
	int count = 0;

	for (; *asked; asked++) {
		char **list = !strcmp(*asked, "usual") ? usual : !strcmp(*asked, "odd") ? odd : (char *[]){ *asked, NULL };

		for (; *list && count < room; list++)
			if (strcmp(*list, "musl") || program_of(*list, path, sizeof(path)))
				kinds[count++] = *list;
	}
	return count;
}

int main(int argc, char **argv)
{
	char *kinds[64];
	int running = 0, failed = 0, status;

	if (argc < 4)
		return fprintf(stderr, "usage: swarm COUNT AT_ONCE SEED [KIND...]\n"), 2;
	int count = atoi(argv[1]), at_once = atoi(argv[2]);

	srandom(atoi(argv[3]));
	if (readlink("/proc/self/exe", here, sizeof(here) - 1) < 0)
		return 2;
	dirname(here);
	int kind_count = choose(argc > 4 ? argv + 4 : (char *[]){ "usual", NULL }, kinds, 64);

	for (int i = 0; i < count || running;) {
		if (i < count && running < at_once) {
			if (start(kinds[i % kind_count], 5 + random() % 46) > 0)
				running++;
			else
				failed++;
			i++;
			continue;
		}
		if (wait(&status) < 0)
			break;
		running--;
		failed += status != 0;
	}
	fprintf(stderr, "swarm: %d failed\n", failed);
	return failed > 99 ? 99 : failed;
}
