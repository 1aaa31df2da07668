/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family of oomk. Documentation/netlink/specs/oomk.yaml
 * is the contract in prose and order; this header follows it.
 *
 * Units: pages are pages of the kernel's PAGE_SIZE, utilities whole numbers
 * from 0 to 1000, prices utilities in steps of 1/64. Times carry their unit
 * in their name; start times are nanoseconds of boot time.
 */
#ifndef _UAPI_LINUX_OOMK_H
#define _UAPI_LINUX_OOMK_H

#define OOMK_FAMILY_NAME	"oomk"
#define OOMK_FAMILY_VERSION	1
#define OOMK_MCGRP_EVENTS	"events"

#define OOMK_UTILITY_MAX	1000
#define OOMK_PRICE_PER_UTILITY	64

/* Where the machine stands. */
enum oomk_level {
	OOMK_LEVEL_CALM,
	OOMK_LEVEL_SOFT,
	OOMK_LEVEL_HARD,
};

/* What started a cycle. */
enum oomk_cause {
	OOMK_CAUSE_NONE,
	OOMK_CAUSE_SOFT_WATERMARK,
	OOMK_CAUSE_HARD_WATERMARK,
	OOMK_CAUSE_PSI,
	OOMK_CAUSE_OOM,			/* an allocation had failed for good */
};

/* Where an item's price comes from; the first that applies decides. */
enum oomk_source {
	OOMK_SOURCE_JOB,		/* named by an administrator */
	OOMK_SOURCE_HINT,		/* named by its own owner */
	OOMK_SOURCE_CGROUP,		/* unnamed, dies with its cgroup */
	OOMK_SOURCE_OOM_SCORE_ADJ,	/* unnamed, moved by oom_score_adj */
	OOMK_SOURCE_DEFAULT,		/* unnamed */
};

/* What a task is to the solver. */
enum oomk_state {
	OOMK_STATE_ITEM,		/* may be chosen */
	OOMK_STATE_PROTECTED,		/* its job is protected */
	OOMK_STATE_INIT,		/* init of the initial pid namespace */
	OOMK_STATE_EXECUTOR,		/* holds the executor's seat */
	OOMK_STATE_ADJ_MIN,		/* oom_score_adj is -1000 */
	OOMK_STATE_SHARED,		/* shares its mm with one of the above */
	OOMK_STATE_PENDING,		/* already dying */
	OOMK_STATE_STUCK,		/* dying for too long to be waited for */
};

/* How a weight is formed. */
enum oomk_weight {
	OOMK_WEIGHT_FREEABLE,	/* anonymous + shmem + swap + page tables */
	OOMK_WEIGHT_BADNESS,	/* RSS + swap + page tables */
};

/* How victims are killed at the soft level. */
enum oomk_kill {
	OOMK_KILL_TERM,		/* SIGTERM, grace, SIGKILL */
	OOMK_KILL_NOW,		/* SIGKILL at once, at every level */
};

/* What to do if all items together are not enough. */
enum oomk_infeasible {
	OOMK_INFEASIBLE_NONE,	/* leave it to the kernel's killer */
	OOMK_INFEASIBLE_ALL,	/* kill all that may be killed */
};

/* What the module does when the kernel's own killer is about to fire. */
enum oomk_backstop {
	OOMK_BACKSTOP_OFF,	/* nothing */
	OOMK_BACKSTOP_OBSERVE,	/* record whom it would have chosen */
	OOMK_BACKSTOP_ON,	/* kill them, and hold that killer back */
};

/* Whether the executor steers the kernel's own killer. */
enum oomk_safety_net {
	OOMK_SAFETY_NET_OFF,
	OOMK_SAFETY_NET_ON,	/* oom_score_adj follows the utility */
};

/* How the executor gets its CPU time. */
enum oomk_executor_sched {
	OOMK_EXECUTOR_SCHED_NICE,	/* nice -20 */
	OOMK_EXECUTOR_SCHED_FIFO,	/* SCHED_FIFO at the lowest priority */
};

/* What to do if cycle after cycle brings nothing back. */
enum oomk_wedged {
	OOMK_WEDGED_NOTHING,
	OOMK_WEDGED_PANIC,	/* with panic= a reboot */
};

