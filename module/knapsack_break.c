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
/* At least so many of the items near the break go to the pool. */
#define NEAR_MIN	256U

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
	const struct oomk_knapsack_item *items = k->items;
	u64 *blocks = (u64 *)k->pool;
	u64 or_weight = 0;
	u32 or_price = 0, nr_weighty = 0;
	u32 i = 0;

	while (i < k->nr_items) {
		u32 end = k->nr_items - i > BLOCK ? i + BLOCK : k->nr_items;
		u64 sum = 0;

		for (; i < end; i++) {
			u64 weight = items[i].weight_pages;

			sum += weight;
			or_weight |= weight;
			or_price |= items[i].price;
			nr_weighty += weight != 0;
		}
		k->total += sum;
		*blocks++ = sum;
		if (!(i % (KNAPSACK_STRIDE / 2)))
			knapsack_steps(k, KNAPSACK_STRIDE / 2);
	}
	k->or_price = or_price;
	k->or_weight = or_weight;
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
		u64 at = i * stretch + (u64)((__uint128_t)stretch *
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

/* Densities in units of 2^-shift, both included. */
struct band {
	u64 low;
	u64 high;
	u32 shift;
};

/* Above all densities. */
#define NO_HIGH		(~0ULL)

/* The densities between which the break should be found. */
static struct band estimate(struct knapsack *k)
{
	struct band band = { .high = NO_HIGH };
	u32 nr, at, around, shift;

	if (k->nr_items < SAMPLE_MIN)
		return band;
	nr = k->nr_items / 64 + 32;
	if (nr > KNAPSACK_SAMPLE_MAX)
		nr = KNAPSACK_SAMPLE_MAX;
	if (k->total < nr)
		return band;
	draw(k, nr);
	sort_sample(k->sample, nr);
	/* No 128-bit division in a kernel; a sample bears the rounding. */
	shift = k->total >> 48 ? 16 : 0;
	at = (k->need >> shift) * nr / (k->total >> shift);
	around = root(nr) * 2 / 3 + 1;
	if (at >= around)
		band.low = k->sample[at - around].key;
	if (at + around < nr)
		band.high = k->sample[at + around].key + 1;
	return band;
}

/* Makes densities so coarse that a product with a weight stays below 2^64. */
static void scale(struct band *band, u64 or_weight)
{
	u64 most = band->high == NO_HIGH ? band->low : band->high;

	band->shift = OOMK_KNAPSACK_WEIGHT_BITS;
	while (band->shift && (__uint128_t)most * or_weight >> 64) {
		band->shift--;
		band->low >>= 1;
		most = (most >> 1) + 1;
	}
	if (band->high != NO_HIGH)
		band->high = most;
}

/*
 * Items below the band die, items above it live, the indices of the others are
 * listed. Price and number of the dying share one sum: the loop is bound by
 * the number of its instructions.
 */
static void divide_stretch(struct knapsack *k, u32 i, u32 end,
			   struct band band)
{
	struct oomk_knapsack_item *items = k->items;
	u64 open = band.high != NO_HIGH, high = open ? band.high : 0;
	u64 freed = 0, both = 0;
	u32 nr = k->nr_order, *order = k->order;

	for (; i < end; i++) {
		u64 w = items[i].weight_pages, p = items[i].price;
		u64 scaled = p << band.shift;
		u64 dies = scaled < band.low * w, mask = -dies;
		u64 lives = (scaled > high * w) & open;

		items[i].victim = dies;
		order[nr] = i;
		nr += (dies | lives) ^ 1;
		freed += w & mask;
		both += (p << 16 | 1) & mask;
	}
	k->nr_order = nr;
	k->freed += freed;
	k->price += both >> 16;
	k->count += both & 0xffff;
}

/* Divides all items; returns the weight of those listed. */
static u64 divide(struct knapsack *k, struct band band)
{
	u32 i, nr = 0;
	u64 middle = 0;

	k->nr_order = 0;
	k->freed = 0;
	k->price = 0;
	k->count = 0;
	for (i = 0; i < k->nr_items; i += KNAPSACK_STRIDE / 2) {
		u32 stretch = k->nr_items - i;

		if (stretch > KNAPSACK_STRIDE / 2)
			stretch = KNAPSACK_STRIDE / 2;
		divide_stretch(k, i, i + stretch, band);
		knapsack_steps(k, stretch);
	}
	/* Without price and weight an item is near everything. */
	for (i = 0; i < k->nr_order; i++) {
		u64 weight = k->items[k->order[i]].weight_pages;

		k->order[nr] = k->order[i];
		nr += weight != 0;
		middle += weight;
	}
	k->nr_order = nr;
	return middle;
}

/* Lists the items among which the break is. */
static void list_near(struct knapsack *k)
{
	struct band band = estimate(k);

	scale(&band, k->or_weight);
	for (;;) {
		u64 middle = divide(k, band);

		if (k->freed >= k->need) {
			band.high = band.low;
			band.low = 0;
		} else if (k->freed + middle < k->need) {
			band.low = band.high;
			band.high = NO_HIGH;
		} else {
			return;
		}
	}
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

/* The listed from @from to before @to die or live for the time being. */
static void decide(struct knapsack *k, u32 from, u32 to, bool dies)
{
	u32 i;

	for (i = from; i < to; i++) {
		struct oomk_knapsack_item *item = &k->items[k->order[i]];

		item->victim = dies;
		if (!dies)
			continue;
		k->freed += item->weight_pages;
		k->price += item->price;
		k->count++;
	}
}

/*
 * Finds the item at which the victims by density have freed enough. Of the
 * listed, those around it go to the pool: the last range of the search that was
 * not small yet, so that whoever is between an entry and the break is an entry
 * too.
 */
static void select_break(struct knapsack *k)
{
	u32 from = 0, to = k->nr_order, first = from, last = to;
	u64 freed = k->freed;

	for (;;) {
		u64 weights[2];
		u32 below, equal;

		if (to - from >= NEAR_MIN) {
			first = from;
			last = to;
		}
		k->pivot = k->items[k->order[from +
				    knapsack_random(k, to - from)]];
		knapsack_steps(k, to - from);
		partition(k, from, to, &k->pivot, &below, &equal, weights);
		if (freed + weights[0] >= k->need) {
			to = below;
			continue;
		}
		freed += weights[0] + weights[1];
		if (freed >= k->need)
			break;
		from = equal;
	}
	decide(k, 0, first, true);
	decide(k, last, k->nr_order, false);
	for (from = first; from < last; from++)
		k->pool[from - first] = (struct knapsack_entry){
			.item = k->order[from]
		};
	k->nr_pool = last - first;
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
	list_near(k);
	select_break(k);
}

/**
 * oomk_knapsack_collect() - pool all items whose flip costs at most @gap
 * @k: the solve, the break known
 * @gap: in units of the frame, whose multipliers are the pivot's
 */
void oomk_knapsack_collect(struct knapsack *k, u64 gap)
{
	u64 alpha = k->frame.alpha, beta = k->frame.beta;
	const struct oomk_knapsack_item *items = k->items;
	struct knapsack_entry *pool = k->pool;
	u32 i = 0, nr = 0;

	while (i < k->nr_items) {
		u32 end = k->nr_items - i > KNAPSACK_STRIDE / 2 ?
			  i + KNAPSACK_STRIDE / 2 : k->nr_items;

		knapsack_steps(k, end - i);
		for (; i < end; i++) {
			u64 w = items[i].weight_pages;
			s64 r = items[i].price * alpha - w * beta;

			pool[nr].item = i;
			nr += ((u64)(r < 0 ? -r : r) <= gap) & (w != 0);
		}
	}
	k->nr_pool = nr;
}
