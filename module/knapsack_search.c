// SPDX-License-Identifier: GPL-2.0
/*
 * The search of one frame: dynamic programming by dominance over the entries
 * of the pool, cheapest flip first.
 *
 * Invariants of the list between levels:
 *  - surplus and value both fall strictly: no state dominates another;
 *  - every state needs at least one more flip to improve on the incumbent:
 *    what it could do by itself was tried when it was made;
 *  - sum of keys plus the key of any entry not merged yet <= gap;
 *  - 2 * nr_states <= max_states, so a merge always has room;
 *  - a set of flips that is on no path from a listed state cannot improve,
 *    or its sum of keys is at least frame.dropped.
 */
#include "knapsack_core.h"

#define EPOCH		32U
#define SURPLUS_END	(-((s64)7 << 60))
/* A search that took so many steps may take its time for better bounds. */
#define LATE		32768U

/* What the flips of a state cost together at least. Exact modulo 2^64. */
static inline s64 key_sum(const struct knapsack_frame *f, s64 surplus,
			  s64 cost)
{
	s64 value = knapsack_value(f, cost);
	s64 rest = cost - (s64)((u64)value << f->shift);

	return f->alpha * value - f->beta * (surplus - f->split_surplus) -
	       (u64)(f->gamma * f->sign) * rest;
}

/*
 * Flips that bring the surplus to nothing cost so much a page, at least: a
 * shortage has to be made up, and pages too many are paid for until they live.
 */
static inline bool in_reach(const struct knapsack *k, s64 surplus, s64 sum)
{
	const struct knapsack_lane *l = &k->lane[surplus > 0];
	u64 pages = surplus > 0 ? surplus : -surplus;

	return (__uint128_t)pages * l->slope >> KNAPSACK_SLOPE_BITS <=
	       (u64)k->frame.gap - sum;
}

static void set_gap(struct knapsack_frame *f)
{
	__int128_t gap = f->base + (__int128_t)f->alpha * (f->best - f->grain);

	if (gap > KNAPSACK_GAP_MAX)
		gap = KNAPSACK_GAP_MAX;
	f->gap = gap < -1 ? -1 : gap;
}

static void found(struct knapsack *k, const struct knapsack_state *s,
		  u32 flips, u32 extra, s64 value)
{
	k->win = (struct knapsack_win){
		.found = true,
		.node = s->node,
		.flips = flips,
		.epoch = k->nr_order / EPOCH,
		.extra = extra,
	};
	k->frame.best = value;
	set_gap(&k->frame);
}

static void give_up(struct knapsack_frame *f, s64 sum)
{
	if (sum < f->dropped)
		f->dropped = sum;
}

/*
 * Each state with and without @e flipped into the spare list, which becomes the
 * list. @after is the least key of what is left after it. Returns whether a
 * state with it flipped is among them.
 */
static bool merge(struct knapsack *k, const struct knapsack_entry *e, s64 after)
{
	struct knapsack_frame *f = &k->frame;
	const struct oomk_knapsack_item *item = &k->items[e->item];
	const struct knapsack_state *stay = k->list, *flip = k->list;
	struct knapsack_state *out = k->spare;
	s64 cost = knapsack_cost(f, item), weight = item->weight_pages;
	s64 limit = f->gap - after, floor = KNAPSACK_SUM_MAX;
	u32 bit = 1U << k->nr_order % EPOCH, left = 2 * k->nr_states;
	bool flipped = false;

	if (e->dies) {
		cost = -cost;
		weight = -weight;
	}
	knapsack_steps(k, left);
	for (; left; left--) {
		s64 flip_surplus = flip->surplus + weight;
		s64 flip_cost = flip->cost + cost;
		bool take = flip_surplus > stay->surplus ||
			    (flip_surplus == stay->surplus &&
			     flip_cost < stay->cost);
		const struct knapsack_state *from = take ? flip : stay;
		s64 s = take ? flip_surplus : stay->surplus;
		s64 c = take ? flip_cost : stay->cost;
		s64 value = knapsack_value(f, c), sum;
		bool keep;

		out->surplus = s;
		out->cost = c;
		out->node = from->node;
		out->flips = from->flips | (take ? bit : 0);
		flip += take;
		stay += !take;
		if (s >= 0 && value < f->best) {
			found(k, out, out->flips, 0, value);
			limit = f->gap - after;
		}
		sum = key_sum(f, s, c);
		keep = value < floor && sum <= limit && in_reach(k, s, sum);
		floor = keep ? value : floor;
		flipped |= keep & take;
		out += keep;
	}
	out->surplus = SURPLUS_END;
	out->cost = 0;
	k->nr_states = out - k->spare;
	if (k->nr_states > k->states_peak)
		k->states_peak = k->nr_states;
	out = k->spare;
	k->spare = k->list;
	k->list = out;
	return flipped;
}

