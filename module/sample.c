// SPDX-License-Identifier: GPL-2.0
/*
 * One walk over all thread groups, into an array allocated beforehand.
 *
 * The walk goes by pid number, as /proc does, so that RCU can be left and
 * entered again at any point without losing the place. An mm is read under
 * task_lock() only, since mm_structs are not freed by RCU; an mm that others
 * may share is held until the sample is released, or a recycled address would
 * merge two strangers.
 *
 * If the array is full it turns into a heap with the lightest task on top, so
 * that those left out, and thereby spared, are the lightest.
 */
#include "sample.h"

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rwsem.h>
#include <linux/sched/cputime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "utility.h"

/* RCU is left this often, so that a walk holds up nobody. */
#define WALK_BREAK	512
/* User ids of people, as login.defs and systemd draw the lines. */
#define UID_PEOPLE_MIN	1000
#define UID_PEOPLE_MAX	60000
#define UID_CONTAINERS	65536
#define POOL_OF_USER	BIT_ULL(63)
#define NR_STUCK	64

/* Tasks that would not die in time; stuck_lock protects both. */
static DEFINE_RAW_SPINLOCK(stuck_lock);
static struct pid *stuck[NR_STUCK];		/* referenced */

/**
 * oomk_sample_alloc - allocate the array of a sample
 * @sample: out
 * @max: tasks it is to hold
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int oomk_sample_alloc(struct oomk_sample *sample, u32 max)
{
	memset(sample, 0, sizeof(*sample));
	sample->tasks = kvmalloc_array(max, sizeof(*sample->tasks),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!sample->tasks)
		return -ENOMEM;
	sample->max = max;
	return 0;
}

/**
 * oomk_sample_free - release a sample and free its array
 * @sample: from oomk_sample_alloc(), or all zero
 *
 * Context: process, may sleep.
 */
void oomk_sample_free(struct oomk_sample *sample)
{
	oomk_sample_release(sample);
	kvfree(sample->tasks);
	sample->tasks = NULL;
	sample->max = 0;
}

static void drop_task(struct oomk_sample_task *task)
{
	put_pid(task->pid);
	if (task->mm_shared)
		mmdrop(task->mm);
}

/**
 * oomk_sample_release - drop the references that a walk took
 * @sample: of which no task is used any more
 *
 * Context: process.
 */
void oomk_sample_release(struct oomk_sample *sample)
{
	u32 i;

	for (i = 0; i < sample->nr; i++) {
		drop_task(&sample->tasks[i]);
		if (i % WALK_BREAK == 0)
			cond_resched();
	}
	sample->nr = 0;
}

/**
 * oomk_sample_default_utility - what a task that nobody named is worth
 * @policy: in force
 * @adj: its oom_score_adj, -1000..1000
 *
 * The default, moved in proportion: -1000 would reach 1000, 1000 reaches 0.
 *
 * Return: 0..1000.
 */
u32 oomk_sample_default_utility(const struct oomk_policy *policy, int adj)
{
	int base = policy->default_utility;

	if (adj < 0)
		return base + (OOMK_UTILITY_MAX - base) * -adj / OOM_SCORE_ADJ_MAX;
	return base - base * adj / OOM_SCORE_ADJ_MAX;
}

/* Memory comes back without a further signal; see task_will_free_mem(). */
static bool is_dying(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	if (READ_ONCE(signal->core_state))
		return false;	/* a dump may take as long as it likes */
	if (READ_ONCE(signal->flags) & SIGNAL_GROUP_EXIT)
		return true;
	return thread_group_empty(task) && (READ_ONCE(task->flags) & PF_EXITING);
}

static bool is_stuck(struct pid *pid)
{
	unsigned long flags;
	bool found = false;
	int i;

	raw_spin_lock_irqsave(&stuck_lock, flags);
	for (i = 0; i < NR_STUCK && !found; i++)
		found = stuck[i] == pid;
	raw_spin_unlock_irqrestore(&stuck_lock, flags);
	return found;
}

/* Replaces every pid that has gone, and one slot by @new if there is room. */
static void sweep_stuck(struct pid *new, bool all)
{
	struct pid *old;
	unsigned long flags;
	int i;

	for (i = 0; i < NR_STUCK; i++) {
		old = READ_ONCE(stuck[i]);
		if (old && !all && !oomk_sample_gone(old))
			continue;
		raw_spin_lock_irqsave(&stuck_lock, flags);
		stuck[i] = new;
		raw_spin_unlock_irqrestore(&stuck_lock, flags);
		put_pid(old);
		new = NULL;
	}
	put_pid(new);
}

