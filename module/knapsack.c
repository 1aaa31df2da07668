// SPDX-License-Identifier: GPL-2.0
/*
 * The minimum-loss knapsack: exact in prices, pages and heads.
 *
 * The problem: among the sets of items that free at least the need, one with
 * the least price; among those the fewest victims; among those much weight.
 *
 * The model. Let the items die in the order of rising density, price by page,
 * until the need is met. The last one is the break item, the pivot; with price
 * P and weight W it sets the exchange rate of a frame: a page is worth P/W.
 * In units of 1/W, an item of price p and weight w then has the reduced price
 *
 *	r = p * W - w * P
 *
 * The split lets items with r below 0 die and the others live. For any set of
 * victims S that frees s pages beyond the need,
 *
 *	W * price(S) = bound + keys(S) + P * s
 *
 * where the bound is the same for all sets (it is the fractional optimum), and
 * keys(S) adds up |r| over the items that are not on their side of the split:
 * its flips. Both terms are at least 0. So, with a set of price z at hand, a
 * better one has flips whose keys sum up to less than the gap W * z - bound,
 * and an item whose own key exceeds the gap stays on its side for good.
 *
 * An example: weights 916, 778, 746 and 673, prices 8, 5, 50 and 100, need
 * 1200. Densities rise 5/778, 8/916, ...: the second item dies, the first is
 * the pivot. Bound: 5 * 916 + 8 * (1200 - 778) = 7956 of 916, thus 8.69; to
 * kill both costs 13. Gap: 13 * 916 - 7956 = 3952. Keys: 1644 for the second
 * item, 39832 and 86216 for the others: these two live, and what is left is a
 * search among two items. A better set would have to spare the second.
 *
 * The way through:
 *  - scan and divide (knapsack_break.c): two passes over all items. A sample,
 *    drawn by weight with pivots that nobody can foresee, says where the break
 *    will be; only items around it are looked at one by one.
 *  - a first frame over some hundred items finds a good set. Often its price
 *    equals the bound, rounded up to what prices can add up to, and that is
 *    the proof.
 *  - else collect: one pass finds the items whose key is within the gap. No
 *    other item matters from here on.
 *  - search (knapsack_search.c): dynamic programming by dominance over their
 *    flips, in lanes (knapsack_lane.c) that grow away from the break.
 *  - if that takes too long, the solutions are divided by the number of their
 *    victims and each half gets a frame with a third multiplier
 *    (knapsack_cardinal.c): gamma, by which
 *
 *	r = p * alpha - w * beta - gamma
 *
 *    and a set pays gamma for each victim beyond what its half demands.
 *  - count: one more frame, in which a price is worth more than any number of
 *    victims, seeded with the set found. By then the price cannot be spoiled.
 *  - exchange (knapsack_exchange.c): the heavier of equal prices die.
 *
 * Whatever is given up unsearched, because steps, states or nodes ran out,
 * leaves the least sum of its keys behind, and from the least of these sums
 * follows the bound that was proven.
 *
 * Numbers: a reduced price stays below 2^60, sums of keys that matter below
 * 2^62; sums of weights and of costs may wrap on the way to a sum of keys, but
 * that sum is right modulo 2^64 and known to be in range.
 */
#include "knapsack_core.h"

#define STEPS_PRICE	10500000U
#define STEPS_COUNT	16384U
#define STATES		32768U
#define NODES		28000U

static u32 states_of(const struct oomk_knapsack_budget *b)
{
	u32 states = b && b->states ? b->states : STATES;

	if (states < 4)
		states = 4;
	return states > KNAPSACK_STRIDE ? KNAPSACK_STRIDE : states;
}

static u32 nodes_of(const struct oomk_knapsack_budget *b)
{
	u32 nodes = b && b->nodes ? b->nodes : NODES;

	return nodes < 2 ? 2 : nodes;
}

/**
 * oomk_knapsack_workspace_bytes() - how much workspace a solve needs
 * @nr_items: items that will be passed
 * @budget: the same budget, or NULL for the defaults
 *
 * Return: bytes, the workspace being aligned to 16, as all allocators align.
 */
size_t oomk_knapsack_workspace_bytes(u32 nr_items,
				     const struct oomk_knapsack_budget *budget)
{
	size_t states = (size_t)states_of(budget) + 1;

	return ((sizeof(struct knapsack) + 15) & ~15UL) +
	       2 * states * sizeof(struct knapsack_state) +
	       nodes_of(budget) * sizeof(struct knapsack_node) +
	       ((size_t)nr_items + 1) *
	       (sizeof(struct knapsack_entry) + sizeof(u32));
}

static struct knapsack *lay_out(void *workspace, u32 nr_items,
				const struct oomk_knapsack_budget *budget)
{
	struct knapsack *k = workspace;
	char *at = (char *)workspace + ((sizeof(*k) + 15) & ~15UL);

	memset(k, 0, sizeof(*k));
	k->nr_items = nr_items;
	k->max_states = states_of(budget);
	k->max_nodes = nodes_of(budget);
	k->pool = (struct knapsack_entry *)at;
	at += ((size_t)nr_items + 1) * sizeof(*k->pool);
	k->list = (struct knapsack_state *)at;
	at += ((size_t)k->max_states + 1) * sizeof(*k->list);
	k->spare = (struct knapsack_state *)at;
	at += ((size_t)k->max_states + 1) * sizeof(*k->list);
	k->nodes = (struct knapsack_node *)at;
	at += k->max_nodes * sizeof(*k->nodes);
	k->order = (u32 *)at;
	return k;
}

