// SPDX-License-Identifier: GPL-2.0
/*
 * The third objective: among victims and survivors of one price the heavier
 * die. Neither price nor count changes.
 *
 * Only prices at which somebody is on the other side than density would have
 * him need a look: at one price, whoever is heavier than the break dies by
 * density. And only entries of the pool: what lies between such an item and
 * the break is in the pool with it.
 */
#include "knapsack_core.h"

/* Up to so many steps price by price, else by sorting. */
#define BY_PRICE_MAX	(1024U * 1024)

static u32 price_of(const struct knapsack *k, const struct knapsack_entry *e)
{
	return k->items[e->item].price;
}

/* Is the item where its density would not have it? */
static bool is_odd(const struct knapsack *k, const struct knapsack_entry *e)
{
	const struct oomk_knapsack_item *item = &k->items[e->item];
	s64 r = item->price * k->pivot.weight_pages -
		item->weight_pages * k->pivot.price;

	/* Equal prices at the break are equal weights, unless they are 0. */
	if (!r && k->pivot.price)
		return false;
	return item->victim != (r < 0);
}

static u64 bit_of(u32 price)
{
	return 1ULL << (price * 0x9e3779b1U >> 26);
}

/* Is @price one of those of the first @nr entries, which are sorted by it? */
static bool is_listed(const struct knapsack *k, u32 nr, u32 price)
{
	u32 from = 0;

	while (nr) {
		u32 half = nr / 2;

		if (k->pool[from + half].rank < price) {
			from += half + 1;
			nr -= half + 1;
		} else {
			nr = half;
		}
	}
	return k->pool[from].rank == price;
}

/* Brings the entries of the same prices as the first @odd to the front. */
static u32 gather(struct knapsack *k, u32 odd)
{
	struct knapsack_entry *e = k->pool;
	u64 bits = 0;
	u32 i, nr = odd;

	for (i = 0; i < odd; i++) {
		e[i].rank = price_of(k, &e[i]);
		bits |= bit_of(e[i].rank);
	}
	oomk_knapsack_sort(k, e, odd);
	/* Whoever stops a search at @odd must not be taken for one of them. */
	for (i = odd; i < k->nr_pool; i++) {
		e[i].rank = ~0ULL;
		knapsack_pause(k, i);
	}
	for (i = odd; i < k->nr_pool; i++) {
		u32 price = price_of(k, &e[i]);

		if (bits & bit_of(price) && is_listed(k, odd, price))
			knapsack_swap(&e[i], &e[nr++]);
		knapsack_pause(k, i);
	}
	knapsack_steps(k, 2 * k->nr_pool);
	return nr;
}

/* Of @nr entries of one price the heaviest die, as many as died before. */
static void exchange(struct knapsack *k, struct knapsack_entry *e, u32 nr)
{
	u32 i, dying = 0;

	for (i = 0; i < nr; i++) {
		struct oomk_knapsack_item *item = &k->items[e[i].item];

		e[i].rank = ~item->weight_pages;
		knapsack_pause(k, i);
		if (!item->victim)
			continue;
		dying++;
		k->freed -= item->weight_pages;
	}
	oomk_knapsack_least(k, e, nr, dying);
	for (i = 0; i < nr; i++) {
		struct oomk_knapsack_item *item = &k->items[e[i].item];

		item->victim = i < dying;
		if (item->victim)
			k->freed += item->weight_pages;
		knapsack_pause(k, i);
	}
	knapsack_steps(k, nr);
}

static void exchange_sorted(struct knapsack *k, u32 nr)
{
	struct knapsack_entry *e = k->pool;
	u32 i, end;

	for (i = 0; i < nr; i++) {
		e[i].rank = price_of(k, &e[i]);
		knapsack_pause(k, i);
	}
	oomk_knapsack_sort(k, e, nr);
	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && e[end].rank == e[i].rank; end++)
			;
		exchange(k, &e[i], end - i);
	}
}

/**
 * oomk_knapsack_exchange() - free more pages with victims of the same prices
 * @k: the solve, complete
 *
 * Afterwards no victim can be exchanged for a heavier survivor of its price.
 */
void oomk_knapsack_exchange(struct knapsack *k)
{
	struct knapsack_entry *e = k->pool;
	u32 i, nr, odd = 0, first, next;

	for (i = 0; i < k->nr_pool; i++) {
		if (is_odd(k, &e[i]))
			knapsack_swap(&e[i], &e[odd++]);
		knapsack_pause(k, i);
	}
	knapsack_steps(k, k->nr_pool);
	if (!odd)
		return;
	nr = gather(k, odd);
	if ((u64)odd * nr > BY_PRICE_MAX) {
		exchange_sorted(k, nr);
		return;
	}
	for (first = 0; first < nr; first = next) {
		u32 price = price_of(k, &e[first]);

		next = first;
		for (i = first; i < nr; i++) {
			if (price_of(k, &e[i]) == price)
				knapsack_swap(&e[i], &e[next++]);
			knapsack_pause(k, i);
		}
		exchange(k, &e[first], next - first);
		knapsack_steps(k, nr - first);
	}
}
