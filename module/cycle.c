// SPDX-License-Identifier: GPL-2.0
/*
 * One cycle, from pressure to recovery:
 *
 *   trigger --> survey, solve --> submit, READY
 *                                    |
 *       executor: ACCEPT ... DONE    |    late, dead or absent: the module
 *                        \           |    signals the victims itself
 *                         +--> reap: wait for the deaths --> retire
 *
 * All of it runs on one ordered workqueue, and so does what calls
 * oomk_cycle_trigger(), _tick() and _calm(). The lock is there for a stranger
 * in whose context an allocation failed: he tries it, once, so nothing waits
 * for memory and no more than a few lines are printed while it is held.
 * While a request is in flight the work looks every period_min_ms; otherwise
 * it does not run at all.
 */
#include "cycle.h"

#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "backstop.h"
#include "choice.h"
#include "cycle_core.h"
#include "history.h"
#include "killer.h"
#include "member.h"
#include "netlink.h"
#include "patience.h"
#include "plan.h"
#include "policy.h"
#include "pressure.h"
#include "report.h"
#include "request.h"
#include "rescue.h"
#include "sample.h"
#include "settle.h"
#include "trace.h"
#include "wedged.h"

#define PLAN_TASKS_MIN	4096
/* A hopeless cycle is not tried again before this. */
#define HOPELESS_MS	1000

static void cycle_step(struct work_struct *work);
static DECLARE_DELAYED_WORK(cycle_work, cycle_step);
static struct workqueue_struct *cycle_wq;
static struct oomk_cycle cycle = {
	.lock = __MUTEX_INITIALIZER(cycle.lock),
};

static bool stopping;		/* set once, before the last cancel */

static u64 from_now_ns(u32 ms)
{
	return ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;
}

static u64 headroom(const struct oomk_pressure *pressure)
{
	return pressure->available_pages + pressure->free_swap_pages;
}

static void tell(enum oomk_stage stage)
{
	cycle.event.stage = stage;
	oomk_netlink_cycle(&cycle.event);
}

static void enter(void)
{
	mutex_lock(&cycle.lock);
	WRITE_ONCE(cycle.owner, current);
	WRITE_ONCE(cycle.turn, cycle.turn + 1);
}

static void unlock(void)
{
	lockdep_assert_held(&cycle.lock);
	WRITE_ONCE(cycle.owner, NULL);
	mutex_unlock(&cycle.lock);
}

/* Unlocks, then tells the end of a cycle: that may wait for memory. */
static void leave(void)
{
	struct oomk_cycle_event event = cycle.event;
	bool ended = cycle.ended;

	cycle.ended = false;
	unlock();
	if (!ended)
		return;
	event.stage = OOMK_STAGE_END;
	oomk_netlink_cycle(&event);
}

static void note_stats(void)
{
	struct oomk_request_stats stats;

	oomk_request_stats_read(&stats);
	stats.cycle = cycle.event.number;
	stats.outcome = cycle.event.outcome;
	stats.freed_pages = cycle.event.freed_pages;
	stats.back_pages = cycle.event.back_pages;
	stats.need_pages = cycle.event.need_pages;
	stats.overshoot_pages = cycle.event.overshoot_pages;
	stats.undershoot_pages = cycle.event.undershoot_pages;
	stats.tasks_max = cycle.plan->sample.max;
	stats.tasks_seen = cycle.plan->sample.nr_seen;
	oomk_request_stats_write(&stats);
}

static void submit(const struct oomk_policy *policy,
		   const struct oomk_pressure *pressure)
{
	struct oomk_cycle_event *event = &cycle.event;
	bool hard = event->level == OOMK_LEVEL_HARD;
	struct oomk_request_header header = {
		.cycle = event->number,
		.level = event->level,
		.cause = event->cause,
		.grace_ms = policy->grace_ms,
	};

	event->tasks = oomk_choice_victims(cycle.plan, pressure,
					   hard ||
					   policy->kill == OOMK_KILL_NOW ?
					   OOMK_ACTION_KILL : OOMK_ACTION_TERM);
	header.nr_victims = event->tasks;
	/* Only this file submits, and the request was idle. */
	if (WARN_ON_ONCE(oomk_request_submit(&header)))
		return;
	cycle.state = OOMK_REQUEST_READY;
	cycle.lowest_pages = headroom(pressure);
	oomk_netlink_ready(event->number, event->level);
	oomk_history_open(cycle.plan, event);
	tell(OOMK_STAGE_SOLVED);
	oomk_pressure_hurry(true);
	/* The first look finds out when the next is due. */
	queue_delayed_work(cycle_wq, &cycle_work, 0);
}

