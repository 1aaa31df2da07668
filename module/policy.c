// SPDX-License-Identifier: GPL-2.0
/*
 * Policy is small and read often, also where nothing may sleep: readers copy
 * it whole under a raw spinlock, so none ever sees half of a change.
 */
#include "policy.h"

#include <linux/spinlock.h>

static DEFINE_RAW_SPINLOCK(policy_lock);	/* protects current_policy */
static struct oomk_policy current_policy = {
	.soft_percent = 10,
	.hard_percent = 5,
	.recovery_points = 5,
	.psi_full_percent = 30,
	.psi_window_ms = 3000,
	.psi_available_percent = 15,
	.period_min_ms = 50,
	.period_max_ms = 1000,
	.grace_ms = 5000,
	.executor_timeout_ms = 1000,
	.executor_timeout_hard_ms = 100,
	.stuck_ms = 10000,
	.cooldown_ms = 100,
	.weight = OOMK_WEIGHT_FREEABLE,
	.kill = OOMK_KILL_TERM,
	.infeasible = OOMK_INFEASIBLE_NONE,
	.default_utility = 100,
	.user_utility_max = 1000,
	.backstop = OOMK_BACKSTOP_ON,
	.backstop_hold_ms = 2000,
	.safety_net = OOMK_SAFETY_NET_ON,
	.executor_sched = OOMK_EXECUTOR_SCHED_NICE,
	.wedged = OOMK_WEDGED_NOTHING,
	.wedged_cycles = 5,
	.wedged_ms = 60000,
};

/**
 * oomk_policy_read - copy the policy in force
 * @policy: where to
 *
 * Context: any.
 */
void oomk_policy_read(struct oomk_policy *policy)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&policy_lock, flags);
	*policy = current_policy;
	raw_spin_unlock_irqrestore(&policy_lock, flags);
}

/* Ranges of single fields are the netlink policy's; here only what relates. */
static const char *refuse(const struct oomk_policy *policy)
{
	if (policy->hard_percent >= policy->soft_percent)
		return "hard must be below soft";
	if (policy->soft_percent + policy->recovery_points > 100)
		return "soft + recovery must not exceed 100 percent";
	if (policy->period_min_ms > policy->period_max_ms)
		return "period_min_ms must not exceed period_max_ms";
	if (policy->capacity_pages && policy->capacity_permille)
		return "capacity is either pages or per mille, not both";
	return NULL;
}

/**
 * oomk_policy_replace - put a whole policy in force
 * @policy: the policy, each field within the limits of the netlink policy
 *
 * Context: any.
 * Return: NULL, or the reason why nothing was changed.
 */
const char *oomk_policy_replace(const struct oomk_policy *policy)
{
	const char *why = refuse(policy);
	unsigned long flags;

	if (why)
		return why;
	raw_spin_lock_irqsave(&policy_lock, flags);
	current_policy = *policy;
	raw_spin_unlock_irqrestore(&policy_lock, flags);
	return NULL;
}
