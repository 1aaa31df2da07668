// SPDX-License-Identifier: GPL-2.0
/*
 * The family: its operations and what they share. Events have a file of their
 * own, netlink_event.c.
 *
 * Operations run in parallel. With the lock that the core would otherwise take
 * the executor could wait for a stranger's handler that waits for memory. What
 * needs order has a lock of its own: the request's, and policy-set's mutex.
 *
 * A dump that is open holds a reference on this module, so that it cannot be
 * unloaded before the dump's reader is done or gone.
 */
#include "netlink.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/notifier.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "netlink_ops.h"
#include "request.h"

/**
 * oomk_netlink_refuse - answer with a sentence
 * @extack: the request's, or NULL
 * @err: negative errno
 * @why: what is missing; not copied
 *
 * Return: @err.
 */
int oomk_netlink_refuse(struct netlink_ext_ack *extack, int err,
			const char *why)
{
	if (extack)
		extack->_msg = why;
	return err;
}

/**
 * oomk_netlink_is_user - does a request come from this user?
 * @skb: the request
 * @uid: real uid
 *
 * A socket can be passed on: who opened it and who sends both have to be the
 * user, or each could borrow the rights of the other.
 *
 * Context: process; the sender's.
 * Return: true if it does.
 */
bool oomk_netlink_is_user(const struct sk_buff *skb, kuid_t uid)
{
	const struct socket *socket = NETLINK_CB(skb).sk->sk_socket;

	if (!socket || !socket->file)
		return false;
	return uid_eq(socket->file->f_cred->uid, uid) &&
	       uid_eq(current_uid(), uid);
}

/**
 * oomk_netlink_pid - a pid as the sender of a request knows it
 * @init_nr: in the initial pid namespace, 0: none
 *
 * Context: process; the sender's.
 * Return: the number in his namespace; 0 if it is not visible there.
 */
u32 oomk_netlink_pid(u32 init_nr)
{
	u32 nr;

	if (!init_nr)
		return 0;
	rcu_read_lock();
	nr = pid_vnr(find_pid_ns(init_nr, &init_pid_ns));
	rcu_read_unlock();
	return nr;
}

/**
 * oomk_netlink_parse - parse the attributes of a dump's request
 * @cb: the dump's, in its start
 * @attrs: out: @max + 1 slots
 * @max: highest attribute
 * @policy: of the operation
 *
 * The core has parsed them too, but hands them on in another way in every
 * other release.
 *
 * Return: 0 or a negative errno.
 */
int oomk_netlink_parse(struct netlink_callback *cb, struct nlattr **attrs,
		       int max, const struct nla_policy *policy)
{
	return genlmsg_parse(cb->nlh, &oomk_family, attrs, max, policy,
			     cb->extack);
}

/**
 * oomk_netlink_dump_begin - may a dump begin?
 * @cb: the dump's, first of all in its start
 *
 * An open dump holds a reference to the module. Unloading heeds that, but not a
 * load that fails: until it is over there must be no dump.
 *
 * Return: 0; -EAGAIN the module is not loaded yet.
 */
int oomk_netlink_dump_begin(struct netlink_callback *cb)
{
	if (READ_ONCE(THIS_MODULE->state) == MODULE_STATE_LIVE)
		return 0;
	return oomk_netlink_refuse(cb->extack, -EAGAIN,
				   "the module is still being loaded");
}

static struct oomk_dump_refusal *refusal_of(struct netlink_callback *cb)
{
	return (struct oomk_dump_refusal *)cb->ctx;
}

/**
 * oomk_netlink_dump_refuse - refuse a dump in its start
 * @cb: the dump's; its room begins with a struct oomk_dump_refusal
 * @err: negative errno
 * @why: what is missing; not copied
 *
 * The start of a dump has no place for a sentence in older kernels. There it
 * succeeds, and the dump ends at once with errno and sentence, see
 * oomk_netlink_dump_refused().
 *
 * Return: what the start has to return.
 */
int oomk_netlink_dump_refuse(struct netlink_callback *cb, int err,
			     const char *why)
{
	if (cb->extack)
		return oomk_netlink_refuse(cb->extack, err, why);
	refusal_of(cb)->err = err;
	refusal_of(cb)->why = why;
	return 0;
}

/**
 * oomk_netlink_dump_refused - has a dump been refused in its start?
 * @cb: the dump's, before its first message
 *
 * Return: 0, or the negative errno that the dump has to end with.
 */
int oomk_netlink_dump_refused(struct netlink_callback *cb)
{
	const struct oomk_dump_refusal *refusal = refusal_of(cb);

	if (!refusal->err)
		return 0;
	return oomk_netlink_refuse(cb->extack, refusal->err, refusal->why);
}

/**
 * oomk_netlink_dump_put - begin one message of a dump
 * @skb: where
 * @cb: the dump's
 * @cmd: enum oomk_cmd
 *
 * Return: the header for genlmsg_end() or genlmsg_cancel(), NULL without room.
 */
void *oomk_netlink_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
			    u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &oomk_family, NLM_F_MULTI, cmd);
}

/**
 * oomk_netlink_reply_new - begin the reply to a request
 * @info: the request
 * @header: out: for oomk_netlink_reply_send()
 *
 * Context: process, may sleep.
 * Return: the message or NULL.
 */