/* How far a solution can be trusted. */
enum oomk_reason {
	OOMK_REASON_PROVEN,
	OOMK_REASON_BUDGET,
	OOMK_REASON_INFEASIBLE,
	OOMK_REASON_NOTHING_TO_DO,
};

/* What the executor is to do with a victim. */
enum oomk_action {
	OOMK_ACTION_TERM,	/* SIGTERM, grace, SIGKILL, process_mrelease */
	OOMK_ACTION_KILL,	/* SIGKILL, process_mrelease, nothing else */
};

/* What became of a victim. */
enum oomk_victim_status {
	OOMK_VICTIM_WAITING,	/* not reported yet */
	OOMK_VICTIM_GONE,	/* signalled and seen dead */
	OOMK_VICTIM_KILLED,	/* SIGKILL sent, not seen dead yet */
	OOMK_VICTIM_SPARED,	/* pressure was over, not signalled or left */
	OOMK_VICTIM_VANISHED,	/* was dead before any signal */
	OOMK_VICTIM_CHANGED,	/* pid belongs to another task now */
	OOMK_VICTIM_FAILED,	/* see OOMK_A_VICTIM_ERRNO */
};

/* Where the one victim set in flight stands. */
enum oomk_request_state {
	OOMK_REQUEST_IDLE,
	OOMK_REQUEST_READY,	/* offered, nobody took it yet */
	OOMK_REQUEST_ACCEPTED,	/* with the executor */
	OOMK_REQUEST_BACKSTOP,	/* the module signals the victims itself */
	OOMK_REQUEST_REAPING,	/* signalled; waiting for the pages */
};

/* Stages of a cycle that are told to OOMK_MCGRP_EVENTS. */
enum oomk_stage {
	OOMK_STAGE_START,	/* cause, level, figures, need */
	OOMK_STAGE_SOLVED,	/* victims, freed, lost, reason */
	OOMK_STAGE_BACKSTOP,	/* the module takes over */
	OOMK_STAGE_END,		/* back_pages, last_signal_ms */
};

/* Why a cycle ended. */
enum oomk_outcome {
	OOMK_OUTCOME_NONE,
	OOMK_OUTCOME_KILLED,		/* victims died and were reaped */
	OOMK_OUTCOME_SPARED,		/* pressure was over before a signal */
	OOMK_OUTCOME_INFEASIBLE,	/* nothing could be chosen */
	OOMK_OUTCOME_STUCK,		/* some victim would not die in time */
	OOMK_OUTCOME_ABORTED,		/* module unloaded */
	OOMK_OUTCOME_OBSERVED,		/* chosen, and left to the kernel's killer */
};

/* attribute set: job */
enum {
	OOMK_A_JOB_UNSPEC,
	OOMK_A_JOB_PID,			/* u32 */
	OOMK_A_JOB_UTILITY,		/* u32, 0..1000 */
	OOMK_A_JOB_PROTECTED,		/* flag */
	OOMK_A_JOB_EACH,		/* flag: every process an item */
	OOMK_A_JOB_ROOT,		/* u32, pid of the named task, 0: it is gone */
	OOMK_A_JOB_SOURCE,		/* u32, enum oomk_source */
	OOMK_A_JOB_NR_TASKS,		/* u32, members alive */

	__OOMK_A_JOB_MAX,
	OOMK_A_JOB_MAX = __OOMK_A_JOB_MAX - 1
};

