/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's pressure stall information on memory: a trigger of our own. */
#ifndef OOMK_PSI_H
#define OOMK_PSI_H

#include <linux/types.h>

/**
 * struct oomk_psi - one reading of the line "full"
 * @total_us: time in which no task could run for want of memory, since boot
 * @avg10: its average over 10 s, 1/100 per cent
 */
struct oomk_psi {
	u64 total_us;
	u32 avg10;
};

int oomk_psi_init(void (*notify)(u64 since_ns), u32 full_percent,
		  u32 window_ms);
void oomk_psi_exit(void);
void oomk_psi_arm(u32 full_percent, u32 window_ms);
bool oomk_psi_armed(void);
bool oomk_psi_read(struct oomk_psi *psi);

#endif /* OOMK_PSI_H */
