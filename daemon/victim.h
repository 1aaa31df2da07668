/* SPDX-License-Identifier: GPL-2.0 */
/* What can be done to one victim; the executor decides when. */
#ifndef OOMK_VICTIM_H
#define OOMK_VICTIM_H

#include "executor.h"

bool oomk_victim_transient(int err);
int oomk_victim_open(struct oomk_victim *victim, bool *stopped);
void oomk_victim_close(struct oomk_victim *victim);
int oomk_victim_signal(const struct oomk_victim *victim, int sig);
int oomk_victim_release(const struct oomk_victim *victim);
bool oomk_victim_dead(const struct oomk_victim *victim);

#endif /* OOMK_VICTIM_H */
