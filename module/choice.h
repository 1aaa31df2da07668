/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a reading to a filled array of victims. Prints nothing, allocates
 * nothing and takes no sleeping lock, so that it serves the cycle as well as
 * whoever stands before the kernel's killer. The budget of the solve is the
 * caller's copy of the policy's.
 */
#ifndef OOMK_CHOICE_H
#define OOMK_CHOICE_H

#include <linux/types.h>
#include <linux/oomk.h>

struct oomk_cycle_event;
struct oomk_plan;
struct oomk_policy;
struct oomk_pressure;

void oomk_choice_survey(struct oomk_plan *plan,
			const struct oomk_policy *policy, u64 number);
u64 oomk_choice_need(const struct oomk_plan *plan,
		     const struct oomk_policy *policy,
		     const struct oomk_pressure *pressure,
		     enum oomk_cause cause);
void oomk_choice_calm(void);
bool oomk_choice_hopeless(const struct oomk_plan *plan,
			  const struct oomk_policy *policy, u64 need_pages);
void oomk_choice_begin(const struct oomk_plan *plan,
		       const struct oomk_pressure *pressure,
		       enum oomk_cause cause, u64 since_ns, u64 need_pages,
		       struct oomk_cycle_event *event);
void oomk_choice_solve(struct oomk_plan *plan,
		       const struct oomk_policy *policy,
		       struct oomk_cycle_event *event);
u32 oomk_choice_victims(const struct oomk_plan *plan,
			const struct oomk_pressure *pressure,
			enum oomk_action action);

#endif /* OOMK_CHOICE_H */
