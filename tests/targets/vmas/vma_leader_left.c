/* A process whose first thread leaves while another lives on. Prints "ready" when it has left. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* The kernel tells pthread_join before the thread has let go of its address space; a zombie has. */
static int is_zombie(pid_t pid)
{
	char path[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	if (stat) {
		fscanf(stat, "%*d (%*[^)]) %c", &state);
		fclose(stat);
	}
	return state == 'Z';
}

static void *stay(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	while (!is_zombie(getpid()))
		usleep(1000);
	puts("ready");
	fflush(stdout);
	pause();
	return NULL;
}

int main(void)
{
	static pthread_t first, second;
	first = pthread_self();
	pthread_create(&second, NULL, stay, &first);
	pthread_exit(NULL);
}
