// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the solver on the host, in TAP. An argument, or KNAPSACK_COUNT in
 * the environment, gives the number of random instances.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "knapsack_gen.h"
#include "knapsack_test.h"

#define COUNT		60000
#define SMALL_MAX	20U
#define LARGE_MAX	200U
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static u32 nr_tests, nr_failed;
static u64 random_state = 1;
static u64 nr_rescheds, nr_runs;

static u32 draw(u32 below)
{
	random_state = random_state * 6364136223846793005ULL + 12345;
	return (random_state >> 33) % below;
}

static void ok(bool good, const char *name, const char *why)
{
	nr_tests++;
	nr_failed += !good;
	printf("%sok %u %s\n", good ? "" : "not ", nr_tests, name);
	if (!good && why)
		printf("# %s\n", why);
}

static void count_resched(void)
{
	nr_rescheds++;
}

/* Mostly one workspace, as to get a new one takes longer than to solve. */
static void *get_workspace(size_t bytes, bool exact)
{
	static size_t kept_bytes;
	static void *kept;

	if (exact)
		return malloc(bytes);
	if (bytes > kept_bytes) {
		free(kept);
		kept = malloc(bytes);
		memset(kept, 0xa5, bytes);
		kept_bytes = bytes;
	}
	return kept;
}

/* Now and then the workspace is exactly as large as the solver asks for. */
static int run(struct oomk_knapsack_item *items, u32 nr, u64 need,
	       const struct oomk_knapsack_budget *budget,
	       struct oomk_knapsack_result *r)
{
	size_t bytes = oomk_knapsack_workspace_bytes(nr, budget);
	bool exact = nr_runs++ % 64 == 0;
	void *workspace = get_workspace(bytes, exact);
	int error;

	error = oomk_knapsack_solve(items, nr, need, budget, workspace, bytes,
				    count_resched, r);
	if (exact)
		free(workspace);
	return error;
}

static void report(const char *why, u32 class, u32 nr, u64 need,
		   const struct oomk_knapsack_item *items)
{
	u32 i;

	printf("# %s: class %s, need %llu, items", why,
	       knapsack_gen_name(class), (unsigned long long)need);
	for (i = 0; i < nr; i++)
		printf(" %llu:%u%s", (unsigned long long)items[i].weight_pages,
		       items[i].price, items[i].victim ? "*" : "");
	printf("\n");
}

static const struct oomk_knapsack_budget small_budgets[] = {
	{ .steps_count = 1000000 },
	{ .states = 6, .nodes = 4, .steps_count = 1000000 },
	{ .states = 16, .steps_count = 1000000 },
	{ .states = 65536, .nodes = 65536, .steps_count = 1000000 },
	{ .steps_price = 1, .steps_count = 1 },
	{ .states = 64, .nodes = 2 },
};

/* Small numbers make ties and equal sums, great ones make gaps. */
static u64 make_small(struct oomk_knapsack_item *items, u32 nr, u32 class)
{
	static const u32 ranges[] = { 10, 12, 40, 1000, 900000 };
	u32 i, range = ranges[draw(ARRAY_SIZE(ranges))];
	u64 need = knapsack_gen_fill(items, nr, class, range, random_state,
				     draw(1001));

	if (draw(8) == 0)
		for (i = 0; i < nr; i++)
			if (draw(4) == 0)
				items[i].weight_pages = draw(3);
	return draw(50) ? need : need + draw(1000);
}

/* A third of the instances is of classes, the rest is plainly random. */
static void test_force(u32 count)
{
	struct oomk_knapsack_item items[SMALL_MAX + 1];
	u32 i, bad = 0, proven = 0, full = 0, counted = 0;

	for (i = 0; i < count; i++) {
		const struct oomk_knapsack_budget *budget =
			&small_budgets[i % ARRAY_SIZE(small_budgets)];
		u32 class = draw(knapsack_gen_nr_classes());
		u32 nr = 1 + draw(i % 16 ? 12 : SMALL_MAX);
		u64 need = make_small(items, nr, class);
		struct answer truth = reference_force(items, nr, need);
		struct oomk_knapsack_result r;
		const char *why = NULL;

		if (run(items, nr, need, budget, &r))
			why = "refused";
		if (!why)
			why = verdict(items, nr, need, &r, &truth);
		if (!why && !budget->states && !budget->steps_price &&
		    need && truth.feasible) {
			full++;
			proven += r.reason == OOMK_KNAPSACK_PROVEN;
			counted += r.count_proven;
		}
		if (why && bad++ < 5)
			report(why, class, nr, need, items);
	}
	printf("# %u instances, %u with all arenas: price proven %u, count %u\n",
	       count, full, proven, counted);
	ok(!bad, "agrees with trying all sets", NULL);
	/* Twenty items can have a million sums, more than there are states. */
	ok(proven >= full - full / 200, "proves the price with all arenas",
	   NULL);
	ok(counted >= full - full / 50, "proves the count with all arenas",
	   NULL);
}

