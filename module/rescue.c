// SPDX-License-Identifier: GPL-2.0
/*
 * A cycle without an executor, a grace or a second look: an allocation has
 * failed, so the condition needs no proof, and there is no time for anybody
 * else. The plan and the array of victims are the cycle's, made in calm.
 */
#include "rescue.h"

#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/oomk.h>
#include <linux/pid.h>

#include "backstop.h"
#include "choice.h"
#include "cycle_core.h"
#include "killer.h"
#include "plan.h"
#include "policy.h"
#include "pressure.h"
#include "report.h"
#include "request.h"
#include "trace.h"

/* What came to nothing, or only observed, is not tried again before this. */
#define FUTILE_MS	1000ULL
/* Likewise when others are dying, who will do. */
#define NEEDLESS_MS	50ULL
/* What a cycle brought is for those who failed to get it just before. */
#define FRESH_MS	250ULL

static void count_backstop(struct oomk_cycle_event *event)
{
	struct oomk_request_stats stats;

	event->backstop = true;
	event->level = OOMK_LEVEL_HARD;
	oomk_request_stats_read(&stats);
	stats.backstops++;
	oomk_request_stats_write(&stats);
}

/* Through all states of a request but the last, without a stop. */
static bool strike(struct oomk_cycle_event *event)
{
	struct oomk_request_header header = {
		.cycle = event->number,
		.level = OOMK_LEVEL_HARD,
		.cause = OOMK_CAUSE_OOM,
		.nr_victims = event->tasks,
	};
	bool won;

	/* The request was idle, and its array the caller's. */
	if (WARN_ON_ONCE(oomk_request_submit(&header)))
		return false;
	/* An executor that was quick to accept loses it, but may be through. */
	won = oomk_request_expire();
	oomk_backstop_kill(&header);
	if (won)
		oomk_request_handled();
	count_backstop(event);
	return true;
}

/*
 * With the policy "observe" the victims stay in the request's array with a
 * references of theirs, until oomk_request_forget().
 */
static enum oomk_rescue choose(struct oomk_plan *plan,
			       const struct oomk_policy *policy,
			       const struct oomk_pressure *pressure,
			       struct oomk_cycle_event *event)
{
	u64 need_pages, since_ns = ktime_get_ns();

	trace_oomk_trigger(OOMK_CAUSE_OOM, pressure->available_pages,
			   pressure->free_swap_pages,
			   pressure->psi_full_avg10);
	oomk_choice_survey(plan, policy, event->number + 1);
	need_pages = oomk_choice_need(plan, policy, pressure, OOMK_CAUSE_OOM);
	if (!need_pages)
		goto none;	/* the dying will do */

	event->number++;
	oomk_choice_begin(plan, pressure, OOMK_CAUSE_OOM, since_ns, need_pages,
			  event);
	event->level = OOMK_LEVEL_HARD;
	if (oomk_choice_hopeless(plan, policy, need_pages))
		return OOMK_RESCUE_HOPELESS;
	oomk_choice_solve(plan, policy, event);
	event->tasks = oomk_choice_victims(plan, pressure, OOMK_ACTION_KILL);
	if (policy->backstop == OOMK_BACKSTOP_OBSERVE) {
		event->outcome = OOMK_OUTCOME_OBSERVED;
		return OOMK_RESCUE_OBSERVED;
	}
	if (strike(event))
		return OOMK_RESCUE_STRUCK;
	oomk_request_forget(event->tasks);
none:
	oomk_plan_release(plan);
	return OOMK_RESCUE_NONE;
}

/*
 * Who was spared stays alive: with those who are dying the cycle ends soon,
 * and the next failure finds it idle.
 */
static enum oomk_rescue join(struct oomk_request_header *header,
			     struct oomk_cycle_event *event, bool *dying)
{
	struct oomk_request_times times;
	bool won;

	oomk_request_raise(OOMK_LEVEL_HARD);
	oomk_request_times(&times);
	if (oomk_request_expire())
		oomk_backstop_begin(header, times.accepted_ns, 0);
	won = oomk_request_state(header) == OOMK_REQUEST_BACKSTOP;
	*dying = oomk_backstop_kill(header);
	if (!won)
		return OOMK_RESCUE_NONE;
	oomk_request_handled();
	if (event->backstop)
		event->level = OOMK_LEVEL_HARD;
	else
		count_backstop(event);
	return OOMK_RESCUE_JOINED;
}