/* Says so, seldom, and waits a while: more of the same would change nothing. */
static void give_up(const struct oomk_policy *policy)
{
	static DEFINE_RATELIMIT_STATE(seldom, 60 * HZ, 3);

	cycle.event.reason = OOMK_REASON_INFEASIBLE;
	cycle.event.outcome = OOMK_OUTCOME_INFEASIBLE;
	cycle.event.undershoot_pages = cycle.event.need_pages;
	oomk_history_open(cycle.plan, &cycle.event);
	if (__ratelimit(&seldom)) {
		oomk_report_start(&cycle.event);
		oomk_report_infeasible(&cycle.event);
		cycle.ended = true;
	}
	note_stats();
	oomk_wedged_note(&cycle.event, policy);
	cycle.rest_ns = from_now_ns(HOPELESS_MS);
}

/* Returns the tasks that are to die. */
static u32 start(enum oomk_cause cause, const struct oomk_pressure *pressure,
		 u64 since_ns)
{
	struct oomk_cycle_event *event = &cycle.event;
	struct oomk_policy policy;
	u64 need_pages;

	lockdep_assert_held(&cycle.lock);
	oomk_policy_read(&policy);
	/* The number of the cycle, if it comes to one. */
	oomk_choice_survey(cycle.plan, &policy, event->number + 1);
	need_pages = oomk_choice_need(cycle.plan, &policy, pressure, cause);
	if (!need_pages)
		goto out;	/* the dying will do */

	event->number++;
	cycle.since_ns = since_ns;
	cycle.kills = oomk_killer_kills();
	oomk_choice_begin(cycle.plan, pressure, cause, since_ns, need_pages,
			  event);
	if (oomk_choice_hopeless(cycle.plan, &policy, need_pages)) {
		give_up(&policy);
		goto out;
	}
	oomk_report_start(event);
	tell(OOMK_STAGE_START);
	if (cycle.plan->sample.nr_omitted)
		oomk_report_omitted(event->number, cycle.plan->sample.nr_omitted,
				    cycle.plan->sample.max);
	oomk_choice_solve(cycle.plan, &policy, event);
	submit(&policy, pressure);
	return event->tasks;
out:
	oomk_plan_release(cycle.plan);
	return 0;
}

/*
 * What was done in a stranger's context is told here. Until it is, only the
 * lists of victims and items that it left are touched by nobody else.
 */
static void tell_rescue(void)
{
	enum oomk_rescue rescue = READ_ONCE(cycle.rescue);
	struct oomk_cycle_event event;
	struct oomk_policy policy;

	if (rescue == OOMK_RESCUE_NONE)
		return;
	enter();
	event = cycle.event;
	unlock();
	oomk_rescue_tell(rescue, &event);

	enter();
	if (rescue == OOMK_RESCUE_HOPELESS) {
		oomk_policy_read(&policy);
		give_up(&policy);
	}
	if (rescue == OOMK_RESCUE_OBSERVED || rescue == OOMK_RESCUE_STRUCK)
		oomk_history_open(cycle.plan, &event);
	if (rescue == OOMK_RESCUE_OBSERVED) {
		oomk_history_close(&event, oomk_request_victims(), event.tasks);
		oomk_request_forget(event.tasks);
		note_stats();
		cycle.ended = true;
	}
	if (rescue == OOMK_RESCUE_STRUCK)
		tell(OOMK_STAGE_START);
	if (rescue == OOMK_RESCUE_STRUCK || rescue == OOMK_RESCUE_JOINED)
		tell(OOMK_STAGE_BACKSTOP);
	else
		oomk_plan_release(cycle.plan);
	WRITE_ONCE(cycle.rescue, OOMK_RESCUE_NONE);
	leave();
}