static void test_branch(u32 count)
{
	struct oomk_knapsack_item items[LARGE_MAX];
	u32 i, bad = 0, compared = 0, proven = 0;

	for (i = 0; i < count; i++) {
		u32 class = i % knapsack_gen_nr_classes();
		u32 nr = 30 + draw(LARGE_MAX - 30);
		u64 need = make_small(items, nr, class);
		struct oomk_knapsack_result r;
		const char *why = NULL;
		struct answer truth;
		bool finished;

		truth = reference_branch(items, nr, need, 200000, &finished);
		if (!finished)
			continue;
		compared++;
		if (run(items, nr, need, NULL, &r))
			why = "refused";
		if (!why)
			why = verdict(items, nr, need, &r, &truth);
		proven += r.reason != OOMK_KNAPSACK_BUDGET;
		if (why && bad++ < 5)
			report(why, class, nr, need, items);
	}
	printf("# %u instances compared, %u proven\n", compared, proven);
	ok(!bad && compared > count / 4, "agrees with branch and bound", NULL);
	ok(proven > compared - compared / 50,
	   "proves nearly all of them", NULL);
}

/* Two trainings and two hogs of 2021: which may stay in 1000? */
static void test_2021(void)
{
	u32 x, y, bad = 0;

	for (x = 50; x <= 100; x++) {
		for (y = 50; y <= 100; y++) {
			struct oomk_knapsack_item items[] = {
				{ 916, 8 * 64, false }, { 778, 5 * 64, false },
				{ 746, x * 64, false }, { 673, y * 64, false },
			};
			struct oomk_knapsack_result r;
			u64 need = 916 + 778 + 746 + 673 - 1000;
			u32 keep = x > y ? 2 : 3;

			run(items, 4, need, NULL, &r);
			bad += r.reason != OOMK_KNAPSACK_PROVEN ||
			       !items[0].victim || !items[1].victim ||
			       (x != y && items[keep].victim) ||
			       items[2].victim == items[3].victim;
		}
	}
	ok(!bad, "keeps the better training of 2021", NULL);
}

/*
 * /proc/PID/oom_score is two thirds of 1000 and more, so an empty process
 * scores 666 and of any number of them one fits into 1000.
 */
static void test_oom_score(void)
{
	struct oomk_knapsack_item items[10];
	struct oomk_knapsack_result r;
	u32 i;

	for (i = 0; i < 10; i++)
		items[i] = (struct oomk_knapsack_item){ 666, 6400, false };
	run(items, 10, 10 * 666 - 1000, NULL, &r);
	ok(r.nr_victims == 9, "shows why oom_score is no weight", NULL);
}

static void test_refusals(void)
{
	struct oomk_knapsack_item item = { 1ULL << 40, 1, false };
	struct oomk_knapsack_result r;
	char few[64];

	ok(run(&item, 1, 1, NULL, &r) == -EINVAL, "refuses a weight of 2^40",
	   NULL);
	item = (struct oomk_knapsack_item){ 1, 1U << 20, false };
	ok(run(&item, 1, 1, NULL, &r) == -EINVAL, "refuses a price of 2^20",
	   NULL);
	ok(oomk_knapsack_solve(&item, OOMK_KNAPSACK_ITEMS_MAX + 1, 1, NULL, few,
			       sizeof(few), NULL, &r) == -EINVAL,
	   "refuses too many items", NULL);
	item.price = 1;
	ok(oomk_knapsack_solve(&item, 1, 1, NULL, few, sizeof(few), NULL, &r) ==
	   -ENOBUFS, "refuses a small workspace", NULL);
	ok(!run(NULL, 0, 0, NULL, &r) &&
	   r.reason == OOMK_KNAPSACK_NOTHING_TO_DO, "no items, no need", NULL);
	ok(!run(NULL, 0, 7, NULL, &r) &&
	   r.reason == OOMK_KNAPSACK_INFEASIBLE && !r.freed_pages,
	   "no items, but a need", NULL);
}

