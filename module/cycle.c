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
 * oomk_cycle_trigger(), _tick() and _calm(): the state below needs no lock.
 * While a request is in flight the work looks every period_min_ms; otherwise
 * it does not run at all.
 */
#include "cycle.h"

#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "backstop.h"
#include "member.h"
#include "netlink.h"
#include "plan.h"
#include "policy.h"
#include "pressure.h"
#include "report.h"
#include "request.h"
#include "sample.h"
#include "trace.h"

#define PLAN_TASKS_MIN	4096
/* A hopeless cycle is not tried again before this. */
#define HOPELESS_MS	1000

/**
 * struct cycle - the one cycle
 * @plan: workspace; holds the outcome until the cycle ends
 * @event: what is told of it
 * @state: of the request, when the work ran last
 * @since_ns: when the crossing was first seen
 * @deadline_ns: until when the present state may last
 * @rest_ns: no cycle starts before this
 * @lowest_pages: least headroom seen since the solve
 */
struct cycle {
	struct oomk_plan *plan;
	struct oomk_cycle_event event;
	enum oomk_request_state state;
	u64 since_ns;
	u64 deadline_ns;
	u64 rest_ns;
	u64 lowest_pages;
};

static void cycle_step(struct work_struct *work);
static DECLARE_DELAYED_WORK(cycle_work, cycle_step);
static struct workqueue_struct *cycle_wq;
static struct cycle cycle;
static bool stopping;		/* set once, before the last cancel */

static u64 from_now_ns(u32 ms)
{
	return ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;
}

static u32 permille(u64 part, u64 whole)
{
	return whole ? part * 1000 / whole : 0;
}

static u64 headroom(const struct oomk_pressure *pressure)
{
	return pressure->available_pages + pressure->free_swap_pages;
}

/* What /proc/PID/oom_score shows for it. */
static u32 oom_score_of(const struct oomk_sample_task *task, u64 total_pages)
{
	s64 points = task->badness_pages;

	points += (s64)task->oom_score_adj * (s64)(total_pages / 1000);
	points = (1000 + points * 1000 / (s64)max(total_pages, 1ULL)) * 2 / 3;
	return max(points, 0LL);
}

static void tell(enum oomk_stage stage)
{
	cycle.event.stage = stage;
	oomk_netlink_cycle(&cycle.event);
}

static u32 fill_victims(const struct oomk_pressure *pressure,
			enum oomk_action action)
{
	u64 total_pages = totalram_pages() + pressure->total_swap_pages;
	struct oomk_victim *victims = oomk_request_victims();
	struct oomk_plan *plan = cycle.plan;
	const struct oomk_sample_task *task;
	u32 nr = 0, i, at;

	for (i = 0; i < plan->nr_items; i++) {
		if (!plan->items[i].victim)
			continue;
		for (at = plan->info[i].first;
		     at != OOMK_SAMPLE_NO_ITEM && nr < oomk_request_max();
		     at = task->next) {
			task = &plan->sample.tasks[at];
			victims[nr] = (struct oomk_victim) {
				.pid = get_pid(task->pid),
				.start_ns = task->start_ns,
				.pages = task->private_pages +
					 task->shmem_pages,
				.pid_nr = task->pid_nr,
				.utility = plan->info[i].utility,
				.item = i + 1,
				.oom_score = oom_score_of(task, total_pages),
				.action = action,
				.status = OOMK_VICTIM_WAITING,
			};
			memcpy(victims[nr++].comm, task->comm, TASK_COMM_LEN);
		}
	}
	return nr;
}

static void note_stats(void)
{
	struct oomk_request_stats stats;

	oomk_request_stats_read(&stats);
	stats.cycle = cycle.event.number;
	stats.outcome = cycle.event.outcome;
	stats.freed_pages = cycle.event.freed_pages;
	stats.back_pages = cycle.event.back_pages;
	stats.tasks_max = cycle.plan->sample.max;
	stats.tasks_seen = cycle.plan->sample.nr_seen;
	oomk_request_stats_write(&stats);
}

