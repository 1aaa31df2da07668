// SPDX-License-Identifier: GPL-2.0
/*
 * From the items as they come to the few that matter: the passes over all
 * items. Each is one loop without a branch that the data decide, because at
 * this point mispredicted branches would cost more than all the arithmetic.
 */
#include "knapsack_core.h"

/* Items a block: weights are summed by block so that drawing one is short. */
#define BLOCK		16U
/* Fewer items than this are all near the break. */
#define SAMPLE_MIN	512U

/* Is @a priced lower per page than @b? Products stay below 2^60. */
static inline bool sparser(const struct oomk_knapsack_item *a,
			   const struct oomk_knapsack_item *b)
{
	return a->price * b->weight_pages < b->price * a->weight_pages;
}

/**
 * oomk_knapsack_scan() - look at every item once
 * @k: the solve; total, or_price and nr_weighty are set
 *
 * Leaves the weight of each block of items where the pool will be.
 *
 * Return: 0, or -EINVAL for a weight or price out of range.
 */
int oomk_knapsack_scan(struct knapsack *k)
{
	u64 *blocks = (u64 *)k->pool;
	u64 or_weight = 0;
	u32 or_price = 0, nr_weighty = 0;
	u32 i = 0;

	while (i < k->nr_items) {
		u32 end = k->nr_items - i > BLOCK ? i + BLOCK : k->nr_items;
		u64 sum = 0;

		for (; i < end; i++) {
			u64 weight = k->items[i].weight_pages;

			sum += weight;
			or_weight |= weight;
			or_price |= k->items[i].price;
			nr_weighty += weight != 0;
		}
		k->total += sum;
		*blocks++ = sum;
		if (!(i % (KNAPSACK_STRIDE / 2)))
			knapsack_steps(k, KNAPSACK_STRIDE / 2);
	}
	k->or_price = or_price;
	k->nr_weighty = nr_weighty;
	if (or_weight >> OOMK_KNAPSACK_WEIGHT_BITS ||
	    or_price >> OOMK_KNAPSACK_PRICE_BITS)
		return -EINVAL;
	return 0;
}

/* Draws items with a chance by weight, one from each stretch of the total. */
static u32 draw(struct knapsack *k, u32 nr)
{
	const u64 *blocks = (const u64 *)k->pool;
	u64 stretch = k->total / nr, before = 0;
	u32 i, block = 0;

	for (i = 0; i < nr; i++) {
		u64 at = i * stretch + (u64)((unsigned __int128)stretch *
			 knapsack_random(k, ~0U) >> 32);
		u64 sum;
		u32 item;

		while (before + blocks[block] <= at)
			before += blocks[block++];
		item = block * BLOCK;
		sum = before + k->items[item].weight_pages;
		while (sum <= at)
			sum += k->items[++item].weight_pages;
		k->sample[i].item = item;
		k->sample[i].key = ((u64)k->items[item].price <<
				    OOMK_KNAPSACK_WEIGHT_BITS) /
				   k->items[item].weight_pages;
	}
	return nr;
}

static void sort_sample(struct knapsack_sample *s, u32 nr)
{
	u32 gap, i, j;

	for (gap = nr / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11) {
		for (i = gap; i < nr; i++) {
			struct knapsack_sample one = s[i];

			for (j = i; j >= gap && s[j - gap].key > one.key;
			     j -= gap)
				s[j] = s[j - gap];
			s[j] = one;
		}
	}
}

static u32 root(u32 x)
{
	u32 r = 1;

	while (r * r < x)
		r++;
	return r;
}

/* The two densities between which the break should be found. */
static void estimate(struct knapsack *k, struct oomk_knapsack_item *low,
		     struct oomk_knapsack_item *high)
{
	u32 nr, at, around, shift;

	if (k->nr_items < SAMPLE_MIN)
		return;
	nr = k->nr_items / 64 + 32;
	if (nr > KNAPSACK_SAMPLE_MAX)
		nr = KNAPSACK_SAMPLE_MAX;
	if (k->total < nr)
		return;
	draw(k, nr);
	sort_sample(k->sample, nr);
	/* No 128-bit division in a kernel; a sample bears the rounding. */
	shift = k->total >> 48 ? 16 : 0;
	at = (k->need >> shift) * nr / (k->total >> shift);
	around = root(nr) * 2 / 3 + 1;
	if (at >= around)
		*low = k->items[k->sample[at - around].item];
	if (at + around < nr)
		*high = k->items[k->sample[at + around].item];
}

/*
 * Items below @low die, items above @high live, the indices of the others
 * are listed. Returns their weight.
 */
