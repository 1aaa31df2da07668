/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one victim set in flight, and who may carry it out.
 *
 *   IDLE -submit-> READY -accept-> ACCEPTED -complete-> REAPING -retire-> IDLE
 *                    |                 |                   ^
 *                    +----- expire ----+---> BACKSTOP -handled-+
 *
 * A submit that returns zero means exactly one later retire. Whether the
 * executor or the module signals is decided by one change of state, so a
 * completion that comes after the expiry is refused and does no harm.
 */
#ifndef OOMK_REQUEST_H
#define OOMK_REQUEST_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/oomk.h>

struct mm_struct;
struct pid;

/**
 * struct oomk_victim - a task that is to die
 * @pid: its thread group's pid, referenced until the request is retired
 * @mm: its memory, likewise, or NULL; its pages are not held
 * @start_ns: boot time at which it started
 * @pages: its weight
 * @signal_ns: when it got its last signal, ktime_get_ns(); 0: none
 * @pid_nr: in the initial pid namespace
 * @utility: of its item
 * @item: number that the tasks of one item share
 * @oom_score: as /proc shows it
 * @err: positive errno reported with OOMK_VICTIM_FAILED
 * @action: enum oomk_action
 * @status: enum oomk_victim_status
 * @signals: sent so far; bit 0 SIGTERM, bit 1 SIGKILL
 * @hastened: was given a high priority to die with
 * @comm: name
 */
struct oomk_victim {
	struct pid *pid;
	struct mm_struct *mm;
	u64 start_ns;
	u64 pages;
	u64 signal_ns;
	u32 pid_nr;
	u32 utility;
	u32 item;
	u32 oom_score;
	u32 err;
	u8 action;
	u8 status;
	u8 signals;
	bool hastened;
	char comm[TASK_COMM_LEN];
};

/**
 * struct oomk_victim_report - what an executor says of a victim
 * @start_ns: its start time as it was handed out
 * @signal_ns: when it got its last signal, CLOCK_MONOTONIC; 0: unknown
 * @pid_nr: in the initial pid namespace
 * @err: positive errno, not 0 if @status is OOMK_VICTIM_FAILED
 * @status: any but OOMK_VICTIM_WAITING
 * @signals: sent so far; added to what was reported before
 */
struct oomk_victim_report {
	u64 start_ns;
	u64 signal_ns;
	u32 pid_nr;
	u32 err;
	enum oomk_victim_status status;
	u8 signals;
};

/**
 * struct oomk_request_header - what all victims have in common
 * @cycle: number of the cycle, never 0
 * @level: when it was submitted, or raised since
 * @cause: what started the cycle
 * @grace_ms: from SIGTERM to SIGKILL
 * @nr_victims: tasks
 */
struct oomk_request_header {
	u64 cycle;
	enum oomk_level level;
	enum oomk_cause cause;
	u32 grace_ms;
	u32 nr_victims;
};

/**
 * struct oomk_request_times - when what happened to the set, ktime_get_ns()
 * @heard_ns: the seat's holder spoke last; 0: nobody is on the seat
 * @ready_ns: it was offered, or given back by an executor that died
 * @accepted_ns: it was accepted last; 0: never
 * @raised_ns: it was raised to a higher level; 0: never
 * @timeout_ms: silent for longer the executor loses it, as it was told
 */
struct oomk_request_times {
	u64 heard_ns;
	u64 ready_ns;
	u64 accepted_ns;
	u64 raised_ns;
	u32 timeout_ms;
};

/**
 * struct oomk_request_stats - what is told of cycles past
 * @cycle: number of the last one
 * @victims: tasks signalled since load
 * @spared: tasks chosen and then spared since load
 * @backstops: cycles the module carried out itself
 * @freed_pages: weight of the victims of the last cycle
 * @back_pages: pages observed back in the last cycle
 * @need_pages: pages needed in the last cycle
 * @overshoot_pages: pages back beyond the need in the last cycle
 * @undershoot_pages: pages needed and not back in the last cycle
 * @oom_calls: failed allocations that came to us; not written back
 * @oom_held: those of them that were told to wait; not written back
 * @outcome: of the last cycle
 * @tasks_max: tasks the cycle's array holds
 * @tasks_seen: tasks met by the last walk
 */
struct oomk_request_stats {
	u64 cycle;
	u64 victims;
	u64 spared;
	u64 backstops;
	u64 freed_pages;
	u64 back_pages;
	u64 need_pages;
	u64 overshoot_pages;
	u64 undershoot_pages;
	u64 oom_calls;
	u64 oom_held;
	enum oomk_outcome outcome;
	u32 tasks_max;
	u32 tasks_seen;
};

/* The executor's side; called from netlink. */
int oomk_request_bind(u32 portid, struct pid *tgid);
void oomk_request_unbind(u32 portid);
int oomk_request_accept(u32 portid, struct oomk_request_header *header);
int oomk_request_victim(u32 portid, u64 cycle, u32 index,
			struct oomk_victim *victim);
int oomk_request_check(u32 portid, u64 cycle, enum oomk_level *level,
		       bool *needed);
int oomk_request_known(u32 portid, u64 cycle,
		       const struct oomk_victim_report *report);
int oomk_request_report(u32 portid, u64 cycle,
			const struct oomk_victim_report *report);
int oomk_request_complete(u32 portid, u64 cycle);

/* The cycle's side. */
int oomk_request_init(u32 max_victims, void (*kick)(void));
void oomk_request_exit(void);
struct oomk_victim *oomk_request_alloc(u32 max_victims);
struct oomk_victim *oomk_request_replace(struct oomk_victim *victims,
					 u32 max_victims);
u32 oomk_request_max(void);
struct oomk_victim *oomk_request_victims(void);
int oomk_request_submit(const struct oomk_request_header *header);
bool oomk_request_raise(enum oomk_level level);
bool oomk_request_expire(void);
void oomk_request_handled(void);
void oomk_request_forget(u32 nr);
void oomk_request_retire(void);
enum oomk_request_state oomk_request_state(struct oomk_request_header *header);
void oomk_request_times(struct oomk_request_times *times);
struct pid *oomk_request_executor(void);
u32 oomk_request_timeout_ms(enum oomk_level level);
bool oomk_request_needed(enum oomk_level *level);

void oomk_request_stats_read(struct oomk_request_stats *stats);
void oomk_request_stats_write(const struct oomk_request_stats *stats);
void oomk_request_stats_oom(bool held);

#endif /* OOMK_REQUEST_H */
