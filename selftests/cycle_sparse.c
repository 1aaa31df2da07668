// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_sparse - has page tables half as large as its memory, and forks
 *
 * The copy of the page tables is one long series of allocations in the kernel,
 * in which nobody looks for signals: who is killed in the midst of it goes on
 * asking for memory.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What one page of page tables covers. */
#define TABLE_BYTES	(2UL << 20)

int main(int argc, char **argv)
{
	unsigned long nr = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, i;
	char *area;

	if (!nr)
		errx(2, "usage: cycle_sparse PAGES");
	area = mmap(NULL, nr * TABLE_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	/* A kernel without huge pages, such as PREEMPT_RT, refuses. */
	if (madvise(area, nr * TABLE_BYTES, MADV_NOHUGEPAGE) && errno != EINVAL)
		err(EXIT_FAILURE, "madvise");
	for (i = 0; i < nr; i++)
		area[i * TABLE_BYTES] = 1;
	printf("ready %d\n", getpid());
	fflush(stdout);
	if (fork() < 0)
		err(EXIT_FAILURE, "fork");
	for (;;)
		pause();
}
