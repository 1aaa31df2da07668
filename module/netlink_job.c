// SPDX-License-Identifier: GPL-2.0
/*
 * Naming tasks. Who may do what:
 *
 * - CAP_SYS_RESOURCE in the initial user namespace may do anything. In another
 *   one it may not: everybody can make a namespace in which he has it, and a
 *   utility raised or protected there has some task outside killed first.
 * - The owner of a task may lower, and so may CAP_SYS_RESOURCE over the user
 *   namespace of the task, whose tasks are all of them his to kill.
 * - Reading takes the same uid or CAP_SYS_PTRACE over the task's namespace.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "netlink_ops.h"
#include "policy.h"
#include "sample.h"
#include "utility.h"

/*
 * The process that a request names, as the caller sees pids; on success the
 * caller drops the reference.
 */
static int task_of(struct genl_info *info, struct task_struct **task)
{
	const struct nlattr *attr = info->attrs[OOMK_A_JOB_PID];
	struct pid *pid;

	if (!attr)
		return oomk_netlink_refuse(info->extack, -EINVAL,
					   "no pid is given");
	NL_SET_BAD_ATTR(info->extack, attr);
	pid = find_get_pid(nla_get_u32(attr));
	*task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!*task)
		return oomk_netlink_refuse(info->extack, -ESRCH,
					   "no such process");
	if (READ_ONCE((*task)->flags) & PF_KTHREAD) {
		put_task_struct(*task);
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"the pid is a kernel thread; it is never chosen");
	}
	if (!thread_group_leader(*task)) {
		put_task_struct(*task);
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"the pid is a thread; name its process");
	}
	NL_SET_BAD_ATTR(info->extack, NULL);
	return 0;
}

/* Over whose tasks a request holds which rights. */
struct rights {
	bool all;	/* CAP_SYS_RESOURCE in the initial user namespace */
	bool lower;	/* the owner, or CAP_SYS_RESOURCE over the task */
	bool read;	/* the owner, or CAP_SYS_PTRACE over the task */
};

static void rights_over(const struct sk_buff *skb, struct task_struct *task,
			struct rights *rights)
{
	struct sk_buff *request = (struct sk_buff *)skb;
	const struct cred *cred = get_task_cred(task);
	bool owner = oomk_netlink_is_user(skb, cred->uid);

	rights->all = netlink_capable(request, CAP_SYS_RESOURCE);
	rights->lower = rights->all || owner ||
			netlink_ns_capable(request, cred->user_ns,
					   CAP_SYS_RESOURCE);
	rights->read = owner || netlink_ns_capable(request, cred->user_ns,
						   CAP_SYS_PTRACE);
	put_cred(cred);
}

/* What a task of this oom_score_adj counts for while nobody names it. */
static u32 unnamed_utility(int adj)
{
	struct oomk_policy policy;

	oomk_policy_read(&policy);
	return oomk_sample_default_utility(&policy, adj);
}

static int job_set(struct sk_buff *skb, struct genl_info *info,
		   struct task_struct *task)
{
	struct oomk_utility_wish wish = {};
	struct rights rights;
	const char *why = NULL;
	int err;

	if (is_global_init(task))
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"init is never chosen; it needs no utility");
	rights_over(skb, task, &rights);
	if (!rights.lower)
		return oomk_netlink_refuse(info->extack, -EPERM,
			"setting the utility of another user's task needs CAP_SYS_RESOURCE");
	wish.privileged = rights.all;
	wish.ceiling = unnamed_utility(oomk_utility_adj(task));
	wish.protect = nla_get_flag(info->attrs[OOMK_A_JOB_PROTECTED]);
	wish.each = nla_get_flag(info->attrs[OOMK_A_JOB_EACH]);
	if (info->attrs[OOMK_A_JOB_UTILITY]) {
		wish.has_utility = true;
		wish.utility = nla_get_u32(info->attrs[OOMK_A_JOB_UTILITY]);
	}
	err = oomk_utility_set(task, &wish, &why);
	return err ? oomk_netlink_refuse(info->extack, err, why) : 0;
}

/**
 * oomk_job_set_doit - OOMK_CMD_JOB_SET
 * @skb: the request
 * @info: likewise
 *
 * Return: 0; -EINVAL no pid, neither a utility nor protection, not a process;
 * -ESRCH; -EPERM; -EBUSY the job is protected; -ENOMEM.
 */
