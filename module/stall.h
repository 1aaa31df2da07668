/* SPDX-License-Identifier: GPL-2.0 */
/* By how much a counter of stall time grew within a window that ends now. */
#ifndef OOMK_STALL_H
#define OOMK_STALL_H

#include <linux/types.h>

#define OOMK_STALL_ENTRIES	32

/**
 * struct oomk_stall_entry - the counter at one time
 * @ns: the time
 * @total_us: the counter
 */
struct oomk_stall_entry {
	u64 ns;
	u64 total_us;
};

/**
 * struct oomk_stall - a short history of the counter; its owner serialises
 * @entries: a ring
 * @nr: entries made since the history began
 */
struct oomk_stall {
	struct oomk_stall_entry entries[OOMK_STALL_ENTRIES];
	u32 nr;
};

void oomk_stall_forget(struct oomk_stall *stall);
bool oomk_stall_add(struct oomk_stall *stall, u64 now_ns, u64 total_us,
		    u64 window_ns);
u64 oomk_stall_grown_us(const struct oomk_stall *stall, u64 now_ns,
			u64 total_us, u64 window_ns);

#endif /* OOMK_STALL_H */
