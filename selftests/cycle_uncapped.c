// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program without a capability, and without a way to it, but at nice
 * -20: what a service manager gives is not lost with the capability.
 *
 * usage: cycle_uncapped NUMBER PROGRAM [ARGUMENT...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s NUMBER PROGRAM...\n", argv[0]);
		return 2;
	}
	if (setpriority(PRIO_PROCESS, 0, -20)) {
		perror("setpriority");
		return 1;
	}
	if (prctl(PR_CAPBSET_DROP, strtoul(argv[1], NULL, 10), 0, 0, 0)) {
		perror("PR_CAPBSET_DROP");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
