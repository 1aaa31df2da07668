/* SPDX-License-Identifier: GPL-2.0 */
/* What the executor claims of the machine for itself. */
#ifndef OOMK_SELF_H
#define OOMK_SELF_H

#include <linux/oomk.h>

#include "types.h"

void oomk_self_raise_limits(void);
void oomk_self_protect(void);
void oomk_self_lock(void);
void oomk_self_schedule(enum oomk_executor_sched sched);

#endif /* OOMK_SELF_H */
