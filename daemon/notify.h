/* SPDX-License-Identifier: GPL-2.0 */
/* What a service manager is told, as sd_notify(3) describes it. */
#ifndef OOMK_NOTIFY_H
#define OOMK_NOTIFY_H

#include "types.h"

int oomk_notify_open(u64 *watchdog_us);
void oomk_notify_say(const char *text);
void oomk_notify_try(const char *text);

#endif /* OOMK_NOTIFY_H */
