// SPDX-License-Identifier: GPL-2.0
/*
 * How to be somebody else with the ids that newuidmap gives: a set-uid file
 * made in a user namespace is good for outside of it, too.
 *
 * usage: secure_subid make FILE ID	in a namespace of one's own: wait for a
 *					line, then leave a copy of this program
 *					there that is ID's, and set-uid
 *        secure_subid be		be its owner for good, say "ready PID"
 *        secure_subid stay ID		be ID in such a namespace, after a line,
 *					for good; say "inside"
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void say_ready(void)
{
	printf("ready %d\n", getpid());
	fflush(stdout);
}

/* Be @id in a namespace of one's own, once somebody has given it ids. */
static void enter(uid_t id)
{
	char line[8];

	if (unshare(CLONE_NEWUSER))
		err(EXIT_FAILURE, "no namespace");
	say_ready();
	if (!fgets(line, sizeof(line), stdin) || setresuid(id, id, id))
		err(EXIT_FAILURE, "no id %u", id);
}

static void make(const char *path, uid_t id)
{
	int from = open("/proc/self/exe", O_RDONLY), to;
	struct stat st;

	if (from < 0 || fstat(from, &st))
		err(EXIT_FAILURE, "/proc/self/exe");
	enter(id);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
	if (to < 0 || sendfile(to, from, NULL, st.st_size) != st.st_size ||
	    fchmod(to, 04755))
		err(EXIT_FAILURE, "%s", path);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make")) {
		make(argv[2], atoi(argv[3]));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "stay")) {
		enter(atoi(argv[2]));
		puts("inside");
		fflush(stdout);
	} else if (argc == 2 && !strcmp(argv[1], "be")) {
		if (setreuid(geteuid(), geteuid()))
			err(EXIT_FAILURE, "setreuid");
		say_ready();
	} else {
		errx(2, "usage: secure_subid make FILE ID, be, or stay ID");
	}
	for (;;)
		pause();
}