/**
 * oomk_sample_give_up - do not wait for a dying task any more
 * @pid: of the thread group; a reference is taken
 *
 * It is neither pending nor an item from now on. Room is for 64 of them; one
 * more is not remembered and counts as pending.
 *
 * Context: process, one caller at a time.
 */
void oomk_sample_give_up(struct pid *pid)
{
	sweep_stuck(get_pid(pid), false);
}

/**
 * oomk_sample_forget - forget whom oomk_sample_give_up() told of
 *
 * Context: process, nobody else calls into this file.
 */
void oomk_sample_forget(void)
{
	sweep_stuck(NULL, true);
}

/**
 * oomk_sample_count - count the thread groups there are
 *
 * Description: Kernel threads included: good for sizing an array, nothing else.
 *
 * Context: any.
 * Return: the number.
 */
u32 oomk_sample_count(void)
{
	struct task_struct *task;
	u32 nr = 0;

	rcu_read_lock();
	for_each_process(task)
		nr++;
	rcu_read_unlock();
	return nr;
}

/**
 * oomk_sample_gone - tell whether a thread group holds no memory any more
 * @pid: of the thread group
 *
 * Context: any.
 * Return: true once every thread has passed the release of its mm; the last one
 * to use that may be somebody else, see oomk_sample_left().
 */
bool oomk_sample_gone(struct pid *pid)
{
	struct task_struct *task, *thread;
	bool gone = true;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (task)
		for_each_thread(task, thread)
			gone = gone && READ_ONCE(thread->exit_state);
	rcu_read_unlock();
	return gone;
}

/**
 * oomk_sample_memory - hold the memory of a thread group, to see it go
 * @pid: of the thread group
 *
 * Context: any but interrupts.
 * Return: its mm, to be dropped with mmdrop(), which keeps none of its pages;
 * NULL if it has none any more.
 */
struct mm_struct *oomk_sample_memory(struct pid *pid)
{
	struct task_struct *task, *thread;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (!task)
		goto out;
	for_each_thread(task, thread) {
		task_lock(thread);
		mm = thread->mm;
		if (mm)
			mmgrab(mm);
		task_unlock(thread);
		if (mm)
			break;
	}
out:
	rcu_read_unlock();
	return mm;
}

/**
 * oomk_sample_left - pages of an mm that are still to come back
 * @mm: held, as by oomk_sample_memory()
 *
 * The last one to use an mm tears it down, in exit_mmap(). That need not be a
 * task which has it: whoever reads /proc/PID/stat uses it for that time. Page
 * tables go last, under a lock that is held until the pages are free; while it
 * is held anything may be left.
 *
 * Context: any.
 * Return: pages; U64_MAX: somebody is just at it. From 6.2 on it may be off by
 * some 32 pages for each CPU, but it is exactly 0 for an mm that was torn down.
 */
u64 oomk_sample_left(struct mm_struct *mm)
{
	u64 tables = mm_pgtables_bytes(mm) / PAGE_SIZE;
	bool torn_down = !atomic_read(&mm->mm_users) && !tables;

	smp_rmb();	/* the lock was taken before the last table went */
	if (rwsem_is_locked(&mm->mmap_lock))
		return U64_MAX;
	if (torn_down)
		return 0;
	return get_mm_counter(mm, MM_ANONPAGES) +
	       get_mm_counter(mm, MM_SHMEMPAGES) +
	       get_mm_counter(mm, MM_SWAPENTS) + tables;
}

/**
 * oomk_sample_used - tell whether a task that is not dying has an mm
 * @mm: held, as by oomk_sample_memory()
 *
 * Walks all threads. A child from vfork() may have the mm of a dead parent, and
 * is an item then.
 *
 * Context: any.
 * Return: true if there is such a task; kernel threads only borrow an mm.
 */
bool oomk_sample_used(struct mm_struct *mm)
{
	struct task_struct *task, *thread;
	bool used = false;

	rcu_read_lock();
	for_each_process(task)
		for_each_thread(task, thread)
			used = used || (READ_ONCE(thread->mm) == mm &&
					!(READ_ONCE(thread->flags) & PF_KTHREAD) &&
					!is_dying(task));
	rcu_read_unlock();
	return used;
}

