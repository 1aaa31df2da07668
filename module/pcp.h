/* SPDX-License-Identifier: GPL-2.0 */
/* Free pages that lie in the lists of CPUs. */
#ifndef OOMK_PCP_H
#define OOMK_PCP_H

#include <linux/types.h>

u64 oomk_pcp_pages(void);

#endif /* OOMK_PCP_H */
