/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that oomk builds for, 6.1 and later. The
 * only file that may ask for a version: everybody else uses the names from
 * here. Where the kernel's headers can be asked for the feature itself, they
 * are, because distributions carry changes back.
 */
#ifndef OOMK_COMPAT_H
#define OOMK_COMPAT_H

#include <linux/cgroup-defs.h>
#include <linux/psi.h>
#include <linux/version.h>

/*
 * The probe of sched_process_exit learned in 6.16 whether the whole thread
 * group is dead. oomk looks at signal->live itself and ignores it.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define OOMK_SCHED_PROCESS_EXIT_ARGS \
	void *data, struct task_struct *task, bool group_dead
#else
#define OOMK_SCHED_PROCESS_EXIT_ARGS \
	void *data, struct task_struct *task
#endif

/*
 * Mount options of cgroup2 that came after 6.1. They are enumerators, which
 * the preprocessor cannot see; a bit that is never set stands for an option
 * that this kernel lacks.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define OOMK_CGRP_MEMORY_HUGETLB_ACCOUNTING CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING
#else
#define OOMK_CGRP_MEMORY_HUGETLB_ACCOUNTING 0
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define OOMK_CGRP_PIDS_LOCAL_EVENTS CGRP_ROOT_PIDS_LOCAL_EVENTS
#else
#define OOMK_CGRP_PIDS_LOCAL_EVENTS 0
#endif

/*
 * Whether pollers of a PSI trigger wait in a queue of the file, and not in one of
 * the trigger, which is freed with it. That came in 6.5, and to 6.1 with 6.1.42:
 * since then the trigger has been told of the open file.
 */
static inline bool oomk_compat_psi_queue_stays(void)
{
#ifdef CONFIG_PSI
	typedef struct psi_trigger *(*before)(struct psi_group *group, char *buf,
					      enum psi_res res);
	typedef struct psi_trigger *(*with_file)(struct psi_group *group,
						 char *buf, enum psi_res res,
						 struct file *file);

	return !__same_type(&psi_trigger_create, before) &&
	       !__same_type(&psi_trigger_create, with_file);
#else
	return false;
#endif
}

#endif /* OOMK_COMPAT_H */
