// SPDX-License-Identifier: GPL-2.0
/* The figures with which a cycle ends. */
#include "settle.h"

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/oomk.h>

#include "backstop.h"
#include "event.h"
#include "plan.h"
#include "request.h"
#include "sample.h"

static void settle_victim(const struct oomk_victim *victim,
			  struct oomk_cycle_event *event, u32 *nr_stuck)
{
	if (!oomk_sample_gone(victim->pid)) {
		oomk_sample_give_up(victim->pid);
		(*nr_stuck)++;
	}
	event->tasks++;
	event->freed_pages += victim->pages;
}

/**
 * oomk_settle_victims - add up who was signalled, spared or would not die
 * @header: of a request in state OOMK_REQUEST_REAPING
 * @plan: which it came from
 * @since_ns: when the trigger was first seen, ktime_get_ns()
 * @event: its figures of victims become those of the end; so does the outcome
 *
 * Who would not die is neither pending nor an item from now on.
 *
 * Context: process, the cycle.
 * Return: tasks that would not die.
 */
u32 oomk_settle_victims(const struct oomk_request_header *header,
			const struct oomk_plan *plan, u64 since_ns,
			struct oomk_cycle_event *event)
{
	const struct oomk_victim *victim = oomk_request_victims();
	const struct oomk_victim *end = victim + header->nr_victims;
	u32 item = 0, nr_stuck = 0;
	u64 last_ns = since_ns;

	event->tasks = 0;
	event->victims = 0;
	event->spared = 0;
	event->freed_pages = 0;
	event->lost_price = 0;
	for (; victim < end; victim++) {
		if (oomk_backstop_spared(victim)) {
			event->spared++;
			continue;
		}
		if (!victim->signals && victim->status != OOMK_VICTIM_GONE)
			continue;
		settle_victim(victim, event, &nr_stuck);
		last_ns = max(last_ns, victim->signal_ns);
		if (victim->item == item)
			continue;
		item = victim->item;
		event->victims++;
		event->lost_price += plan->items[item - 1].price;
	}
	event->signal_us = (last_ns - since_ns) / NSEC_PER_USEC;
	event->end_us = (ktime_get_ns() - since_ns) / NSEC_PER_USEC;
	event->outcome = !event->tasks ? OOMK_OUTCOME_SPARED :
			 nr_stuck ? OOMK_OUTCOME_STUCK : OOMK_OUTCOME_KILLED;
	return nr_stuck;
}

/**
 * oomk_settle_pages - what was observed back, against what was needed
 * @event: in: the need, and the tasks signalled
 * @lowest_pages: least headroom seen in the cycle
 * @now_pages: headroom at its end
 *
 * A cycle that signalled nobody was over by itself: it brought neither too
 * much nor too little.
 */
void oomk_settle_pages(struct oomk_cycle_event *event, u64 lowest_pages,
		       u64 now_pages)
{
	u64 enough;

	event->back_pages = now_pages - min(now_pages, lowest_pages);
	if (!event->tasks)
		return;
	enough = min(event->back_pages, event->need_pages);
	event->overshoot_pages = event->back_pages - enough;
	event->undershoot_pages = event->need_pages - enough;
}
