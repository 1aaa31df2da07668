/* SPDX-License-Identifier: GPL-2.0 */
/* Cycles in a row that brought nothing back, and how fast they came. */
#ifndef OOMK_VAIN_H
#define OOMK_VAIN_H

#include <linux/types.h>

#ifndef __KERNEL__
#include <stdbool.h>
typedef __u64 u64;
typedef __u32 u32;
#endif

/* A run as long as this is remembered; the policy's limit is not above it. */
#define OOMK_VAIN_MAX	64

/**
 * struct oomk_vain - the present run; all 0: none
 * @ended_ns: when its cycles ended, the last OOMK_VAIN_MAX of them
 * @nr: how many it has
 */
struct oomk_vain {
	u64 ended_ns[OOMK_VAIN_MAX];
	u32 nr;
};

bool oomk_vain_add(struct oomk_vain *vain, u64 now_ns, u32 cycles,
		   u32 within_ms);
void oomk_vain_reset(struct oomk_vain *vain);

#endif /* OOMK_VAIN_H */