/* attribute set: item (one message describes one task and its item) */
enum {
	OOMK_A_ITEM_UNSPEC,
	OOMK_A_ITEM_PAD,
	OOMK_A_ITEM_ID,			/* u32, same for tasks of one item */
	OOMK_A_ITEM_PID,		/* u32 */
	OOMK_A_ITEM_START_NS,		/* u64 */
	OOMK_A_ITEM_COMM,		/* string */
	OOMK_A_ITEM_UID,		/* u32 */
	OOMK_A_ITEM_TASK_PAGES,		/* u64, weight of this task alone */
	OOMK_A_ITEM_PAGES,		/* u64, weight of the item */
	OOMK_A_ITEM_UTILITY,		/* u32, before sharing */
	OOMK_A_ITEM_PRICE,		/* u32, after sharing, 1/64 steps */
	OOMK_A_ITEM_SOURCE,		/* u32, enum oomk_source */
	OOMK_A_ITEM_STATE,		/* u32, enum oomk_state */
	OOMK_A_ITEM_ROOT,		/* u32, pid of the job's named task */
	OOMK_A_ITEM_SHARED_CAP,		/* flag: price reduced to a share */
	OOMK_A_ITEM_OMITTED,		/* u32, tasks that did not fit (first message) */
	OOMK_A_ITEM_NR_TASKS,		/* u32, tasks of the item (history) */
	OOMK_A_ITEM_VICTIM,		/* flag: it was chosen (history) */
	OOMK_A_ITEM_STATUS,		/* u32, enum oomk_victim_status (history) */
	OOMK_A_ITEM_ERRNO,		/* u32, positive errno (history) */
	OOMK_A_ITEM_SIGNALS,		/* u32, bit 0 SIGTERM, bit 1 SIGKILL (history) */
	OOMK_A_ITEM_SIGNAL_US,		/* u32, trigger to last signal (history) */

	__OOMK_A_ITEM_MAX,
	OOMK_A_ITEM_MAX = __OOMK_A_ITEM_MAX - 1
};

/* attribute set: plan (first message: totals; then one VICTIM a message) */
enum {
	OOMK_A_PLAN_UNSPEC,
	OOMK_A_PLAN_PAD,
	OOMK_A_PLAN_NEED_PAGES,		/* u64 */
	OOMK_A_PLAN_FREEABLE_PAGES,	/* u64, weight of all items */
	OOMK_A_PLAN_ITEMS,		/* u32 */
	OOMK_A_PLAN_REASON,		/* u32, enum oomk_reason */
	OOMK_A_PLAN_VICTIMS,		/* u32, items chosen */
	OOMK_A_PLAN_FREED_PAGES,	/* u64 */
	OOMK_A_PLAN_LOST_PRICE,		/* u64 */
	OOMK_A_PLAN_BOUND_PRICE,	/* u64 */
	OOMK_A_PLAN_SAMPLE_US,		/* u32 */
	OOMK_A_PLAN_SOLVE_US,		/* u32 */
	OOMK_A_PLAN_VICTIM,		/* nest, attribute set item */

	__OOMK_A_PLAN_MAX,
	OOMK_A_PLAN_MAX = __OOMK_A_PLAN_MAX - 1
};

/* attribute set: policy */
enum {
	OOMK_A_POLICY_UNSPEC,
	OOMK_A_POLICY_PAD,
	OOMK_A_POLICY_SOFT_PERCENT,		/* u32 */
	OOMK_A_POLICY_HARD_PERCENT,		/* u32 */
	OOMK_A_POLICY_RECOVERY_POINTS,		/* u32 */
	OOMK_A_POLICY_PSI_FULL_PERCENT,		/* u32, 0: no PSI */
	OOMK_A_POLICY_PSI_WINDOW_MS,		/* u32 */
	OOMK_A_POLICY_PSI_AVAILABLE_PERCENT,	/* u32 */
	OOMK_A_POLICY_PERIOD_MIN_MS,		/* u32 */
	OOMK_A_POLICY_PERIOD_MAX_MS,		/* u32 */
	OOMK_A_POLICY_GRACE_MS,			/* u32 */
	OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS,	/* u32, soft level */
	OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS,	/* u32, hard level */
	OOMK_A_POLICY_STUCK_MS,			/* u32 */
	OOMK_A_POLICY_COOLDOWN_MS,		/* u32 */
	OOMK_A_POLICY_WEIGHT,			/* u32, enum oomk_weight */
	OOMK_A_POLICY_KILL,			/* u32, enum oomk_kill */
	OOMK_A_POLICY_INFEASIBLE,		/* u32, enum oomk_infeasible */
	OOMK_A_POLICY_CAPACITY_PAGES,		/* u64, 0: dynamic */
	OOMK_A_POLICY_CAPACITY_PERMILLE,	/* u32 of RAM + swap, 0: dynamic */
	OOMK_A_POLICY_DEFAULT_UTILITY,		/* u32 */
	OOMK_A_POLICY_USER_UTILITY_MAX,		/* u32 */
	OOMK_A_POLICY_SOLVE_STEPS,		/* u64, 0: default */
	OOMK_A_POLICY_BACKSTOP,			/* u32, enum oomk_backstop */
	OOMK_A_POLICY_BACKSTOP_HOLD_MS,		/* u32 */
	OOMK_A_POLICY_SAFETY_NET,		/* u32, enum oomk_safety_net */
	OOMK_A_POLICY_EXECUTOR_SCHED,		/* u32, enum oomk_executor_sched */
	OOMK_A_POLICY_WEDGED,			/* u32, enum oomk_wedged */
	OOMK_A_POLICY_WEDGED_CYCLES,		/* u32 */
	OOMK_A_POLICY_WEDGED_MS,		/* u32 */

