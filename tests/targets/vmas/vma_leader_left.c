/* A process whose first thread leaves while another lives on. Prints "ready" when it has left. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *stay(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
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
