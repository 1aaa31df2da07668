// SPDX-License-Identifier: GPL-2.0
/*
 * Dying tasks that never die: a tracer holds them on their way out, before they
 * let go of their memory. They share one segment, and each of them claims it.
 *
 * usage: secure_undead NUMBER MIB
 *
 * Says "ready PID" when all are held; takes no privilege.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Maps the segment by touching all of it, then waits for the end. */
static void be_traced(char *segment, size_t bytes)
{
	memset(segment, 1, bytes);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
		_exit(1);
	for (;;)
		pause();
}

static void hold(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(EXIT_FAILURE, "pid %d does not stop", pid);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT) ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL))
		err(EXIT_FAILURE, "pid %d", pid);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid ||
	    status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		errx(EXIT_FAILURE, "pid %d is not held", pid);
}

int main(int argc, char **argv)
{
	int nr = argc == 3 ? atoi(argv[1]) : 0;
	size_t bytes = argc == 3 ? strtoul(argv[2], NULL, 10) << 20 : 0;
	char *segment;
	pid_t pid;

	if (nr <= 0 || !bytes)
		errx(2, "usage: secure_undead NUMBER MIB");
	segment = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (segment == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	memset(segment, 1, bytes);
	while (nr--) {
		pid = fork();
		if (pid < 0)
			err(EXIT_FAILURE, "fork");
		if (!pid)
			be_traced(segment, bytes);
		hold(pid);
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (;;)
		pause();
}
