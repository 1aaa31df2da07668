/* SPDX-License-Identifier: GPL-2.0 */
/* The door: generic netlink family, commands and events. Decides nothing. */
#ifndef OOMK_NETLINK_H
#define OOMK_NETLINK_H

#include <linux/types.h>
#include <linux/oomk.h>

/**
 * struct oomk_cycle_event - what is told to everybody of a cycle, numbers only
 * @number: of the cycle
 * @stage: which of the fields below are told
 * @cause: start: what started it
 * @level: start: level then
 * @available_permille: start: RAM available
 * @free_swap_permille: start: swap free
 * @psi_full_avg10: start: 1/100 per cent
 * @need_pages: start: pages to free
 * @reason: solved: how far the solution can be trusted
 * @victims: solved: items chosen
 * @tasks: solved: tasks of these items
 * @freed_pages: solved: weight of these items
 * @lost_price: solved: their price
 * @bound_price: solved: what no set of victims can undercut
 * @back_pages: end: pages observed back
 * @last_signal_ms: end: from the trigger to the last signal
 * @outcome: end: why it ended
 */
struct oomk_cycle_event {
	u64 number;
	enum oomk_stage stage;
	enum oomk_cause cause;
	enum oomk_level level;
	u32 available_permille;
	u32 free_swap_permille;
	u32 psi_full_avg10;
	u64 need_pages;
	enum oomk_reason reason;
	u32 victims;
	u32 tasks;
	u64 freed_pages;
	u64 lost_price;
	u64 bound_price;
	u64 back_pages;
	u32 last_signal_ms;
	enum oomk_outcome outcome;
};

int oomk_netlink_init(void);
void oomk_netlink_exit(void);
int oomk_netlink_ready(u64 cycle, enum oomk_level level);
void oomk_netlink_cycle(const struct oomk_cycle_event *event);

#endif /* OOMK_NETLINK_H */
