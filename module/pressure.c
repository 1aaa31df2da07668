// SPDX-License-Identifier: GPL-2.0
/*
 * How short of memory the machine is, and who notices.
 *
 * Levels. With A = available RAM, S = free swap, both compared with a mark in
 * per cent of their totals (RAM less what huge pages hold):
 *
 *	soft:	A < soft % of RAM  and  S < soft % of swap
 *	hard:	A < hard % of RAM  and  S < hard % of swap
 *
 * A machine without swap meets the second half always. Example: 512 MiB of
 * RAM and 256 MiB of swap at 10 % and 5 %: soft under 51 MiB available with
 * under 25 MiB of swap free, hard under 25 and 12 MiB.
 *
 * Stalls. Swap in RAM (zram) is not real memory: such a machine stands still
 * with half of its swap free. So a cycle is also due when `full` stall grew by
 * psi_full_percent of psi_window_ms within the last window, and A is below
 * psi_available_percent. Defaults: 900 ms of 3 s, 15 %. A trigger in the
 * kernel (psi.c) makes us look in time; what is looked at is a short history
 * of the stall counter kept here, which begins anew when a cycle ends, so that
 * the stall before a kill does not start another cycle after it.
 *
 * How often. A mark must not be crossed unseen, an idle machine must not be
 * kept awake. The period is the shortest time in which the hard level can be
 * reached (rate.c), within period_min_ms..period_max_ms, 50..1000.
 *
 * Three things look:
 *  - a work item, not deferrable: every period_max_ms in calm; every
 *    period_min_ms while a cycle is in flight; in between while a level
 *    persists, see below. On an idle machine it is all that wakes a CPU.
 *  - a timer on each CPU that is not idle (lookout.c), with the period above.
 *    It only looks, and queues the work if a mark was crossed or the headroom
 *    fell by a quarter.
 *  - the PSI trigger, which queues the work too.
 *
 * Persistence. If a level stays although the callback was told - nobody can
 * be killed, say - the work slows down, doubling its period up to
 * period_max_ms, until the headroom rose by 1/64 of the machine, fell by a
 * quarter, or the level rose. A machine that idles with little memory wakes as
 * rarely as one that idles with much.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "pressure.h"

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

#include "lookout.h"
#include "meminfo.h"
#include "pcp.h"
#include "psi.h"
#include "rate.h"
#include "stall.h"
#include "trace.h"

/* A period doubled this often is the longest one. */
#define VAIN_MAX	16

/**
 * struct pressure_state - what tick, timers and callers share
 * @lock: protects next 12 fields
 * @last: the last full reading
 * @seen_level: level at the last tick
 * @seen_headroom: headroom at the last tick
 * @rate: how fast it gets worse
 * @stopping: the work may not be queued any more
 * @queued: the work is queued
 * @due: for when, in jiffies
 * @hurry: a cycle is in flight
 * @in_vain: how many times in a row triggers had no effect
 * @crossed_ns: when a timer saw a mark crossed, 0: not since the last tick
 * @fired_ns: when the PSI trigger fired, 0: not since the last tick
 * @restarted: the stalls so far are to be forgotten
 * @period_ms: how often a busy CPU looks; written under @lock, read anywhere
 */
struct pressure_state {
	raw_spinlock_t lock;
	struct oomk_pressure last;
	enum oomk_level seen_level;
	u64 seen_headroom;
	struct oomk_rate rate;
	bool stopping;
	bool queued;
	unsigned long due;
	bool hurry;
	u32 in_vain;
	u64 crossed_ns;
	u64 fired_ns;
	bool restarted;

	u32 period_ms;
};

static const struct oomk_pressure_ops *pressure_ops;	/* set once */
static struct workqueue_struct *pressure_wq;		/* set once */

static struct pressure_state state = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(state.lock),
	.stopping = true,	/* until init is through: netlink is there before */
};

static void tick_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick_work, tick_fn);

/* The work's own, and it never runs twice at a time. */
static struct oomk_stall stall;
static u64 vain_headroom;		/* at the last trigger */
static enum oomk_level vain_level;

