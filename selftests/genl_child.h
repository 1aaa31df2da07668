/* SPDX-License-Identifier: GPL-2.0 */
/* Children for tests to name, to look at and to have killed. */
#ifndef OOMK_SELFTESTS_GENL_CHILD_H
#define OOMK_SELFTESTS_GENL_CHILD_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sockets belong to the test: a copy in a child would keep them open. */
static inline void close_all_but(int keep, int also)
{
	int fd;

	for (fd = 3; fd < 64; fd++)
		if (fd != keep && fd != also)
			close(fd);
}

/* @pid, once that child has written to the pipe @ready; -1 if it never does. */
static inline pid_t child_ready(pid_t pid, const int ready[2])
{
	char c;

	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

/* A child that holds @bytes of memory until its parent dies. */
static inline pid_t start_child(size_t bytes)
{
	int ready[2];
	char *mem;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_all_but(ready[1], -1);
		if (bytes) {
			mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (mem == MAP_FAILED)
				_exit(1);
			memset(mem, 1, bytes);
		}
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	return child_ready(pid, ready);
}

static inline void stop_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif /* OOMK_SELFTESTS_GENL_CHILD_H */
