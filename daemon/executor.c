// SPDX-License-Identifier: GPL-2.0
/*
 * How victims die.
 *
 *   soft   each item: check, raise oom_score_adj, SIGTERM to all its tasks
 *          grace, in parallel; ends early if all are dead or the level rises
 *          each item that is left: check, SIGKILL to all its tasks
 *   hard   SIGKILL to all
 *   both   report, process_mrelease, a wait for the deaths, for the log only
 *
 * An item lives or dies as a whole, so between its tasks nothing is decided.
 * But whoever is silent for too long loses the set: where time passes, a check
 * is made for being heard. What it says is not lost: that the level rose, or
 * that somebody else sees to the victims.
 * Memory is released after the last SIGKILL and not before: the kernel does
 * it only when all that share it are dying.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "executor.h"
#include "log.h"
#include "procfs.h"
#include "run.h"
#include "victim.h"

/* From when their memory was taken back to the end of the run. */
#define SEEN_DEAD_MS	2000
/* Between two looks at victims that have no pidfd to poll. */
#define PROBE_MS	50
/* How often to be heard of within the time limit. */
#define BEATS		3
/* Tries to send a signal before whoever sees to what is left is to do it. */
#define TRIES		3

#define NR_EVENTS	64
#define WAKE_INDEX	UINT_MAX

/*
 * Ask the kernel. That nobody can tell for want of memory is as good as a yes.
 * Any other refusal takes the victims away from us: somebody else sees to them.
 */
static bool needed(struct oomk_run *run)
{
	const struct oomk_executor_ops *ops = &run->executor->ops;
	struct oomk_condition now = {
		.level = OOMK_LEVEL_SOFT,
		.needed = true,
	};
	int err;

	run->spoken_ms = oomk_run_now_ms(run);
	err = ops->check(ops->arg, &now);
	if (oomk_victim_transient(err))
		return true;
	if (err) {
		oomk_log(LOG_NOTICE, "cycle %llu: not ours any more: %s",
			 (unsigned long long)run->order->cycle,
			 oomk_log_reason(err));
		run->lost = true;
		run->over = true;
		return false;
	}
	if (now.timeout_ms)
		run->timeout_ms = now.timeout_ms;
	if (now.needed && now.level == OOMK_LEVEL_HARD)
		run->hard = true;
	return now.needed;
}

/* Whether the next item must still go. */
static void check(struct oomk_run *run)
{
	if (!needed(run))
		run->over = true;
}

/*
 * Be heard if it is time. Not needed any more is no reason to leave off: at
 * the soft level that is for the check before the signal to say, at the hard
 * one nothing is.
 */
static void beat(struct oomk_run *run)
{
	if (run->reported || !run->timeout_ms)
		return;
	if (oomk_run_now_ms(run) - run->spoken_ms >= run->timeout_ms / BEATS)
		needed(run);
}

static void watch(struct oomk_run *run, struct oomk_victim *v)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u32 = oomk_run_slot(run, v),
	};

	v->watched = v->pidfd >= 0 &&
		     !epoll_ctl(run->executor->epoll_fd, EPOLL_CTL_ADD,
				v->pidfd, &event);
	if (!v->watched)
		run->unwatched++;
}

/* Returns 0, and @v is signalled; a negative errno, and it is not. */
static int send_signal(struct oomk_run *run, struct oomk_victim *v, int sig,
		       u32 bit)
{
	int tries = TRIES;
	int err;

	do {
		err = oomk_victim_signal(v, sig);
	} while (oomk_victim_transient(err) && --tries);
	if (err)
		return err;
	if (!v->signals) {
		v->first_signal_ms = oomk_run_now_ms(run);
		run->alive++;
		watch(run, v);
	}
	v->signals |= bit;
	v->signal_ns = oomk_run_now_ms(run) * 1000000;
	v->step = sig == SIGKILL ? OOMK_STEP_KILL : OOMK_STEP_TERM;
	return 0;
}

