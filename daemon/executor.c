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
 * An item lives or dies as a whole, so between its tasks nothing is checked.
 * Memory is released after the last SIGKILL and not before: the kernel does
 * it only when all that share it are dying.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "executor.h"
#include "log.h"
#include "procfs.h"
#include "victim.h"

/* From when their memory was taken back to the end of the run. */
#define SEEN_DEAD_MS	2000
/* Between two looks at victims that have no pidfd to poll. */
#define PROBE_MS	50

#define NR_EVENTS	64
#define WAKE_INDEX	UINT_MAX

/**
 * struct run - one order on its way
 * @executor: whose
 * @order: what
 * @hard: no more checks, no more grace
 * @over: no more signals; what is left is spared
 * @lost: somebody else sees to the victims now
 * @reported: the report was given
 * @unwatched: victims alive and signalled that cannot be polled
 * @alive: victims signalled and not seen dead
 */
struct run {
	struct oomk_executor *executor;
	const struct oomk_order *order;
	bool hard;
	bool over;
	bool lost;
	bool reported;
	unsigned int unwatched;
	unsigned int alive;
};

static u64 now_ms(const struct run *run)
{
	return run->executor->ops.now_ms(run->executor->ops.arg);
}

static unsigned int slot_of(const struct run *run, const struct oomk_victim *v)
{
	return v - run->order->victims;
}

/* A task names itself as it likes; a log line is one line of plain text. */
static const char *plain(const char *comm, char *text)
{
	int i;

	for (i = 0; i < OOMK_EXECUTOR_COMM - 1 && comm[i]; i++)
		text[i] = comm[i] < ' ' || comm[i] > '~' ? '?' : comm[i];
	text[i] = '\0';
	return text;
}

__printf(4, 5)
static void tell(const struct run *run, int priority,
		 const struct oomk_victim *v, const char *format, ...)
{
	char comm[OOMK_EXECUTOR_COMM], text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	oomk_log(priority, "cycle %llu: pid %d (%s) %s",
		 (unsigned long long)run->order->cycle, (int)v->pid,
		 plain(v->comm, comm), text);
}

static void restore(struct run *run, struct oomk_victim *v)
{
	int err;

	if (!v->raised)
		return;
	v->raised = false;
	err = oomk_adjust_restore(run->executor->adjust, slot_of(run, v));
	if (err < 0)
		tell(run, LOG_WARNING, v, "oom_score_adj not restored: %s",
		     strerror(-err));
}

/* The one place where a victim's fate is written down. */
static void settle(struct run *run, struct oomk_victim *v,
		   enum oomk_victim_status status, int err)
{
	if (v->signals && v->status == OOMK_VICTIM_WAITING) {
		run->alive--;
		run->unwatched -= !v->watched;
	}
	v->status = status;
	v->err = err < 0 ? -err : 0;
	if (status == OOMK_VICTIM_SPARED || status == OOMK_VICTIM_FAILED) {
		restore(run, v);
	} else if (v->raised) {
		oomk_adjust_forget(run->executor->adjust, slot_of(run, v));
		v->raised = false;
	}
	oomk_victim_close(v);
}

static void settle_gone(struct run *run, struct oomk_victim *v)
{
	tell(run, LOG_INFO, v, "gone after %llu ms",
	     (unsigned long long)(now_ms(run) - v->first_signal_ms));
	settle(run, v, OOMK_VICTIM_GONE, 0);
}

/* What opening or signalling @v answered, if it was not 0. */
static void settle_error(struct run *run, struct oomk_victim *v, int err)
{
	if (err == -ESRCH && v->signals) {
		settle_gone(run, v);
	} else if (err == -ESRCH) {
		tell(run, LOG_INFO, v, "vanished");
		settle(run, v, OOMK_VICTIM_VANISHED, 0);
	} else if (err == -ESTALE && v->signals) {
		settle_gone(run, v);
	} else if (err == -ESTALE) {
		tell(run, LOG_NOTICE, v, "changed: the pid is another's now");
		settle(run, v, OOMK_VICTIM_CHANGED, 0);
	} else {
		tell(run, LOG_ERR, v, "failed: %s", strerror(-err));
		settle(run, v, OOMK_VICTIM_FAILED, err);
	}
}

