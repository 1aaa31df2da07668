/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The safety net: oom_score_adj of tasks in jobs follows their utility, so that
 * the kernel's own killer, if it comes to that, agrees in order.
 */
#ifndef OOMK_SAFETY_H
#define OOMK_SAFETY_H

#include "claim.h"
#include "genl.h"
#include "record.h"

/**
 * struct oomk_member - a task in a job, as the module told of it
 * @start_ns: boot time at which it started
 * @job_id: its job
 * @pid: thread group
 * @before: oom_score_adj that it, or whom it was forked by, had when named
 * @min: the least value its owner could then return to
 * @target: what it is to have
 * @cleared: the job was forgotten
 */
struct oomk_member {
	u64 start_ns;
	u64 job_id;
	pid_t pid;
	s16 before;
	s16 min;
	s16 target;
	bool cleared;
};

/**
 * struct oomk_safety_ops - what the safety net asks of its surroundings
 * @interrupted: whether something more urgent waits
 * @arg: passed to it
 */
struct oomk_safety_ops {
	bool (*interrupted)(void *arg);
	void *arg;
};

/**
 * struct oomk_safety - the safety net
 * @ops: surroundings
 * @record: what was done
 * @claims: which values are ours
 * @members: table of the last dump
 * @nr: members in it
 * @room: members it has room for
 * @default_utility: of what nobody named
 * @generation: number of the present look, for the entries that it meets
 * @changed: tasks written to in the present look
 * @err: first failure of the present look
 * @complained: it was told of
 * @raised: victims have been given the highest value, and not all that they
 *	handed on may have been seen yet
 */
struct oomk_safety {
	struct oomk_safety_ops ops;
	struct oomk_record record;
	struct oomk_claims claims;
	struct oomk_member *members;
	size_t nr;
	size_t room;
	u32 default_utility;
	s16 generation;
	unsigned int changed;
	int err;
	bool complained;
	bool raised;
};

int oomk_safety_adj(u32 utility, u32 default_utility);
int oomk_safety_open(struct oomk_safety *safety, int dir,
		     const struct oomk_safety_ops *ops);
void oomk_safety_close(struct oomk_safety *safety);
int oomk_safety_follow(struct oomk_safety *safety, struct oomk_genl *genl,
		       u32 default_utility, bool on);
unsigned int oomk_safety_recover(struct oomk_safety *safety);
void oomk_safety_leave(struct oomk_safety *safety, struct oomk_genl *genl);

#endif /* OOMK_SAFETY_H */
