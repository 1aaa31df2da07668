/* SPDX-License-Identifier: GPL-2.0 */
/* What a cycle cost and what it brought. */
#ifndef OOMK_SETTLE_H
#define OOMK_SETTLE_H

#include <linux/types.h>

struct oomk_cycle_event;
struct oomk_plan;
struct oomk_request_header;

u32 oomk_settle_victims(const struct oomk_request_header *header,
			const struct oomk_plan *plan, u64 since_ns,
			struct oomk_cycle_event *event);
void oomk_settle_pages(struct oomk_cycle_event *event, u64 lowest_pages,
		       u64 now_pages);

#endif /* OOMK_SETTLE_H */
