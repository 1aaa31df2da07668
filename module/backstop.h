/* SPDX-License-Identifier: GPL-2.0 */
/* Signals from the kernel itself, for want of an executor. */
#ifndef OOMK_BACKSTOP_H
#define OOMK_BACKSTOP_H

#include <linux/types.h>

struct oomk_request_header;
struct oomk_victim;

u32 oomk_backstop_begin(const struct oomk_request_header *header,
			bool handed_out, u64 grace_end_ns);
void oomk_backstop_step(const struct oomk_request_header *header);
bool oomk_backstop_kill(const struct oomk_request_header *header);
bool oomk_backstop_sweep(const struct oomk_request_header *header);
bool oomk_backstop_any_dying(const struct oomk_request_header *header);
bool oomk_backstop_spared(const struct oomk_victim *victim);

#endif /* OOMK_BACKSTOP_H */
