// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_mother - a victim that has children instead of dying, for tests of what
 * they inherit. It holds memory; its children do not.
 *
 * cycle_mother MIB: says "ready"; at SIGTERM it forks and says "child PID",
 * "orphan PID", whose parent died, and "hermit PID", likewise and in a session
 * of its own.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is exec'd has none of our memory. */
static pid_t idle(void)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execlp("idle", "idle", NULL);
	_exit(1);
}

static pid_t orphan(bool hermit)
{
	pid_t pid, child = 0;
	int fds[2];

	if (pipe(fds))
		err(1, "pipe");
	pid = fork();
	if (!pid) {
		if (hermit)
			setsid();
		child = idle();
		_exit(write(fds[1], &child, sizeof(child)) < 0);
	}
	if (pid < 0 || read(fds[0], &child, sizeof(child)) < 0)
		err(1, "fork");
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	return child;
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	sigset_t signals;
	void *memory;
	int sig;

	if (!bytes)
		errx(2, "usage: cycle_mother MIB");
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	sigwait(&signals, &sig);
	printf("child %d\n", idle());
	printf("orphan %d\n", orphan(false));
	printf("hermit %d\n", orphan(true));
	for (;;)
		pause();
}
