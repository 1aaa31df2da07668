// SPDX-License-Identifier: GPL-2.0
/*
 * Utilities of jobs. Naming a task makes a job of it and of all that it forks
 * from then on; what it had forked before stays where it was.
 *
 * A utility is a licence to kill somebody else first. So an owner may lower
 * what is his, or what he would count for anyhow; all else takes privilege.
 * What an owner names himself is a hint: it stays under the cap of his unnamed
 * tasks, or naming each of them would lift it.
 */
#include "utility.h"

#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

static u64 last_job_id;		/* protected by oomk_members_lock */

/*
 * What somebody without privilege may not do to a job, or NULL. Whoever leaves
 * an administrator's job is worth, beside it, what he would be without it; and
 * if that is more, leaving would be a way to forget a low utility.
 */
static const char *refuse_owner(const struct oomk_job *old,
				const struct oomk_utility_wish *wish,
				bool in_place)
{
	u32 now = wish->ceiling;

	if (wish->protect)
		return "protecting a task needs CAP_SYS_RESOURCE";
	if (old && old->has_utility && (in_place || old->hint))
		now = old->utility;
	else if (old && old->has_utility && old->utility < now)
		return "leaving a job that counts for less needs CAP_SYS_RESOURCE";
	if (wish->utility > now)
		return "raising a utility needs CAP_SYS_RESOURCE";
	if (wish->each && in_place && !old->each && !old->hint)
		return "pricing each process of this job needs CAP_SYS_RESOURCE";
	return NULL;
}

static void apply_wish(struct oomk_job *view,
		       const struct oomk_utility_wish *wish)
{
	if (wish->protect)
		view->protected = true;
	if (wish->has_utility) {
		view->utility = wish->utility;
		view->has_utility = true;
		view->each = wish->each;
	}
	if (wish->privileged)
		view->hint = false;
}

static struct oomk_job_record *make_job(struct pid *root,
					const struct oomk_utility_wish *wish)
{
	struct oomk_job_record *job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);

	if (!job)
		return NULL;
	job->root = get_pid(root);
	job->view.since_ns = ktime_get_boottime_ns();
	job->view.hint = !wish->privileged;
	apply_wish(&job->view, wish);
	return job;
}

/* A member of a job that nobody has forgotten, or NULL. */
static struct oomk_member *find_named(struct pid *tgid)
{
	struct oomk_member *member = oomk_member_find(tgid);

	return member && !member->job->cleared ? member : NULL;
}

/* What a task had before anything was done to it, or whom it was forked by. */
static struct oomk_member_adj adj_before(struct task_struct *task,
					 struct pid *tgid)
{
	struct oomk_member *old = oomk_member_find(tgid);

	if (!old) {
		rcu_read_lock();
		old = oomk_member_find(oomk_member_parent(task));
		rcu_read_unlock();
		/* Its fork went unnoticed, see oomk_utility_inherit(). */
		if (old && task->start_boottime < old->job->view.since_ns)
			old = NULL;
	}
	return old ? old->before : oomk_member_adj_of(task);
}

/*
 * The change itself. Takes *job and *member over, and clears them, when it
 * uses them.
 */
static int set_locked(struct task_struct *task, struct pid *tgid,
		      const struct oomk_utility_wish *wish,
		      struct oomk_job_record **job, struct oomk_member **member,
		      const char **why)
{
	struct oomk_member *old = find_named(tgid);
	bool in_place = old && old->job->root == tgid;

	if (old && old->job->view.protected && !wish->protect &&
	    (in_place || !wish->privileged)) {
		*why = "the job is protected; unprotect it first";
		return -EBUSY;
	}
	if (!wish->privileged) {
		*why = refuse_owner(old ? &old->job->view : NULL, wish,
				    in_place);
		if (*why)
			return -EPERM;
	}
	if (in_place) {
		apply_wish(&old->job->view, wish);
		return 0;
	}
	(*job)->view.id = ++last_job_id;
	old = oomk_member_find(tgid);
	if (old) {
		oomk_member_move(old, *job);
	} else {
		oomk_member_add(*member, tgid, *job,
				adj_before(task, tgid));
		*member = NULL;
	}
	*job = NULL;
	return 0;
}

/**
 * oomk_utility_set - name a task: it and what it forks from now on are a job
 * @task: any thread of it; the caller holds a reference
 * @wish: what is asked for and with what right
 * @why: out: a sentence if refused
 *
 * Naming the task a job was named by changes that job as a whole; naming
 * another member takes that one task out into a job of its own. What its
 * oom_score_adj was before stays known through all that.
 *
 * Context: process, may sleep.
 * Return: 0; -ESRCH the task has exited; -EPERM asked for more than its owner
 * may; -EBUSY the job is protected; -ENOMEM. Nothing is changed on error.
 */
int oomk_utility_set(struct task_struct *task,
		     const struct oomk_utility_wish *wish, const char **why)
{
	/* A task that is held may be reaped all the same, and its pid freed. */
	struct pid *tgid = get_task_pid(task, PIDTYPE_TGID);
	struct oomk_member *member, *mine;
	struct oomk_job_record *job;
	unsigned long flags;
	int err = -ENOMEM;

	*why = "the process has exited";
	if (!tgid)
		return -ESRCH;
	*why = "no memory for another job";
	member = oomk_member_alloc();
	job = make_job(tgid, wish);
	if (!member || !job)
		goto out;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	err = set_locked(task, tgid, wish, &job, &member, why);
	if (!err && oomk_member_exited(task)) {
		mine = oomk_member_find(tgid);
		if (mine)
			oomk_member_drop(mine);
		*why = "the process has exited";
		err = -ESRCH;
	}
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
out:
	oomk_member_free_job(job);
	oomk_member_free(member);
	put_pid(tgid);
	return err;
}

