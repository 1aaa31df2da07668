// SPDX-License-Identifier: GPL-2.0
/* Policy and status. */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/pid.h>

#include "killer.h"
#include "netlink_ops.h"
#include "policy.h"
#include "pressure.h"
#include "request.h"
#include "utility.h"

/* A setter reads, changes and replaces: without this one undoes another. */
static DEFINE_MUTEX(policy_set_mutex);

/* Where the numbers of 32 bits are in the policy. */
static const struct {
	u16 attr;
	u16 offset;
} policy_u32s[] = {
#define FIELD(_attr, _field) \
	{ OOMK_A_POLICY_##_attr, offsetof(struct oomk_policy, _field) }
	FIELD(SOFT_PERCENT, soft_percent),
	FIELD(HARD_PERCENT, hard_percent),
	FIELD(RECOVERY_POINTS, recovery_points),
	FIELD(PSI_FULL_PERCENT, psi_full_percent),
	FIELD(PSI_WINDOW_MS, psi_window_ms),
	FIELD(PSI_AVAILABLE_PERCENT, psi_available_percent),
	FIELD(PERIOD_MIN_MS, period_min_ms),
	FIELD(PERIOD_MAX_MS, period_max_ms),
	FIELD(GRACE_MS, grace_ms),
	FIELD(EXECUTOR_TIMEOUT_MS, executor_timeout_ms),
	FIELD(EXECUTOR_TIMEOUT_HARD_MS, executor_timeout_hard_ms),
	FIELD(STUCK_MS, stuck_ms),
	FIELD(COOLDOWN_MS, cooldown_ms),
	FIELD(WEIGHT, weight),
	FIELD(KILL, kill),
	FIELD(INFEASIBLE, infeasible),
	FIELD(CAPACITY_PERMILLE, capacity_permille),
	FIELD(DEFAULT_UTILITY, default_utility),
	FIELD(USER_UTILITY_MAX, user_utility_max),
	FIELD(BACKSTOP, backstop),
	FIELD(BACKSTOP_HOLD_MS, backstop_hold_ms),
	FIELD(SAFETY_NET, safety_net),
	FIELD(EXECUTOR_SCHED, executor_sched),
	FIELD(WEDGED, wedged),
	FIELD(WEDGED_CYCLES, wedged_cycles),
	FIELD(WEDGED_MS, wedged_ms),
#undef FIELD
};

static u32 *policy_u32(struct oomk_policy *policy, unsigned int i)
{
	return (void *)policy + policy_u32s[i].offset;
}

static int put_policy(struct sk_buff *skb, struct oomk_policy *policy)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policy_u32s); i++)
		if (nla_put_u32(skb, policy_u32s[i].attr,
				*policy_u32(policy, i)))
			return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, OOMK_A_POLICY_CAPACITY_PAGES,
			      policy->capacity_pages, OOMK_A_POLICY_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_POLICY_SOLVE_STEPS,
			      policy->solve_steps, OOMK_A_POLICY_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * oomk_policy_get_doit - OOMK_CMD_POLICY_GET
 * @skb: the request
 * @info: likewise
 *
 * Return: 0 or -ENOMEM.
 */
int oomk_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oomk_policy policy;
	struct sk_buff *reply;
	void *header;

	oomk_policy_read(&policy);
	reply = oomk_netlink_reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	return oomk_netlink_reply_send(reply, info, header,
				       put_policy(reply, &policy));
}

/* Returns how many fields the request named. */
static unsigned int take_fields(struct genl_info *info,
				struct oomk_policy *policy)
{
	struct nlattr **attrs = info->attrs;
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(policy_u32s); i++) {
		if (!attrs[policy_u32s[i].attr])
			continue;
		*policy_u32(policy, i) =
			nla_get_u32(attrs[policy_u32s[i].attr]);
		nr++;
	}
	if (attrs[OOMK_A_POLICY_CAPACITY_PAGES]) {
		policy->capacity_pages =
			nla_get_u64(attrs[OOMK_A_POLICY_CAPACITY_PAGES]);
		nr++;
	}
	if (attrs[OOMK_A_POLICY_SOLVE_STEPS]) {
		policy->solve_steps =
			nla_get_u64(attrs[OOMK_A_POLICY_SOLVE_STEPS]);
		nr++;
	}
	/* Whoever names one capacity turns the other off. */
	if (attrs[OOMK_A_POLICY_CAPACITY_PAGES] &&
	    !attrs[OOMK_A_POLICY_CAPACITY_PERMILLE])
		policy->capacity_permille = 0;
	if (attrs[OOMK_A_POLICY_CAPACITY_PERMILLE] &&
	    !attrs[OOMK_A_POLICY_CAPACITY_PAGES])
		policy->capacity_pages = 0;
	return nr;
}

