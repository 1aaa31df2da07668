/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Seeded instances for the solver: what machines look like, the hard classes
 * of the literature, and what an adversary would choose. Integers only, so
 * that the same seed makes the same instance in the kernel.
 */
#ifndef KNAPSACK_GEN_H
#define KNAPSACK_GEN_H

#include "../module/knapsack.h"

/**
 * enum knapsack_gen_group - what a class stands for
 * @KNAPSACK_GEN_REAL: weights and prices as on real machines
 * @KNAPSACK_GEN_HARD: known from the literature to be hard
 * @KNAPSACK_GEN_TRAP: made to break a solver
 */
enum knapsack_gen_group {
	KNAPSACK_GEN_REAL,
	KNAPSACK_GEN_HARD,
	KNAPSACK_GEN_TRAP,
};

/* Weights and prices of the hard classes are drawn up to this. */
#define KNAPSACK_GEN_RANGE	900000U

u32 knapsack_gen_nr_classes(void);
const char *knapsack_gen_name(u32 class);
enum knapsack_gen_group knapsack_gen_group(u32 class);
u64 knapsack_gen_fill(struct oomk_knapsack_item *items, u32 nr, u32 class,
		      u32 range, u64 seed, u32 need_permille);

#endif /* KNAPSACK_GEN_H */