int oomk_job_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct task_struct *task;
	int err;

	if (attrs[OOMK_A_JOB_EACH] && !attrs[OOMK_A_JOB_UTILITY])
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"pricing each process needs a utility");
	if (!attrs[OOMK_A_JOB_UTILITY] && !attrs[OOMK_A_JOB_PROTECTED])
		return oomk_netlink_refuse(info->extack, -EINVAL,
			"neither a utility nor protection is given");
	err = task_of(info, &task);
	if (err)
		return err;
	err = job_set(skb, info, task);
	put_task_struct(task);
	if (!err)
		oomk_netlink_changed();
	return err;
}

/**
 * oomk_job_clear_doit - OOMK_CMD_JOB_CLEAR
 * @skb: the request
 * @info: likewise
 *
 * Return: 0; -EINVAL no pid, or not a process; -ESRCH; -ENOENT it was never
 * named, or is not protected; -EBUSY it is protected; -EPERM.
 */
int oomk_job_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct task_struct *task;
	struct rights rights;
	bool protection_only = nla_get_flag(info->attrs[OOMK_A_JOB_PROTECTED]);
	const char *why = "clearing another user's task needs CAP_SYS_RESOURCE";
	int err;

	err = task_of(info, &task);
	if (err)
		return err;
	err = -EPERM;
	rights_over(skb, task, &rights);
	if (rights.lower)
		err = oomk_utility_clear(task, protection_only, rights.all,
					 &why);
	put_task_struct(task);
	if (err)
		return oomk_netlink_refuse(info->extack, err, why);
	oomk_netlink_changed();
	return 0;
}

static int put_job(struct sk_buff *skb, const struct oomk_job *job)
{
	if (job->protected && nla_put_flag(skb, OOMK_A_JOB_PROTECTED))
		return -EMSGSIZE;
	if (job->each && nla_put_flag(skb, OOMK_A_JOB_EACH))
		return -EMSGSIZE;
	if (nla_put_u32(skb, OOMK_A_JOB_ROOT, oomk_netlink_pid(job->root_nr)))
		return -EMSGSIZE;
	return 0;
}

static int put_answer(struct sk_buff *skb, struct task_struct *task,
		      struct pid *tgid)
{
	int adj = oomk_member_adj_of(task).value;
	u32 utility = unnamed_utility(adj);
	u32 source = adj ? OOMK_SOURCE_OOM_SCORE_ADJ : OOMK_SOURCE_DEFAULT;
	struct oomk_job job = {};

	if (oomk_utility_find(tgid, &job)) {
		if (put_job(skb, &job))
			return -EMSGSIZE;
		/* A job that is only protected has the utility of nobody's. */
		if (job.has_utility) {
			utility = job.utility;
			source = job.hint ? OOMK_SOURCE_HINT : OOMK_SOURCE_JOB;
		}
	}
	if (nla_put_u32(skb, OOMK_A_JOB_PID, pid_vnr(tgid)) ||
	    nla_put_u32(skb, OOMK_A_JOB_UTILITY, utility) ||
	    nla_put_u32(skb, OOMK_A_JOB_SOURCE, source) ||
	    nla_put_u32(skb, OOMK_A_JOB_NR_TASKS, job.nr_tasks))
		return -EMSGSIZE;
	return 0;
}

static int job_get(struct sk_buff *request, struct genl_info *info,
		   struct task_struct *task)
{
	struct rights rights;
	struct sk_buff *skb;
	struct pid *tgid;
	void *header;
	int err;

	rights_over(request, task, &rights);
	if (!rights.read)
		return oomk_netlink_refuse(info->extack, -EPERM,
			"reading the utility of another user's task needs CAP_SYS_PTRACE");
	skb = oomk_netlink_reply_new(info, &header);
	if (!skb)
		return -ENOMEM;
	/* It may have been reaped since it was looked up. */
	tgid = get_task_pid(task, PIDTYPE_TGID);
	err = tgid ? put_answer(skb, task, tgid) :
		     oomk_netlink_refuse(info->extack, -ESRCH,
					 "the process has exited");
	put_pid(tgid);
	return oomk_netlink_reply_send(skb, info, header, err);
}

/**
 * oomk_job_get_doit - OOMK_CMD_JOB_GET
 * @skb: the request
 * @info: likewise
 *
 * A task without a job is answered for too: with what it counts for.
 *
 * Return: 0; -EINVAL no pid, or not a process; -ESRCH; -EPERM; -ENOMEM.
 */
int oomk_job_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct task_struct *task;
	int err;

	err = task_of(info, &task);
	if (err)
		return err;
	err = job_get(skb, info, task);
	put_task_struct(task);
	return err;
}
