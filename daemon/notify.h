/* SPDX-License-Identifier: GPL-2.0 */
/* Readiness, status and signs of life for the service manager. */
#ifndef OOMK_NOTIFY_H
#define OOMK_NOTIFY_H

#include "types.h"

void oomk_notify_open(void);
__printf(1, 2) void oomk_notify(const char *format, ...);
u64 oomk_notify_watchdog_us(void);

#endif /* OOMK_NOTIFY_H */
