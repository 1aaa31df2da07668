// SPDX-License-Identifier: GPL-2.0
/*
 * One victim set is in flight at most, so there is one static request. Its
 * array belongs to the cycle while the state is IDLE; from submit to retire
 * only the reports change in it, under the lock.
 *
 * An executor that closes its socket hands an accepted set back: READY again,
 * so that a restarted executor can take it before it expires, and the cycle is
 * woken because waiting out the time limit may be pointless. The next executor
 * is given the whole set. Whatever the dead one signalled is found dead or is
 * signalled again, which does no harm; what it reported stays on record.
 *
 * Whatever the holder of the seat says shows that it is alive, also if it is
 * refused; the cycle takes a set from one that has been silent for too long.
 *
 * All of it may be called from any context but interrupts, what request.h calls
 * the cycle's side by the cycle only. The kick is called without the lock.
 */
#include "request.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "trace.h"

#define SIGNALS_MASK	3

static DEFINE_SPINLOCK(request_lock);	/* protects next 8 */
static struct oomk_request_header request_header;
static struct oomk_request_times request_times;
static enum oomk_request_state request_state;
static struct oomk_victim *request_victims;
static u32 request_max;		/* of request_victims; read without lock */
static u32 request_hint;	/* where the next report is likely to be */
static u32 seat_portid;		/* 0: nobody is bound */
static struct pid *seat_tgid;	/* referenced */

static void (*request_kick)(void);	/* set once at init */

/* Is @portid at work on @cycle? It is heard, anyway. */
static int hold(u32 portid, u64 cycle)
{
	lockdep_assert_held(&request_lock);
	if (!seat_portid || seat_portid != portid)
		return -EPERM;
	request_times.heard_ns = ktime_get_ns();
	if (request_state != OOMK_REQUEST_ACCEPTED ||
	    request_header.cycle != cycle)
		return -ESTALE;
	return 0;
}

/*
 * The victim that a report is on, or an error pointer. Reports come in order:
 * starting behind the last one found keeps thousands of them linear.
 */
static struct oomk_victim *find(u32 portid, u64 cycle,
				const struct oomk_victim_report *report)
{
	u32 nr = request_header.nr_victims;
	struct oomk_victim *victim;
	int err = hold(portid, cycle);
	u32 i;

	if (err)
		return ERR_PTR(err);
	for (i = 0; i < nr; i++) {
		victim = &request_victims[(request_hint + i) % nr];
		if (victim->pid_nr == report->pid_nr &&
		    victim->start_ns == report->start_ns) {
			request_hint = victim - request_victims;
			return victim;
		}
	}
	return ERR_PTR(-ENOENT);
}

/**
 * oomk_request_bind - take the seat of the executor
 * @portid: netlink port of its socket
 * @tgid: its thread group; a reference is taken
 *
 * Whoever holds the seat may bind again; the seat then belongs to @tgid.
 *
 * Return: 0, -EINVAL for port 0, or -EBUSY if another socket holds the seat.
 */
int oomk_request_bind(u32 portid, struct pid *tgid)
{
	struct pid *unused;
	int err = 0;

	if (!portid)
		return -EINVAL;
	unused = get_pid(tgid);
	spin_lock(&request_lock);
	if (!seat_portid || seat_portid == portid) {
		seat_portid = portid;
		swap(seat_tgid, unused);
		request_times.heard_ns = ktime_get_ns();
	} else {
		err = -EBUSY;
	}
	spin_unlock(&request_lock);
	put_pid(unused);
	return err;
}

/**
 * oomk_request_unbind - a socket was closed
 * @portid: its netlink port
 *
 * Frees the seat if that socket held it. A set that it had accepted is offered
 * again and the cycle is woken: with nobody on the seat it need not wait.
 */
void oomk_request_unbind(u32 portid)
{
	struct pid *old = NULL;
	bool wake = false;

	spin_lock(&request_lock);
	if (seat_portid && seat_portid == portid) {
		swap(seat_tgid, old);
		seat_portid = 0;
		request_times.heard_ns = 0;
		if (request_state == OOMK_REQUEST_ACCEPTED) {
			request_state = OOMK_REQUEST_READY;
			request_times.ready_ns = ktime_get_ns();
		}
		wake = request_state == OOMK_REQUEST_READY;
	}
	spin_unlock(&request_lock);
	put_pid(old);
	if (wake)
		request_kick();
}

