/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The minimum-loss knapsack: which items to give up so that at least a needed
 * number of pages comes free and the price lost is the least possible.
 *
 * Integers and the caller's workspace only. The same source is built into the
 * module and, unchanged, into programs on the host.
 */
#ifndef OOMK_KNAPSACK_H
#define OOMK_KNAPSACK_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
typedef __u64 u64;
typedef __u32 u32;
typedef __u8 u8;
#endif

/* Input limits: weights below 2^40 pages, prices below 2^20. */
#define OOMK_KNAPSACK_WEIGHT_BITS	40
#define OOMK_KNAPSACK_PRICE_BITS	20
/* More items than this are refused (workspace offsets are 32 bits wide). */
#define OOMK_KNAPSACK_ITEMS_MAX		(4096U * 1024)

/**
 * struct oomk_knapsack_item - one thing that lives or dies as a whole
 * @weight_pages: pages that come free if it dies, below 2^40
 * @price: what is lost if it dies, below 2^20 (utility in 1/64 steps)
 * @victim: out: true if it is among the victims
 */
struct oomk_knapsack_item {
	u64 weight_pages;
	u32 price;
	bool victim;
};

/**
 * enum oomk_knapsack_reason - how far the answer can be trusted
 * @OOMK_KNAPSACK_PROVEN: no feasible victim set loses a lower price
 * @OOMK_KNAPSACK_BUDGET: the budget ended first; the victims are feasible and
 *	&oomk_knapsack_result.bound_price limits what is left to gain
 * @OOMK_KNAPSACK_INFEASIBLE: all items together free less than needed; no
 *	victim is marked and freed_pages is what all of them would free
 * @OOMK_KNAPSACK_NOTHING_TO_DO: nothing was needed; no victim is marked
 */
enum oomk_knapsack_reason {
	OOMK_KNAPSACK_PROVEN,
	OOMK_KNAPSACK_BUDGET,
	OOMK_KNAPSACK_INFEASIBLE,
	OOMK_KNAPSACK_NOTHING_TO_DO,
};

/**
 * struct oomk_knapsack_budget - what one solve may spend
 * @steps_price: elementary steps for the least price
 * @steps_count: elementary steps for the fewest victims at that price
 * @states: dynamic programming states held at once
 * @nodes: decision nodes kept to recover the solution
 *
 * Zero in a field means its default. The two arena fields decide the size of
 * the workspace; the step fields do not. The default for the count is small,
 * and a proof of the count is then not sought among many items once the price
 * is proven; whoever wants it gives steps.
 */
struct oomk_knapsack_budget {
	u64 steps_price;
	u64 steps_count;
	u32 states;
	u32 nodes;
};

/**
 * struct oomk_knapsack_result - the verdict and its proof
 * @reason: how far the answer can be trusted
 * @count_proven: no feasible set of the same price has fewer victims
 * @nr_victims: items marked
 * @lost_price: sum of the victims' prices
 * @bound_price: no feasible victim set loses less than this
 * @freed_pages: sum of the victims' weights
 * @steps: elementary steps spent
 * @states_peak: most states held at once
 */
struct oomk_knapsack_result {
	enum oomk_knapsack_reason reason;
	bool count_proven;
	u32 nr_victims;
	u64 lost_price;
	u64 bound_price;
	u64 freed_pages;
	u64 steps;
	u32 states_peak;
};

/**
 * typedef oomk_knapsack_resched_fn - called at least every 65536 steps
 *
 * With one exception: a pass that splits a list around a pivot goes to its end,
 * which takes about a nanosecond an item. May sleep or do nothing; NULL is
 * allowed.
 */
typedef void (*oomk_knapsack_resched_fn)(void);

size_t oomk_knapsack_workspace_bytes(u32 nr_items,
				     const struct oomk_knapsack_budget *budget);

int oomk_knapsack_solve(struct oomk_knapsack_item *items, u32 nr_items,
			u64 need_pages,
			const struct oomk_knapsack_budget *budget,
			void *workspace, size_t workspace_bytes,
			oomk_knapsack_resched_fn resched,
			struct oomk_knapsack_result *result);

#endif /* OOMK_KNAPSACK_H */
