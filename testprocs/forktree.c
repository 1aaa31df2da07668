// SPDX-License-Identifier: GPL-2.0
/*
 * forktree - a tree of processes, each with memory of its own: workers of one
 * job, a crowd of idlers, or a fork bomb of small hogs.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

#define PROCS_MAX	1000000UL
#define GROW_HZ		10

static struct {
	unsigned long width;
	unsigned long depth;
	size_t size;
	size_t grow;
	size_t rate;
	bool incompressible;
	bool list;
	bool tied;
} opt = {
	.width = 2,
	.depth = 1,
};

static const struct args_option options[] = {
	{ "width", ARGS_COUNT, &opt.width, "N",
	  "children of each process, 2 by default" },
	{ "depth", ARGS_COUNT, &opt.depth, "N",
	  "generations below the first process, 1 by default" },
	{ "size", ARGS_SIZE, &opt.size, "SIZE",
	  "each process has SIZE resident" },
	{ "grow", ARGS_SIZE, &opt.grow, "SIZE",
	  "once all are set up, each grows on to SIZE" },
	{ "rate", ARGS_SIZE, &opt.rate, "SIZE",
	  "by SIZE a second; 0, the default: full speed" },
	{ "incompressible", ARGS_FLAG, &opt.incompressible, NULL,
	  "fill pages with noise" },
	{ "list", ARGS_FLAG, &opt.list, NULL,
	  "print \"child PID\" for the first generation" },
	{ "tied", ARGS_FLAG, &opt.tied, NULL,
	  "a process is killed when its parent goes" },
	{ }
};

/* Seen by the whole tree. */
static struct board {
	atomic_ulong nr_set_up;
	atomic_int failed_errno;
} *board;

/* Nobody writes: the read end reports end of file when the root closes its own. */
static int gate[2];

static unsigned long nr_descendants(void)
{
	unsigned long generation = 1;
	unsigned long total = 0;
	unsigned long level;

	for (level = 0; level < opt.depth && generation; level++) {
		/* Neither factor is above the limit when there is a product. */
		generation *= opt.width;
		total += generation;
		if (total > PROCS_MAX)
			errx(2, "more than %lu processes", PROCS_MAX);
	}
	return total;
}

static void live(struct mem *mem)
{
	size_t step = opt.rate ? opt.rate / GROW_HZ : opt.grow;

	while (step && mem->bytes < opt.grow) {
		if (step > opt.grow - mem->bytes)
			step = opt.grow - mem->bytes;
		mem_must_grow(mem, step);
		if (opt.rate)
			usleep(1000000 / GROW_HZ);
	}
	for (;;)
		pause();
}

static void be_child(struct mem *mem, pid_t parent)
{
	char byte;

	if (opt.tied) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The parent may have gone before the line above. */
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
	}
	close(gate[1]);
	gate[1] = -1;
	mem_must_grow(mem, opt.size);
	atomic_fetch_add(&board->nr_set_up, 1);
	while (read(gate[0], &byte, 1) < 0)
		;
	if (atomic_load(&board->failed_errno))
		_exit(EXIT_FAILURE);
	live(mem);
}

/*
 * Fork before touching memory: what a child inherits is shared until written
 * to, and would weigh twice in its counters and once in the machine.
 */
static void spawn(struct mem *mem, unsigned long level)
{
	pid_t self = getpid();
	unsigned long i;
	pid_t pid;

	for (i = 0; level < opt.depth && i < opt.width; i++) {
		pid = fork();
		if (pid < 0) {
			atomic_store(&board->failed_errno, errno);
			return;
		}
		if (!pid) {
			spawn(mem, level + 1);
			be_child(mem, self);
		}
		if (!level && opt.list)
			args_say("child", pid);
	}
}

int main(int argc, char **argv)
{
	struct mem mem = { .kind = MEM_ANON };
	unsigned long total;
	int failed;

	args_parse(argc, argv,
		   "Fork a tree of processes that hold memory. Prints \"ready PID\" when\n"
		   "all are set up.", options);
	mem.incompressible = opt.incompressible;
	total = nr_descendants();
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED || pipe(gate))
		err(EXIT_FAILURE, "cannot set up");
	/* Killed children shall not stay behind as zombies. */
	signal(SIGCHLD, SIG_IGN);
	spawn(&mem, 0);
	mem_must_grow(&mem, opt.size);
	while (atomic_load(&board->nr_set_up) < total &&
	       !atomic_load(&board->failed_errno))
		usleep(10000);
	failed = atomic_load(&board->failed_errno);
	if (failed)
		errx(EXIT_FAILURE, "fork after %lu processes: %s",
		     atomic_load(&board->nr_set_up), strerror(failed));
	args_ready();
	close(gate[1]);
	live(&mem);
}
