/* SPDX-License-Identifier: GPL-2.0 */
/* From tasks to items: what dies together, what it weighs and costs. */
#ifndef OOMK_PRICE_H
#define OOMK_PRICE_H

#include "plan.h"

/**
 * struct oomk_price_slot - one entry of the hash table
 * @key: what is looked up, 0: empty
 * @sum: of utilities, or pages of shmem, for a pool
 * @first: index of the first task that has this key
 * @ineligible: somebody who shares this mm must not die
 * @alive: somebody who shares this mm is not dying
 */
struct oomk_price_slot {
	u64 key;
	u64 sum;
	u32 first;
	bool ineligible;
	bool alive;
};

void oomk_price_form(struct oomk_plan *plan, const struct oomk_policy *policy);

#endif /* OOMK_PRICE_H */