static u64 divide(struct knapsack *k, const struct oomk_knapsack_item *low,
		  const struct oomk_knapsack_item *high)
{
	u64 low_w = low->weight_pages, high_w = high->weight_pages;
	u64 low_p = low->price, high_p = high->price;
	u64 freed = 0, price = 0, middle = 0;
	u32 i = 0, nr = 0, count = 0;

	while (i < k->nr_items) {
		u32 end = k->nr_items - i > KNAPSACK_STRIDE / 2 ?
			  i + KNAPSACK_STRIDE / 2 : k->nr_items;

		knapsack_steps(k, end - i);
		for (; i < end; i++) {
			u64 w = k->items[i].weight_pages;
			u64 p = k->items[i].price;
			bool dies = p * low_w < low_p * w;
			bool lives = (p * high_w > high_p * w) | !w;
			u64 mask = -(u64)dies, near = (u64)(dies | lives) - 1;

			k->items[i].victim = dies;
			k->order[nr] = i;
			nr += near & 1;
			freed += w & mask;
			price += p & mask;
			count += dies;
			middle += w & near;
		}
	}
	k->nr_order = nr;
	k->freed = freed;
	k->price = price;
	k->count = count;
	return middle;
}

/* One three-way partition of order[from..to) around @pivot. */
static void partition(struct knapsack *k, u32 from, u32 to,
		      const struct oomk_knapsack_item *pivot,
		      u32 *below_end, u32 *equal_end, u64 weights[2])
{
	u32 *o = k->order;
	u32 lt = from, i = from, gt = to, item;

	weights[0] = 0;
	weights[1] = 0;
	while (i < gt) {
		item = o[i];
		if (sparser(&k->items[item], pivot)) {
			weights[0] += k->items[item].weight_pages;
			o[i++] = o[lt];
			o[lt++] = item;
		} else if (sparser(pivot, &k->items[item])) {
			o[i] = o[--gt];
			o[gt] = item;
		} else {
			weights[1] += k->items[item].weight_pages;
			i++;
		}
	}
	*below_end = lt;
	*equal_end = gt;
}

/* Finds the item at which the victims by density have freed enough. */
static void select_break(struct knapsack *k)
{
	u32 from = 0, to = k->nr_order;
	u64 freed = k->freed;

	for (;;) {
		struct oomk_knapsack_item pivot;
		u64 weights[2];
		u32 below, equal;

		pivot = k->items[k->order[from +
					  knapsack_random(k, to - from)]];
		knapsack_steps(k, to - from);
		partition(k, from, to, &pivot, &below, &equal, weights);
		if (freed + weights[0] >= k->need) {
			to = below;
		} else if (freed + weights[0] + weights[1] >= k->need) {
			k->pivot = pivot;
			return;
		} else {
			freed += weights[0] + weights[1];
			from = equal;
		}
	}
}

/**
 * oomk_knapsack_break() - find the break item and the items near it
 * @k: the solve, scanned, total at least need, need above 0
 *
 * Afterwards @k->pivot is the item at which victims taken by rising density
 * have freed enough, the pool holds the items near it and everybody else has
 * its side and is counted in the (incomplete) incumbent.
 */
void oomk_knapsack_break(struct knapsack *k)
{
	/* As neutral as can be: nothing is below 0 or above 1/0. */
	struct oomk_knapsack_item low = { .weight_pages = 1 };
	struct oomk_knapsack_item high = { .price = 1 };
	u64 middle;
	u32 i;

	estimate(k, &low, &high);
	for (;;) {
		middle = divide(k, &low, &high);
		if (k->freed >= k->need) {
			high = low;
			low = (struct oomk_knapsack_item){ .weight_pages = 1 };
		} else if (k->freed + middle < k->need) {
			low = high;
			high = (struct oomk_knapsack_item){ .price = 1 };
		} else {
			break;
		}
	}
	select_break(k);
	for (i = 0; i < k->nr_order; i++)
		k->pool[i] = (struct knapsack_entry){ .item = k->order[i] };
	k->nr_pool = k->nr_order;
}

/**
 * oomk_knapsack_collect() - pool all items whose flip costs at most @gap
 * @k: the solve, the break known
 * @gap: in units of the frame, whose multipliers are the pivot's
 */
void oomk_knapsack_collect(struct knapsack *k, u64 gap)
{
	u64 alpha = k->frame.alpha, beta = k->frame.beta;
	u32 i = 0, nr = 0;

	while (i < k->nr_items) {
		u32 end = k->nr_items - i > KNAPSACK_STRIDE / 2 ?
			  i + KNAPSACK_STRIDE / 2 : k->nr_items;

		knapsack_steps(k, end - i);
		for (; i < end; i++) {
			u64 w = k->items[i].weight_pages;
			s64 r = k->items[i].price * alpha - w * beta;

			k->pool[nr].item = i;
			nr += ((u64)(r < 0 ? -r : r) <= gap) & (w != 0);
		}
	}
	k->nr_pool = nr;
}
