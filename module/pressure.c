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
 * kept awake. The shortest time in which the hard level can be reached is
 *
 *	period = max((A - hard mark) / RAM rate, (S - hard mark) / swap rate)
 *
 * because both marks must be crossed, and in the worst case both fill at the
 * same time. Rates are 4 GiB/s for RAM (several CPUs that touch fresh pages)
 * and 1 GiB/s for swap (several CPUs that compress), or what was seen lately
 * if that was faster. Clamped to period_min_ms..period_max_ms, 50..1000. With
 * 4 GiB of RAM, half of it available, and no swap: 1.8 GiB above the mark,
 * 450 ms. With 512 MiB, all but 100 available: 385 MiB, 94 ms.
 *
 * Three things look:
 *  - a work item, not deferrable: every period_max_ms in calm; every
 *    period_min_ms while a cycle is in flight; in between while a level
 *    persists, see below. On an idle machine it is all that wakes a CPU.
 *  - on each CPU a pinned deferrable timer with the period above. A CPU that
 *    runs something that takes memory is not idle, so its timer fires in
 *    time; an idle CPU sleeps on. One deferrable work for all would sit on
 *    some idle CPU and sleep through a hog on another. The timer only looks,
 *    and queues the work if a mark was crossed or the headroom fell by a
 *    quarter. (A CPU in nohz_full that stopped its tick runs no such timer:
 *    there the work and PSI remain.)
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

#include <linux/cpuhotplug.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "meminfo.h"
#include "psi.h"
#include "trace.h"

/* Fastest filling assumed, in pages a second. */
#define RAM_RATE	((4ULL << 30) >> PAGE_SHIFT)
#define SWAP_RATE	((1ULL << 30) >> PAGE_SHIFT)

/* Rates over less than this are noise. */
#define RATE_SPAN_NS	(10 * NSEC_PER_MSEC)

/* The history of stalls: this many entries, the window being 16 apart. */
#define NR_STALLS	32
#define STALL_STEPS	16

/* A period doubled this often is the longest one. */
#define VAIN_MAX	16

/**
 * struct stall - the stall counter at one time
 * @ns: time
 * @total_us: counter
 */
struct stall {
	u64 ns;
	u64 total_us;
};

static const struct oomk_pressure_ops *pressure_ops;	/* set once */
static struct workqueue_struct *pressure_wq;		/* set once */
static int pressure_hotplug;				/* set once */

static void tick_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick_work, tick_fn);
static DEFINE_PER_CPU(struct timer_list, look_timer);

static DEFINE_RAW_SPINLOCK(pressure_lock);	/* protects all to the next line */
static struct oomk_pressure last;	/* the last full reading */
static bool stopping;			/* the work may not be queued any more */
static bool queued;			/* it is, and due at: */
static unsigned long due;		/* jiffies */
static bool hurry;			/* a cycle is in flight */
static u32 in_vain;			/* triggers without effect in a row */
static u32 period_ms;			/* of the timers, for the status */
static u64 crossed_ns;			/* a timer saw a mark crossed, 0: no */
static u64 fired_ns;			/* the PSI trigger fired, 0: no */
static u64 restarted_ns;		/* history counts from here */
static bool restarted;			/* and must still be forgotten */
static u64 seen_ns;			/* last look, for the rates below */
static u64 seen_available;
static u64 seen_free_swap;
static u64 ram_rate;			/* pages a second, seen lately */
static u64 swap_rate;
/* end of what pressure_lock protects */

/* The work's own. */
static struct stall stalls[NR_STALLS];
static u32 nr_stalls;			/* entries ever made */
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
	p->available_pages = max(si_mem_available(), 0L);
	p->free_swap_pages = max(get_nr_swap_pages(), 0L);
	/* Swap was added since the total was read, or is just being removed. */
	p->total_swap_pages = max(p->total_swap_pages, p->free_swap_pages);
	p->level = level_of(p, policy);
}

/* Never later than asked for, perhaps earlier: somebody else may ask too. */
static void tick_within(u32 ms)
{
	unsigned long flags, at;

	raw_spin_lock_irqsave(&pressure_lock, flags);
	at = jiffies + msecs_to_jiffies(ms);
	if (!stopping && (!queued || time_before(at, due))) {
		queued = true;
		due = at;
		mod_delayed_work(pressure_wq, &tick_work, msecs_to_jiffies(ms));
	}
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
}

