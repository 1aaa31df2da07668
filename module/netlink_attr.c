// SPDX-License-Identifier: GPL-2.0
/*
 * What each request may carry and within which limits. What is not in a table
 * is refused by the netlink core before any handler sees it; an attribute that
 * only replies carry is not in any.
 */
#include "netlink_ops.h"

#include <linux/errno.h>
#include <linux/limits.h>

/* Not const: 6.1 takes no pointer to const here. */
static struct netlink_range_validation pid_range = {
	.min = 1,
	.max = S32_MAX,
};

static struct netlink_range_validation minute_range = {
	.min = 10,
	.max = 60 * 1000,
};

static struct netlink_range_validation cooldown_range = {
	.max = 60 * 1000,
};

static struct netlink_range_validation grace_range = {
	.max = 10 * 60 * 1000,
};

static struct netlink_range_validation stuck_range = {
	.min = 1000,
	.max = 10 * 60 * 1000,
};

static struct netlink_range_validation user_utility_range = {
	.max = 1000 * OOMK_UTILITY_MAX,
};

static struct netlink_range_validation wedged_range = {
	.min = 1000,
	.max = 60 * 60 * 1000,
};

/* Takes nothing, and says so instead of relying on the core's default. */
const struct nla_policy oomk_nothing_nl_policy[OOMK_NOTHING_IN_MAX + 1] = {
	[OOMK_NOTHING_IN_MAX] = { .type = NLA_REJECT },
};

const struct nla_policy oomk_job_set_nl_policy[OOMK_JOB_SET_MAX + 1] = {
	[OOMK_A_JOB_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[OOMK_A_JOB_UTILITY] = NLA_POLICY_MAX(NLA_U32, OOMK_UTILITY_MAX),
	[OOMK_A_JOB_PROTECTED] = { .type = NLA_FLAG },
	[OOMK_A_JOB_EACH] = { .type = NLA_FLAG },
};

const struct nla_policy oomk_job_clear_nl_policy[OOMK_JOB_CLEAR_MAX + 1] = {
	[OOMK_A_JOB_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[OOMK_A_JOB_PROTECTED] = { .type = NLA_FLAG },
};

const struct nla_policy oomk_job_get_nl_policy[OOMK_JOB_GET_MAX + 1] = {
	[OOMK_A_JOB_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
};

const struct nla_policy oomk_plan_get_nl_policy[OOMK_PLAN_GET_MAX + 1] = {
	[OOMK_A_PLAN_NEED_PAGES] = { .type = NLA_U64 },
};

const struct nla_policy oomk_policy_set_nl_policy[OOMK_POLICY_SET_MAX + 1] = {
	[OOMK_A_POLICY_SOFT_PERCENT] = NLA_POLICY_RANGE(NLA_U32, 1, 50),
	[OOMK_A_POLICY_HARD_PERCENT] = NLA_POLICY_MAX(NLA_U32, 49),
	[OOMK_A_POLICY_RECOVERY_POINTS] = NLA_POLICY_MAX(NLA_U32, 50),
	[OOMK_A_POLICY_PSI_FULL_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[OOMK_A_POLICY_PSI_WINDOW_MS] = NLA_POLICY_RANGE(NLA_U32, 500, 10000),
	[OOMK_A_POLICY_PSI_AVAILABLE_PERCENT] =
		NLA_POLICY_RANGE(NLA_U32, 1, 100),
	[OOMK_A_POLICY_PERIOD_MIN_MS] = NLA_POLICY_RANGE(NLA_U32, 10, 1000),
	[OOMK_A_POLICY_PERIOD_MAX_MS] = NLA_POLICY_RANGE(NLA_U32, 50, 10000),
	[OOMK_A_POLICY_GRACE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &grace_range),
	[OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &minute_range),
	[OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &minute_range),
	[OOMK_A_POLICY_STUCK_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &stuck_range),
	[OOMK_A_POLICY_COOLDOWN_MS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &cooldown_range),
	[OOMK_A_POLICY_WEIGHT] = NLA_POLICY_MAX(NLA_U32, OOMK_WEIGHT_BADNESS),
	[OOMK_A_POLICY_KILL] = NLA_POLICY_MAX(NLA_U32, OOMK_KILL_NOW),
	[OOMK_A_POLICY_INFEASIBLE] =
		NLA_POLICY_MAX(NLA_U32, OOMK_INFEASIBLE_ALL),
	[OOMK_A_POLICY_CAPACITY_PAGES] = { .type = NLA_U64 },
	[OOMK_A_POLICY_CAPACITY_PERMILLE] = NLA_POLICY_MAX(NLA_U32, 1000),
	[OOMK_A_POLICY_DEFAULT_UTILITY] =
		NLA_POLICY_MAX(NLA_U32, OOMK_UTILITY_MAX),
	[OOMK_A_POLICY_USER_UTILITY_MAX] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &user_utility_range),
	[OOMK_A_POLICY_SOLVE_STEPS] = { .type = NLA_U64 },
	[OOMK_A_POLICY_BACKSTOP] = NLA_POLICY_MAX(NLA_U32, OOMK_BACKSTOP_ON),
	[OOMK_A_POLICY_BACKSTOP_HOLD_MS] = NLA_POLICY_MAX(NLA_U32, 10000),
	[OOMK_A_POLICY_SAFETY_NET] =
		NLA_POLICY_MAX(NLA_U32, OOMK_SAFETY_NET_ON),
	[OOMK_A_POLICY_EXECUTOR_SCHED] =
		NLA_POLICY_MAX(NLA_U32, OOMK_EXECUTOR_SCHED_FIFO),
	[OOMK_A_POLICY_WEDGED] = NLA_POLICY_MAX(NLA_U32, OOMK_WEDGED_PANIC),
	[OOMK_A_POLICY_WEDGED_CYCLES] = NLA_POLICY_RANGE(NLA_U32, 2, 64),
	[OOMK_A_POLICY_WEDGED_MS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wedged_range),
};

const struct nla_policy oomk_cycle_nl_policy[OOMK_CYCLE_ONLY_MAX + 1] = {
	[OOMK_A_REQUEST_CYCLE] = { .type = NLA_U64 },
};

const struct nla_policy oomk_victim_nl_policy[OOMK_VICTIM_IN_MAX + 1] = {
	[OOMK_A_VICTIM_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[OOMK_A_VICTIM_START_NS] = { .type = NLA_U64 },
	[OOMK_A_VICTIM_STATUS] = NLA_POLICY_RANGE(NLA_U32, OOMK_VICTIM_GONE,
						  OOMK_VICTIM_FAILED),
	[OOMK_A_VICTIM_ERRNO] = NLA_POLICY_MAX(NLA_U32, MAX_ERRNO),
	[OOMK_A_VICTIM_SIGNALS] = NLA_POLICY_MAX(NLA_U32, 3),
	[OOMK_A_VICTIM_SIGNAL_NS] = { .type = NLA_U64 },
};

const struct nla_policy oomk_done_nl_policy[OOMK_DONE_MAX + 1] = {
	[OOMK_A_REQUEST_CYCLE] = { .type = NLA_U64 },
	[OOMK_A_REQUEST_VICTIM] = NLA_POLICY_NESTED(oomk_victim_nl_policy),
	[OOMK_A_REQUEST_MORE] = { .type = NLA_FLAG },
};

const struct nla_policy oomk_history_get_nl_policy[OOMK_HISTORY_GET_MAX + 1] = {
	[OOMK_A_CYCLE_NUMBER] = { .type = NLA_U64 },
};