static int term(struct oomk_run *run, struct oomk_victim *v)
{
	bool stopped = false;
	int err;

	err = oomk_victim_open(v, &stopped);
	if (err)
		return err;
	err = oomk_adjust_raise(run->executor->adjust, oomk_run_slot(run, v),
				v->pid, oomk_procfs_ticks(v->start_ns));
	v->raised = err > 0;
	v->step = OOMK_STEP_ADJUSTED;
	if (err < 0)
		oomk_run_tell(run, LOG_INFO, v, "oom_score_adj not raised: %s",
			      oomk_log_reason(err));
	err = send_signal(run, v, SIGTERM, OOMK_SIGNAL_TERM);
	/* A stopped task would sit on the signal until its grace is over. */
	if (!err && stopped)
		oomk_victim_signal(v, SIGCONT);
	return err;
}

/* What is short now need not be so when SIGKILL is due: that is tried yet. */
static void term_one(struct oomk_run *run, struct oomk_victim *v)
{
	int err = term(run, v);

	if (!err)
		oomk_run_tell(run, LOG_NOTICE, v, "SIGTERM");
	else if (oomk_victim_transient(err))
		oomk_run_tell(run, LOG_WARNING, v, "no SIGTERM: %s",
			      oomk_log_reason(err));
	else
		oomk_run_settle_error(run, v, err);
}

static void kill_one(struct oomk_run *run, struct oomk_victim *v)
{
	unsigned long long grace;
	int err = 0;

	if (v->pidfd < 0)
		err = oomk_victim_open(v, NULL);
	if (!err)
		err = send_signal(run, v, SIGKILL, OOMK_SIGNAL_KILL);
	if (err) {
		oomk_run_settle_error(run, v, err);
		return;
	}
	grace = oomk_run_now_ms(run) - v->first_signal_ms;
	if (v->signals & OOMK_SIGNAL_TERM)
		oomk_run_tell(run, LOG_NOTICE, v, "SIGKILL after %llu ms",
			      grace);
	else
		oomk_run_tell(run, LOG_NOTICE, v, "SIGKILL");
}

/*
 * Call @signal_one for each victim that waits, checking before each item
 * unless the level is hard. With @term, only those that are to get SIGTERM,
 * and no further once the level is hard.
 */
static void signal_items(struct oomk_run *run, bool term,
			 void (*signal_one)(struct oomk_run *, struct oomk_victim *))
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;
	bool first = true;
	u32 item = 0;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING)
			continue;
		if (term && v->action != OOMK_ACTION_TERM)
			continue;
		if (!run->hard && (first || v->item != item))
			check(run);
		else
			beat(run);
		if (run->over || (term && run->hard))
			return;
		first = false;
		item = v->item;
		signal_one(run, v);
	}
}

static void probe(struct oomk_run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end && run->unwatched; v++) {
		if (v->status == OOMK_VICTIM_WAITING && v->signals &&
		    !v->watched && oomk_victim_dead(v))
			oomk_run_settle_gone(run, v);
	}
}

/* Returns false if the wait is to end, for the reason set in @run. */
static bool wake(struct oomk_run *run)
{
	const struct oomk_executor_ops *ops = &run->executor->ops;

	switch (ops->wake(ops->arg)) {
	case OOMK_WAKE_STOP:
		run->over = true;
		return false;
	case OOMK_WAKE_CHECK:
		/* There may be a new order: end the wait that is for the log. */
		if (run->reported)
			return false;
		if (run->hard)
			return true;
		/* Not needed any more is no reason to end a grace early. */
		needed(run);
		return !run->hard && !run->lost;
	default:
		return true;
	}
}