/* Keeps the states whose keys sum up to @limit or less. */
static void prune(struct knapsack *k, s64 limit)
{
	struct knapsack_state *out = k->list;
	u32 i;

	for (i = 0; i < k->nr_states; i++) {
		s64 sum;

		*out = k->list[i];
		sum = key_sum(&k->frame, out->surplus, out->cost);
		out += sum <= limit && in_reach(k, out->surplus, sum);
	}
	k->nr_states = out - k->list;
	out->surplus = SURPLUS_END;
	knapsack_steps(k, k->nr_states);
}

static u32 bin_of(const struct knapsack *k, const struct knapsack_state *s,
		  u32 down)
{
	u64 bin = (u64)key_sum(&k->frame, s->surplus, s->cost) >> down;

	/* The gap may have shrunk since the state was made. */
	return bin < 63 ? bin : 63;
}

/*
 * The list is too long for a merge: the states with the least sums of keys
 * stay, of the last bin an even choice. @next is the least key to come.
 */
static void narrow(struct knapsack *k, s64 next)
{
	u32 room = k->max_states / 2, i, bin, last = 0, sum = 0, quota, of;
	struct knapsack_state *out = k->list;
	u32 down = 0, turn = 0;

	while (k->frame.gap >> down >= 64)
		down++;
	memset(k->bins, 0, sizeof(k->bins));
	for (i = 0; i < k->nr_states; i++)
		k->bins[bin_of(k, &k->list[i], down)]++;
	while (sum + k->bins[last] <= room)
		sum += k->bins[last++];
	quota = room - sum;
	of = k->bins[last];
	for (i = 0; i < k->nr_states; i++) {
		bool keep;

		*out = k->list[i];
		bin = bin_of(k, out, down);
		keep = bin < last;
		if (bin == last) {
			turn += quota;
			keep = turn >= of;
			turn -= keep ? of : 0;
		}
		if (!keep)
			give_up(&k->frame, key_sum(&k->frame, out->surplus,
						   out->cost) + next);
		out += keep;
	}
	knapsack_steps(k, 2 * k->nr_states);
	k->nr_states = out - k->list;
	out->surplus = SURPLUS_END;
}

/* Tries @e with the one state that it fits best. */
static void pair(struct knapsack *k, const struct knapsack_entry *e)
{
	const struct oomk_knapsack_item *item = &k->items[e->item];
	s64 weight = item->weight_pages, least = e->dies ? weight : -weight;
	u32 lo = 0, nr = k->nr_states;
	s64 value, cost = knapsack_cost(&k->frame, item);

	/* Surplus falls: the last state that stays feasible costs least. */
	while (nr) {
		u32 half = nr / 2;
		bool fits = k->list[lo + half].surplus >= least;

		lo += fits ? half + 1 : 0;
		nr = fits ? nr - half - 1 : half;
	}
	if (!lo)
		return;
	cost = k->list[lo - 1].cost + (e->dies ? -cost : cost);
	value = knapsack_value(&k->frame, cost);
	if (value < k->frame.best)
		found(k, &k->list[lo - 1], k->list[lo - 1].flips, e->item + 1,
		      value);
}

