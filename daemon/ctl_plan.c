// SPDX-License-Identifier: GPL-2.0
/* oomkctl plan: what would die now, and how sure that is the least loss. */
#include <errno.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct plan - what the dump brings
 * @need_pages: pages to free
 * @freeable_pages: weight of all items
 * @items: items weighed
 * @reason: enum oomk_reason
 * @victims: items chosen
 * @freed_pages: their weight
 * @lost_price: their price
 * @bound_price: no set can cost less
 * @sample_us: time of the walk
 * @solve_us: time of the choice
 * @tasks: tasks of the items chosen
 */
struct plan {
	u64 need_pages;
	u64 freeable_pages;
	u32 items;
	u32 reason;
	u32 victims;
	u64 freed_pages;
	u64 lost_price;
	u64 bound_price;
	u32 sample_us;
	u32 solve_us;
	struct oomk_ctl_tasks tasks;
};

static int on_plan(int cmd, struct nlattr **attrs, void *arg)
{
	struct nlattr *item[OOMK_GENL_ATTRS];
	struct plan *plan = arg;
	int err;

	(void)cmd;
	oomk_genl_u64(attrs, OOMK_A_PLAN_NEED_PAGES, &plan->need_pages);
	oomk_genl_u64(attrs, OOMK_A_PLAN_FREEABLE_PAGES, &plan->freeable_pages);
	oomk_genl_u32(attrs, OOMK_A_PLAN_ITEMS, &plan->items);
	oomk_genl_u32(attrs, OOMK_A_PLAN_REASON, &plan->reason);
	oomk_genl_u32(attrs, OOMK_A_PLAN_VICTIMS, &plan->victims);
	oomk_genl_u64(attrs, OOMK_A_PLAN_FREED_PAGES, &plan->freed_pages);
	oomk_genl_u64(attrs, OOMK_A_PLAN_LOST_PRICE, &plan->lost_price);
	oomk_genl_u64(attrs, OOMK_A_PLAN_BOUND_PRICE, &plan->bound_price);
	oomk_genl_u32(attrs, OOMK_A_PLAN_SAMPLE_US, &plan->sample_us);
	oomk_genl_u32(attrs, OOMK_A_PLAN_SOLVE_US, &plan->solve_us);
	err = oomk_genl_nest(attrs, OOMK_A_PLAN_VICTIM, item);
	if (err)
		return err == -ENOENT ? 0 : err;
	return oomk_ctl_tasks_add(&plan->tasks, item);
}

static int write_json(const struct oomk_ctl_call *call, struct plan *plan)
{
	struct oomk_json json;
	int err;

	oomk_json_init(&json, stdout, true);
	oomk_json_object(&json, NULL);
	oomk_json_u64(&json, "page_size", oomk_ctl_page_size());
	oomk_json_u64(&json, "need_pages", plan->need_pages);
	oomk_json_u64(&json, "freeable_pages", plan->freeable_pages);
	oomk_json_u64(&json, "items", plan->items);
	oomk_json_string(&json, "reason", oomk_ctl_reason_name(plan->reason));
	oomk_json_u64(&json, "freed_pages", plan->freed_pages);
	oomk_json_u64(&json, "lost_price_64ths", plan->lost_price);
	oomk_json_u64(&json, "bound_price_64ths", plan->bound_price);
	oomk_json_u64(&json, "sample_us", plan->sample_us);
	oomk_json_u64(&json, "solve_us", plan->solve_us);
	err = oomk_ctl_tasks_json(&plan->tasks, call->sort, &json, "victims");
	oomk_json_end(&json);
	return err;
}

static int print(const struct oomk_ctl_call *call, struct plan *plan)
{
	printf("need     %s\n", oomk_ctl_mib(plan->need_pages).text);
	printf("items    %u, which can free %s\n", plan->items,
	       oomk_ctl_mib(plan->freeable_pages).text);
	if (plan->victims) {
		printf("victims  %u, which free %s\n", plan->victims,
		       oomk_ctl_mib(plan->freed_pages).text);
		printf("lost     utility %s, ",
		       oomk_ctl_price(plan->lost_price).text);
	} else {
		printf("victims  none, ");
	}
	oomk_ctl_reason_print(plan->reason, plan->bound_price, stdout);
	printf("took     sample %u us, solve %u us\n", plan->sample_us,
	       plan->solve_us);
	if (!plan->tasks.nr)
		return 0;
	putchar('\n');
	return oomk_ctl_tasks_print(&plan->tasks, call->sort, stdout);
}

/* Rounded up: somebody who asks for a byte wants a page freed. */
static u64 pages_of(u64 bytes)
{
	u64 page_size = oomk_ctl_page_size();

	return bytes / page_size + !!(bytes % page_size);
}

/**
 * oomk_ctl_plan() - the verb plan
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_plan(const struct oomk_ctl_call *call)
{
	struct plan plan = { .reason = OOMK_REASON_NOTHING_TO_DO };
	struct oomk_genl *genl;
	struct nl_msg *msg;
	int status, err;

	if (call->nr_args)
		return oomk_ctl_usage(call, "takes no arguments");
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	err = -ENOMEM;
	msg = oomk_genl_request(genl, OOMK_CMD_PLAN_GET);
	if (msg) {
		if (call->has_need)
			nla_put_u64(msg, OOMK_A_PLAN_NEED_PAGES,
				    pages_of(call->need_bytes));
		err = oomk_genl_dump(genl, msg, on_plan, &plan);
	}
	if (!err)
		err = call->json ? write_json(call, &plan) : print(call, &plan);
	if (err)
		status = oomk_ctl_refused(genl, err, "plan");
	oomk_ctl_tasks_free(&plan.tasks);
	oomk_genl_close(genl);
	return status;
}
