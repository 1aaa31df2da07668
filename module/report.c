// SPDX-License-Identifier: GPL-2.0
/*
 * What a cycle says in the kernel's log. Scripts read these lines, so a format
 * changes only together with Documentation/admin-guide/oomk.rst.
 *
 * Bounded: a cycle names at most VICTIM_LINES victims, cycles that find
 * nothing to kill are rate-limited, and cycles with victims are limited by the
 * deaths they wait for.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "report.h"

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "netlink.h"
#include "policy.h"
#include "pressure.h"
#include "request.h"

#define VICTIM_LINES	64

static const char * const cause_names[] = {
	[OOMK_CAUSE_NONE] = "no cause",
	[OOMK_CAUSE_SOFT_WATERMARK] = "soft watermark",
	[OOMK_CAUSE_HARD_WATERMARK] = "hard watermark",
	[OOMK_CAUSE_PSI] = "psi",
	[OOMK_CAUSE_OOM] = "an allocation failed",
};

static const char * const reason_names[] = {
	[OOMK_REASON_PROVEN] = "proven",
	[OOMK_REASON_BUDGET] = "not proven",
	[OOMK_REASON_INFEASIBLE] = "infeasible",
	[OOMK_REASON_NOTHING_TO_DO] = "nothing to do",
};

static const char * const outcome_names[] = {
	[OOMK_OUTCOME_NONE] = "none",
	[OOMK_OUTCOME_KILLED] = "killed",
	[OOMK_OUTCOME_SPARED] = "spared",
	[OOMK_OUTCOME_INFEASIBLE] = "infeasible",
	[OOMK_OUTCOME_STUCK] = "stuck",
	[OOMK_OUTCOME_ABORTED] = "aborted",
	[OOMK_OUTCOME_OBSERVED] = "observed",
};

static u64 mib(u64 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

/* For %*pE: a task may call itself anything, a line of this log included. */
static int name_bytes(const struct oomk_victim *victim)
{
	return strnlen(victim->comm, sizeof(victim->comm));
}

/* A share is told in hundredths, a whole utility as it is. */
static void print_utility(char *text, size_t bytes, u64 price)
{
	u64 whole = price / OOMK_PRICE_PER_UTILITY;
	u64 steps = price % OOMK_PRICE_PER_UTILITY;

	if (steps)
		scnprintf(text, bytes, "%llu.%02llu", whole,
			  steps * 100 / OOMK_PRICE_PER_UTILITY);
	else
		scnprintf(text, bytes, "%llu", whole);
}

/**
 * oomk_report_loaded - say what the module found and will act on
 * @pressure: a full reading
 *
 * Context: process.
 */
void oomk_report_loaded(const struct oomk_pressure *pressure)
{
	struct oomk_policy policy;

	oomk_policy_read(&policy);
	pr_info("loaded: RAM %llu pages (%llu MiB), swap %llu pages (%llu MiB), soft %u%%, hard %u%%, psi full %u%% of %u ms\n",
		pressure->total_pages, mib(pressure->total_pages),
		pressure->total_swap_pages, mib(pressure->total_swap_pages),
		policy.soft_percent, policy.hard_percent,
		policy.psi_full_percent, policy.psi_window_ms);
}

/**
 * oomk_report_start - say why a cycle starts, and with which figures
 * @event: figures of the start
 *
 * Context: process.
 */
void oomk_report_start(const struct oomk_cycle_event *event)
{
	pr_notice("cycle %llu: %s: available %u.%u%%, free swap %u.%u%%, psi full avg10 %u.%02u, need %llu pages (%llu MiB)\n",
		  event->number, cause_names[event->cause],
		  event->available_permille / 10, event->available_permille % 10,
		  event->free_swap_permille / 10, event->free_swap_permille % 10,
		  event->psi_full_avg10 / 100, event->psi_full_avg10 % 100,
		  event->need_pages, mib(event->need_pages));
}

/**
 * oomk_report_infeasible - say that nobody's death would be enough
 * @event: figures of the start
 *
 * Context: process.
 */
void oomk_report_infeasible(const struct oomk_cycle_event *event)
{
	pr_warn("cycle %llu: infeasible: all that may be killed frees %llu pages (%llu MiB) of %llu needed; left to the kernel's killer\n",
		event->number, event->freeable_pages, mib(event->freeable_pages),
		event->need_pages);
}

/**
 * oomk_report_omitted - say that tasks did not fit and live
 * @cycle: number
 * @nr_omitted: tasks left out, the lightest
 * @max: tasks that fit
 *
 * Context: process.
 */
void oomk_report_omitted(u64 cycle, u32 nr_omitted, u32 max)
{
	pr_notice_ratelimited("cycle %llu: %u tasks more than the %u that fit; the lightest were left out and live\n",
			      cycle, nr_omitted, max);
}

/**
 * oomk_report_victims - name the chosen, with the signal each will get
 * @cycle: number
 * @victims: tasks
 * @nr: how many
 *
 * Context: process.
 */
void oomk_report_victims(u64 cycle, const struct oomk_victim *victims, u32 nr)
{
	const struct oomk_victim *victim;
	u32 i;

	for (i = 0; i < min_t(u32, nr, VICTIM_LINES); i++) {
		victim = &victims[i];
		pr_notice("cycle %llu: victim pid %u (%*pE), %llu pages (%llu MiB), oom_score %u, utility %u, %s\n",
			  cycle, victim->pid_nr, name_bytes(victim),
			  victim->comm, victim->pages,
			  mib(victim->pages), victim->oom_score, victim->utility,
			  victim->action == OOMK_ACTION_TERM ? "SIGTERM" :
							       "SIGKILL");
	}
	if (nr > VICTIM_LINES)
		pr_notice("cycle %llu: and %u victims more\n", cycle,
			  nr - VICTIM_LINES);
}