static bool alike(const struct knapsack *k, const struct knapsack_entry *a,
		  const struct knapsack_entry *b)
{
	const struct oomk_knapsack_item *x = &k->items[a->item];
	const struct oomk_knapsack_item *y = &k->items[b->item];

	return x->price == y->price && x->weight_pages == y->weight_pages &&
	       a->dies == b->dies;
}

static void pair_all(struct knapsack *k, const struct knapsack_entry *e, u32 nr)
{
	u32 i, deep = 1, tried = 0;

	while (k->nr_states >> deep)
		deep++;
	for (i = 0; i < nr; i++) {
		if (i % 1024 == 1023) {
			knapsack_steps(k, 1024 + tried * deep);
			tried = 0;
		}
		if ((s64)e[i].key > k->frame.gap ||
		    (i && e[i].key == e[i - 1].key &&
		     alike(k, &e[i], &e[i - 1])))
			continue;
		pair(k, &e[i]);
		tried++;
	}
	knapsack_steps(k, tried * deep);
}

/* Nodes that no state descends from make room; returns the room. */
static u32 compact(struct knapsack *k)
{
	struct knapsack_node *n = k->nodes;
	u32 i, nr = 1;

	for (i = 0; i < k->nr_nodes; i++)
		n[i].moved = 0;
	for (i = 0; i < k->nr_states; i++)
		n[k->list[i].node].moved = 1;
	n[k->win.node].moved = 1;
	for (i = k->nr_nodes; i-- > 1;)
		if (n[i].moved)
			n[n[i].parent].moved = 1;
	n[0].moved = 0;
	for (i = 1; i < k->nr_nodes; i++) {
		if (!n[i].moved)
			continue;
		n[i].moved = nr;
		n[nr].flips = n[i].flips;
		n[nr].epoch = n[i].epoch;
		n[nr++].parent = n[n[i].parent].moved;
	}
	for (i = 0; i < k->nr_states; i++)
		k->list[i].node = n[k->list[i].node].moved;
	k->win.node = n[k->win.node].moved;
	knapsack_steps(k, k->nr_nodes);
	k->nr_nodes = nr;
	return k->max_nodes - nr;
}

/* Ends an epoch: flips become nodes. False if there is no room for them. */
static bool spill(struct knapsack *k)
{
	u32 i, nr = 0;

	for (i = 0; i < k->nr_states; i++)
		nr += k->list[i].flips != 0;
	if (nr > k->max_nodes - k->nr_nodes && nr > compact(k))
		return false;
	for (i = 0; i < k->nr_states; i++) {
		struct knapsack_state *s = &k->list[i];

		if (!s->flips)
			continue;
		k->nodes[k->nr_nodes] = (struct knapsack_node){
			.flips = s->flips,
			.parent = s->node,
			.epoch = k->nr_order / EPOCH - 1,
		};
		s->node = k->nr_nodes++;
		s->flips = 0;
	}
	knapsack_steps(k, k->nr_states);
	return true;
}

static void give_up_all(struct knapsack *k, s64 next)
{
	u32 i;

	for (i = 0; i < k->nr_states; i++)
		give_up(&k->frame, key_sum(&k->frame, k->list[i].surplus,
					   k->list[i].cost) + next);
	k->nr_states = 0;
}

/*
 * No flip of @e survived, so none of another entry of the same weight and
 * price would: the states it would start from are the same or fewer.
 */
static void skip_alike(struct knapsack *k, struct knapsack_lane *lane,
		       const struct knapsack_entry *e)
{
	while (lane->next < lane->sorted &&
	       alike(k, e, &lane->entries[lane->next]))
		lane->next++;
}

