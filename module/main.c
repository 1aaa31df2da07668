// SPDX-License-Identifier: GPL-2.0
/* Starts the parts from the ground up, and wires pressure to the cycle. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/workqueue.h>

#include "cycle.h"
#include "history.h"
#include "member.h"
#include "netlink.h"
#include "oom.h"
#include "pressure.h"
#include "report.h"

static struct workqueue_struct *oomk_wq;

static const struct oomk_pressure_ops pressure_ops = {
	.trigger = oomk_cycle_trigger,
	.calm = oomk_cycle_calm,
	.tick = oomk_cycle_tick,
};

static int __init oomk_init(void)
{
	struct oomk_pressure pressure;
	int err = -ENOMEM;

	/* Ordered: triggers and steps of a cycle never run side by side. */
	oomk_wq = alloc_ordered_workqueue("oomk", WQ_MEM_RECLAIM | WQ_HIGHPRI);
	if (!oomk_wq)
		return err;
	err = oomk_member_init();
	if (err)
		goto err_member;
	err = oomk_history_init();
	if (err)
		goto err_history;
	err = oomk_cycle_init(oomk_wq);
	if (err)
		goto err_cycle;
	err = oomk_netlink_init();
	if (err)
		goto err_netlink;
	err = oomk_pressure_init(oomk_wq, &pressure_ops);
	if (err)
		goto err_pressure;
	err = oomk_oom_init(oomk_wq);
	if (err)
		goto err_oom;

	oomk_pressure_read(&pressure);
	oomk_report_loaded(&pressure);
	return 0;

err_oom:
	oomk_pressure_exit();
err_pressure:
	oomk_cycle_stop();
	oomk_netlink_exit();
err_netlink:
	oomk_cycle_exit();
err_cycle:
	oomk_history_exit();
err_history:
	oomk_member_exit();
err_member:
	destroy_workqueue(oomk_wq);
	return err;
}

/*
 * From the top down: no rescue and no trigger any more, then no step of a
 * cycle, then no message from outside; after that nobody is left who could call
 * the rest.
 */
static void __exit oomk_exit(void)
{
	oomk_oom_exit();
	oomk_pressure_exit();
	oomk_cycle_stop();
	oomk_netlink_exit();
	oomk_cycle_exit();
	oomk_history_exit();
	oomk_member_exit();
	destroy_workqueue(oomk_wq);
	pr_info("unloaded\n");
}

module_init(oomk_init);
module_exit(oomk_exit);

MODULE_DESCRIPTION("The best possible outcome when memory runs out");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
