// SPDX-License-Identifier: GPL-2.0
/*
 * Cycle after cycle without effect: what eats the memory cannot be killed, or
 * its memory does not come back. The owner may prefer a reboot (panic= on the
 * kernel's command line) to a machine that answers nobody.
 *
 * Headroom never stands still, so less than a sixteenth of the need is nothing.
 */
#include "wedged.h"

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>

#include "event.h"
#include "policy.h"
#include "report.h"
#include "vain.h"

#define NOTHING_SHARE	16

static struct oomk_vain vain;	/* the cycle's alone */

static bool in_vain(const struct oomk_cycle_event *event)
{
	return event->back_pages < event->need_pages / NOTHING_SHARE ||
	       !event->back_pages;
}

/**
 * oomk_wedged_note - a cycle has ended
 * @event: its figures and its outcome
 * @policy: in force
 *
 * Panics, if the policy says so, after too many cycles in a row that killed or
 * found nobody to kill, and brought nothing back.
 *
 * Context: process, the cycle.
 */
void oomk_wedged_note(const struct oomk_cycle_event *event,
		      const struct oomk_policy *policy)
{
	static DEFINE_RATELIMIT_STATE(seldom, 600 * HZ, 1);

	switch (event->outcome) {
	case OOMK_OUTCOME_KILLED:
	case OOMK_OUTCOME_STUCK:
	case OOMK_OUTCOME_INFEASIBLE:
		break;
	case OOMK_OUTCOME_SPARED:
		oomk_vain_reset(&vain);
		return;
	default:
		return;		/* told nothing about the machine */
	}
	if (!in_vain(event)) {
		oomk_vain_reset(&vain);
		return;
	}
	if (!oomk_vain_add(&vain, ktime_get_ns(), policy->wedged_cycles,
			   policy->wedged_ms))
		return;
	if (policy->wedged == OOMK_WEDGED_PANIC) {
		oomk_report_wedged(event, vain.nr, true);
		panic("oomk: wedged: %u cycles in a row brought nothing back\n",
		      vain.nr);
	}
	if (__ratelimit(&seldom))
		oomk_report_wedged(event, vain.nr, false);
}