/**
 * oomk_policy_set_doit - OOMK_CMD_POLICY_SET
 * @skb: the request
 * @info: likewise
 *
 * Return: 0; -EPERM; -EINVAL nothing is named, or the values do not go
 * together. Nothing is changed on error.
 */
int oomk_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oomk_policy policy;
	const char *why;

	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return oomk_netlink_refuse(info->extack, -EPERM,
			"setting the policy needs CAP_SYS_ADMIN");
	mutex_lock(&policy_set_mutex);
	oomk_policy_read(&policy);
	if (!take_fields(info, &policy))
		why = "no policy is given";
	else
		why = oomk_policy_replace(&policy);
	mutex_unlock(&policy_set_mutex);
	if (why)
		return oomk_netlink_refuse(info->extack, -EINVAL, why);
	oomk_pressure_restart();
	oomk_netlink_changed();
	return 0;
}

static int put_machine(struct sk_buff *skb)
{
	struct oomk_pressure pressure;

	oomk_pressure_read(&pressure);
	if (nla_put_u32(skb, OOMK_A_STATUS_LEVEL, pressure.level) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_TOTAL_PAGES,
			      pressure.total_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_AVAILABLE_PAGES,
			      pressure.available_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_TOTAL_SWAP_PAGES,
			      pressure.total_swap_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_FREE_SWAP_PAGES,
			      pressure.free_swap_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u32(skb, OOMK_A_STATUS_PSI_ARMED,
			oomk_pressure_psi_armed()) ||
	    nla_put_u32(skb, OOMK_A_STATUS_PSI_FULL_AVG10,
			pressure.psi_full_avg10) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_PSI_FULL_TOTAL_US,
			      pressure.psi_full_total_us, OOMK_A_STATUS_PAD) ||
	    nla_put_u32(skb, OOMK_A_STATUS_PERIOD_MS,
			oomk_pressure_period_ms()))
		return -EMSGSIZE;
	return 0;
}

static int put_module(struct sk_buff *skb)
{
	struct pid *executor = oomk_request_executor();
	struct oomk_request_times times;
	u32 jobs, members, spare;
	u32 executor_nr;

	executor_nr = pid_vnr(executor);
	put_pid(executor);
	oomk_request_times(&times);
	if (times.heard_ns &&
	    nla_put_u32(skb, OOMK_A_STATUS_EXECUTOR_HEARD_MS,
			(ktime_get_ns() - times.heard_ns) / NSEC_PER_MSEC))
		return -EMSGSIZE;
	oomk_member_count(&jobs, &members, &spare);
	if (nla_put_u32(skb, OOMK_A_STATUS_REQUEST_STATE,
			oomk_request_state(NULL)) ||
	    nla_put_u32(skb, OOMK_A_STATUS_EXECUTOR_PID, executor_nr) ||
	    nla_put_u32(skb, OOMK_A_STATUS_JOBS, jobs) ||
	    nla_put_u32(skb, OOMK_A_STATUS_MEMBERS, members) ||
	    nla_put_u32(skb, OOMK_A_STATUS_MEMBERS_FREE, spare))
		return -EMSGSIZE;
	return 0;
}

static int put_stats(struct sk_buff *skb)
{
	struct oomk_request_stats stats;

	oomk_request_stats_read(&stats);
	if (nla_put_u64_64bit(skb, OOMK_A_STATUS_CYCLE, stats.cycle,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u32(skb, OOMK_A_STATUS_TASKS_MAX, stats.tasks_max) ||
	    nla_put_u32(skb, OOMK_A_STATUS_TASKS_SEEN, stats.tasks_seen) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_VICTIMS, stats.victims,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_SPARED, stats.spared,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_BACKSTOPS, stats.backstops,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_FREED_PAGES,
			      stats.freed_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_BACK_PAGES, stats.back_pages,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u32(skb, OOMK_A_STATUS_OUTCOME, stats.outcome) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_NEED_PAGES,
			      stats.need_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_OVERSHOOT_PAGES,
			      stats.overshoot_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_UNDERSHOOT_PAGES,
			      stats.undershoot_pages, OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_KERNEL_KILLS,
			      oomk_killer_kills(), OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_OOM_CALLS, stats.oom_calls,
			      OOMK_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_STATUS_OOM_HELD, stats.oom_held,
			      OOMK_A_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * oomk_status_get_doit - OOMK_CMD_STATUS_GET
 * @skb: the request
 * @info: likewise
 *
 * Return: 0 or -ENOMEM.
 */
int oomk_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int err;

	reply = oomk_netlink_reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	err = put_machine(reply);
	if (!err)
		err = put_module(reply);
	if (!err)
		err = put_stats(reply);
	return oomk_netlink_reply_send(reply, info, header, err);
}
