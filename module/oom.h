/* SPDX-License-Identifier: GPL-2.0 */
/* The last moment before the kernel's own killer fires. */
#ifndef OOMK_OOM_H
#define OOMK_OOM_H

struct workqueue_struct;

int oomk_oom_init(struct workqueue_struct *wq);
void oomk_oom_exit(void);

#endif /* OOMK_OOM_H */