	__OOMK_A_POLICY_MAX,
	OOMK_A_POLICY_MAX = __OOMK_A_POLICY_MAX - 1
};

/* attribute set: status */
enum {
	OOMK_A_STATUS_UNSPEC,
	OOMK_A_STATUS_PAD,
	OOMK_A_STATUS_LEVEL,			/* u32, enum oomk_level */
	OOMK_A_STATUS_TOTAL_PAGES,		/* u64, RAM less hugetlb */
	OOMK_A_STATUS_AVAILABLE_PAGES,		/* u64 */
	OOMK_A_STATUS_TOTAL_SWAP_PAGES,		/* u64 */
	OOMK_A_STATUS_FREE_SWAP_PAGES,		/* u64 */
	OOMK_A_STATUS_PSI_ARMED,		/* u32, 0 or 1 */
	OOMK_A_STATUS_PSI_FULL_AVG10,		/* u32, 1/100 percent */
	OOMK_A_STATUS_PSI_FULL_TOTAL_US,	/* u64 */
	OOMK_A_STATUS_PERIOD_MS,		/* u32, current watermark period */
	OOMK_A_STATUS_REQUEST_STATE,		/* u32, enum oomk_request_state */
	OOMK_A_STATUS_CYCLE,			/* u64, number of the last cycle */
	OOMK_A_STATUS_EXECUTOR_PID,		/* u32, 0: none */
	OOMK_A_STATUS_JOBS,			/* u32 */
	OOMK_A_STATUS_MEMBERS,			/* u32, tasks in jobs */
	OOMK_A_STATUS_MEMBERS_FREE,		/* u32, spare membership nodes */
	OOMK_A_STATUS_TASKS_MAX,		/* u32, tasks the array holds */
	OOMK_A_STATUS_TASKS_SEEN,		/* u32, tasks at the last walk */
	OOMK_A_STATUS_VICTIMS,			/* u64, tasks signalled since load */
	OOMK_A_STATUS_SPARED,			/* u64, tasks spared since load */
	OOMK_A_STATUS_BACKSTOPS,		/* u64, cycles the module ended itself */
	OOMK_A_STATUS_FREED_PAGES,		/* u64, weight of the last victims */
	OOMK_A_STATUS_BACK_PAGES,		/* u64, observed back, last cycle */
	OOMK_A_STATUS_OUTCOME,			/* u32, enum oomk_outcome, last cycle */
	OOMK_A_STATUS_NEED_PAGES,		/* u64, last cycle */
	OOMK_A_STATUS_OVERSHOOT_PAGES,		/* u64, back beyond the need, last cycle */
	OOMK_A_STATUS_UNDERSHOOT_PAGES,		/* u64, needed and not back, last cycle */
	OOMK_A_STATUS_EXECUTOR_HEARD_MS,	/* u32, since it last spoke; absent: none */
	OOMK_A_STATUS_OOM_CALLS,		/* u64, failed allocations that came to us */
	OOMK_A_STATUS_OOM_HELD,			/* u64, those answered with "wait" */
	OOMK_A_STATUS_KERNEL_KILLS,		/* u64, by the kernel's killer since load */

	__OOMK_A_STATUS_MAX,
	OOMK_A_STATUS_MAX = __OOMK_A_STATUS_MAX - 1
};

