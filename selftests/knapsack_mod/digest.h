/* SPDX-License-Identifier: GPL-2.0 */
/* The answers to a fixed list of seeded instances, as lines of text. */
#ifndef KNAPSACK_DIGEST_H
#define KNAPSACK_DIGEST_H

#include "../../module/knapsack.h"

/* Items of the largest instance. */
#define DIGEST_ITEMS_MAX	20000U
#define DIGEST_LINE_BYTES	160U

u32 digest_nr_lines(void);
int digest_line(u32 nr, struct oomk_knapsack_item *items, void *workspace,
		size_t workspace_bytes, oomk_knapsack_resched_fn resched,
		char line[DIGEST_LINE_BYTES]);

#endif /* KNAPSACK_DIGEST_H */
