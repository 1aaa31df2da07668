// SPDX-License-Identifier: GPL-2.0
/*
 * What is weighed, how much is needed, who is chosen. The plan and the array
 * of victims are the caller's while the request is idle.
 */
#include "choice.h"

#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "event.h"
#include "plan.h"
#include "policy.h"
#include "pressure.h"
#include "request.h"
#include "sample.h"
#include "trace.h"

/*
 * Since when nothing was done because those who are dying would do; 0: at the
 * last look they were in nobody's way. A task can be held on its way out for as
 * long as its owner likes, by a tracer or by a file system of his own, and say
 * that it holds any amount of memory, so they are waited for no longer than
 * victims. Written under the lock of the cycle, and in calm.
 */
static u64 waiting_since_ns;

static u32 permille(u64 part, u64 whole)
{
	return whole ? part * 1000 / whole : 0;
}

/* What /proc/PID/oom_score shows for it. */
static u32 oom_score_of(const struct oomk_sample_task *task, u64 total_pages)
{
	s64 points = task->badness_pages;

	points += (s64)task->oom_score_adj * (s64)(total_pages / 1000);
	points = (1000 + points * 1000 / (s64)max(total_pages, 1ULL)) * 2 / 3;
	return max(points, 0LL);
}

/**
 * oomk_choice_survey - sample all tasks, form and price the items
 * @plan: to fill; oomk_plan_release() ends it
 * @policy: in force
 * @number: of the cycle that it is for
 *
 * Context: process; gives way to others, but waits for nobody.
 */
void oomk_choice_survey(struct oomk_plan *plan,
			const struct oomk_policy *policy, u64 number)
{
	struct pid *executor = oomk_request_executor();

	oomk_plan_survey(plan, policy, executor);
	put_pid(executor);
	trace_oomk_sample(number, plan->sample.nr, plan->sample.nr_omitted,
			  plan->sample.pending_pages, plan->sample.ns);
	trace_oomk_price(number, plan->nr_items, plan->freeable_pages,
			 plan->price_ns);
}

/**
 * oomk_choice_calm - the dying are in nobody's way
 *
 * Context: any.
 */
void oomk_choice_calm(void)
{
	WRITE_ONCE(waiting_since_ns, 0);
}

static bool still_waiting(const struct oomk_policy *policy)
{
	u64 now_ns = ktime_get_ns();
	u64 since_ns = READ_ONCE(waiting_since_ns) ?: now_ns;

	WRITE_ONCE(waiting_since_ns, since_ns);
	return now_ns - since_ns < (u64)policy->stuck_ms * NSEC_PER_MSEC;
}

/**
 * oomk_choice_need - how much has to be freed
 * @plan: surveyed
 * @policy: in force
 * @pressure: a reading
 * @cause: what starts the cycle
 *
 * Context: the caller owns the cycle.
 * Return: pages; 0: what is dying already is enough, and has not been for
 * stuck_ms on end.
 */
u64 oomk_choice_need(const struct oomk_plan *plan,
		     const struct oomk_policy *policy,
		     const struct oomk_pressure *pressure,
		     enum oomk_cause cause)
{
	bool is_static = policy->capacity_pages || policy->capacity_permille;
	u64 need_pages = 0, all_pages;

	if (is_static)
		need_pages = oomk_plan_static_need(plan, policy,
						   pressure->total_pages +
						   pressure->total_swap_pages);
	/* An allocation can fail although the items keep to their capacity. */
	if (is_static && (need_pages || cause != OOMK_CAUSE_OOM))
		return need_pages;
	need_pages = oomk_pressure_need(pressure, policy,
					plan->sample.pending_pages, cause);
	all_pages = oomk_pressure_need(pressure, policy, 0, cause);
	if (need_pages || !all_pages) {
		oomk_choice_calm();	/* the dying are not what decides */
		return need_pages;
	}
	return still_waiting(policy) ? 0 : all_pages;
}

/**
 * oomk_choice_hopeless - whether nobody is to be killed for want of weight
 * @plan: surveyed
 * @policy: in force
 * @need_pages: to be freed
 *
 * Return: true if there is no item, or all together are not enough and the
 * policy says that none is to die then.
 */
bool oomk_choice_hopeless(const struct oomk_plan *plan,
			  const struct oomk_policy *policy, u64 need_pages)
{
	return !plan->freeable_pages ||
	       (plan->freeable_pages < need_pages &&
		policy->infeasible == OOMK_INFEASIBLE_NONE);
}

/**
 * oomk_choice_begin - the figures with which a cycle starts
 * @plan: surveyed
 * @pressure: the reading that started it
 * @cause: likewise
 * @since_ns: when that was first seen, ktime_get_ns()
 * @need_pages: to be freed
 * @event: out; only its number is kept
 */
void oomk_choice_begin(const struct oomk_plan *plan,
		       const struct oomk_pressure *pressure,
		       enum oomk_cause cause, u64 since_ns, u64 need_pages,
		       struct oomk_cycle_event *event)
{
	*event = (struct oomk_cycle_event) {
		.number = event->number,
		.start_ns = ktime_get_boottime_ns() -
			    (ktime_get_ns() - since_ns),
		.cause = cause,
		.level = max(pressure->level, OOMK_LEVEL_SOFT),
		.available_permille = permille(pressure->available_pages,
					       pressure->total_pages),
		.free_swap_permille = permille(pressure->free_swap_pages,
					       pressure->total_swap_pages),
		.psi_full_avg10 = pressure->psi_full_avg10,
		.need_pages = need_pages,
		.freeable_pages = plan->freeable_pages,
		.pending_pages = plan->sample.pending_pages,
		.items = plan->nr_items,
	};
}

/**
 * oomk_choice_solve - choose, and note what was chosen
 * @plan: surveyed; its items are marked
 * @policy: in force; its solve_steps bound the work
 * @event: in: number and need; out: reason, victims and what they are worth
 *
 * Context: process; gives way to others, but waits for nobody.
 */
void oomk_choice_solve(struct oomk_plan *plan, const struct oomk_policy *policy,
		       struct oomk_cycle_event *event)
{
	const struct oomk_knapsack_result *result = &plan->result;

	oomk_plan_solve(plan, policy, event->need_pages);
	event->reason = (enum oomk_reason)result->reason;
	event->victims = result->nr_victims;
	event->freed_pages = result->freed_pages;
	event->lost_price = result->lost_price;
	event->bound_price = result->bound_price;
	trace_oomk_solve(event->number, event->need_pages, result->nr_victims,
			 result->freed_pages, result->lost_price,
			 result->bound_price, result->reason, plan->solve_ns);
}

/**
 * oomk_choice_victims - fill the request's array with the chosen
 * @plan: solved
 * @pressure: a reading, for the totals
 * @action: what each of them is to get
 *
 * Context: the request is idle, and nobody else may submit one.
 * Return: their number; each holds references to its pid and its memory, which
 * are the request's once it is submitted.
 */
u32 oomk_choice_victims(const struct oomk_plan *plan,
			const struct oomk_pressure *pressure,
			enum oomk_action action)
{
	u64 total_pages = totalram_pages() + pressure->total_swap_pages;
	struct oomk_victim *victims = oomk_request_victims();
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
				.mm = oomk_sample_memory(task->pid),
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
