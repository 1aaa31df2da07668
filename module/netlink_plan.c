// SPDX-License-Identifier: GPL-2.0
/*
 * The two dumps that look at all tasks: items, and what would be chosen now.
 * Each has a plan of its own from its start to its end, so that neither gets
 * into the cycle's way and a slow reader sees one moment only.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "netlink_ops.h"
#include "plan.h"
#include "policy.h"
#include "pressure.h"
#include "request.h"
#include "sample.h"

/*
 * Plans are large, so they are few. Users without CAP_SYS_PTRACE may have but
 * half of them: one who opens dumps and never reads is not in an
 * administrator's way.
 */
#define DUMPS_MAX	8
#define DUMPS_USER_MAX	4

static atomic_t nr_dumps = ATOMIC_INIT(0);

/**
 * struct view - a dump on its way
 * @plan: its own; pids, uids and roots are those that the reader knows, pid 0:
 *	not for him
 * @weight: how weights were formed
 * @next: task to be told next
 * @begun: the first message is out
 */
struct view {
	struct oomk_plan *plan;
	u32 weight;
	u32 next;
	bool begun;
};

/* What the callback has room for. */
struct dump {
	struct oomk_dump_refusal refusal;
	struct view *view;
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

static struct view *view_of(struct netlink_callback *cb)
{
	return dump_of(cb)->view;
}

static bool dump_admit(bool privileged)
{
	int max = privileged ? DUMPS_MAX : DUMPS_USER_MAX;
	int nr = atomic_read(&nr_dumps);

	do {
		if (nr >= max)
			return false;
	} while (!atomic_try_cmpxchg(&nr_dumps, &nr, nr + 1));
	return true;
}

/* Processes now, and some that may come until the walk. */
static u32 count_tasks(void)
{
	u32 nr = oomk_sample_count();

	return nr + nr / 8 + 64;
}

/* May the sender see a task that is not his? */
static bool may_see(struct sk_buff *request, struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	const struct cred *cred;
	bool may = false;

	if (!task)
		return false;
	cred = get_task_cred(task);
	/* The initial namespace was asked about once for all. */
	if (cred->user_ns != &init_user_ns)
		may = netlink_ns_capable(request, cred->user_ns,
					 CAP_SYS_PTRACE);
	put_cred(cred);
	put_task_struct(task);
	return may;
}

/*
 * What the reader may see is settled here, in the sender's context: a dump
 * goes on in whoever reads the socket.
 */
static void tell_apart(struct sk_buff *request, struct oomk_sample *sample,
		       bool privileged)
{
	struct oomk_sample_task *task;
	kuid_t uid;
	u32 i;

	for (i = 0; i < sample->nr; i++) {
		task = &sample->tasks[i];
		uid = make_kuid(&init_user_ns, task->uid);
		if (privileged || oomk_netlink_is_user(request, uid) ||
		    may_see(request, task->pid))
			task->pid_nr = pid_vnr(task->pid);
		else
			task->pid_nr = 0;
		task->root_nr = oomk_netlink_pid(task->root_nr);
		task->uid = from_kuid_munged(current_user_ns(), uid);
	}
}

static struct view *view_new(struct sk_buff *request, bool privileged,
			     const struct oomk_policy *policy)
{
	struct view *view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	struct pid *executor;

	if (!view)
		return NULL;
	view->plan = oomk_plan_alloc(count_tasks());
	if (!view->plan) {
		kfree(view);
		return NULL;
	}
	view->weight = policy->weight;
	executor = oomk_request_executor();
	oomk_plan_survey(view->plan, policy, executor);
	put_pid(executor);
	tell_apart(request, &view->plan->sample, privileged);
	return view;
}

/* Without a view and without an error the dump has been refused. */
static int view_begin(struct netlink_callback *cb, bool privileged,
		      const struct oomk_policy *policy)
{
	struct view *view;
	int err;

	err = oomk_netlink_dump_begin(cb);
	if (err)
		return err;
	if (!dump_admit(privileged))
		return oomk_netlink_dump_refuse(cb, -EBUSY,
						"too many dumps are open");
	view = view_new(cb->skb, privileged, policy);
	if (!view) {
		atomic_dec(&nr_dumps);
		return -ENOMEM;
	}
	dump_of(cb)->view = view;
	return 0;
}

/**
 * oomk_item_get_start - OOMK_CMD_ITEM_GET begins
 * @cb: the dump's
 *
 * Return: 0; -EBUSY too many dumps are open; -ENOMEM; -EAGAIN.
 */
int oomk_item_get_start(struct netlink_callback *cb)
{
	bool privileged = netlink_capable(cb->skb, CAP_SYS_PTRACE);
	struct oomk_policy policy;

	oomk_policy_read(&policy);
	return view_begin(cb, privileged, &policy);
}

static u64 need_now(const struct oomk_plan *plan,
		    const struct oomk_policy *policy)
{
	struct oomk_pressure pressure;

	oomk_pressure_read(&pressure);
	if (policy->capacity_pages || policy->capacity_permille)
		return oomk_plan_static_need(plan, policy,
					     pressure.total_pages +
					     pressure.total_swap_pages);
	return oomk_pressure_need(&pressure, policy,
				  plan->sample.pending_pages, OOMK_CAUSE_NONE);
}

/**
 * oomk_plan_get_start - OOMK_CMD_PLAN_GET begins
 * @cb: the dump's
 *
 * Return: 0; -EPERM; -EBUSY too many dumps are open; -ENOMEM; -EAGAIN.
 */
int oomk_plan_get_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[OOMK_PLAN_GET_MAX + 1];
	struct oomk_policy policy;
	struct oomk_plan *plan;
	u64 need_pages;
	int err;

