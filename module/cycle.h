/* SPDX-License-Identifier: GPL-2.0 */
/* One run from pressure to recovery, and the work that drives it. */
#ifndef OOMK_CYCLE_H
#define OOMK_CYCLE_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "hold.h"

struct oomk_policy;
struct oomk_pressure;
struct workqueue_struct;

int oomk_cycle_init(struct workqueue_struct *wq);
void oomk_cycle_stop(void);
void oomk_cycle_exit(void);
void oomk_cycle_kick(void);
void oomk_cycle_trigger(enum oomk_cause cause,
			const struct oomk_pressure *pressure, u64 since_ns);
enum oomk_hold oomk_cycle_rescue(const struct oomk_policy *policy,
				 const struct oomk_pressure *pressure,
				 bool is_short, u64 *what);
void oomk_cycle_tick(const struct oomk_pressure *pressure);
void oomk_cycle_calm(void);

#endif /* OOMK_CYCLE_H */
