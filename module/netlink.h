/* SPDX-License-Identifier: GPL-2.0 */
/* The door: generic netlink family, commands and events. Decides nothing. */
#ifndef OOMK_NETLINK_H
#define OOMK_NETLINK_H

#include <linux/types.h>
#include <linux/oomk.h>

#include "event.h"

int oomk_netlink_init(void);
void oomk_netlink_exit(void);
int oomk_netlink_ready(u64 cycle, enum oomk_level level);
void oomk_netlink_cycle(const struct oomk_cycle_event *event);

#endif /* OOMK_NETLINK_H */
