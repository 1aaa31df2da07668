/* SPDX-License-Identifier: GPL-2.0 */
/* A timer on each CPU that fires in time where work is done, and only there. */
#ifndef OOMK_LOOKOUT_H
#define OOMK_LOOKOUT_H

#include <linux/types.h>

int oomk_lookout_start(u32 (*look)(void));
void oomk_lookout_stop(void);

#endif /* OOMK_LOOKOUT_H */
