// SPDX-License-Identifier: GPL-2.0
/* The dump of all members of jobs, for the executor's safety net. */
#include <linux/build_bug.h>
#include <linux/capability.h>

#include "member.h"
#include "netlink_ops.h"

/* What the callback has room for. */
struct dump {
	struct oomk_dump_refusal refusal;
	struct oomk_member_cursor cursor;
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

/**
 * oomk_member_get_start - OOMK_CMD_MEMBER_GET begins
 * @cb: the dump's
 *
 * Return: 0; -EPERM, at once or when the dump goes on; -EAGAIN.
 */
int oomk_member_get_start(struct netlink_callback *cb)
{
	struct sk_buff *request = (struct sk_buff *)cb->skb;
	int err;

	err = oomk_netlink_dump_begin(cb);
	if (err)
		return err;
	if (!netlink_capable(request, CAP_SYS_ADMIN))
		return oomk_netlink_dump_refuse(cb, -EPERM,
			"telling of the members of jobs needs CAP_SYS_ADMIN");
	return 0;
}

static int put_member(struct sk_buff *skb, const struct oomk_member_view *view)
{
	if (nla_put_u32(skb, OOMK_A_MEMBER_PID, view->pid_nr) ||
	    nla_put_u64_64bit(skb, OOMK_A_MEMBER_START_NS, view->start_ns,
			      OOMK_A_MEMBER_PAD) ||
	    nla_put_u64_64bit(skb, OOMK_A_MEMBER_JOB_ID, view->job.id,
			      OOMK_A_MEMBER_PAD) ||
	    nla_put_s32(skb, OOMK_A_MEMBER_ADJ_BEFORE, view->before.value) ||
	    nla_put_s32(skb, OOMK_A_MEMBER_MIN_BEFORE, view->before.min))
		return -EMSGSIZE;
	if (view->job.has_utility &&
	    nla_put_u32(skb, OOMK_A_MEMBER_UTILITY, view->job.utility))
		return -EMSGSIZE;
	if (view->job.protected &&
	    nla_put_flag(skb, OOMK_A_MEMBER_PROTECTED))
		return -EMSGSIZE;
	if (view->cleared && nla_put_flag(skb, OOMK_A_MEMBER_CLEARED))
		return -EMSGSIZE;
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct oomk_member_view *view)
{
	void *header = oomk_netlink_dump_put(skb, cb, OOMK_CMD_MEMBER_GET);

	if (!header)
		return -EMSGSIZE;
	if (put_member(skb, view)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * oomk_member_get_dumpit - OOMK_CMD_MEMBER_GET goes on
 * @skb: where the messages go
 * @cb: the dump's
 *
 * Return: bytes if there is more, 0 at the end, or a negative errno.
 */
int oomk_member_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = dump_of(cb);
	struct oomk_member_cursor cursor = dump->cursor;
	struct oomk_member_view view;
	int err;

	err = oomk_netlink_dump_refused(cb);
	if (err)
		return err;
	while (oomk_member_next(&cursor, &view)) {
		err = put_message(skb, cb, &view);
		if (err)
			return skb->len ? skb->len : err;
		dump->cursor = cursor;
	}
	dump->cursor = cursor;
	return skb->len;
}
