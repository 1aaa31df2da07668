/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of a cycle in the kernel's log. Documented, stable, bounded. */
#ifndef OOMK_REPORT_H
#define OOMK_REPORT_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "hold.h"

struct oomk_cycle_event;
struct oomk_pressure;
struct oomk_victim;

void oomk_report_loaded(const struct oomk_pressure *pressure);
void oomk_report_start(const struct oomk_cycle_event *event);
void oomk_report_infeasible(const struct oomk_cycle_event *event);
void oomk_report_omitted(u64 cycle, u32 nr_omitted, u32 max);
void oomk_report_victims(u64 cycle, const struct oomk_victim *victims, u32 nr);
void oomk_report_raised(u64 cycle);
void oomk_report_observed(const struct oomk_cycle_event *event,
			  const struct oomk_victim *victims);
void oomk_report_let_go(enum oomk_hold kind, u64 cycle, u32 ms);
void oomk_report_takeover(u64 cycle, u32 nr_victims, const char *why);
void oomk_report_wedged(const struct oomk_cycle_event *event, u32 cycles,
			bool panicking);
void oomk_report_end(const struct oomk_cycle_event *event, u32 nr_stuck,
		     bool over);

#endif /* OOMK_REPORT_H */
