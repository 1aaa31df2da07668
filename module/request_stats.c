// SPDX-License-Identifier: GPL-2.0
/* What is told of cycles past; it outlives the requests. */
#include "request.h"

#include <linux/atomic.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(stats_lock);	/* protects request_stats */
static struct oomk_request_stats request_stats;

/* Counted while others read and write the rest back. */
static atomic64_t oom_calls;
static atomic64_t oom_held;

/**
 * oomk_request_stats_read - copy what is told of cycles past
 * @stats: where to
 */
void oomk_request_stats_read(struct oomk_request_stats *stats)
{
	spin_lock(&stats_lock);
	*stats = request_stats;
	spin_unlock(&stats_lock);
	stats->oom_calls = atomic64_read(&oom_calls);
	stats->oom_held = atomic64_read(&oom_held);
}

/**
 * oomk_request_stats_write - replace what is told of cycles past
 * @stats: the figures
 */
void oomk_request_stats_write(const struct oomk_request_stats *stats)
{
	spin_lock(&stats_lock);
	request_stats = *stats;
	spin_unlock(&stats_lock);
}

/**
 * oomk_request_stats_oom - count a failed allocation
 * @held: false: it came to us; true: the same one was told to wait
 */
void oomk_request_stats_oom(bool held)
{
	atomic64_inc(held ? &oom_held : &oom_calls);
}
