// SPDX-License-Identifier: GPL-2.0
/*
 * Seeded instances for the solver. Logarithms are base 2 with 16 fraction bits
 * throughout.
 */
#include "knapsack_gen.h"

#ifdef __KERNEL__
#include <linux/kernel.h>
#else
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define ONE		65536
#define STEPS_PER_UNIT	64U
#define UTILITY_MAX	1000U
#define PRICE_MAX	((1U << OOMK_KNAPSACK_PRICE_BITS) - 1)
#define WEIGHT_MAX	((1ULL << OOMK_KNAPSACK_WEIGHT_BITS) - 1)

struct gen {
	u64 state;
	u32 range;
	/* What the members of one fork pool share. */
	u32 pool_left;
	u64 pool_weight;
	u32 pool_utility;
	u32 nr;
	u32 at;
};

static u64 draw(struct gen *g)
{
	u64 z = g->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Uniform in [low, high]. */
static u64 between(struct gen *g, u64 low, u64 high)
{
	return low + draw(g) % (high - low + 1);
}

static u32 log2_fixed(u64 x)
{
	u32 whole = 63 - __builtin_clzll(x | 1), result = whole << 16, bit;
	u64 y = whole > 31 ? x >> (whole - 31) : x << (31 - whole);

	for (bit = ONE / 2; bit; bit /= 2) {
		y = y * y >> 31;
		if (y >> 32) {
			y /= 2;
			result += bit;
		}
	}
	return result;
}

/* The inverse, by bisection: speed does not matter here. */
static u64 exp2_fixed(u32 log)
{
	u64 low = 1, high = WEIGHT_MAX;

	while (low < high) {
		u64 mid = low + (high - low + 1) / 2;

		if (log2_fixed(mid) <= log)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* Sum of twelve uniform numbers: close to normal with deviation 1. */
static int normal(struct gen *g)
{
	int i, sum = -6 * ONE;

	for (i = 0; i < 12; i++)
		sum += draw(g) & (ONE - 1);
	return sum;
}

/* Median 8 MiB, a factor of 5 for one deviation. */
static u64 lognormal(struct gen *g)
{
	long log = 11 * ONE + (long)normal(g) * 23 / 10;

	return exp2_fixed(log < 0 ? 0 : log);
}

/* From 1 MiB up with exponent 1.1, cut off at 512 GiB. */
static u64 pareto(struct gen *g)
{
	u32 log = (u32)(48 * ONE - log2_fixed((draw(g) >> 16) | 1)) * 10ULL /
		  11;

	log += 8 * ONE;
	return exp2_fixed(log > 27 * ONE ? 27 * ONE : log);
}

static u64 fork_pool(struct gen *g)
{
	if (!g->pool_left) {
		g->pool_left = 1 + (1000 / between(g, 1, 1000)) *
			       between(g, 1, 8);
		g->pool_weight = lognormal(g);
		g->pool_utility = between(g, 1, UTILITY_MAX);
	}
	g->pool_left--;
	return g->pool_weight + draw(g) % (g->pool_weight / 16 + 1);
}

static u64 (*const real_weight[])(struct gen *g) = {
	lognormal, pareto, fork_pool,
};

/* One named task in twenty; the others share what their user is worth. */
static u32 by_default(struct gen *g, u64 weight)
{
	u32 share = UTILITY_MAX * STEPS_PER_UNIT / (g->nr - g->nr / 20 + 1);

	(void)weight;
	if (draw(g) % 20 == 0)
		return between(g, 1, UTILITY_MAX) * STEPS_PER_UNIT;
	if (share > 100 * STEPS_PER_UNIT)
		share = 100 * STEPS_PER_UNIT;
	return share ? share : 1;
}

static u32 by_all(struct gen *g, u64 weight)
{
	u32 utility = between(g, 0, UTILITY_MAX);

	(void)weight;
	if (g->pool_weight)
		utility = g->pool_utility;
	return utility * STEPS_PER_UNIT;
}

static u32 by_tier(struct gen *g, u64 weight)
{
	static const u32 tier[] = { 10, 10, 10, 100, 100, 100, 500, 900 };

	(void)weight;
	return tier[draw(g) % 8] * STEPS_PER_UNIT;
}

/* Utility 40 for a doubling of the weight, one tenth up or down. */
static u32 by_log(struct gen *g, u64 weight)
{
	u64 price = (u64)log2_fixed(weight) * 40 * STEPS_PER_UNIT / ONE;

	return price * between(g, 900, 1100) / 1000;
}

/* One unit of utility for 4 MiB, at least one. */
static u32 by_proportion(struct gen *g, u64 weight)
{
	u64 utility = weight / 1024;

	(void)g;
	if (utility > UTILITY_MAX)
		utility = UTILITY_MAX;
	return (utility ? utility : 1) * STEPS_PER_UNIT;
}

static u32 (*const real_price[])(struct gen *g, u64 weight) = {
	by_default, by_all, by_tier, by_log, by_proportion,
};

static u64 isqrt(u64 x)
{
	u64 low = 0, high = 1ULL << 31;

	while (low < high) {
		u64 mid = (low + high + 1) / 2;

		if (mid * mid <= x)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

static void set(struct oomk_knapsack_item *item, u64 weight, u64 price)
{
	item->weight_pages = weight;
	item->price = price > PRICE_MAX ? PRICE_MAX : price;
	item->victim = false;
}

static void uncorrelated(struct gen *g, struct oomk_knapsack_item *item)
{
	set(item, between(g, 1, g->range), between(g, 1, g->range));
}

static void weakly(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range), tenth = g->range / 10;
	u64 price = weight + between(g, 0, 2 * tenth);

	set(item, weight, price > tenth ? price - tenth : 1);
}

static void strongly(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range);

	set(item, weight, weight + g->range / 10);
}

static void inverse(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 price = between(g, 1, g->range);

	set(item, price + g->range / 10, price);
}

static void almost(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range), noise = g->range / 500;

	set(item, weight, weight + g->range / 10 - noise +
	    between(g, 0, 2 * noise));
}

static void subset_sum(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range);

	set(item, weight, weight);
}

static void circle(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range), r = 2ULL * g->range;

	set(item, weight,
	    2 * isqrt(r * r - (r - weight) * (r - weight)) / 3);
}

