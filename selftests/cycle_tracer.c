// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_tracer - trace a process and never let go of it: it stops at the first
 * signal that it gets, and stays a zombie once it is dead
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t pid = argc == 2 ? atoi(argv[1]) : 0;

	if (pid <= 0)
		errx(2, "usage: cycle_tracer PID");
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		err(EXIT_FAILURE, "pid %d", pid);
	if (waitpid(pid, NULL, __WALL) != pid)
		err(EXIT_FAILURE, "pid %d does not stop", pid);
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (;;)
		pause();
}