/**
 * oomk_report_raised - say that the hard mark was crossed meanwhile
 * @cycle: number
 *
 * Context: process.
 */
void oomk_report_raised(u64 cycle)
{
	pr_notice("cycle %llu: hard watermark crossed, no grace any more\n",
		  cycle);
}

/**
 * oomk_report_observed - name those whom the module would have killed
 * @event: figures of the choice
 * @victims: tasks
 *
 * Context: process.
 */
void oomk_report_observed(const struct oomk_cycle_event *event,
			  const struct oomk_victim *victims)
{
	const struct oomk_victim *victim;
	char lost[32];
	u32 i;

	for (i = 0; i < min_t(u32, event->tasks, VICTIM_LINES); i++) {
		victim = &victims[i];
		pr_notice("cycle %llu: would have killed pid %u (%*pE), %llu pages (%llu MiB), oom_score %u, utility %u\n",
			  event->number, victim->pid_nr, name_bytes(victim),
			  victim->comm, victim->pages,
			  mib(victim->pages), victim->oom_score,
			  victim->utility);
	}
	print_utility(lost, sizeof(lost), event->lost_price);
	pr_notice("cycle %llu: observed: %u victims, weight %llu pages (%llu MiB), utility %s, %s; left to the kernel's killer\n",
		  event->number, event->tasks, event->freed_pages,
		  mib(event->freed_pages), lost, reason_names[event->reason]);
}

/**
 * oomk_report_let_go - say that the kernel's killer is not held back any more
 * @kind: what was waited for
 * @cycle: whose victims, or whose end; of no meaning for a turn
 * @ms: for how long
 *
 * Context: process.
 */
void oomk_report_let_go(enum oomk_hold kind, u64 cycle, u32 ms)
{
	if (kind == OOMK_HOLD_DYING)
		pr_warn("cycle %llu: victims still hold their memory after %u ms; the kernel's killer is not held back any more\n",
			cycle, ms);
	else if (kind == OOMK_HOLD_DEAD)
		pr_warn("cycle %llu: not over after %u ms although its victims are dead; the kernel's killer is not held back any more\n",
			cycle, ms);
	else
		pr_warn("no choice within %u ms; the kernel's killer is not held back any more\n",
			ms);
}

/**
 * oomk_report_takeover - say that the module signals the victims itself
 * @cycle: number
 * @nr_victims: tasks that are not gone
 * @why: what is wrong with the executor
 *
 * Context: process.
 */
void oomk_report_takeover(u64 cycle, u32 nr_victims, const char *why)
{
	pr_warn("cycle %llu: %s; signalling %u victims from the kernel\n",
		cycle, why, nr_victims);
}

/**
 * oomk_report_wedged - say that cycle after cycle has no effect
 * @event: figures of the last one
 * @cycles: how many in a row
 * @panicking: the policy says that this is the end
 *
 * Context: process.
 */
void oomk_report_wedged(const struct oomk_cycle_event *event, u32 cycles,
			bool panicking)
{
	char facts[192];

	scnprintf(facts, sizeof(facts),
		  "the last one: %s, available %u.%u%%, free swap %u.%u%%, need %llu pages, killable %llu pages, back %llu pages",
		  outcome_names[event->outcome],
		  event->available_permille / 10, event->available_permille % 10,
		  event->free_swap_permille / 10, event->free_swap_permille % 10,
		  event->need_pages, event->freeable_pages, event->back_pages);
	if (panicking)
		pr_emerg("cycle %llu: wedged: %u cycles in a row brought nothing back; %s\n",
			 event->number, cycles, facts);
	else
		pr_warn("cycle %llu: wedged: %u cycles in a row brought nothing back; %s\n",
			event->number, cycles, facts);
}

/**
 * oomk_report_end - say what a cycle cost and brought
 * @event: figures of the end
 * @nr_stuck: tasks that would not die in time
 * @over: the pressure is
 *
 * Context: process.
 */
void oomk_report_end(const struct oomk_cycle_event *event, u32 nr_stuck,
		     bool over)
{
	char lost[32];

	if (event->outcome == OOMK_OUTCOME_SPARED) {
		pr_notice("cycle %llu: %s, %u victims spared\n", event->number,
			  over ? "pressure is over" : "the executor gave up",
			  event->spared);
		return;
	}
	print_utility(lost, sizeof(lost), event->lost_price);
	pr_notice("cycle %llu: freed totals: %u victims, weight %llu pages (%llu MiB), utility %s, pages back %llu (%llu MiB), %s, %u ms to last signal, %s, overshoot %llu pages, undershoot %llu pages, %u ms in all\n",
		  event->number, event->tasks, event->freed_pages,
		  mib(event->freed_pages), lost, event->back_pages,
		  mib(event->back_pages), reason_names[event->reason],
		  event->signal_us / 1000, outcome_names[event->outcome],
		  event->overshoot_pages, event->undershoot_pages,
		  event->end_us / 1000);
	if (event->spared)
		pr_notice("cycle %llu: %u victims spared\n", event->number,
			  event->spared);
	if (nr_stuck)
		pr_warn("cycle %llu: %u victims will not die; looking elsewhere\n",
			event->number, nr_stuck);
	if (event->back_pages < event->freed_pages / 2)
		pr_notice("cycle %llu: less than half of the victims' weight came back\n",
			  event->number);
}
