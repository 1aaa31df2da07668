// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which entries are merged: two lanes, survivors and victims of
 * the split, sorted only as far as the search comes, and what their order says
 * about the entries to come.
 */
#include "knapsack_core.h"

/* So few are sorted by insertion, and no fewer at a time. */
#define CHUNK_MIN	24U

/*
 * Splits e[0..nr) round a random pivot; returns where the greater ranks begin.
 * Both sides have at least one entry.
 */
static u32 split(struct knapsack *k, struct knapsack_entry *e, u32 nr)
{
	u64 pivot = e[knapsack_random(k, nr)].rank;
	u32 i = 0, j = nr - 1;

	knapsack_steps(k, nr);
	for (;;) {
		while (e[i].rank < pivot)
			i++;
		while (e[j].rank > pivot)
			j--;
		if (i >= j)
			break;
		knapsack_swap(&e[i++], &e[j--]);
	}
	return i ? i : 1;
}

/**
 * oomk_knapsack_least() - move the least ranks to the front
 * @k: the solve
 * @e: entries
 * @nr: how many
 * @want: how many of the least to move, in no order
 */
void oomk_knapsack_least(struct knapsack *k, struct knapsack_entry *e, u32 nr,
			 u32 want)
{
	while (nr > 1 && want && want < nr) {
		u32 i = split(k, e, nr);

		if (want < i) {
			nr = i;
		} else {
			e += i;
			nr -= i;
			want -= i;
		}
	}
}

static void sift(struct knapsack_entry *e, u32 at, u32 nr)
{
	for (;;) {
		u32 child = 2 * at + 1;

		if (child >= nr)
			return;
		if (child + 1 < nr && e[child].rank < e[child + 1].rank)
			child++;
		if (e[at].rank >= e[child].rank)
			return;
		knapsack_swap(&e[at], &e[child]);
		at = child;
	}
}

/**
 * oomk_knapsack_sort() - sort entries by rank
 * @k: the solve
 * @e: entries
 * @nr: how many
 */
void oomk_knapsack_sort(struct knapsack *k, struct knapsack_entry *e, u32 nr)
{
	u32 i, j;

	knapsack_steps(k, nr);
	if (nr <= CHUNK_MIN) {
		for (i = 1; i < nr; i++) {
			struct knapsack_entry one = e[i];

			for (j = i; j && e[j - 1].rank > one.rank; j--)
				e[j] = e[j - 1];
			e[j] = one;
		}
		return;
	}
	/* A sift takes up to two dozen steps. */
	for (i = nr / 2; i-- > 0;) {
		sift(e, i, nr);
		knapsack_pause(k, 32 * i + 31);
	}
	for (i = nr; i > 1; i--) {
		knapsack_swap(&e[0], &e[i - 1]);
		sift(e, 0, i - 1);
		knapsack_pause(k, 32 * i + 31);
	}
}

/* Moves some of the least ranks of e[0..nr) to the front; returns how many. */
static u32 take_least(struct knapsack *k, struct knapsack_entry *e, u32 nr,
		      u32 enough)
{
	while (nr > enough)
		nr = split(k, e, nr);
	return nr;
}

/* Lays out at least @enough more of a lane in order, if there are so many. */
static void lane_sort(struct knapsack *k, struct knapsack_lane *l, u32 enough)
{
	u32 i = l->sorted, nr = l->nr - l->sorted;

	nr = take_least(k, l->entries + i, nr, enough);
	oomk_knapsack_sort(k, l->entries + i, nr);
	l->sorted += nr;
	for (; i < l->sorted && i < KNAPSACK_FILL_MAX; i++) {
		const struct knapsack_entry *e = &l->entries[i];
		const struct oomk_knapsack_item *item = &k->items[e->item];
		struct knapsack_fill *sum = &l->fill[i];

		sum[1].pages = sum->pages + item->weight_pages;
		sum[1].keys = sum->keys + e->key;
		sum[1].cost = sum->cost + knapsack_cost(&k->frame, item);
	}
}

static void lane_ready(struct knapsack *k, struct knapsack_lane *l)
{
	if (l->next == l->sorted && l->next < l->nr)
		lane_sort(k, l, l->sorted > CHUNK_MIN ? l->sorted : CHUNK_MIN);
}

/**
 * oomk_knapsack_lanes_next() - the lane whose turn it is
 * @k: the solve
 *
 * Return: the lane with the least rank, among equal ranks the other side than
 * before; NULL after the last entry.
 */
struct knapsack_lane *oomk_knapsack_lanes_next(struct knapsack *k)
{
	struct knapsack_lane *l = k->lane;
	u32 pick;

	lane_ready(k, &l[0]);
	lane_ready(k, &l[1]);
	if (l[0].next == l[0].nr || l[1].next == l[1].nr)
		return l[0].next < l[0].nr ? &l[0] :
		       l[1].next < l[1].nr ? &l[1] : NULL;
	pick = l[1].entries[l[1].next].rank < l[0].entries[l[0].next].rank;
	if (l[1].entries[l[1].next].rank == l[0].entries[l[0].next].rank)
		pick = k->turn;
	k->turn = !pick;
	return &l[pick];
}

static u64 entry_slope(const struct knapsack *k, const struct knapsack_entry *e)
{
	return knapsack_slope(e->key, k->items[e->item].weight_pages);
}

