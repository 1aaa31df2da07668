/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One tracepoint at every hop of a cycle, in the order of the hops. Scalars
 * only: what is recorded outlives every object that it speaks of.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM oomk

#if !defined(OOMK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define OOMK_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>
#include <linux/oomk.h>

/* Tools outside the kernel print names too: tell them the values. */
TRACE_DEFINE_ENUM(OOMK_LEVEL_CALM);
TRACE_DEFINE_ENUM(OOMK_LEVEL_SOFT);
TRACE_DEFINE_ENUM(OOMK_LEVEL_HARD);
TRACE_DEFINE_ENUM(OOMK_CAUSE_NONE);
TRACE_DEFINE_ENUM(OOMK_CAUSE_SOFT_WATERMARK);
TRACE_DEFINE_ENUM(OOMK_CAUSE_HARD_WATERMARK);
TRACE_DEFINE_ENUM(OOMK_CAUSE_PSI);
TRACE_DEFINE_ENUM(OOMK_REASON_PROVEN);
TRACE_DEFINE_ENUM(OOMK_REASON_BUDGET);
TRACE_DEFINE_ENUM(OOMK_REASON_INFEASIBLE);
TRACE_DEFINE_ENUM(OOMK_REASON_NOTHING_TO_DO);
TRACE_DEFINE_ENUM(OOMK_VICTIM_WAITING);
TRACE_DEFINE_ENUM(OOMK_VICTIM_GONE);
TRACE_DEFINE_ENUM(OOMK_VICTIM_KILLED);
TRACE_DEFINE_ENUM(OOMK_VICTIM_SPARED);
TRACE_DEFINE_ENUM(OOMK_VICTIM_VANISHED);
TRACE_DEFINE_ENUM(OOMK_VICTIM_CHANGED);
TRACE_DEFINE_ENUM(OOMK_VICTIM_FAILED);
TRACE_DEFINE_ENUM(OOMK_REQUEST_IDLE);
TRACE_DEFINE_ENUM(OOMK_REQUEST_READY);
TRACE_DEFINE_ENUM(OOMK_REQUEST_ACCEPTED);
TRACE_DEFINE_ENUM(OOMK_REQUEST_BACKSTOP);
TRACE_DEFINE_ENUM(OOMK_REQUEST_REAPING);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_NONE);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_KILLED);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_SPARED);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_INFEASIBLE);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_STUCK);
TRACE_DEFINE_ENUM(OOMK_OUTCOME_ABORTED);

#define show_oomk_level(value)						\
	__print_symbolic(value,						\
		{ OOMK_LEVEL_CALM, "calm" },				\
		{ OOMK_LEVEL_SOFT, "soft" },				\
		{ OOMK_LEVEL_HARD, "hard" })

#define show_oomk_cause(value)						\
	__print_symbolic(value,						\
		{ OOMK_CAUSE_NONE, "none" },				\
		{ OOMK_CAUSE_SOFT_WATERMARK, "soft_watermark" },	\
		{ OOMK_CAUSE_HARD_WATERMARK, "hard_watermark" },	\
		{ OOMK_CAUSE_PSI, "psi" })

#define show_oomk_reason(value)						\
	__print_symbolic(value,						\
		{ OOMK_REASON_PROVEN, "proven" },			\
		{ OOMK_REASON_BUDGET, "budget" },			\
		{ OOMK_REASON_INFEASIBLE, "infeasible" },		\
		{ OOMK_REASON_NOTHING_TO_DO, "nothing_to_do" })

#define show_oomk_status(value)						\
	__print_symbolic(value,						\
		{ OOMK_VICTIM_WAITING, "waiting" },			\
		{ OOMK_VICTIM_GONE, "gone" },				\
		{ OOMK_VICTIM_KILLED, "killed" },			\
		{ OOMK_VICTIM_SPARED, "spared" },			\
		{ OOMK_VICTIM_VANISHED, "vanished" },			\
		{ OOMK_VICTIM_CHANGED, "changed" },			\
		{ OOMK_VICTIM_FAILED, "failed" })

#define show_oomk_state(value)						\
	__print_symbolic(value,						\
		{ OOMK_REQUEST_IDLE, "idle" },				\
		{ OOMK_REQUEST_READY, "ready" },			\
		{ OOMK_REQUEST_ACCEPTED, "accepted" },			\
		{ OOMK_REQUEST_BACKSTOP, "backstop" },			\
		{ OOMK_REQUEST_REAPING, "reaping" })

#define show_oomk_outcome(value)					\
	__print_symbolic(value,						\
		{ OOMK_OUTCOME_NONE, "none" },				\
		{ OOMK_OUTCOME_KILLED, "killed" },			\
		{ OOMK_OUTCOME_SPARED, "spared" },			\
		{ OOMK_OUTCOME_INFEASIBLE, "infeasible" },		\
		{ OOMK_OUTCOME_STUCK, "stuck" },			\
		{ OOMK_OUTCOME_ABORTED, "aborted" })

