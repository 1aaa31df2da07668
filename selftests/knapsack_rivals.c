// SPDX-License-Identifier: GPL-2.0
/* The floor, and other ways to choose victims. */
#include <stdlib.h>
#include <string.h>

#include "knapsack_rivals.h"

/* Bytes that a table may take. */
#define TABLE_MAX	(256ULL * 1024 * 1024)

/**
 * rival_pass() - look at every item once: less cannot be done
 * @items: the items
 * @nr: how many
 * @most: the greatest price
 *
 * Return: the sum of weights.
 */
u64 rival_pass(const struct oomk_knapsack_item *items, u32 nr, u32 *most)
{
	u64 sum = 0;
	u32 i, max = 0;

	for (i = 0; i < nr; i++) {
		sum += items[i].weight_pages;
		if (items[i].price > max)
			max = items[i].price;
	}
	*most = max;
	return sum;
}

static int by_density(const void *a, const void *b)
{
	const struct oomk_knapsack_item *x = a, *y = b;
	u64 left = x->price * y->weight_pages;
	u64 right = y->price * x->weight_pages;

	return left < right ? -1 : left > right;
}

/**
 * rival_greedy() - kill by rising density until it is enough
 * @items: the items
 * @nr: how many
 * @need: pages needed
 * @freed: pages freed
 *
 * Return: the price lost.
 */
u64 rival_greedy(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		 u64 *freed)
{
	struct oomk_knapsack_item *sorted = malloc(nr * sizeof(*sorted));
	u64 price = 0;
	u32 i;

	memcpy(sorted, items, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_density);
	*freed = 0;
	for (i = 0; i < nr && *freed < need; i++) {
		*freed += sorted[i].weight_pages;
		price += sorted[i].price;
	}
	free(sorted);
	return price;
}

/**
 * rival_table() - the least price for each number of pages, up to the need
 * @items: the items
 * @nr: how many
 * @need: pages needed
 *
 * Return: the price lost; ~0 if the table does not fit, or time would not do.
 */
u64 rival_table(const struct oomk_knapsack_item *items, u32 nr, u64 need)
{
	u64 *least, lost, page;
	u32 i;

	if (need >= TABLE_MAX / 8 || need * nr > 30000000ULL)
		return ~0ULL;
	least = malloc((need + 1) * sizeof(*least));
	for (page = 1; page <= need; page++)
		least[page] = ~0ULL >> 1;
	least[0] = 0;
	for (i = 0; i < nr; i++) {
		u64 w = items[i].weight_pages;

		for (page = need; page; page--) {
			u64 rest = least[page > w ? page - w : 0];

			if (rest + items[i].price < least[page])
				least[page] = rest + items[i].price;
		}
	}
	lost = least[need];
	free(least);
	return lost;
}

/**
 * rival_permille() - as in 2021: weights in thousandths of the total, rounded
 * down, and a table of what may stay
 * @items: the items
 * @nr: how many
 * @need: pages needed
 * @freed: pages freed
 *
 * Return: the price lost.
 */
u64 rival_permille(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		   u64 *freed)
{
	u64 total = 0, room, lost = 0, best[1001] = { 0 };
	u8 *kept = calloc(nr, 1001);
	u32 i, c, *scaled = malloc(nr * sizeof(*scaled));

	for (i = 0; i < nr; i++)
		total += items[i].weight_pages;
	room = (total - need) * 1000 / total;
	for (i = 0; i < nr; i++) {
		scaled[i] = items[i].weight_pages * 1000 / total;
		for (c = room + 1; c-- > scaled[i];) {
			u64 with = best[c - scaled[i]] + items[i].price;

			if (with <= best[c])
				continue;
			best[c] = with;
			kept[(size_t)i * 1001 + c] = 1;
		}
	}
	*freed = 0;
	for (i = nr, c = room; i-- > 0;) {
		if (kept[(size_t)i * 1001 + c]) {
			c -= scaled[i];
			continue;
		}
		*freed += items[i].weight_pages;
		lost += items[i].price;
	}
	free(kept);
	free(scaled);
	return lost;
}
