/* SPDX-License-Identifier: MIT */
/*
 * swarm COUNT AT_ONCE SEED [KIND...]: starts COUNT processes of the kinds in turn (all of them unless told), AT_ONCE of them
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

static char *all[] = {
	"plain", "dlopen_late", "dlclose_early", "dlswap", "mremap_code", "exec_half_way", "vfork_exec", "posix_spawned", "leader_leaves",
	"fork_only", "deleted", "replaced", "jit", "killed", "namespaces", "overlay", "static", "nopie",
};

static pid_t start(const char *here, char *kind, int milliseconds)
{
	char path[8192], ms[16];
	int apart = !strcmp(kind, "static") || !strcmp(kind, "nopie"); /* files of their own */
	char *argv[] = { path, apart ? "plain" : kind, ms, NULL };
	pid_t child;

	snprintf(path, sizeof(path), apart ? "%s/exited-%s" : "%s/exited", here, kind);
	snprintf(ms, sizeof(ms), "%d", milliseconds);
	if (apart)
		setenv("KIND", kind, 1);
	else
		unsetenv("KIND");
	return posix_spawn(&child, path, NULL, NULL, argv, environ) ? -1 : child;
}

int main(int argc, char **argv)
{
	static char here[4096];
	char **kinds = argc > 4 ? argv + 4 : all;
	int kind_count = argc > 4 ? argc - 4 : (int)(sizeof(all) / sizeof(all[0]));
	int running = 0, failed = 0, status;

	if (argc < 4)
		return fprintf(stderr, "usage: swarm COUNT AT_ONCE SEED [KIND...]\n"), 2;
	int count = atoi(argv[1]), at_once = atoi(argv[2]);

	srandom(atoi(argv[3]));
	if (readlink("/proc/self/exe", here, sizeof(here) - 1) < 0)
		return 2;
	dirname(here);
	for (int i = 0; i < count || running;) {
		if (i < count && running < at_once) {
			if (start(here, kinds[i % kind_count], 5 + random() % 46) > 0)
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
