// SPDX-License-Identifier: GPL-2.0
/*
 * leaderless - a process whose first thread has exited: its leader is a zombie
 * without an address space while other threads hold all the memory.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

static struct mem mem;
static size_t size;
static unsigned long nr_threads = 1;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident" },
	{ "threads", ARGS_COUNT, &nr_threads, "N",
	  "threads that stay, 1 by default" },
	{ }
};

/* Return: the leader's state letter, 0 if it cannot be read. */
static char leader_state(void)
{
	char line[256] = "";
	char *end;
	FILE *file = fopen("/proc/self/stat", "r");

	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	/* The name in parentheses may itself hold one. */
	end = strrchr(line, ')');
	return end && end[1] ? end[2] : 0;
}

static void *speaker(void *unused)
{
	(void)unused;
	while (leader_state() != 'Z')
		usleep(1000);
	args_ready();
	for (;;)
		pause();
	return NULL;
}

static void *holder(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	unsigned long i;

	args_parse(argc, argv,
		   "Hold memory by threads whose leader has exited.", options);
	if (!nr_threads)
		errx(2, "--threads 0: somebody must stay");
	mem_must_grow(&mem, size);
	for (i = 0; i < nr_threads; i++)
		if (pthread_create(&thread, NULL, i ? holder : speaker, NULL))
			errx(EXIT_FAILURE, "no thread");
	/* Not exit_group(): this thread alone ends. */
	syscall(SYS_exit, 0);
}
