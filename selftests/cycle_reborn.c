// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_reborn - run a program under the pid number of one that has died
 */
#include <err.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	__u64 set_tid = argc > 2 ? atoi(argv[1]) : 0;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&set_tid,
		.set_tid_size = 1,
	};
	long pid;

	if (!set_tid)
		errx(2, "usage: cycle_reborn PID PROGRAM [ARG]...");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		err(EXIT_FAILURE, "pid %s", argv[1]);
	if (!pid) {
		execvp(argv[2], argv + 2);
		err(EXIT_FAILURE, "%s", argv[2]);
	}
	waitpid(pid, NULL, 0);
	return EXIT_SUCCESS;
}
