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
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "request.h"
#include "sample.h"
#include "trace.h"

#define SENT_TERM	1
#define SENT_KILL	2
/* Victims between two offers to give way. */
#define KILL_BREAK	256

/* Less than this part of its weight is no memory left. */
#define LEFT_PART	16

/* The cycle's alone. */
static bool term_sent;
static u64 grace_over_ns;

/*
 * Among thousands that want a CPU a dying task waits long for its turn, and its
 * memory with it. With SIGKILL nothing but its end runs at this priority.
 */
static void hasten(struct oomk_victim *victim)
{
	struct task_struct *task, *thread;

	if (victim->hastened || !(victim->signals & SENT_KILL) ||
	    !oomk_sample_dying(victim->pid))
		return;
	victim->hastened = true;
	rcu_read_lock();
	task = pid_task(victim->pid, PIDTYPE_TGID);
	if (task)
		for_each_thread(task, thread)
			set_user_nice(thread, MIN_NICE);
	rcu_read_unlock();
}

/* After the last signal: those who die would keep us from the others. */
static void hasten_all(const struct oomk_request_header *header)
{
	struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		hasten(&victims[i]);
}

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
			if (victim->signals)
				victim->status = OOMK_VICTIM_GONE;
			else if (victim->status == OOMK_VICTIM_WAITING)
				victim->status = OOMK_VICTIM_VANISHED;
			continue;
		}
		over = over || !may_signal(header);
		if (over)
			victim->status = OOMK_VICTIM_SPARED;
		else
			send(header->cycle, victim, sig);
	}
	hasten_all(header);
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
 * @header: of the request, which is in state OOMK_REQUEST_BACKSTOP
 * @handed_out: an executor had accepted it
 * @grace_end_ns: when SIGKILL is due at the soft level, ktime_get_ns()
 *
 * Whoever died in the hands of an executor that said no more died of it.
 *
 * Context: process, the cycle.
 * Return: victims that are not gone.
 */
u32 oomk_backstop_begin(const struct oomk_request_header *header,
			bool handed_out, u64 grace_end_ns)
{
	struct oomk_victim *victims = oomk_request_victims(), *victim;
	u32 nr = 0;

	term_sent = false;
	grace_over_ns = grace_end_ns;
	for (victim = victims; victim < victims + header->nr_victims; victim++) {
		if (!oomk_sample_gone(victim->pid))
			nr++;
		else if (handed_out && victim->status == OOMK_VICTIM_WAITING)
			victim->status = OOMK_VICTIM_GONE;
	}
	return nr;
}

/**
 * oomk_backstop_step - do what is due
 * @header: of the request, which is in state OOMK_REQUEST_BACKSTOP
 *
 * Hard level: SIGKILL. Soft level: SIGTERM, also to those who may have got one
 * from the executor, what is left of the grace, SIGKILL; and the rest is spared
 * as soon as the pressure is over. Ends with oomk_request_handled().
 *
 * Context: process, the cycle.
 */
void oomk_backstop_step(const struct oomk_request_header *header)
{
	bool hard = header->level == OOMK_LEVEL_HARD ||
		    oomk_request_victims()->action == OOMK_ACTION_KILL;

	if (!hard && !term_sent)
		send_all(header, SIGTERM);
	term_sent = true;
	if (any_alive(header)) {
		if (!hard && ktime_get_ns() < grace_over_ns)
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

/*
 * Who looked at it as it died, through /proc say, tears its memory down. What
 * process_mrelease() leaves of that is not worth waiting for.
 */
static bool has_left_memory(const struct oomk_victim *victim)
{
	return victim->mm && oomk_sample_gone(victim->pid) &&
	       oomk_sample_left(victim->mm) > victim->pages / LEFT_PART;
}

/* All are gone; is memory of theirs on its way back that nobody has taken? */
static bool any_memory_due(const struct oomk_request_header *header)
{
	const struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		if (has_left_memory(&victims[i]) &&
		    !oomk_sample_used(victims[i].mm))
			return true;
	return false;
}

/**
 * oomk_backstop_sweep - see whether all victims have died, and their pages are back
 * @header: of the request, which is in state OOMK_REQUEST_REAPING
 *
 * Whoever lives without having been spared, and got no SIGKILL yet, gets it
 * now: an executor that failed with a victim does not lose it. Whoever has it is
 * given CPU time to die with.
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
		hasten(victim);
		all_gone = false;
	}
	return all_gone && !any_memory_due(header);
}

/**
 * oomk_backstop_any_dying - whether victims are on their way out
 * @header: of a request that is not retired
 *
 * Context: process, the caller owns the cycle.
 * Return: true if one is dying or dead.
 */
bool oomk_backstop_any_dying(const struct oomk_request_header *header)
{
	const struct oomk_victim *victims = oomk_request_victims();
	u32 i;

	for (i = 0; i < header->nr_victims; i++)
		if (oomk_sample_dying(victims[i].pid))
			return true;
	return false;
}

/**
 * oomk_backstop_kill - SIGKILL for all who live, spared ones excepted
 * @header: of a request in state OOMK_REQUEST_BACKSTOP or _REAPING
 *
 * Sends each victim one SIGKILL at the most, and asks no condition: that of an
 * allocation that failed is beyond doubt. SIGKILL takes no memory.
 *
 * Context: process, the caller owns the cycle; waits for nobody.
 * Return: true if memory of a victim is still to come back.
 */
bool oomk_backstop_kill(const struct oomk_request_header *header)
{
	struct oomk_victim *victims = oomk_request_victims();
	bool dying = false;
	u32 i;

	for (i = 0; i < header->nr_victims; i++) {
		if (i % KILL_BREAK == 0)
			cond_resched();
		if (oomk_backstop_spared(&victims[i]))
			continue;
		if (oomk_sample_gone(victims[i].pid)) {
			dying = dying || has_left_memory(&victims[i]);
			continue;
		}
		if (!(victims[i].signals & SENT_KILL))
			send(header->cycle, &victims[i], SIGKILL);
		dying = true;
	}
	hasten_all(header);
	return dying;
}