/* Is the frame's gap smaller than @gap by more than a hundredth? */
static bool narrower(const struct knapsack *k, u64 gap)
{
	const struct knapsack_frame *f = &k->frame;

	return (f->base + (__int128_t)f->alpha * f->best) * 100 <
	       (__int128_t)f->alpha * gap * 99;
}

/*
 * One half of the solutions: those with at least or at most @count victims.
 * Not worth a search if the multiplier for heads says little.
 */
static u64 solve_half(struct knapsack *k, s64 count, bool more, u64 gap,
		      u64 steps_end)
{
	bool hopeless = false;

	k->steps_end = steps_end;
	if (!oomk_knapsack_frame_cardinal(k, count, more, &hopeless))
		return hopeless ? ~0ULL : 0;
	oomk_knapsack_frame_heads(k);
	if (!narrower(k, gap))
		return 0;
	oomk_knapsack_search(k);
	oomk_knapsack_settle(k);
	return oomk_knapsack_frame_bound(k);
}

static u64 solve_halves(struct knapsack *k, u64 bound, u64 steps_end)
{
	u64 more, less, gap = k->frame.gap / k->frame.alpha + 1;
	u64 half = k->steps + (steps_end - k->steps) / 2;
	s64 count = k->frame.split_count;

	more = solve_half(k, count + 1, true, gap, half);
	if (more <= bound)
		return bound;
	less = solve_half(k, count, false, gap, steps_end);
	if (more < less)
		less = more;
	if (less > k->price)
		less = k->price;
	return less > bound ? less : bound;
}

static u64 solve_plain(struct knapsack *k, bool whole, u64 steps_end)
{
	oomk_knapsack_frame_price(k, whole);
	k->steps_end = steps_end;
	oomk_knapsack_search(k);
	oomk_knapsack_settle(k);
	return oomk_knapsack_frame_bound(k);
}

static u64 solve_price(struct knapsack *k, u64 steps)
{
	u64 end, bound;

	oomk_knapsack_break(k);
	end = k->steps + steps;
	k->whole = k->nr_pool == k->nr_weighty;
	if (!k->whole) {
		solve_plain(k, false, k->steps + k->nr_items / 16 + 1024);
		if (k->frame.gap < 0 && !k->count_whole)
			return k->price;
		oomk_knapsack_collect(k, oomk_knapsack_frame_reach(k));
		k->whole = true;
	}
	bound = solve_plain(k, true, k->steps + steps / 16 + 16ULL * k->nr_pool);
	if (bound < k->price && k->steps < end)
		bound = solve_halves(k, bound, end - steps / 16);
	if (bound < k->price && k->steps < end) {
		u64 again = solve_plain(k, true, end);

		bound = again > bound ? again : bound;
	}
	return bound;
}

static bool solve_count(struct knapsack *k, u64 steps)
{
	oomk_knapsack_frame_count(k);
	k->steps_end = k->steps + steps;
	oomk_knapsack_search(k);
	oomk_knapsack_settle(k);
	return k->whole && k->frame.dropped > k->frame.gap;
}

/**
 * oomk_knapsack_solve() - choose the victims
 * @items: the items; only their victim field is written
 * @nr_items: number of items, may be 0
 * @need_pages: pages to set free
 * @budget: limits, or NULL for the defaults
 * @workspace: memory of the caller, aligned to 16, contents undefined after
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
	struct knapsack *k;
	u64 steps_price = STEPS_PRICE, steps_count = STEPS_COUNT;
	u32 i;

	memset(result, 0, sizeof(*result));
	if (nr_items > OOMK_KNAPSACK_ITEMS_MAX)
		return -EINVAL;
	if (workspace_bytes < oomk_knapsack_workspace_bytes(nr_items, budget))
		return -ENOBUFS;
	k = lay_out(workspace, nr_items, budget);
	k->items = items;
	k->need = need_pages;
	k->resched = resched;
	k->steps_resched = KNAPSACK_STRIDE / 2;
	if (budget && budget->steps_price)
		steps_price = budget->steps_price;
	if (budget && budget->steps_count)
		steps_count = budget->steps_count;
	else if (nr_items > 2048)
		steps_count = STEPS_COUNT / 16 + nr_items / 16;
	k->count_whole = budget && budget->steps_count;
	if (oomk_knapsack_scan(k))
		return -EINVAL;
	k->random = k->total * 0x9e3779b97f4a7c15ULL + k->or_price;
	k->random ^= k->need + nr_items;
	k->random |= 1;
	if (!need_pages || k->total < need_pages) {
		for (i = 0; i < nr_items; i++)
			items[i].victim = false;
		result->freed_pages = need_pages ? k->total : 0;
		result->reason = need_pages ? OOMK_KNAPSACK_INFEASIBLE :
					      OOMK_KNAPSACK_NOTHING_TO_DO;
		return 0;
	}
	result->bound_price = solve_price(k, steps_price);
	result->reason = result->bound_price >= k->price ?
			 OOMK_KNAPSACK_PROVEN : OOMK_KNAPSACK_BUDGET;
	result->count_proven = solve_count(k, steps_count) &&
			       result->reason == OOMK_KNAPSACK_PROVEN;
	oomk_knapsack_exchange(k);
	result->nr_victims = k->count;
	result->lost_price = k->price;
	result->freed_pages = k->freed;
	result->steps = k->steps;
	result->states_peak = k->states_peak;
	return 0;
}
