/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the solver share; nobody else includes this. The model
 * and its words are explained at the top of knapsack.c.
 */
#ifndef OOMK_KNAPSACK_CORE_H
#define OOMK_KNAPSACK_CORE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "knapsack.h"

#ifndef __KERNEL__
typedef __s64 s64;
#endif

/* A cost is price and count in one number: price << COUNT_BITS plus count. */
#define KNAPSACK_COUNT_BITS	23
/* A reschedule point at least this often, and no list longer than this. */
#define KNAPSACK_STRIDE		65536U
/* A frame with a greater gap is not searched: sums of two keys could wrap. */
#define KNAPSACK_GAP_MAX	((s64)1 << 61)
#define KNAPSACK_KEY_MAX	((u64)1 << 62)
#define KNAPSACK_SUM_MAX	((s64)(~0ULL >> 1))
#define KNAPSACK_SLOPE_BITS	16
/* So many entries of a lane are summed up for the bound of a state. */
#define KNAPSACK_FILL_MAX	1024U
#define KNAPSACK_SAMPLE_MAX	512U

/**
 * struct knapsack_entry - an item that the search may flip
 * @key: what flipping it costs at least, in units of the frame
 * @item: its index among the items
 * @rank: entries are merged in rising order of this
 * @dies: its side in the frame's split
 */
struct knapsack_entry {
	u64 key;
	u64 rank;
	u32 item;
	u32 dies;
};

/**
 * struct knapsack_state - one non-dominated set of flips
 * @surplus: pages freed beyond what is needed, negative when it falls short
 * @cost: price and count beyond those of the split
 * @node: flips of earlier epochs, 0 for none
 * @flips: flips of the current epoch, one bit a level
 */
struct knapsack_state {
	s64 surplus;
	s64 cost;
	u32 node;
	u32 flips;
};

/**
 * struct knapsack_node - the flips of one epoch of 32 levels
 * @flips: one bit a level
 * @parent: the node of an earlier epoch, always at a lower index; 0 for none
 * @epoch: which 32 levels
 * @moved: scratch of the compaction
 */
struct knapsack_node {
	u32 flips;
	u32 parent;
	u32 epoch;
	u32 moved;
};

/**
 * struct knapsack_fill - what the first entries of a lane amount to
 * @pages: their weights
 * @keys: their keys
 * @cost: their costs
 */
struct knapsack_fill {
	u64 pages;
	u64 keys;
	s64 cost;
};

/**
 * struct knapsack_lane - entries of one side, ranks ascending as far as sorted
 * @entries: all of them
 * @nr: how many
 * @next: first one that was not merged yet
 * @sorted: those before this are in order, those behind are not below them
 * @fill: sums over the first 0, 1, ... entries in order
 * @slope: least key by the page of those not merged, SLOPE_BITS of fraction
 */
struct knapsack_lane {
	struct knapsack_entry *entries;
	u32 nr;
	u32 next;
	u32 sorted;
	struct knapsack_fill *fill;
	u64 slope;
};

/**
 * struct knapsack_frame - a Lagrangian: what prices, pages and victims weigh
 * @alpha: of one unit of value
 * @beta: of one page
 * @gamma: of one victim
 * @count: victims the multiplier @gamma asks for, at least (above 0) or at most
 * @shift: KNAPSACK_COUNT_BITS if value means price, 0 if the whole cost
 * @sign: what one more victim adds to a cost, +1 or -1
 * @grain: values of solutions differ by multiples of this
 * @split_price: price of the split
 * @extra: pages that every solution frees beyond the need
 * @split_surplus: pages the split frees beyond need and @extra
 * @split_count: its victims
 * @best: value of the incumbent relative to the split
 * @base: @gap less @alpha times the value to be reached
 * @gap: greatest sum of keys that an improving set may have
 * @dropped: least sum of keys among the sets given up unsearched
 */
struct knapsack_frame {
	u64 alpha;
	u64 beta;
	s64 gamma;
	s64 count;
	u32 shift;
	s64 sign;
	s64 grain;
	u64 split_price;
	s64 extra;
	s64 split_surplus;
	s64 split_count;
	s64 best;
	__int128_t base;
	s64 gap;
	s64 dropped;
};

/**
 * struct knapsack_win - the best set of flips that a frame has found
 * @found: there is one
 * @node: flips of earlier epochs
 * @flips: flips of epoch @epoch
 * @epoch: the epoch it was found in
 * @extra: one more item flipped, its index plus 1; 0 for none
 * @lane: of this lane,
 * @from: the entries from this one
 * @to: to before this one are flipped too
 */
struct knapsack_win {
	bool found;
	u32 node;
	u32 flips;
	u32 epoch;
	u32 extra;
	u32 lane;
	u32 from;
	u32 to;
};

/**
 * struct knapsack_sample - one item drawn with a chance by its weight
 * @key: its density, rounded
 * @item: its index
 */
struct knapsack_sample {
	u64 key;
	u32 item;
};

