// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_flood - fill the receive buffer of another process's generic netlink
 * socket, so that the next event for it is lost
 *
 * Messages that mean nothing are sent to it until no more fit.
 */
#include <err.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMES_MAX	1000000

int main(int argc, char **argv)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct nlmsghdr noop = {
		.nlmsg_len = sizeof(noop),
		.nlmsg_type = NLMSG_NOOP,
	};
	int fd, i;

	if (argc != 2)
		errx(2, "usage: cycle_flood PORT");
	to.nl_pid = strtoul(argv[1], NULL, 0);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (fd < 0)
		err(EXIT_FAILURE, "socket");
	for (i = 0; i < TIMES_MAX; i++)
		if (sendto(fd, &noop, sizeof(noop), 0, (struct sockaddr *)&to,
			   sizeof(to)) < 0)
			break;
	if (i == TIMES_MAX || errno != EAGAIN)
		err(EXIT_FAILURE, "port %s after %d messages", argv[1], i);
	printf("full after %d messages\n", i);
	return EXIT_SUCCESS;
}
