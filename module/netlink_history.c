// SPDX-License-Identifier: GPL-2.0
/*
 * The dump of what is remembered: all cycles, or one with its items. Nothing
 * is kept for a dump, however slowly it is read: it goes on where it was and
 * passes over what was forgotten meanwhile.
 */
#include <linux/build_bug.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>

#include "event.h"
#include "history.h"
#include "netlink_ops.h"

/* Where a dump stands, in its callback's own room. */
struct history_view {
	struct oomk_dump_refusal refusal;
	u64 at;		/* position of the cycle to be told next */
	u64 number;	/* of the one cycle that was asked for, 0: all */
	u32 next;	/* item */
	bool begun;	/* the one cycle's figures are out */
	bool numbers;	/* the reader knows pids as the module does */
};

static struct history_view *view_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct history_view) > sizeof(cb->ctx));
	return (struct history_view *)cb->ctx;
}

/**
 * oomk_history_get_start - OOMK_CMD_HISTORY_GET begins
 * @cb: the dump's
 *
 * The dead have no number in other pid namespaces any more, so whoever lives
 * in one gets none.
 *
 * Return: 0; -EPERM; -ENOENT no such cycle is remembered; -EAGAIN.
 */
int oomk_history_get_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[OOMK_HISTORY_GET_MAX + 1];
	struct history_view *view = view_of(cb);
	int err;

	err = oomk_netlink_dump_begin(cb) ?:
	      oomk_netlink_parse(cb, attrs, OOMK_HISTORY_GET_MAX,
				 oomk_history_get_nl_policy);
	if (err || !attrs[OOMK_A_CYCLE_NUMBER])
		return err;
	if (!netlink_capable(cb->skb, CAP_SYS_PTRACE))
		return oomk_netlink_dump_refuse(cb, -EPERM,
			"the items of a cycle need CAP_SYS_PTRACE");
	view->number = nla_get_u64(attrs[OOMK_A_CYCLE_NUMBER]);
	view->numbers = task_active_pid_ns(current) == &init_pid_ns;
	if (!view->number || oomk_history_find(view->number, &view->at))
		return oomk_netlink_dump_refuse(cb, -ENOENT,
			"the history holds no cycle of that number");
	return 0;
}

static int put_outcome(struct sk_buff *skb,
		       const struct oomk_history_item *item)
{
	if (!item->victim)
		return 0;
	return nla_put_flag(skb, OOMK_A_ITEM_VICTIM) ||
	       nla_put_u32(skb, OOMK_A_ITEM_STATUS, item->status) ||
	       nla_put_u32(skb, OOMK_A_ITEM_ERRNO, item->err) ||
	       nla_put_u32(skb, OOMK_A_ITEM_SIGNALS, item->signals) ||
	       nla_put_u32(skb, OOMK_A_ITEM_SIGNAL_US, item->signal_us);
}

static int put_item(struct sk_buff *skb, const struct history_view *view,
		    const struct oomk_history_item *item)
{
	struct nlattr *nest = nla_nest_start(skb, OOMK_A_CYCLE_ITEM);

	if (!nest ||
	    nla_put_u32(skb, OOMK_A_ITEM_ID, item->item) ||
	    nla_put_u32(skb, OOMK_A_ITEM_PID,
			view->numbers ? item->pid_nr : 0) ||
	    nla_put_string(skb, OOMK_A_ITEM_COMM, item->comm) ||
	    nla_put_u32(skb, OOMK_A_ITEM_UID, item->uid) ||
	    nla_put_u64_64bit(skb, OOMK_A_ITEM_PAGES, item->weight_pages,
			      OOMK_A_ITEM_PAD) ||
	    nla_put_u32(skb, OOMK_A_ITEM_UTILITY, item->utility) ||
	    nla_put_u32(skb, OOMK_A_ITEM_PRICE, item->price) ||
	    nla_put_u32(skb, OOMK_A_ITEM_SOURCE, item->source) ||
	    nla_put_u32(skb, OOMK_A_ITEM_NR_TASKS, item->nr_tasks) ||
	    (item->capped && nla_put_flag(skb, OOMK_A_ITEM_SHARED_CAP)) ||
	    put_outcome(skb, item))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message: a cycle, or an item of the one that was asked for. */
static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct oomk_cycle_event *event, u32 nr_omitted,
		       const struct oomk_history_item *item)
{
	void *header = oomk_netlink_dump_put(skb, cb, OOMK_CMD_HISTORY_GET);
	int err;

	if (!header)
		return -EMSGSIZE;
	if (item)
		err = put_item(skb, view_of(cb), item);
	else
		err = oomk_netlink_put_cycle(skb, event) ||
		      nla_put_u32(skb, OOMK_A_CYCLE_ITEMS_OMITTED, nr_omitted);
	if (err) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static int dump_list(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct history_view *view = view_of(cb);
	struct oomk_cycle_event event;
	u32 nr_omitted;
	int err;

	while (oomk_history_cycle(&view->at, &event, &nr_omitted)) {
		err = put_message(skb, cb, &event, nr_omitted, NULL);
		if (err)
			return skb->len ? skb->len : err;
		view->at++;
	}
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct history_view *view = view_of(cb);
	struct oomk_history_item item;
	struct oomk_cycle_event event;
	u32 nr_omitted;
	u64 at = view->at;
	int err;

	if (!view->begun) {
		/* Forgotten since the start: nothing to tell any more. */
		if (!oomk_history_cycle(&at, &event, &nr_omitted) ||
		    event.number != view->number)
			return 0;
		err = put_message(skb, cb, &event, nr_omitted, NULL);
		if (err)
			return err;
		view->begun = true;
	}
	while (oomk_history_item(view->at, view->number, view->next, &item)) {
		err = put_message(skb, cb, NULL, 0, &item);
		if (err)
			return skb->len ? skb->len : err;
		view->next++;
	}
	return 0;
}

/**
 * oomk_history_get_dumpit - OOMK_CMD_HISTORY_GET goes on
 * @skb: where the messages go
 * @cb: the dump's
 *
 * Return: bytes if there is more, 0 at the end, or a negative errno.
 */
int oomk_history_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = oomk_netlink_dump_refused(cb);

	if (err)
		return err;
	return view_of(cb)->number ? dump_one(skb, cb) : dump_list(skb, cb);
}
