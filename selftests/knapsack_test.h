/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the solver share. */
#ifndef KNAPSACK_TEST_H
#define KNAPSACK_TEST_H

#include "../module/knapsack.h"

/**
 * struct answer - what a reference method found
 * @feasible: there is a set that frees enough
 * @price: the least price
 * @count: the fewest victims at that price, or ~0 if not looked for
 */
struct answer {
	bool feasible;
	u64 price;
	u32 count;
};

struct answer reference_force(const struct oomk_knapsack_item *items, u32 nr,
			      u64 need);
struct answer reference_branch(const struct oomk_knapsack_item *items, u32 nr,
			       u64 need, u64 steps, bool *finished);

const char *verdict(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		    const struct oomk_knapsack_result *r,
		    const struct answer *truth);

#endif /* KNAPSACK_TEST_H */
