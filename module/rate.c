// SPDX-License-Identifier: GPL-2.0
/*
 * The shortest time in which memory can run out.
 *
 * A mark is crossed when both RAM and swap are below it. In the worst case
 * both fill at the same time, so
 *
 *	time = max(RAM above the mark / RAM rate, swap above it / swap rate)
 *
 * Rates are 4 GiB/s for RAM (several CPUs that touch fresh pages) and 1 GiB/s
 * for swap (several CPUs that compress), or what was seen lately where that
 * was faster. What was seen fades by 1/32 with each look. Examples: 1.8 GiB of
 * RAM above the mark and no swap, 450 ms; 385 MiB and 128 MiB of swap, 125 ms.
 */
#include "rate.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/time64.h>

/* Fastest filling that is assumed, in pages a second. */
#define RAM_RATE	((4ULL << 30) >> PAGE_SHIFT)
#define SWAP_RATE	((1ULL << 30) >> PAGE_SHIFT)

/* Over less than this a rate is noise. */
#define SPAN_MIN_NS	(10 * NSEC_PER_MSEC)

/* Jumps up to what was just seen, sinks slowly when that is less. */
static u64 faded(u64 rate, u64 before, u64 now, u64 span_ns)
{
	u64 fresh = 0;

	/* Microseconds keep the product of 2^40 pages below 2^64. */
	if (before > now)
		fresh = div64_u64((before - now) * USEC_PER_SEC,
				  div_u64(span_ns, NSEC_PER_USEC));
	return max(fresh, rate - (rate >> 5));
}

/**
 * oomk_rate_learn - take note of a look
 * @rate: what was seen so far
 * @now_ns: time of the look
 * @available_pages: available RAM
 * @free_swap_pages: free swap
 *
 * Looks that follow within 10 ms of another are ignored.
 *
 * Context: any.
 */
void oomk_rate_learn(struct oomk_rate *rate, u64 now_ns, u64 available_pages,
		     u64 free_swap_pages)
{
	u64 span_ns = now_ns - rate->seen_ns;

	/* Two CPUs may come here in another order than they read the clock. */
	if (now_ns < rate->seen_ns || span_ns < SPAN_MIN_NS)
		return;
	if (rate->seen_ns) {
		rate->ram = faded(rate->ram, rate->available_pages,
				  available_pages, span_ns);
		rate->swap = faded(rate->swap, rate->free_swap_pages,
				   free_swap_pages, span_ns);
	}
	rate->seen_ns = now_ns;
	rate->available_pages = available_pages;
	rate->free_swap_pages = free_swap_pages;
}

/**
 * oomk_rate_ms - how soon these pages can be gone
 * @rate: what was seen lately
 * @ram_pages: RAM above the mark
 * @swap_pages: swap above the mark
 *
 * Context: any.
 * Return: milliseconds.
 */
u64 oomk_rate_ms(const struct oomk_rate *rate, u64 ram_pages, u64 swap_pages)
{
	u64 ram_ms = div64_u64(ram_pages * MSEC_PER_SEC,
			       max(rate->ram, RAM_RATE));
	u64 swap_ms = div64_u64(swap_pages * MSEC_PER_SEC,
				max(rate->swap, SWAP_RATE));

	return max(ram_ms, swap_ms);
}