struct sk_buff *oomk_netlink_reply_new(struct genl_info *info, void **header)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &oomk_family, 0,
				    info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * oomk_netlink_reply_send - end a reply
 * @skb: from oomk_netlink_reply_new(); consumed
 * @info: the request
 * @header: likewise
 * @err: 0, or why the reply cannot be sent
 *
 * Return: 0 or a negative errno.
 */
int oomk_netlink_reply_send(struct sk_buff *skb, struct genl_info *info,
			    void *header, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

#define OOMK_OP(_cmd, _table, _max)		\
	.cmd = (_cmd), .policy = (_table), .maxattr = (_max)

static const struct genl_ops oomk_ops[] = {
	{
		OOMK_OP(OOMK_CMD_JOB_SET, oomk_job_set_nl_policy,
			OOMK_JOB_SET_MAX),
		.doit = oomk_job_set_doit,
	}, {
		OOMK_OP(OOMK_CMD_JOB_CLEAR, oomk_job_clear_nl_policy,
			OOMK_JOB_CLEAR_MAX),
		.doit = oomk_job_clear_doit,
	}, {
		OOMK_OP(OOMK_CMD_JOB_GET, oomk_job_get_nl_policy,
			OOMK_JOB_GET_MAX),
		.doit = oomk_job_get_doit,
	}, {
		OOMK_OP(OOMK_CMD_ITEM_GET, oomk_nothing_nl_policy,
			OOMK_NOTHING_IN_MAX),
		.start = oomk_item_get_start,
		.dumpit = oomk_item_get_dumpit,
		.done = oomk_plan_done,
	}, {
		OOMK_OP(OOMK_CMD_PLAN_GET, oomk_plan_get_nl_policy,
			OOMK_PLAN_GET_MAX),
		.start = oomk_plan_get_start,
		.dumpit = oomk_plan_get_dumpit,
		.done = oomk_plan_done,
	}, {
		OOMK_OP(OOMK_CMD_POLICY_GET, oomk_nothing_nl_policy,
			OOMK_NOTHING_IN_MAX),
		.doit = oomk_policy_get_doit,
	}, {
		OOMK_OP(OOMK_CMD_POLICY_SET, oomk_policy_set_nl_policy,
			OOMK_POLICY_SET_MAX),
		.doit = oomk_policy_set_doit,
	}, {
		OOMK_OP(OOMK_CMD_STATUS_GET, oomk_nothing_nl_policy,
			OOMK_NOTHING_IN_MAX),
		.doit = oomk_status_get_doit,
	}, {
		OOMK_OP(OOMK_CMD_EXECUTOR_BIND, oomk_nothing_nl_policy,
			OOMK_NOTHING_IN_MAX),
		.doit = oomk_executor_bind_doit,
	}, {
		OOMK_OP(OOMK_CMD_REQUEST_ACCEPT, oomk_cycle_nl_policy,
			OOMK_CYCLE_ONLY_MAX),
		.start = oomk_request_accept_start,
		.dumpit = oomk_request_accept_dumpit,
	}, {
		OOMK_OP(OOMK_CMD_REQUEST_CHECK, oomk_cycle_nl_policy,
			OOMK_CYCLE_ONLY_MAX),
		.doit = oomk_request_check_doit,
	}, {
		OOMK_OP(OOMK_CMD_REQUEST_DONE, oomk_done_nl_policy,
			OOMK_DONE_MAX),
		.doit = oomk_request_done_doit,
	}, {
		OOMK_OP(OOMK_CMD_HISTORY_GET, oomk_history_get_nl_policy,
			OOMK_HISTORY_GET_MAX),
		.start = oomk_history_get_start,
		.dumpit = oomk_history_get_dumpit,
	}, {
		OOMK_OP(OOMK_CMD_MEMBER_GET, oomk_nothing_nl_policy,
			OOMK_NOTHING_IN_MAX),
		.start = oomk_member_get_start,
		.dumpit = oomk_member_get_dumpit,
	},
};

static const struct genl_multicast_group oomk_groups[] = {
	{ .name = OOMK_MCGRP_EVENTS },
};

struct genl_family oomk_family = {
	.name = OOMK_FAMILY_NAME,
	.version = OOMK_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = oomk_ops,
	.n_ops = ARRAY_SIZE(oomk_ops),
	.mcgrps = oomk_groups,
	.n_mcgrps = ARRAY_SIZE(oomk_groups),
};

static int on_socket_event(struct notifier_block *block, unsigned long event,
			   void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE &&
	    notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		oomk_request_unbind(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = on_socket_event,
};

/**
 * oomk_netlink_init - open the door
 *
 * Context: process, after every lower floor is ready.
 * Return: 0 or a negative errno.
 */
int oomk_netlink_init(void)
{
	int err;

	err = oomk_netlink_event_init();
	if (err)
		return err;
	/* First, or a seat could be taken whose socket is closed unnoticed. */
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		goto exit_event;
	err = genl_register_family(&oomk_family);
	if (err)
		goto unregister_notifier;
	return 0;

unregister_notifier:
	netlink_unregister_notifier(&socket_notifier);
exit_event:
	oomk_netlink_event_exit();
	return err;
}

/**
 * oomk_netlink_exit - close the door
 *
 * No operation runs any more when it returns. The cycle must not send any
 * event during and after it. May sleep.
 */
void oomk_netlink_exit(void)
{
	genl_unregister_family(&oomk_family);
	netlink_unregister_notifier(&socket_notifier);
	oomk_netlink_event_exit();
}
