// SPDX-License-Identifier: GPL-2.0
/*
 * Instances of all classes in four sizes, solved one by one. The solver draws
 * its random numbers from the data alone, so that its answers, steps included,
 * must be the same wherever it runs.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#else
#include <stdio.h>
#endif

#include "../knapsack_gen.h"
#include "digest.h"

static const u32 sizes[] = { 12, 150, 3000, DIGEST_ITEMS_MAX };
static const u32 needs[] = { 20, 100, 400 };

#define NR_SIZES	4U
#define NR_NEEDS	3U

/**
 * digest_nr_lines() - how many instances there are
 *
 * Return: one line each.
 */
u32 digest_nr_lines(void)
{
	return knapsack_gen_nr_classes() * NR_SIZES * NR_NEEDS;
}

/* What tells one set of victims from another. */
static u64 mix_victims(const struct oomk_knapsack_item *items, u32 nr)
{
	u64 mix = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		mix = (mix ^ items[i].victim) * 0x100000001b3ULL + i;
	return mix;
}

/**
 * digest_line() - solve an instance and say what came out
 * @nr: its number
 * @items: room for DIGEST_ITEMS_MAX
 * @workspace: for the solver
 * @workspace_bytes: enough for as many items
 * @resched: for the solver
 * @line: filled
 *
 * Return: 0 or what the solver refused with.
 */
int digest_line(u32 nr, struct oomk_knapsack_item *items, void *workspace,
		size_t workspace_bytes, oomk_knapsack_resched_fn resched,
		char line[DIGEST_LINE_BYTES])
{
	u32 class = nr / (NR_SIZES * NR_NEEDS), size = sizes[nr % NR_SIZES];
	u32 permille = needs[nr / NR_SIZES % NR_NEEDS];
	u64 need = knapsack_gen_fill(items, size, class, KNAPSACK_GEN_RANGE,
				     nr, permille);
	struct oomk_knapsack_result r;
	int error = oomk_knapsack_solve(items, size, need, NULL, workspace,
					workspace_bytes, resched, &r);

	snprintf(line, DIGEST_LINE_BYTES,
		 "%s %u %u: %d %llu %u %llu %llu %d %llu %llx",
		 knapsack_gen_name(class), size, permille, r.reason,
		 (unsigned long long)r.lost_price, r.nr_victims,
		 (unsigned long long)r.freed_pages,
		 (unsigned long long)r.bound_price, r.count_proven,
		 (unsigned long long)r.steps,
		 (unsigned long long)mix_victims(items, size));
	return error;
}
