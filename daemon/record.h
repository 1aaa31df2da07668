/* SPDX-License-Identifier: GPL-2.0 */
/* What was done to oom_score_adj of tasks in jobs, in a file of its own. */
#ifndef OOMK_RECORD_H
#define OOMK_RECORD_H

#include <sys/types.h>

#include "types.h"

#define OOMK_RECORD_HEADS	1024

/**
 * struct oomk_entry - what was done to one task
 * @start_ticks: tells the task from a later one with its pid
 * @job_id: job it was in; jobs are numbered anew when the module is loaded
 * @pid: thread group; 0: the entry is free
 * @session: of the task
 * @before: oom_score_adj before anything was done to it
 * @min: the least value its owner could then return to
 * @ours: what was written last, or is about to be
 * @older: what it had when that was decided
 * @lowest: the least of all that was ever written to it or inherited
 * @seen: the owner's, kept nowhere
 */
struct oomk_entry {
	u64 start_ticks;
	u64 job_id;
	s32 pid;
	s32 session;
	s16 before;
	s16 min;
	s16 ours;
	s16 older;
	s16 lowest;
	s16 seen;
};

/**
 * struct oomk_record - the file, mapped, and an index of it
 * @fd: of the file; -1: there is none
 * @entries: the mapping
 * @capacity: entries that it has
 * @heads: first entry of a bucket of pids, plus 1
 * @next: next entry of the bucket or of the free ones, plus 1
 * @free: first free entry, plus 1
 * @nr: entries in use
 */
struct oomk_record {
	int fd;
	struct oomk_entry *entries;
	unsigned int capacity;
	u32 heads[OOMK_RECORD_HEADS];
	u32 *next;
	u32 free;
	unsigned int nr;
};

int oomk_record_open(struct oomk_record *record, int dir);
void oomk_record_close(struct oomk_record *record);
struct oomk_entry *oomk_record_find(struct oomk_record *record, pid_t pid,
				    u64 start_ticks);
int oomk_record_add(struct oomk_record *record, const struct oomk_entry *entry,
		    struct oomk_entry **added);
void oomk_record_drop(struct oomk_record *record, struct oomk_entry *entry);

#endif /* OOMK_RECORD_H */
