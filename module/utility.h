/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs: named tasks, what they forked since, and what they are worth. */
#ifndef OOMK_UTILITY_H
#define OOMK_UTILITY_H

#include <linux/types.h>
#include <linux/oomk.h>

struct pid;
struct task_struct;

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
 * struct oomk_utility_wish - what somebody asks for
 * @utility: 0..1000; meaningful if @has_utility
 * @ceiling: what the task counts for if nobody names it; an owner without
 *	privilege may not ask for more
 * @has_utility: set the utility
 * @protect: protect the job
 * @each: every process is an item of its own; meaningful if @has_utility
 * @privileged: holds CAP_SYS_RESOURCE over the task
 */
struct oomk_utility_wish {
	u32 utility;
	u32 ceiling;
	bool has_utility;
	bool protect;
	bool each;
	bool privileged;
};

int oomk_utility_init(void);
void oomk_utility_exit(void);
int oomk_utility_set(struct task_struct *task,
		     const struct oomk_utility_wish *wish, const char **why);
int oomk_utility_clear(struct task_struct *task, bool protection_only,
		       bool privileged, const char **why);
bool oomk_utility_find(struct pid *tgid, struct oomk_job *job);
bool oomk_utility_inherit(struct task_struct *child, struct pid *parent,
			  struct oomk_job *job);
void oomk_utility_refill(void);
void oomk_utility_count(u32 *nr_jobs, u32 *nr_members, u32 *nr_free);

#endif /* OOMK_UTILITY_H */