/* One rate: jumps up to what was just seen, sinks slowly when it is less. */
static u64 rate_of(u64 rate, u64 before, u64 now, u64 span_ns)
{
	u64 fresh = 0;

	/* A span in microseconds keeps pages * 10^6 far from 2^64. */
	if (before > now)
		fresh = div64_u64((before - now) * USEC_PER_SEC,
				  div_u64(span_ns, NSEC_PER_USEC));
	return max(fresh, rate - (rate >> 5));
}

static void rates_learn(const struct oomk_pressure *p, u64 now)
{
	u64 span_ns = now - seen_ns;

	lockdep_assert_held(&pressure_lock);
	if (now < seen_ns || span_ns < RATE_SPAN_NS)
		return;
	if (seen_ns) {
		ram_rate = rate_of(ram_rate, seen_available,
				   p->available_pages, span_ns);
		swap_rate = rate_of(swap_rate, seen_free_swap,
				    p->free_swap_pages, span_ns);
	}
	seen_ns = now;
	seen_available = p->available_pages;
	seen_free_swap = p->free_swap_pages;
}

/* Milliseconds until @free pages are down to @mark, at the worst. */
static u64 fill_ms(u64 free, u64 mark, u64 rate)
{
	if (free <= mark)
		return 0;
	return div64_u64((free - mark) * MSEC_PER_SEC, rate);
}

static u32 period_learn(const struct oomk_pressure *p,
			const struct oomk_policy *policy, u64 now)
{
	u64 ram_ms, swap_ms;

	lockdep_assert_held(&pressure_lock);
	rates_learn(p, now);
	ram_ms = fill_ms(p->available_pages,
			 percent_of(p->total_pages, policy->hard_percent),
			 max(ram_rate, RAM_RATE));
	swap_ms = fill_ms(p->free_swap_pages,
			  percent_of(p->total_swap_pages, policy->hard_percent),
			  max(swap_rate, SWAP_RATE));
	period_ms = clamp_t(u64, max(ram_ms, swap_ms), policy->period_min_ms,
			    policy->period_max_ms);
	return period_ms;
}

/* In a softirq of a CPU that is not idle. */
static void look_fn(struct timer_list *timer)
{
	struct oomk_policy policy;
	struct oomk_pressure p;
	u64 now = ktime_get_ns();
	unsigned long flags;
	bool crossed;
	u32 ms;

	oomk_policy_read(&policy);
	raw_spin_lock_irqsave(&pressure_lock, flags);
	p = last;
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
	read_free(&p, &policy);

	raw_spin_lock_irqsave(&pressure_lock, flags);
	ms = period_learn(&p, &policy, now);
	crossed = p.level > last.level;
	if (crossed && !crossed_ns)
		crossed_ns = now;
	crossed |= headroom(&p) < headroom(&last) - headroom(&last) / 4;
	raw_spin_unlock_irqrestore(&pressure_lock, flags);

	if (crossed)
		tick_within(0);
	mod_timer(timer, jiffies + msecs_to_jiffies(ms));
}

static int look_start(unsigned int cpu)
{
	struct timer_list *timer = per_cpu_ptr(&look_timer, cpu);

	timer_setup(timer, look_fn, TIMER_DEFERRABLE | TIMER_PINNED);
	timer->expires = jiffies + 1;
	add_timer_on(timer, cpu);
	return 0;
}

/* Also waits for a timer that re-arms itself just now, and takes it away. */
static int look_stop(unsigned int cpu)
{
	timer_delete_sync(per_cpu_ptr(&look_timer, cpu));
	return 0;
}

/* The trigger in the kernel fired: have a closer look. */
static void psi_fired(u64 since_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pressure_lock, flags);
	if (!fired_ns)
		fired_ns = since_ns;
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
	tick_within(0);
}

static void stall_add(u64 now, u64 total_us, u64 window_ns)
{
	const struct stall *newest = &stalls[(nr_stalls - 1) % NR_STALLS];

	/* A counter that runs backwards began anew. */
	if (nr_stalls && total_us < newest->total_us)
		nr_stalls = 0;
	if (nr_stalls && now - newest->ns < div_u64(window_ns, STALL_STEPS))
		return;
	stalls[nr_stalls++ % NR_STALLS] = (struct stall) { now, total_us };
}

