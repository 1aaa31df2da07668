/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the processes of the fuzzer share: who is who, what was counted, and
 * what was found wrong.
 */
#ifndef OOMK_SELFTESTS_FUZZ_WORLD_H
#define OOMK_SELFTESTS_FUZZ_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "fuzz_spec.h"

#define FUZZ_OPS	24
#define FUZZ_ERRNO_END	134
#define FUZZ_SENT	FUZZ_ERRNO_END
#define FUZZ_OUTCOMES	(FUZZ_SENT + 1)	/* 0, errnos, and sent at all */
#define FUZZ_TOYS	24
#define FUZZ_GUARDS	24

/**
 * struct fuzz_persona - as whom a worker asks
 * @name: for what is printed
 * @uid: in the initial user namespace
 * @caps: capabilities there
 * @userns: root of a user namespace of its own
 * @borrows: over sockets that root opened
 * @serves: plays the executor every other time
 */
struct fuzz_persona {
	const char *name;
	uid_t uid;
	unsigned long long caps;
	bool userns;
	bool borrows;
	bool serves;
};

#define FUZZ_PERSONAS	8

extern const struct fuzz_persona fuzz_personas[FUZZ_PERSONAS];

/* What can be found wrong. */
enum fuzz_fault {
	FUZZ_FAULT_SHAPE,	/* an answer is not as specified */
	FUZZ_FAULT_ERRNO,	/* a refusal is not one of those specified */
	FUZZ_FAULT_SENTENCE,	/* a refusal does not say why */
	FUZZ_FAULT_PERMISSION,	/* somebody succeeded who may not */
	FUZZ_FAULT_VICTIM,	/* a protected task was chosen */
	FUZZ_FAULTS,
};

#define FUZZ_COMPLAINTS	12

/**
 * struct fuzz_toy - a process that may be named and killed
 * @pid: the process, 0: none just now
 * @uid: its owner
 */
struct fuzz_toy {
	pid_t pid;
	uid_t uid;
};

/**
 * struct fuzz_world - shared by all
 * @seed: what all is drawn from
 * @stop: everybody shall go home
 * @toys: who may be named
 * @low: alice's, with an oom_score_adj that makes it worth nothing
 * @thread: one that is no leader
 * @guards: who must live, and is named by nobody but main
 * @nr_guards: how many
 * @cycle: number of the last cycle that was heard of
 * @count: what became of the messages, by persona, operation and outcome
 * @events: events received, by operation
 * @steps: what the workers did, by persona
 * @faults: how much was found wrong
 * @nr_complaints: lines in @complaints
 * @complaints: the first of them in words
 */
struct fuzz_world {
	unsigned long long seed;
	bool stop;
	struct fuzz_toy toys[FUZZ_TOYS];
	pid_t low;
	pid_t thread;
	pid_t guards[FUZZ_GUARDS];
	int nr_guards;
	unsigned long long cycle;
	unsigned long count[FUZZ_PERSONAS][FUZZ_OPS][FUZZ_OUTCOMES];
	unsigned long events[FUZZ_OPS];
	unsigned long steps[FUZZ_PERSONAS];
	unsigned long faults[FUZZ_FAULTS];
	int nr_complaints;
	char complaints[FUZZ_COMPLAINTS][200];
};

extern struct fuzz_world *fuzz_world;

static inline bool fuzz_stopped(void)
{
	return __atomic_load_n(&fuzz_world->stop, __ATOMIC_RELAXED);
}

static inline void fuzz_add(unsigned long *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static inline bool fuzz_is_guard(pid_t pid)
{
	int i;

	for (i = 0; i < fuzz_world->nr_guards; i++)
		if (fuzz_world->guards[i] == pid)
			return true;
	return false;
}

void fuzz_complain(enum fuzz_fault fault, const char *format, ...);
bool fuzz_world_make(unsigned long long seed);

/* fuzz_farm.c */
pid_t fuzz_farm_start(void);

#endif /* OOMK_SELFTESTS_FUZZ_WORLD_H */