static void survey(const struct oomk_policy *policy)
{
	struct pid *executor = oomk_request_executor();
	struct oomk_plan *plan = cycle.plan;
	u64 number = cycle.event.number + 1;	/* if it comes to one */

	oomk_plan_survey(plan, policy, executor);
	put_pid(executor);
	trace_oomk_sample(number, plan->sample.nr, plan->sample.nr_omitted,
			  plan->sample.pending_pages, plan->sample.ns);
	trace_oomk_price(number, plan->nr_items, plan->freeable_pages,
			 plan->price_ns);
}

static u64 need_now(const struct oomk_policy *policy,
		    const struct oomk_pressure *pressure, enum oomk_cause cause)
{
	if (policy->capacity_pages || policy->capacity_permille)
		return oomk_plan_static_need(cycle.plan, policy,
					     pressure->total_pages +
					     pressure->total_swap_pages);
	return oomk_pressure_need(pressure, policy,
				  cycle.plan->sample.pending_pages, cause);
}

static void solve(const struct oomk_policy *policy, u64 need_pages)
{
	struct oomk_cycle_event *event = &cycle.event;
	const struct oomk_knapsack_result *result = &cycle.plan->result;

	oomk_plan_solve(cycle.plan, policy, need_pages);
	event->reason = (enum oomk_reason)result->reason;
	event->victims = result->nr_victims;
	event->freed_pages = result->freed_pages;
	event->lost_price = result->lost_price;
	event->bound_price = result->bound_price;
	trace_oomk_solve(event->number, need_pages, result->nr_victims,
			 result->freed_pages, result->lost_price,
			 result->bound_price, result->reason,
			 cycle.plan->solve_ns);
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

	event->tasks = fill_victims(pressure,
				    hard || policy->kill == OOMK_KILL_NOW ?
				    OOMK_ACTION_KILL : OOMK_ACTION_TERM);
	header.nr_victims = event->tasks;
	oomk_report_victims(event->number, oomk_request_victims(),
			    event->tasks);
	/* Only this file submits, and the request was idle. */
	if (WARN_ON_ONCE(oomk_request_submit(&header)))
		return;
	cycle.state = OOMK_REQUEST_READY;
	cycle.deadline_ns = from_now_ns(hard ? policy->executor_timeout_hard_ms :
					       policy->executor_timeout_ms);
	cycle.lowest_pages = headroom(pressure);
	oomk_netlink_ready(event->number, event->level);
	tell(OOMK_STAGE_SOLVED);
	oomk_pressure_hurry(true);
	queue_delayed_work(cycle_wq, &cycle_work,
			   msecs_to_jiffies(policy->period_min_ms));
}

static void begin(enum oomk_cause cause, const struct oomk_pressure *pressure,
		  u64 since_ns, u64 need_pages)
{
	cycle.since_ns = since_ns;
	cycle.event = (struct oomk_cycle_event) {
		.number = cycle.event.number,
		.cause = cause,
		.level = max(pressure->level, OOMK_LEVEL_SOFT),
		.available_permille = permille(pressure->available_pages,
					       pressure->total_pages),
		.free_swap_permille = permille(pressure->free_swap_pages,
					       pressure->total_swap_pages),
		.psi_full_avg10 = pressure->psi_full_avg10,
		.need_pages = need_pages,
	};
}

