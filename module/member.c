// SPDX-License-Identifier: GPL-2.0
/*
 * Members of jobs.
 *
 * A member is a thread group, known by the struct pid of its thread group id:
 * exec keeps it, whichever thread calls it, and since a reference is held, a
 * recycled pid number is another struct pid and never inherits.
 *
 *	member --> job <-- member		each under oomk_members_lock
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
 *
 * The executor may have changed oom_score_adj of members, and their children
 * have inherited that. So a job that is forgotten keeps its members, cleared,
 * out of everybody else's sight, until they are seen with the value that they
 * had before: only the fork probe misses no child.
 */
#include "member.h"

#include <linux/hash.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "compat.h"

#define MEMBER_HASH_BITS	12
#define POOL_MIN		1024U
/* Bounds one lock hold while the dead are taken off their list. */
#define RELEASE_BATCH		64
/* How long a cleared member is followed once it has its old value back. */
#define SETTLE_TIME		(5 * HZ)

DEFINE_RAW_SPINLOCK(oomk_members_lock);
/* oomk_members_lock protects what follows, and all jobs and members */
static struct hlist_head members[1 << MEMBER_HASH_BITS];
static HLIST_HEAD(pool);
static HLIST_HEAD(dead_members);
static LIST_HEAD(dead_jobs);
static u32 nr_jobs, nr_members, nr_cleared, nr_pool;
static u64 last_serial;

static struct kmem_cache *member_cache;
static struct tracepoint *fork_point, *exit_point;

static void release_dead(struct work_struct *work);
static DECLARE_DELAYED_WORK(release_work, release_dead);

static struct hlist_head *bucket_of(struct pid *tgid)
{
	return &members[hash_ptr(tgid, MEMBER_HASH_BITS)];
}

/**
 * oomk_member_possible - rule out cheaply that a thread group is a member
 * @tgid: its pid
 *
 * Context: any, without the lock.
 * Return: false if it is none.
 */
bool oomk_member_possible(struct pid *tgid)
{
	return !hlist_empty(bucket_of(tgid));
}

/**
 * oomk_member_exited - tell whether the exit probe has run or is about to
 * @task: any thread of the thread group
 *
 * Context: any.
 * Return: true if nobody will tell of this thread group's end any more.
 */
bool oomk_member_exited(struct task_struct *task)
{
	smp_mb(); /* pairs with the full barrier of the decrement in do_exit() */
	return atomic_read(&task->signal->live) == 0;
}

/**
 * oomk_member_find - look up a member
 * @tgid: pid of the thread group
 *
 * Context: oomk_members_lock held.
 * Return: the member or NULL.
 */
struct oomk_member *oomk_member_find(struct pid *tgid)
{
	struct oomk_member *member;

	lockdep_assert_held(&oomk_members_lock);
	hlist_for_each_entry(member, bucket_of(tgid), node)
		if (member->tgid == tgid)
			return member;
	return NULL;
}

static void leave_job(struct oomk_member *member)
{
	struct oomk_job_record *job = member->job;

	lockdep_assert_held(&oomk_members_lock);
	if (job->root == member->tgid)
		job->view.root_nr = 0;
	if (job->cleared)
		WRITE_ONCE(nr_cleared, nr_cleared - 1);
	else
		nr_members--;
	if (--job->view.nr_tasks == 0) {
		list_add_tail(&job->node, &dead_jobs);
		nr_jobs -= !job->cleared;
		schedule_delayed_work(&release_work, HZ);
	}
}

static void join_job(struct oomk_member *member, struct oomk_job_record *job)
{
	lockdep_assert_held(&oomk_members_lock);
	member->job = job;
	member->settled_at = 0;
	if (job->view.nr_tasks++ == 0)
		nr_jobs++;
	if (job->cleared)
		WRITE_ONCE(nr_cleared, nr_cleared + 1);
	else
		nr_members++;
	if (job->root == member->tgid)
		job->view.root_nr = pid_nr(member->tgid);
}

/**
 * oomk_member_add - make a thread group a member
 * @member: node to use, now owned by the table
 * @tgid: its pid, not a member yet; a reference is taken
 * @job: to belong to
 * @before: its own, or those of whom it inherited from
 *
 * Context: oomk_members_lock held.
 */
void oomk_member_add(struct oomk_member *member, struct pid *tgid,
		     struct oomk_job_record *job, struct oomk_member_adj before)
{
	member->tgid = get_pid(tgid);
	member->before = before;
	member->serial = ++last_serial;
	join_job(member, job);
	hlist_add_head(&member->node, bucket_of(tgid));
}

/**
 * oomk_member_move - have a member belong to another job
 * @member: to move
 * @job: where to; its old job dies if it was the last
 *
 * Context: oomk_members_lock held.
 */
void oomk_member_move(struct oomk_member *member, struct oomk_job_record *job)
{
	leave_job(member);
	join_job(member, job);
}

/**
 * oomk_member_drop - end a membership
 * @member: released later, by a work item
 *
 * Context: oomk_members_lock held.
 */
