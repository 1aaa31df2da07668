// SPDX-License-Identifier: GPL-2.0
/*
 * hydra - forks as it dies: SIGTERM makes it leave children behind, which hold
 * the memory that it had.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

#define SHARERS_MAX	8
#define STACK_BYTES	16384

static struct mem mem;
static char stacks[SHARERS_MAX][STACK_BYTES];
static bool sharing;
static size_t size;
static unsigned long nr_heirs = 2;
static unsigned long generations = 1;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident, shared with the children until written to" },
	{ "heirs", ARGS_COUNT, &nr_heirs, "N",
	  "children that each one leaves, 2 by default" },
	{ "generations", ARGS_COUNT, &generations, "N",
	  "children do as their parent, N deep; 1 by default" },
	{ "sharing", ARGS_FLAG, &sharing, NULL,
	  "children have the very same memory, not copies; 8 at the most, which\n"
	  "leave none themselves" },
	{ }
};

/* By the parent: an heir may be dead before it gets to say a word. */
static void say_heir(pid_t pid)
{
	char line[32] = "heir ";
	char *at = line + sizeof(line) - 1;

	/* stdio is not to be called in a signal handler. */
	*at = '\n';
	for (; pid; pid /= 10)
		*--at = '0' + pid % 10;
	memmove(line + 5, at, line + sizeof(line) - at);
	if (write(STDOUT_FILENO, line, 5 + (line + sizeof(line) - at)) < 0)
		_exit(1);
}

static int sharer(void *unused)
{
	sigset_t none;

	(void)unused;
	signal(SIGTERM, SIG_DFL);
	/* It never comes back from the handler. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;)
		pause();
	return 0;
}

/* A child returns from here, and lives on where its parent waited. */
static void on_term(int sig)
{
	unsigned long i;
	pid_t pid;

	for (i = 0; i < nr_heirs; i++) {
		if (sharing)
			pid = clone(sharer, stacks[i] + STACK_BYTES,
				    CLONE_VM | SIGCHLD, NULL);
		else
			pid = fork();
		if (pid) {
			say_heir(pid);
			continue;
		}
		if (!--generations)
			signal(sig, SIG_DFL);
		return;
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	args_parse(argc, argv,
		   "Fork when told to end, and print \"heir PID\" for each child.",
		   options);
	if (sharing && nr_heirs > SHARERS_MAX)
		errx(2, "--sharing is for %d heirs", SHARERS_MAX);
	mem_must_grow(&mem, size);
	if (generations)
		signal(SIGTERM, on_term);
	args_ready();
	for (;;)
		pause();
}
