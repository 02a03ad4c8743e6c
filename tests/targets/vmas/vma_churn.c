/* A process that maps, protects and unmaps without end, around 64 mappings of its own that stay. Prints "ready" after the first round. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
	for (int fixed = 0; fixed < 64; fixed++) {
		char *address = mmap((void *)(0x200000000000ul + fixed * 0x10000000ul), 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (address == MAP_FAILED)
			return 1;
	}
	for (int round = 0;; round++) {
		char *address[32];
		for (int slot = 0; slot < 32; slot++) {
			address[slot] = mmap(NULL, 16 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			mprotect(address[slot] + 4 * 4096, 4096, PROT_NONE);
		}
		for (int slot = 0; slot < 32; slot++)
			munmap(address[slot], 16 * 4096);
		if (round == 0) {
			puts("ready");
			fflush(stdout);
		}
	}
}
