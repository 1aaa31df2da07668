// SPDX-License-Identifier: GPL-2.0
/*
 * vforked - a parent that is suspended in vfork() for good, because the child
 * that borrowed its address space neither calls exec() nor exits.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

static struct mem mem;
static size_t size;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident in the borrowed address space" },
	{ }
};

int main(int argc, char **argv)
{
	pid_t parent = getpid();
	pid_t pid;

	args_parse(argc, argv,
		   "Hang in vfork(). Prints \"child PID\", then \"ready PID\" of the parent,\n"
		   "both out of the child.", options);
	mem_must_grow(&mem, size);
	pid = vfork();
	if (pid < 0)
		err(EXIT_FAILURE, "vfork");
	if (pid) {
		/* The child is dead; whoever is alive here obeys. */
		for (;;)
			pause();
	}
	args_say("child", getpid());
	args_say("ready", parent);
	for (;;)
		pause();
}
