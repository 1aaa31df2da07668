/* SPDX-License-Identifier: GPL-2.0 */
/* Log lines to standard error, as the journal wants them if it listens. */
#ifndef OOMK_LOG_H
#define OOMK_LOG_H

#include <syslog.h>

#include "types.h"

void oomk_log_open(int level);
__printf(2, 3) void oomk_log(int priority, const char *format, ...);
void oomk_log_hold(void);
void oomk_log_flush(void);
const char *oomk_log_reason(int err);

#endif /* OOMK_LOG_H */