TRACE_EVENT(oomk_psi_wake,
	    TP_PROTO(u64 total_us, u32 avg10),
	    TP_ARGS(total_us, avg10),
	    TP_STRUCT__entry(__field(u64, total_us)
			     __field(u32, avg10)),
	    TP_fast_assign(__entry->total_us = total_us;
			   __entry->avg10 = avg10;),
	    TP_printk("total_us=%llu avg10=%u.%02u",
		      __entry->total_us, __entry->avg10 / 100,
		      __entry->avg10 % 100)
);

TRACE_EVENT(oomk_tick,
	    TP_PROTO(u64 available_pages, u64 free_swap_pages, u32 level,
		     u32 period_ms),
	    TP_ARGS(available_pages, free_swap_pages, level, period_ms),
	    TP_STRUCT__entry(__field(u64, available_pages)
			     __field(u64, free_swap_pages)
			     __field(u32, level)
			     __field(u32, period_ms)),
	    TP_fast_assign(__entry->available_pages = available_pages;
			   __entry->free_swap_pages = free_swap_pages;
			   __entry->level = level;
			   __entry->period_ms = period_ms;),
	    TP_printk("available_pages=%llu free_swap_pages=%llu level=%s period_ms=%u",
		      __entry->available_pages, __entry->free_swap_pages,
		      show_oomk_level(__entry->level), __entry->period_ms)
);

TRACE_EVENT(oomk_trigger,
	    TP_PROTO(u32 cause, u64 available_pages, u64 free_swap_pages,
		     u32 psi_full_avg10),
	    TP_ARGS(cause, available_pages, free_swap_pages, psi_full_avg10),
	    TP_STRUCT__entry(__field(u64, available_pages)
			     __field(u64, free_swap_pages)
			     __field(u32, cause)
			     __field(u32, psi_full_avg10)),
	    TP_fast_assign(__entry->available_pages = available_pages;
			   __entry->free_swap_pages = free_swap_pages;
			   __entry->cause = cause;
			   __entry->psi_full_avg10 = psi_full_avg10;),
	    TP_printk("cause=%s available_pages=%llu free_swap_pages=%llu psi_full_avg10=%u.%02u",
		      show_oomk_cause(__entry->cause), __entry->available_pages,
		      __entry->free_swap_pages, __entry->psi_full_avg10 / 100,
		      __entry->psi_full_avg10 % 100)
);

TRACE_EVENT(oomk_oom,
	    TP_PROTO(u64 available_pages, u64 cycle, bool held),
	    TP_ARGS(available_pages, cycle, held),
	    TP_STRUCT__entry(__field(u64, available_pages)
			     __field(u64, cycle)
			     __field(bool, held)),
	    TP_fast_assign(__entry->available_pages = available_pages;
			   __entry->cycle = cycle;
			   __entry->held = held;),
	    TP_printk("available_pages=%llu cycle=%llu held=%d",
		      __entry->available_pages, __entry->cycle, __entry->held)
);

TRACE_EVENT(oomk_sample,
	    TP_PROTO(u64 cycle, u32 tasks, u32 omitted, u64 pending_pages,
		     u64 ns),
	    TP_ARGS(cycle, tasks, omitted, pending_pages, ns),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u64, pending_pages)
			     __field(u64, ns)
			     __field(u32, tasks)
			     __field(u32, omitted)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->pending_pages = pending_pages;
			   __entry->ns = ns;
			   __entry->tasks = tasks;
			   __entry->omitted = omitted;),
	    TP_printk("cycle=%llu tasks=%u omitted=%u pending_pages=%llu ns=%llu",
		      __entry->cycle, __entry->tasks, __entry->omitted,
		      __entry->pending_pages, __entry->ns)
);

TRACE_EVENT(oomk_price,
	    TP_PROTO(u64 cycle, u32 items, u64 weight_pages, u64 ns),
	    TP_ARGS(cycle, items, weight_pages, ns),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u64, weight_pages)
			     __field(u64, ns)
			     __field(u32, items)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->weight_pages = weight_pages;
			   __entry->ns = ns;
			   __entry->items = items;),
	    TP_printk("cycle=%llu items=%u weight_pages=%llu ns=%llu",
		      __entry->cycle, __entry->items, __entry->weight_pages,
		      __entry->ns)
);