static u64 headroom(const struct oomk_pressure *p)
{
	return p->available_pages + p->free_swap_pages;
}

static u64 percent_of(u64 pages, u32 percent)
{
	return div_u64(pages * percent, 100);
}

static bool below(const struct oomk_pressure *p, u32 percent)
{
	if (p->available_pages * 100 >= p->total_pages * percent)
		return false;
	return !p->total_swap_pages ||
	       p->free_swap_pages * 100 < p->total_swap_pages * percent;
}

static enum oomk_level level_of(const struct oomk_pressure *p,
				const struct oomk_policy *policy)
{
	if (below(p, policy->hard_percent))
		return OOMK_LEVEL_HARD;
	if (below(p, policy->soft_percent))
		return OOMK_LEVEL_SOFT;
	return OOMK_LEVEL_CALM;
}

/* What can be read anywhere; the totals are already in @p. */
static void read_free(struct oomk_pressure *p, const struct oomk_policy *policy)
{
	p->available_pages = max(si_mem_available(), 0L) + oomk_pcp_pages();
	p->free_swap_pages = max(get_nr_swap_pages(), 0L);
	/* Swap was added since the total was read, or is just being removed. */
	p->total_swap_pages = max(p->total_swap_pages, p->free_swap_pages);
	p->level = level_of(p, policy);
}

/* Never later than asked for, perhaps earlier: somebody else may ask too. */
static void tick_within(u32 ms)
{
	unsigned long flags, at;

	raw_spin_lock_irqsave(&state.lock, flags);
	at = jiffies + msecs_to_jiffies(ms);
	if (!state.stopping && (!state.queued || time_before(at, state.due))) {
		state.queued = true;
		state.due = at;
		mod_delayed_work(pressure_wq, &tick_work, msecs_to_jiffies(ms));
	}
	raw_spin_unlock_irqrestore(&state.lock, flags);
}

static u64 above(u64 pages, u64 total_pages, u32 percent)
{
	return pages - min(pages, percent_of(total_pages, percent));
}

static u32 period_learn(const struct oomk_pressure *p,
			const struct oomk_policy *policy, u64 now)
{
	u64 ms;

	lockdep_assert_held(&state.lock);
	oomk_rate_learn(&state.rate, now, p->available_pages,
			p->free_swap_pages);
	ms = oomk_rate_ms(&state.rate,
			  above(p->available_pages, p->total_pages,
				policy->hard_percent),
			  above(p->free_swap_pages, p->total_swap_pages,
				policy->hard_percent));
	ms = clamp_t(u64, ms, policy->period_min_ms, policy->period_max_ms);
	WRITE_ONCE(state.period_ms, ms);
	return ms;
}

/* Everything; returns whether there is a PSI. */
static bool read_all(struct oomk_pressure *p)
{
	struct oomk_meminfo meminfo;
	struct oomk_policy policy;
	struct oomk_psi psi;
	u64 ram = totalram_pages();
	bool has_totals, has_psi;

	oomk_policy_read(&policy);
	has_totals = !oomk_meminfo_read(&meminfo);
	has_psi = oomk_psi_read(&psi);

	raw_spin_lock_irq(&state.lock);
	if (has_totals) {
		state.last.total_pages = ram - min(ram, meminfo.hugetlb_pages);
		state.last.total_swap_pages = meminfo.total_swap_pages;
	}
	state.last.psi_full_avg10 = has_psi ? psi.avg10 : 0;
	if (has_psi)
		state.last.psi_full_total_us = psi.total_us;
	read_free(&state.last, &policy);
	period_learn(&state.last, &policy, ktime_get_ns());
	*p = state.last;
	raw_spin_unlock_irq(&state.lock);
	return has_psi;
}

