// SPDX-License-Identifier: GPL-2.0
/*
 * faults_dump - begin a dump as soon as the family is there, each time that it
 * comes, and read nothing of it: it is open while a load fails and the module
 * goes, unless the module has none before it is loaded. Says "ready" and
 * "begun", the latter for each. Runs until it is killed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "genl_raw.h"

/* More items than one datagram tells of. */
#define CROWD	60

static void start_crowd(void)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

/* Without a number of its own it would count as the kernel's, and hear nothing. */
static int generic_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)))
		err(EXIT_FAILURE, "no socket");
	return fd;
}

static void on_news(const struct raw_attrs *attrs, void *arg)
{
	static struct raw_msg msg;
	struct raw raw = {};

	if (attrs->cmd != CTRL_CMD_NEWFAMILY)
		return;
	raw.fd = generic_socket();
	raw_on_family(attrs, &raw);
	raw_dump(&raw, &msg, OOMK_CMD_ITEM_GET);
	if (raw_send(&raw, &msg))
		puts("begun");
	/* The socket stays open until this is killed. */
}

/* To ask for the family would have the kernel look for a module, for long. */
int main(void)
{
	struct raw news = { .fd = generic_socket() };
	int group = GENL_ID_CTRL;

	if (setsockopt(news.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		err(EXIT_FAILURE, "no news of families");
	setlinebuf(stdout);
	start_crowd();
	puts("ready");
	for (;;)
		raw_recv(&news, on_news, NULL);
}
