/* SPDX-License-Identifier: GPL-2.0 */
/* The last cycles: what was weighed, what was chosen, what came of it. */
#ifndef OOMK_HISTORY_H
#define OOMK_HISTORY_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/oomk.h>

#include "event.h"

struct oomk_plan;
struct oomk_victim;

/* Cycles that are remembered. */
#define OOMK_HISTORY_CYCLES	64
/* Items that are remembered, of all these cycles together; a power of two. */
#define OOMK_HISTORY_ITEMS	32768
/* Items that one cycle may have of them. */
#define OOMK_HISTORY_SHARE	(OOMK_HISTORY_ITEMS / 2)

/**
 * struct oomk_history_item - an item, as small as it can be told
 * @weight_pages: its weight
 * @pid_nr: the job's named task, or the first task; in the initial pid
 *	namespace
 * @uid: of that task, in the initial user namespace
 * @item: number of the item in its cycle, from 1
 * @price: after sharing
 * @nr_tasks: tasks of the item
 * @signal_us: from the trigger to the last signal, 0: none
 * @utility: before sharing
 * @err: positive errno that was reported for one of its tasks, 0: none
 * @source: enum oomk_source
 * @status: enum oomk_victim_status, of a victim
 * @signals: sent to its tasks; bit 0 SIGTERM, bit 1 SIGKILL
 * @victim: it was chosen
 * @capped: the price is a share
 * @comm: of that task
 */
struct oomk_history_item {
	u64 weight_pages;
	u32 pid_nr;
	u32 uid;
	u32 item;
	u32 price;
	u32 nr_tasks;
	u32 signal_us;
	u16 utility;
	u16 err;
	u8 source;
	u8 status;
	u8 signals:2;
	u8 victim:1;
	u8 capped:1;
	char comm[TASK_COMM_LEN];
};

int oomk_history_init(void);
void oomk_history_exit(void);

/* The cycle's side; callers take turns. */
void oomk_history_open(const struct oomk_plan *plan,
		       const struct oomk_cycle_event *event);
void oomk_history_close(const struct oomk_cycle_event *event,
			const struct oomk_victim *victims, u32 nr);

/* The readers' side. */
int oomk_history_find(u64 number, u64 *at);
bool oomk_history_cycle(u64 *at, struct oomk_cycle_event *event,
			u32 *nr_omitted);
bool oomk_history_item(u64 at, u64 number, u32 index,
		       struct oomk_history_item *item);

#endif /* OOMK_HISTORY_H */
