// SPDX-License-Identifier: GPL-2.0
/* The executor's commands: take the seat, the set, and report on it. */
#include <linux/build_bug.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>

#include "netlink_ops.h"
#include "request.h"

/* Where an accept's dump stands, in its callback's own room. */
struct accept_view {
	struct oomk_dump_refusal refusal;
	struct oomk_request_header header;
	u32 next;	/* victim */
	bool begun;	/* the totals are out */
};

static const char *sentence(int err)
{
	switch (err) {
	case -EPERM:
		return "the socket does not hold the executor's seat";
	case -ESTALE:
		return "that cycle is not the executor's any more";
	case -ENOENT:
		return "no such victim set is to be had";
	default:
		return NULL;
	}
}

static int refuse(struct netlink_ext_ack *extack, int err)
{
	return oomk_netlink_refuse(extack, err, sentence(err));
}

/*
 * Of who takes the seat, and of each that speaks from it: it is known by the
 * number of its port, which anybody may bind between the end of its socket and
 * the news of that.
 */
static const char *refuse_caller(struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_SYS_ADMIN) ? NULL :
		"the executor's seat needs CAP_SYS_ADMIN";
}

/**
 * oomk_executor_bind_doit - OOMK_CMD_EXECUTOR_BIND
 * @skb: the request
 * @info: likewise
 *
 * The pids of victims are those of the initial namespace, so the executor has
 * to live there. Its process is what the solver leaves out, so the socket has
 * to be its user's own.
 *
 * Return: 0; -EPERM; -EBUSY another socket holds the seat.
 */
int oomk_executor_bind_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = refuse_caller(skb);
	int err;

	if (why)
		return oomk_netlink_refuse(info->extack, -EPERM, why);
	if (task_active_pid_ns(current) != &init_pid_ns)
		return oomk_netlink_refuse(info->extack, -EPERM,
			"the executor has to be in the initial pid namespace");
	if (!oomk_netlink_is_user(skb, current_uid()))
		return oomk_netlink_refuse(info->extack, -EPERM,
			"the socket was opened by another user");
	err = oomk_request_bind(info->snd_portid, task_tgid(current));
	if (err == -EBUSY)
		return oomk_netlink_refuse(info->extack, err,
			"another executor holds the seat");
	return err;
}

/**
 * oomk_request_accept_start - OOMK_CMD_REQUEST_ACCEPT begins
 * @cb: the dump's
 *
 * Return: 0; -EPERM without the seat; -ENOENT nothing to accept; -EAGAIN.
 */
int oomk_request_accept_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[OOMK_CYCLE_ONLY_MAX + 1];
	struct accept_view *view = (void *)cb->ctx;
	const char *why = refuse_caller((struct sk_buff *)cb->skb);
	int err;

	BUILD_BUG_ON(sizeof(*view) > sizeof(cb->ctx));

	err = oomk_netlink_dump_begin(cb) ?:
	      oomk_netlink_parse(cb, attrs, OOMK_CYCLE_ONLY_MAX,
				 oomk_cycle_nl_policy);
	if (err)
		return err;
	if (why)
		return oomk_netlink_dump_refuse(cb, -EPERM, why);
	memset(view, 0, sizeof(*view));
	if (attrs[OOMK_A_REQUEST_CYCLE])
		view->header.cycle = nla_get_u64(attrs[OOMK_A_REQUEST_CYCLE]);
	err = oomk_request_accept(NETLINK_CB(cb->skb).portid, &view->header);
	return err ? oomk_netlink_dump_refuse(cb, err, sentence(err)) : 0;
}

static int put_totals(struct sk_buff *skb,
		      const struct oomk_request_header *header)
{
	if (nla_put_u64_64bit(skb, OOMK_A_REQUEST_CYCLE, header->cycle,
			      OOMK_A_REQUEST_PAD) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_LEVEL, header->level) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_GRACE_MS, header->grace_ms) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_NR_VICTIMS, header->nr_victims) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_TIMEOUT_MS,
			oomk_request_timeout_ms(header->level)))
		return -EMSGSIZE;
	return 0;
}

