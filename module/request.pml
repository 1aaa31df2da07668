/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a victim set, for the model checker spin: `make model`, which is
 * selftests/model.
 *
 * All that touches a request runs side by side here: the cycle on its
 * workqueue, a stranger whose allocation failed, two executors, the unloading
 * of the module, and a world in which tasks die, pids are used again, and
 * executors die or are stopped. What the request does to each event is
 * request_table.h, of which request_test.c says that it is what request.c does.
 * Functions are named after those of the module.
 *
 * Time has no length: a limit is over when it is, and a wait is as long as the
 * others make it. How often a set is looked at in vain is bounded, and all else
 * is bounded too, so each run ends, and what holds at the end of all runs is
 * what comes to pass. The bounds come from the environment: MODEL_LOOKS,
 * MODEL_TRIGGERS (cycles), MODEL_CALLS (failed allocations), MODEL_VICTIMS (1 or
 * 2). So does what may happen at any time: MODEL_EARLY=1 that the module is
 * unloaded (else when there is nothing left to do), MODEL_HARM=1 that executors
 * die or are stopped, MODEL_MORTAL=1 that tasks die by themselves.
 *
 * What must hold, at the asserts and at the end:
 *
 *  - a submit means one retire, and each victim is let go of once;
 *  - the module signals what it won, and no more once it let go of it; while an
 *    executor has the set, nobody else signals and nobody else's report counts;
 *  - a completion counts only if the set is still the executor's;
 *  - an executor's signal reaches a task that was chosen, and no other with
 *    that pid. One signal may come after the set was lost: between the check
 *    and the signal there is nothing that could hold it back;
 *  - when a set is retired, each victim is gone, has SIGKILL, or was spared;
 *  - whoever dies with the set gives it back; who was stopped loses it;
 *  - the list that a rescue left is touched by nobody until it was told of;
 *  - no lock is waited for in vain, and nothing of the module is called, or
 *    looked at, when it is gone.
 *
 * MODEL_BROKEN is the number of something that is left out; an assert has to
 * fail then.
 */
#define EXPIRE_BLIND	1	/* expires whatever the state */
#define DONE_BLIND	2	/* a completion needs no state */
#define CLOSE_KEEPS	3	/* an executor's death does not give back */
#define RETIRE_BLIND	4	/* lets go of victims whatever the state */
#define STRIKE_BLIND	5	/* a rescue did not notice what it lost */
#define SWEEP_TRUSTS	6	/* with whom an executor failed may live */
#define SIGNAL_BY_PID	7	/* the module knows tasks by number */
#define VERIFY_FIRST	8	/* the executor verifies before it opens */
#define CHECK_ONCE	9	/* the executor checks its first signal only */
#define TELL_LATE	10	/* a cycle starts, a rescue was not told of */
#define UNLOAD_STEP	11	/* unloading does not wait for a step, */
#define UNLOAD_DOOR	12	/* for a message under way, */
#define UNLOAD_NOTIFIER	13	/* for a stranger; */
#define UNLOAD_KEEPS	14	/* or forgets a set in flight */

#define VICTIMS	2

#define MODULE	3		/* as an owner; the executors are 1 and 2 */
#define NOBODY	0

mtype = { IDLE, READY, ACCEPTED, BACKSTOP, REAPING };
mtype = { OK, YES, NO, WOKE, DROPS, WARNS, NEVER };
mtype = { EPERM, ENOENT, ESTALE, EBUSY, EINVAL, ERANGE };
mtype = { ALIVE, DYING, GONE };
mtype = { WAITING, SPARED, FAILED };
mtype = { NONE, OBSERVED, STRUCK, JOINED };

/* The request: request.c. */
mtype state = IDLE;
bit hard;			/* the set's level */
byte seat = NOBODY;
typedef oomk_victim {
	bit held;		/* there is a reference to its pid */
	bit who;		/* which of the tasks that had the number */
	mtype status;
	bit term;
	bit kill;
}
oomk_victim victims[VICTIMS];

/* The tasks, by number. */
mtype tasks[VICTIMS] = ALIVE;
bit born[VICTIMS];		/* which task has the number */

/* The cycle: cycle.c. */
bit lock;			/* the cycle's */
mtype rescue = NONE;
byte set;			/* number of the last set that was chosen */
byte left, looks;		/* looks in vain: still, and of a set */
bit term_sent;

/* The workqueue, the notifier, the door; and whether they are there. */
byte triggers;			/* that may still come */
byte calls;
bit queued;
bit stepping;
bit triggering;
bit calling;
byte inside;			/* messages under way */
bit notifier = 1;
bit pressing = 1;
bit door = 1;
bit stopping;
bit freed;
bit gone;

bit dead;			/* the first executor is */

