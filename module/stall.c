// SPDX-License-Identifier: GPL-2.0
/*
 * The counter is read whenever somebody looks: every second in calm, every
 * few milliseconds in trouble. Entries nearer to each other than 1/16 of the
 * window are not kept, so that 32 of them always reach back over all of it,
 * and growth is underestimated by what came in 1/16 of the window or in one
 * calm period, whichever is longer. Never overestimated: the entry that
 * counts lies within the window.
 */
#include "stall.h"

#include <linux/math64.h>
#include <linux/minmax.h>

#define STEPS	16

static const struct oomk_stall_entry *entry(const struct oomk_stall *stall,
					    u32 back)
{
	return &stall->entries[(stall->nr - back) % OOMK_STALL_ENTRIES];
}

/**
 * oomk_stall_forget - begin the history anew
 * @stall: the history
 *
 * Context: any.
 */
void oomk_stall_forget(struct oomk_stall *stall)
{
	stall->nr = 0;
}

/**
 * oomk_stall_add - note the counter
 * @stall: the history
 * @now_ns: time of the reading
 * @total_us: the counter
 * @window_ns: the window that will be asked for
 *
 * Context: any.
 * Return: whether the counter is above that of the newest entry before.
 */
bool oomk_stall_add(struct oomk_stall *stall, u64 now_ns, u64 total_us,
		    u64 window_ns)
{
	const struct oomk_stall_entry *newest = entry(stall, 1);
	bool grew;

	/* A counter that runs backwards began anew, and so does this. */
	if (stall->nr && total_us < newest->total_us)
		oomk_stall_forget(stall);
	grew = stall->nr && total_us > newest->total_us;
	if (stall->nr && now_ns - newest->ns < div_u64(window_ns, STEPS))
		return grew;
	stall->entries[stall->nr++ % OOMK_STALL_ENTRIES] =
		(struct oomk_stall_entry) { now_ns, total_us };
	return grew;
}

/**
 * oomk_stall_grown_us - growth within the window
 * @stall: the history
 * @now_ns: end of the window
 * @total_us: the counter at that time
 * @window_ns: length of the window
 *
 * Context: any.
 * Return: microseconds.
 */
u64 oomk_stall_grown_us(const struct oomk_stall *stall, u64 now_ns,
			u64 total_us, u64 window_ns)
{
	u32 nr = min_t(u32, stall->nr, OOMK_STALL_ENTRIES);
	u64 grown_us = 0;
	u32 back;

	for (back = 1; back <= nr; back++) {
		const struct oomk_stall_entry *e = entry(stall, back);

		if (now_ns - e->ns > window_ns)
			break;
		grown_us = total_us - e->total_us;
	}
	return grown_us;
}
