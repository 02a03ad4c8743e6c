/* Peer of the vmas benchmark: reads and parses /proc/PID/maps as tools do. Called by P/Invoke, so that it runs in the same process. */
#include <stdio.h>

struct row {
	unsigned long long start, end, offset, inode;
	unsigned major, minor;
	char perms[8];
	char path[256];
};

static struct row rows[70000];

/* The number of VMAs of a process, or -1. */
int parse_maps(int pid)
{
	char name[64], line[8192];
	int count = 0;
	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	FILE *file = fopen(name, "r");
	if (!file)
		return -1;
	while (count < 70000 && fgets(line, sizeof(line), file)) {
		struct row *row = &rows[count];
		row->path[0] = 0;
		if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %255[^\n]", &row->start, &row->end, row->perms, &row->offset, &row->major,
			   &row->minor, &row->inode, row->path) >= 7)
			count++;
	}
	fclose(file);
	return count;
}