	if (!netlink_capable(cb->skb, CAP_SYS_PTRACE))
		return oomk_netlink_dump_refuse(cb, -EPERM,
						"a plan needs CAP_SYS_PTRACE");
	err = oomk_netlink_parse(cb, attrs, OOMK_PLAN_GET_MAX,
				 oomk_plan_get_nl_policy);
	if (err)
		return err;
	oomk_policy_read(&policy);
	err = view_begin(cb, true, &policy);
	if (err || !view_of(cb))
		return err;
	plan = view_of(cb)->plan;
	if (attrs[OOMK_A_PLAN_NEED_PAGES])
		need_pages = nla_get_u64(attrs[OOMK_A_PLAN_NEED_PAGES]);
	else
		need_pages = need_now(plan, &policy);
	oomk_plan_solve(plan, &policy, need_pages);
	return 0;
}

static u64 task_pages(const struct view *view,
		      const struct oomk_sample_task *task)
{
	if (view->weight == OOMK_WEIGHT_BADNESS)
		return task->badness_pages;
	return task->private_pages + task->shmem_pages;
}

static int put_item(struct sk_buff *skb, const struct oomk_plan *plan,
		    const struct oomk_sample_task *task)
{
	const struct oomk_knapsack_item *item;
	const struct oomk_item *info;

	if (task->item == OOMK_SAMPLE_NO_ITEM) {
		if (nla_put_u32(skb, OOMK_A_ITEM_ID, 0) ||
		    nla_put_u32(skb, OOMK_A_ITEM_UTILITY, task->utility) ||
		    nla_put_u32(skb, OOMK_A_ITEM_SOURCE, task->source))
			return -EMSGSIZE;
		return 0;
	}
	item = &plan->items[task->item];
	info = &plan->info[task->item];
	if (nla_put_u32(skb, OOMK_A_ITEM_ID, task->item + 1) ||
	    nla_put_u64_64bit(skb, OOMK_A_ITEM_PAGES, item->weight_pages,
			      OOMK_A_ITEM_PAD) ||
	    nla_put_u32(skb, OOMK_A_ITEM_UTILITY, info->utility) ||
	    nla_put_u32(skb, OOMK_A_ITEM_PRICE, item->price) ||
	    nla_put_u32(skb, OOMK_A_ITEM_SOURCE, info->source) ||
	    (info->capped && nla_put_flag(skb, OOMK_A_ITEM_SHARED_CAP)))
		return -EMSGSIZE;
	return 0;
}

static int put_task(struct sk_buff *skb, const struct view *view, u32 index)
{
	const struct oomk_plan *plan = view->plan;
	const struct oomk_sample_task *task = &plan->sample.tasks[index];

	if (nla_put_u32(skb, OOMK_A_ITEM_PID, task->pid_nr) ||
	    nla_put_u64_64bit(skb, OOMK_A_ITEM_START_NS, task->start_ns,
			      OOMK_A_ITEM_PAD) ||
	    nla_put_string(skb, OOMK_A_ITEM_COMM, task->comm) ||
	    nla_put_u32(skb, OOMK_A_ITEM_UID, task->uid) ||
	    nla_put_u64_64bit(skb, OOMK_A_ITEM_TASK_PAGES,
			      task_pages(view, task), OOMK_A_ITEM_PAD) ||
	    nla_put_u32(skb, OOMK_A_ITEM_STATE, task->state))
		return -EMSGSIZE;
	if (task->job_id &&
	    nla_put_u32(skb, OOMK_A_ITEM_ROOT, task->root_nr))
		return -EMSGSIZE;
	return put_item(skb, plan, task);
}

