/* SPDX-License-Identifier: GPL-2.0 */
/* Who belongs to which job, followed over fork and exit. */
#ifndef OOMK_MEMBER_H
#define OOMK_MEMBER_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct pid;

/**
 * struct oomk_job - a copy of what is known of a job
 * @id: never used twice while the module is loaded, never 0
 * @since_ns: boot time at which it was named; what was forked before is out
 * @utility: 0..1000; meaningful if @has_utility
 * @root_nr: pid of the named task in the initial namespace, 0: it is gone
 * @nr_tasks: members alive
 * @has_utility: named with a utility
 * @protected: never an item
 * @each: every process is an item of its own
 * @hint: named by its owner without privilege
 */
struct oomk_job {
	u64 id;
	u64 since_ns;
	u32 utility;
	u32 root_nr;
	u32 nr_tasks;
	bool has_utility;
	bool protected;
	bool each;
	bool hint;
};

/**
 * struct oomk_job_record - a job
 * @node: in the list of the dead, once it has no member
 * @root: thread group it was named by, referenced
 * @view: what is told of it; protected by oomk_members_lock, like the rest
 * @cleared: it was forgotten, and its members are known to
 *	oomk_member_next() alone
 */
struct oomk_job_record {
	struct list_head node;
	struct pid *root;
	struct oomk_job view;
	bool cleared;
};

/**
 * struct oomk_member_adj - a task's place in the order of the kernel's killer
 * @value: oom_score_adj
 * @min: least one that the owner of the task may set without privilege
 */
struct oomk_member_adj {
	s16 value;
	s16 min;
};

/**
 * struct oomk_member - a thread group in a job
 * @node: in its hash bucket, the pool or the list of the dead
 * @tgid: its pid, referenced
 * @job: protected by oomk_members_lock, like the rest
 * @serial: falls along each bucket
 * @settled_at: jiffies since when it has, cleared, what it had before; 0: not
 * @before: what it, or whom it was forked by, had when named
 */
struct oomk_member {
	struct hlist_node node;
	struct pid *tgid;
	struct oomk_job_record *job;
	u64 serial;
	unsigned long settled_at;
	struct oomk_member_adj before;
};

/**
 * struct oomk_member_cursor - how far a walk over all members is
 * @bucket: where it is; 0 to begin with
 * @serial: of the member told last there; 0: none yet
 */
struct oomk_member_cursor {
	u64 serial;
	u32 bucket;
};

/**
 * struct oomk_member_view - a copy of what is known of a member
 * @job: it belongs to
 * @start_ns: boot time at which it started
 * @pid_nr: in the initial namespace
 * @before: see struct oomk_member
 * @cleared: @job was forgotten
 */
struct oomk_member_view {
	struct oomk_job job;
	u64 start_ns;
	u32 pid_nr;
	struct oomk_member_adj before;
	bool cleared;
};

extern raw_spinlock_t oomk_members_lock;

int oomk_member_init(void);
void oomk_member_exit(void);
void oomk_member_refill(void);
void oomk_member_count(u32 *nr_jobs, u32 *nr_members, u32 *nr_free);
bool oomk_member_possible(struct pid *tgid);
bool oomk_member_exited(struct task_struct *task);
bool oomk_member_next(struct oomk_member_cursor *cursor,
		      struct oomk_member_view *view);

/**
 * oomk_member_adj_of - read a task's oom_score_adj and its minimum
 * @task: any thread of the thread group
 *
 * Context: any.
 * Return: both.
 */
static inline struct oomk_member_adj
oomk_member_adj_of(const struct task_struct *task)
{
	struct oomk_member_adj adj = {
		.value = READ_ONCE(task->signal->oom_score_adj),
		.min = READ_ONCE(task->signal->oom_score_adj_min),
	};

	return adj;
}

/**
 * oomk_member_parent - look up who forked a task, or took it over
 * @task: any, dead or alive
 *
 * Context: RCU read lock held.
 * Return: pid of that thread group; NULL if it or @task has been reaped.
 */
static inline struct pid *oomk_member_parent(const struct task_struct *task)
{
	struct task_struct *parent;

	/* Of who was reaped nobody keeps the parent up to date. */
	if (!data_race(pid_alive(task)))
		return NULL;
	parent = rcu_dereference(task->real_parent);
	return READ_ONCE(parent->signal->pids[PIDTYPE_TGID]);
}

struct oomk_member *oomk_member_alloc(void);
void oomk_member_free(struct oomk_member *member);
void oomk_member_free_job(struct oomk_job_record *job);

/* The following under oomk_members_lock. */
struct oomk_member *oomk_member_find(struct pid *tgid);
struct oomk_member *oomk_member_spare(void);
void oomk_member_add(struct oomk_member *member, struct pid *tgid,
		     struct oomk_job_record *job,
		     struct oomk_member_adj before);
void oomk_member_move(struct oomk_member *member, struct oomk_job_record *job);
void oomk_member_drop(struct oomk_member *member);
void oomk_member_dissolve(struct oomk_job_record *job);

#endif /* OOMK_MEMBER_H */