void oomk_member_drop(struct oomk_member *member)
{
	leave_job(member);
	hlist_del(&member->node);
	hlist_add_head(&member->node, &dead_members);
	/* A second's delay lets many exits share one wake-up. */
	schedule_delayed_work(&release_work, HZ);
}

/**
 * oomk_member_dissolve - forget a job
 * @job: cleared afterwards
 *
 * Context: oomk_members_lock held.
 */
void oomk_member_dissolve(struct oomk_job_record *job)
{
	lockdep_assert_held(&oomk_members_lock);
	job->cleared = true;
	nr_jobs--;
	nr_members -= job->view.nr_tasks;
	WRITE_ONCE(nr_cleared, nr_cleared + job->view.nr_tasks);
}

static bool view_fill(const struct oomk_member *member,
		      struct oomk_member_view *view)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(member->tgid, PIDTYPE_TGID);
	if (task) {
		view->job = member->job->view;
		view->start_ns = task->start_boottime;
		view->pid_nr = pid_nr(member->tgid);
		view->before = member->before;
		view->cleared = member->job->cleared;
	}
	rcu_read_unlock();
	return task;
}

/* The next one of a bucket; new ones are put in front, with higher serials. */
static bool next_in_bucket(struct oomk_member_cursor *cursor,
			   struct oomk_member_view *view)
{
	struct oomk_member *member;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	hlist_for_each_entry(member, &members[cursor->bucket], node) {
		if (cursor->serial && member->serial >= cursor->serial)
			continue;
		cursor->serial = member->serial;
		found = view_fill(member, view);
		if (found)
			break;
	}
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	return found;
}

/**
 * oomk_member_next - go through all members, the cleared ones included
 * @cursor: zeroed to begin with
 * @view: out: a copy
 *
 * Members may come and go meanwhile. None that was there all the time is
 * missed or told of twice.
 *
 * Context: any; looks at one bucket in a lock hold.
 * Return: false at the end.
 */
bool oomk_member_next(struct oomk_member_cursor *cursor,
		      struct oomk_member_view *view)
{
	for (; cursor->bucket < ARRAY_SIZE(members); cursor->bucket++) {
		if (!hlist_empty(&members[cursor->bucket]) &&
		    next_in_bucket(cursor, view))
			return true;
		cursor->serial = 0;
	}
	return false;
}

/* Whoever changed this task's oom_score_adj has put it right. */
static bool is_settled(const struct oomk_member *member)
{
	struct task_struct *task;
	bool settled;

	rcu_read_lock();
	task = pid_task(member->tgid, PIDTYPE_TGID);
	settled = !task || oomk_member_adj_of(task).value ==
			   member->before.value;
	rcu_read_unlock();
	return settled;
}

/*
 * Not at once: it may be forking, and its child have inherited what has just
 * been put right; and somebody may still be at work who read before the
 * clearing what was to be done.
 */
static bool is_done_with(struct oomk_member *member)
{
	if (!member->job->cleared)
		return false;
	if (!is_settled(member)) {
		member->settled_at = 0;
		return false;
	}
	if (!member->settled_at)
		member->settled_at = jiffies | 1;
	return time_after(jiffies, member->settled_at + SETTLE_TIME);
}

static void drop_settled(void)
{
	struct oomk_member *member;
	struct hlist_node *next;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(members) && READ_ONCE(nr_cleared); i++) {
		if (hlist_empty(&members[i]))
			continue;
		raw_spin_lock_irqsave(&oomk_members_lock, flags);
		hlist_for_each_entry_safe(member, next, &members[i], node)
			if (is_done_with(member))
				oomk_member_drop(member);
		raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
		cond_resched();
	}
}

/**
 * oomk_member_spare - take a node from the pool
 *
 * Description: Has the pool refilled when it runs low.
 *
 * Context: oomk_members_lock held.
 * Return: a node or NULL.
 */
struct oomk_member *oomk_member_spare(void)
{
	struct oomk_member *member;

	lockdep_assert_held(&oomk_members_lock);
	if (nr_pool < POOL_MIN / 2)
		mod_delayed_work(system_wq, &release_work, 0);
	if (hlist_empty(&pool))
		return NULL;
	member = hlist_entry(pool.first, struct oomk_member, node);
	hlist_del(&member->node);
	nr_pool--;
	return member;
}

static void probe_fork(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	struct pid *parent_tgid = task_tgid(parent);
	struct pid *child_tgid = task_tgid(child);
	struct oomk_member *old, *new;
	unsigned long flags;

	if (parent_tgid == child_tgid || !oomk_member_possible(parent_tgid))
		return;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	old = oomk_member_find(parent_tgid);
	if (old && !oomk_member_find(child_tgid)) {
		new = oomk_member_spare();
		if (new)
			oomk_member_add(new, child_tgid, old->job,
					old->before);
	}
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
}

static void probe_exit(OOMK_SCHED_PROCESS_EXIT_ARGS)
{
	struct pid *tgid = task_tgid(task);
	struct oomk_member *member;
	unsigned long flags;

	if (atomic_read(&task->signal->live) || !oomk_member_possible(tgid))
		return;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	member = oomk_member_find(tgid);
	if (member)
		oomk_member_drop(member);
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
}

