/* SPDX-License-Identifier: GPL-2.0 */
/* The state of the cycle, for those who work on it: the cycle and a rescue. */
#ifndef OOMK_CYCLE_CORE_H
#define OOMK_CYCLE_CORE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/oomk.h>

#include "event.h"
#include "request.h"
#include "rescue.h"

struct oomk_plan;
struct task_struct;

/**
 * struct oomk_cycle - the one cycle
 * @lock: protects all, and the array of victims of a request that is idle
 * @plan: workspace; holds the outcome until the cycle ends
 * @event: what is told of it
 * @state: of the request, when the work ran last
 * @ended: the end of the cycle is to be told
 * @since_ns: when the crossing was first seen
 * @deadline_ns: until when the dying are waited for
 * @look_ns: when something is due before the next regular look
 * @rest_ns: no cycle starts before this
 * @ended_ns: when one last ended that had killed, 0: none did
 * @lowest_pages: least headroom seen since the solve
 * @kills: of the kernel's killer, when the cycle started
 * @rescue: what a stranger did and this workqueue has to tell; until then no
 *	cycle starts
 * @futile_ns: no rescue starts before this
 * @owner: who holds the lock, NULL: nobody
 * @turn: how often it was taken
 */
struct oomk_cycle {
	struct mutex lock;	/* protects all that follow */
	struct oomk_plan *plan;
	struct oomk_cycle_event event;
	enum oomk_request_state state;
	bool ended;
	u64 since_ns;
	u64 deadline_ns;
	u64 look_ns;
	u64 rest_ns;
	u64 ended_ns;
	u64 lowest_pages;
	u64 kills;
	enum oomk_rescue rescue;
	u64 futile_ns;
	struct task_struct *owner;
	u64 turn;
};

#endif /* OOMK_CYCLE_CORE_H */
