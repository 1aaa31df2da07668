/* SPDX-License-Identifier: GPL-2.0 */
/* One order on its way, and what becomes of each victim of it. */
#ifndef OOMK_RUN_H
#define OOMK_RUN_H

#include "executor.h"

/**
 * struct oomk_run - one order on its way
 * @executor: whose
 * @order: what
 * @hard: no more checks, no more grace
 * @over: no more signals; what is left is spared
 * @lost: somebody else sees to the victims now
 * @reported: the report was given
 * @unwatched: victims alive and signalled that cannot be polled
 * @alive: victims signalled and not seen dead
 * @timeout_ms: silent for longer it is lost; 0: never
 * @spoken_ms: when the kernel last heard of us
 */
struct oomk_run {
	struct oomk_executor *executor;
	const struct oomk_order *order;
	bool hard;
	bool over;
	bool lost;
	bool reported;
	unsigned int unwatched;
	unsigned int alive;
	u32 timeout_ms;
	u64 spoken_ms;
};

u64 oomk_run_now_ms(const struct oomk_run *run);
unsigned int oomk_run_slot(const struct oomk_run *run,
			   const struct oomk_victim *v);
__printf(4, 5) void oomk_run_tell(const struct oomk_run *run, int priority,
				  const struct oomk_victim *v,
				  const char *format, ...);
void oomk_run_begin(struct oomk_run *run);
void oomk_run_settle(struct oomk_run *run, struct oomk_victim *v,
		     enum oomk_victim_status status, int err);
void oomk_run_settle_gone(struct oomk_run *run, struct oomk_victim *v);
void oomk_run_settle_error(struct oomk_run *run, struct oomk_victim *v,
			   int err);
void oomk_run_spare_rest(struct oomk_run *run, u32 signals);
void oomk_run_report(struct oomk_run *run);
void oomk_run_end(struct oomk_run *run);

#endif /* OOMK_RUN_H */
