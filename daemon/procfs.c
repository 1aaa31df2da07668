// SPDX-License-Identifier: GPL-2.0
/*
 * What the executor reads of /proc, and the one thing it writes there. No
 * stdio and no allocation, but for the list of all tasks: this runs when memory
 * is short.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "caps.h"
#include "procfs.h"

#define NSEC_PER_SEC	1000000000ULL
/* comm is 16 bytes, escaped at most four times as long; 50 numbers follow. */
#define STAT_BYTES	1536
#define TRIES		100

static char root[128] = "/proc";

/**
 * oomk_procfs_root() - read another tree than /proc
 * @path: its root; a path that is too long is cut
 */
void oomk_procfs_root(const char *path)
{
	snprintf(root, sizeof(root), "%s", path);
}

/* A signal may come in between, but not for ever. */
static bool again(int *tries)
{
	return errno == EINTR && --*tries > 0;
}

static int open_file(pid_t pid, const char *name, int flags)
{
	int tries = TRIES;
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%d/%s", root, (int)pid, name);
	do {
		fd = open(path, flags | O_CLOEXEC);
	} while (fd < 0 && again(&tries));
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return fd;
}

static int read_text(int fd, char *text, size_t size)
{
	int tries = TRIES;
	ssize_t n;

	do {
		n = pread(fd, text, size - 1, 0);
	} while (n < 0 && again(&tries));
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n;
}

/* A number followed by a blank or the end; *text is moved behind it. */
static bool take_number(char **text, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(*text, &end, 10);
	if (errno || end == *text || (*end && *end != ' ' && *end != '\n'))
		return false;
	*text = end;
	return true;
}

/* The name may hold blanks and brackets: what counts is the last bracket. */
static int parse_stat(char *text, struct oomk_procfs_stat *stat)
{
	char *at = strrchr(text, ')');
	long long value;
	int field;

	if (!at || at[1] != ' ' || !at[2] || at[3] != ' ')
		return -EBADMSG;
	stat->state = at[2];
	at += 3;
	for (field = 4; field <= 22; field++) {
		if (!take_number(&at, &value))
			return -EBADMSG;
		if (field == 4)
			stat->parent = value;
		else if (field == 6)
			stat->session = value;
		else if (field == 20)
			stat->nr_threads = value;
	}
	if (value < 0)
		return -EBADMSG;
	stat->start_ticks = value;
	return 0;
}

/**
 * oomk_procfs_stat() - read /proc/PID/stat
 * @pid: thread group
 * @stat: out
 *
 * Return: 0; -ESRCH: no such task; -EBADMSG: the line cannot be understood;
 * a negative errno of open(2) or read(2).
 */
int oomk_procfs_stat(pid_t pid, struct oomk_procfs_stat *stat)
{
	char text[STAT_BYTES];
	int fd, err;

	fd = open_file(pid, "stat", O_RDONLY);
	if (fd < 0)
		return fd;
	err = read_text(fd, text, sizeof(text));
	close(fd);
	if (err < 0)
		return err;
	return parse_stat(text, stat);
}

/**
 * oomk_procfs_dead() - whether nothing of the task runs any more
 * @stat: as read
 *
 * A dead leader may have threads alive, which still hold the memory.
 *
 * Return: true if only its exit status is left.
 */
bool oomk_procfs_dead(const struct oomk_procfs_stat *stat)
{
	return (stat->state == 'Z' || stat->state == 'X') &&
	       stat->nr_threads <= 1;
}

/**
 * oomk_procfs_ticks() - a start time as /proc/PID/stat rounds it
 * @start_ns: nanoseconds since boot
 *
 * Return: clock ticks since boot.
 */
