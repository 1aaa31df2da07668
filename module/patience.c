// SPDX-License-Identifier: GPL-2.0
/*
 * A set is taken away from the executor at the first of these:
 *
 *   READY      nobody took it in the timeout of its level
 *              nobody holds the seat, at the hard level
 *   ACCEPTED   the executor said nothing for the timeout that it was told
 *              it did not report by the end of the grace and the timeout
 *
 * A raise to the hard level ends the grace, and from then on the timeouts are
 * those of the hard level; it never gives more time than there was.
 *
 * If there is nothing left to do for the module, it is in less of a hurry: an
 * executor may be silent because it helps the memory of its victims back, or
 * starved by them. Victims that are all dying are waited for; if all are gone
 * it has the timeout of the soft level to say so.
 */
#include "patience.h"

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/pid.h>

#include "policy.h"
#include "request.h"
#include "sample.h"

static u64 after(u64 ns, u64 ms)
{
	return ns + ms * NSEC_PER_MSEC;
}

/* When that time is over which began at @from_ns, at the level's own speed. */
static u64 limit(const struct oomk_request_header *header,
		 const struct oomk_request_times *times,
		 u64 from_ns, u64 soft_ms, u64 hard_ms)
{
	if (header->level != OOMK_LEVEL_HARD)
		return after(from_ns, soft_ms);
	if (times->raised_ns <= from_ns)
		return after(from_ns, hard_ms);
	return min(after(from_ns, soft_ms), after(times->raised_ns, hard_ms));
}

/* Are all victims dying; and if @gone, dead? */
static bool all_over(const struct oomk_request_header *header, bool gone)
{
	const struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		if (!(gone ? oomk_sample_gone(victims[i].pid) :
			     oomk_sample_dying(victims[i].pid)))
			return false;
	return true;
}

static const char *lost_ready(const struct oomk_request_header *header,
			      const struct oomk_policy *policy,
			      const struct oomk_request_times *times,
			      u64 *until_ns)
{
	struct pid *executor = oomk_request_executor();

	*until_ns = limit(header, times, times->ready_ns,
			  policy->executor_timeout_ms,
			  policy->executor_timeout_hard_ms);
	/* One that is restarted may still come, but not at the hard level. */
	if (!executor && header->level == OOMK_LEVEL_HARD)
		*until_ns = 0;
	put_pid(executor);
	if (ktime_get_ns() < *until_ns)
		return NULL;
	if (times->accepted_ns)
		return "the executor is gone";
	return executor ? "no executor took the victims in time" :
			  "there is no executor";
}

static const char *lost_accepted(const struct oomk_request_header *header,
				 const struct oomk_policy *policy,
				 const struct oomk_request_times *times,
				 u64 *until_ns)
{
	u64 grace_ms = policy->kill == OOMK_KILL_TERM ? header->grace_ms : 0;
	u64 late_ns = limit(header, times, times->accepted_ns,
			    grace_ms + policy->executor_timeout_ms,
			    policy->executor_timeout_hard_ms);
	u64 silent_ns = after(max(times->heard_ns, times->raised_ns),
			      times->timeout_ms);
	const char *why = silent_ns < late_ns ? "the executor is silent" :
						"the executor is late";

	*until_ns = min(silent_ns, late_ns);
	if (ktime_get_ns() >= *until_ns && all_over(header, false))
		*until_ns = after(*until_ns, all_over(header, true) ?
				  policy->executor_timeout_ms :
				  policy->stuck_ms);
	return ktime_get_ns() < *until_ns ? NULL : why;
}

/**
 * oomk_patience_lost - ask whether the module has to carry out the set
 * @header: of the set
 * @policy: in force
 * @state: of the request
 * @until_ns: out: when that is so if nothing happens, ktime_get_ns()
 *
 * Context: process, the cycle, in state READY or ACCEPTED.
 * Return: what is wrong with the executor, or NULL if it may go on.
 */
const char *oomk_patience_lost(const struct oomk_request_header *header,
			       const struct oomk_policy *policy,
			       enum oomk_request_state state, u64 *until_ns)
{
	struct oomk_request_times times;

	oomk_request_times(&times);
	if (state == OOMK_REQUEST_READY)
		return lost_ready(header, policy, &times, until_ns);
	return lost_accepted(header, policy, &times, until_ns);
}