static bool merge_next(struct knapsack *k, struct knapsack_lane *lane)
{
	struct knapsack_entry *e = &lane->entries[lane->next++];

	if (!merge(k, e, k->least))
		skip_alike(k, lane, e);
	k->order[k->nr_order++] = e->item;
	return k->nr_order % EPOCH || spill(k);
}

/* After single flips only pairs of them can help. */
static void prune_by_key(struct knapsack *k)
{
	if ((s64)k->least > k->frame.gap)
		k->nr_states = 0;
	else
		prune(k, k->frame.gap - 2 * (s64)k->least);
}

/*
 * What is left tries to improve each state by a single flip; what remains after
 * that needs two more. Returns false if no state remains.
 */
static bool close_in(struct knapsack *k)
{
	u32 i;

	for (i = 0; i < 2; i++)
		pair_all(k, k->lane[i].entries + k->lane[i].next,
			 k->lane[i].nr - k->lane[i].next);
	oomk_knapsack_lanes_rebound(k);
	prune_by_key(k);
	return k->nr_states;
}

/* What a page costs after the first @at entries of a lane, at least. */
static u64 slope_at(const struct knapsack_lane *l, u32 at, u64 most)
{
	u64 rank = most;

	if (at < l->sorted)
		rank = l->entries[at].rank;
	else if (at < l->nr)
		rank = l->entries[at - 1].rank;
	return rank < most ? rank : most;
}

/*
 * Bounds a state by the entries that would make up for its surplus, cheapest
 * pages first, the last one in part; @most is what a page costs without them.
 * @at moves on only, as @pages grow.
 */
static bool affordable(const struct knapsack *k, const struct knapsack_lane *l,
		       u32 *at, u64 pages, u64 most, s64 sum)
{
	const struct knapsack_fill *from = &l->fill[l->next];
	u32 end = l->sorted < KNAPSACK_FILL_MAX ? l->sorted : KNAPSACK_FILL_MAX;
	__uint128_t keys;

	while (*at < end && l->fill[*at + 1].pages - from->pages <= pages &&
	       l->entries[*at].rank < most)
		++*at;
	keys = pages - (l->fill[*at].pages - from->pages);
	keys = keys * slope_at(l, *at, most) >> KNAPSACK_SLOPE_BITS;
	keys += l->fill[*at].keys - from->keys;
	return sum <= k->frame.gap && keys <= (u64)(k->frame.gap - sum);
}

/*
 * Completes a state by the very entries that bound it, whole ones only: a
 * shortage is made up for, pages too many live as far as they may.
 */
static void complete(struct knapsack *k, const struct knapsack_state *s, u32 at)
{
	u32 lane = s->surplus > 0;
	const struct knapsack_lane *l = &k->lane[lane];
	const struct knapsack_fill *from = &l->fill[l->next], *to;
	s64 cost, value;

	if (!lane && l->fill[at].pages - from->pages < (u64)-s->surplus) {
		if (at >= l->sorted || at >= KNAPSACK_FILL_MAX)
			return;
		at++;
	}
	to = &l->fill[at];
	cost = to->cost - from->cost;
	value = knapsack_value(&k->frame, s->cost + (lane ? -cost : cost));
	if (value >= k->frame.best)
		return;
	found(k, s, s->flips, 0, value);
	k->win.lane = lane;
	k->win.from = l->next;
	k->win.to = at;
}