static int put_victim(struct sk_buff *skb, const struct oomk_victim *victim)
{
	struct nlattr *nest = nla_nest_start(skb, OOMK_A_REQUEST_VICTIM);

	if (!nest ||
	    nla_put_u32(skb, OOMK_A_VICTIM_PID, victim->pid_nr) ||
	    nla_put_u64_64bit(skb, OOMK_A_VICTIM_START_NS, victim->start_ns,
			      OOMK_A_VICTIM_PAD) ||
	    nla_put_u32(skb, OOMK_A_VICTIM_ACTION, victim->action) ||
	    nla_put_u64_64bit(skb, OOMK_A_VICTIM_PAGES, victim->pages,
			      OOMK_A_VICTIM_PAD) ||
	    nla_put_u32(skb, OOMK_A_VICTIM_UTILITY, victim->utility) ||
	    nla_put_u32(skb, OOMK_A_VICTIM_ITEM, victim->item) ||
	    nla_put_string(skb, OOMK_A_VICTIM_COMM, victim->comm))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message: the totals, or the next victim. */
static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct oomk_victim *victim)
{
	struct accept_view *view = (void *)cb->ctx;
	void *header;
	int err;

	header = oomk_netlink_dump_put(skb, cb, OOMK_CMD_REQUEST_ACCEPT);
	if (!header)
		return -EMSGSIZE;
	err = victim ? put_victim(skb, victim) : put_totals(skb, &view->header);
	if (err) {
		genlmsg_cancel(skb, header);
		return err;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * oomk_request_accept_dumpit - OOMK_CMD_REQUEST_ACCEPT goes on
 * @skb: where the messages go
 * @cb: the dump's
 *
 * The set may expire before its last victim is fetched; the dump then ends
 * with -ESTALE, and what was fetched is not to be acted upon.
 *
 * Return: bytes if there is more, 0 at the end, or a negative errno.
 */
int oomk_request_accept_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct accept_view *view = (void *)cb->ctx;
	struct oomk_victim victim;
	int err;

	err = oomk_netlink_dump_refused(cb);
	if (err)
		return err;
	if (!view->begun) {
		err = put_message(skb, cb, NULL);
		if (err)
			return err;
		view->begun = true;
	}
	while (view->next < view->header.nr_victims) {
		err = oomk_request_victim(NETLINK_CB(cb->skb).portid,
					  view->header.cycle, view->next,
					  &victim);
		if (err)
			return refuse(cb->extack, err);
		err = put_message(skb, cb, &victim);
		if (err)
			return skb->len ? skb->len : err;
		view->next++;
	}
	return 0;
}

static int cycle_of(struct genl_info *info, u64 *cycle)
{
	const struct nlattr *attr = info->attrs[OOMK_A_REQUEST_CYCLE];

	if (!attr)
		return oomk_netlink_refuse(info->extack, -EINVAL,
					   "no cycle is given");
	*cycle = nla_get_u64(attr);
	return 0;
}

/**
 * oomk_request_check_doit - OOMK_CMD_REQUEST_CHECK
 * @skb: the request
 * @info: likewise
 *
 * Return: 0; -EINVAL no cycle; -EPERM without the seat; -ESTALE that cycle's
 * set is not the caller's any more; -ENOMEM.
 */
int oomk_request_check_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = refuse_caller(skb);
	enum oomk_level level;
	struct sk_buff *reply;
	void *header;
	bool needed;
	u64 cycle;
	int err;

	if (why)
		return oomk_netlink_refuse(info->extack, -EPERM, why);
	err = cycle_of(info, &cycle);
	if (err)
		return err;
	err = oomk_request_check(info->snd_portid, cycle, &level, &needed);
	if (err)
		return refuse(info->extack, err);
	reply = oomk_netlink_reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	if (nla_put_u64_64bit(reply, OOMK_A_REQUEST_CYCLE, cycle,
			      OOMK_A_REQUEST_PAD) ||
	    nla_put_u32(reply, OOMK_A_REQUEST_LEVEL, level) ||
	    nla_put_u32(reply, OOMK_A_REQUEST_NEEDED, needed) ||
	    nla_put_u32(reply, OOMK_A_REQUEST_TIMEOUT_MS,
			oomk_request_timeout_ms(level)))
		err = -EMSGSIZE;
	return oomk_netlink_reply_send(reply, info, header, err);
}

