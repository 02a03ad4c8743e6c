/*
 * A process with one mapping of every kind that the engines must tell apart. Usage: vma_zoo FOLDER. Prints "ready" and sleeps.
 * Mappings are kept apart by guard pages, so that none merge.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static const size_t page = 4096;

static void *map(int protection, int flags, int fd, off_t offset)
{
	void *address = mmap(NULL, 2 * page, protection, flags, fd, offset);
	mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return address;
}

static int file(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT, 0755);
	if (fd < 0 || ftruncate(fd, 16 * page)) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void map_file(const char *folder, const char *name, int unlinked)
{
	char path[4096];
	int fd = file(folder, name);
	map(PROT_READ, MAP_PRIVATE, fd, 0);
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 4096);
	map(PROT_READ | PROT_WRITE, MAP_SHARED, fd, 8192);
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (unlinked)
		unlink(path);
}

int main(int count, char **arguments)
{
	const char *folder = count > 1 ? arguments[1] : "/tmp";
	char path[4096], other[4096];

	map_file(folder, "plain", 0);
	map_file(folder, "deleted", 1);
	map_file(folder, "kept (deleted)", 0);
	map_file(folder, "twice (deleted)", 1);
	map_file(folder, "new\nline", 0);
	map_file(folder, "back\\slash \\012", 0);
	map_file(folder, " spaces  and\ttab ", 0);
	map_file(folder, "\xff\xfe not utf-8", 1); /* gone, since .NET cannot delete it */
	map_file(folder, "unicode-\xc3\xa9", 0);

	/* One inode under two names, and a deleted file under whose name another stands. */
	map_file(folder, "hard", 0);
	snprintf(path, sizeof(path), "%s/hard", folder);
	snprintf(other, sizeof(other), "%s/link", folder);
	link(path, other);
	map_file(folder, "link", 0);
	map_file(folder, "replaced", 1);
	map_file(folder, "replaced", 0);

	int memory = memfd_create("a memfd\nwith a line", 0);
	ftruncate(memory, 4 * page);
	map(PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	map(PROT_READ, MAP_PRIVATE, memory, 0);
	map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	map(PROT_READ | PROT_WRITE, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0);
	int shared = shmget(IPC_PRIVATE, 2 * page, IPC_CREAT | 0600);
	shmat(shared, NULL, 0);
	shmctl(shared, IPC_RMID, NULL);
	int posix = shm_open("/vma_zoo", O_RDWR | O_CREAT, 0600);
	ftruncate(posix, 2 * page);
	map(PROT_READ | PROT_WRITE, MAP_SHARED, posix, 0);
	shm_unlink("/vma_zoo");

	map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *huge = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(huge, 4 << 20, MADV_HUGEPAGE);
	mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0); /* fails where no pages are set aside */
	mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	char *grows = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	grows[0] = 1;

	/* Names of memory: refused where the kernel was built without CONFIG_ANON_VMA_NAME. */
	void *named = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, named, 2 * page, "a name");
	void *named_shared = map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, named_shared, 2 * page, "shared name");

	/* A path of 40 directories. */
	char deep[4096];
	snprintf(deep, sizeof(deep), "%s", folder);
	for (int level = 0; level < 40; level++) {
		strcat(deep, "/a-directory");
		mkdir(deep, 0755);
	}
	map_file(deep, "deep", 0);

	(void)sbrk(64 * page);
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