/* The greatest numbers there are: sums and products must not wrap. */
static void test_extremes(void)
{
	struct oomk_knapsack_item items[64];
	const u64 most = (1ULL << 40) - 1;
	struct oomk_knapsack_result r;
	u32 i;

	for (i = 0; i < 64; i++)
		items[i] = (struct oomk_knapsack_item){
			most, (1U << 20) - 1, false
		};
	run(items, 64, most * 63 + 1, NULL, &r);
	ok(r.reason == OOMK_KNAPSACK_PROVEN && r.nr_victims == 64,
	   "all of the greatest", NULL);
	run(items, 64, most * 10, NULL, &r);
	ok(r.reason == OOMK_KNAPSACK_PROVEN && r.nr_victims == 10,
	   "ten of the greatest", NULL);
	items[7].weight_pages = 1;
	items[8].price = 0;
	run(items, 64, most + 1, NULL, &r);
	ok(r.nr_victims == 2 && !items[7].victim && items[8].victim,
	   "one page beyond a free one", NULL);
}

/* Large instances: proven, in bounded work, with reschedule points. */
static void test_large(void)
{
	const u32 nr = 20000;
	struct oomk_knapsack_item *items = malloc(nr * sizeof(*items));
	u32 class, bad = 0, late = 0, open = 0;

	for (class = 0; class < knapsack_gen_nr_classes(); class++) {
		u64 need = knapsack_gen_fill(items, nr, class,
					     KNAPSACK_GEN_RANGE, 1, 100);
		struct oomk_knapsack_result r;
		u64 price = 0, weight = 0;
		u32 i;

		nr_rescheds = 0;
		run(items, nr, need, NULL, &r);
		for (i = 0; i < nr; i++) {
			price += items[i].victim ? items[i].price : 0;
			weight += items[i].victim ? items[i].weight_pages : 0;
		}
		bad += weight < need || weight != r.freed_pages ||
		       price != r.lost_price || price < r.bound_price;
		late += nr_rescheds < r.steps / 65536;
		if (r.reason == OOMK_KNAPSACK_PROVEN)
			continue;
		open += knapsack_gen_group(class) == KNAPSACK_GEN_REAL;
		printf("# %s: gap %llu of %llu\n", knapsack_gen_name(class),
		       (unsigned long long)(r.lost_price - r.bound_price),
		       (unsigned long long)r.lost_price);
	}
	ok(!bad, "20000 items of every class", NULL);
	ok(!late, "gives way every 65536 steps", NULL);
	ok(!open, "proves what machines look like", NULL);
	free(items);
}

/* Many that cost nothing: the heaviest of them die, and nobody else. */
static void test_free(void)
{
	const u32 nr = 40000, nr_free = 36000;
	struct oomk_knapsack_item *items = malloc(nr * sizeof(*items));
	u64 total = 0, lightest = ~0ULL, heaviest = 0;
	struct oomk_knapsack_result r;
	u32 i;

	for (i = 0; i < nr; i++) {
		items[i] = (struct oomk_knapsack_item){
			1 + draw(1000000), i < nr_free ? 0 : 1 + draw(3), false
		};
		total += i < nr_free ? items[i].weight_pages : 0;
	}
	run(items, nr, total * 3 / 4, NULL, &r);
	for (i = 0; i < nr_free; i++) {
		u64 weight = items[i].weight_pages;

		if (items[i].victim && weight < lightest)
			lightest = weight;
		if (!items[i].victim && weight > heaviest)
			heaviest = weight;
	}
	ok(r.reason == OOMK_KNAPSACK_PROVEN && !r.lost_price &&
	   r.nr_victims > nr_free / 3 && lightest >= heaviest,
	   "of those that cost nothing the heaviest die", NULL);
	free(items);
}

