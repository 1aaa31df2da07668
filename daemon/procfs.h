/* SPDX-License-Identifier: GPL-2.0 */
/* What the executor reads of /proc, and the one thing it writes there. */
#ifndef OOMK_PROCFS_H
#define OOMK_PROCFS_H

#include <sys/types.h>

#include "types.h"

#define OOMK_ADJ_MIN	(-1000)
#define OOMK_ADJ_MAX	1000

/**
 * struct oomk_procfs_stat - part of /proc/PID/stat
 * @start_ticks: start time in clock ticks since boot
 * @nr_threads: threads not yet reaped, a dead leader included
 * @state: one letter, 'Z' for a dead leader
 */
struct oomk_procfs_stat {
	u64 start_ticks;
	long nr_threads;
	char state;
};

void oomk_procfs_root(const char *path);
int oomk_procfs_stat(pid_t pid, struct oomk_procfs_stat *stat);
bool oomk_procfs_dead(const struct oomk_procfs_stat *stat);
u64 oomk_procfs_ticks(u64 start_ns);
int oomk_procfs_adj_open(pid_t pid);
int oomk_procfs_adj_read(int fd, int *adj);
int oomk_procfs_adj_write(int fd, int adj);

#endif /* OOMK_PROCFS_H */
