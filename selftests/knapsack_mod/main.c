// SPDX-License-Identifier: GPL-2.0
/*
 * Solves the instances of the digest inside the kernel, from a kernel thread's
 * point of view: insmod does it. Each answer is a line in the log after
 * "knapsack: "; solver_test.sh compares them with the host's.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "digest.h"

static void give_way(void)
{
	cond_resched();
}

static int __init knapsack_test_init(void)
{
	size_t bytes = oomk_knapsack_workspace_bytes(DIGEST_ITEMS_MAX, NULL);
	struct oomk_knapsack_item *items;
	void *workspace = vmalloc(bytes);
	char line[DIGEST_LINE_BYTES];
	int error = 0;
	u32 i;

	items = vmalloc(DIGEST_ITEMS_MAX * sizeof(*items));
	if (!items || !workspace)
		error = -ENOMEM;
	for (i = 0; !error && i < digest_nr_lines(); i++) {
		error = digest_line(i, items, workspace, bytes, give_way, line);
		pr_info("knapsack: %s\n", line);
	}
	vfree(items);
	vfree(workspace);
	return error;
}

static void __exit knapsack_test_exit(void)
{
}

module_init(knapsack_test_init);
module_exit(knapsack_test_exit);
MODULE_DESCRIPTION("Solves seeded knapsack instances in the kernel");
MODULE_LICENSE("GPL");
