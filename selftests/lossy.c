// SPDX-License-Identifier: GPL-2.0
/*
 * Loses answers as a kernel without memory does. Preloaded, and with OOMK_LOSE
 * in the environment, it lets none through to
 *
 *   check    any REQUEST_CHECK
 *   accept   the first REQUEST_ACCEPT
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "message.h"

static bool told_to(const char *what)
{
	const char *lose = getenv("OOMK_LOSE");

	return lose && !strcmp(lose, what);
}

static void lose_answers(int fd)
{
	static char buffer[64 * 1024];

	while (syscall(SYS_recvfrom, fd, buffer, sizeof(buffer), MSG_DONTWAIT,
		       NULL, NULL) > 0)
		;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct nlmsghdr *hdr = msg->msg_iov->iov_base;
	ssize_t n = syscall(SYS_sendmsg, fd, msg, flags);
	static bool lost;

	if (n <= 0)
		return n;
	if (is_command(hdr, n, OOMK_CMD_REQUEST_CHECK) && told_to("check"))
		lose_answers(fd);
	/* With a cycle it is a rehearsal. */
	if (is_command(hdr, n, OOMK_CMD_REQUEST_ACCEPT) && told_to("accept") &&
	    !attribute(hdr, OOMK_A_REQUEST_CYCLE) && !lost) {
		lost = true;
		lose_answers(fd);
	}
	return n;
}
