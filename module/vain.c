// SPDX-License-Identifier: GPL-2.0
/* Counts, and knows no kernel: also built on the host. */
#include "vain.h"

#define NS_PER_MS	1000000ULL

/**
 * oomk_vain_add - one more cycle brought nothing back
 * @vain: the run
 * @now_ns: when it ended; the clock never goes backwards
 * @cycles: how many are too many, 1..OOMK_VAIN_MAX
 * @within_ms: if no more than this lies between the ends of first and last
 *
 * Context: any; one caller at a time.
 * Return: true if the last @cycles of the run came that fast.
 */
bool oomk_vain_add(struct oomk_vain *vain, u64 now_ns, u32 cycles,
		   u32 within_ms)
{
	u64 first_ns;

	vain->ended_ns[vain->nr++ % OOMK_VAIN_MAX] = now_ns;
	if (vain->nr < cycles)
		return false;
	first_ns = vain->ended_ns[(vain->nr - cycles) % OOMK_VAIN_MAX];
	return now_ns - first_ns <= within_ms * NS_PER_MS;
}

/**
 * oomk_vain_reset - a cycle brought something back, or spared all
 * @vain: the run, which ends
 *
 * Context: any; one caller at a time.
 */
void oomk_vain_reset(struct oomk_vain *vain)
{
	vain->nr = 0;
}
