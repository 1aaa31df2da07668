/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmark compares the solver with. */
#ifndef KNAPSACK_RIVALS_H
#define KNAPSACK_RIVALS_H

#include "../module/knapsack.h"

u64 rival_pass(const struct oomk_knapsack_item *items, u32 nr, u32 *most);
u64 rival_greedy(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		 u64 *freed);
u64 rival_table(const struct oomk_knapsack_item *items, u32 nr, u64 need);
u64 rival_permille(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		   u64 *freed);

#endif /* KNAPSACK_RIVALS_H */
