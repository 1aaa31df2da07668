/* SPDX-License-Identifier: GPL-2.0 */
/* One walk over all tasks: who holds what, and who may be killed. */
#ifndef OOMK_SAMPLE_H
#define OOMK_SAMPLE_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/oomk.h>

#include "policy.h"

struct pid;

/**
 * struct oomk_sample_task - a task (thread group) that holds memory
 * @pid: its thread group's pid, referenced until the sample is released
 * @mm: identity of its mm, never dereferenced; referenced if @mm_shared
 * @start_ns: boot time at which it started
 * @private_pages: weight without shmem
 * @shmem_pages: resident shared memory
 * @badness_pages: RSS + swap + page tables
 * @job_id: the job it belongs to, 0: nobody named it
 * @cgroup_id: the cgroup it dies with (memory.oom.group), 0: none
 * @pool_id: whose unnamed tasks share the cap: a user or a leaf cgroup
 * @pid_nr: in the initial pid namespace
 * @root_nr: pid of the job's named task, 0: gone or no job
 * @uid: real uid in the initial user namespace
 * @utility: of its job, or moved from the default by @oom_score_adj
 * @item: index of the item it belongs to, or OOMK_SAMPLE_NO_ITEM
 * @next: next task of the same item, or OOMK_SAMPLE_NO_ITEM
 * @oom_score_adj: as /proc shows it
 * @state: what it is to the solver, enum oomk_state
 * @source: where @utility comes from, enum oomk_source
 * @mm_shared: other thread groups hold the same mm
 * @each: its job makes every process an item
 * @leads: carries the utility of its job into the item
 * @comm: name
 */
struct oomk_sample_task {
	struct pid *pid;
	struct mm_struct *mm;
	u64 start_ns;
	u64 private_pages;
	u64 shmem_pages;
	u64 badness_pages;
	u64 job_id;
	u64 cgroup_id;
	u64 pool_id;
	u32 pid_nr;
	u32 root_nr;
	u32 uid;
	u32 utility;
	u32 item;
	u32 next;
	s16 oom_score_adj;
	u8 state;
	u8 source;
	bool mm_shared;
	bool each;
	bool leads;
	char comm[TASK_COMM_LEN];
};

#define OOMK_SAMPLE_NO_ITEM	U32_MAX

/**
 * struct oomk_sample - the tasks of one walk
 * @tasks: @max of them allocated, the first @nr filled
 * @max: tasks that fit
 * @nr: tasks kept
 * @nr_seen: tasks with memory that were met
 * @nr_omitted: those of them that did not fit, the lightest
 * @pending_pages: weight of tasks already dying, each mm once
 * @ns: duration of the walk
 */
struct oomk_sample {
	struct oomk_sample_task *tasks;
	u32 max;
	u32 nr;
	u32 nr_seen;
	u32 nr_omitted;
	u64 pending_pages;
	u64 ns;
};

int oomk_sample_alloc(struct oomk_sample *sample, u32 max);
void oomk_sample_free(struct oomk_sample *sample);
void oomk_sample_take(struct oomk_sample *sample,
		      const struct oomk_policy *policy, struct pid *executor);
void oomk_sample_release(struct oomk_sample *sample);
u32 oomk_sample_default_utility(const struct oomk_policy *policy, int adj);
u32 oomk_sample_count(void);
bool oomk_sample_gone(struct pid *pid);
struct mm_struct *oomk_sample_memory(struct pid *pid);
u64 oomk_sample_left(struct mm_struct *mm);
bool oomk_sample_used(struct mm_struct *mm);
bool oomk_sample_dying(struct pid *pid);
void oomk_sample_give_up(struct pid *pid);
void oomk_sample_forget(void);

#endif /* OOMK_SAMPLE_H */
