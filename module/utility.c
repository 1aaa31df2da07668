// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs and their members.
 *
 * A member is a thread group, known by the struct pid of its thread group id:
 * exec keeps it, whichever thread calls it, and since a reference is held, a
 * recycled pid number is another struct pid and never inherits.
 *
 *	member --> job <-- member		each under members_lock
 *	  |
 *	  +--> struct pid (referenced)
 *
 * Members come with fork and go with the last thread's exit, both told by
 * tracepoints. Probes run with preemption off, so nothing there may allocate,
 * free or sleep: nodes come from a pool filled in calm, and what was dropped
 * waits in a list until a work item releases it.
 *
 * Three races, and why each ends well:
 *  - A child is visible in the task list before its probe ran, or found the
 *    pool empty: whoever meets it asks oomk_utility_inherit(), which takes the
 *    job of the parent if the child is younger than the job.
 *  - A task is named while it exits: signal->live is read after the insertion
 *    and the exit probe looks after signal->live fell, so one of the two sees
 *    the other and the member is dropped.
 *  - The lists are walked only under the lock; the one look outside it, at an
 *    empty bucket, is ordered by the same rule.
 */
#include "utility.h"

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "compat.h"

#define MEMBER_HASH_BITS	12
#define POOL_MIN		1024
/* Bounds one lock hold while the dead are taken off their lists. */
#define RELEASE_BATCH		64

struct job {
	struct list_head node;		/* in dead_jobs, once nr_tasks is 0 */
	struct pid *root;		/* referenced */
	struct oomk_job view;		/* protected by members_lock */
};

struct member {
	struct hlist_node node;
	struct pid *tgid;		/* referenced */
	struct job *job;
};

static DEFINE_RAW_SPINLOCK(members_lock);
/* members_lock protects what follows, and all jobs and members */
static struct hlist_head members[1 << MEMBER_HASH_BITS];
static HLIST_HEAD(pool);
static HLIST_HEAD(dead_members);
static LIST_HEAD(dead_jobs);
static u64 last_job_id;
static u32 nr_jobs, nr_members, nr_pool;

static struct kmem_cache *member_cache;
static struct tracepoint *fork_point, *exit_point;

static void release_dead(struct work_struct *work);
static DECLARE_DELAYED_WORK(release_work, release_dead);

static struct hlist_head *bucket_of(struct pid *tgid)
{
	return &members[hash_ptr(tgid, MEMBER_HASH_BITS)];
}

static struct member *find_member(struct pid *tgid)
{
	struct member *member;

	lockdep_assert_held(&members_lock);
	hlist_for_each_entry(member, bucket_of(tgid), node)
		if (member->tgid == tgid)
			return member;
	return NULL;
}

static void leave_job(struct member *member)
{
	struct job *job = member->job;

	lockdep_assert_held(&members_lock);
	if (job->root == member->tgid)
		job->view.root_nr = 0;
	if (--job->view.nr_tasks == 0) {
		list_add_tail(&job->node, &dead_jobs);
		nr_jobs--;
	}
}

static void join_job(struct member *member, struct job *job)
{
	lockdep_assert_held(&members_lock);
	member->job = job;
	if (job->view.nr_tasks++ == 0)
		nr_jobs++;
	if (job->root == member->tgid)
		job->view.root_nr = pid_nr(member->tgid);
}

static void add_member(struct member *member, struct pid *tgid, struct job *job)
{
	member->tgid = get_pid(tgid);
	join_job(member, job);
	hlist_add_head(&member->node, bucket_of(tgid));
	nr_members++;
}

static void drop_member(struct member *member)
{
	leave_job(member);
	hlist_del(&member->node);
	nr_members--;
	hlist_add_head(&member->node, &dead_members);
	/* A second's delay lets many exits share one wake-up. */
	schedule_delayed_work(&release_work, HZ);
}

static struct member *take_from_pool(void)
{
	struct member *member;

	lockdep_assert_held(&members_lock);
	if (nr_pool < POOL_MIN / 2)
		mod_delayed_work(system_wq, &release_work, 0);
	if (hlist_empty(&pool))
		return NULL;
	member = hlist_entry(pool.first, struct member, node);
	hlist_del(&member->node);
	nr_pool--;
	return member;
}

/* After signal->live fell nobody will tell of this task's end any more. */
static bool has_exited(struct task_struct *task)
{
	smp_mb(); /* pairs with the full barrier of the decrement in do_exit() */
	return atomic_read(&task->signal->live) == 0;
}

