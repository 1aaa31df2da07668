// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_brood - a process that forks without pause, for tests of what children
 * inherit. Every other child is born of one that dies at once, in a session of
 * its own, as daemons are. The oldest is killed for each that is one too many.
 *
 * cycle_brood N: says "ready" when there are N children, and "anew" whenever
 * all of them have been replaced since; SIGUSR1 ends the forking and has it say
 * "stopped", and nobody dies any more.
 */
#include <err.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_bool stop;

static void on_stop(int sig)
{
	(void)sig;
	stop = true;
}

static void idle(void)
{
	for (;;)
		pause();
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (!pid)
		idle();
	if (pid < 0)
		err(1, "fork");
	return pid;
}

/* Born of one that dies at once, who tells its pid. */
static pid_t daemon_child(void)
{
	pid_t pid, grandchild = 0;
	int fds[2];

	if (pipe(fds))
		err(1, "pipe");
	pid = fork();
	if (!pid) {
		setsid();
		grandchild = fork();
		if (!grandchild)
			idle();
		_exit(write(fds[1], &grandchild, sizeof(grandchild)) < 0);
	}
	if (pid < 0 || read(fds[0], &grandchild, sizeof(grandchild)) < 0)
		err(1, "fork");
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	return grandchild;
}

int main(int argc, char **argv)
{
	size_t nr = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	pid_t *pids = calloc(nr, sizeof(*pids));
	size_t i;

	if (!nr || !pids)
		errx(2, "usage: cycle_brood N");
	signal(SIGUSR1, on_stop);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; !stop; i++) {
		pid_t *slot = &pids[i % nr];

		if (i && i % nr == 0)
			puts(i == nr ? "ready" : "anew");
		if (*slot > 0) {
			kill(*slot, SIGKILL);
			waitpid(*slot, NULL, 0);
		}
		*slot = i % 2 ? daemon_child() : child();
	}
	puts("stopped");
	idle();
}