/* Stall since the oldest entry that is still within the window. */
static u64 stall_grown_us(u64 now, u64 total_us, u64 window_ns)
{
	u64 grown_us = 0;
	u32 back;

	for (back = 1; back <= min_t(u32, nr_stalls, NR_STALLS); back++) {
		const struct stall *s = &stalls[(nr_stalls - back) % NR_STALLS];

		if (now - s->ns > window_ns)
			break;
		grown_us = total_us - s->total_us;
	}
	return grown_us;
}

/**
 * struct watch - what one run of the work goes by
 * @policy: policy in force
 * @p: pressure now
 * @now: time of both
 * @stalling: no task could run for a while since the last run, and little
 *	enough is available for that to matter
 * @crossed_ns: a timer saw a mark crossed, 0: none did
 * @fired_ns: the PSI trigger fired and is to be believed, 0: no
 */
struct watch {
	struct oomk_policy policy;
	struct oomk_pressure p;
	u64 now;
	bool stalling;
	u64 crossed_ns;
	u64 fired_ns;
};

/* Takes what was left for this run, reads, forgets the past if told to. */
static void watch_begin(struct watch *w)
{
	u64 window_ns, before_us;

	oomk_policy_read(&w->policy);
	window_ns = w->policy.psi_window_ms * NSEC_PER_MSEC;
	oomk_psi_arm(w->policy.psi_full_percent, w->policy.psi_window_ms);
	before_us = last.psi_full_total_us;

	raw_spin_lock_irq(&pressure_lock);
	queued = false;
	if (restarted)
		nr_stalls = 0;
	restarted = false;
	w->crossed_ns = crossed_ns;
	w->fired_ns = fired_ns;
	w->now = ktime_get_ns();
	/* Its window still reaches back to before the restart. */
	if (w->now - restarted_ns < window_ns)
		w->fired_ns = 0;
	crossed_ns = 0;
	fired_ns = 0;
	raw_spin_unlock_irq(&pressure_lock);

	oomk_pressure_read(&w->p);
	stall_add(w->now, w->p.psi_full_total_us, window_ns);
	w->stalling = w->p.psi_full_total_us > before_us &&
		      w->p.available_pages * 100 <
		      w->p.total_pages * w->policy.psi_available_percent;
}

static bool psi_due(const struct watch *w)
{
	u64 window_ns = w->policy.psi_window_ms * NSEC_PER_MSEC;
	u64 limit_us = (u64)w->policy.psi_full_percent *
		       w->policy.psi_window_ms * 10;

	if (!w->stalling || !limit_us)
		return false;
	return w->fired_ns ||
	       stall_grown_us(w->now, w->p.psi_full_total_us,
			      window_ns) >= limit_us;
}

static enum oomk_cause watch_decide(const struct watch *w)
{
	if (w->p.level == OOMK_LEVEL_HARD)
		return OOMK_CAUSE_HARD_WATERMARK;
	if (w->p.level == OOMK_LEVEL_SOFT)
		return OOMK_CAUSE_SOFT_WATERMARK;
	return psi_due(w) ? OOMK_CAUSE_PSI : OOMK_CAUSE_NONE;
}

/* Counts how often the callback was told without anything coming of it. */
static void vain_count(const struct watch *w, enum oomk_cause cause)
{
	u64 room = headroom(&w->p);
	u64 all = w->p.total_pages + w->p.total_swap_pages;

	raw_spin_lock_irq(&pressure_lock);
	if (cause == OOMK_CAUSE_NONE || w->p.level > vain_level ||
	    room > vain_headroom + all / 64 ||
	    room < vain_headroom - vain_headroom / 4)
		in_vain = 0;
	else if (!hurry)
		in_vain = min(in_vain + 1, (u32)VAIN_MAX);
	raw_spin_unlock_irq(&pressure_lock);
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

	raw_spin_lock_irq(&pressure_lock);
	if (hurry)
		ms = policy->period_min_ms;
	else if (cause != OOMK_CAUSE_NONE)
		ms = slowed_ms(policy, in_vain);
	else if (w->stalling)
		ms = clamp(policy->psi_window_ms / 10, policy->period_min_ms,
			   policy->period_max_ms);
	raw_spin_unlock_irq(&pressure_lock);
	return ms;
}