/* Most weigh nothing, and all together hardly anything. */
static void test_weightless(void)
{
	const u32 nr = 8000, every = 200, need = 10;
	struct oomk_knapsack_item *items = calloc(nr, sizeof(*items));
	struct oomk_knapsack_result r;
	u32 i, price = 0;

	/* The dear ones first: the cheapest are the last. */
	for (i = 0; i < nr; i++) {
		items[i].price = nr - i;
		items[i].weight_pages = i % every == 0;
	}
	for (i = 0; i < need; i++)
		price += (i + 1) * every;
	run(items, nr, need, NULL, &r);
	ok(r.reason == OOMK_KNAPSACK_PROVEN && r.lost_price == price &&
	   r.nr_victims == need && r.freed_pages == need,
	   "few that weigh something among many", NULL);
	free(items);
}

/* The most price that @capacity units of @unit pages may keep. */
static u64 keep_most(const struct oomk_knapsack_item *items, u32 nr,
		     u32 capacity, u32 unit)
{
	u64 *best = calloc(capacity + 1, sizeof(*best)), most;
	u32 i, room;

	for (i = 0; i < nr; i++) {
		u64 weight = items[i].weight_pages / unit;

		for (room = capacity; weight <= room; room--)
			if (best[room - weight] + items[i].price > best[room])
				best[room] = best[room - weight] +
					     items[i].price;
	}
	most = best[capacity];
	free(best);
	return most;
}

/*
 * The break is among light and dear ones, beside some that are heavy and cheap:
 * its density times a weight is beyond 64 bits, unless it is made coarser.
 */
static void test_dense(void)
{
	const u32 nr = 4020, nr_light = 4000, unit = 100, capacity = 3000;
	struct oomk_knapsack_item *items = malloc(nr * sizeof(*items));
	struct oomk_knapsack_result r;
	u64 weight = 0, price = 0, need;
	u32 i;

	for (i = 0; i < nr; i++) {
		items[i] = i < nr_light ? (struct oomk_knapsack_item){
			unit * (1 + draw(8)), 1000000 + draw(40000), false
		} : (struct oomk_knapsack_item){
			100000 + draw(30000), draw(1000), false
		};
		weight += items[i].weight_pages;
		price += items[i].price;
	}
	need = weight - capacity * unit;
	run(items, nr, need, NULL, &r);
	ok(r.reason == OOMK_KNAPSACK_PROVEN && r.freed_pages >= need &&
	   r.lost_price == price - keep_most(items, nr_light, capacity, unit),
	   "light and dear beside heavy and cheap", NULL);
	free(items);
}

static void test_order(void)
{
	const u32 nr = 3000;
	struct oomk_knapsack_item *items = malloc(nr * sizeof(*items));
	struct oomk_knapsack_item *copy = malloc(nr * sizeof(*copy));
	struct oomk_knapsack_result r;
	u64 need = knapsack_gen_fill(items, nr, 1, 1000, 3, 200);
	u32 i, moved = 0;

	memcpy(copy, items, nr * sizeof(*items));
	run(items, nr, need, NULL, &r);
	for (i = 0; i < nr; i++)
		moved += items[i].weight_pages != copy[i].weight_pages ||
			 items[i].price != copy[i].price;
	ok(!moved, "leaves the items where they were", NULL);
	free(items);
	free(copy);
}

static void test_workspace(void)
{
	size_t bytes = oomk_knapsack_workspace_bytes(100000, NULL);

	ok(bytes < 2 * 1024 * 1024 + 32 * 100000UL,
	   "the workspace is below 2 MiB and 32 bytes an item", NULL);
}

int main(int argc, char **argv)
{
	const char *given = getenv("KNAPSACK_COUNT");
	u32 count = COUNT;

	if (argc > 1)
		given = argv[1];
	if (given)
		count = atoi(given);
	printf("TAP version 13\n");
	test_refusals();
	test_extremes();
	test_2021();
	test_oom_score();
	test_free();
	test_weightless();
	test_dense();
	test_order();
	test_workspace();
	test_force(count);
	test_branch(count / 50);
	test_large();
	printf("1..%u\n", nr_tests);
	return nr_failed != 0;
}
