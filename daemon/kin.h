/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks that inherited an oom_score_adj of ours and that nobody told us of. */
#ifndef OOMK_KIN_H
#define OOMK_KIN_H

#include <sys/types.h>

#include "types.h"

#define OOMK_KIN_VALUES	2

/**
 * struct oomk_kin_root - a task whose oom_score_adj was ours for a time
 * @start_ticks: tells it from a later one with its pid
 * @since_ticks: from when on its children inherited
 * @pid: thread group; it may be dead by now
 * @session: it was in; 0: not known
 * @before: oom_score_adj that its children would have had
 * @min: least value that their owner could return to
 * @values: what it was given
 */
struct oomk_kin_root {
	u64 start_ticks;
	u64 since_ticks;
	pid_t pid;
	pid_t session;
	int before;
	int min;
	int values[OOMK_KIN_VALUES];
};

/**
 * struct oomk_kin - one who inherited
 * @start_ticks: tells it from a later one with its pid
 * @pid: thread group
 * @session: it is in
 * @adj: what it has
 */
struct oomk_kin {
	u64 start_ticks;
	pid_t pid;
	pid_t session;
	int adj;
};

/**
 * typedef oomk_kin_found_t - called for each task that is to be put right
 * @kin: who inherited
 * @root: from whom
 * @arg: as given with the search
 *
 * Return: whether it was put right.
 */
typedef bool (*oomk_kin_found_t)(const struct oomk_kin *kin,
				 const struct oomk_kin_root *root, void *arg);

int oomk_kin_search(const struct oomk_kin_root *roots, unsigned int nr,
		    oomk_kin_found_t found, void *arg);

#endif /* OOMK_KIN_H */