/* Says so, seldom, and waits a while: more of the same would change nothing. */
static void give_up(void)
{
	static DEFINE_RATELIMIT_STATE(seldom, 60 * HZ, 3);

	cycle.event.freed_pages = cycle.plan->freeable_pages;
	cycle.event.reason = OOMK_REASON_INFEASIBLE;
	cycle.event.outcome = OOMK_OUTCOME_INFEASIBLE;
	if (__ratelimit(&seldom)) {
		oomk_report_start(&cycle.event);
		oomk_report_infeasible(&cycle.event);
		tell(OOMK_STAGE_END);
	}
	note_stats();
	cycle.rest_ns = from_now_ns(HOPELESS_MS);
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
	struct oomk_policy policy;
	u64 need_pages;

	if (stopping || oomk_request_state(NULL) != OOMK_REQUEST_IDLE ||
	    ktime_get_ns() < cycle.rest_ns)
		return;
	trace_oomk_trigger(cause, pressure->available_pages,
			   pressure->free_swap_pages, pressure->psi_full_avg10);
	oomk_policy_read(&policy);
	survey(&policy);
	need_pages = need_now(&policy, pressure, cause);
	if (!need_pages)
		goto out;	/* the dying will do */

	cycle.event.number++;
	begin(cause, pressure, since_ns, need_pages);
	if (!cycle.plan->freeable_pages ||
	    (cycle.plan->freeable_pages < need_pages &&
	     policy.infeasible == OOMK_INFEASIBLE_NONE)) {
		give_up();
		goto out;
	}
	oomk_report_start(&cycle.event);
	tell(OOMK_STAGE_START);
	if (cycle.plan->sample.nr_omitted)
		oomk_report_omitted(cycle.event.number,
				    cycle.plan->sample.nr_omitted,
				    cycle.plan->sample.max);
	solve(&policy, need_pages);
	submit(&policy, pressure);
	return;
out:
	oomk_plan_release(cycle.plan);
}

static bool all_dying(const struct oomk_request_header *header)
{
	const struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		if (!oomk_sample_dying(victims[i].pid))
			return false;
	return true;
}

static void take_over(const struct oomk_request_header *header,
		      const struct oomk_policy *policy,
		      enum oomk_request_state state)
{
	struct oomk_request_stats stats;
	const char *why = "no executor took the victims in time";

	if (!oomk_request_expire())
		return;		/* the executor was faster */
	if (state == OOMK_REQUEST_ACCEPTED)
		why = "the executor is late";
	oomk_report_takeover(header->cycle, header->nr_victims, why);
	oomk_request_stats_read(&stats);
	stats.backstops++;
	oomk_request_stats_write(&stats);
	tell(OOMK_STAGE_BACKSTOP);
	oomk_backstop_begin(state == OOMK_REQUEST_ACCEPTED, policy->grace_ms);
}

/* How long the executor may keep the request, from now on. */
static u64 patience_ns(const struct oomk_request_header *header,
		       const struct oomk_policy *policy,
		       enum oomk_request_state state)
{
	if (header->level == OOMK_LEVEL_HARD)
		return from_now_ns(policy->executor_timeout_hard_ms);
	if (state == OOMK_REQUEST_ACCEPTED && policy->kill == OOMK_KILL_TERM)
		return from_now_ns(header->grace_ms +
				   policy->executor_timeout_ms);
	return from_now_ns(policy->executor_timeout_ms);
}

static void await_executor(struct oomk_request_header *header,
			   const struct oomk_policy *policy,
			   const struct oomk_pressure *pressure,
			   enum oomk_request_state state)
{
	bool raised = pressure->level == OOMK_LEVEL_HARD &&
		      oomk_request_raise(OOMK_LEVEL_HARD);

	if (raised) {
		header->level = OOMK_LEVEL_HARD;
		cycle.event.level = OOMK_LEVEL_HARD;
		oomk_netlink_ready(header->cycle, OOMK_LEVEL_HARD);
	}
	/* Raised, accepted, or given back by an executor that died. */
	if (raised || state != cycle.state)
		cycle.deadline_ns = patience_ns(header, policy, state);
	if (ktime_get_ns() < cycle.deadline_ns)
		return;
	/* Late with its report, but not with its work: nobody is waited for. */
	if (state == OOMK_REQUEST_ACCEPTED && all_dying(header) &&
	    ktime_get_ns() < cycle.deadline_ns +
			     (u64)policy->stuck_ms * NSEC_PER_MSEC)
		return;
	take_over(header, policy, state);
}