static int clear_locked(struct oomk_job_record *job, bool protection_only,
			bool privileged, const char **why)
{
	struct oomk_job *view = &job->view;

	if (protection_only && !view->protected) {
		*why = "the job is not protected";
		return -ENOENT;
	}
	if (!protection_only && view->protected) {
		*why = "the job is protected; unprotect it";
		return -EBUSY;
	}
	/* Giving up protection lowers; forgetting a low utility raises. */
	if (!protection_only && !privileged && !view->hint) {
		*why = "clearing a utility an administrator set needs CAP_SYS_RESOURCE";
		return -EPERM;
	}
	view->protected = false;
	if (!protection_only || !view->has_utility)
		oomk_member_dissolve(job);
	return 0;
}

/*
 * Who speaks for a job is whom it was named by. Once that has exited any member
 * may, but its owner is not to undo what was ordered for the tasks of others.
 */
static int refuse_speaker(const struct oomk_job_record *job, struct pid *tgid,
			  bool privileged, const char **why)
{
	if (job->root == tgid)
		return 0;
	if (job->view.root_nr) {
		*why = "the process belongs to the job of another; name that one";
		return -ENOENT;
	}
	if (!privileged && !job->view.hint) {
		*why = "the named process has exited; clearing its job needs CAP_SYS_RESOURCE";
		return -EPERM;
	}
	return 0;
}

/**
 * oomk_utility_clear - forget a job, or only that it is protected
 * @task: the task it was named by, or if that has exited a member; the caller
 *	holds a reference
 * @protection_only: keep the utility, if it has one
 * @privileged: the caller holds CAP_SYS_RESOURCE in the initial user namespace
 * @why: out: a sentence if refused
 *
 * Members whose parent belongs to another job that is older than they are
 * fall back to that job when they are met the next time.
 *
 * Context: process.
 * Return: 0; -ENOENT the task was never named, or is not protected; -EBUSY
 * it is protected and @protection_only is false; -EPERM.
 */
int oomk_utility_clear(struct task_struct *task, bool protection_only,
		       bool privileged, const char **why)
{
	struct pid *tgid = get_task_pid(task, PIDTYPE_TGID);
	struct oomk_member *member;
	unsigned long flags;
	int err = -ENOENT;

	*why = "nobody named this process";
	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	member = find_named(tgid);
	if (member)
		err = refuse_speaker(member->job, tgid, privileged, why) ?:
		      clear_locked(member->job, protection_only, privileged,
				   why);
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	put_pid(tgid);
	return err;
}

/**
 * oomk_utility_find - look up the job of a thread group
 * @tgid: its pid
 * @job: out: a copy
 *
 * Context: any.
 * Return: whether it belongs to a job.
 */
bool oomk_utility_find(struct pid *tgid, struct oomk_job *job)
{
	struct oomk_member *member;
	unsigned long flags;

	if (!oomk_member_possible(tgid))
		return false;
	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	member = find_named(tgid);
	if (member)
		*job = member->job->view;
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	return member;
}

/**
 * oomk_utility_adj - the oom_score_adj that a task's owner may count on
 * @task: any thread of it; the caller holds a reference
 *
 * The one it has may be the executor's, who follows the utility; then a job
 * that was forgotten would be remembered in its favour.
 *
 * Context: process.
 * Return: the present one, or if that is less, what it was before.
 */
int oomk_utility_adj(struct task_struct *task)
{
	struct pid *tgid = get_task_pid(task, PIDTYPE_TGID);
	struct oomk_member_adj adj;
	unsigned long flags;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	adj = adj_before(task, tgid);
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	put_pid(tgid);
	return max(adj.value, oomk_member_adj_of(task).value);
}

/* Makes @child a member beside @old, if the pool has a node. */
static void adopt(struct task_struct *child, const struct oomk_member *old)
{
	struct pid *tgid = task_tgid(child);
	struct oomk_member *new;

	if (!tgid || oomk_member_find(tgid))
		return;
	new = oomk_member_spare();
	if (!new)
		return;
	oomk_member_add(new, tgid, old->job, old->before);
	if (oomk_member_exited(child))
		oomk_member_drop(new);
}

/**
 * oomk_utility_inherit - job of a task whose fork went unnoticed so far
 * @child: a task that oomk_utility_find() does not know
 * @parent: the thread group that forked it
 * @job: out: a copy
 *
 * Also makes it a member, if the pool has a node.
 *
 * Context: any; the caller keeps @child from being freed.
 * Return: whether it belongs to the job of @parent.
 */
bool oomk_utility_inherit(struct task_struct *child, struct pid *parent,
			  struct oomk_job *job)
{
	struct oomk_member *old;
	unsigned long flags;
	bool found = false;

	if (!oomk_member_possible(parent))
		return false;
	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	old = oomk_member_find(parent);
	if (old && child->start_boottime >= old->job->view.since_ns) {
		found = !old->job->cleared;
		if (found)
			*job = old->job->view;
		/* Of a cleared one, unless there is nothing to be put right. */
		if (found || oomk_member_adj_of(child).value !=
			     old->before.value)
			adopt(child, old);
	}
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	return found;
}