/**
 * oomk_cycle_trigger - start a cycle, unless one is under way or resting
 * @cause: what was crossed
 * @pressure: the reading that showed it
 * @since_ns: when it was first seen, ktime_get_ns()
 *
 * Context: process, on the workqueue given to oomk_cycle_init().
 */
void oomk_cycle_trigger(enum oomk_cause cause,
			const struct oomk_pressure *pressure, u64 since_ns)
{
	u64 number;
	u32 nr = 0;

	if (READ_ONCE(stopping))
		return;
	tell_rescue();
	enter();
	if (oomk_request_state(NULL) == OOMK_REQUEST_IDLE && !cycle.rescue &&
	    ktime_get_ns() >= cycle.rest_ns) {
		trace_oomk_trigger(cause, pressure->available_pages,
				   pressure->free_swap_pages,
				   pressure->psi_full_avg10);
		nr = start(cause, pressure, since_ns);
	}
	number = cycle.event.number;
	leave();
	/* The victims stay until this workqueue retires them. */
	if (nr)
		oomk_report_victims(number, oomk_request_victims(), nr);
}

static void take_over(const struct oomk_request_header *header,
		      const char *why)
{
	struct oomk_request_stats stats;
	struct oomk_request_times times;
	u64 grace_ns = (u64)header->grace_ms * NSEC_PER_MSEC;
	u32 nr;

	if (!oomk_request_expire())
		return;		/* the executor was faster */
	/* What it had of the grace, its victims had. */
	oomk_request_times(&times);
	nr = oomk_backstop_begin(header, times.accepted_ns,
				 (times.accepted_ns ?: ktime_get_ns()) +
				 grace_ns);
	oomk_report_takeover(header->cycle, nr, why);
	oomk_request_stats_read(&stats);
	stats.backstops++;
	oomk_request_stats_write(&stats);
	cycle.event.backstop = true;
	tell(OOMK_STAGE_BACKSTOP);
}

/* The hard level knows no grace, whoever has the set. */
static void raise(struct oomk_request_header *header,
		  enum oomk_request_state state)
{
	if (!oomk_request_raise(OOMK_LEVEL_HARD))
		return;
	header->level = OOMK_LEVEL_HARD;
	cycle.event.level = OOMK_LEVEL_HARD;
	if (state != OOMK_REQUEST_BACKSTOP)
		oomk_netlink_ready(header->cycle, OOMK_LEVEL_HARD);
	oomk_report_raised(header->cycle);
}

static void await_executor(const struct oomk_request_header *header,
			   const struct oomk_policy *policy,
			   enum oomk_request_state state)
{
	const char *why;

	why = oomk_patience_lost(header, policy, state, &cycle.look_ns);
	if (why)
		take_over(header, why);
}

static void finish(const struct oomk_request_header *header,
		   const struct oomk_policy *policy,
		   const struct oomk_pressure *pressure)
{
	struct oomk_cycle_event *event = &cycle.event;
	struct oomk_request_stats stats;
	enum oomk_level level;
	u32 nr_stuck = oomk_settle_victims(header, cycle.plan, cycle.since_ns,
					   event);

	oomk_settle_pages(event, cycle.lowest_pages, headroom(pressure));
	event->kernel_kills = oomk_killer_kills() - cycle.kills;
	cycle.ended_ns = event->tasks ? ktime_get_ns() : 0;
	oomk_history_close(event, oomk_request_victims(), header->nr_victims);
	oomk_report_end(event, nr_stuck, !oomk_request_needed(&level));
	oomk_wedged_note(event, policy);
	oomk_request_stats_read(&stats);
	stats.victims += event->tasks;
	stats.spared += event->spared;
	oomk_request_stats_write(&stats);
	note_stats();
	cycle.ended = true;
	trace_oomk_cycle_end(event->number, event->outcome, event->freed_pages,
			     event->back_pages, ktime_get_ns() - cycle.since_ns);
	oomk_request_retire();
	oomk_plan_release(cycle.plan);
	cycle.rest_ns = from_now_ns(policy->cooldown_ms);
	oomk_pressure_hurry(false);
	oomk_pressure_restart();
}

