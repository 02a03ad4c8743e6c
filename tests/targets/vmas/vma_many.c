/*
 * A process with a given number of VMAs. Usage: vma_many COUNT FILE. One in three maps a page of FILE; the others are anonymous with
 * permissions that alternate, so that none merge. Prints "ready" and sleeps.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	int lines = 0;
	for (int letter; (letter = fgetc(file)) != EOF;)
		lines += letter == '\n';
	fclose(file);
	return lines;
}

int main(int count, char **arguments)
{
	int wanted = count > 1 ? atoi(arguments[1]) : 1000;
	int fd = open(count > 2 ? arguments[2] : arguments[0], O_RDONLY);
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int vma = count_lines("/proc/self/maps"); vma < wanted; vma++) {
		void *address = vma % 3 == 0 ? mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0)
			: mmap(NULL, 4096, vma % 3 == 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (address == MAP_FAILED) {
			perror("mmap");
			return 1;
		}
	}
	puts("ready");
	pause();
	return 0;
}
