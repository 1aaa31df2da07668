// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel asks its OOM notifiers before it picks a victim, in the context
 * of the task whose allocation failed, with oom_lock held. An answer above
 * zero calls the killer off, that once; the allocation is then tried again,
 * and if it fails again, so is the question.
 *
 * Here the cycle is told to kill at once, and the killer is held back while
 * the victims die, but for no longer than backstop_hold_ms a cycle: if they
 * cannot die, the kernel has to choose somebody else, and may. Memory that they
 * gave back may be in use again before the cycle has ended: the time until it
 * has is another one, with the same bound.
 *
 * The answer is left alone, and the kernel does what it always did, if
 *  - the caller is dying: the kernel gives it access to reserves;
 *  - there is memory, and not just because victims of ours gave it back: the
 *    caller is bound to some node or zone, or wants pages in a row, or it was
 *    sysrq-f;
 *  - nothing of ours is dying or about to be chosen.
 * The limit of a cgroup does not ask.
 *
 * Allocates nothing, prints nothing, sleeps never and waits for no lock.
 */
#include "oom.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "cycle.h"
#include "hold.h"
#include "policy.h"
#include "pressure.h"
#include "report.h"
#include "request.h"
#include "sample.h"
#include "trace.h"

/* Budget of a solve here, about a millisecond. */
#define SOLVE_STEPS	(1024 * 1024)
/*
 * However low the hard mark, less RAM than this is little, in per cent: when
 * the kernel gives up, slab caches that it could not shrink and pages of files
 * in use still count as available.
 */
#define MARK_MIN	5

/**
 * struct hold - how long the killer has been held back for one thing
 * @what: number of a cycle, or of a turn of those who choose
 * @since_ns: since when, 0: never
 * @over: the time was up, which was told
 */
struct hold {
	u64 what;
	u64 since_ns;
	bool over;
};

static DEFINE_RAW_SPINLOCK(hold_lock);		/* protects next 4 */
static struct hold holds[OOMK_HOLD_NR];
static enum oomk_hold over_kind;		/* to be told */
static u64 over_what;
static u32 over_ms;

static struct workqueue_struct *oom_wq;		/* set once */

static void tell_over(struct work_struct *work)
{
	enum oomk_hold kind;
	u64 what;
	u32 ms;

	raw_spin_lock_irq(&hold_lock);
	kind = over_kind;
	what = over_what;
	ms = over_ms;
	raw_spin_unlock_irq(&hold_lock);
	oomk_report_let_go(kind, what, ms);
}

static DECLARE_WORK(over_work, tell_over);

/*
 * The kernel lets such a task use the reserves, which is quicker than we are;
 * but only once, and only while it still has memory to give back.
 */
static bool is_dying(void)
{
	return current->mm && !tsk_is_oom_victim(current) &&
	       (fatal_signal_pending(current) ||
		oomk_sample_dying(task_tgid(current)));
}

/* RAM alone: the allocation failed although swap may be free. */
static bool is_short(const struct oomk_pressure *pressure,
		     const struct oomk_policy *policy)
{
	return pressure->available_pages * 100 <
	       pressure->total_pages * max_t(u32, policy->hard_percent, MARK_MIN);
}

/* Whether the bound leaves time; that it does not is told once. */
static bool may_hold(enum oomk_hold kind, u64 what, u32 hold_ms)
{
	struct hold *hold = &holds[kind];
	u64 now_ns = ktime_get_ns(), held_ms;
	unsigned long flags;
	bool tell;

	raw_spin_lock_irqsave(&hold_lock, flags);
	if (!hold->since_ns || hold->what != what)
		*hold = (struct hold){ .what = what, .since_ns = now_ns };
	held_ms = div_u64(now_ns - hold->since_ns, NSEC_PER_MSEC);
	tell = held_ms >= hold_ms && !hold->over;
	if (tell) {
		hold->over = true;
		over_kind = kind;
		over_what = what;
		over_ms = held_ms;
	}
	raw_spin_unlock_irqrestore(&hold_lock, flags);
	if (tell)
		queue_work(oom_wq, &over_work);
	return held_ms < hold_ms;
}

static int oom_call(struct notifier_block *block, unsigned long unused,
		    void *data)
{
	struct oomk_pressure pressure;
	unsigned long *freed = data;
	struct oomk_policy policy;
	enum oomk_hold kind;
	bool held;
	u64 what;

	oomk_request_stats_oom(false);
	oomk_policy_read(&policy);
	if (policy.backstop == OOMK_BACKSTOP_OFF || is_dying())
		return NOTIFY_DONE;
	oomk_pressure_peek(&pressure);
	policy.solve_steps = SOLVE_STEPS;
	kind = oomk_cycle_rescue(&policy, &pressure,
				 is_short(&pressure, &policy), &what);
	held = kind && may_hold(kind, what, policy.backstop_hold_ms);
	trace_oomk_oom(pressure.available_pages,
		       kind > OOMK_HOLD_TURN ? what : 0, held);
	if (!held)
		return NOTIFY_DONE;
	oomk_request_stats_oom(true);
	*freed += 1;
	return NOTIFY_OK;
}

static struct notifier_block oom_block = {
	.notifier_call = oom_call,
};

/**
 * oomk_oom_init - stand before the kernel's killer
 * @wq: where to tell what came of it
 *
 * Context: process, may sleep; cycles can start.
 * Return: 0 or a negative errno.
 */
int oomk_oom_init(struct workqueue_struct *wq)
{
	oom_wq = wq;
	return register_oom_notifier(&oom_block);
}

/**
 * oomk_oom_exit - step aside
 *
 * Description: Waits for calls that are under way; each lasts for one choice at
 * the most.
 *
 * Context: process, may sleep; cycles can still start.
 */
void oomk_oom_exit(void)
{
	unregister_oom_notifier(&oom_block);
	cancel_work_sync(&over_work);
}