/* Drops states by the fractional optimum of what is left. */
static void prune_by_fill(struct knapsack *k)
{
	struct knapsack_state *s = k->list, *end = s + k->nr_states, *out;
	struct knapsack_lane *l = k->lane;
	u64 never = knapsack_slope(KNAPSACK_KEY_MAX, 1);
	u64 beta = knapsack_slope(k->frame.beta, 1);
	u32 at;

	if (l[0].next >= KNAPSACK_FILL_MAX || l[1].next >= KNAPSACK_FILL_MAX)
		return;
	knapsack_steps(k, k->nr_states);
	while (s < end && s->surplus > 0)
		s++;
	at = l[1].next;
	out = s;
	while (s-- > k->list) {
		s64 sum = key_sum(&k->frame, s->surplus, s->cost);

		if (!affordable(k, &l[1], &at, s->surplus, beta, sum))
			continue;
		complete(k, s, at);
		*--out = *s;
	}
	s = out;
	out = k->list;
	at = l[0].next;
	for (; s < end; s++) {
		s64 sum = key_sum(&k->frame, s->surplus, s->cost);

		if (s->surplus <= 0) {
			if (!affordable(k, &l[0], &at, -s->surplus, never,
					sum))
				continue;
			complete(k, s, at);
		}
		*out++ = *s;
	}
	k->nr_states = out - k->list;
	*out = (struct knapsack_state){ .surplus = SURPLUS_END };
}

/*
 * The levels: merges until nothing is left that could improve. Trying single
 * flips takes no more time than the merges do, or little anyway.
 */
static void levels(struct knapsack *k)
{
	u64 due = k->steps + k->nr_pool, late = k->steps + LATE;

	prune_by_key(k);
	while (k->nr_states) {
		struct knapsack_lane *lane = oomk_knapsack_lanes_next(k);
		struct knapsack_lane *l = k->lane;
		u32 rest = l[0].nr - l[0].next + l[1].nr - l[1].next;

		if (!lane)
			return;
		oomk_knapsack_lanes_bound(k);
		if (k->steps >= due || rest * 4 < k->nr_states) {
			due = k->steps;
			if (!close_in(k))
				return;
			due = 2 * k->steps - due;
		}
		if (k->steps >= late) {
			oomk_knapsack_lanes_lengthen(k);
			prune_by_fill(k);
		}
		if (2 * k->nr_states > k->max_states)
			narrow(k, k->least);
		if (k->steps >= k->steps_end || !merge_next(k, lane)) {
			give_up_all(k, k->least);
			return;
		}
	}
}

/**
 * oomk_knapsack_search() - look for a better set of victims within the frame
 * @k: the solve; frame and keys of the pool are set, @k->frame.best is the
 *	value of the incumbent or, without one, anything above the values that
 *	can be reached; pool[0] is merged first, whatever its key
 *
 * Afterwards @k->win says what was found and @k->frame.dropped what was not
 * looked at. Ends early when steps_end is reached.
 */
void oomk_knapsack_search(struct knapsack *k)
{
	struct knapsack_frame *f = &k->frame;
	struct knapsack_entry first;

	k->win = (struct knapsack_win){ .found = false };
	k->nr_order = 0;
	k->nr_nodes = 1;
	k->nr_states = 1;
	k->list[0] = (struct knapsack_state){ .surplus = f->split_surplus };
	k->list[1] = (struct knapsack_state){ .surplus = SURPLUS_END };
	f->dropped = KNAPSACK_SUM_MAX;
	set_gap(f);
	if (!k->complete)
		found(k, &k->list[0], 0, k->closer ? k->pool[0].item + 1 : 0,
		      f->best);
	if (f->split_surplus >= 0 && f->best > 0)
		found(k, &k->list[0], 0, 0, 0);
	if (f->gap < 0 || !k->nr_pool)
		return;
	if (f->gap >= KNAPSACK_GAP_MAX) {
		f->dropped = 0;
		return;
	}
	k->lane[0] = (struct knapsack_lane){ .nr = 0 };
	k->lane[1] = (struct knapsack_lane){ .nr = 0 };
	if (k->closer) {
		first = k->pool[0];
		merge(k, &first, 0);
		k->order[k->nr_order++] = first.item;
	}
	pair_all(k, k->pool + k->nr_order, k->nr_pool - k->nr_order);
	oomk_knapsack_lanes(k, k->nr_order);
	levels(k);
}