/*
 * Ask whether the next item must still go. That nobody can tell for want of
 * memory is as good as a yes. Any other refusal takes the victims away from
 * us: somebody else sees to them.
 */
static void check(struct run *run)
{
	const struct oomk_executor_ops *ops = &run->executor->ops;
	enum oomk_level level = OOMK_LEVEL_SOFT;
	bool needed = true;
	int err;

	err = ops->check(ops->arg, &level, &needed);
	if (err == -ENOBUFS || err == -ENOMEM)
		return;
	if (err) {
		oomk_log(LOG_NOTICE, "cycle %llu: not ours any more: %s",
			 (unsigned long long)run->order->cycle,
			 strerror(-err));
		run->lost = true;
		run->over = true;
	} else if (!needed) {
		run->over = true;
	} else if (level == OOMK_LEVEL_HARD) {
		run->hard = true;
	}
}

static void watch(struct run *run, struct oomk_victim *v)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u32 = slot_of(run, v),
	};

	v->watched = v->pidfd >= 0 &&
		     !epoll_ctl(run->executor->epoll_fd, EPOLL_CTL_ADD,
				v->pidfd, &event);
	if (!v->watched)
		run->unwatched++;
}

/* Returns false if @v is settled thereby. */
static bool send_signal(struct run *run, struct oomk_victim *v, int sig,
			u32 bit)
{
	int err = oomk_victim_signal(v, sig);

	if (err) {
		settle_error(run, v, err);
		return false;
	}
	if (!v->signals) {
		v->first_signal_ms = now_ms(run);
		run->alive++;
		watch(run, v);
	}
	v->signals |= bit;
	v->signal_ns = now_ms(run) * 1000000;
	return true;
}

static void term_one(struct run *run, struct oomk_victim *v)
{
	bool stopped = false;
	int err;

	err = oomk_victim_open(v, &stopped);
	if (err) {
		settle_error(run, v, err);
		return;
	}
	err = oomk_adjust_raise(run->executor->adjust, slot_of(run, v), v->pid,
				oomk_procfs_ticks(v->start_ns));
	v->raised = err > 0;
	if (err < 0)
		tell(run, LOG_DEBUG, v, "oom_score_adj not raised: %s",
		     strerror(-err));
	if (!send_signal(run, v, SIGTERM, OOMK_SIGNAL_TERM))
		return;
	/* A stopped task would sit on the signal until its grace is over. */
	if (stopped)
		oomk_victim_signal(v, SIGCONT);
	tell(run, LOG_NOTICE, v, "SIGTERM");
}

static void kill_one(struct run *run, struct oomk_victim *v)
{
	int err;

	if (v->pidfd < 0) {
		err = oomk_victim_open(v, NULL);
		if (err) {
			settle_error(run, v, err);
			return;
		}
	}
	if (!send_signal(run, v, SIGKILL, OOMK_SIGNAL_KILL))
		return;
	if (v->signals & OOMK_SIGNAL_TERM)
		tell(run, LOG_NOTICE, v, "SIGKILL after %llu ms",
		     (unsigned long long)(now_ms(run) - v->first_signal_ms));
	else
		tell(run, LOG_NOTICE, v, "SIGKILL");
}

/*
 * Call @signal_one for each victim that waits, checking before each item
 * unless the level is hard. With @term, only those that are to get SIGTERM,
 * and no further once the level is hard.
 */
static void signal_items(struct run *run, bool term,
			 void (*signal_one)(struct run *, struct oomk_victim *))
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
		if (run->over || (term && run->hard))
			return;
		first = false;
		item = v->item;
		signal_one(run, v);
	}
}

static void probe(struct run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end && run->unwatched; v++) {
		if (v->status == OOMK_VICTIM_WAITING && v->signals &&
		    !v->watched && oomk_victim_dead(v))
			settle_gone(run, v);
	}
}

/* Returns false if the wait is to end, for the reason set in @run. */
static bool wake(struct run *run)
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
		check(run);
		/* Not needed any more is no reason to end a grace early. */
		run->over = run->lost;
		return !run->hard && !run->over;
	default:
		return true;
	}
}

static int wait_ms(const struct run *run, u64 deadline_ms)
{
	u64 now = now_ms(run);
	u64 left = now < deadline_ms ? deadline_ms - now : 0;

	if (run->unwatched && left > PROBE_MS)
		left = PROBE_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static bool handle_events(struct run *run, const struct epoll_event *events,
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
			settle_gone(run, v);
	}
	return go_on;
}

