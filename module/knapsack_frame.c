// SPDX-License-Identifier: GPL-2.0
/*
 * Frames: the multipliers under which the pool is split into victims and
 * survivors, what each flip then costs, and what a search found turned back
 * into victims.
 */
#include "knapsack_core.h"

/* Costs stay below 2^43, so that gaps in this unit stay below 2^61. */
#define COARSE_BITS	17

/* What the item's side is worth: below 0 it should die. */
static __int128_t reduced(const struct knapsack_frame *f,
			  const struct oomk_knapsack_item *item)
{
	s64 value = f->shift ? (s64)item->price : knapsack_cost(f, item);

	return (__int128_t)f->alpha * value -
	       (__int128_t)f->beta * item->weight_pages - f->gamma;
}

static void change_side(struct knapsack *k, const struct knapsack_entry *e,
			bool dies)
{
	const struct oomk_knapsack_item *item = &k->items[e->item];
	struct knapsack_frame *f = &k->frame;

	if (dies) {
		f->split_price += item->price;
		f->split_surplus += item->weight_pages;
		f->split_count++;
	} else {
		f->split_price -= item->price;
		f->split_surplus -= item->weight_pages;
		f->split_count--;
	}
}

/* Keys and sides of all entries, and the sums of the split they make. */
static void split(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	u32 i;

	f->split_price = k->price;
	f->split_surplus = k->freed - k->need;
	f->split_count = k->count;
	for (i = 0; i < k->nr_pool; i++) {
		struct knapsack_entry *e = &k->pool[i];
		__int128_t r = reduced(f, &k->items[e->item]);
		__uint128_t key = r < 0 ? -r : r;

		e->dies = r < 0;
		e->key = key > KNAPSACK_KEY_MAX ? KNAPSACK_KEY_MAX : key;
		if (e->dies != k->items[e->item].victim)
			change_side(k, e, e->dies);
		knapsack_pause(k, i);
	}
	knapsack_steps(k, k->nr_pool);
}

/*
 * Entries with key 0 may stand on either side: as many as fit into what the
 * split falls short of die. Of the others the lightest closes the gap; it goes
 * to the front of the pool.
 */
static void fill(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	u64 least = ~0ULL;
	u32 i, closer = 0;

	for (i = 0; i < k->nr_pool; i++) {
		struct knapsack_entry *e = &k->pool[i];
		u64 weight = k->items[e->item].weight_pages;

		knapsack_pause(k, i);
		if (e->key || f->split_surplus >= 0)
			continue;
		if ((s64)weight <= -f->split_surplus) {
			e->dies = true;
			change_side(k, e, true);
		} else if (weight < least) {
			least = weight;
			closer = i;
		}
	}
	knapsack_steps(k, k->nr_pool);
	k->closer = f->split_surplus < 0 && least != ~0ULL;
	if (!k->closer)
		return;
	knapsack_swap(&k->pool[closer], &k->pool[0]);
}