/* attribute set: member (a task in a job, as the executor needs it) */
enum {
	OOMK_A_MEMBER_UNSPEC,
	OOMK_A_MEMBER_PAD,
	OOMK_A_MEMBER_PID,		/* u32 */
	OOMK_A_MEMBER_START_NS,		/* u64 */
	OOMK_A_MEMBER_JOB_ID,		/* u64, never used twice */
	OOMK_A_MEMBER_UTILITY,		/* u32, absent: none was given */
	OOMK_A_MEMBER_PROTECTED,	/* flag */
	OOMK_A_MEMBER_CLEARED,		/* flag: the job is no more */
	OOMK_A_MEMBER_ADJ_BEFORE,	/* s32, oom_score_adj when named */
	OOMK_A_MEMBER_MIN_BEFORE,	/* s32, least one its owner could return to */

	__OOMK_A_MEMBER_MAX,
	OOMK_A_MEMBER_MAX = __OOMK_A_MEMBER_MAX - 1
};

/* attribute set: change (numbers only: everybody may listen) */
enum {
	OOMK_A_CHANGE_UNSPEC,
	OOMK_A_CHANGE_JOBS,		/* u32, jobs that are named now */

	__OOMK_A_CHANGE_MAX,
	OOMK_A_CHANGE_MAX = __OOMK_A_CHANGE_MAX - 1
};

/* attribute set: victim */
enum {
	OOMK_A_VICTIM_UNSPEC,
	OOMK_A_VICTIM_PAD,
	OOMK_A_VICTIM_PID,		/* u32 */
	OOMK_A_VICTIM_START_NS,		/* u64 */
	OOMK_A_VICTIM_ACTION,		/* u32, enum oomk_action */
	OOMK_A_VICTIM_PAGES,		/* u64, weight of this task */
	OOMK_A_VICTIM_UTILITY,		/* u32, of its item */
	OOMK_A_VICTIM_ITEM,		/* u32, same for tasks of one item */
	OOMK_A_VICTIM_COMM,		/* string */
	OOMK_A_VICTIM_STATUS,		/* u32, enum oomk_victim_status */
	OOMK_A_VICTIM_ERRNO,		/* u32, positive errno */
	OOMK_A_VICTIM_SIGNALS,		/* u32, bit 0 SIGTERM, bit 1 SIGKILL sent */
	OOMK_A_VICTIM_SIGNAL_NS,	/* u64, CLOCK_MONOTONIC of the last of them */

	__OOMK_A_VICTIM_MAX,
	OOMK_A_VICTIM_MAX = __OOMK_A_VICTIM_MAX - 1
};

/* attribute set: request (accept: first message all but VICTIM, then one VICTIM a message) */
enum {
	OOMK_A_REQUEST_UNSPEC,
	OOMK_A_REQUEST_PAD,
	OOMK_A_REQUEST_CYCLE,		/* u64 */
	OOMK_A_REQUEST_LEVEL,		/* u32, enum oomk_level */
	OOMK_A_REQUEST_GRACE_MS,	/* u32 */
	OOMK_A_REQUEST_NR_VICTIMS,	/* u32, tasks */
	OOMK_A_REQUEST_VICTIM,		/* nest, attribute set victim; may repeat */
	OOMK_A_REQUEST_NEEDED,		/* u32, 0: pressure is over, spare the rest */
	OOMK_A_REQUEST_MORE,		/* flag: further DONE messages follow */
	OOMK_A_REQUEST_TIMEOUT_MS,	/* u32, silent for longer it loses the set */

	__OOMK_A_REQUEST_MAX,
	OOMK_A_REQUEST_MAX = __OOMK_A_REQUEST_MAX - 1
};