/* In a softirq of a CPU that is not idle; returns when to look again. */
static u32 look(void)
{
	struct oomk_policy policy;
	struct oomk_pressure p;
	u64 now = ktime_get_ns();
	unsigned long flags;
	bool crossed;
	u32 ms;

	oomk_policy_read(&policy);
	oomk_pressure_peek(&p);

	raw_spin_lock_irqsave(&state.lock, flags);
	ms = period_learn(&p, &policy, now);
	crossed = p.level > state.seen_level;
	if (crossed && !state.crossed_ns)
		state.crossed_ns = now;
	crossed |= headroom(&p) <
		   state.seen_headroom - state.seen_headroom / 4;
	raw_spin_unlock_irqrestore(&state.lock, flags);

	if (crossed)
		tick_within(0);
	return ms;
}

/* The trigger in the kernel fired: have a closer look. */
static void psi_fired(u64 since_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&state.lock, flags);
	if (!state.fired_ns)
		state.fired_ns = since_ns;
	raw_spin_unlock_irqrestore(&state.lock, flags);
	tick_within(0);
}

/**
 * struct watch - what one run of the work goes by
 * @policy: policy in force
 * @p: pressure now
 * @now: time of both
 * @window_ns: window in which stalls count
 * @scarce: so little is available that stalls matter
 * @stalling: and there are some
 * @crossed_ns: when a timer saw a mark crossed, 0: none did
 * @fired_ns: when the PSI trigger fired, 0: it did not, or does not count
 */
struct watch {
	struct oomk_policy policy;
	struct oomk_pressure p;
	u64 now;
	u64 window_ns;
	bool scarce;
	bool stalling;
	u64 crossed_ns;
	u64 fired_ns;
};

/* Takes what was left for this run, and forgets the past if told to. */
static void watch_take(struct watch *w)
{
	oomk_policy_read(&w->policy);
	w->window_ns = w->policy.psi_window_ms * NSEC_PER_MSEC;
	raw_spin_lock_irq(&state.lock);
	state.queued = false;
	if (state.restarted)
		oomk_stall_forget(&stall);
	state.restarted = false;
	w->crossed_ns = state.crossed_ns;
	w->fired_ns = state.fired_ns;
	state.crossed_ns = 0;
	state.fired_ns = 0;
	raw_spin_unlock_irq(&state.lock);
}

static void watch_read(struct watch *w)
{
	oomk_psi_arm(w->policy.psi_full_percent, w->policy.psi_window_ms);
	w->now = ktime_get_ns();
	w->scarce = false;
	w->stalling = false;
	if (!read_all(&w->p)) {
		oomk_stall_forget(&stall);
		w->fired_ns = 0;
		return;
	}
	w->scarce = w->p.available_pages * 100 <
		    w->p.total_pages * w->policy.psi_available_percent;
	w->stalling = oomk_stall_add(&stall, w->now, w->p.psi_full_total_us,
				     w->window_ns) && w->scarce;
}

/*
 * Our history has one entry a second in calm, so it misses some of the growth
 * that the trigger saw; but the trigger's window may reach back to before the
 * last cycle, and it tells some of its news a window late. So half of the
 * growth has to be in our history too.
 */
static bool psi_due(const struct watch *w)
{
	/* One per cent of a millisecond is 10 microseconds. */
	u64 limit_us = (u64)w->policy.psi_full_percent *
		       w->policy.psi_window_ms * 10;
	u64 grown_us = oomk_stall_grown_us(&stall, w->now,
					   w->p.psi_full_total_us,
					   w->window_ns);

	if (!w->scarce || !limit_us)
		return false;
	return grown_us >= (w->fired_ns ? limit_us / 2 : limit_us);
}

static enum oomk_cause watch_decide(const struct watch *w)
{
	if (w->p.level == OOMK_LEVEL_HARD)
		return OOMK_CAUSE_HARD_WATERMARK;
	if (w->p.level == OOMK_LEVEL_SOFT)
		return OOMK_CAUSE_SOFT_WATERMARK;
	return psi_due(w) ? OOMK_CAUSE_PSI : OOMK_CAUSE_NONE;
}

/*
 * Leaves what the timers compare with, and counts how often the callback was
 * told without anything coming of it.
 */