static void reap(const struct oomk_request_header *header,
		 const struct oomk_policy *policy,
		 const struct oomk_pressure *pressure)
{
	if (cycle.state != OOMK_REQUEST_REAPING)
		cycle.deadline_ns = from_now_ns(policy->stuck_ms);
	if (oomk_backstop_sweep(header) || ktime_get_ns() > cycle.deadline_ns)
		finish(header, policy, pressure);
}

/* Does what is due; returns false once nothing is in flight. */
static bool step(const struct oomk_policy *policy)
{
	struct oomk_request_header header;
	struct oomk_pressure pressure;
	enum oomk_request_state state = oomk_request_state(&header);

	lockdep_assert_held(&cycle.lock);
	if (state == OOMK_REQUEST_IDLE)
		return false;
	if (cycle.rescue)
		return true;	/* to be told before anything else */
	oomk_pressure_peek(&pressure);
	cycle.lowest_pages = min(cycle.lowest_pages, headroom(&pressure));
	cycle.look_ns = U64_MAX;
	if (pressure.level == OOMK_LEVEL_HARD && state != OOMK_REQUEST_REAPING)
		raise(&header, state);
	if (state == OOMK_REQUEST_READY || state == OOMK_REQUEST_ACCEPTED)
		await_executor(&header, policy, state);
	else if (state == OOMK_REQUEST_BACKSTOP)
		oomk_backstop_step(&header);
	else
		reap(&header, policy, &pressure);
	cycle.state = state;
	return oomk_request_state(NULL) != OOMK_REQUEST_IDLE;
}

/* Jiffies to the next look; what just changed hands is looked at right away. */
static unsigned long pause(const struct oomk_policy *policy)
{
	unsigned long regular = msecs_to_jiffies(policy->period_min_ms);
	u64 now_ns = ktime_get_ns();

	if (oomk_request_state(NULL) != cycle.state || cycle.look_ns <= now_ns)
		return 0;
	return min_t(u64, regular,
		     nsecs_to_jiffies(cycle.look_ns - now_ns) + 1);
}

static void cycle_step(struct work_struct *work)
{
	struct oomk_policy policy;
	unsigned long delay;
	bool again;

	/* A kick may queue the work once more after the last cancel. */
	if (READ_ONCE(stopping))
		return;
	oomk_policy_read(&policy);
	tell_rescue();
	enter();
	again = step(&policy);
	delay = pause(&policy);
	leave();
	if (again)
		queue_delayed_work(cycle_wq, &cycle_work, delay);
}

/**
 * oomk_cycle_rescue - an allocation has failed: kill now
 * @policy: in force; its solve_steps bound the work
 * @pressure: a reading
 * @is_short: it says that memory is; otherwise nobody is killed
 * @what: out: number of the turn, or of the cycle, that is to be waited for
 *
 * Victims of a cycle under way get SIGKILL at once; if there is none, some are
 * chosen. Nothing is allocated or printed, nobody is waited for.
 *
 * Context: process, of any task, in the midst of an allocation.
 * Return: what brings memory back without the kernel's killer.
 */
enum oomk_hold oomk_cycle_rescue(const struct oomk_policy *policy,
				 const struct oomk_pressure *pressure,
				 bool is_short, u64 *what)
{
	enum oomk_hold hold;
	bool kick = false;

	*what = READ_ONCE(cycle.turn);
	/* The owner's own allocation: it would wait for itself. */
	if (READ_ONCE(cycle.owner) == current || READ_ONCE(stopping))
		return OOMK_HOLD_NONE;
	if (!mutex_trylock(&cycle.lock)) {
		if (policy->backstop != OOMK_BACKSTOP_ON ||
		    (!is_short &&
		     oomk_request_state(NULL) == OOMK_REQUEST_IDLE))
			return OOMK_HOLD_NONE;
		return OOMK_HOLD_TURN;
	}
	WRITE_ONCE(cycle.owner, current);
	WRITE_ONCE(cycle.turn, cycle.turn + 1);
	hold = is_short ? oomk_rescue_now(&cycle, policy, pressure, &kick) :
			  oomk_rescue_helped(&cycle, policy);
	*what = cycle.event.number;
	unlock();
	if (kick)
		oomk_cycle_kick();
	return hold;
}

