// SPDX-License-Identifier: GPL-2.0
/*
 * A freed page goes to a list of the CPU that frees it, and counts as free
 * only when it leaves that list. Since 6.7 these lists grow to an eighth of
 * the memory when much is freed at once, as when a victim dies, and take
 * seconds to shrink: whoever counts without them does not see the pages come
 * back, and kills once more. The kernel itself empties them before it calls
 * memory short, and keeps them short when it nearly is.
 */
#include "pcp.h"

#include <linux/cpumask.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>

static u64 zone_pages(struct zone *zone)
{
	struct per_cpu_pages *pcp;
	u64 pages = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
		pages += max(READ_ONCE(pcp->count), 0);
	}
	return pages;
}

/**
 * oomk_pcp_pages - count the free pages that no other count has
 *
 * Description: Reads one number a zone and CPU, without any lock.
 *
 * Context: any.
 * Return: pages.
 */
u64 oomk_pcp_pages(void)
{
	struct zone *zones;
	u64 pages = 0;
	int nid, i;

	for_each_online_node(nid) {
		zones = NODE_DATA(nid)->node_zones;
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&zones[i]))
				pages += zone_pages(&zones[i]);
	}
	return pages;
}
