// SPDX-License-Identifier: GPL-2.0
/* oomkctl policy: read it, or set some of it, all at once or not at all. */
#include <errno.h>
#include <string.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

static int on_policy(int cmd, struct nlattr **attrs, void *arg)
{
	struct oomk_ctl_policy *policy = arg;
	u32 narrow;
	int attr;

	(void)cmd;
	for (attr = OOMK_A_POLICY_PAD + 1; attr <= OOMK_A_POLICY_MAX; attr++) {
		if (oomk_ctl_policy_is_u64(attr)) {
			policy->given[attr] =
				oomk_genl_u64(attrs, attr,
					      &policy->value[attr]);
		} else if (oomk_genl_u32(attrs, attr, &narrow)) {
			policy->value[attr] = narrow;
			policy->given[attr] = true;
		}
	}
	return 0;
}

static int show(const struct oomk_ctl_call *call, struct oomk_genl *genl)
{
	struct nl_msg *msg = oomk_genl_request(genl, OOMK_CMD_POLICY_GET);
	struct oomk_ctl_policy policy = {};
	struct oomk_json json;
	int err = -ENOMEM;

	if (msg)
		err = oomk_genl_do(genl, msg, on_policy, &policy);
	if (err)
		return oomk_ctl_refused(genl, err, "policy");
	if (!call->json) {
		oomk_ctl_policy_print(&policy, stdout);
		return OOMK_CTL_DONE;
	}
	oomk_json_init(&json, stdout, true);
	oomk_json_object(&json, NULL);
	oomk_json_u64(&json, "page_size", oomk_ctl_page_size());
	oomk_ctl_policy_json(&policy, &json);
	oomk_json_end(&json);
	return OOMK_CTL_DONE;
}

static int set(struct oomk_genl *genl, const struct oomk_ctl_policy *policy)
{
	struct nl_msg *msg = oomk_genl_request(genl, OOMK_CMD_POLICY_SET);
	int err = -ENOMEM;
	int attr;

	if (msg) {
		for (attr = 0; attr <= OOMK_A_POLICY_MAX; attr++) {
			if (!policy->given[attr])
				continue;
			if (oomk_ctl_policy_is_u64(attr))
				nla_put_u64(msg, attr, policy->value[attr]);
			else
				nla_put_u32(msg, attr, policy->value[attr]);
		}
		err = oomk_genl_do(genl, msg, NULL, NULL);
	}
	return err ? oomk_ctl_refused(genl, err, "policy") : OOMK_CTL_DONE;
}

/**
 * oomk_ctl_policy() - the verb policy
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_policy(const struct oomk_ctl_call *call)
{
	struct oomk_ctl_policy policy;
	struct oomk_genl *genl;
	int status;

	if (call->nr_args) {
		if (strcmp(call->args[0], "set"))
			return oomk_ctl_usage(call, "'%s' is not 'set'",
					      call->args[0]);
		if (call->json)
			return oomk_ctl_usage(call, "set has nothing to write as JSON");
		status = oomk_ctl_policy_parse(call, call->nr_args - 1,
					       call->args + 1, &policy);
		if (status)
			return status;
	}
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	status = call->nr_args ? set(genl, &policy) : show(call, genl);
	oomk_genl_close(genl);
	return status;
}
