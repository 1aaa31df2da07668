// SPDX-License-Identifier: GPL-2.0
/*
 * The minimum-loss knapsack by branch and bound over the survivors.
 *
 * Survivors are tried in order of falling price density, depth first; a branch
 * ends when the fractional optimum of what is left cannot beat the best set
 * found so far. Exact when the step budget suffices.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#define div64_u64(a, b) ((a) / (b))
#endif

#include "knapsack.h"

#define STEPS_DEFAULT	4000000ULL
#define STEPS_RESCHED	65536ULL

struct search {
	struct oomk_knapsack_item *items;
	u32 *order;
	u8 *keep;
	u32 nr;
	u64 room;
	u64 best_price;
	bool found;
	u64 steps;
	u64 steps_max;
	oomk_knapsack_resched_fn resched;
};

static bool denser(const struct search *k, u32 a, u32 b)
{
	const struct oomk_knapsack_item *x = &k->items[a], *y = &k->items[b];

	return x->price * y->weight_pages > y->price * x->weight_pages;
}

static void sift(struct search *k, u32 root, u32 end)
{
	u32 *o = k->order;

	for (;;) {
		u32 child = 2 * root + 1, tmp;

		if (child >= end)
			return;
		if (child + 1 < end && denser(k, o[child], o[child + 1]))
			child++;
		if (!denser(k, o[root], o[child]))
			return;
		tmp = o[root];
		o[root] = o[child];
		o[child] = tmp;
		root = child;
	}
}

static void sort_by_density(struct search *k)
{
	u32 i, tmp;

	for (i = k->nr / 2; i-- > 0;)
		sift(k, i, k->nr);
	for (i = k->nr; i > 1; i--) {
		tmp = k->order[0];
		k->order[0] = k->order[i - 1];
		k->order[i - 1] = tmp;
		sift(k, 0, i - 1);
		if ((i & (STEPS_RESCHED / 32 - 1)) == 0 && k->resched)
			k->resched();
	}
}

static bool step(struct search *k)
{
	if ((++k->steps & (STEPS_RESCHED - 1)) == 0 && k->resched)
		k->resched();
	return k->steps < k->steps_max;
}

/* Fractional optimum of order[from..] in @room pages, rounded down. */
static u64 relax(struct search *k, u32 from, u64 room)
{
	u64 sum = 0;

	for (; from < k->nr; from++) {
		const struct oomk_knapsack_item *it =
			&k->items[k->order[from]];

		k->steps++;
		if (it->weight_pages > room)
			return sum + div64_u64(room * it->price,
					       it->weight_pages);
		room -= it->weight_pages;
		sum += it->price;
	}
	return sum;
}

static void record(struct search *k, u64 price)
{
	u32 i;

	if (k->found && price <= k->best_price)
		return;
	k->found = true;
	k->best_price = price;
	for (i = 0; i < k->nr; i++)
		k->items[k->order[i]].victim = !k->keep[i];
}

/* Returns true when the whole tree was searched. */
static bool search(struct search *k)
{
	u64 room = k->room, price = 0;
	u32 j = 0;

	for (;;) {
		while (j < k->nr) {
			struct oomk_knapsack_item *it =
				&k->items[k->order[j]];

			if (!step(k) && k->found)
				return false;
			k->keep[j] = it->weight_pages <= room;
			if (k->keep[j]) {
				room -= it->weight_pages;
				price += it->price;
			} else if (k->found && price + relax(k, j + 1, room) <=
				   k->best_price) {
				break;
			}
			j++;
		}
		if (j >= k->nr)
			record(k, price);
		do {
			while (j > 0 && !k->keep[j - 1])
				j--;
			if (j == 0)
				return true;
			if (!step(k))
				return false;
			k->keep[j - 1] = 0;
			room += k->items[k->order[j - 1]].weight_pages;
			price -= k->items[k->order[j - 1]].price;
		} while (price + relax(k, j, room) <= k->best_price);
	}
}

/**
 * oomk_knapsack_workspace_bytes() - how much workspace a solve needs
 * @nr_items: items that will be passed
 * @budget: the same budget, or NULL for the defaults
 *
 * Return: bytes, the workspace being aligned to 8.
 */
size_t oomk_knapsack_workspace_bytes(u32 nr_items,
				     const struct oomk_knapsack_budget *budget)
{
	return 64 + (size_t)nr_items * (sizeof(u32) + sizeof(u8));
}

/* Loads the items that count; returns -EINVAL for one out of range. */
static int load(struct search *k, u32 nr_items, u64 *total, u64 *price)
{
	u32 i;

	*total = 0;
	*price = 0;
	for (i = 0; i < nr_items; i++) {
		struct oomk_knapsack_item *it = &k->items[i];

		if (it->weight_pages >> OOMK_KNAPSACK_WEIGHT_BITS ||
		    it->price >> OOMK_KNAPSACK_PRICE_BITS)
			return -EINVAL;
		it->victim = false;
		if (!it->weight_pages)
			continue;
		*total += it->weight_pages;
		*price += it->price;
		k->order[k->nr++] = i;
	}
	return 0;
}

/**
 * oomk_knapsack_solve() - choose the victims
 * @items: the items; only their victim field is written
 * @nr_items: number of items, may be 0
 * @need_pages: pages to set free
 * @budget: limits, or NULL for the defaults
 * @workspace: memory of the caller, aligned to 8, contents undefined after
 * @workspace_bytes: its size
 * @resched: called at least every 65536 steps, or NULL
 * @result: the verdict
 *
 * Context: any in which @resched may be called; no lock is taken.
 * Return: 0; -EINVAL for a weight, price or number of items out of range;
 * -ENOBUFS if the workspace is smaller than oomk_knapsack_workspace_bytes().
 */
int oomk_knapsack_solve(struct oomk_knapsack_item *items, u32 nr_items,
			u64 need_pages,
			const struct oomk_knapsack_budget *budget,
			void *workspace, size_t workspace_bytes,
			oomk_knapsack_resched_fn resched,
			struct oomk_knapsack_result *result)
{
	struct search k = { .items = items, .resched = resched };
	u64 total, price;
	u32 i;

	memset(result, 0, sizeof(*result));
	if (nr_items > OOMK_KNAPSACK_ITEMS_MAX)
		return -EINVAL;
	if (workspace_bytes < oomk_knapsack_workspace_bytes(nr_items, budget))
		return -ENOBUFS;
	k.order = workspace;
	k.keep = (u8 *)(k.order + nr_items);
	k.steps_max = budget && budget->steps_price ? budget->steps_price :
		      STEPS_DEFAULT;
	if (load(&k, nr_items, &total, &price))
		return -EINVAL;
	result->freed_pages = need_pages ? total : 0;
	result->reason = need_pages ? OOMK_KNAPSACK_INFEASIBLE :
				      OOMK_KNAPSACK_NOTHING_TO_DO;
	if (!need_pages || total < need_pages)
		return 0;
	sort_by_density(&k);
	k.room = total - need_pages;
	result->reason = search(&k) ? OOMK_KNAPSACK_PROVEN :
				      OOMK_KNAPSACK_BUDGET;
	result->freed_pages = 0;
	for (i = 0; i < nr_items; i++) {
		if (!items[i].victim)
			continue;
		result->nr_victims++;
		result->lost_price += items[i].price;
		result->freed_pages += items[i].weight_pages;
	}
	result->bound_price = result->reason == OOMK_KNAPSACK_PROVEN ?
		result->lost_price : price - relax(&k, 0, k.room);
	result->steps = k.steps;
	return 0;
}