/**
 * oomk_cycle_kick - have the request looked at now
 *
 * Context: any.
 */
void oomk_cycle_kick(void)
{
	if (!READ_ONCE(stopping))
		mod_delayed_work(cycle_wq, &cycle_work, 0);
}

/**
 * oomk_cycle_tick - note the headroom between two looks
 * @pressure: a full reading
 *
 * Context: process, on the workqueue given to oomk_cycle_init().
 */
void oomk_cycle_tick(const struct oomk_pressure *pressure)
{
	enter();
	cycle.lowest_pages = min(cycle.lowest_pages, headroom(pressure));
	unlock();
}

/**
 * oomk_cycle_calm - grow what a cycle needs, while there is memory
 *
 * Description: Arrays have room for a third more tasks than there are, or are
 * replaced by some twice as large. A failure is tried again at the next call.
 *
 * Context: process, on the workqueue given to oomk_cycle_init().
 */
void oomk_cycle_calm(void)
{
	u32 seen = oomk_sample_count();
	struct oomk_victim *victims;
	struct oomk_plan *plan;

	oomk_choice_calm();
	oomk_member_refill();
	/* Only this workqueue replaces the plan, so it may be looked at. */
	if (oomk_request_state(NULL) != OOMK_REQUEST_IDLE ||
	    seen < cycle.plan->sample.max / 4 * 3)
		return;
	plan = oomk_plan_alloc(seen * 2);
	victims = oomk_request_alloc(seen * 2);
	if (plan && victims) {
		enter();
		if (oomk_request_state(NULL) == OOMK_REQUEST_IDLE &&
		    !cycle.rescue) {
			swap(cycle.plan, plan);
			victims = oomk_request_replace(victims, seen * 2);
			note_stats();
		}
		unlock();
	}
	kvfree(victims);
	oomk_plan_free(plan);
}

/**
 * oomk_cycle_init - allocate what a cycle needs
 * @wq: ordered and able to make progress without memory
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int oomk_cycle_init(struct workqueue_struct *wq)
{
	u32 max_tasks = max_t(u32, PLAN_TASKS_MIN, 2 * oomk_sample_count());
	int err = oomk_request_init(max_tasks, oomk_cycle_kick);

	if (err)
		return err;
	cycle.plan = oomk_plan_alloc(max_tasks);
	if (!cycle.plan) {
		oomk_request_exit();
		return -ENOMEM;
	}
	cycle_wq = wq;
	oomk_killer_init();
	note_stats();
	return 0;
}

/**
 * oomk_cycle_stop - end the cycle, start no other
 *
 * Description: Victims that were signalled are not taken back; the executor's
 * next word about them is refused.
 *
 * Context: process, may sleep; pressure triggers no more, nobody is rescued.
 */
void oomk_cycle_stop(void)
{
	WRITE_ONCE(stopping, true);
	cancel_delayed_work_sync(&cycle_work);
	tell_rescue();
	enter();
	if (oomk_request_state(NULL) != OOMK_REQUEST_IDLE) {
		cycle.event.outcome = OOMK_OUTCOME_ABORTED;
		oomk_history_close(&cycle.event, NULL, 0);
		cycle.ended = true;
		oomk_request_retire();
	}
	leave();
}

/**
 * oomk_cycle_exit - free what a cycle needs
 *
 * Context: process, may sleep; after oomk_cycle_stop(), the door is shut.
 */
void oomk_cycle_exit(void)
{
	oomk_plan_free(cycle.plan);
	oomk_sample_forget();
	oomk_request_exit();
}