static void watch_note(const struct watch *w, enum oomk_cause cause)
{
	u64 room = headroom(&w->p);
	u64 all = w->p.total_pages + w->p.total_swap_pages;

	raw_spin_lock_irq(&state.lock);
	state.seen_level = w->p.level;
	state.seen_headroom = room;
	if (cause == OOMK_CAUSE_NONE || w->p.level > vain_level ||
	    room > vain_headroom + all / 64 ||
	    room < vain_headroom - vain_headroom / 4)
		state.in_vain = 0;
	else if (!state.hurry)
		state.in_vain = min_t(u32, state.in_vain + 1, VAIN_MAX);
	raw_spin_unlock_irq(&state.lock);
	vain_headroom = cause == OOMK_CAUSE_NONE ? 0 : room;
	vain_level = cause == OOMK_CAUSE_NONE ? OOMK_LEVEL_CALM : w->p.level;
}

static u32 slowed_ms(const struct oomk_policy *policy, u32 times)
{
	return min_t(u64, (u64)policy->period_min_ms << times,
		     policy->period_max_ms);
}

static u32 watch_next_ms(const struct watch *w, enum oomk_cause cause)
{
	const struct oomk_policy *policy = &w->policy;
	u32 ms = policy->period_max_ms;

	raw_spin_lock_irq(&state.lock);
	if (state.hurry)
		ms = policy->period_min_ms;
	else if (cause != OOMK_CAUSE_NONE)
		ms = slowed_ms(policy, state.in_vain);
	else if (w->stalling)
		ms = clamp(policy->psi_window_ms / 10, policy->period_min_ms,
			   policy->period_max_ms);
	raw_spin_unlock_irq(&state.lock);
	return ms;
}

static void tick_fn(struct work_struct *work)
{
	enum oomk_cause cause;
	struct watch w;
	u64 since_ns;

	watch_take(&w);
	watch_read(&w);
	trace_oomk_tick(w.p.available_pages, w.p.free_swap_pages, w.p.level,
			oomk_pressure_period_ms());
	pressure_ops->tick(&w.p);
	cause = watch_decide(&w);
	watch_note(&w, cause);
	if (cause == OOMK_CAUSE_NONE) {
		pressure_ops->calm();
	} else {
		since_ns = cause == OOMK_CAUSE_PSI ? w.fired_ns : w.crossed_ns;
		pressure_ops->trigger(cause, &w.p, since_ns ?: w.now);
	}
	tick_within(watch_next_ms(&w, cause));
}

/**
 * oomk_pressure_read - read everything anew
 * @pressure: where to
 *
 * What cannot be read stays as it was; without PSI its fields are 0.
 *
 * Context: process, may sleep; does not allocate.
 */
void oomk_pressure_read(struct oomk_pressure *pressure)
{
	read_all(pressure);
}

/**
 * oomk_pressure_peek - what is available and free now
 * @pressure: where to; totals and PSI are those of the last full reading
 *
 * Context: any.
 */
void oomk_pressure_peek(struct oomk_pressure *pressure)
{
	struct oomk_policy policy;
	unsigned long flags;

	oomk_policy_read(&policy);
	raw_spin_lock_irqsave(&state.lock, flags);
	*pressure = state.last;
	raw_spin_unlock_irqrestore(&state.lock, flags);
	read_free(pressure, &policy);
}

/**
 * oomk_pressure_need - how much should be freed
 * @pressure: a reading
 * @policy: the policy to go by
 * @pending_pages: weight of tasks that are dying already
 * @cause: what started the cycle
 *
 * Up to the recovery mark, which lies recovery_points above the soft one, so
 * that the next cycle is not due as soon as this one is over. Stalls can come
 * with headroom to spare, so for them it is 5 % of RAM at least. When an
 * allocation has failed, free swap did not help: RAM alone has to recover.
 *
 * Context: any.
 * Return: pages, 0 if nothing need be freed.
 */