/* The least key, and the least by the page, among entries not merged yet. */
static void find_slope(struct knapsack *k, struct knapsack_lane *l, u64 most)
{
	u64 least = k->least, best = most;
	u32 i;

	for (i = l->next; i < l->nr; i++) {
		const struct knapsack_entry *e = &l->entries[i];

		least = e->key < least ? e->key : least;
		best = e->rank < best ? e->rank : best;
		knapsack_pause(k, i);
	}
	knapsack_steps(k, l->nr - l->next);
	l->slope = best;
	k->least = least;
}

/**
 * oomk_knapsack_lanes_rebound() - bound the entries to come by looking at all
 * @k: the solve; least and slopes of the lanes are set
 */
void oomk_knapsack_lanes_rebound(struct knapsack *k)
{
	k->least = KNAPSACK_KEY_MAX;
	find_slope(k, &k->lane[0], knapsack_slope(KNAPSACK_KEY_MAX, 1));
	find_slope(k, &k->lane[1], knapsack_slope(k->frame.beta, 1));
}

static bool like_pivot(const struct knapsack *k, const struct knapsack_entry *e)
{
	return k->items[e->item].price == k->pivot.price &&
	       k->items[e->item].weight_pages == k->pivot.weight_pages;
}

/*
 * Items equal to the pivot may stand on both sides, and to flip one each way is
 * to flip none. So many of them one way are enough as make up for the pages
 * that others can bring within the gap.
 */
static void limit_copies(struct knapsack *k)
{
	u64 most = 0, least = ~0ULL;
	u32 i, j, kept;

	if (k->frame.gamma || !k->frame.beta || !k->frame.shift ||
	    (k->closer && !like_pivot(k, &k->pool[0])))
		return;
	for (i = 0; i < 2; i++) {
		for (j = 0; j < k->lane[i].nr; j++) {
			struct knapsack_entry *e = &k->lane[i].entries[j];
			u64 by_page;

			knapsack_pause(k, j);
			if (like_pivot(k, e))
				continue;
			by_page = entry_slope(k, e);
			least = by_page < least ? by_page : least;
		}
		knapsack_steps(k, k->lane[i].nr);
	}
	if (!least || k->frame.gap >> (62 - KNAPSACK_SLOPE_BITS))
		return;
	most = ((u64)k->frame.gap << KNAPSACK_SLOPE_BITS) / least /
	       k->pivot.weight_pages + 2;
	for (i = 0; i < 2; i++) {
		kept = 0;
		for (j = 0; j < k->lane[i].nr; j++) {
			struct knapsack_entry *e = k->lane[i].entries;

			knapsack_pause(k, j);
			if (like_pivot(k, &e[j]) && ++kept > most)
				knapsack_swap(&e[j--], &e[--k->lane[i].nr]);
		}
		knapsack_steps(k, k->lane[i].nr);
	}
}

/**
 * oomk_knapsack_lanes() - split the pool into the lanes of the frame
 * @k: the solve, sides and keys set
 * @first: entries before this one were merged already
 *
 * Entries whose key exceeds the gap are left out.
 */
void oomk_knapsack_lanes(struct knapsack *k, u32 first)
{
	struct knapsack_entry *e = k->pool;
	u32 i = first, lives = first, end = k->nr_pool;

	knapsack_steps(k, k->nr_pool);
	while (i < end) {
		if ((s64)e[i].key > k->frame.gap) {
			knapsack_swap(&e[i], &e[--end]);
			continue;
		}
		e[i].rank = entry_slope(k, &e[i]);
		if (!e[i].dies)
			knapsack_swap(&e[i], &e[lives++]);
		i++;
	}
	k->lane[0] = (struct knapsack_lane){
		.entries = e + first, .nr = lives - first, .fill = k->fill[0]
	};
	k->lane[1] = (struct knapsack_lane){
		.entries = e + lives, .nr = end - lives, .fill = k->fill[1]
	};
	k->turn = 0;
	limit_copies(k);
	oomk_knapsack_lanes_rebound(k);
}

/**
 * oomk_knapsack_lanes_bound() - bound the entries to come by the order alone
 * @k: the solve; the slopes of the lanes are set
 */
void oomk_knapsack_lanes_bound(struct knapsack *k)
{
	struct knapsack_lane *l = k->lane;
	u64 ranks[2];
	u32 i;

	for (i = 0; i < 2; i++)
		ranks[i] = l[i].next < l[i].nr ? l[i].entries[l[i].next].rank :
			   KNAPSACK_KEY_MAX;
	l[0].slope = ranks[0];
	if (ranks[1] < knapsack_slope(k->frame.beta, 1))
		l[1].slope = ranks[1];
}

/**
 * oomk_knapsack_lanes_lengthen() - sort and sum up as much as there is room for
 * @k: the solve
 *
 * Worth its while when a search takes its time.
 */
void oomk_knapsack_lanes_lengthen(struct knapsack *k)
{
	u32 i;

	for (i = 0; i < 2; i++)
		while (k->lane[i].sorted < k->lane[i].nr &&
		       k->lane[i].sorted < KNAPSACK_FILL_MAX)
			lane_sort(k, &k->lane[i], KNAPSACK_FILL_MAX);
}
