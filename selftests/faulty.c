// SPDX-License-Identifier: GPL-2.0
/*
 * Has an allocation of the kernel fail that it makes for a program's talk with
 * the module, or a copy of what is said. Preloaded, with OOMK_FAIL_NTH in the
 * environment: which one, counted from the first message to the family on. At
 * its end the program leaves in the file OOMK_FAIL_LEFT how many more there
 * would have to be; 0: it failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail_nth.h"
#include "message.h"

static int fail_nth = -1;	/* the file of this process, once it talks */
static long left;

static void arm(long n)
{
	if (fail_nth_arm(fail_nth, n))
		_exit(99);
}

static void begin(void)
{
	const char *nth = getenv("OOMK_FAIL_NTH");

	if (!nth || fail_nth >= 0)
		return;
	left = atol(nth);
	fail_nth = fail_nth_open();
	if (fail_nth < 0)
		_exit(99);
}

/* Copies to and from the program are counted as well, this one is the last. */
static ssize_t disarm(ssize_t result)
{
	int error = errno;

	left = fail_nth_left(fail_nth);
	if (left)
		arm(0);
	errno = error;
	return result;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct nlmsghdr *hdr = msg->msg_iov->iov_base;
	const struct genlmsghdr *ghdr = NLMSG_DATA(hdr);

	if (is_command(hdr, msg->msg_iov->iov_len, ghdr->cmd))
		begin();
	if (fail_nth < 0 || !left)
		return syscall(SYS_sendmsg, fd, msg, flags);
	arm(left);
	return disarm(syscall(SYS_sendmsg, fd, msg, flags));
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (fail_nth < 0 || !left)
		return syscall(SYS_recvmsg, fd, msg, flags);
	arm(left);
	return disarm(syscall(SYS_recvmsg, fd, msg, flags));
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("OOMK_FAIL_LEFT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", fail_nth < 0 ? -1 : left);
	fclose(file);
}
