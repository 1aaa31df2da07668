// SPDX-License-Identifier: GPL-2.0
/* Puts sampling, pricing and solving in a row, over one set of arrays. */
#include "plan.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "price.h"

static void yield_cpu(void)
{
	cond_resched();
}

/**
 * oomk_plan_alloc - allocate all that a selection needs
 * @max_tasks: tasks it is to hold, above 0
 *
 * About 330 bytes a task and the solver's fixed arena; charged to the caller.
 *
 * Context: process, may sleep.
 * Return: the plan or NULL.
 */
struct oomk_plan *oomk_plan_alloc(u32 max_tasks)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	const struct oomk_knapsack_budget budget = {};
	struct oomk_plan *plan;

	max_tasks = clamp(max_tasks, 1U, OOMK_KNAPSACK_ITEMS_MAX);
	plan = kzalloc(sizeof(*plan), gfp);
	if (!plan)
		return NULL;
	plan->nr_slots = roundup_pow_of_two(2 * max_tasks);
	plan->workspace_bytes = oomk_knapsack_workspace_bytes(max_tasks,
							      &budget);
	plan->items = kvmalloc_array(max_tasks, sizeof(*plan->items), gfp);
	plan->info = kvmalloc_array(max_tasks, sizeof(*plan->info), gfp);
	plan->slots = kvmalloc_array(plan->nr_slots, sizeof(*plan->slots), gfp);
	plan->workspace = kvmalloc(plan->workspace_bytes, gfp);
	if (oomk_sample_alloc(&plan->sample, max_tasks) || !plan->items ||
	    !plan->info || !plan->slots || !plan->workspace) {
		oomk_plan_free(plan);
		return NULL;
	}
	return plan;
}

/**
 * oomk_plan_free - free a plan and what it holds
 * @plan: from oomk_plan_alloc(), or NULL
 *
 * Context: process, may sleep.
 */
void oomk_plan_free(struct oomk_plan *plan)
{
	if (!plan)
		return;
	oomk_sample_free(&plan->sample);
	kvfree(plan->workspace);
	kvfree(plan->slots);
	kvfree(plan->info);
	kvfree(plan->items);
	kfree(plan);
}

/**
 * oomk_plan_survey - sample all tasks, form and price the items
 * @plan: to fill
 * @policy: in force
 * @executor: thread group that is never an item, or NULL
 *
 * Context: process, may sleep; allocates nothing.
 */
void oomk_plan_survey(struct oomk_plan *plan, const struct oomk_policy *policy,
		      struct pid *executor)
{
	oomk_sample_take(&plan->sample, policy, executor);
	oomk_price_form(plan, policy);
}

/**
 * oomk_plan_static_need - what a static capacity asks for
 * @plan: surveyed
 * @policy: in force
 * @total_pages: RAM and swap of the machine
 *
 * Return: pages by which the items exceed the capacity; 0 if the capacity is
 * dynamic.
 */
u64 oomk_plan_static_need(const struct oomk_plan *plan,
			  const struct oomk_policy *policy, u64 total_pages)
{
	u64 capacity = policy->capacity_pages;

	if (policy->capacity_permille)
		capacity = total_pages * policy->capacity_permille / 1000;
	if (!capacity || plan->freeable_pages <= capacity)
		return 0;
	return plan->freeable_pages - capacity;
}

/**
 * oomk_plan_solve - choose the victims
 * @plan: surveyed
 * @policy: in force
 * @need_pages: to be freed at the least
 *
 * Marks the victims in items and fills result. If all items together are not
 * enough and the policy says so, all of them are marked.
 *
 * Context: process, may sleep; allocates nothing.
 */
void oomk_plan_solve(struct oomk_plan *plan, const struct oomk_policy *policy,
		     u64 need_pages)
{
	const struct oomk_knapsack_budget budget = {
		.steps_price = policy->solve_steps,
		.steps_count = policy->solve_steps,
	};
	struct oomk_knapsack_result *result = &plan->result;
	u64 begun_ns = ktime_get_ns();
	u32 i;
	int err;

	plan->need_pages = need_pages;
	err = oomk_knapsack_solve(plan->items, plan->nr_items, need_pages,
				  &budget, plan->workspace,
				  plan->workspace_bytes, yield_cpu, result);
	if (WARN_ON_ONCE(err)) {
		*result = (struct oomk_knapsack_result) {
			.reason = OOMK_KNAPSACK_INFEASIBLE,
		};
		for (i = 0; i < plan->nr_items; i++)
			plan->items[i].victim = false;
	}
	if (result->reason == OOMK_KNAPSACK_INFEASIBLE &&
	    policy->infeasible == OOMK_INFEASIBLE_ALL) {
		for (i = 0; i < plan->nr_items; i++) {
			plan->items[i].victim = plan->items[i].weight_pages > 0;
			result->nr_victims += plan->items[i].victim;
			result->lost_price += plan->items[i].victim ?
					      plan->items[i].price : 0;
		}
	}
	plan->solve_ns = ktime_get_ns() - begun_ns;
}

/**
 * oomk_plan_release - drop the references of the sample
 * @plan: of which no task is used any more
 *
 * Context: process.
 */
void oomk_plan_release(struct oomk_plan *plan)
{
	oomk_sample_release(&plan->sample);
	plan->nr_items = 0;
}