static void tick_fn(struct work_struct *work)
{
	enum oomk_cause cause;
	struct watch w;
	u64 since_ns;

	watch_begin(&w);
	trace_oomk_tick(w.p.available_pages, w.p.free_swap_pages, w.p.level,
			oomk_pressure_period_ms());
	pressure_ops->tick(&w.p);
	cause = watch_decide(&w);
	vain_count(&w, cause);
	if (cause == OOMK_CAUSE_NONE) {
		pressure_ops->calm();
	} else {
		since_ns = cause == OOMK_CAUSE_PSI ? w.fired_ns : w.crossed_ns;
		trace_oomk_trigger(cause, w.p.available_pages,
				   w.p.free_swap_pages, w.p.psi_full_avg10);
		pressure_ops->trigger(cause, &w.p, since_ns ?: w.now);
	}
	tick_within(watch_next_ms(&w, cause));
}

/**
 * oomk_pressure_read - read everything anew
 * @pressure: where to
 *
 * If the totals cannot be read they stay as they were; without PSI its fields
 * are 0.
 *
 * Context: process, may sleep; does not allocate.
 */
void oomk_pressure_read(struct oomk_pressure *pressure)
{
	struct oomk_meminfo meminfo = {};
	struct oomk_policy policy;
	struct oomk_psi psi = {};
	u64 ram = totalram_pages();
	bool known;

	oomk_policy_read(&policy);
	known = !oomk_meminfo_read(&meminfo);
	oomk_psi_read(&psi);

	raw_spin_lock_irq(&pressure_lock);
	if (known) {
		last.total_pages = ram - min(ram, meminfo.hugetlb_pages);
		last.total_swap_pages = meminfo.total_swap_pages;
	}
	last.psi_full_total_us = psi.total_us;
	last.psi_full_avg10 = psi.avg10;
	read_free(&last, &policy);
	period_learn(&last, &policy, ktime_get_ns());
	*pressure = last;
	raw_spin_unlock_irq(&pressure_lock);
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
	raw_spin_lock_irqsave(&pressure_lock, flags);
	*pressure = last;
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
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
 * with headroom to spare, so for them it is 5 % of RAM at least.
 *
 * Context: any.
 * Return: pages, 0 if nothing need be freed.
 */
u64 oomk_pressure_need(const struct oomk_pressure *pressure,
		       const struct oomk_policy *policy, u64 pending_pages,
		       enum oomk_cause cause)
{
	u32 percent = policy->soft_percent + policy->recovery_points;
	u64 goal = percent_of(pressure->total_pages, percent) +
		   percent_of(pressure->total_swap_pages, percent);
	u64 room = headroom(pressure);
	u64 need = goal - min(goal, room);

	if (cause == OOMK_CAUSE_PSI)
		need = max(need, percent_of(pressure->total_pages, 5));
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
	raw_spin_lock_irqsave(&pressure_lock, flags);
	hurry = on;
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
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
	raw_spin_lock_irqsave(&pressure_lock, flags);
	restarted = true;
	restarted_ns = ktime_get_ns();
	crossed_ns = 0;
	fired_ns = 0;
	ms = slowed_ms(&policy, in_vain);
	raw_spin_unlock_irqrestore(&pressure_lock, flags);
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
	return READ_ONCE(period_ms);
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
 * @wq: where to work; not ordered
 * @ops: whom to tell, from now on until oomk_pressure_exit() returns
 *
 * Context: process, may sleep.
 * Return: 0, or why /proc/meminfo could not be read or a CPU not be watched.
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
	oomk_psi_init(wq, psi_fired, policy.psi_full_percent,
		      policy.psi_window_ms);
	oomk_pressure_read(&first);
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "oomk/pressure:online",
				look_start, look_stop);
	if (err < 0) {
		oomk_pressure_exit();
		return err;
	}
	pressure_hotplug = err;
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
	raw_spin_lock_irq(&pressure_lock);
	stopping = true;
	raw_spin_unlock_irq(&pressure_lock);
	if (pressure_hotplug)
		cpuhp_remove_state(pressure_hotplug);
	cancel_delayed_work_sync(&tick_work);
	oomk_psi_exit();
	oomk_meminfo_exit();
}