static int put_item_message(struct sk_buff *skb, struct netlink_callback *cb,
			    u32 index)
{
	struct view *view = view_of(cb);
	void *header;
	int err;

	header = oomk_netlink_dump_put(skb, cb, OOMK_CMD_ITEM_GET);
	if (!header)
		return -EMSGSIZE;
	err = put_task(skb, view, index);
	if (!err && !view->begun)
		err = nla_put_u32(skb, OOMK_A_ITEM_OMITTED,
				  view->plan->sample.nr_omitted);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	view->begun = true;
	return 0;
}

/**
 * oomk_item_get_dumpit - OOMK_CMD_ITEM_GET goes on
 * @skb: where the messages go
 * @cb: the dump's
 *
 * Return: bytes if there is more, 0 at the end, or a negative errno.
 */
int oomk_item_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct view *view = view_of(cb);
	const struct oomk_sample *sample;
	int err;

	err = oomk_netlink_dump_refused(cb);
	if (err)
		return err;
	sample = &view->plan->sample;
	for (; view->next < sample->nr; view->next++) {
		if (!sample->tasks[view->next].pid_nr)
			continue;
		err = put_item_message(skb, cb, view->next);
		if (err)
			return skb->len ? skb->len : err;
	}
	return 0;
}

static u32 whole_us(u64 ns)
{
	return min_t(u64, div_u64(ns, NSEC_PER_USEC), U32_MAX);
}

static int put_totals(struct sk_buff *skb, const struct oomk_plan *plan)
{
	const struct oomk_knapsack_result *result = &plan->result;

	if (nla_put_u64_64bit(skb, OOMK_A_PLAN_NEED_PAGES, plan->need_pages,
			      OOMK_A_PLAN_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_PLAN_FREEABLE_PAGES,
			      plan->freeable_pages, OOMK_A_PLAN_PAD) ||
	    nla_put_u32(skb, OOMK_A_PLAN_ITEMS, plan->nr_items) ||
	    nla_put_u32(skb, OOMK_A_PLAN_REASON, result->reason) ||
	    nla_put_u32(skb, OOMK_A_PLAN_VICTIMS, result->nr_victims) ||
	    nla_put_u64_64bit(skb, OOMK_A_PLAN_FREED_PAGES,
			      result->freed_pages, OOMK_A_PLAN_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_PLAN_LOST_PRICE, result->lost_price,
			      OOMK_A_PLAN_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_PLAN_BOUND_PRICE,
			      result->bound_price, OOMK_A_PLAN_PAD) ||
	    nla_put_u32(skb, OOMK_A_PLAN_SAMPLE_US,
			whole_us(plan->sample.ns)) ||
	    nla_put_u32(skb, OOMK_A_PLAN_SOLVE_US,
			whole_us(plan->price_ns + plan->solve_ns)))
		return -EMSGSIZE;
	return 0;
}

static int put_victim(struct sk_buff *skb, const struct view *view, u32 index)
{
	struct nlattr *nest = nla_nest_start(skb, OOMK_A_PLAN_VICTIM);

	if (!nest || put_task(skb, view, index))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message: the totals first, then the task at &view.next. */
static int put_plan_message(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct view *view = view_of(cb);
	void *header;
	int err;

	header = oomk_netlink_dump_put(skb, cb, OOMK_CMD_PLAN_GET);
	if (!header)
		return -EMSGSIZE;
	err = view->begun ? put_victim(skb, view, view->next) :
			    put_totals(skb, view->plan);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* A task of a chosen item, and one that the reader has a pid for. */
static bool is_victim(const struct oomk_plan *plan, u32 index)
{
	const struct oomk_sample_task *task = &plan->sample.tasks[index];

	return task->pid_nr && task->item != OOMK_SAMPLE_NO_ITEM &&
	       plan->items[task->item].victim;
}

/**
 * oomk_plan_get_dumpit - OOMK_CMD_PLAN_GET goes on
 * @skb: where the messages go
 * @cb: the dump's
 *
 * Return: bytes if there is more, 0 at the end, or a negative errno.
 */
int oomk_plan_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct view *view = view_of(cb);
	int err;

	err = oomk_netlink_dump_refused(cb);
	if (err)
		return err;
	if (!view->begun) {
		err = put_plan_message(skb, cb);
		if (err)
			return err;
		view->begun = true;
	}
	for (; view->next < view->plan->sample.nr; view->next++) {
		if (!is_victim(view->plan, view->next))
			continue;
		err = put_plan_message(skb, cb);
		if (err)
			return skb->len ? skb->len : err;
	}
	return 0;
}

/**
 * oomk_plan_done - a dump of items or of a plan ends
 * @cb: the dump's
 *
 * Also when its reader closes the socket half-way.
 *
 * Return: 0.
 */
int oomk_plan_done(struct netlink_callback *cb)
{
	struct view *view = view_of(cb);

	if (view) {
		oomk_plan_free(view->plan);
		kfree(view);
		atomic_dec(&nr_dumps);
	}
	return 0;
}