static void ceiling(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range);

	set(item, weight, 3 * ((weight + 2) / 3));
}

/* As lognormal-proportional, but rounded to the finest step of a price. */
static void fine(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = lognormal(g), price = weight / 4;

	set(item, weight, price > UTILITY_MAX * STEPS_PER_UNIT ?
			  UTILITY_MAX * STEPS_PER_UNIT : price);
}

static void equal(struct gen *g, struct oomk_knapsack_item *item)
{
	static const u32 kinds[][2] = {
		{ 2048, 6400 }, { 2048, 640 }, { 300, 6400 }, { 77777, 64000 },
		{ 513, 3 },
	};
	u32 kind = draw(g) % 5;

	set(item, kinds[kind][0], kinds[kind][1]);
}

static void huge(struct gen *g, struct oomk_knapsack_item *item)
{
	bool is_huge = g->at == g->nr / 2;

	set(item, is_huge ? WEIGHT_MAX : lognormal(g),
	    is_huge ? PRICE_MAX : between(g, 0, 1000) * STEPS_PER_UNIT);
}

static void even(struct gen *g, struct oomk_knapsack_item *item)
{
	u64 weight = between(g, 1, g->range / 2) * 2;

	set(item, weight, weight);
}

static void crossing(struct gen *g, struct oomk_knapsack_item *item)
{
	set(item, between(g, 1ULL << 31, 1ULL << 33), between(g, 1, g->range));
}

static void top(struct gen *g, struct oomk_knapsack_item *item)
{
	set(item, between(g, WEIGHT_MAX - g->range, WEIGHT_MAX),
	    between(g, 1, g->range));
}

static void worthless(struct gen *g, struct oomk_knapsack_item *item)
{
	set(item, lognormal(g), draw(g) % 2 ? between(g, 1, g->range) : 0);
}

