// SPDX-License-Identifier: GPL-2.0
/*
 * A dry run of the kill path on a child made for it.
 *
 * It finds out at the start, and not in the middle of a shortage, that a
 * system call is missing or filtered; and it touches every page that the path
 * needs, so that they are there to be locked.
 */
#define _GNU_SOURCE		/* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor.h"
#include "procfs.h"
#include "rehearse.h"

#define NSEC_PER_SEC	1000000000ULL

static int always_needed(void *arg, struct oomk_condition *condition)
{
	condition->level = OOMK_LEVEL_SOFT;
	condition->needed = true;
	return 0;
}

static enum oomk_executor_wake no_wake(void *arg)
{
	return OOMK_WAKE_NONE;
}

static void no_report(void *arg, const struct oomk_victim *victims,
		      unsigned int nr)
{
}

/* Deaf to SIGTERM, and of an oom_score_adj that can be raised. */
static void be_victim(int ready)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_IGN);
	fd = oomk_procfs_adj_open(getpid());
	if (fd >= 0) {
		oomk_procfs_adj_write(fd, 0);
		close(fd);
	}
	if (write(ready, "", 1) != 1)
		return;
	for (;;)
		pause();
}

static pid_t make_victim(void)
{
	int pipe_fds[2];
	pid_t child;
	char byte;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child) {
		be_victim(pipe_fds[1]);
		_exit(1);
	}
	if (child < 0)
		child = -errno;
	close(pipe_fds[1]);
	if (child > 0 && read(pipe_fds[0], &byte, 1) != 1) {
		waitpid(child, NULL, 0);
		child = -ECHILD;
	}
	close(pipe_fds[0]);
	return child;
}

static int kill_victim(struct oomk_adjust *adjust, pid_t child)
{
	const struct oomk_executor_ops ops = {
		.check = always_needed,
		.now_ms = oomk_executor_clock_ms,
		.wake = no_wake,
		.report = no_report,
		.wake_fd = -1,
	};
	struct oomk_victim victim = {
		.pid = child,
		.action = OOMK_ACTION_TERM,
		.comm = "rehearsal",
	};
	struct oomk_order order = {
		.victims = &victim,
		.nr = 1,
		.level = OOMK_LEVEL_SOFT,
	};
	struct oomk_executor executor;
	struct oomk_procfs_stat stat;
	int err;

	err = oomk_procfs_stat(child, &stat);
	if (err)
		return err;
	victim.start_ns = stat.start_ticks *
			  (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	err = oomk_executor_open(&executor, &ops, adjust);
	if (err)
		return err;
	oomk_executor_run(&executor, &order);
	oomk_executor_close(&executor);
	if (victim.status == OOMK_VICTIM_FAILED)
		return -(int)victim.err;
	if (victim.status != OOMK_VICTIM_GONE)
		return -EPROTO;
	if (victim.signals != (OOMK_SIGNAL_TERM | OOMK_SIGNAL_KILL))
		return -EPROTO;
	return 0;
}

/**
 * oomk_rehearse() - kill a child with the very code that kills victims
 * @adjust: record of raised oom_score_adj, as it will be used
 *
 * Return: 0: it died, of both signals; -EPROTO: it did not; a negative errno
 * of what failed.
 */
int oomk_rehearse(struct oomk_adjust *adjust)
{
	const bool raised = adjust->raised;
	pid_t child = make_victim();
	int err;

	if (child < 0)
		return child;
	err = kill_victim(adjust, child);
	if (err)
		kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* It had no children, and is nobody whose value others may have. */
	oomk_adjust_dismiss(adjust);
	adjust->raised = raised;
	return err;
}

/**
 * oomk_rehearse_sight() - does /proc show processes of others?
 *
 * Context: process 1 is looked at, which everybody may see otherwise.
 * Return: whether it does. With hidepid it may not: a victim that cannot be
 * looked at is taken for one that has vanished, and left to the module.
 */
bool oomk_rehearse_sight(void)
{
	struct oomk_procfs_stat stat;

	return !oomk_procfs_stat(1, &stat);
}