static enum oomk_rescue begin(struct oomk_cycle *cycle,
			      const struct oomk_policy *policy,
			      const struct oomk_pressure *pressure)
{
	enum oomk_rescue rescue;

	cycle->since_ns = ktime_get_ns();
	cycle->kills = oomk_killer_kills();
	rescue = choose(cycle->plan, policy, pressure, &cycle->event);
	if (rescue == OOMK_RESCUE_STRUCK) {
		cycle->state = OOMK_REQUEST_BACKSTOP;
		cycle->lowest_pages = pressure->available_pages +
				      pressure->free_swap_pages;
		oomk_pressure_hurry(true);
	} else {
		cycle->futile_ns = cycle->since_ns + NSEC_PER_MSEC *
				   (rescue ? FUTILE_MS : NEEDLESS_MS);
	}
	return rescue;
}

/**
 * oomk_rescue_now - kill at once
 * @cycle: locked
 * @policy: in force; its solve_steps bound the work
 * @pressure: a reading that is below the hard mark
 * @kick: out: the cycle's work is to be woken; it may have something to tell
 *
 * Victims of a cycle under way get SIGKILL before their time; without one,
 * some are chosen, and this is a cycle. One whose victims are dead has to end
 * before another can start.
 *
 * Context: process, of any task, in the midst of an allocation.
 * Return: what to wait for.
 */
enum oomk_hold oomk_rescue_now(struct oomk_cycle *cycle,
			       const struct oomk_policy *policy,
			       const struct oomk_pressure *pressure,
			       bool *kick)
{
	struct oomk_request_header header;
	enum oomk_rescue done;
	bool dying;

	lockdep_assert_held(&cycle->lock);
	if (oomk_request_state(&header) == OOMK_REQUEST_IDLE) {
		if (cycle->rescue || ktime_get_ns() < cycle->futile_ns)
			return OOMK_HOLD_NONE;
		WRITE_ONCE(cycle->rescue, begin(cycle, policy, pressure));
		*kick = cycle->rescue != OOMK_RESCUE_NONE;
		return cycle->rescue == OOMK_RESCUE_STRUCK ? OOMK_HOLD_DYING :
							     OOMK_HOLD_NONE;
	}
	if (policy->backstop != OOMK_BACKSTOP_ON)
		return OOMK_HOLD_NONE;
	done = join(&header, &cycle->event, &dying);
	if (!cycle->rescue)
		WRITE_ONCE(cycle->rescue, done);
	*kick = done == OOMK_RESCUE_JOINED || !dying;
	return dying ? OOMK_HOLD_DYING : OOMK_HOLD_DEAD;
}

/**
 * oomk_rescue_helped - whether there is memory because victims gave it back
 * @cycle: locked
 * @policy: in force
 *
 * Between an allocation that fails and the question what to do about it they
 * may have done so: it has to be tried again.
 *
 * Context: process, of any task, in the midst of an allocation.
 * Return: what to wait for: OOMK_HOLD_DYING, also if they have just died, or
 * OOMK_HOLD_NONE.
 */
enum oomk_hold oomk_rescue_helped(const struct oomk_cycle *cycle,
				  const struct oomk_policy *policy)
{
	struct oomk_request_header header;
	bool helped;

	lockdep_assert_held(&cycle->lock);
	if (policy->backstop != OOMK_BACKSTOP_ON)
		return OOMK_HOLD_NONE;
	if (oomk_request_state(&header) == OOMK_REQUEST_IDLE)
		helped = cycle->ended_ns && ktime_get_ns() - cycle->ended_ns <
					    FRESH_MS * NSEC_PER_MSEC;
	else
		helped = oomk_backstop_any_dying(&header);
	return helped ? OOMK_HOLD_DYING : OOMK_HOLD_NONE;
}

/**
 * oomk_rescue_tell - write into the log what was done
 * @rescue: what a rescue came to
 * @event: figures of the cycle
 *
 * Context: process, on the workqueue that alone retires a request.
 */
void oomk_rescue_tell(enum oomk_rescue rescue,
		      const struct oomk_cycle_event *event)
{
	const struct oomk_victim *victims = oomk_request_victims();

	switch (rescue) {
	case OOMK_RESCUE_OBSERVED:
		oomk_report_start(event);
		oomk_report_observed(event, victims);
		break;
	case OOMK_RESCUE_STRUCK:
		oomk_report_start(event);
		oomk_report_victims(event->number, victims, event->tasks);
		oomk_report_takeover(event->number, event->tasks,
				     "an allocation failed");
		break;
	case OOMK_RESCUE_JOINED:
		oomk_report_takeover(event->number, event->tasks,
				     "an allocation failed");
		break;
	default:
		break;
	}
}