u64 oomk_pressure_need(const struct oomk_pressure *pressure,
		       const struct oomk_policy *policy, u64 pending_pages,
		       enum oomk_cause cause)
{
	u32 percent = policy->soft_percent + policy->recovery_points;
	u64 ram = percent_of(pressure->total_pages, percent);
	u64 goal = ram + percent_of(pressure->total_swap_pages, percent);
	u64 room = headroom(pressure);
	u64 need = goal - min(goal, room);

	if (cause == OOMK_CAUSE_PSI)
		need = max(need, percent_of(pressure->total_pages, 5));
	else if (cause == OOMK_CAUSE_OOM)
		need = max(need, ram - min(ram, pressure->available_pages));
	return need - min(need, pending_pages);
}

/**
 * oomk_pressure_hurry - look as often as allowed, or no more
 * @on: a cycle is in flight
 *
 * Context: any.
 */
void oomk_pressure_hurry(bool on)
{
	struct oomk_policy policy;
	unsigned long flags;

	oomk_policy_read(&policy);
	raw_spin_lock_irqsave(&state.lock, flags);
	state.hurry = on;
	raw_spin_unlock_irqrestore(&state.lock, flags);
	if (on)
		tick_within(policy.period_min_ms);
}

/**
 * oomk_pressure_restart - a cycle ended, or the policy changed
 *
 * Description: Forgets the stalls so far, and looks again soon: later, the
 * more often nothing came of it.
 *
 * Context: any.
 */
void oomk_pressure_restart(void)
{
	struct oomk_policy policy;
	unsigned long flags;
	u32 ms;

	oomk_policy_read(&policy);
	raw_spin_lock_irqsave(&state.lock, flags);
	state.restarted = true;
	state.crossed_ns = 0;
	state.fired_ns = 0;
	ms = slowed_ms(&policy, state.in_vain);
	raw_spin_unlock_irqrestore(&state.lock, flags);
	tick_within(ms);
}

/**
 * oomk_pressure_period_ms - how often a busy CPU looks at the watermarks
 *
 * Context: any.
 * Return: milliseconds.
 */
u32 oomk_pressure_period_ms(void)
{
	return READ_ONCE(state.period_ms);
}

/**
 * oomk_pressure_psi_armed - whether stalls are watched too
 *
 * Context: any.
 * Return: true if a PSI trigger is in place.
 */
bool oomk_pressure_psi_armed(void)
{
	return oomk_psi_armed();
}

/**
 * oomk_pressure_init - begin to watch
 * @wq: where to work; able to make progress without memory
 * @ops: whom to tell, from now on until oomk_pressure_exit() returns
 *
 * Context: process, may sleep.
 * Return: 0, or why memory, /proc/meminfo or a CPU could not be had.
 */
int oomk_pressure_init(struct workqueue_struct *wq,
		       const struct oomk_pressure_ops *ops)
{
	struct oomk_pressure first;
	struct oomk_policy policy;
	int err;

	err = oomk_meminfo_init();
	if (err)
		return err;
	pressure_wq = wq;
	pressure_ops = ops;
	oomk_policy_read(&policy);
	err = oomk_psi_init(psi_fired, policy.psi_full_percent,
			    policy.psi_window_ms);
	if (err) {
		oomk_meminfo_exit();
		return err;
	}
	oomk_pressure_read(&first);
	err = oomk_lookout_start(look);
	if (err) {
		oomk_pressure_exit();
		return err;
	}
	raw_spin_lock_irq(&state.lock);
	state.stopping = false;
	raw_spin_unlock_irq(&state.lock);
	tick_within(policy.period_min_ms);
	return 0;
}

/**
 * oomk_pressure_exit - stop watching
 *
 * Description: First nobody may queue the work; then those who would go, the
 * timers and PSI; then the work is waited for, and last goes what it reads.
 *
 * Context: process, may sleep. No callback runs any more when this returns.
 */
void oomk_pressure_exit(void)
{
	raw_spin_lock_irq(&state.lock);
	state.stopping = true;
	raw_spin_unlock_irq(&state.lock);
	oomk_lookout_stop();
	cancel_delayed_work_sync(&tick_work);
	oomk_psi_exit();
	oomk_meminfo_exit();
}
