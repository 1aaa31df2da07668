/* SPDX-License-Identifier: GPL-2.0 */
/* CAP_SYS_RESOURCE, put aside for a moment or taken up. */
#ifndef OOMK_CAPS_H
#define OOMK_CAPS_H

#include "types.h"

int oomk_caps_set_aside(void);
void oomk_caps_take_up(void);

#endif /* OOMK_CAPS_H */
