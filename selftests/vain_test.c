// SPDX-License-Identifier: GPL-2.0
/* Which runs of cycles in vain are too long, too fast: a table of histories. */
#include <stddef.h>
#include <stdio.h>

#include "vain.h"

/**
 * struct row - a history and what is to come of it
 * @name: the branch it takes
 * @cycles: how many are too many
 * @within_ms: if as fast as this
 * @history: a cycle each: '.' in vain, 'r' one that brought something back,
 *	'-' a pause
 * @step_ms: between two cycles
 * @pause_ms: length of a pause
 * @hit: which cycle in vain is the first too many, from 1; 0: none
 */
struct row {
	const char *name;
	u32 cycles;
	u32 within_ms;
	const char *history;
	u32 step_ms;
	u32 pause_ms;
	int hit;
};

static const struct row rows[] = {
	{ "too few", 5, 60000, "....", 1000, 0, 0 },
	{ "just enough", 5, 60000, ".....", 1000, 0, 5 },
	{ "reset before the last", 5, 60000, "....r.", 1000, 0, 0 },
	{ "starts anew after a reset", 3, 60000, "..r...", 1000, 0, 5 },
	{ "a reset at the start", 2, 60000, "r..", 1000, 0, 2 },
	{ "just within the window", 3, 2000, "...", 1000, 0, 3 },
	{ "just too slow", 3, 1999, "...", 1000, 0, 0 },
	{ "too slow at first", 3, 2000, "..-...", 1000, 5000, 5 },
	{ "slow without an end", 2, 999, "........", 1000, 0, 0 },
	{ "two", 2, 1000, "..", 1000, 0, 2 },
	{ "as many as are remembered", 64, 3600000,
	  "................................................................",
	  1000, 0, 64 },
	{ "more than are remembered, the last fast", 64, 63000,
	  ".-................................................................",
	  1000, 100000, 65 },
	{ "the longest window", 2, 3600000, ".-.", 0, 3600000, 2 },
	{ "beyond the longest window", 2, 3600000, ".-.", 1, 3600000, 0 },
	{ NULL }
};

static int first_hit(const struct row *row)
{
	u64 now_ns = 12345678901234ULL;
	struct oomk_vain vain = {};
	const char *at;
	int nr = 0;

	for (at = row->history; *at; at++) {
		now_ns += 1000000ULL *
			  (*at == '-' ? row->pause_ms : row->step_ms);
		if (*at == 'r')
			oomk_vain_reset(&vain);
		if (*at != '.')
			continue;
		nr++;
		if (oomk_vain_add(&vain, now_ns, row->cycles, row->within_ms))
			return nr;
	}
	return 0;
}

int main(void)
{
	const struct row *row;
	int hit, nr = 0, bad = 0;

	printf("TAP version 13\n");
	for (row = rows; row->name; row++) {
		hit = first_hit(row);
		if (hit != row->hit) {
			printf("# wanted cycle %d, got %d\n", row->hit, hit);
			bad = 1;
		}
		printf("%s %d %s\n", hit == row->hit ? "ok" : "not ok", ++nr,
		       row->name);
	}
	printf("1..%d\n", nr);
	return bad;
}
