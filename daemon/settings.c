// SPDX-License-Identifier: GPL-2.0
/* What of the policy is the executor's to follow. */
#include <errno.h>

#include "settings.h"
#include "types.h"

static int on_policy(int cmd, struct nlattr **attrs, void *arg)
{
	struct oomk_settings *settings = arg;
	u32 value;

	if (oomk_genl_u32(attrs, OOMK_A_POLICY_EXECUTOR_SCHED, &value))
		settings->sched = value;
	if (oomk_genl_u32(attrs, OOMK_A_POLICY_SAFETY_NET, &value))
		settings->safety_net = value;
	if (oomk_genl_u32(attrs, OOMK_A_POLICY_DEFAULT_UTILITY, &value))
		settings->default_utility = value;
	return 0;
}

/**
 * oomk_settings_get() - read the policy in force
 * @genl: socket that did not subscribe
 * @settings: out; what the kernel does not tell is off, or nice
 *
 * Return: 0; what oomk_genl_do() returns.
 */
int oomk_settings_get(struct oomk_genl *genl, struct oomk_settings *settings)
{
	struct nl_msg *msg = oomk_genl_request(genl, OOMK_CMD_POLICY_GET);

	settings->sched = OOMK_EXECUTOR_SCHED_NICE;
	settings->safety_net = OOMK_SAFETY_NET_OFF;
	settings->default_utility = 0;
	if (!msg)
		return -ENOBUFS;
	return oomk_genl_do(genl, msg, on_policy, settings);
}
