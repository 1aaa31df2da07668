/* SPDX-License-Identifier: GPL-2.0 */
/* The last resort of a machine that nobody can reach any more. */
#ifndef OOMK_WEDGED_H
#define OOMK_WEDGED_H

struct oomk_cycle_event;
struct oomk_policy;

void oomk_wedged_note(const struct oomk_cycle_event *event,
		      const struct oomk_policy *policy);

#endif /* OOMK_WEDGED_H */