/**
 * struct knapsack - one solve
 * @items: the caller's items; between frames their victim fields hold the
 *	incumbent
 * @nr_items: how many
 * @need: pages to set free
 * @resched: the caller's reschedule point or NULL
 * @random: state of the generator
 * @steps: elementary steps spent
 * @steps_end: the current stage ends when @steps reaches this
 * @steps_resched: next reschedule point
 * @total: weight of all items
 * @or_weight: all weights or-ed
 * @or_price: all prices or-ed
 * @nr_weighty: items with a weight
 * @pivot: the break item
 * @price: price of the incumbent
 * @freed: pages it frees
 * @count: its victims
 * @complete: it is feasible
 * @pool: entries that may differ from the incumbent in a better solution
 * @nr_pool: how many
 * @whole: all entries that a set no dearer could flip are in it
 * @count_whole: the caller wants the number of victims proven
 * @closer: the first of them makes the split feasible and is merged first
 * @order: level to item; before the search, the items near the break
 * @nr_order: levels so far
 * @list: states, surplus descending, value descending
 * @spare: room for the next list
 * @nr_states: states in @list
 * @max_states: room in a list
 * @states_peak: most states held
 * @nodes: decision nodes, the first unused
 * @nr_nodes: nodes used
 * @max_nodes: room
 * @lane: survivors and victims of the split
 * @least: no entry that was not merged yet has a key below this
 * @turn: lane to prefer among equal keys
 * @frame: the Lagrangian in use
 * @win: what its search found
 * @bins: scratch of the narrowing
 * @sample: scratch of the search for the break
 * @fill: sums of the lanes
 */
struct knapsack {
	struct oomk_knapsack_item *items;
	u32 nr_items;
	u64 need;
	oomk_knapsack_resched_fn resched;
	u64 random;
	u64 steps;
	u64 steps_end;
	u64 steps_resched;

	u64 total;
	u64 or_weight;
	u32 or_price;
	u32 nr_weighty;
	struct oomk_knapsack_item pivot;

	u64 price;
	u64 freed;
	u32 count;
	bool complete;

	struct knapsack_entry *pool;
	u32 nr_pool;
	bool whole;
	bool count_whole;
	bool closer;
	u32 *order;
	u32 nr_order;
	struct knapsack_state *list;
	struct knapsack_state *spare;
	u32 nr_states;
	u32 max_states;
	u32 states_peak;
	struct knapsack_node *nodes;
	u32 nr_nodes;
	u32 max_nodes;
	struct knapsack_lane lane[2];
	u64 least;
	u32 turn;
	struct knapsack_frame frame;
	struct knapsack_win win;
	u32 bins[64];
	struct knapsack_sample sample[KNAPSACK_SAMPLE_MAX];
	struct knapsack_fill fill[2][KNAPSACK_FILL_MAX + 1];
};

/* Counts work; gives way to others when enough of it was done. */
static inline void knapsack_steps(struct knapsack *k, u64 steps)
{
	k->steps += steps;
	if (k->steps >= k->steps_resched) {
		k->steps_resched = k->steps + KNAPSACK_STRIDE / 2;
		if (k->resched)
			k->resched();
	}
}

/* In a long loop whose steps are counted at its end: once in a stride. */
static inline void knapsack_pause(const struct knapsack *k, u32 i)
{
	if (i % (KNAPSACK_STRIDE / 2) == KNAPSACK_STRIDE / 2 - 1 && k->resched)
		k->resched();
}

/* A number below @below, from a generator that the data seed. */
static inline u32 knapsack_random(struct knapsack *k, u32 below)
{
	k->random ^= k->random >> 12;
	k->random ^= k->random << 25;
	k->random ^= k->random >> 27;
	return ((k->random * 0x9e6c63d0676a9a99ULL >> 32) * below) >> 32;
}

/* What an item adds to a cost. */
static inline s64 knapsack_cost(const struct knapsack_frame *f,
				const struct oomk_knapsack_item *item)
{
	return ((s64)item->price << KNAPSACK_COUNT_BITS) + f->sign;
}

/* The part of a cost that the frame minimises. */
static inline s64 knapsack_value(const struct knapsack_frame *f, s64 cost)
{
	return (cost + ((s64)1 << f->shift >> 1)) >> f->shift;
}

static inline void knapsack_swap(struct knapsack_entry *a,
				 struct knapsack_entry *b)
{
	struct knapsack_entry tmp = *a;

	*a = *b;
	*b = tmp;
}

/* A key by the page, with KNAPSACK_SLOPE_BITS of fraction, rounded down. */
static inline u64 knapsack_slope(u64 key, u64 weight)
{
	if (key < 1ULL << (63 - KNAPSACK_SLOPE_BITS))
		return (key << KNAPSACK_SLOPE_BITS) / weight;
	key /= weight;
	if (key < 1ULL << (63 - KNAPSACK_SLOPE_BITS))
		return key << KNAPSACK_SLOPE_BITS;
	return ~0ULL >> 1;
}

int oomk_knapsack_scan(struct knapsack *k);
void oomk_knapsack_break(struct knapsack *k);
void oomk_knapsack_collect(struct knapsack *k, u64 gap);

void oomk_knapsack_frame_price(struct knapsack *k, bool whole);
bool oomk_knapsack_frame_cardinal(struct knapsack *k, s64 count, bool more,
				  bool *hopeless);
void oomk_knapsack_frame_heads(struct knapsack *k);
void oomk_knapsack_frame_count(struct knapsack *k);
u64 oomk_knapsack_frame_reach(const struct knapsack *k);
u64 oomk_knapsack_frame_bound(const struct knapsack *k);
void oomk_knapsack_settle(struct knapsack *k);

void oomk_knapsack_least(struct knapsack *k, struct knapsack_entry *e, u32 nr,
			 u32 want);
void oomk_knapsack_sort(struct knapsack *k, struct knapsack_entry *e, u32 nr);
void oomk_knapsack_lanes(struct knapsack *k, u32 first);
struct knapsack_lane *oomk_knapsack_lanes_next(struct knapsack *k);
void oomk_knapsack_lanes_bound(struct knapsack *k);
void oomk_knapsack_lanes_rebound(struct knapsack *k);
void oomk_knapsack_lanes_lengthen(struct knapsack *k);

void oomk_knapsack_search(struct knapsack *k);
void oomk_knapsack_exchange(struct knapsack *k);

#endif /* OOMK_KNAPSACK_CORE_H */