/* What was signalled, spared or would not die, and what that cost. */
static u32 settle_victims(const struct oomk_request_header *header,
			  u32 *nr_spared)
{
	struct oomk_victim *victims = oomk_request_victims();
	struct oomk_cycle_event *event = &cycle.event;
	u32 i, item = 0, nr_stuck = 0;
	u64 last_ns = cycle.since_ns;

	event->tasks = 0;
	event->victims = 0;
	event->freed_pages = 0;
	event->lost_price = 0;
	*nr_spared = 0;
	for (i = 0; i < header->nr_victims; i++) {
		if (oomk_backstop_spared(&victims[i])) {
			(*nr_spared)++;
			continue;
		}
		if (!victims[i].signals)
			continue;
		if (!oomk_sample_gone(victims[i].pid)) {
			oomk_sample_give_up(victims[i].pid);
			nr_stuck++;
		}
		last_ns = max(last_ns, victims[i].signal_ns);
		event->tasks++;
		event->freed_pages += victims[i].pages;
		if (victims[i].item != item) {
			item = victims[i].item;
			event->victims++;
			event->lost_price += cycle.plan->items[item - 1].price;
		}
	}
	event->last_signal_ms = (last_ns - cycle.since_ns) / NSEC_PER_MSEC;
	return nr_stuck;
}

static void finish(const struct oomk_request_header *header,
		   const struct oomk_policy *policy,
		   const struct oomk_pressure *pressure)
{
	struct oomk_cycle_event *event = &cycle.event;
	struct oomk_request_stats stats;
	enum oomk_level level;
	u32 nr_spared, nr_stuck;
	u64 now_pages = headroom(pressure);

	nr_stuck = settle_victims(header, &nr_spared);
	event->back_pages = now_pages - min(now_pages, cycle.lowest_pages);
	if (!event->tasks)
		event->outcome = OOMK_OUTCOME_SPARED;
	else
		event->outcome = nr_stuck ? OOMK_OUTCOME_STUCK :
					    OOMK_OUTCOME_KILLED;
	oomk_report_end(event, nr_spared, nr_stuck,
			!oomk_request_needed(&level));
	oomk_request_stats_read(&stats);
	stats.victims += event->tasks;
	stats.spared += nr_spared;
	oomk_request_stats_write(&stats);
	note_stats();
	tell(OOMK_STAGE_END);
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

static void cycle_step(struct work_struct *work)
{
	struct oomk_request_header header;
	struct oomk_pressure pressure;
	struct oomk_policy policy;
	enum oomk_request_state state = oomk_request_state(&header);

	/* A kick may queue the work once more after the last cancel. */
	if (state == OOMK_REQUEST_IDLE || READ_ONCE(stopping))
		return;
	oomk_policy_read(&policy);
	oomk_pressure_peek(&pressure);
	cycle.lowest_pages = min(cycle.lowest_pages, headroom(&pressure));
	if (state == OOMK_REQUEST_READY || state == OOMK_REQUEST_ACCEPTED)
		await_executor(&header, &policy, &pressure, state);
	else if (state == OOMK_REQUEST_BACKSTOP)
		oomk_backstop_step(&header);
	else
		reap(&header, &policy, &pressure);
	cycle.state = state;

	state = oomk_request_state(NULL);
	if (state == OOMK_REQUEST_IDLE)
		return;
	/* What just changed hands is looked at right away. */
	queue_delayed_work(cycle_wq, &cycle_work, state != cycle.state ? 0 :
			   msecs_to_jiffies(policy.period_min_ms));
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
	cycle.lowest_pages = min(cycle.lowest_pages, headroom(pressure));
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
	struct oomk_plan *bigger;

	oomk_member_refill();
	if (oomk_request_state(NULL) != OOMK_REQUEST_IDLE ||
	    seen < cycle.plan->sample.max / 4 * 3)
		return;
	if (oomk_request_grow(seen * 2))
		return;
	bigger = oomk_plan_alloc(seen * 2);
	if (!bigger)
		return;
	oomk_plan_free(cycle.plan);
	cycle.plan = bigger;
	note_stats();
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
	note_stats();
	return 0;
}

/**
 * oomk_cycle_stop - end the cycle, start no other
 *
 * Description: Victims that were signalled are not taken back; the executor's
 * next word about them is refused.
 *
 * Context: process, may sleep; pressure triggers no more.
 */
void oomk_cycle_stop(void)
{
	WRITE_ONCE(stopping, true);
	cancel_delayed_work_sync(&cycle_work);
	if (oomk_request_state(NULL) == OOMK_REQUEST_IDLE)
		return;
	cycle.event.outcome = OOMK_OUTCOME_ABORTED;
	tell(OOMK_STAGE_END);
	oomk_request_retire();
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
