// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel counts its kills per CPU, oom_kill of /proc/vmstat; those inside
 * the limit of a cgroup are among them. The counters are added up here without
 * the lock against CPUs that come and go, so that it can be done anywhere; a
 * CPU that goes just then may be counted twice or not at all, that once.
 */
#include "killer.h"

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu.h>

static u64 kills_at_load;	/* set once at init */

static u64 kills_since_boot(void)
{
	u64 kills = 0;
#ifdef CONFIG_VM_EVENT_COUNTERS
	int cpu;

	for_each_possible_cpu(cpu)
		kills += READ_ONCE(per_cpu(vm_event_states, cpu).event[OOM_KILL]);
#endif
	return kills;
}

/**
 * oomk_killer_init - count from now on
 *
 * Context: process, before anybody asks.
 */
void oomk_killer_init(void)
{
	kills_at_load = kills_since_boot();
}

/**
 * oomk_killer_kills - count the kills of the kernel's own killer
 *
 * Context: any.
 * Return: tasks killed since the module was loaded; 0 in a kernel without
 * CONFIG_VM_EVENT_COUNTERS.
 */
u64 oomk_killer_kills(void)
{
	u64 kills = kills_since_boot();

	return kills > kills_at_load ? kills - kills_at_load : 0;
}
