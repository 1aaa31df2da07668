// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done to one victim.
 *
 * A pidfd names a task for good, a pid only for as long as the task is not
 * reaped. So the pidfd is opened first and the start time compared after
 * that: if it matches, the pidfd is the victim's. With no descriptor to be
 * had (the limit, or the kernel's memory) there is only the pid, checked just
 * before each use.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procfs.h"
#include "victim.h"

/* Newer than the C library of Debian 12; the same on every architecture. */
#ifndef SYS_process_mrelease
#define SYS_process_mrelease	448
#endif

/* Descriptors that victims must leave for /proc and the like. */
#define FDS_RESERVED	8

static int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	if (fd < sysconf(_SC_OPEN_MAX) - FDS_RESERVED)
		return fd;
	close(fd);
	return -EMFILE;
}

static bool pidfd_dead(int pidfd)
{
	struct pollfd pollfd = { .fd = pidfd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1 && pollfd.revents & POLLIN;
}

/* -ESTALE if the pid is another task's now. */
static int compare_start(const struct oomk_victim *victim,
			 struct oomk_procfs_stat *stat)
{
	int err = oomk_procfs_stat(victim->pid, stat);

	if (err)
		return err;
	if (stat->start_ticks != oomk_procfs_ticks(victim->start_ns))
		return -ESTALE;
	return 0;
}

/**
 * oomk_victim_transient() - whether a failure says nothing of the victim
 * @err: negative errno
 *
 * Return: true if it may succeed the next time: the kernel's memory, the limit
 * of descriptors, or an interruption was in the way.
 */
bool oomk_victim_transient(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM ||
	       err == -ENOBUFS || err == -EAGAIN || err == -EINTR;
}

/**
 * oomk_victim_open() - get hold of a task
 * @victim: pid and start time given; pidfd set, to -1 if there is none to be
 *	had for the moment, which is not a failure; step set
 * @stopped: out: the task is stopped by job control; may be NULL
 *
 * Return: 0; -ESRCH: the task is dead; -ESTALE: its pid is another task's
 * now; -EPERM: not a task to be killed by anybody; a negative errno of what
 * failed.
 */
int oomk_victim_open(struct oomk_victim *victim, bool *stopped)
{
	struct oomk_procfs_stat stat;
	int err;

	victim->pidfd = -1;
	if (victim->pid <= 1 || victim->pid == getpid())
		return -EPERM;
	err = open_pidfd(victim->pid);
	if (err >= 0)
		victim->pidfd = err;
	else if (!oomk_victim_transient(err))
		/* EINVAL: a thread has the pid of what was a thread group. */
		return err == -EINVAL ? -ESTALE : err;
	victim->step = OOMK_STEP_OPENED;
	err = compare_start(victim, &stat);
	if (!err && oomk_procfs_dead(&stat))
		err = -ESRCH;
	if (err) {
		oomk_victim_close(victim);
		return err;
	}
	victim->step = OOMK_STEP_VERIFIED;
	if (stopped)
		*stopped = stat.state == 'T';
	return 0;
}

/**
 * oomk_victim_close() - let go of a task
 * @victim: open or not
 */
void oomk_victim_close(struct oomk_victim *victim)
{
	if (victim->pidfd >= 0)
		close(victim->pidfd);
	victim->pidfd = -1;
}

/**
 * oomk_victim_signal() - send a signal
 * @victim: opened
 * @sig: signal
 *
 * Return: 0; -ESRCH: the task is dead; -ESTALE: without pidfd, its pid is
 * another task's now; -EPERM.
 */
int oomk_victim_signal(const struct oomk_victim *victim, int sig)
{
	struct oomk_procfs_stat stat;
	int err;

	if (victim->pidfd >= 0)
		return syscall(SYS_pidfd_send_signal, victim->pidfd, sig, NULL,
			       0) ? -errno : 0;
	err = compare_start(victim, &stat);
	if (err)
		return err;
	return kill(victim->pid, sig) ? -errno : 0;
}

/**
 * oomk_victim_release() - take the memory of a task that is being killed
 * @victim: opened; SIGKILL sent to it and to all that share its memory
 *
 * Return: 0; -EBADF: no pidfd; -EINVAL: another task that lives has a share
 * of the memory; -ESRCH: it has none any more; -EAGAIN; -ENOSYS.
 */
int oomk_victim_release(const struct oomk_victim *victim)
{
	if (victim->pidfd < 0)
		return -EBADF;
	return syscall(SYS_process_mrelease, victim->pidfd, 0) ? -errno : 0;
}

/**
 * oomk_victim_dead() - whether nothing of the task runs any more
 * @victim: opened
 *
 * Return: true if it is dead, reaped or not.
 */
bool oomk_victim_dead(const struct oomk_victim *victim)
{
	struct oomk_procfs_stat stat;
	int err;

	if (victim->pidfd >= 0)
		return pidfd_dead(victim->pidfd);
	err = compare_start(victim, &stat);
	if (err)
		return err == -ESRCH || err == -ESTALE;
	return oomk_procfs_dead(&stat);
}