static int wait_ms(const struct oomk_run *run, u64 deadline_ms)
{
	u64 now = oomk_run_now_ms(run);
	u64 left = now < deadline_ms ? deadline_ms - now : 0;
	u64 beat_left = run->spoken_ms + run->timeout_ms / BEATS;

	beat_left = now < beat_left ? beat_left - now : 0;
	if (!run->reported && run->timeout_ms && left > beat_left)
		left = beat_left;
	if (run->unwatched && left > PROBE_MS)
		left = PROBE_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static bool handle_events(struct oomk_run *run, const struct epoll_event *events,
			  int nr)
{
	bool go_on = true;
	int i;

	for (i = 0; i < nr; i++) {
		struct oomk_victim *v;

		if (events[i].data.u32 == WAKE_INDEX) {
			go_on = wake(run);
			continue;
		}
		v = &run->order->victims[events[i].data.u32];
		if (v->status == OOMK_VICTIM_WAITING && oomk_victim_dead(v))
			oomk_run_settle_gone(run, v);
	}
	return go_on;
}

/*
 * Wait until all that were signalled are dead, or @deadline_ms, or an event
 * from outside changed the order.
 */
static void await_deaths(struct oomk_run *run, u64 deadline_ms)
{
	struct epoll_event events[NR_EVENTS];
	bool hard = run->hard;
	int nr;

	while (run->alive) {
		nr = epoll_wait(run->executor->epoll_fd, events, NR_EVENTS,
				wait_ms(run, deadline_ms));
		if (nr < 0 && errno != EINTR)
			return;
		if (nr > 0 && !handle_events(run, events, nr))
			return;
		if (run->unwatched)
			probe(run);
		beat(run);
		if (!run->reported && (run->hard != hard || run->lost))
			return;
		if (oomk_run_now_ms(run) >= deadline_ms)
			return;
	}
}

/*
 * Those that have their SIGTERM get their grace also if the rest is spared:
 * they are on their way out, and are told of as what they come to be.
 */
static void term_items(struct oomk_run *run)
{
	signal_items(run, true, term_one);
	if (run->over)
		oomk_run_spare_rest(run, OOMK_SIGNAL_TERM);
	run->over = run->lost;
	oomk_log_flush();
	if (!run->over && !run->hard)
		await_deaths(run, oomk_run_now_ms(run) + run->order->grace_ms);
}

static void release(struct oomk_run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;
	int err;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING ||
		    !(v->signals & OOMK_SIGNAL_KILL))
			continue;
		err = oomk_victim_release(v);
		v->step = OOMK_STEP_RELEASED;
		if (err && err != -ESRCH)
			oomk_run_tell(run, LOG_DEBUG, v,
				      "memory not released: %s",
				      oomk_log_reason(err));
	}
}

/**
 * oomk_executor_clock_ms() - the clock to give an executor
 * @arg: not used
 *
 * Return: milliseconds of CLOCK_MONOTONIC.
 */
u64 oomk_executor_clock_ms(void *arg)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/**
 * oomk_executor_open() - set up an executor
 * @executor: out
 * @ops: surroundings, copied
 * @adjust: record of raised oom_score_adj; stays the caller's
 *
 * Return: 0; a negative errno of epoll_create1(2) or epoll_ctl(2).
 */
int oomk_executor_open(struct oomk_executor *executor,
		       const struct oomk_executor_ops *ops,
		       struct oomk_adjust *adjust)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u32 = WAKE_INDEX,
	};
	int err = 0;

	executor->ops = *ops;
	executor->adjust = adjust;
	executor->dry_run = false;
	executor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (executor->epoll_fd < 0)
		return -errno;
	if (ops->wake_fd >= 0 &&
	    epoll_ctl(executor->epoll_fd, EPOLL_CTL_ADD, ops->wake_fd, &event))
		err = -errno;
	if (err)
		oomk_executor_close(executor);
	return err;
}

/**
 * oomk_executor_close() - give up what oomk_executor_open() got
 * @executor: executor
 */
void oomk_executor_close(struct oomk_executor *executor)
{
	close(executor->epoll_fd);
	executor->epoll_fd = -1;
}

/**
 * oomk_executor_run() - execute one order
 * @executor: executor
 * @order: victims; their out fields are valid at the report and afterwards,
 *	when a victim reported as OOMK_VICTIM_KILLED may be found
 *	OOMK_VICTIM_GONE
 *
 * Takes at most grace, the time of the checks, and two seconds. A victim whose
 * status is not OOMK_VICTIM_WAITING at the start is reported as it is.
 */
void oomk_executor_run(struct oomk_executor *executor,
		       const struct oomk_order *order)
{
	struct oomk_run run = {
		.executor = executor,
		.order = order,
		.hard = order->level == OOMK_LEVEL_HARD,
		.over = executor->dry_run,
	};

	oomk_log_hold();
	oomk_run_begin(&run);
	if (!run.over && !run.hard)
		term_items(&run);
	oomk_log_hold();
	if (!run.over)
		signal_items(&run, false, kill_one);
	oomk_run_spare_rest(&run, OOMK_SIGNAL_KILL);
	oomk_run_report(&run);
	release(&run);
	oomk_log_flush();
	await_deaths(&run, oomk_run_now_ms(&run) + SEEN_DEAD_MS);
	oomk_run_end(&run);
}
