// SPDX-License-Identifier: GPL-2.0
/*
 * The family: its operations, what they share, and its events.
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
#include <linux/sched/mm.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "netlink_ops.h"
#include "request.h"
#include "trace.h"

#define READY_BYTES	(nla_total_size_64bit(sizeof(u64)) + \
			 nla_total_size(sizeof(u32)))

static struct genl_family oomk_family;

/*
 * The next cycle's READY messages, the cycle's alone: one for the submission,
 * one for the rise to the hard level. Made when memory is there: a message
 * made from the reserves would be dropped before it reached its listener.
 */
static struct sk_buff *ready_spares[2];

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
	},
};

static const struct genl_multicast_group oomk_groups[] = {
	{ .name = OOMK_MCGRP_EVENTS },
};

static struct genl_family oomk_family = {
	.name = OOMK_FAMILY_NAME,
	.version = OOMK_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = oomk_ops,
	.n_ops = ARRAY_SIZE(oomk_ops),
	.mcgrps = oomk_groups,
	.n_mcgrps = ARRAY_SIZE(oomk_groups),
};

static int spares_fill(gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ready_spares); i++) {
		if (!ready_spares[i])
			ready_spares[i] = genlmsg_new(READY_BYTES, gfp);
		if (!ready_spares[i])
			return -ENOMEM;
	}
	return 0;
}

static struct sk_buff *spares_take(void)
{
	struct sk_buff *skb = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ready_spares) && !skb; i++)
		swap(skb, ready_spares[i]);
	return skb;
}

static void spares_free(void)
{
	struct sk_buff *skb;

	while ((skb = spares_take()))
		nlmsg_free(skb);
}

/* Consumes @skb. */
static int ready_send(struct sk_buff *skb, u64 cycle, enum oomk_level level)
{
	unsigned int flags;
	void *header;
	int err;

	header = genlmsg_put(skb, 0, 0, &oomk_family, 0, OOMK_CMD_READY);
	if (!header ||
	    nla_put_u64_64bit(skb, OOMK_A_REQUEST_CYCLE, cycle,
			      OOMK_A_REQUEST_PAD) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_LEVEL, level)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);

	/* Every listener but one gets a clone; the reserves may pay for it. */
	flags = memalloc_noreclaim_save();
	err = genlmsg_multicast(&oomk_family, skb, 0, 0, GFP_NOWAIT);
	memalloc_noreclaim_restore(flags);
	return err;
}

/**
 * oomk_netlink_ready - tell the executor that a set waits for it
 * @cycle: the set's
 * @level: the set's
 *
 * The message was allocated when memory was there, and is replaced at the end
 * of the cycle. It may still be lost on a listener whose buffer is full; the
 * request's time limit is there for that.
 *
 * Context: process, the cycle only; does not wait for memory.
 * Return: 0; -ESRCH if nobody listens; -ENOMEM or -ENOBUFS if it was lost.
 */
int oomk_netlink_ready(u64 cycle, enum oomk_level level)
{
	struct sk_buff *skb = spares_take();
	int err = -ENOMEM;

	if (!skb)
		skb = genlmsg_new(READY_BYTES, GFP_NOWAIT | __GFP_NOWARN);
	if (skb)
		err = ready_send(skb, cycle, level);
	trace_oomk_ready(cycle, err);
	return err;
}

static int put_start(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u32(skb, OOMK_A_CYCLE_CAUSE, event->cause) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_LEVEL, event->level) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_AVAILABLE_PERMILLE,
			   event->available_permille) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_FREE_SWAP_PERMILLE,
			   event->free_swap_permille) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_PSI_FULL_AVG10,
			   event->psi_full_avg10) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_NEED_PAGES,
				 event->need_pages, OOMK_A_CYCLE_PAD);
}

static int put_solved(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u32(skb, OOMK_A_CYCLE_REASON, event->reason) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_VICTIMS, event->victims) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_TASKS, event->tasks) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_FREED_PAGES,
				 event->freed_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_LOST_PRICE,
				 event->lost_price, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_BOUND_PRICE,
				 event->bound_price, OOMK_A_CYCLE_PAD);
}

static int put_end(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u64_64bit(skb, OOMK_A_CYCLE_BACK_PAGES,
				 event->back_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_LAST_SIGNAL_MS,
			   event->last_signal_ms) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_OUTCOME, event->outcome);
}

static int put_cycle(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	if (nla_put_u64_64bit(skb, OOMK_A_CYCLE_NUMBER, event->number,
			      OOMK_A_CYCLE_PAD) ||
	    nla_put_u32(skb, OOMK_A_CYCLE_STAGE, event->stage))
		return -EMSGSIZE;
	switch (event->stage) {
	case OOMK_STAGE_START:
		return put_start(skb, event);
	case OOMK_STAGE_SOLVED:
		return put_solved(skb, event);
	case OOMK_STAGE_BACKSTOP:
		return 0;
	case OOMK_STAGE_END:
		return put_end(skb, event);
	}
	return -EINVAL;
}

/**
 * oomk_netlink_cycle - tell everybody how far the cycle is
 * @event: numbers only
 *
 * For those who watch; nothing depends on it, so it is dropped rather than
 * waited for when memory is short.
 *
 * Context: process, the cycle only; waits for memory at the end of a cycle at
 * most, to make the next one's READY messages.
 */
void oomk_netlink_cycle(const struct oomk_cycle_event *event)
{
	struct sk_buff *skb;
	void *header;

	if (event->stage == OOMK_STAGE_END)
		spares_fill(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);

	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &oomk_family, 0, OOMK_CMD_CYCLE_NTF);
	if (!header || put_cycle(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&oomk_family, skb, 0, 0, GFP_NOWAIT | __GFP_NOWARN);
}

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

	err = spares_fill(GFP_KERNEL);
	if (err)
		goto free_spares;
	/* First, or a seat could be taken whose socket is closed unnoticed. */
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		goto free_spares;
	err = genl_register_family(&oomk_family);
	if (err)
		goto unregister_notifier;
	return 0;

unregister_notifier:
	netlink_unregister_notifier(&socket_notifier);
free_spares:
	spares_free();
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
	spares_free();
}