/* Nobody reads these but asserts. */
byte owner = NOBODY;		/* who may signal */
bit opened;			/* submitted and not retired */
byte broken;
byte victims_max;
bit early;			/* unload at any time, not only at the end */
bit harm;			/* executors may die or be stopped */
bit mortal;			/* tasks may die by themselves */

#define CHOOSE(r, i, e, a, b, p)					\
	if								\
	:: state == IDLE -> r = i					\
	:: state == READY -> r = e					\
	:: state == ACCEPTED -> r = a					\
	:: state == BACKSTOP -> r = b					\
	:: state == REAPING -> r = p					\
	fi

/* Each event is an inline of its own: EXPIRE(result) and so on. */
#define STAYS(event, i, e, a, b, p)					\
inline event(r) {							\
	d_step { CHOOSE(r, i, e, a, b, p); assert(r != NEVER) }		\
}
#define CHANGES(event, i, e, a, b, p, i2, e2, a2, b2, p2)		\
inline event(r) {							\
	d_step {							\
		CHOOSE(r, i, e, a, b, p);				\
		CHOOSE(state, i2, e2, a2, b2, p2)			\
	}								\
}

#include "request_table.h"

/* The table knows no ghosts. */

inline submit() {
	d_step {
		SUBMIT(r);
		assert(r == OK && !opened);
		opened = 1;
		owner = NOBODY;
		left = looks
	}
}

inline expire() {
	atomic {
		if
		:: broken == EXPIRE_BLIND -> r = YES; state = BACKSTOP
		:: else -> EXPIRE(r)
		fi;
		if
		:: r == YES ->
			assert(opened && owner != MODULE);
			owner = MODULE
		:: else
		fi
	}
}

inline handled() {
	atomic {
		HANDLED(r);
		assert(r != WARNS)
	}
}

inline let_go(v) {
	assert(v.held);
	v.held = 0;
	v.who = 0;
	v.term = 0;
	v.kill = 0;
	v.status = WAITING
}

inline let_all_go() {
	if
	:: victims[0].held -> let_go(victims[0])
	:: else
	fi;
	if
	:: victims[1].held -> let_go(victims[1])
	:: else
	fi
}

inline retire() {
	atomic {
		RETIRE(r);
		if
		:: r == DROPS || broken == RETIRE_BLIND ->
			assert(opened);
			opened = 0;
			owner = NOBODY;
			hard = 0;
			let_all_go()
		:: else
		fi
	}
}

#include "request_cycle.pml"
#include "request_executor.pml"

/* Task 0 may exit by itself, and its pid is used again, once. */
proctype World()
{
end:
	do
	:: atomic { mortal && tasks[0] == ALIVE && !born[0] ->
			tasks[0] = DYING }
	:: atomic { tasks[0] == DYING -> tasks[0] = GONE }
	:: atomic { tasks[1] == DYING -> tasks[1] = GONE }
	:: atomic { mortal && tasks[0] == GONE && !born[0] ->
			born[0] = 1; tasks[0] = ALIVE }
	od
}

/* main.c, oomk_exit(): at any time, or when there is nothing left to do. */
proctype Unload()
{
	mtype r = OK;
	byte told;

	if
	:: early
	:: !early ->
		timeout;
		assert(state == IDLE && rescue == NONE && !opened && !lock)
	fi;
	atomic { !calling || broken == UNLOAD_NOTIFIER -> notifier = 0 }
	atomic { !triggering -> pressing = 0 }
	stopping = 1;
	atomic { !stepping || broken == UNLOAD_STEP -> queued = 0 }
	tell_rescue();
	atomic { !lock -> lock = 1 }
	if
	:: broken == UNLOAD_KEEPS
	:: else -> retire()
	fi;
	lock = 0;
	atomic { inside == 0 || broken == UNLOAD_DOOR -> door = 0 }
	assert(!opened && !CHOSEN);
	retire();
	freed = 1;
	atomic { !queued && !stepping && !triggering -> gone = 1 }
}

c_decl {
	\#include <stdlib.h>

	static int from_environment(const char *name, int otherwise)
	{
		const char *value = getenv(name);

		return value ? atoi(value) : otherwise;
	}
}

init {
	atomic {
		c_code {
			now.looks = from_environment("MODEL_LOOKS", 1);
			now.triggers = from_environment("MODEL_TRIGGERS", 1);
			now.calls = from_environment("MODEL_CALLS", 1);
			now.early = from_environment("MODEL_EARLY", 0);
			now.harm = from_environment("MODEL_HARM", 0);
			now.mortal = from_environment("MODEL_MORTAL", 0);
			now.broken = from_environment("MODEL_BROKEN", 0);
			now.victims_max = from_environment("MODEL_VICTIMS", 2);
		};
		if
		:: victims_max == 1 -> tasks[1] = GONE
		:: else
		fi;
		run Cycle();
		run Stranger();
		run Executor(1);
		run Executor(2);
		run World();
		run Unload()
	}
}
