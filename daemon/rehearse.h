/* SPDX-License-Identifier: GPL-2.0 */
/* A dry run of the kill path on a child made for it. */
#ifndef OOMK_REHEARSE_H
#define OOMK_REHEARSE_H

#include "adjust.h"

int oomk_rehearse(struct oomk_adjust *adjust);
bool oomk_rehearse_sight(void);

#endif /* OOMK_REHEARSE_H */