/**
 * oomk_request_accept - take the set in flight
 * @portid: the executor's port
 * @header: in: only &oomk_request_header.cycle, 0 for any; out: the set's
 *
 * Success means that the set is the executor's until it completes it, its
 * socket is closed, or the set expires. It has to be heard again within
 * oomk_request_timeout_ms() of the set's level.
 *
 * Return: 0; -EPERM without the seat; -ENOENT if no set is READY, it was
 * accepted already, or another cycle's is in flight.
 */
int oomk_request_accept(u32 portid, struct oomk_request_header *header)
{
	u32 soft_ms = oomk_request_timeout_ms(OOMK_LEVEL_SOFT);
	u32 hard_ms = oomk_request_timeout_ms(OOMK_LEVEL_HARD);
	int err = 0;

	spin_lock(&request_lock);
	if (seat_portid == portid)
		request_times.heard_ns = ktime_get_ns();
	if (!seat_portid || seat_portid != portid)
		err = -EPERM;
	else if (request_state != OOMK_REQUEST_READY ||
		 (header->cycle && header->cycle != request_header.cycle))
		err = -ENOENT;
	if (!err) {
		request_state = OOMK_REQUEST_ACCEPTED;
		request_times.accepted_ns = request_times.heard_ns;
		request_times.timeout_ms =
			request_header.level == OOMK_LEVEL_HARD ? hard_ms :
								  soft_ms;
		*header = request_header;
	}
	spin_unlock(&request_lock);
	if (!err)
		trace_oomk_accept(header->cycle, portid);
	return err;
}

/**
 * oomk_request_victim - copy one victim of the accepted set
 * @portid: the executor's port
 * @cycle: the set's
 * @index: 0 to &oomk_request_header.nr_victims - 1
 * @victim: where to, without pid and mm: the references stay with the set
 *
 * The action is the one of the level as it is now: a set that was raised to
 * the hard level knows no SIGTERM any more.
 *
 * Return: 0; -EPERM without the seat; -ESTALE if the set is not the caller's
 * any more; -ERANGE past the end.
 */
int oomk_request_victim(u32 portid, u64 cycle, u32 index,
			struct oomk_victim *victim)
{
	int err;

	spin_lock(&request_lock);
	err = hold(portid, cycle);
	if (!err && index >= request_header.nr_victims)
		err = -ERANGE;
	if (!err) {
		*victim = request_victims[index];
		victim->pid = NULL;
		victim->mm = NULL;
		if (request_header.level == OOMK_LEVEL_HARD)
			victim->action = OOMK_ACTION_KILL;
	}
	spin_unlock(&request_lock);
	return err;
}

/**
 * oomk_request_check - ask whether the rest of the set has to die
 * @portid: the executor's port
 * @cycle: the set's
 * @level: out: as of oomk_request_needed()
 * @needed: out: false if pressure is over
 *
 * Return: 0; -EPERM without the seat; -ESTALE if the set is not the caller's
 * any more.
 */
int oomk_request_check(u32 portid, u64 cycle, enum oomk_level *level,
		       bool *needed)
{
	int err;

	spin_lock(&request_lock);
	err = hold(portid, cycle);
	spin_unlock(&request_lock);
	if (err)
		return err;
	*needed = oomk_request_needed(level);
	trace_oomk_check(cycle, *level, *needed);
	return 0;
}

/**
 * oomk_request_known - ask whether a report on a victim would be taken
 * @portid: the executor's port
 * @cycle: the set's
 * @report: the report; only who it is about matters
 *
 * Return: 0; -EPERM without the seat; -ESTALE if the set is not the caller's
 * any more; -ENOENT if no such victim is in the set.
 */
int oomk_request_known(u32 portid, u64 cycle,
		       const struct oomk_victim_report *report)
{
	struct oomk_victim *victim;

	spin_lock(&request_lock);
	victim = find(portid, cycle, report);
	spin_unlock(&request_lock);
	return PTR_ERR_OR_ZERO(victim);
}

static bool report_valid(const struct oomk_victim_report *report)
{
	if (report->status <= OOMK_VICTIM_WAITING ||
	    report->status > OOMK_VICTIM_FAILED)
		return false;
	if (report->status == OOMK_VICTIM_FAILED && !report->err)
		return false;
	return report->err <= MAX_ERRNO && !(report->signals & ~SIGNALS_MASK);
}

/* A clock that runs ahead of ours is none. */
static void record(struct oomk_victim *victim,
		   const struct oomk_victim_report *report)
{
	u64 at_ns = min(report->signal_ns, ktime_get_ns());

	victim->signals |= report->signals;
	victim->signal_ns = max(victim->signal_ns, at_ns);
	victim->status = report->status;
	if (report->status == OOMK_VICTIM_VANISHED && victim->signals)
		victim->status = OOMK_VICTIM_GONE;
	victim->err = report->err;
}