/**
 * oomk_sample_dying - tell whether a thread group needs no further signal
 * @pid: of the thread group
 *
 * Context: any.
 * Return: true if it is gone or on its way.
 */
bool oomk_sample_dying(struct pid *pid)
{
	struct task_struct *task;
	bool dying;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	dying = !task || is_dying(task);
	rcu_read_unlock();
	return dying;
}

/*
 * Whose unnamed tasks share one cap. A user in namespaces of his own has many
 * ids but one owner; a service has its leaf cgroup.
 */
static u64 pool_of(struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);
	struct user_namespace *ns = cred->user_ns;
	u32 uid = __kuid_val(cred->uid);

	while (ns != &init_user_ns && ns->parent != &init_user_ns)
		ns = ns->parent;
	if (ns != &init_user_ns)
		uid = __kuid_val(ns->owner);
	if ((uid >= UID_PEOPLE_MIN && uid <= UID_PEOPLE_MAX) ||
	    uid >= UID_CONTAINERS)
		return POOL_OF_USER | uid;
	return cgroup_id(task_dfl_cgroup(task));
}

/* The topmost cgroup that dies as one, as mem_cgroup_get_oom_group() has it. */
static u64 oom_group_of(struct task_struct *task)
{
	u64 id = 0;
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg;

	for (memcg = mem_cgroup_from_task(task); memcg;
	     memcg = parent_mem_cgroup(memcg))
		if (READ_ONCE(memcg->oom_group))
			id = cgroup_id(memcg->css.cgroup);
#endif
	return id;
}

static void read_mm(struct oomk_sample_task *out, struct mm_struct *mm,
		    const struct oomk_policy *policy)
{
	u64 anon = get_mm_counter(mm, MM_ANONPAGES);
	u64 shmem = get_mm_counter(mm, MM_SHMEMPAGES);
	u64 file = get_mm_counter(mm, MM_FILEPAGES);
	u64 rest = get_mm_counter(mm, MM_SWAPENTS) +
		   mm_pgtables_bytes(mm) / PAGE_SIZE;

	out->badness_pages = anon + shmem + file + rest;
	if (policy->weight == OOMK_WEIGHT_BADNESS) {
		out->private_pages = out->badness_pages;
		out->shmem_pages = 0;
	} else {
		out->private_pages = anon + rest;
		out->shmem_pages = shmem;
	}
}

/*
 * Reads the mm through whichever thread still has it: the leader may be gone.
 * signal->live never exceeds the users of the mm in this thread group, so more
 * users than that mean that others may share it.
 */
static bool read_memory(struct oomk_sample_task *out, struct task_struct *task,
			const struct oomk_policy *policy)
{
	struct task_struct *thread;
	struct mm_struct *mm;

	for_each_thread(task, thread) {
		task_lock(thread);
		mm = thread->mm;
		if (!mm) {
			task_unlock(thread);
			continue;
		}
		read_mm(out, mm, policy);
		out->mm = mm;
		out->mm_shared = atomic_read(&mm->mm_users) >
				 atomic_read(&task->signal->live);
		if (out->mm_shared)
			mmgrab(mm);
		task_unlock(thread);
		return true;
	}
	return false;
}

static void read_worth(struct oomk_sample_task *out, struct task_struct *task,
		       const struct oomk_policy *policy)
{
	struct oomk_job job = {};
	struct pid *parent = oomk_member_parent(task);

	out->utility = oomk_sample_default_utility(policy, out->oom_score_adj);
	out->cgroup_id = oom_group_of(task);
	if (out->cgroup_id)
		out->source = OOMK_SOURCE_CGROUP;
	else if (out->oom_score_adj)
		out->source = OOMK_SOURCE_OOM_SCORE_ADJ;
	else
		out->source = OOMK_SOURCE_DEFAULT;

	if (!oomk_utility_find(out->pid, &job) &&
	    !(parent && oomk_utility_inherit(task, parent, &job)))
		return;
	out->job_id = job.id;
	out->root_nr = job.root_nr;
	out->each = job.each;
	out->source = job.hint ? OOMK_SOURCE_HINT : OOMK_SOURCE_JOB;
	if (job.has_utility)
		out->utility = job.utility;
	if (job.protected)
		out->state = OOMK_STATE_PROTECTED;
}

