// SPDX-License-Identifier: GPL-2.0
/*
 * Solves an instance from a file:
 *
 *	knapsack_solve [--need N] [--steps N] [--json] FILE
 *
 * Exits with 0, 1 if there is no feasible set, 2 if the call or file is wrong.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "knapsack_file.h"

static const char * const reasons[] = {
	[OOMK_KNAPSACK_PROVEN] = "PROVEN",
	[OOMK_KNAPSACK_BUDGET] = "BUDGET",
	[OOMK_KNAPSACK_INFEASIBLE] = "INFEASIBLE",
	[OOMK_KNAPSACK_NOTHING_TO_DO] = "NOTHING_TO_DO",
};

static int misused(void)
{
	fprintf(stderr,
		"usage: knapsack_solve [--need N] [--steps N] [--json] FILE\n");
	return 2;
}

static bool number(const char *s, u64 *n)
{
	char *end;

	*n = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end;
}

static u64 now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

/* Prices are whole utilities times 64 here, and so are sums and bounds. */
static u64 utility(u64 price)
{
	return (price + KNAPSACK_FILE_STEPS - 1) / KNAPSACK_FILE_STEPS;
}

static void print_victims(const struct knapsack_file *f, const char *between)
{
	const char *before = "";
	u32 i;

	for (i = 0; i < f->nr; i++) {
		if (!f->items[i].victim)
			continue;
		printf("%s%u", before, i);
		before = between;
	}
}

static void print(const struct knapsack_file *f,
		  const struct oomk_knapsack_result *r, u64 us, bool json)
{
	printf(json ? "{\"lost\": %llu, \"victims\": %u, " :
	       "lost=%llu victims=%u ",
	       (unsigned long long)utility(r->lost_price), r->nr_victims);
	printf(json ? "\"freed\": %llu, \"bound\": %llu, " :
	       "freed=%llu bound=%llu ", (unsigned long long)r->freed_pages,
	       (unsigned long long)utility(r->bound_price));
	printf(json ? "\"reason\": \"%s\", \"steps\": %llu, " :
	       "reason=%s steps=%llu ", reasons[r->reason],
	       (unsigned long long)r->steps);
	printf(json ? "\"us\": %llu, \"indices\": [" : "us=%llu\n",
	       (unsigned long long)us);
	print_victims(f, json ? ", " : " ");
	printf(json ? "]}\n" : "\n");
}

static int solve(struct knapsack_file *f, u64 steps, bool json)
{
	struct oomk_knapsack_budget budget = { .steps_price = steps };
	size_t bytes = oomk_knapsack_workspace_bytes(f->nr, &budget);
	struct oomk_knapsack_result result;
	void *workspace = malloc(bytes);
	u64 us = now_us();
	int error;

	if (!workspace) {
		fprintf(stderr, "knapsack_solve: not enough memory\n");
		return 2;
	}
	error = oomk_knapsack_solve(f->items, f->nr, f->need, &budget,
				    workspace, bytes, NULL, &result);
	us = now_us() - us;
	free(workspace);
	if (error) {
		fprintf(stderr, "knapsack_solve: %s\n", strerror(-error));
		return 2;
	}
	print(f, &result, us, json);
	return result.reason == OOMK_KNAPSACK_INFEASIBLE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "need", required_argument, NULL, 'n' },
		{ "steps", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ }
	};
	u64 need = 0, steps = 0;
	struct knapsack_file file;
	bool json = false, given = false;
	FILE *in;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'n' && number(optarg, &need))
			given = true;
		else if (c != 's' || !number(optarg, &steps))
			return misused();
	}
	if (optind != argc - 1)
		return misused();
	in = fopen(argv[optind], "r");
	if (!in) {
		perror(argv[optind]);
		return 2;
	}
	if (knapsack_file_read(in, &file)) {
		fprintf(stderr, "%s:%u: %s\n", argv[optind], file.line,
			file.error);
		status = 2;
	} else {
		file.need = given ? need : file.need;
		status = solve(&file, steps, json);
	}
	fclose(in);
	free(file.items);
	return status;
}
