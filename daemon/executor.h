/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How victims die: SIGTERM, grace, SIGKILL, process_mrelease. Knows nothing of
 * where the victims come from and where the report goes.
 */
#ifndef OOMK_EXECUTOR_H
#define OOMK_EXECUTOR_H

#include <sys/types.h>

#include <linux/oomk.h>

#include "adjust.h"
#include "types.h"

#define OOMK_EXECUTOR_COMM	16

#define OOMK_SIGNAL_TERM	0x1
#define OOMK_SIGNAL_KILL	0x2

/**
 * enum oomk_victim_step - how far a victim has come
 * @OOMK_STEP_NONE: nothing was done to it
 * @OOMK_STEP_OPENED: there is a pidfd, or none to be had
 * @OOMK_STEP_VERIFIED: it started when the order says
 * @OOMK_STEP_ADJUSTED: its oom_score_adj was raised, if that was to be had
 * @OOMK_STEP_TERM: SIGTERM sent, in its grace
 * @OOMK_STEP_KILL: SIGKILL sent
 * @OOMK_STEP_RELEASED: its memory was asked for
 * @OOMK_STEP_GONE: seen dead after a signal
 *
 * It only goes forward. One that is told to die at once is neither adjusted
 * nor sent SIGTERM. Before each signal of the soft level the order is asked
 * about anew; &oomk_victim.status says how it ended, and where it stood then
 * remains to be seen here.
 */
enum oomk_victim_step {
	OOMK_STEP_NONE,
	OOMK_STEP_OPENED,
	OOMK_STEP_VERIFIED,
	OOMK_STEP_ADJUSTED,
	OOMK_STEP_TERM,
	OOMK_STEP_KILL,
	OOMK_STEP_RELEASED,
	OOMK_STEP_GONE,
};

/**
 * struct oomk_victim - a task that is to die, and what became of it
 * @pages: its weight
 * @start_ns: boot time at which it started
 * @first_signal_ms: when the first signal was sent
 * @signal_ns: out: when the last one was sent, CLOCK_MONOTONIC; 0: none was
 * @pid: thread group
 * @utility: of its item
 * @item: number that the tasks of one item share; they must be neighbours
 * @action: enum oomk_action
 * @status: in: OOMK_VICTIM_WAITING, or the task is left alone;
 *	out: enum oomk_victim_status
 * @err: out: positive errno with OOMK_VICTIM_FAILED
 * @signals: out: OOMK_SIGNAL_*
 * @step: out: how far it came
 * @pidfd: the executor's; -1: none
 * @watched: the executor's: @pidfd is among what it polls
 * @raised: the executor's: its oom_score_adj is to be restored
 * @comm: name
 */
struct oomk_victim {
	u64 pages;
	u64 start_ns;
	u64 first_signal_ms;
	u64 signal_ns;
	pid_t pid;
	u32 utility;
	u32 item;
	u32 action;
	u32 status;
	u32 err;
	u32 signals;
	enum oomk_victim_step step;
	int pidfd;
	bool watched;
	bool raised;
	char comm[OOMK_EXECUTOR_COMM];
};

/**
 * enum oomk_executor_wake - what an event from outside asks of the executor
 * @OOMK_WAKE_NONE: go on
 * @OOMK_WAKE_CHECK: ask again whether the signals are needed
 * @OOMK_WAKE_STOP: send no more signals and come to an end
 */
enum oomk_executor_wake {
	OOMK_WAKE_NONE,
	OOMK_WAKE_CHECK,
	OOMK_WAKE_STOP,
};

/**
 * struct oomk_condition - how an order stands
 * @level: of the machine
 * @needed: whether further signals are
 * @timeout_ms: silent for longer the executor loses the set; 0: as before
 */
struct oomk_condition {
	enum oomk_level level;
	bool needed;
	u32 timeout_ms;
};

/**
 * struct oomk_executor_ops - what the executor asks of its surroundings
 * @check: how the order stands; untouched if that cannot be found out. Also
 *	the sign of life without which the order is lost, so it must not
 *	wait. Returns 0, or a negative errno: one of oomk_victim_transient()
 *	means that it could not be found out for want of memory, anything else
 *	that the victims are not the executor's any more
 * @now_ms: milliseconds of a clock that only goes forward
 * @wake: @wake_fd can be read; takes what is there
 * @report: the signals are sent; called once a run, before the end of it. A
 *	victim that got SIGKILL and is not seen dead is OOMK_VICTIM_KILLED; none
 *	is OOMK_VICTIM_WAITING
 * @wake_fd: polled along with the victims; -1: none
 * @arg: first argument of each
 */
struct oomk_executor_ops {
	int (*check)(void *arg, struct oomk_condition *condition);
	u64 (*now_ms)(void *arg);
	enum oomk_executor_wake (*wake)(void *arg);
	void (*report)(void *arg, const struct oomk_victim *victims,
		       unsigned int nr);
	int wake_fd;
	void *arg;
};

/**
 * struct oomk_executor - an executor
 * @ops: surroundings
 * @adjust: record of raised oom_score_adj
 * @epoll_fd: the victims' pidfds and @ops.wake_fd
 * @dry_run: signal nobody, spare all
 */
struct oomk_executor {
	struct oomk_executor_ops ops;
	struct oomk_adjust *adjust;
	int epoll_fd;
	bool dry_run;
};

/**
 * struct oomk_order - one set of victims to execute
 * @cycle: number, for the log
 * @victims: array
 * @nr: its length
 * @announced: what it would be if there were room for all
 * @level: of the machine when the set was fetched
 * @grace_ms: from the last SIGTERM to the first SIGKILL
 * @timeout_ms: silent for longer the executor loses the set; 0: never
 */
struct oomk_order {
	u64 cycle;
	struct oomk_victim *victims;
	unsigned int nr;
	u32 announced;
	enum oomk_level level;
	u32 grace_ms;
	u32 timeout_ms;
};

u64 oomk_executor_clock_ms(void *arg);
int oomk_executor_open(struct oomk_executor *executor,
		       const struct oomk_executor_ops *ops,
		       struct oomk_adjust *adjust);
void oomk_executor_close(struct oomk_executor *executor);
void oomk_executor_run(struct oomk_executor *executor,
		       const struct oomk_order *order);

#endif /* OOMK_EXECUTOR_H */
