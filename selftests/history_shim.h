/* SPDX-License-Identifier: GPL-2.0 */
/* As much of the kernel as module/history.c needs, for its test on the host. */
#ifndef OOMK_HISTORY_SHIM_H
#define OOMK_HISTORY_SHIM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s64 s64;
typedef s64 ktime_t;

#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define TASK_COMM_LEN	16
#define NSEC_PER_USEC	1000
#define TK_OFFS_BOOT	1
#define ENOENT		2
#define ENOMEM		12

#define min_t(type, a, b)	\
	({ type _a = (a), _b = (b); _a < _b ? _a : _b; })
#define min(a, b)	\
	({ __auto_type _c = (a); __auto_type _d = (b); _c < _d ? _c : _d; })
#define max(a, b)	\
	({ __auto_type _e = (a); __auto_type _f = (b); _e > _f ? _e : _f; })
#define ilog2(n)		(63 - __builtin_clzll(n))
#define is_power_of_2(n)	(__builtin_popcount(n) == 1)
#define BUILD_BUG_ON(condition)	static_assert(!(condition), #condition)
#define div_u64(a, b)		((a) / (b))
#define array_size(n, bytes)	((size_t)(n) * (bytes))
#define vzalloc(bytes)		calloc(1, bytes)
#define vfree			free

/* Held or not: what the module asserts is asserted here. */
struct shim_lock {
	bool held;
};

#define spinlock_t		struct shim_lock

#define __SPIN_LOCK_UNLOCKED(name)	{ false }
#define lockdep_assert_held(lock)	assert((lock)->held)

/* What others may do just before the lock is taken, and just after. */
static void (*before_lock)(void);
static void (*after_unlock)(void);

static inline void spin_lock(spinlock_t *lock)
{
	if (before_lock)
		before_lock();
	assert(!lock->held);
	lock->held = true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	assert(lock->held);
	lock->held = false;
	if (after_unlock)
		after_unlock();
}

/* The machine was asleep for a second before anything happened. */
static inline ktime_t ktime_mono_to_any(ktime_t mono, int offset)
{
	return mono + (offset == TK_OFFS_BOOT ? 1000000000 : 0);
}

#define ns_to_ktime(ns)		((ktime_t)(ns))
#define ktime_to_ns(time)	((s64)(time))

#endif /* OOMK_HISTORY_SHIM_H */
