// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_onlooker - look at a process, and be held up while doing so
 *
 * Reads its stack into a page of a file. If the file system is frozen, the read
 * lasts until it is thawed, and for so long the kernel uses the memory of the
 * process, even if that dies.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* An address that process @pid has for sure. */
static void *stack_of(int pid)
{
	unsigned long from = 0;
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		err(EXIT_FAILURE, "%s", path);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[stack]"))
			from = strtoul(strchr(line, '-') + 1, NULL, 16) - 8;
	fclose(maps);
	if (!from)
		errx(EXIT_FAILURE, "%s: no stack", path);
	return (void *)from;
}

int main(int argc, char **argv)
{
	struct iovec here = { .iov_len = 8 }, there = { .iov_len = 8 };
	int pid, file;

	if (argc != 3)
		errx(2, "usage: cycle_onlooker PID FILE");
	pid = atoi(argv[1]);
	file = open(argv[2], O_RDWR);
	if (file < 0)
		err(EXIT_FAILURE, "%s", argv[2]);
	here.iov_base = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			     file, 0);
	if (here.iov_base == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	there.iov_base = stack_of(pid);
	printf("ready %d\n", getpid());
	fflush(stdout);
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 8)
		err(EXIT_FAILURE, "process_vm_readv");
	printf("seen\n");
	fflush(stdout);
	for (;;)
		pause();
}
