/* SPDX-License-Identifier: GPL-2.0 */
/* Raised oom_score_adj values, and the record from which they come back. */
#ifndef OOMK_ADJUST_H
#define OOMK_ADJUST_H

#include <sys/types.h>

#include "kin.h"
#include "types.h"

/* Victims of one set whose children are looked for. */
#define OOMK_ADJUST_ROOTS	256

/**
 * struct oomk_adjust - the record file
 * @fd: one fixed-size entry a slot; -1: no record, so nothing is raised
 * @raised: something was, since the owner of this set it to false
 * @nr_over: slots up to the last one whose task is done with
 * @nr_roots: victims noted, some of them forgotten if more than there is room
 * @roots: those whose children may have inherited
 */
struct oomk_adjust {
	int fd;
	bool raised;
	unsigned int nr_over;
	unsigned int nr_roots;
	struct oomk_kin_root roots[OOMK_ADJUST_ROOTS];
};

int oomk_adjust_open(struct oomk_adjust *adjust, int dir, unsigned int slots);
void oomk_adjust_close(struct oomk_adjust *adjust);
unsigned int oomk_adjust_recover(struct oomk_adjust *adjust);
int oomk_adjust_raise(struct oomk_adjust *adjust, unsigned int slot, pid_t pid,
		      u64 start_ticks);
int oomk_adjust_restore(struct oomk_adjust *adjust, unsigned int slot);
void oomk_adjust_forget(struct oomk_adjust *adjust, unsigned int slot);
int oomk_adjust_settle(struct oomk_adjust *adjust);
void oomk_adjust_dismiss(struct oomk_adjust *adjust);

#endif /* OOMK_ADJUST_H */