TRACE_EVENT(oomk_solve,
	    TP_PROTO(u64 cycle, u64 need_pages, u32 victims, u64 freed_pages,
		     u64 lost_price, u64 bound_price, u32 reason, u64 ns),
	    TP_ARGS(cycle, need_pages, victims, freed_pages, lost_price,
		    bound_price, reason, ns),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u64, need_pages)
			     __field(u64, freed_pages)
			     __field(u64, lost_price)
			     __field(u64, bound_price)
			     __field(u64, ns)
			     __field(u32, victims)
			     __field(u32, reason)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->need_pages = need_pages;
			   __entry->freed_pages = freed_pages;
			   __entry->lost_price = lost_price;
			   __entry->bound_price = bound_price;
			   __entry->ns = ns;
			   __entry->victims = victims;
			   __entry->reason = reason;),
	    TP_printk("cycle=%llu need_pages=%llu victims=%u freed_pages=%llu lost_price=%llu bound_price=%llu reason=%s ns=%llu",
		      __entry->cycle, __entry->need_pages, __entry->victims,
		      __entry->freed_pages, __entry->lost_price,
		      __entry->bound_price, show_oomk_reason(__entry->reason),
		      __entry->ns)
);

TRACE_EVENT(oomk_submit,
	    TP_PROTO(u64 cycle, u32 tasks, u32 level),
	    TP_ARGS(cycle, tasks, level),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, tasks)
			     __field(u32, level)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->tasks = tasks;
			   __entry->level = level;),
	    TP_printk("cycle=%llu tasks=%u level=%s",
		      __entry->cycle, __entry->tasks,
		      show_oomk_level(__entry->level))
);

TRACE_EVENT(oomk_ready,
	    TP_PROTO(u64 cycle, int listeners_or_errno),
	    TP_ARGS(cycle, listeners_or_errno),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(int, listeners_or_errno)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->listeners_or_errno = listeners_or_errno;),
	    TP_printk("cycle=%llu listeners_or_errno=%d",
		      __entry->cycle, __entry->listeners_or_errno)
);

TRACE_EVENT(oomk_accept,
	    TP_PROTO(u64 cycle, u32 portid),
	    TP_ARGS(cycle, portid),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, portid)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->portid = portid;),
	    TP_printk("cycle=%llu portid=%u",
		      __entry->cycle, __entry->portid)
);

TRACE_EVENT(oomk_check,
	    TP_PROTO(u64 cycle, u32 level, u32 needed),
	    TP_ARGS(cycle, level, needed),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, level)
			     __field(u32, needed)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->level = level;
			   __entry->needed = needed;),
	    TP_printk("cycle=%llu level=%s needed=%u",
		      __entry->cycle, show_oomk_level(__entry->level),
		      __entry->needed)
);

TRACE_EVENT(oomk_done,
	    TP_PROTO(u64 cycle, u32 pid, u32 status, u32 err),
	    TP_ARGS(cycle, pid, status, err),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, pid)
			     __field(u32, status)
			     __field(u32, err)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->pid = pid;
			   __entry->status = status;
			   __entry->err = err;),
	    TP_printk("cycle=%llu pid=%u status=%s err=%u",
		      __entry->cycle, __entry->pid,
		      show_oomk_status(__entry->status), __entry->err)
);

TRACE_EVENT(oomk_expire,
	    TP_PROTO(u64 cycle, u32 state),
	    TP_ARGS(cycle, state),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, state)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->state = state;),
	    TP_printk("cycle=%llu state=%s",
		      __entry->cycle, show_oomk_state(__entry->state))
);

TRACE_EVENT(oomk_backstop,
	    TP_PROTO(u64 cycle, u32 pid, int sig, int err),
	    TP_ARGS(cycle, pid, sig, err),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u32, pid)
			     __field(int, sig)
			     __field(int, err)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->pid = pid;
			   __entry->sig = sig;
			   __entry->err = err;),
	    TP_printk("cycle=%llu pid=%u sig=%d err=%d",
		      __entry->cycle, __entry->pid, __entry->sig, __entry->err)
);

TRACE_EVENT(oomk_cycle_end,
	    TP_PROTO(u64 cycle, u32 outcome, u64 freed_pages, u64 back_pages,
		     u64 ns),
	    TP_ARGS(cycle, outcome, freed_pages, back_pages, ns),
	    TP_STRUCT__entry(__field(u64, cycle)
			     __field(u64, freed_pages)
			     __field(u64, back_pages)
			     __field(u64, ns)
			     __field(u32, outcome)),
	    TP_fast_assign(__entry->cycle = cycle;
			   __entry->freed_pages = freed_pages;
			   __entry->back_pages = back_pages;
			   __entry->ns = ns;
			   __entry->outcome = outcome;),
	    TP_printk("cycle=%llu outcome=%s freed_pages=%llu back_pages=%llu ns=%llu",
		      __entry->cycle, show_oomk_outcome(__entry->outcome),
		      __entry->freed_pages, __entry->back_pages, __entry->ns)
);

#endif /* OOMK_TRACE_H */

/* Found by -I of this directory, see Kbuild. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