/* attribute set: cycle (numbers only: everybody may listen) */
enum {
	OOMK_A_CYCLE_UNSPEC,
	OOMK_A_CYCLE_PAD,
	OOMK_A_CYCLE_NUMBER,		/* u64 */
	OOMK_A_CYCLE_STAGE,		/* u32, enum oomk_stage */
	OOMK_A_CYCLE_CAUSE,		/* u32, enum oomk_cause */
	OOMK_A_CYCLE_LEVEL,		/* u32, enum oomk_level */
	OOMK_A_CYCLE_AVAILABLE_PERMILLE,	/* u32 */
	OOMK_A_CYCLE_FREE_SWAP_PERMILLE,	/* u32 */
	OOMK_A_CYCLE_PSI_FULL_AVG10,	/* u32, 1/100 percent */
	OOMK_A_CYCLE_NEED_PAGES,	/* u64 */
	OOMK_A_CYCLE_REASON,		/* u32, enum oomk_reason */
	OOMK_A_CYCLE_VICTIMS,		/* u32, items */
	OOMK_A_CYCLE_TASKS,		/* u32, tasks of these items */
	OOMK_A_CYCLE_FREED_PAGES,	/* u64 */
	OOMK_A_CYCLE_LOST_PRICE,	/* u64 */
	OOMK_A_CYCLE_BOUND_PRICE,	/* u64 */
	OOMK_A_CYCLE_BACK_PAGES,	/* u64 */
	OOMK_A_CYCLE_LAST_SIGNAL_MS,	/* u32, from trigger to last signal */
	OOMK_A_CYCLE_OUTCOME,		/* u32, enum oomk_outcome */
	OOMK_A_CYCLE_START_NS,		/* u64, boot time of the trigger */
	OOMK_A_CYCLE_SIGNAL_US,		/* u32, from trigger to last signal */
	OOMK_A_CYCLE_END_US,		/* u32, from trigger to pages back or given up */
	OOMK_A_CYCLE_FREEABLE_PAGES,	/* u64, weight of all items */
	OOMK_A_CYCLE_PENDING_PAGES,	/* u64, of tasks that were dying already */
	OOMK_A_CYCLE_ITEMS,		/* u32, items weighed */
	OOMK_A_CYCLE_ITEMS_OMITTED,	/* u32, of them not recorded */
	OOMK_A_CYCLE_OVERSHOOT_PAGES,	/* u64, back beyond the need */
	OOMK_A_CYCLE_UNDERSHOOT_PAGES,	/* u64, needed and not back */
	OOMK_A_CYCLE_SPARED,		/* u32, tasks chosen and left alive */
	OOMK_A_CYCLE_BACKSTOP,		/* flag: carried out by the module */
	OOMK_A_CYCLE_KERNEL_KILLS,	/* u32, by the kernel's killer meanwhile */
	OOMK_A_CYCLE_ITEM,		/* nest, attribute set item (history) */

	__OOMK_A_CYCLE_MAX,
	OOMK_A_CYCLE_MAX = __OOMK_A_CYCLE_MAX - 1
};

enum oomk_cmd {
	OOMK_CMD_UNSPEC,
	OOMK_CMD_JOB_SET,		/* do: job */
	OOMK_CMD_JOB_CLEAR,		/* do: job; PROTECTED: only the protection */
	OOMK_CMD_JOB_GET,		/* do: job */
	OOMK_CMD_ITEM_GET,		/* dump: item */
	OOMK_CMD_PLAN_GET,		/* dump: plan */
	OOMK_CMD_POLICY_GET,		/* do: policy */
	OOMK_CMD_POLICY_SET,		/* do: policy, all or nothing */
	OOMK_CMD_STATUS_GET,		/* do: status */
	OOMK_CMD_READY,			/* event: request (CYCLE, LEVEL) */
	OOMK_CMD_CYCLE_NTF,		/* event: cycle */
	OOMK_CMD_EXECUTOR_BIND,		/* do: nothing in, nothing out */
	OOMK_CMD_REQUEST_ACCEPT,	/* dump: request */
	OOMK_CMD_REQUEST_CHECK,		/* do: request (CYCLE in; LEVEL, NEEDED, TIMEOUT_MS out) */
	OOMK_CMD_REQUEST_DONE,		/* do: request (CYCLE, VICTIM..., MORE) */
	OOMK_CMD_HISTORY_GET,		/* dump: cycle; with NUMBER: that one and its items */
	OOMK_CMD_MEMBER_GET,		/* dump: member */
	OOMK_CMD_CHANGE_NTF,		/* event: change: a job or the policy is another */

	__OOMK_CMD_MAX,
	OOMK_CMD_MAX = __OOMK_CMD_MAX - 1
};

#endif /* _UAPI_LINUX_OOMK_H */
