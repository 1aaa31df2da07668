// SPDX-License-Identifier: GPL-2.0
/* oomkctl list: what the solver would see now. */
#include <errno.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct list - what the dump brings
 * @tasks: the tasks
 * @omitted: tasks that the kernel had no room for
 */
struct list {
	struct oomk_ctl_tasks tasks;
	u32 omitted;
};

static int on_item(int cmd, struct nlattr **attrs, void *arg)
{
	struct list *list = arg;

	(void)cmd;
	oomk_genl_u32(attrs, OOMK_A_ITEM_OMITTED, &list->omitted);
	/* Without any visible task the first message is about the rest. */
	if (!attrs[OOMK_A_ITEM_PID])
		return 0;
	return oomk_ctl_tasks_add(&list->tasks, attrs);
}

static int show(const struct oomk_ctl_call *call, struct list *list)
{
	struct oomk_json json;
	int err;

	if (call->json) {
		oomk_json_init(&json, stdout, true);
		oomk_json_object(&json, NULL);
		oomk_json_u64(&json, "page_size", oomk_ctl_page_size());
		oomk_json_u64(&json, "omitted_tasks", list->omitted);
		err = oomk_ctl_tasks_json(&list->tasks, call->sort, &json,
					  "items");
		oomk_json_end(&json);
		return err;
	}
	err = oomk_ctl_tasks_print(&list->tasks, call->sort, stdout);
	if (!err && list->omitted)
		fprintf(stderr,
			"oomkctl: the %u lightest tasks were left out\n",
			list->omitted);
	return err;
}

/**
 * oomk_ctl_list() - the verb list
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_list(const struct oomk_ctl_call *call)
{
	struct list list = {};
	struct oomk_genl *genl;
	struct nl_msg *msg;
	int status, err;

	if (call->nr_args)
		return oomk_ctl_usage(call, "takes no arguments");
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	err = -ENOMEM;
	msg = oomk_genl_request(genl, OOMK_CMD_ITEM_GET);
	if (msg)
		err = oomk_genl_dump(genl, msg, on_item, &list);
	if (!err)
		err = show(call, &list);
	if (err)
		status = oomk_ctl_refused(genl, err, "list");
	oomk_ctl_tasks_free(&list.tasks);
	oomk_genl_close(genl);
	return status;
}
