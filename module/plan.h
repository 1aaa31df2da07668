/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A plan: the tasks, the items they form, the prices and the victims. The
 * cycle keeps one for good; whoever only looks makes one and throws it away.
 */
#ifndef OOMK_PLAN_H
#define OOMK_PLAN_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "knapsack.h"
#include "policy.h"
#include "sample.h"

/**
 * struct oomk_item - what lives or dies as one, beside its knapsack twin
 * @shmem_pages: shared memory in its weight
 * @utility: before sharing
 * @first: first task, the next ones follow by &oomk_sample_task.next
 * @nr_tasks: how many
 * @source: where the utility comes from, enum oomk_source
 * @capped: the price is a share of what its pool may be worth
 */
struct oomk_item {
	u64 shmem_pages;
	u32 utility;
	u32 first;
	u32 nr_tasks;
	u8 source;
	bool capped;
};

/**
 * struct oomk_plan - workspace and outcome of one selection
 * @sample: the tasks
 * @items: weights, prices and verdicts, as the solver sees them
 * @info: what else is known of each item
 * @nr_items: items formed
 * @freeable_pages: weight of all items
 * @need_pages: what was asked for
 * @result: the solver's verdict
 * @price_ns: duration of forming and pricing items
 * @solve_ns: duration of the solve
 * @slots: hash table while items are formed, for oomk_price_form() alone
 * @nr_slots: their number, a power of two
 * @workspace: the solver's
 * @workspace_bytes: its size
 */
struct oomk_plan {
	struct oomk_sample sample;
	struct oomk_knapsack_item *items;
	struct oomk_item *info;
	u32 nr_items;
	u64 freeable_pages;
	u64 need_pages;
	struct oomk_knapsack_result result;
	u64 price_ns;
	u64 solve_ns;
	struct oomk_price_slot *slots;
	u32 nr_slots;
	void *workspace;
	size_t workspace_bytes;
};

struct oomk_plan *oomk_plan_alloc(u32 max_tasks);
void oomk_plan_free(struct oomk_plan *plan);
void oomk_plan_survey(struct oomk_plan *plan, const struct oomk_policy *policy,
		      struct pid *executor);
void oomk_plan_solve(struct oomk_plan *plan, const struct oomk_policy *policy,
		     u64 need_pages);
u64 oomk_plan_static_need(const struct oomk_plan *plan,
			  const struct oomk_policy *policy, u64 total_pages);
void oomk_plan_release(struct oomk_plan *plan);

#endif /* OOMK_PLAN_H */
