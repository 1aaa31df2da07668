/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers an administrator may turn, read and replaced as one whole. */
#ifndef OOMK_POLICY_H
#define OOMK_POLICY_H

#include <linux/types.h>
#include <linux/oomk.h>

/**
 * struct oomk_policy - all that is adjustable at run time
 * @soft_percent: soft watermark, per cent of RAM and of swap
 * @hard_percent: hard watermark, below @soft_percent
 * @recovery_points: recovery mark = @soft_percent + this
 * @psi_full_percent: full stall that starts a cycle, per cent of the window;
 *	0 turns PSI off
 * @psi_window_ms: the window
 * @psi_available_percent: PSI acts only with less RAM than this available
 * @period_min_ms: shortest time between two looks at the watermarks
 * @period_max_ms: longest
 * @grace_ms: from SIGTERM to SIGKILL
 * @executor_timeout_ms: how long the executor may be late at the soft level
 * @executor_timeout_hard_ms: at the hard level
 * @stuck_ms: after this a dying task is not waited for any more
 * @cooldown_ms: from the end of a cycle to the next
 * @weight: how a task's weight is formed
 * @kill: SIGTERM first, or SIGKILL at once
 * @infeasible: what to do if all items are not enough
 * @capacity_permille: static capacity in per mille of RAM + swap, 0: none
 * @capacity_pages: static capacity in pages, 0: none
 * @default_utility: of a task nobody named
 * @user_utility_max: of all unnamed tasks of one user together
 * @solve_steps: budget of a solve, 0: the solver's default
 * @backstop: what to do before the kernel's killer, enum oomk_backstop
 * @backstop_hold_ms: how long that killer is held back at the most
 * @safety_net: the executor steers that killer by oom_score_adj
 * @executor_sched: how the executor gets its CPU time
 * @wedged: what to do if cycles bring nothing back, enum oomk_wedged
 * @wedged_cycles: after how many in a row
 * @wedged_ms: within which time
 */
struct oomk_policy {
	u32 soft_percent;
	u32 hard_percent;
	u32 recovery_points;
	u32 psi_full_percent;
	u32 psi_window_ms;
	u32 psi_available_percent;
	u32 period_min_ms;
	u32 period_max_ms;
	u32 grace_ms;
	u32 executor_timeout_ms;
	u32 executor_timeout_hard_ms;
	u32 stuck_ms;
	u32 cooldown_ms;
	u32 weight;
	u32 kill;
	u32 infeasible;
	u32 capacity_permille;
	u64 capacity_pages;
	u32 default_utility;
	u32 user_utility_max;
	u64 solve_steps;
	u32 backstop;
	u32 backstop_hold_ms;
	u32 safety_net;
	u32 executor_sched;
	u32 wedged;
	u32 wedged_cycles;
	u32 wedged_ms;
};

void oomk_policy_read(struct oomk_policy *policy);
const char *oomk_policy_replace(const struct oomk_policy *policy);

#endif /* OOMK_POLICY_H */
