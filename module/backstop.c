// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own hand: it signals the victims if no executor does in time,
 * and whatever an executor left alive without having spared it.
 *
 * A victim is held by its struct pid, so no signal can reach a stranger that
 * got the number later.
 */
#include "backstop.h"

#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "request.h"
#include "sample.h"
#include "trace.h"

#define SENT_TERM	1
#define SENT_KILL	2

/* On the cycle's ordered workqueue alone. */
static bool term_sent;
static u64 grace_end_ns;
static u32 grace_left_ms;

static void send(u64 cycle, struct oomk_victim *victim, int sig)
{
	int err = kill_pid(victim->pid, sig, 1);

	trace_oomk_backstop(cycle, victim->pid_nr, sig, err);
	if (err)
		return;
	victim->signals |= sig == SIGTERM ? SENT_TERM : SENT_KILL;
	victim->signal_ns = ktime_get_ns();
}

/* The soft level asks again before every signal; the hard level does not. */
static bool may_signal(const struct oomk_request_header *header)
{
	enum oomk_level level;

	return header->level == OOMK_LEVEL_HARD || oomk_request_needed(&level);
}

/* Signals all that live; the rest is spared once pressure is over. */
static void send_all(const struct oomk_request_header *header, int sig)
{
	struct oomk_victim *victims = oomk_request_victims(), *victim;
	bool over = false;

	for (victim = victims; victim < victims + header->nr_victims; victim++) {
		if (victim->status == OOMK_VICTIM_SPARED)
			continue;
		if (oomk_sample_gone(victim->pid)) {
			victim->status = victim->signals ? OOMK_VICTIM_GONE :
							   OOMK_VICTIM_VANISHED;
			continue;
		}
		over = over || !may_signal(header);
		if (over)
			victim->status = OOMK_VICTIM_SPARED;
		else
			send(header->cycle, victim, sig);
	}
}

static bool any_alive(const struct oomk_request_header *header)
{
	const struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		if (victims[i].status != OOMK_VICTIM_SPARED &&
		    !oomk_sample_gone(victims[i].pid))
			return true;
	return false;
}

/**
 * oomk_backstop_begin - the module has won the request
 * @terminated: an executor had accepted it, so SIGTERM and grace are over
 * @grace_ms: from SIGTERM to SIGKILL
 *
 * Context: process, on the cycle's workqueue.
 */
void oomk_backstop_begin(bool terminated, u32 grace_ms)
{
	term_sent = terminated;
	grace_left_ms = grace_ms;
	grace_end_ns = terminated ? 0 : U64_MAX;
}

/**
 * oomk_backstop_step - do what is due
 * @header: of the request, which is in state OOMK_REQUEST_BACKSTOP
 *
 * Hard level: SIGKILL. Soft level: SIGTERM, grace, SIGKILL, and the rest is
 * spared as soon as the pressure is over. Ends with oomk_request_handled().
 *
 * Context: process, on the cycle's workqueue.
 */
void oomk_backstop_step(const struct oomk_request_header *header)
{
	bool hard = header->level == OOMK_LEVEL_HARD ||
		    oomk_request_victims()->action == OOMK_ACTION_KILL;
	enum oomk_level level;

	oomk_request_needed(&level);
	if (!hard && !term_sent) {
		send_all(header, SIGTERM);
		term_sent = true;
		grace_end_ns = ktime_get_ns() +
			       (u64)grace_left_ms * NSEC_PER_MSEC;
	}
	if (any_alive(header)) {
		if (!hard && level != OOMK_LEVEL_HARD &&
		    ktime_get_ns() < grace_end_ns)
			return;
		send_all(header, SIGKILL);
	}
	oomk_request_handled();
}

/**
 * oomk_backstop_spared - whether a victim is left alive
 * @victim: of a request in state OOMK_REQUEST_REAPING
 *
 * Pressure may be over because a victim obeys its SIGTERM: whoever reports the
 * rest as spared then has not looked at those that are dying.
 *
 * Context: any.
 * Return: true if it was spared and is not dying of an earlier signal.
 */
bool oomk_backstop_spared(const struct oomk_victim *victim)
{
	return victim->status == OOMK_VICTIM_SPARED &&
	       !(victim->signals && oomk_sample_dying(victim->pid));
}

/**
 * oomk_backstop_sweep - see whether all victims have died
 * @header: of the request, which is in state OOMK_REQUEST_REAPING
 *
 * Whoever lives without having been spared, and got no SIGKILL yet, gets it
 * now: an executor that failed with a victim does not lose it.
 *
 * Context: process, on the cycle's workqueue.
 * Return: true if nobody is waited for any more.
 */
bool oomk_backstop_sweep(const struct oomk_request_header *header)
{
	struct oomk_victim *victims = oomk_request_victims(), *victim;
	bool all_gone = true;

	for (victim = victims; victim < victims + header->nr_victims; victim++) {
		if (oomk_backstop_spared(victim) ||
		    oomk_sample_gone(victim->pid))
			continue;
		if (victim->status != OOMK_VICTIM_SPARED &&
		    !(victim->signals & SENT_KILL)) {
			if (may_signal(header))
				send(header->cycle, victim, SIGKILL);
			else
				victim->status = OOMK_VICTIM_SPARED;
			if (oomk_backstop_spared(victim))
				continue;
		}
		all_gone = false;
	}
	return all_gone;
}
