// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target over the file format and the solver. The first three bytes choose
 * budgets, the rest is a file. What the solver says must be true.
 */
#include <stdlib.h>

#include "knapsack_file.h"

/* The name that libFuzzer calls it by. */
int fuzz_one(const u8 *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

static void check(const struct knapsack_file *f,
		  const struct oomk_knapsack_result *r)
{
	u64 price = 0, weight = 0, total = 0;
	u32 i, count = 0;

	for (i = 0; i < f->nr; i++) {
		total += f->items[i].weight_pages;
		if (!f->items[i].victim)
			continue;
		price += f->items[i].price;
		weight += f->items[i].weight_pages;
		count++;
		if (!f->items[i].weight_pages)
			abort();
	}
	if (r->reason == OOMK_KNAPSACK_NOTHING_TO_DO ||
	    r->reason == OOMK_KNAPSACK_INFEASIBLE) {
		if (count || (f->need && total >= f->need))
			abort();
		return;
	}
	if (price != r->lost_price || weight != r->freed_pages ||
	    count != r->nr_victims || weight < f->need ||
	    r->bound_price > price ||
	    (r->reason == OOMK_KNAPSACK_PROVEN && r->bound_price != price))
		abort();
}

/**
 * fuzz_one() - try one input
 * @data: three bytes of budget, then a file
 * @size: bytes of it
 *
 * Return: 0; a finding aborts.
 */
int fuzz_one(const u8 *data, size_t size)
{
	struct oomk_knapsack_budget budget = { .steps_count = 20000 };
	struct oomk_knapsack_result result;
	struct knapsack_file file;
	size_t bytes;
	void *workspace;
	FILE *in;

	if (size < 4)
		return 0;
	budget.states = data[0] ? data[0] * 8 : 4096;
	budget.nodes = data[1] + 1;
	budget.steps_price = 1 + ((u64)data[2] << 10);
	in = fmemopen((void *)(data + 3), size - 3, "r");
	if (!in)
		return 0;
	if (!knapsack_file_read(in, &file)) {
		bytes = oomk_knapsack_workspace_bytes(file.nr, &budget);
		workspace = malloc(bytes);
		if (oomk_knapsack_solve(file.items, file.nr, file.need, &budget,
					workspace, bytes, NULL, &result))
			abort();
		check(&file, &result);
		free(workspace);
	}
	fclose(in);
	free(file.items);
	return 0;
}
