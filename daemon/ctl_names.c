// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of the contract into the words that the netlink specification
 * gives them. A kernel newer than this program may have more of them.
 */
#include "ctl.h"

static const char *name_of(const char *const *names, size_t nr, u32 value)
{
	return value < nr && names[value] ? names[value] : "unknown";
}

/**
 * oomk_ctl_level_name() - name a level
 * @level: enum oomk_level
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_level_name(u32 level)
{
	static const char *const names[] = {
		[OOMK_LEVEL_CALM] = "calm",
		[OOMK_LEVEL_SOFT] = "soft",
		[OOMK_LEVEL_HARD] = "hard",
	};

	return name_of(names, ARRAY_SIZE(names), level);
}

/**
 * oomk_ctl_cause_name() - name what started a cycle
 * @cause: enum oomk_cause
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_cause_name(u32 cause)
{
	static const char *const names[] = {
		[OOMK_CAUSE_NONE] = "none",
		[OOMK_CAUSE_SOFT_WATERMARK] = "soft-watermark",
		[OOMK_CAUSE_HARD_WATERMARK] = "hard-watermark",
		[OOMK_CAUSE_PSI] = "psi",
		[OOMK_CAUSE_OOM] = "oom",
	};

	return name_of(names, ARRAY_SIZE(names), cause);
}

/**
 * oomk_ctl_source_name() - name where a price comes from
 * @source: enum oomk_source
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_source_name(u32 source)
{
	static const char *const names[] = {
		[OOMK_SOURCE_JOB] = "job",
		[OOMK_SOURCE_HINT] = "hint",
		[OOMK_SOURCE_CGROUP] = "cgroup",
		[OOMK_SOURCE_OOM_SCORE_ADJ] = "oom-score-adj",
		[OOMK_SOURCE_DEFAULT] = "default",
	};

	return name_of(names, ARRAY_SIZE(names), source);
}

/**
 * oomk_ctl_state_name() - name what a task is to the solver
 * @state: enum oomk_state
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_state_name(u32 state)
{
	static const char *const names[] = {
		[OOMK_STATE_ITEM] = "item",
		[OOMK_STATE_PROTECTED] = "protected",
		[OOMK_STATE_INIT] = "init",
		[OOMK_STATE_EXECUTOR] = "executor",
		[OOMK_STATE_ADJ_MIN] = "adj-min",
		[OOMK_STATE_SHARED] = "shared",
		[OOMK_STATE_PENDING] = "pending",
		[OOMK_STATE_STUCK] = "stuck",
	};

	return name_of(names, ARRAY_SIZE(names), state);
}

/**
 * oomk_ctl_reason_name() - name how far a solution can be trusted
 * @reason: enum oomk_reason
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_reason_name(u32 reason)
{
	static const char *const names[] = {
		[OOMK_REASON_PROVEN] = "proven",
		[OOMK_REASON_BUDGET] = "budget",
		[OOMK_REASON_INFEASIBLE] = "infeasible",
		[OOMK_REASON_NOTHING_TO_DO] = "nothing-to-do",
	};

	return name_of(names, ARRAY_SIZE(names), reason);
}

/**
 * oomk_ctl_request_name() - name where a victim set stands
 * @state: enum oomk_request_state
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_request_name(u32 state)
{
	static const char *const names[] = {
		[OOMK_REQUEST_IDLE] = "idle",
		[OOMK_REQUEST_READY] = "ready",
		[OOMK_REQUEST_ACCEPTED] = "accepted",
		[OOMK_REQUEST_BACKSTOP] = "backstop",
		[OOMK_REQUEST_REAPING] = "reaping",
	};

	return name_of(names, ARRAY_SIZE(names), state);
}

/**
 * oomk_ctl_stage_name() - name a stage of a cycle
 * @stage: enum oomk_stage
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_stage_name(u32 stage)
{
	static const char *const names[] = {
		[OOMK_STAGE_START] = "start",
		[OOMK_STAGE_SOLVED] = "solved",
		[OOMK_STAGE_BACKSTOP] = "backstop",
		[OOMK_STAGE_END] = "end",
	};

	return name_of(names, ARRAY_SIZE(names), stage);
}

/**
 * oomk_ctl_outcome_name() - name why a cycle ended
 * @outcome: enum oomk_outcome
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_outcome_name(u32 outcome)
{
	static const char *const names[] = {
		[OOMK_OUTCOME_NONE] = "none",
		[OOMK_OUTCOME_KILLED] = "killed",
		[OOMK_OUTCOME_SPARED] = "spared",
		[OOMK_OUTCOME_INFEASIBLE] = "infeasible",
		[OOMK_OUTCOME_STUCK] = "stuck",
		[OOMK_OUTCOME_ABORTED] = "aborted",
		[OOMK_OUTCOME_OBSERVED] = "observed",
	};

	return name_of(names, ARRAY_SIZE(names), outcome);
}

/**
 * oomk_ctl_status_name() - name what became of a victim
 * @status: enum oomk_victim_status
 *
 * Return: its name, "unknown" if it has none.
 */
const char *oomk_ctl_status_name(u32 status)
{
	static const char *const names[] = {
		[OOMK_VICTIM_WAITING] = "waiting",
		[OOMK_VICTIM_GONE] = "gone",
		[OOMK_VICTIM_KILLED] = "killed",
		[OOMK_VICTIM_SPARED] = "spared",
		[OOMK_VICTIM_VANISHED] = "vanished",
		[OOMK_VICTIM_CHANGED] = "changed",
		[OOMK_VICTIM_FAILED] = "failed",
	};

	return name_of(names, ARRAY_SIZE(names), status);
}