static int parse_report(const struct nlattr *nest,
			struct netlink_ext_ack *extack,
			struct oomk_victim_report *report)
{
	struct nlattr *attrs[OOMK_VICTIM_IN_MAX + 1];
	int err;

	err = nla_parse_nested(attrs, OOMK_VICTIM_IN_MAX, nest,
			       oomk_victim_nl_policy, extack);
	if (err)
		return err;
	NL_SET_BAD_ATTR(extack, nest);
	if (!attrs[OOMK_A_VICTIM_PID] || !attrs[OOMK_A_VICTIM_START_NS] ||
	    !attrs[OOMK_A_VICTIM_STATUS])
		return oomk_netlink_refuse(extack, -EINVAL,
			"a victim needs pid, start time and status");
	memset(report, 0, sizeof(*report));
	report->pid_nr = nla_get_u32(attrs[OOMK_A_VICTIM_PID]);
	report->start_ns = nla_get_u64(attrs[OOMK_A_VICTIM_START_NS]);
	report->status = nla_get_u32(attrs[OOMK_A_VICTIM_STATUS]);
	if (attrs[OOMK_A_VICTIM_ERRNO])
		report->err = nla_get_u32(attrs[OOMK_A_VICTIM_ERRNO]);
	if (attrs[OOMK_A_VICTIM_SIGNALS])
		report->signals = nla_get_u32(attrs[OOMK_A_VICTIM_SIGNALS]);
	if (attrs[OOMK_A_VICTIM_SIGNAL_NS])
		report->signal_ns = nla_get_u64(attrs[OOMK_A_VICTIM_SIGNAL_NS]);
	if (report->status == OOMK_VICTIM_FAILED && !report->err)
		return oomk_netlink_refuse(extack, -EINVAL,
			"a victim that failed needs an errno");
	return 0;
}

static int check_report(struct genl_info *info, u64 cycle,
			const struct oomk_victim_report *report)
{
	int err = oomk_request_known(info->snd_portid, cycle, report);

	if (err == -ENOENT)
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"the victim is not of this set");
	return err ? refuse(info->extack, err) : 0;
}

/* Goes through all victims of the message; records them if @record. */
static int each_report(struct genl_info *info, u64 cycle, bool record)
{
	const struct nlattr *attr;
	struct oomk_victim_report report;
	int err, rest;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != OOMK_A_REQUEST_VICTIM)
			continue;
		err = parse_report(attr, info->extack, &report);
		if (!err && record)
			err = oomk_request_report(info->snd_portid, cycle,
						  &report);
		else if (!err)
			err = check_report(info, cycle, &report);
		if (err)
			return err;
		NL_SET_BAD_ATTR(info->extack, NULL);
	}
	return 0;
}

/**
 * oomk_request_done_doit - OOMK_CMD_REQUEST_DONE
 * @skb: the request
 * @info: likewise
 *
 * All victims of the message are checked before the first is recorded. The
 * set may still expire in between: then the module has taken over, and what
 * was recorded helps it.
 *
 * Return: 0; -EINVAL no cycle, or something is wrong with a victim; -EPERM
 * without the seat; -ESTALE that cycle's set is not the caller's any more.
 */
int oomk_request_done_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = refuse_caller(skb);
	u64 cycle;
	int err;

	if (why)
		return oomk_netlink_refuse(info->extack, -EPERM, why);
	err = cycle_of(info, &cycle);
	if (err)
		return err;
	if (!info->attrs[OOMK_A_REQUEST_VICTIM] &&
	    info->attrs[OOMK_A_REQUEST_MORE])
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"more is to follow, but no victim is given");
	err = each_report(info, cycle, false);
	if (err)
		return err;
	err = each_report(info, cycle, true);
	if (!err && !info->attrs[OOMK_A_REQUEST_MORE])
		err = oomk_request_complete(info->snd_portid, cycle);
	return err ? refuse(info->extack, err) : 0;
}
