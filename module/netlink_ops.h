/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the netlink floor share: the attribute policies, the
 * handlers that the table of operations names, and a few helpers.
 */
#ifndef OOMK_NETLINK_OPS_H
#define OOMK_NETLINK_OPS_H

#include <linux/netlink.h>
#include <linux/uidgid.h>
#include <net/genetlink.h>
#include <linux/oomk.h>

struct oomk_cycle_event;

extern struct genl_family oomk_family;

/* Highest attribute that a request may carry; replies have more. */
#define OOMK_NOTHING_IN_MAX	1
#define OOMK_JOB_SET_MAX	OOMK_A_JOB_EACH
#define OOMK_JOB_CLEAR_MAX	OOMK_A_JOB_PROTECTED
#define OOMK_JOB_GET_MAX	OOMK_A_JOB_PID
#define OOMK_PLAN_GET_MAX	OOMK_A_PLAN_NEED_PAGES
#define OOMK_POLICY_SET_MAX	OOMK_A_POLICY_MAX
#define OOMK_CYCLE_ONLY_MAX	OOMK_A_REQUEST_CYCLE
#define OOMK_DONE_MAX		OOMK_A_REQUEST_MORE
#define OOMK_HISTORY_GET_MAX	OOMK_A_CYCLE_NUMBER
#define OOMK_VICTIM_IN_MAX	OOMK_A_VICTIM_SIGNAL_NS

extern const struct nla_policy oomk_nothing_nl_policy[OOMK_NOTHING_IN_MAX + 1];
extern const struct nla_policy oomk_job_set_nl_policy[OOMK_JOB_SET_MAX + 1];
extern const struct nla_policy oomk_job_clear_nl_policy[OOMK_JOB_CLEAR_MAX + 1];
extern const struct nla_policy oomk_job_get_nl_policy[OOMK_JOB_GET_MAX + 1];
extern const struct nla_policy oomk_plan_get_nl_policy[OOMK_PLAN_GET_MAX + 1];
extern const struct nla_policy
	oomk_policy_set_nl_policy[OOMK_POLICY_SET_MAX + 1];
extern const struct nla_policy oomk_cycle_nl_policy[OOMK_CYCLE_ONLY_MAX + 1];
extern const struct nla_policy oomk_done_nl_policy[OOMK_DONE_MAX + 1];
extern const struct nla_policy
	oomk_history_get_nl_policy[OOMK_HISTORY_GET_MAX + 1];
extern const struct nla_policy oomk_victim_nl_policy[OOMK_VICTIM_IN_MAX + 1];

int oomk_job_set_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_job_clear_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_job_get_doit(struct sk_buff *skb, struct genl_info *info);

int oomk_item_get_start(struct netlink_callback *cb);
int oomk_item_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oomk_plan_get_start(struct netlink_callback *cb);
int oomk_plan_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oomk_plan_done(struct netlink_callback *cb);

int oomk_member_get_start(struct netlink_callback *cb);
int oomk_member_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

int oomk_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_status_get_doit(struct sk_buff *skb, struct genl_info *info);

int oomk_executor_bind_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_request_accept_start(struct netlink_callback *cb);
int oomk_request_accept_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int oomk_request_check_doit(struct sk_buff *skb, struct genl_info *info);
int oomk_request_done_doit(struct sk_buff *skb, struct genl_info *info);

int oomk_history_get_start(struct netlink_callback *cb);
int oomk_history_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/**
 * struct oomk_dump_refusal - begins what each dump keeps in its callback
 * @why: sentence
 * @err: negative errno, 0: not refused
 */
struct oomk_dump_refusal {
	const char *why;
	int err;
};

int oomk_netlink_event_init(void);
void oomk_netlink_event_exit(void);
int oomk_netlink_put_cycle(struct sk_buff *skb,
			   const struct oomk_cycle_event *event);

int oomk_netlink_refuse(struct netlink_ext_ack *extack, int err,
			const char *why);
bool oomk_netlink_is_user(const struct sk_buff *skb, kuid_t uid);
u32 oomk_netlink_pid(u32 init_nr);
int oomk_netlink_parse(struct netlink_callback *cb, struct nlattr **attrs,
		       int max, const struct nla_policy *policy);
int oomk_netlink_dump_begin(struct netlink_callback *cb);
int oomk_netlink_dump_refuse(struct netlink_callback *cb, int err,
			     const char *why);
int oomk_netlink_dump_refused(struct netlink_callback *cb);
void *oomk_netlink_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
			    u8 cmd);
struct sk_buff *oomk_netlink_reply_new(struct genl_info *info, void **header);
int oomk_netlink_reply_send(struct sk_buff *skb, struct genl_info *info,
			    void *header, int err);
void oomk_netlink_changed(void);

#endif /* OOMK_NETLINK_OPS_H */
