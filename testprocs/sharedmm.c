// SPDX-License-Identifier: GPL-2.0
/*
 * sharedmm - processes, not threads, that share one address space, as vfork()
 * and some runtimes leave them: CLONE_VM without CLONE_THREAD.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

#define STACK_BYTES	65536

static struct mem mem;
static size_t size;
static unsigned long nr_procs = 2;
static bool tied;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident in the common address space" },
	{ "procs", ARGS_COUNT, &nr_procs, "N",
	  "processes that share it, 2 by default" },
	{ "tied", ARGS_FLAG, &tied, NULL,
	  "the others are killed when the first one goes" },
	{ }
};

/* Runs in the first one's memory: nothing here may write to shared state. */
static int sharer(void *unused)
{
	(void)unused;
	if (tied)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long i;
	char *stack;
	int pid;

	args_parse(argc, argv,
		   "Share one address space among processes. Prints \"child PID\" for\n"
		   "each but the first, then \"ready PID\".", options);
	mem_must_grow(&mem, size);
	for (i = 1; i < nr_procs; i++) {
		stack = malloc(STACK_BYTES);
		if (!stack)
			err(EXIT_FAILURE, "no stack");
		pid = clone(sharer, stack + STACK_BYTES, CLONE_VM | SIGCHLD,
			    NULL);
		if (pid < 0)
			err(EXIT_FAILURE, "clone");
		args_say("child", pid);
	}
	args_ready();
	for (;;)
		pause();
}
