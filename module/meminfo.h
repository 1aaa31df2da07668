/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells modules in no other way than /proc/meminfo. */
#ifndef OOMK_MEMINFO_H
#define OOMK_MEMINFO_H

#include <linux/types.h>

/**
 * struct oomk_meminfo - one reading
 * @hugetlb_pages: RAM set aside for huge pages, of whatever size
 * @total_swap_pages: swap in use or free
 */
struct oomk_meminfo {
	u64 hugetlb_pages;
	u64 total_swap_pages;
};

int oomk_meminfo_init(void);
void oomk_meminfo_exit(void);
int oomk_meminfo_read(struct oomk_meminfo *meminfo);

#endif /* OOMK_MEMINFO_H */