/**
 * oomk_member_alloc - allocate a node, charged to the caller
 *
 * Context: process, may sleep.
 * Return: a node or NULL.
 */
struct oomk_member *oomk_member_alloc(void)
{
	return kmem_cache_alloc(member_cache, GFP_KERNEL_ACCOUNT);
}

/**
 * oomk_member_free - free a node that is in no list
 * @member: from oomk_member_alloc(), or NULL
 *
 * Context: process.
 */
void oomk_member_free(struct oomk_member *member)
{
	if (member)
		kmem_cache_free(member_cache, member);
}

/**
 * oomk_member_free_job - free a job without members
 * @job: from kmalloc(), its root referenced, or NULL
 *
 * Context: process.
 */
void oomk_member_free_job(struct oomk_job_record *job)
{
	if (!job)
		return;
	put_pid(job->root);
	kfree(job);
}

static bool release_batch(void)
{
	struct oomk_member *member;
	struct hlist_node *next;
	struct oomk_job_record *job, *tmp;
	HLIST_HEAD(taken);
	LIST_HEAD(jobs);
	unsigned long flags;
	int left = RELEASE_BATCH;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	while (left && !hlist_empty(&dead_members)) {
		member = hlist_entry(dead_members.first, struct oomk_member,
				     node);
		hlist_del(&member->node);
		hlist_add_head(&member->node, &taken);
		left--;
	}
	list_splice_init(&dead_jobs, &jobs);
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);

	hlist_for_each_entry_safe(member, next, &taken, node) {
		put_pid(member->tgid);
		oomk_member_free(member);
	}
	list_for_each_entry_safe(job, tmp, &jobs, node)
		oomk_member_free_job(job);
	return !left;
}

static void release_all(void)
{
	while (release_batch())
		cond_resched();
}

static void release_dead(struct work_struct *work)
{
	release_all();
	oomk_member_refill();
}

static bool pool_is_low(void)
{
	unsigned long flags;
	bool low;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	low = nr_pool < max(POOL_MIN, (nr_members + nr_cleared) / 2);
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
	return low;
}

/**
 * oomk_member_refill - keep enough nodes for the forks to come
 *
 * Description: The pool holds at least POOL_MIN nodes and half as many as there
 * are members. Cleared members that have their old oom_score_adj back are
 * dropped. Called in calm; after a failure the next call tries again.
 *
 * Context: process, may sleep.
 */
void oomk_member_refill(void)
{
	struct oomk_member *member;
	unsigned long flags;

	drop_settled();
	while (pool_is_low()) {
		member = kmem_cache_alloc(member_cache, GFP_KERNEL |
					  __GFP_NORETRY | __GFP_NOWARN);
		if (!member)
			return;
		raw_spin_lock_irqsave(&oomk_members_lock, flags);
		hlist_add_head(&member->node, &pool);
		nr_pool++;
		raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
		cond_resched();
	}
}

/**
 * oomk_member_count - how many jobs, members and spare nodes there are
 * @jobs: out
 * @tasks: out: members of all jobs, not the cleared ones
 * @spare: out: nodes in the pool
 *
 * Context: any.
 */
void oomk_member_count(u32 *jobs, u32 *tasks, u32 *spare)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&oomk_members_lock, flags);
	*jobs = nr_jobs;
	*tasks = nr_members;
	*spare = nr_pool;
	raw_spin_unlock_irqrestore(&oomk_members_lock, flags);
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
	if (err) {
		tracepoint_probe_unregister(exit_point, probe_exit, NULL);
		tracepoint_synchronize_unregister();
	}
	return err;
}

/* No probe runs any more and the door is shut: nobody contends. */
static void free_everything(void)
{
	struct oomk_member *member;
	struct hlist_node *next;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		raw_spin_lock_irq(&oomk_members_lock);
		hlist_for_each_entry_safe(member, next, &members[i], node)
			oomk_member_drop(member);
		raw_spin_unlock_irq(&oomk_members_lock);
	}
	cancel_delayed_work_sync(&release_work);
	release_all();
	hlist_for_each_entry_safe(member, next, &pool, node)
		oomk_member_free(member);
	INIT_HLIST_HEAD(&pool);
	nr_pool = 0;
	kmem_cache_destroy(member_cache);
}

/**
 * oomk_member_init - fill the pool, start to follow forks and exits
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM; -ENOENT the kernel has no such tracepoints; what
 * tracepoint_probe_register() returns.
 */
int oomk_member_init(void)
{
	int err;

	member_cache = KMEM_CACHE(oomk_member, 0);
	if (!member_cache)
		return -ENOMEM;
	oomk_member_refill();
	err = register_probes();
	if (err)
		free_everything();
	return err;
}

/**
 * oomk_member_exit - stop to follow, forget all jobs
 *
 * Context: process, may sleep; nobody calls into this file any more.
 */
void oomk_member_exit(void)
{
	tracepoint_probe_unregister(fork_point, probe_fork, NULL);
	tracepoint_probe_unregister(exit_point, probe_exit, NULL);
	tracepoint_synchronize_unregister();
	free_everything();
}