/**
 * oomk_request_report - record what became of a victim
 * @portid: the executor's port
 * @cycle: the set's
 * @report: what became of it
 *
 * A later report replaces the status of an earlier one. "Vanished" claims that
 * no signal was sent; of a victim that an earlier executor signalled it means
 * that it is gone.
 *
 * Return: 0; -EINVAL for a report that cannot be; -EPERM without the seat;
 * -ESTALE if the set is not the caller's any more; -ENOENT if no such victim
 * is in the set.
 */
int oomk_request_report(u32 portid, u64 cycle,
			const struct oomk_victim_report *report)
{
	struct oomk_victim *victim;

	if (!report_valid(report))
		return -EINVAL;
	spin_lock(&request_lock);
	victim = find(portid, cycle, report);
	if (!IS_ERR(victim))
		record(victim, report);
	spin_unlock(&request_lock);
	if (!IS_ERR(victim))
		trace_oomk_done(cycle, report->pid_nr, report->status,
				report->err);
	return PTR_ERR_OR_ZERO(victim);
}

/**
 * oomk_request_complete - the executor is through with the set
 * @portid: the executor's port
 * @cycle: the set's
 *
 * Return: 0; -EPERM without the seat; -ESTALE if the set expired first.
 */
int oomk_request_complete(u32 portid, u64 cycle)
{
	int err;

	spin_lock(&request_lock);
	err = hold(portid, cycle);
	if (!err)
		request_state = OOMK_REQUEST_REAPING;
	spin_unlock(&request_lock);
	if (!err)
		request_kick();
	return err;
}

/**
 * oomk_request_init - make room for victims
 * @max_victims: tasks
 * @kick: called when the cycle should look at the state
 *
 * Context: process, before anything else of this file.
 * Return: 0 or -ENOMEM.
 */
int oomk_request_init(u32 max_victims, void (*kick)(void))
{
	struct oomk_victim *victims = oomk_request_alloc(max_victims);

	if (!victims)
		return -ENOMEM;
	request_kick = kick;
	oomk_request_replace(victims, max_victims);
	return 0;
}

/**
 * oomk_request_exit - retire what is in flight and forget everything
 * Nobody calls anything else of this file any more. May sleep.
 */
void oomk_request_exit(void)
{
	oomk_request_retire();
	put_pid(seat_tgid);
	seat_tgid = NULL;
	seat_portid = 0;
	kvfree(request_victims);
	request_victims = NULL;
	request_max = 0;
}

/**
 * oomk_request_alloc - make an array for oomk_request_replace()
 * @max_victims: tasks it has room for
 *
 * Context: process, may sleep.
 * Return: the array, to be freed with kvfree(), or NULL.
 */
struct oomk_victim *oomk_request_alloc(u32 max_victims)
{
	return kvcalloc(max_victims, sizeof(struct oomk_victim), GFP_KERNEL);
}

/**
 * oomk_request_replace - use another array of victims
 * @victims: from oomk_request_alloc(); the request's from now on
 * @max_victims: tasks it has room for
 *
 * Context: the cycle only, since the array it fills is another afterwards.
 * Return: the array to be freed: the old one, or @victims while a set is in
 * flight.
 */
struct oomk_victim *oomk_request_replace(struct oomk_victim *victims,
					 u32 max_victims)
{
	spin_lock(&request_lock);
	if (request_state == OOMK_REQUEST_IDLE) {
		swap(request_victims, victims);
		WRITE_ONCE(request_max, max_victims);
	}
	spin_unlock(&request_lock);
	return victims;
}

/**
 * oomk_request_max - tasks that a set has room for
 *
 * Return: their number.
 */
u32 oomk_request_max(void)
{
	return READ_ONCE(request_max);
}

/**
 * oomk_request_victims - the array, to be filled or looked through
 *
 * Context: the cycle. It writes while the state is IDLE; later it may change
 * what it reports itself in BACKSTOP and REAPING, when reports are refused.
 * Return: room for oomk_request_max() victims. Valid until
 * oomk_request_replace().
 */
struct oomk_victim *oomk_request_victims(void)
{
	return request_victims;
}

/**
 * oomk_request_submit - offer the set to the executor
 * @header: what its victims have in common; the array is filled
 *
 * On success the references in the array are the request's. Zero means that
 * exactly one oomk_request_retire() has to follow.
 *
 * Return: 0; -EBUSY if a set is in flight; -EINVAL for cycle 0 or more victims
 * than there is room for.
 */
