/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done where the kernel's killer is about to fire: choose and kill at
 * once, in the context of whoever asked for memory. Nothing here allocates,
 * prints, or waits for anybody; what there is to tell is told by the cycle's
 * workqueue afterwards.
 */
#ifndef OOMK_RESCUE_H
#define OOMK_RESCUE_H

#include <linux/types.h>

#include "hold.h"

struct oomk_cycle;
struct oomk_cycle_event;
struct oomk_policy;
struct oomk_pressure;

/**
 * enum oomk_rescue - what a rescue came to, and what there is to tell of it
 * @OOMK_RESCUE_NONE: nothing was done
 * @OOMK_RESCUE_HOPELESS: not enough can be freed
 * @OOMK_RESCUE_OBSERVED: victims were chosen, and left alone
 * @OOMK_RESCUE_STRUCK: victims were chosen, and have SIGKILL
 * @OOMK_RESCUE_JOINED: victims of a cycle under way got SIGKILL before their
 *	time
 */
enum oomk_rescue {
	OOMK_RESCUE_NONE,
	OOMK_RESCUE_HOPELESS,
	OOMK_RESCUE_OBSERVED,
	OOMK_RESCUE_STRUCK,
	OOMK_RESCUE_JOINED,
};

enum oomk_hold oomk_rescue_now(struct oomk_cycle *cycle,
			       const struct oomk_policy *policy,
			       const struct oomk_pressure *pressure,
			       bool *kick);
enum oomk_hold oomk_rescue_helped(const struct oomk_cycle *cycle,
				  const struct oomk_policy *policy);
void oomk_rescue_tell(enum oomk_rescue rescue,
		      const struct oomk_cycle_event *event);

#endif /* OOMK_RESCUE_H */
