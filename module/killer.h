/* SPDX-License-Identifier: GPL-2.0 */
/* How often the kernel's own killer has killed. */
#ifndef OOMK_KILLER_H
#define OOMK_KILLER_H

#include <linux/types.h>

void oomk_killer_init(void);
u64 oomk_killer_kills(void);

#endif /* OOMK_KILLER_H */
