/* SPDX-License-Identifier: GPL-2.0 */
/* What jobs are worth, and who may say so. */
#ifndef OOMK_UTILITY_H
#define OOMK_UTILITY_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "member.h"

/**
 * struct oomk_utility_wish - what somebody asks for
 * @utility: 0..1000; meaningful if @has_utility
 * @ceiling: what the task counts for if nobody names it; an owner without
 *	privilege may not ask for more
 * @has_utility: set the utility
 * @protect: protect the job
 * @each: every process is an item of its own; meaningful if @has_utility
 * @privileged: holds CAP_SYS_RESOURCE in the initial user namespace
 */
struct oomk_utility_wish {
	u32 utility;
	u32 ceiling;
	bool has_utility;
	bool protect;
	bool each;
	bool privileged;
};

int oomk_utility_set(struct task_struct *task,
		     const struct oomk_utility_wish *wish, const char **why);
int oomk_utility_clear(struct task_struct *task, bool protection_only,
		       bool privileged, const char **why);
bool oomk_utility_find(struct pid *tgid, struct oomk_job *job);
int oomk_utility_adj(struct task_struct *task);
bool oomk_utility_inherit(struct task_struct *child, struct pid *parent,
			  struct oomk_job *job);

#endif /* OOMK_UTILITY_H */