static void probe_fork(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	struct pid *parent_tgid = task_tgid(parent);
	struct pid *child_tgid = task_tgid(child);
	struct member *old, *new;
	unsigned long flags;

	if (parent_tgid == child_tgid || hlist_empty(bucket_of(parent_tgid)))
		return;

	raw_spin_lock_irqsave(&members_lock, flags);
	old = find_member(parent_tgid);
	if (old && !find_member(child_tgid)) {
		new = take_from_pool();
		if (new)
			add_member(new, child_tgid, old->job);
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

static void probe_exit(OOMK_SCHED_PROCESS_EXIT_ARGS)
{
	struct pid *tgid = task_tgid(task);
	struct member *member;
	unsigned long flags;

	if (atomic_read(&task->signal->live) || hlist_empty(bucket_of(tgid)))
		return;

	raw_spin_lock_irqsave(&members_lock, flags);
	member = find_member(tgid);
	if (member)
		drop_member(member);
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

static void free_job(struct job *job)
{
	put_pid(job->root);
	kfree(job);
}

static bool release_batch(void)
{
	struct member *member;
	struct hlist_node *next;
	struct job *job, *tmp;
	HLIST_HEAD(taken);
	LIST_HEAD(jobs);
	unsigned long flags;
	int left = RELEASE_BATCH;

	raw_spin_lock_irqsave(&members_lock, flags);
	while (!hlist_empty(&dead_members) && left-- > 0) {
		member = hlist_entry(dead_members.first, struct member, node);
		hlist_del(&member->node);
		hlist_add_head(&member->node, &taken);
	}
	list_splice_init(&dead_jobs, &jobs);
	raw_spin_unlock_irqrestore(&members_lock, flags);

	hlist_for_each_entry_safe(member, next, &taken, node) {
		put_pid(member->tgid);
		kmem_cache_free(member_cache, member);
	}
	list_for_each_entry_safe(job, tmp, &jobs, node)
		free_job(job);
	return left < 0;
}

static void release_dead(struct work_struct *work)
{
	while (release_batch())
		cond_resched();
	oomk_utility_refill();
}

/**
 * oomk_utility_refill - keep enough nodes for the forks to come
 *
 * The pool holds at least POOL_MIN nodes and half as many as there are
 * members. Called in calm; a failure is harmless, the next call tries again.
 *
 * Context: process, may sleep.
 */
void oomk_utility_refill(void)
{
	struct member *member;
	unsigned long flags;
	bool enough;

	for (;;) {
		raw_spin_lock_irqsave(&members_lock, flags);
		enough = nr_pool >= max(POOL_MIN, nr_members / 2);
		raw_spin_unlock_irqrestore(&members_lock, flags);
		if (enough)
			return;
		member = kmem_cache_alloc(member_cache, GFP_KERNEL |
					  __GFP_NORETRY | __GFP_NOWARN);
		if (!member)
			return;
		raw_spin_lock_irqsave(&members_lock, flags);
		hlist_add_head(&member->node, &pool);
		nr_pool++;
		raw_spin_unlock_irqrestore(&members_lock, flags);
		cond_resched();
	}
}

/* What somebody without privilege may not do to a job, or NULL. */
static const char *refuse_owner(const struct oomk_job *old,
				const struct oomk_utility_wish *wish,
				bool in_place)
{
	u32 now = wish->ceiling;

	if (wish->protect)
		return "protecting a task needs CAP_SYS_RESOURCE";
	if (old && old->has_utility)
		now = old->utility;
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

static struct job *make_job(struct pid *root,
			    const struct oomk_utility_wish *wish)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);

	if (!job)
		return NULL;
	job->root = get_pid(root);
	job->view.since_ns = ktime_get_boottime_ns();
	job->view.hint = !wish->privileged;
	apply_wish(&job->view, wish);
	return job;
}

/*
 * The change itself. Takes *job and *member over, and clears them, when it
 * uses them.
 */
static int set_locked(struct pid *tgid, const struct oomk_utility_wish *wish,
		      struct job **job, struct member **member,
		      const char **why)
{
	struct member *old = find_member(tgid);
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
	if (old) {
		leave_job(old);
		join_job(old, *job);
	} else {
		add_member(*member, tgid, *job);
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
 * another member takes that one task out into a job of its own.
 *
 * Context: process, may sleep.
 * Return: 0; -ESRCH the task has exited; -EPERM asked for more than its owner
 * may; -EBUSY the job is protected; -ENOMEM. Nothing is changed on error.
 */
int oomk_utility_set(struct task_struct *task,
		     const struct oomk_utility_wish *wish, const char **why)
{
	struct pid *tgid = task_tgid(task);
	struct member *member, *mine;
	struct job *job;
	unsigned long flags;
	int err = -ENOMEM;

	*why = "no memory for another job";
	member = kmem_cache_alloc(member_cache, GFP_KERNEL_ACCOUNT);
	job = make_job(tgid, wish);
	if (!member || !job)
		goto out;

	raw_spin_lock_irqsave(&members_lock, flags);
	err = set_locked(tgid, wish, &job, &member, why);
	if (!err && has_exited(task)) {
		mine = find_member(tgid);
		if (mine)
			drop_member(mine);
		*why = "the process has exited";
		err = -ESRCH;
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
out:
	if (job)
		free_job(job);
	if (member)
		kmem_cache_free(member_cache, member);
	return err;
}

/* All members of a job, wherever they hash to; naming ends rarely. */
static void dissolve_job(struct job *job)
{
	struct member *member;
	struct hlist_node *next;
	unsigned int i;

	lockdep_assert_held(&members_lock);
	for (i = 0; i < ARRAY_SIZE(members) && job->view.nr_tasks; i++)
		hlist_for_each_entry_safe(member, next, &members[i], node)
			if (member->job == job)
				drop_member(member);
}

static int clear_locked(struct job *job, bool protection_only, bool privileged,
			const char **why)
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
		dissolve_job(job);
	return 0;
}

/**
 * oomk_utility_clear - forget a job, or only that it is protected
 * @task: the task it was named by; the caller holds a reference
 * @protection_only: keep the utility, if it has one
 * @privileged: the caller holds CAP_SYS_RESOURCE over the task
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
	struct pid *tgid = task_tgid(task);
	struct member *member;
	unsigned long flags;
	int err = -ENOENT;

	*why = "nobody named this process";
	raw_spin_lock_irqsave(&members_lock, flags);
	member = find_member(tgid);
	if (member && member->job->root == tgid)
		err = clear_locked(member->job, protection_only, privileged,
				   why);
	else if (member)
		*why = "the process belongs to the job of another; name that one";
	raw_spin_unlock_irqrestore(&members_lock, flags);
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
	struct member *member;
	unsigned long flags;

	if (hlist_empty(bucket_of(tgid)))
		return false;
	raw_spin_lock_irqsave(&members_lock, flags);
	member = find_member(tgid);
	if (member)
		*job = member->job->view;
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return member;
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
	struct pid *tgid = task_tgid(child);
	struct member *old, *new = NULL;
	unsigned long flags;
	bool found = false;

	if (hlist_empty(bucket_of(parent)))
		return false;
	raw_spin_lock_irqsave(&members_lock, flags);
	old = find_member(parent);
	if (old && child->start_boottime >= old->job->view.since_ns) {
		found = true;
		*job = old->job->view;
		if (tgid && !find_member(tgid))
			new = take_from_pool();
		if (new) {
			add_member(new, tgid, old->job);
			if (has_exited(child))
				drop_member(new);
		}
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return found;
}

/**
 * oomk_utility_count - how many jobs, members and spare nodes there are
 * @jobs: out
 * @tasks: out: members of all jobs
 * @spare: out: nodes in the pool
 *
 * Context: any.
 */
void oomk_utility_count(u32 *jobs, u32 *tasks, u32 *spare)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&members_lock, flags);
	*jobs = nr_jobs;
	*tasks = nr_members;
	*spare = nr_pool;
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

static void find_points(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "sched_process_fork"))
		fork_point = point;
	else if (!strcmp(point->name, "sched_process_exit"))
		exit_point = point;
}

static int register_probes(void)
{
	int err;

	for_each_kernel_tracepoint(find_points, NULL);
	if (!fork_point || !exit_point)
		return -ENOENT;
	err = tracepoint_probe_register(exit_point, probe_exit, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(fork_point, probe_fork, NULL);
	if (err)
		tracepoint_probe_unregister(exit_point, probe_exit, NULL);
	return err;
}

static void free_everything(void)
{
	struct member *member;
	struct hlist_node *next;
	unsigned int i;

	/* No probe runs any more and the door is shut: nobody contends. */
	raw_spin_lock_irq(&members_lock);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		hlist_for_each_entry_safe(member, next, &members[i], node)
			drop_member(member);
	raw_spin_unlock_irq(&members_lock);
	cancel_delayed_work_sync(&release_work);
	while (release_batch())
		cond_resched();
	hlist_for_each_entry_safe(member, next, &pool, node)
		kmem_cache_free(member_cache, member);
	INIT_HLIST_HEAD(&pool);
	nr_pool = 0;
}

/**
 * oomk_utility_init - fill the pool, start to follow forks and exits
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM; -ENOENT the kernel has no such tracepoints; what
 * tracepoint_probe_register() returns.
 */
int oomk_utility_init(void)
{
	int err;

	member_cache = KMEM_CACHE(member, 0);
	if (!member_cache)
		return -ENOMEM;
	oomk_utility_refill();
	err = register_probes();
	if (err) {
		free_everything();
		kmem_cache_destroy(member_cache);
	}
	return err;
}

/**
 * oomk_utility_exit - stop to follow, forget all jobs
 *
 * Context: process, may sleep; nobody calls into this file any more.
 */
void oomk_utility_exit(void)
{
	tracepoint_probe_unregister(fork_point, probe_fork, NULL);
	tracepoint_probe_unregister(exit_point, probe_exit, NULL);
	tracepoint_synchronize_unregister();
	free_everything();
	kmem_cache_destroy(member_cache);
}