static u64 gcd(u64 a, u64 b)
{
	while (b) {
		u64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static u64 lowest_bit(u64 x)
{
	return x & -x;
}

/*
 * Prices of solutions differ by multiples of one grain and weights by multiples
 * of another, from which follows the least surplus that a feasible one can
 * have. The lowest bits say so for all items; where all items that matter are
 * in the pool, its greatest common divisors say more.
 */
static s64 least_surplus(struct knapsack *k, bool whole)
{
	struct knapsack_frame *f = &k->frame;
	u64 weights = lowest_bit(k->or_weight), all_weights = weights;
	u64 prices = lowest_bit(k->or_price), all_prices = prices;
	s64 rest;
	u32 i;

	if (whole) {
		weights = 0;
		prices = 0;
		for (i = 0; i < k->nr_pool; i++) {
			const struct oomk_knapsack_item *item =
				&k->items[k->pool[i].item];

			if (weights != all_weights)
				weights = gcd(item->weight_pages, weights);
			if (prices != all_prices)
				prices = gcd(item->price, prices);
			if (weights == all_weights && prices == all_prices)
				break;
			knapsack_pause(k, i);
		}
		knapsack_steps(k, i);
	}
	f->grain = prices ? prices : 1;
	if (!weights)
		return f->split_surplus;
	rest = f->split_surplus % (s64)weights;
	return rest < 0 ? rest + (s64)weights : rest;
}

/* Nobody can free less than this beyond the need, so it is needed too. */
static void demand(struct knapsack *k, s64 extra)
{
	k->frame.extra = extra;
	k->frame.split_surplus -= extra;
}

static s64 best_of(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	s64 price = (s64)k->price - (s64)f->split_price;

	if (!k->complete) {
		if (!k->closer)
			return 0;
		return knapsack_value(f, knapsack_cost(f,
			&k->items[k->pool[0].item]));
	}
	if (f->shift)
		return price;
	return price * (1LL << KNAPSACK_COUNT_BITS) +
	       f->sign * ((s64)k->count - f->split_count);
}

/**
 * oomk_knapsack_frame_price() - the frame of the least price
 * @k: the solve; the pool is filled and the pivot known
 * @whole: every item that a better set could flip is in the pool
 */
void oomk_knapsack_frame_price(struct knapsack *k, bool whole)
{
	struct knapsack_frame *f = &k->frame;

	*f = (struct knapsack_frame){
		.alpha = k->pivot.weight_pages,
		.beta = k->pivot.price,
		.shift = KNAPSACK_COUNT_BITS,
		.sign = 1,
	};
	split(k);
	fill(k);
	demand(k, least_surplus(k, whole));
	f->best = best_of(k);
	f->base = (__int128_t)f->beta * f->split_surplus;
}

/* Moves the entries with key 0 to the front of the pool. */
static u32 ties_first(struct knapsack *k, s64 *weight)
{
	u32 i, nr = 0;

	*weight = 0;
	for (i = 0; i < k->nr_pool; i++) {
		knapsack_pause(k, i);
		if (k->pool[i].key)
			continue;
		*weight += k->items[k->pool[i].item].weight_pages;
		knapsack_swap(&k->pool[i], &k->pool[nr++]);
	}
	return nr;
}

/*
 * Dying and living ties trade places as long as that brings the surplus closer
 * to nothing. The first @dying of @nr die.
 */
static void trade(struct knapsack *k, u32 dying, u32 nr)
{
	struct knapsack_frame *f = &k->frame;
	u32 i, j = dying;

	for (i = 0; i < dying && j < nr && f->split_surplus; j++) {
		struct knapsack_entry *out = &k->pool[i], *in = &k->pool[j];
		s64 change = (s64)k->items[in->item].weight_pages -
			     (s64)k->items[out->item].weight_pages;
		s64 after = f->split_surplus + change;

		if (f->split_surplus > 0 ? change >= 0 || after < 0 :
		    change <= 0 || after > 0)
			continue;
		out->dies = false;
		change_side(k, out, false);
		in->dies = true;
		change_side(k, in, true);
		i++;
	}
}

/*
 * As fill(), but the number of victims is given too: the heaviest or lightest
 * of the ties die, whichever is closer to what is needed of each, then they
 * trade.
 */
static void fill_heads(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	s64 dying = f->count - f->split_count, weight;
	u32 i, nr = ties_first(k, &weight);
	bool heavy;

	if (dying > nr)
		dying = nr;
	if (dying > 0) {
		heavy = (__int128_t)weight * dying <
			(__int128_t)-f->split_surplus * nr;
		for (i = 0; i < nr; i++) {
			u64 w = k->items[k->pool[i].item].weight_pages;

			k->pool[i].rank = heavy ? ~w : w;
			knapsack_pause(k, i);
		}
		oomk_knapsack_least(k, k->pool, nr, dying);
		for (i = 0; i < dying; i++) {
			k->pool[i].dies = true;
			change_side(k, &k->pool[i], true);
			knapsack_pause(k, i);
		}
		trade(k, dying, nr);
	}
	knapsack_steps(k, 4 * (u64)k->nr_pool);
}

/**
 * oomk_knapsack_frame_heads() - finish a frame with a multiplier for heads
 * @k: the solve; the multipliers are set
 */
void oomk_knapsack_frame_heads(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;

	split(k);
	fill_heads(k);
	k->closer = false;
	demand(k, least_surplus(k, true));
	f->best = best_of(k);
	f->base = (__int128_t)f->beta * f->split_surplus +
		  (__int128_t)f->gamma * (f->split_count - f->count);
}

/**
 * oomk_knapsack_frame_reach() - what a flip may cost in a set no dearer
 * @k: the solve after a search in the frame of the least price
 *
 * Return: the key above which an entry keeps its side in every set that is
 * not dearer than the incumbent.
 */
u64 oomk_knapsack_frame_reach(const struct knapsack *k)
{
	const struct knapsack_frame *f = &k->frame;

	return (__int128_t)f->alpha * f->best +
	       (__int128_t)f->beta * f->split_surplus;
}

/**
 * oomk_knapsack_frame_bound() - what was proven by the search
 * @k: the solve after a search in a frame of prices
 *
 * Return: no set within the frame is cheaper than this.
 */
u64 oomk_knapsack_frame_bound(const struct knapsack *k)
{
	const struct knapsack_frame *f = &k->frame;
	u64 best = f->split_price + f->best, less;

	if (f->dropped > f->gap)
		return best;
	less = (u64)(f->gap - f->dropped) / f->alpha + f->grain;
	return less < best ? best - less : 0;
}

/* Weights of entries with key 0 above and at @weight, that die in this order */
static void tie_weights(struct knapsack *k, u64 weight, u64 sums[2])
{
	u32 i;

	sums[0] = 0;
	sums[1] = 0;
	for (i = 0; i < k->nr_pool; i++) {
		u64 w = k->items[k->pool[i].item].weight_pages;

		knapsack_pause(k, i);
		if (k->pool[i].key)
			continue;
		if (w >= weight)
			sums[w == weight] += w;
	}
	knapsack_steps(k, k->nr_pool);
}

/*
 * Among equal densities the heavier die first, so that fewer do: the weight at
 * which the victims suffice, found bit by bit.
 */
static u64 tie_break(struct knapsack *k, u64 need)
{
	u64 weight = 0, sums[2];
	int bit;

	for (bit = OOMK_KNAPSACK_WEIGHT_BITS - 1; bit >= 0; bit--) {
		tie_weights(k, weight | 1ULL << bit, sums);
		if (sums[0] + sums[1] >= need)
			weight |= 1ULL << bit;
	}
	return weight;
}

static void weigh_count(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;

	split(k);
	f->best = best_of(k);
	f->base = (__int128_t)f->beta * f->split_surplus;
}

/**
 * oomk_knapsack_frame_count() - the frame of the fewest victims
 * @k: the solve, complete, with the pool and keys of the price frame
 */
void oomk_knapsack_frame_count(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	u64 price = k->pivot.price, need = 0, weight;
	u32 i;

	for (i = 0; i < k->nr_pool; i++) {
		if (!k->pool[i].key && k->pool[i].dies)
			need += k->items[k->pool[i].item].weight_pages;
		knapsack_pause(k, i);
	}
	need -= f->split_surplus;
	weight = price ? k->pivot.weight_pages : tie_break(k, need);
	*f = (struct knapsack_frame){
		.alpha = weight,
		.beta = (price << KNAPSACK_COUNT_BITS) + 1,
		.sign = 1,
		.grain = 1,
	};
	k->closer = false;
	weigh_count(k);
	if (f->base + (__int128_t)f->alpha * f->best >= KNAPSACK_GAP_MAX) {
		/* A rounded price of a page bounds a little less, that is all. */
		f->beta = (f->beta << COARSE_BITS) / weight;
		f->alpha = 1ULL << COARSE_BITS;
		weigh_count(k);
	}
}

static void toggle(struct knapsack *k, u32 i)
{
	struct oomk_knapsack_item *item = &k->items[i];

	item->victim = !item->victim;
	if (item->victim) {
		k->price += item->price;
		k->freed += item->weight_pages;
		k->count++;
	} else {
		k->price -= item->price;
		k->freed -= item->weight_pages;
		k->count--;
	}
}

/**
 * oomk_knapsack_settle() - make what the search found the incumbent
 * @k: the solve after a search
 */
void oomk_knapsack_settle(struct knapsack *k)
{
	u32 i, node = k->win.node, flips = k->win.flips, epoch = k->win.epoch;

	if (!k->win.found)
		return;
	for (i = 0; i < k->nr_pool; i++) {
		k->items[k->pool[i].item].victim = k->pool[i].dies;
		knapsack_pause(k, i);
	}
	k->price = k->frame.split_price;
	k->freed = k->frame.split_surplus + k->frame.extra + k->need;
	k->count = k->frame.split_count;
	if (k->win.extra)
		toggle(k, k->win.extra - 1);
	for (i = k->win.from; i < k->win.to; i++)
		toggle(k, k->lane[k->win.lane].entries[i].item);
	for (;;) {
		for (i = 0; i < 32; i++)
			if (flips >> i & 1)
				toggle(k, k->order[epoch * 32 + i]);
		if (!node)
			break;
		flips = k->nodes[node].flips;
		epoch = k->nodes[node].epoch;
		node = k->nodes[node].parent;
	}
	k->complete = true;
}