int oomk_request_submit(const struct oomk_request_header *header)
{
	int err = 0;

	spin_lock(&request_lock);
	if (request_state != OOMK_REQUEST_IDLE) {
		err = -EBUSY;
	} else if (!header->cycle || header->nr_victims > request_max) {
		err = -EINVAL;
	} else {
		request_header = *header;
		request_state = OOMK_REQUEST_READY;
		request_times.ready_ns = ktime_get_ns();
		request_times.accepted_ns = 0;
		request_times.raised_ns = 0;
	}
	spin_unlock(&request_lock);
	if (!err)
		trace_oomk_submit(header->cycle, header->nr_victims,
				  header->level);
	return err;
}

/**
 * oomk_request_raise - the machine got worse while a set is in flight
 * @level: the level now
 *
 * Return: true if the set's level was below @level and is @level now.
 */
bool oomk_request_raise(enum oomk_level level)
{
	u32 timeout_ms = oomk_request_timeout_ms(level);
	bool raised = false;

	spin_lock(&request_lock);
	if (request_state != OOMK_REQUEST_IDLE &&
	    level > request_header.level) {
		request_header.level = level;
		request_times.raised_ns = ktime_get_ns();
		request_times.timeout_ms = timeout_ms;
		raised = true;
	}
	spin_unlock(&request_lock);
	return raised;
}

/**
 * oomk_request_expire - take the set away from the executor
 *
 * Return: true if the set is the module's to carry out now; false if it was
 * completed first, or nothing is in flight.
 */
bool oomk_request_expire(void)
{
	enum oomk_request_state state;
	u64 cycle;
	bool won;

	spin_lock(&request_lock);
	cycle = request_header.cycle;
	state = request_state;
	won = state == OOMK_REQUEST_READY || state == OOMK_REQUEST_ACCEPTED;
	if (won)
		request_state = OOMK_REQUEST_BACKSTOP;
	spin_unlock(&request_lock);
	if (won)
		trace_oomk_expire(cycle, state);
	return won;
}

/**
 * oomk_request_handled - the module has signalled the victims itself
 *
 * Context: the cycle, after oomk_request_expire() returned true.
 */
void oomk_request_handled(void)
{
	spin_lock(&request_lock);
	if (!WARN_ON_ONCE(request_state != OOMK_REQUEST_BACKSTOP))
		request_state = OOMK_REQUEST_REAPING;
	spin_unlock(&request_lock);
}

/**
 * oomk_request_forget - let go of victims
 * @nr: the first so many in the array, which is empty afterwards
 *
 * Context: process; the caller owns the array: no set is in flight.
 */
void oomk_request_forget(u32 nr)
{
	struct oomk_victim *victim = request_victims;

	for (; nr--; victim++) {
		put_pid(victim->pid);
		if (victim->mm)
			mmdrop(victim->mm);
		memset(victim, 0, sizeof(*victim));
	}
}

/**
 * oomk_request_retire - end the set, whatever its state
 *
 * Forgets its victims; does nothing if no set is in flight. For the cycle, or
 * when it cannot run any more.
 */
void oomk_request_retire(void)
{
	u32 nr;

	spin_lock(&request_lock);
	nr = request_state == OOMK_REQUEST_IDLE ? 0 : request_header.nr_victims;
	memset(&request_header, 0, sizeof(request_header));
	request_state = OOMK_REQUEST_IDLE;
	spin_unlock(&request_lock);
	/* IDLE: the array is the caller's alone again. */
	oomk_request_forget(nr);
}

/**
 * oomk_request_state - where the set in flight stands
 * @header: out, or NULL: its header, all 0 if none is in flight
 *
 * Return: the state.
 */
enum oomk_request_state oomk_request_state(struct oomk_request_header *header)
{
	enum oomk_request_state state;

	spin_lock(&request_lock);
	state = request_state;
	if (header)
		*header = request_header;
	spin_unlock(&request_lock);
	return state;
}

/**
 * oomk_request_times - when what happened to the set in flight
 * @times: out; only heard_ns means something if none is in flight
 */
void oomk_request_times(struct oomk_request_times *times)
{
	spin_lock(&request_lock);
	*times = request_times;
	spin_unlock(&request_lock);
}

/**
 * oomk_request_executor - who holds the seat
 *
 * Return: the thread group with a reference that the caller drops, or NULL.
 */
struct pid *oomk_request_executor(void)
{
	struct pid *tgid;

	spin_lock(&request_lock);
	tgid = get_pid(seat_tgid);
	spin_unlock(&request_lock);
	return tgid;
}
