// SPDX-License-Identifier: GPL-2.0
/*
 * Two other ways to solve the knapsack, slow and plain, and what an answer has
 * to satisfy. They share nothing with the solver but the item.
 */
#include <stdlib.h>

#include "knapsack_test.h"

/**
 * reference_force() - try all sets
 * @items: the items
 * @nr: how many, at most 24
 * @need: pages to set free
 *
 * Return: the truth.
 */
struct answer reference_force(const struct oomk_knapsack_item *items, u32 nr,
			      u64 need)
{
	struct answer best = { .price = ~0ULL, .count = ~0U };
	u64 price = 0, weight = 0;
	u32 set = 0, count = 0, step;

	for (step = 0; step < 1U << nr; step++) {
		if (step) {
			/* Gray code: one item changes sides. */
			u32 i = __builtin_ctz(step);

			set ^= 1U << i;
			if (set >> i & 1) {
				price += items[i].price;
				weight += items[i].weight_pages;
				count++;
			} else {
				price -= items[i].price;
				weight -= items[i].weight_pages;
				count--;
			}
		}
		if (weight < need || price > best.price ||
		    (price == best.price && count >= best.count))
			continue;
		best = (struct answer){ true, price, count };
	}
	return best;
}

static int by_density(const void *a, const void *b)
{
	const struct oomk_knapsack_item *x = a, *y = b;
	u64 left = x->price * y->weight_pages;
	u64 right = y->price * x->weight_pages;

	return left < right ? -1 : left > right;
}

/* The least that the missing pages cost if items may die in part. */
static u64 fraction(const struct oomk_knapsack_item *items, u32 from, u32 nr,
		    u64 missing)
{
	u64 price = 0;

	for (; from < nr && missing; from++) {
		u64 w = items[from].weight_pages;

		if (w > missing)
			return price +
			       (items[from].price * missing + w - 1) / w;
		price += items[from].price;
		missing -= w;
	}
	return missing ? ~0ULL >> 1 : price;
}

/**
 * reference_branch() - branch and bound over the victims, depth first
 * @items: the items
 * @nr: how many
 * @need: pages to set free
 * @steps: stop after so many
 * @finished: it did not have to
 *
 * Return: the truth about the price, if it finished.
 */
struct answer reference_branch(const struct oomk_knapsack_item *items, u32 nr,
			       u64 need, u64 steps, bool *finished)
{
	struct answer best = { .price = ~0ULL >> 1, .count = ~0U };
	struct oomk_knapsack_item *sorted = malloc((nr + 1) * sizeof(*sorted));
	u64 price = 0, freed = 0;
	u32 i, n = 0, at = 0;

	for (i = 0; i < nr; i++)
		if (items[i].weight_pages)
			sorted[n++] = items[i];
	qsort(sorted, n, sizeof(*sorted), by_density);
	*finished = false;
	while (steps--) {
		u64 missing = freed < need ? need - freed : 0;

		if (!missing && price < best.price) {
			best.price = price;
			best.feasible = true;
		}
		if (missing && at < n &&
		    price + fraction(sorted, at, n, missing) < best.price) {
			sorted[at].victim = true;
			price += sorted[at].price;
			freed += sorted[at++].weight_pages;
			continue;
		}
		/* Back to the last that died; now it lives. */
		while (at && !sorted[at - 1].victim)
			at--;
		if (!at) {
			*finished = true;
			break;
		}
		sorted[at - 1].victim = false;
		price -= sorted[at - 1].price;
		freed -= sorted[at - 1].weight_pages;
	}
	free(sorted);
	return best;
}

/* Could a victim be exchanged for a heavier survivor of its price? */
static bool exchangeable(const struct oomk_knapsack_item *items, u32 nr)
{
	u32 i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < nr; j++)
			if (items[i].victim && !items[j].victim &&
			    items[i].price == items[j].price &&
			    items[i].weight_pages < items[j].weight_pages)
				return true;
	return false;
}

static const char *verdict_none(const struct oomk_knapsack_item *items, u32 nr,
				u64 need, const struct oomk_knapsack_result *r)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (items[i].victim)
			return "a victim without need";
		total += items[i].weight_pages;
	}
	if (!need)
		return r->reason == OOMK_KNAPSACK_NOTHING_TO_DO ? NULL :
		       "something to do without need";
	if (r->reason != OOMK_KNAPSACK_INFEASIBLE)
		return "a solution where there is none";
	return r->freed_pages == total ? NULL : "the total is wrong";
}

/**
 * verdict() - is the answer right?
 * @items: the items as the solver left them
 * @nr: how many
 * @need: pages needed
 * @r: what it says
 * @truth: what is so
 *
 * Return: NULL, or what is wrong.
 */
const char *verdict(const struct oomk_knapsack_item *items, u32 nr, u64 need,
		    const struct oomk_knapsack_result *r,
		    const struct answer *truth)
{
	u64 price = 0, weight = 0;
	u32 i, count = 0;

	if (!need || !truth->feasible)
		return verdict_none(items, nr, need, r);
	for (i = 0; i < nr; i++) {
		if (!items[i].victim)
			continue;
		if (!items[i].weight_pages)
			return "a victim that frees nothing";
		price += items[i].price;
		weight += items[i].weight_pages;
		count++;
	}
	if (weight < need)
		return "not enough is freed";
	if (price != r->lost_price || weight != r->freed_pages ||
	    count != r->nr_victims)
		return "the sums are wrong";
	if (r->bound_price > truth->price)
		return "the bound is above the optimum";
	if (r->reason == OOMK_KNAPSACK_PROVEN && price != truth->price)
		return "proven, but not the least price";
	if (r->reason != OOMK_KNAPSACK_PROVEN &&
	    r->reason != OOMK_KNAPSACK_BUDGET)
		return "the reason is wrong";
	if (price < truth->price)
		return "less than the least price";
	if (r->count_proven && truth->count != ~0U && count != truth->count)
		return "proven, but not the fewest victims";
	return exchangeable(items, nr) ? "a heavier one lives" : NULL;
}