/*
 * Wait until all that were signalled are dead, or @deadline_ms, or an event
 * from outside changed the order. Nothing ticks while it waits.
 */
static void await_deaths(struct run *run, u64 deadline_ms)
{
	struct epoll_event events[NR_EVENTS];
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
		if (now_ms(run) >= deadline_ms)
			return;
	}
}

/* Those that got one of @signals are past sparing. */
static void spare_rest(struct run *run, u32 signals)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING || v->signals & signals)
			continue;
		tell(run, LOG_NOTICE, v, run->lost ? "left" : "spared");
		settle(run, v, OOMK_VICTIM_SPARED, 0);
	}
}

/*
 * At once, and not when the last one is dead: to take the memory of a large
 * victim back may last longer than we are waited for, and whoever gets the
 * report watches the dying himself.
 */
static void report(struct run *run)
{
	const struct oomk_executor_ops *ops = &run->executor->ops;
	unsigned int i;

	run->reported = true;
	for (i = 0; i < run->order->nr; i++) {
		struct oomk_victim *v = &run->order->victims[i];

		if (v->status == OOMK_VICTIM_WAITING)
			v->status = OOMK_VICTIM_KILLED;
	}
	ops->report(ops->arg, run->order->victims, run->order->nr);
	for (i = 0; i < run->order->nr; i++) {
		struct oomk_victim *v = &run->order->victims[i];

		if (v->status == OOMK_VICTIM_KILLED)
			v->status = OOMK_VICTIM_WAITING;
	}
}

/*
 * Those that have their SIGTERM get their grace also if the rest is spared:
 * they are on their way out, and are told of as what they come to be.
 */
static void term_items(struct run *run)
{
	signal_items(run, true, term_one);
	if (run->over)
		spare_rest(run, OOMK_SIGNAL_TERM);
	run->over = run->lost;
	oomk_log_flush();
	if (!run->over && !run->hard)
		await_deaths(run, now_ms(run) + run->order->grace_ms);
}

static void release(struct run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;
	int err;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING ||
		    !(v->signals & OOMK_SIGNAL_KILL))
			continue;
		err = oomk_victim_release(v);
		if (err && err != -ESRCH)
			tell(run, LOG_DEBUG, v, "memory not released: %s",
			     strerror(-err));
	}
}

static void summary(struct run *run)
{
	unsigned int count[OOMK_VICTIM_FAILED + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < run->order->nr; i++)
		count[run->order->victims[i].status]++;
	oomk_log(LOG_INFO,
		 "cycle %llu: done: %u gone, %u not dead yet, %u spared, %u vanished, %u changed, %u failed",
		 (unsigned long long)run->order->cycle,
		 count[OOMK_VICTIM_GONE], count[OOMK_VICTIM_KILLED],
		 count[OOMK_VICTIM_SPARED], count[OOMK_VICTIM_VANISHED],
		 count[OOMK_VICTIM_CHANGED], count[OOMK_VICTIM_FAILED]);
}

/* Whoever is not dead by now will be; only the log does not see it. */
static void finish(struct run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING)
			continue;
		tell(run, LOG_WARNING, v, "not dead yet");
		settle(run, v, OOMK_VICTIM_KILLED, 0);
	}
	summary(run);
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

static void start(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->order->nr; i++) {
		struct oomk_victim *v = &run->order->victims[i];

		v->pidfd = -1;
		v->signals = 0;
		v->signal_ns = 0;
		v->watched = false;
		v->raised = false;
	}
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
	struct run run = {
		.executor = executor,
		.order = order,
		.hard = order->level == OOMK_LEVEL_HARD,
		.over = executor->dry_run,
	};

	oomk_log_hold();
	start(&run);
	if (!run.over && !run.hard)
		term_items(&run);
	oomk_log_hold();
	if (!run.over)
		signal_items(&run, false, kill_one);
	spare_rest(&run, OOMK_SIGNAL_KILL);
	report(&run);
	release(&run);
	oomk_log_flush();
	await_deaths(&run, now_ms(&run) + SEEN_DEAD_MS);
	finish(&run);
}
