// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_onlooker - look at a process, and be held up while doing so
 *
 * Reads from its stack, through /proc/PID/mem, into a page of a file. If the file
 * system is frozen the read lasts until it is thawed, and for so long the kernel
 * uses the memory of the process, even if that dies.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES	4096

/* An address that process @pid has for sure. */
static unsigned long stack_of(int pid)
{
	unsigned long end = 0;
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		err(EXIT_FAILURE, "%s", path);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[stack]"))
			end = strtoul(strchr(line, '-') + 1, NULL, 16);
	fclose(maps);
	if (!end)
		errx(EXIT_FAILURE, "%s: no stack", path);
	return end - sizeof(long);
}

static int must_open(const char *path, int flags)
{
	int file = open(path, flags);

	if (file < 0)
		err(EXIT_FAILURE, "%s", path);
	return file;
}

int main(int argc, char **argv)
{
	unsigned long from;
	int pid, mem, file;
	char path[64];
	void *page;

	if (argc != 3)
		errx(2, "usage: cycle_onlooker PID FILE");
	pid = atoi(argv[1]);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = must_open(path, O_RDONLY);
	file = must_open(argv[2], O_RDWR);
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		    0);
	if (page == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	from = stack_of(pid);
	printf("ready %d\n", getpid());
	fflush(stdout);
	if (pread(mem, page, sizeof(long), from) != sizeof(long))
		err(EXIT_FAILURE, "%s", path);
	printf("seen\n");
	fflush(stdout);
	for (;;)
		pause();
}
