/* SPDX-License-Identifier: GPL-2.0 */
/* A cycle in numbers: what listeners, the log and the history are told. */
#ifndef OOMK_EVENT_H
#define OOMK_EVENT_H

#include <linux/types.h>
#include <linux/oomk.h>

/**
 * struct oomk_cycle_event - a cycle, as far as it has come
 * @number: of the cycle, never 0
 * @start_ns: boot time of the trigger
 * @need_pages: pages to free
 * @freeable_pages: weight of all items
 * @pending_pages: weight of tasks that were dying already
 * @freed_pages: weight of the items chosen; at the end, of those signalled
 * @lost_price: their price
 * @bound_price: what no set of victims can undercut
 * @back_pages: end: pages observed back
 * @overshoot_pages: end: pages back beyond the need
 * @undershoot_pages: end: pages needed that did not come back
 * @stage: how far it is; each stage has the fields of those before
 * @cause: what started it
 * @level: level then, or raised since
 * @reason: how far the solution can be trusted
 * @outcome: end: why it ended
 * @available_permille: RAM available at the start
 * @free_swap_permille: swap free at the start
 * @psi_full_avg10: at the start, 1/100 per cent
 * @items: items weighed
 * @victims: items chosen; at the end, those signalled
 * @tasks: tasks of these items
 * @spared: end: tasks chosen and left alive
 * @signal_us: end: from the trigger to the last signal
 * @end_us: end: from the trigger to the pages being back or given up
 * @kernel_kills: end: tasks that the kernel's killer killed meanwhile
 * @backstop: the module carried it out itself
 */
struct oomk_cycle_event {
	u64 number;
	u64 start_ns;
	u64 need_pages;
	u64 freeable_pages;
	u64 pending_pages;
	u64 freed_pages;
	u64 lost_price;
	u64 bound_price;
	u64 back_pages;
	u64 overshoot_pages;
	u64 undershoot_pages;
	enum oomk_stage stage;
	enum oomk_cause cause;
	enum oomk_level level;
	enum oomk_reason reason;
	enum oomk_outcome outcome;
	u32 available_permille;
	u32 free_swap_permille;
	u32 psi_full_avg10;
	u32 items;
	u32 victims;
	u32 tasks;
	u32 spared;
	u32 signal_us;
	u32 end_us;
	u32 kernel_kills;
	bool backstop;
};

#endif /* OOMK_EVENT_H */
