// SPDX-License-Identifier: GPL-2.0
/*
 * The directory of the one executor, and the lock that says who that is. The
 * lock goes with the process; the file stays, as its removal would let two
 * processes hold a lock each on two files of one name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rundir.h"

#define LOCK_NAME	"oomkd.pid"
/* Holders may come and go while one is asked for. */
#define LOCK_TRIES	10

/**
 * oomk_rundir_open() - open the directory, make it if need be
 * @path: its parent exists
 *
 * Return: a descriptor; -EPERM: it belongs to another user; a negative errno
 * of mkdir(2), open(2) or fchmod(2).
 */
int oomk_rundir_open(const char *path)
{
	struct stat st;
	int dir;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (fstat(dir, &st) || fchmod(dir, 0700)) {
		int err = -errno;

		close(dir);
		return err;
	}
	if (st.st_uid == geteuid())
		return dir;
	close(dir);
	return -EPERM;
}

/* The kernel knows whose it is; what the file says may be older than the lock. */
static int lock(int fd, int *holder)
{
	int tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		struct flock flock = {
			.l_type = F_WRLCK,
			.l_whence = SEEK_SET,
		};

		if (!fcntl(fd, F_SETLK, &flock))
			return 0;
		if (errno != EACCES && errno != EAGAIN)
			return -errno;
		if (fcntl(fd, F_GETLK, &flock))
			return -errno;
		*holder = flock.l_pid;
		if (flock.l_type != F_UNLCK)
			return -EBUSY;
	}
	*holder = 0;
	return -EBUSY;
}

/**
 * oomk_rundir_lock() - be the only one in the directory
 * @dir: from oomk_rundir_open()
 * @holder: out: with -EBUSY, pid of the one that is there; 0: not known
 *
 * The lock is the process's: children do not have it. It is lost as soon as
 * the process closes any descriptor of that file.
 *
 * Return: a descriptor, to be held open; -EBUSY; a negative errno of
 * openat(2), fcntl(2) or write(2).
 */
int oomk_rundir_lock(int dir, int *holder)
{
	char text[16];
	int fd, err;

	fd = openat(dir, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	err = lock(fd, holder);
	if (err) {
		close(fd);
		return err;
	}
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) ||
	    pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text)) {
		err = errno ? -errno : -EIO;
		close(fd);
		return err;
	}
	return fd;
}