static void read_state(struct oomk_sample_task *out, struct task_struct *task,
		       struct pid *executor)
{
	if (is_global_init(task))
		out->state = OOMK_STATE_INIT;
	else if (out->pid == executor)
		out->state = OOMK_STATE_EXECUTOR;
	else if (out->oom_score_adj == OOM_SCORE_ADJ_MIN)
		out->state = OOMK_STATE_ADJ_MIN;
	/* Whatever it was worth, dying it is no item. */
	if (is_dying(task))
		out->state = is_stuck(out->pid) ? OOMK_STATE_STUCK :
						  OOMK_STATE_PENDING;
}

static bool read_task(struct oomk_sample_task *out, struct task_struct *task,
		      struct pid *pid, const struct oomk_policy *policy,
		      struct pid *executor)
{
	if (READ_ONCE(task->flags) & PF_KTHREAD)
		return false;
	memset(out, 0, sizeof(*out));
	if (!read_memory(out, task, policy))
		return false;
	out->pid = get_pid(pid);
	out->pid_nr = pid_nr(pid);
	out->start_ns = task->start_boottime;
	out->uid = __kuid_val(task_uid(task));
	out->oom_score_adj = READ_ONCE(task->signal->oom_score_adj);
	out->pool_id = pool_of(task);
	out->item = OOMK_SAMPLE_NO_ITEM;
	out->next = OOMK_SAMPLE_NO_ITEM;
	/* One that is just being renamed is shown as a mixture. */
	data_race(memcpy(out->comm, task->comm, TASK_COMM_LEN));
	out->comm[TASK_COMM_LEN - 1] = '\0';
	read_worth(out, task, policy);
	read_state(out, task, executor);
	return true;
}

/*
 * What goes first when the array is full: who can neither die nor spare
 * anybody; then the light ones. Who spares the sharers of his mm stays.
 */
static u64 keep_key(const struct oomk_sample_task *task)
{
	if (task->state == OOMK_STATE_ITEM)
		return task->private_pages + task->shmem_pages;
	return task->mm_shared ? U64_MAX : 0;
}

static void sift_down(struct oomk_sample *sample, u32 at)
{
	struct oomk_sample_task *tasks = sample->tasks;
	u32 child;

	while ((child = 2 * at + 1) < sample->nr) {
		if (child + 1 < sample->nr &&
		    keep_key(&tasks[child + 1]) < keep_key(&tasks[child]))
			child++;
		if (keep_key(&tasks[at]) <= keep_key(&tasks[child]))
			return;
		swap(tasks[at], tasks[child]);
		at = child;
	}
}

/* @task is the array's next, or, when the array is full, one beside it. */
static void keep_task(struct oomk_sample *sample, struct oomk_sample_task *task)
{
	u32 i;

	sample->nr_seen++;
	if (sample->nr < sample->max) {
		sample->nr++;
		return;
	}
	if (!sample->nr_omitted++)
		for (i = sample->nr / 2; i-- > 0;)
			sift_down(sample, i);
	if (keep_key(task) > keep_key(&sample->tasks[0])) {
		swap(*task, sample->tasks[0]);
		sift_down(sample, 0);
	}
	drop_task(task);
}

/**
 * oomk_sample_take - walk all tasks
 * @sample: allocated; what it held is released first
 * @policy: in force
 * @executor: thread group that is never an item, or NULL
 *
 * Allocates nothing. Costs about a microsecond a task; RCU is left between
 * batches, so a task that starts or ends meanwhile may be missed or met.
 *
 * Context: process, may sleep.
 */
void oomk_sample_take(struct oomk_sample *sample,
		      const struct oomk_policy *policy, struct pid *executor)
{
	struct oomk_sample_task beside, *entry;
	struct task_struct *task;
	struct pid *pid;
	u64 begun_ns = ktime_get_ns();
	u32 steps = 0;
	int nr = 1;

	oomk_sample_release(sample);
	sample->nr_seen = 0;
	sample->nr_omitted = 0;
	sample->pending_pages = 0;

	rcu_read_lock();
	while ((pid = find_ge_pid(nr, &init_pid_ns))) {
		task = pid_task(pid, PIDTYPE_TGID);
		entry = sample->nr < sample->max ? &sample->tasks[sample->nr] :
						   &beside;
		if (task && read_task(entry, task, pid, policy, executor))
			keep_task(sample, entry);
		nr = pid_nr(pid) + 1;
		if (++steps % WALK_BREAK == 0) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
	sample->ns = ktime_get_ns() - begun_ns;
}
