/* SPDX-License-Identifier: GPL-2.0 */
/* What the executor reads of /proc, and the one thing it writes there. */
#ifndef OOMK_PROCFS_H
#define OOMK_PROCFS_H

#include <dirent.h>
#include <sys/types.h>

#include "types.h"

#define OOMK_ADJ_MIN	(-1000)
#define OOMK_ADJ_MAX	1000

/**
 * struct oomk_procfs_stat - part of /proc/PID/stat
 * @start_ticks: start time in clock ticks since boot
 * @nr_threads: threads not yet reaped, a dead leader included
 * @parent: who waits for its end
 * @session: of the controlling terminal, or of whoever called setsid(2)
 * @state: one letter, 'Z' for a dead leader
 */
struct oomk_procfs_stat {
	u64 start_ticks;
	long nr_threads;
	pid_t parent;
	pid_t session;
	char state;
};

void oomk_procfs_root(const char *path);
int oomk_procfs_stat(pid_t pid, struct oomk_procfs_stat *stat);
bool oomk_procfs_dead(const struct oomk_procfs_stat *stat);
u64 oomk_procfs_ticks(u64 start_ns);
u64 oomk_procfs_ns(u64 ticks);
u64 oomk_procfs_now_ticks(void);
DIR *oomk_procfs_dir(void);
int oomk_procfs_adj_open(pid_t pid);
int oomk_procfs_adj_checked(pid_t pid, u64 start_ticks,
			    struct oomk_procfs_stat *stat);
int oomk_procfs_adj_read(int fd, int *adj);
int oomk_procfs_adj_write(int fd, int adj);
int oomk_procfs_adj_force(int fd, int adj);

#endif /* OOMK_PROCFS_H */
