// SPDX-License-Identifier: GPL-2.0
/*
 * rounds_start - become a program, but stop first
 *
 * usage: rounds_start ADJ UID PROGRAM ARG...
 *
 * Sets oom_score_adj and the user, stops, and becomes PROGRAM when it is
 * continued. In between it can be named: the name and the pid stay.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_adj(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(EXIT_FAILURE, "oom_score_adj %s", text);
	close(fd);
}

int main(int argc, char **argv)
{
	uid_t uid;

	if (argc < 4)
		errx(2, "usage: rounds_start ADJ UID PROGRAM ARG...");
	set_adj(argv[1]);
	uid = strtoul(argv[2], NULL, 10);
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		err(EXIT_FAILURE, "user %s", argv[2]);
	raise(SIGSTOP);
	execvp(argv[3], argv + 3);
	err(EXIT_FAILURE, "%s", argv[3]);
}
