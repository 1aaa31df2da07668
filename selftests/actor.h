/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that does on command what a job is followed through: forks,
 * threads, exec, exit. Commands and answers go through two pipes; each answer
 * is a pid, or 0 where none is asked for.
 */
#ifndef OOMK_SELFTESTS_ACTOR_H
#define OOMK_SELFTESTS_ACTOR_H

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum actor_command {
	ACTOR_FORK,		/* a child */
	ACTOR_FORK_TWICE,	/* a grandchild, with a child in between */
	ACTOR_FORK_IN_THREAD,	/* a child of another thread */
	ACTOR_THREAD,		/* one more thread */
	ACTOR_EXEC,		/* another program, by the first thread */
	ACTOR_EXEC_IN_THREAD,	/* another program, by another thread */
	ACTOR_LEADER_EXIT,	/* the first thread ends, another goes on */
};

/**
 * struct actor - the side that commands
 * @pid: the process
 * @to: commands
 * @from: answers
 */
struct actor {
	pid_t pid;
	int to;
	int from;
};

/* The two ends of the process itself. */
static int actor_in, actor_out;

static inline void actor_answer(int value)
{
	if (write(actor_out, &value, sizeof(value)) != sizeof(value))
		_exit(EXIT_FAILURE);
}

static inline pid_t actor_fork_idle(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;)
		pause();
}

static inline void actor_fork_twice(void)
{
	if (fork())
		return;
	actor_answer(actor_fork_idle());
	for (;;)
		pause();
}

static inline void actor_exec(void)
{
	actor_answer(0);
	execl("/bin/busybox", "busybox", "sleep", "3600", NULL);
	_exit(EXIT_FAILURE);
}

static inline void *actor_in_thread(void *arg)
{
	int command = (int)(long)arg;

	if (command == ACTOR_FORK_IN_THREAD)
		actor_answer(actor_fork_idle());
	else if (command == ACTOR_EXEC_IN_THREAD)
		actor_exec();
	else
		actor_answer(0);
	for (;;)
		pause();
	return NULL;
}

static inline void *actor_loop(void *unused);

static inline void actor_do(int command)
{
	pthread_t thread;
	long arg = command;

	switch (command) {
	case ACTOR_FORK:
		actor_answer(actor_fork_idle());
		break;
	case ACTOR_FORK_TWICE:
		actor_fork_twice();
		break;
	case ACTOR_EXEC:
		actor_exec();
		break;
	case ACTOR_LEADER_EXIT:
		if (pthread_create(&thread, NULL, actor_loop, NULL))
			_exit(EXIT_FAILURE);
		syscall(SYS_exit, 0);
		break;
	default:
		if (pthread_create(&thread, NULL, actor_in_thread, (void *)arg))
			_exit(EXIT_FAILURE);
	}
}

static inline void *actor_loop(void *unused)
{
	int command;

	/* The leader is gone, or has just begun: either way it can be told. */
	if (getpid() != gettid())
		actor_answer(0);
	while (read(actor_in, &command, sizeof(command)) == sizeof(command))
		actor_do(command);
	_exit(EXIT_SUCCESS);
	return NULL;
}

/* Forks an actor into process group @group; its pid is -1 on failure. */
static inline struct actor actor_start(pid_t group)
{
	struct actor actor = { .pid = -1 };
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		return actor;
	actor.to = in[1];
	actor.from = out[0];
	actor.pid = fork();
	if (!actor.pid) {
		close(in[1]);
		close(out[0]);
		actor_in = in[0];
		actor_out = out[1];
		actor_loop(NULL);
	}
	setpgid(actor.pid, group);
	close(in[0]);
	close(out[1]);
	return actor;
}

/* Returns the answer, -1 if the actor has died. */
static inline int actor_tell(const struct actor *actor, int command)
{
	int answer;

	if (write(actor->to, &command, sizeof(command)) != sizeof(command) ||
	    read(actor->from, &answer, sizeof(answer)) != sizeof(answer))
		return -1;
	return answer;
}

#endif /* OOMK_SELFTESTS_ACTOR_H */
