// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark: all classes, sizes and needs against one pass over the items
 * and against other ways to choose. Prints a line an instance, tab separated:
 *
 *	group class items need seed us pass_us ratio reason gap_ppm states
 *	steps counted lost greedy permille permille_freed_permille table
 *
 * usage: knapsack_bench [ITEMS...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "knapsack_gen.h"
#include "knapsack_rivals.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define REPEATS		7
#define REAL_SEEDS	3
#define OTHER_SEEDS	9
#define PERMILLE_MAX	10000U

static const char * const groups[] = { "real", "hard", "trap" };
static const u32 needs[] = { 20, 100, 400 };

struct bench {
	struct oomk_knapsack_item *items;
	void *workspace;
	size_t bytes;
	u32 nr;
	u64 sink;
};

static u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void print_rivals(struct bench *b, u64 need)
{
	u64 freed = 0, lost;

	printf("\t%llu", (unsigned long long)rival_greedy(b->items, b->nr, need,
							  &freed));
	lost = ~0ULL;
	if (b->nr <= PERMILLE_MAX)
		lost = rival_permille(b->items, b->nr, need, &freed);
	if (lost == ~0ULL)
		printf("\t-\t-");
	else
		printf("\t%llu\t%llu", (unsigned long long)lost,
		       (unsigned long long)((__uint128_t)freed * 1000 / need));
	lost = rival_table(b->items, b->nr, need);
	if (lost == ~0ULL)
		printf("\t-\n");
	else
		printf("\t%llu\n", (unsigned long long)lost);
}

static void instance(struct bench *b, u32 class, u32 permille, u32 seed)
{
	u64 need = knapsack_gen_fill(b->items, b->nr, class,
				     KNAPSACK_GEN_RANGE, seed, permille);
	u64 times[REPEATS], passes[REPEATS], begin;
	struct oomk_knapsack_result r;
	double us, pass;
	u32 i, most;

	for (i = 0; i < REPEATS; i++) {
		begin = now_ns();
		b->sink += rival_pass(b->items, b->nr, &most);
		passes[i] = now_ns() - begin;
		begin = now_ns();
		oomk_knapsack_solve(b->items, b->nr, need, NULL, b->workspace,
				    b->bytes, NULL, &r);
		times[i] = now_ns() - begin;
	}
	qsort(times, REPEATS, sizeof(times[0]), by_size);
	qsort(passes, REPEATS, sizeof(passes[0]), by_size);
	us = times[REPEATS / 2] / 1e3;
	pass = passes[REPEATS / 2] / 1e3;
	printf("%s\t%s\t%u\t%u\t%u\t%.2f\t%.3f\t%.2f\t%s\t%.4f\t%u\t%llu\t%d\t%llu",
	       groups[knapsack_gen_group(class)], knapsack_gen_name(class),
	       b->nr, permille / 10, seed, us, pass, us / pass,
	       r.reason == OOMK_KNAPSACK_PROVEN ? "PROVEN" : "BUDGET",
	       r.lost_price ? (r.lost_price - r.bound_price) * 1e6 /
	       r.lost_price : 0.0, r.states_peak, (unsigned long long)r.steps,
	       r.count_proven, (unsigned long long)r.lost_price);
	print_rivals(b, need);
}

static int bench(u32 nr)
{
	struct bench b = { .nr = nr };
	u32 class, seed, seeds;
	size_t i;

	b.bytes = oomk_knapsack_workspace_bytes(nr, NULL);
	b.items = malloc(nr * sizeof(*b.items));
	b.workspace = calloc(1, b.bytes);
	if (!b.items || !b.workspace)
		return 1;
	for (class = 0; class < knapsack_gen_nr_classes(); class++) {
		seeds = REAL_SEEDS;
		if (knapsack_gen_group(class) != KNAPSACK_GEN_REAL)
			seeds = OTHER_SEEDS;
		for (seed = 1; seed <= seeds; seed++)
			for (i = 0; i < ARRAY_SIZE(needs); i++)
				instance(&b, class, needs[i], seed);
		fflush(stdout);
	}
	free(b.items);
	free(b.workspace);
	/* The sums have to be made if somebody wants to know. */
	return b.sink == 1;
}

int main(int argc, char **argv)
{
	int i, status = 0;

	printf("group\tclass\titems\tneed\tseed\tus\tpass_us\tratio\treason\t");
	printf("gap_ppm\tstates\tsteps\tcounted\tlost\tgreedy\tpermille\t");
	printf("permille_freed\ttable\n");
	for (i = 1; i < argc; i++)
		status |= bench(atoi(argv[i]));
	return status;
}
