// SPDX-License-Identifier: GPL-2.0
/* One order on its way, and what becomes of each victim of it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "log.h"
#include "run.h"
#include "victim.h"

/**
 * oomk_run_now_ms() - the executor's clock
 * @run: run
 *
 * Return: milliseconds.
 */
u64 oomk_run_now_ms(const struct oomk_run *run)
{
	return run->executor->ops.now_ms(run->executor->ops.arg);
}

/**
 * oomk_run_slot() - which victim it is
 * @run: run
 * @v: one of its victims
 *
 * Return: its index, also of its slot in the record.
 */
unsigned int oomk_run_slot(const struct oomk_run *run,
			   const struct oomk_victim *v)
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

/**
 * oomk_run_tell() - a log line about one victim
 * @run: run
 * @priority: of syslog(3)
 * @v: victim
 * @format: as printf(3)'s
 */
void oomk_run_tell(const struct oomk_run *run, int priority,
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

/**
 * oomk_run_begin() - nothing has been done yet
 * @run: run
 */
void oomk_run_begin(struct oomk_run *run)
{
	unsigned int i;

	for (i = 0; i < run->order->nr; i++) {
		struct oomk_victim *v = &run->order->victims[i];

		v->step = OOMK_STEP_NONE;
		v->pidfd = -1;
		v->signals = 0;
		v->signal_ns = 0;
		v->watched = false;
		v->raised = false;
	}
	run->timeout_ms = run->order->timeout_ms;
	run->spoken_ms = oomk_run_now_ms(run);
}

static void restore(struct oomk_run *run, struct oomk_victim *v)
{
	int err;

	if (!v->raised)
		return;
	v->raised = false;
	err = oomk_adjust_restore(run->executor->adjust, oomk_run_slot(run, v));
	if (err < 0)
		oomk_run_tell(run, LOG_WARNING, v,
			      "oom_score_adj not restored: %s",
			      oomk_log_reason(err));
}

/**
 * oomk_run_settle() - the one place where a victim's fate is written down
 * @run: run
 * @v: victim that waits
 * @status: what became of it
 * @err: negative errno with OOMK_VICTIM_FAILED, or 0
 *
 * Who lives gets his oom_score_adj back.
 */
void oomk_run_settle(struct oomk_run *run, struct oomk_victim *v,
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
		oomk_adjust_forget(run->executor->adjust,
				   oomk_run_slot(run, v));
		v->raised = false;
	}
	oomk_victim_close(v);
}

/**
 * oomk_run_settle_gone() - a victim that got a signal was seen dead
 * @run: run
 * @v: victim that waits
 */
void oomk_run_settle_gone(struct oomk_run *run, struct oomk_victim *v)
{
	unsigned long long after = oomk_run_now_ms(run) - v->first_signal_ms;

	oomk_run_tell(run, LOG_INFO, v, "gone after %llu ms", after);
	v->step = OOMK_STEP_GONE;
	oomk_run_settle(run, v, OOMK_VICTIM_GONE, 0);
}

static const char *step_name(enum oomk_victim_step step)
{
	static const char *const names[] = {
		[OOMK_STEP_NONE] = "when opened",
		[OOMK_STEP_OPENED] = "when verified",
		[OOMK_STEP_VERIFIED] = "when signalled",
		[OOMK_STEP_ADJUSTED] = "when sent SIGTERM",
		[OOMK_STEP_TERM] = "when sent SIGKILL",
	};

	return step <= OOMK_STEP_TERM ? names[step] : "late";
}

/**
 * oomk_run_settle_error() - a victim could not be opened or signalled
 * @run: run
 * @v: victim that waits
 * @err: negative errno
 *
 * It is dead, if somebody else's signal was faster, and that is a success.
 */
void oomk_run_settle_error(struct oomk_run *run, struct oomk_victim *v,
			   int err)
{
	if ((err == -ESRCH || err == -ESTALE) && v->signals) {
		oomk_run_settle_gone(run, v);
	} else if (err == -ESRCH) {
		oomk_run_tell(run, LOG_INFO, v, "vanished");
		oomk_run_settle(run, v, OOMK_VICTIM_VANISHED, 0);
	} else if (err == -ESTALE) {
		oomk_run_tell(run, LOG_NOTICE, v,
			      "changed: the pid is another's now");
		oomk_run_settle(run, v, OOMK_VICTIM_CHANGED, 0);
	} else {
		oomk_run_tell(run, LOG_ERR, v, "failed %s: %s",
			      step_name(v->step), oomk_log_reason(err));
		oomk_run_settle(run, v, OOMK_VICTIM_FAILED, err);
	}
}

/**
 * oomk_run_spare_rest() - the end for all that wait
 * @run: run
 * @signals: OOMK_SIGNAL_*; those that got one of these are past sparing
 */
void oomk_run_spare_rest(struct oomk_run *run, u32 signals)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING || v->signals & signals)
			continue;
		oomk_run_tell(run, LOG_NOTICE, v, run->lost ? "left" : "spared");
		oomk_run_settle(run, v, OOMK_VICTIM_SPARED, 0);
	}
}

/**
 * oomk_run_report() - hand over what is known by now
 * @run: run; all its signals are sent
 *
 * At once, and not when the last one is dead: to take the memory of a large
 * victim back may last longer than we are waited for, and whoever gets the
 * report watches the dying himself.
 */
void oomk_run_report(struct oomk_run *run)
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

static void summary(struct oomk_run *run)
{
	unsigned int count[OOMK_VICTIM_FAILED + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < run->order->nr; i++)
		count[run->order->victims[i].status]++;
	oomk_log(LOG_INFO,
		 "cycle %llu: done: %u gone, %u not dead yet, %u %s, %u vanished, %u changed, %u failed",
		 (unsigned long long)run->order->cycle,
		 count[OOMK_VICTIM_GONE], count[OOMK_VICTIM_KILLED],
		 count[OOMK_VICTIM_SPARED], run->lost ? "left" : "spared",
		 count[OOMK_VICTIM_VANISHED],
		 count[OOMK_VICTIM_CHANGED], count[OOMK_VICTIM_FAILED]);
}

/**
 * oomk_run_end() - wait no more
 * @run: reported run
 *
 * Whoever is not dead by now will be; only the log does not see it.
 */
void oomk_run_end(struct oomk_run *run)
{
	struct oomk_victim *v = run->order->victims;
	struct oomk_victim *end = v + run->order->nr;

	for (; v < end; v++) {
		if (v->status != OOMK_VICTIM_WAITING)
			continue;
		oomk_run_tell(run, LOG_WARNING, v, "not dead yet");
		oomk_run_settle(run, v, OOMK_VICTIM_KILLED, 0);
	}
	summary(run);
}
