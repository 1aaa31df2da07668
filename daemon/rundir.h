/* SPDX-License-Identifier: GPL-2.0 */
/* The directory of the one executor, and the lock that says who that is. */
#ifndef OOMK_RUNDIR_H
#define OOMK_RUNDIR_H

int oomk_rundir_open(const char *path);
int oomk_rundir_lock(int dir, int *holder);

#endif /* OOMK_RUNDIR_H */
