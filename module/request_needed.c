// SPDX-License-Identifier: GPL-2.0
/* What the level of the machine means for the set in flight. */
#include "request.h"

#include "policy.h"
#include "pressure.h"

/**
 * oomk_request_needed - ask whether what started the cycle still stands
 * @level: out: the higher of the set's level and the machine's now
 *
 * A set that a watermark started is needed while the machine is under the soft
 * mark; one that stalls started also while RAM is short enough for stalls to
 * count. The stalls themselves end as soon as the stalled tasks are dying.
 *
 * Return: false if the rest of the victims may live, or nothing is in flight.
 */
bool oomk_request_needed(enum oomk_level *level)
{
	struct oomk_request_header header;
	struct oomk_pressure pressure;
	struct oomk_policy policy;

	oomk_pressure_peek(&pressure);
	*level = pressure.level;
	if (oomk_request_state(&header) == OOMK_REQUEST_IDLE)
		return false;
	if (header.level > *level)
		*level = header.level;
	if (pressure.level != OOMK_LEVEL_CALM)
		return true;
	if (header.cause != OOMK_CAUSE_PSI)
		return false;
	oomk_policy_read(&policy);
	return pressure.available_pages * 100 <
	       pressure.total_pages * policy.psi_available_percent;
}

/**
 * oomk_request_timeout_ms - how long the executor may be silent
 * @level: of the set
 *
 * Return: ms, by the policy in force.
 */
u32 oomk_request_timeout_ms(enum oomk_level level)
{
	struct oomk_policy policy;

	oomk_policy_read(&policy);
	return level == OOMK_LEVEL_HARD ? policy.executor_timeout_hard_ms :
					  policy.executor_timeout_ms;
}