#define REAL(n)		{ (n), KNAPSACK_GEN_REAL, NULL }

static const struct {
	const char *name;
	enum knapsack_gen_group group;
	void (*make)(struct gen *g, struct oomk_knapsack_item *item);
} classes[] = {
	REAL("lognormal-default"), REAL("lognormal-all"), REAL("lognormal-tier"),
	REAL("lognormal-log"), REAL("lognormal-proportional"),
	REAL("pareto-default"), REAL("pareto-all"), REAL("pareto-tier"),
	REAL("pareto-log"), REAL("pareto-proportional"),
	REAL("forkpool-default"), REAL("forkpool-all"), REAL("forkpool-tier"),
	REAL("forkpool-log"), REAL("forkpool-proportional"),
	{ "uncorrelated", KNAPSACK_GEN_HARD, uncorrelated },
	{ "weakly", KNAPSACK_GEN_HARD, weakly },
	{ "strongly", KNAPSACK_GEN_HARD, strongly },
	{ "inverse-strongly", KNAPSACK_GEN_HARD, inverse },
	{ "almost-strongly", KNAPSACK_GEN_HARD, almost },
	{ "subset-sum", KNAPSACK_GEN_HARD, subset_sum },
	{ "circle", KNAPSACK_GEN_HARD, circle },
	{ "profit-ceiling", KNAPSACK_GEN_HARD, ceiling },
	{ "fine-proportional", KNAPSACK_GEN_HARD, fine },
	{ "utility=weight", KNAPSACK_GEN_TRAP, subset_sum },
	{ "utility=weight+c", KNAPSACK_GEN_TRAP, strongly },
	{ "equal-items", KNAPSACK_GEN_TRAP, equal },
	{ "one-huge", KNAPSACK_GEN_TRAP, huge },
	{ "even-odd", KNAPSACK_GEN_TRAP, even },
	{ "crossing-2^32", KNAPSACK_GEN_TRAP, crossing },
	{ "near-2^40", KNAPSACK_GEN_TRAP, top },
	{ "utility-0", KNAPSACK_GEN_TRAP, worthless },
};

#define NR_PRICES	ARRAY_SIZE(real_price)

/**
 * knapsack_gen_nr_classes() - how many classes there are
 *
 * Return: classes are numbered from 0 to one below this.
 */
u32 knapsack_gen_nr_classes(void)
{
	return ARRAY_SIZE(classes);
}

/**
 * knapsack_gen_name() - what a class is called in tables
 * @class: its number
 *
 * Return: a word.
 */
const char *knapsack_gen_name(u32 class)
{
	return classes[class].name;
}

/**
 * knapsack_gen_group() - what a class stands for
 * @class: its number
 *
 * Return: its group.
 */
enum knapsack_gen_group knapsack_gen_group(u32 class)
{
	return classes[class].group;
}

/**
 * knapsack_gen_fill() - make an instance
 * @items: filled
 * @nr: how many items, at least 1
 * @class: number of the class
 * @range: greatest weight and price where the class draws them evenly, at
 *	least 10 and at most KNAPSACK_GEN_RANGE
 * @seed: the same seed makes the same instance
 * @need_permille: part of the total weight that is needed
 *
 * Return: pages needed.
 */
u64 knapsack_gen_fill(struct oomk_knapsack_item *items, u32 nr, u32 class,
		      u32 range, u64 seed, u32 need_permille)
{
	struct gen g = { .state = seed * 1000003 + class, .range = range };
	u64 total = 0, need;

	g.nr = nr;
	for (g.at = 0; g.at < nr; g.at++) {
		struct oomk_knapsack_item *item = &items[g.at];

		if (classes[class].make) {
			classes[class].make(&g, item);
		} else {
			u64 weight = real_weight[class / NR_PRICES](&g);

			set(item, weight,
			    real_price[class % NR_PRICES](&g, weight));
		}
		total += item->weight_pages;
	}
	need = total / 1000 * need_permille +
	       total % 1000 * need_permille / 1000;
	/* Even weights are there to be needed in an odd number. */
	return classes[class].make == even ? need | 1 : need;
}
