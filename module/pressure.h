/* SPDX-License-Identifier: GPL-2.0 */
/* How short of memory the machine is: watermarks, swap and stalls. */
#ifndef OOMK_PRESSURE_H
#define OOMK_PRESSURE_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "policy.h"

struct workqueue_struct;

/**
 * struct oomk_pressure - one reading
 * @total_pages: RAM that can ever be available (less hugetlb)
 * @available_pages: RAM available without swapping
 * @total_swap_pages: swap in use or free
 * @free_swap_pages: swap free
 * @psi_full_total_us: time in which no task could run for want of memory
 * @psi_full_avg10: its 10 s average, 1/100 per cent
 * @level: by the watermarks
 */
struct oomk_pressure {
	u64 total_pages;
	u64 available_pages;
	u64 total_swap_pages;
	u64 free_swap_pages;
	u64 psi_full_total_us;
	u32 psi_full_avg10;
	enum oomk_level level;
};

/**
 * struct oomk_pressure_ops - whom to tell; wired by main
 * @trigger: a cycle is due; process context, may sleep; returns at once if a
 *	cycle is already under way
 * @calm: a tick passed without pressure; process context, may allocate
 * @tick: every tick, before the two above; process context
 */
struct oomk_pressure_ops {
	void (*trigger)(enum oomk_cause cause,
			const struct oomk_pressure *pressure, u64 since_ns);
	void (*calm)(void);
	void (*tick)(const struct oomk_pressure *pressure);
};

int oomk_pressure_init(struct workqueue_struct *wq,
		       const struct oomk_pressure_ops *ops);
void oomk_pressure_exit(void);
void oomk_pressure_read(struct oomk_pressure *pressure);
void oomk_pressure_peek(struct oomk_pressure *pressure);
u64 oomk_pressure_need(const struct oomk_pressure *pressure,
		       const struct oomk_policy *policy, u64 pending_pages,
		       enum oomk_cause cause);
void oomk_pressure_hurry(bool hurry);
void oomk_pressure_restart(void);
u32 oomk_pressure_period_ms(void);
bool oomk_pressure_psi_armed(void);

#endif /* OOMK_PRESSURE_H */
