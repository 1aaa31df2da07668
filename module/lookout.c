// SPDX-License-Identifier: GPL-2.0
/*
 * On each CPU that is online a timer, pinned there and deferrable. A CPU that
 * runs something that takes memory is not idle, so its timer fires in time;
 * an idle CPU sleeps on, and its timer fires whenever it next wakes. One
 * deferrable timer for all would sit on some idle CPU and sleep through a hog
 * on another. A CPU in nohz_full that stopped its tick fires no deferrable
 * timer at all: whoever relies on this needs something slower besides.
 */
#include "lookout.h"

#include <linux/cpuhotplug.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/timer.h>

static DEFINE_PER_CPU(struct timer_list, lookout_timer);
static u32 (*lookout_look)(void);	/* set before the first timer */
static int lookout_hotplug;		/* its state; start and stop only */

/* In a softirq. */
static void fire(struct timer_list *timer)
{
	mod_timer(timer, jiffies + msecs_to_jiffies(lookout_look()));
}

static int cpu_up(unsigned int cpu)
{
	struct timer_list *timer = per_cpu_ptr(&lookout_timer, cpu);

	timer_setup(timer, fire, TIMER_DEFERRABLE | TIMER_PINNED);
	timer->expires = jiffies + 1;
	add_timer_on(timer, cpu);
	return 0;
}

static int cpu_down(unsigned int cpu)
{
	/* Waits if it fires right now, and takes it away if it re-armed. */
	timer_delete_sync(per_cpu_ptr(&lookout_timer, cpu));
	return 0;
}

/**
 * oomk_lookout_start - have every CPU look now and then
 * @look: called in softirq context, on many CPUs at a time; returns after how
 *	many milliseconds this CPU is to look again
 *
 * Context: process, may sleep.
 * Return: 0, or why CPUs cannot be followed as they come and go.
 */
int oomk_lookout_start(u32 (*look)(void))
{
	int state;

	lookout_look = look;
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "oomk/lookout:online",
				  cpu_up, cpu_down);
	if (state < 0)
		return state;
	lookout_hotplug = state;
	return 0;
}

/**
 * oomk_lookout_stop - look no more
 *
 * Description: Does nothing if oomk_lookout_start() failed or was not called.
 *
 * Context: process, may sleep. No CPU looks when this returns.
 */
void oomk_lookout_stop(void)
{
	if (lookout_hotplug)
		cpuhp_remove_state(lookout_hotplug);
	lookout_hotplug = 0;
}
