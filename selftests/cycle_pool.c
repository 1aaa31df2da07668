// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_pool - processes that map the same pages, as a database's workers do
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int nr = argc > 2 ? atoi(argv[1]) : 0;
	size_t size = argc > 2 ? (size_t)atoi(argv[2]) << 20 : 0;
	int ready[2];
	char *pages;
	pid_t pid;
	int i;

	if (nr < 1 || !size)
		errx(2, "usage: cycle_pool PROCESSES MIB");
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || pipe(ready))
		err(EXIT_FAILURE, "cannot set up");
	for (i = 0; i < nr; i++) {
		pid = i ? fork() : 0;
		if (pid > 0) {
			printf("child %d\n", pid);
			continue;
		}
		if (i)
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Its own page table has to hold them, or they do not count. */
		memset(pages, 1, size);
		if (!i)
			continue;
		if (write(ready[1], "", 1) != 1)
			return EXIT_FAILURE;
		for (;;)
			pause();
	}
	for (i = 1; i < nr; i++)
		if (read(ready[0], pages, 1) != 1)
			return EXIT_FAILURE;
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (;;)
		pause();
}
