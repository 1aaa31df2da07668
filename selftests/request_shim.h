/* SPDX-License-Identifier: GPL-2.0 */
/* As much of the kernel as module/request.c needs, for its test on the host. */
#ifndef OOMK_REQUEST_SHIM_H
#define OOMK_REQUEST_SHIM_H

#include <errno.h>

#include "history_shim.h"

#define MAX_ERRNO	4095

#define DEFINE_SPINLOCK(name)	spinlock_t name
#define READ_ONCE(x)		(x)	/* there is one thread */
#define WRITE_ONCE(x, value)	((x) = (value))
#define swap(a, b)	\
	({ __auto_type _a = &(a); __auto_type _b = &(b); \
	   __auto_type _t = *_a; *_a = *_b; *_b = _t; })
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define ERR_PTR(err)		((void *)(long)(err))
#define PTR_ERR(pointer)	((long)(pointer))
#define IS_ERR(pointer)		((unsigned long)(pointer) >= -(unsigned long)MAX_ERRNO)
#define PTR_ERR_OR_ZERO(pointer)	\
	({ void *_p = (pointer); IS_ERR(_p) ? (int)PTR_ERR(_p) : 0; })

#define NSEC_PER_MSEC		1000000ULL
#define GFP_KERNEL		0
#define kvcalloc(n, bytes, gfp)	calloc(n, bytes)
#define kvfree			free

struct mutex {
	bool held;
};

/* What should not have been said is counted. */
static int nr_warned;

#define WARN_ON_ONCE(condition)	\
	({ bool _bad = (condition); nr_warned += _bad; _bad; })

struct pid {
	int refs;
};

static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		pid->refs++;
	return pid;
}

static inline void put_pid(struct pid *pid)
{
	if (pid)
		pid->refs--;
}

struct mm_struct {
	int refs;
};

static inline struct mm_struct *get_mm(struct mm_struct *mm)
{
	mm->refs++;
	return mm;
}

static inline void mmdrop(struct mm_struct *mm)
{
	mm->refs--;
}

/* Each look at the clock is a nanosecond later. */
static u64 the_time_ns = 1;

#define ktime_get_ns()		(the_time_ns++)

/* In place of module/trace.h, whose guard this is. */
#define OOMK_TRACE_H
#define trace_oomk_submit(...)	do { } while (0)
#define trace_oomk_accept(...)	do { } while (0)
#define trace_oomk_check(...)	do { } while (0)
#define trace_oomk_trigger(...)	do { } while (0)
#define trace_oomk_done(...)	do { } while (0)
#define trace_oomk_expire(cycle, state)	((void)(cycle))

#endif /* OOMK_REQUEST_SHIM_H */
