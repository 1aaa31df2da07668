/* SPDX-License-Identifier: GPL-2.0 */
/* How fast memory can run out, and so how soon one must look again. */
#ifndef OOMK_RATE_H
#define OOMK_RATE_H

#include <linux/types.h>

/**
 * struct oomk_rate - what was seen lately; its owner serialises
 * @seen_ns: time of the last look
 * @available_pages: available RAM then
 * @free_swap_pages: free swap then
 * @ram: pages a second in which RAM filled
 * @swap: likewise swap
 */
struct oomk_rate {
	u64 seen_ns;
	u64 available_pages;
	u64 free_swap_pages;
	u64 ram;
	u64 swap;
};

void oomk_rate_learn(struct oomk_rate *rate, u64 now_ns, u64 available_pages,
		     u64 free_swap_pages);
u64 oomk_rate_ms(const struct oomk_rate *rate, u64 ram_pages, u64 swap_pages);

#endif /* OOMK_RATE_H */
