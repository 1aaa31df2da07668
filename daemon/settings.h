/* SPDX-License-Identifier: GPL-2.0 */
/* What of the policy is the executor's to follow. */
#ifndef OOMK_SETTINGS_H
#define OOMK_SETTINGS_H

#include "genl.h"

/**
 * struct oomk_settings - part of the policy
 * @sched: how the executor gets its CPU time
 * @safety_net: whether oom_score_adj follows the utility
 * @default_utility: of what nobody named
 */
struct oomk_settings {
	enum oomk_executor_sched sched;
	enum oomk_safety_net safety_net;
	unsigned int default_utility;
};

int oomk_settings_get(struct oomk_genl *genl, struct oomk_settings *settings);

#endif /* OOMK_SETTINGS_H */