u64 oomk_procfs_ticks(u64 start_ns)
{
	return start_ns / (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

/**
 * oomk_procfs_ns() - a start time that oomk_procfs_ticks() gives back
 * @ticks: clock ticks since boot
 *
 * Return: nanoseconds since boot.
 */
u64 oomk_procfs_ns(u64 ticks)
{
	return ticks * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

/**
 * oomk_procfs_now_ticks() - what a task would have as start time that began now
 *
 * Return: clock ticks since boot.
 */
u64 oomk_procfs_now_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return oomk_procfs_ticks(now.tv_sec * NSEC_PER_SEC + now.tv_nsec);
}

/**
 * oomk_procfs_dir() - open the root of the tree
 *
 * Return: for readdir(3), or NULL.
 */
DIR *oomk_procfs_dir(void)
{
	return opendir(root);
}

/**
 * oomk_procfs_adj_open() - open /proc/PID/oom_score_adj
 * @pid: thread group
 *
 * The descriptor stays with the task it was opened for, whoever has its pid
 * later. Compare the start time after this, not before.
 *
 * Return: a descriptor; -ESRCH; a negative errno of open(2).
 */
int oomk_procfs_adj_open(pid_t pid)
{
	return open_file(pid, "oom_score_adj", O_RDWR);
}

/**
 * oomk_procfs_adj_checked() - open the oom_score_adj of one certain task
 * @pid: thread group
 * @start_ticks: its start time
 * @stat: out: as read thereafter; may be NULL
 *
 * The start time is read after the file is open, when the pid can no longer
 * come to mean another task without the descriptor going stale.
 *
 * Return: a descriptor; -ESRCH: that task is dead; a negative errno of
 * open(2) or read(2).
 */
int oomk_procfs_adj_checked(pid_t pid, u64 start_ticks,
			    struct oomk_procfs_stat *stat)
{
	struct oomk_procfs_stat own;
	int fd, err;

	if (!stat)
		stat = &own;
	fd = oomk_procfs_adj_open(pid);
	if (fd < 0)
		return fd;
	err = oomk_procfs_stat(pid, stat);
	if (!err && stat->start_ticks != start_ticks)
		err = -ESRCH;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/**
 * oomk_procfs_adj_read() - read an oom_score_adj
 * @fd: from oomk_procfs_adj_open()
 * @adj: out
 *
 * Return: 0; -ESRCH: the task is dead; -EBADMSG: not a number within its
 * range; a negative errno of read(2).
 */
int oomk_procfs_adj_read(int fd, int *adj)
{
	char text[16];
	char *at = text;
	long long value;
	int err;

	err = read_text(fd, text, sizeof(text));
	if (err < 0)
		return err;
	if (!take_number(&at, &value) || value < OOMK_ADJ_MIN ||
	    value > OOMK_ADJ_MAX)
		return -EBADMSG;
	*adj = value;
	return 0;
}

static int write_number(int fd, int adj)
{
	int tries = TRIES;
	char text[16];
	ssize_t n;

	snprintf(text, sizeof(text), "%d\n", adj);
	do {
		n = pwrite(fd, text, strlen(text), 0);
	} while (n < 0 && again(&tries));
	return n < 0 ? -errno : 0;
}

/**
 * oomk_procfs_adj_write() - write an oom_score_adj, as the task's owner could
 * @fd: from oomk_procfs_adj_open()
 * @adj: new value, above OOMK_ADJ_MIN
 *
 * A writer with CAP_SYS_RESOURCE effective would also move the lowest value
 * that the task's owner may return to. So the capability is put aside for the
 * write, and without it nothing can be written below that value.
 *
 * Return: 0; -EINVAL: @adj is out of range; -ESRCH: the task is dead;
 * -EACCES: below what the task was ever allowed; a negative errno of
 * write(2) or capset(2).
 */
int oomk_procfs_adj_write(int fd, int adj)
{
	int err;

	if (adj <= OOMK_ADJ_MIN || adj > OOMK_ADJ_MAX)
		return -EINVAL;
	err = oomk_caps_set_aside();
	if (err)
		return err;
	err = write_number(fd, adj);
	oomk_caps_take_up();
	return err;
}

/**
 * oomk_procfs_adj_force() - write an oom_score_adj and the hidden minimum
 * @fd: from oomk_procfs_adj_open()
 * @adj: new value of both, above OOMK_ADJ_MIN
 *
 * Without CAP_SYS_RESOURCE only the value is written.
 *
 * Return: 0; -EINVAL: @adj is out of range; -ESRCH: the task is dead;
 * -EACCES: below the minimum, and the capability is missing; a negative errno
 * of write(2).
 */
int oomk_procfs_adj_force(int fd, int adj)
{
	if (adj <= OOMK_ADJ_MIN || adj > OOMK_ADJ_MAX)
		return -EINVAL;
	return write_number(fd, adj);
}
