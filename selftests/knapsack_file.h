/* SPDX-License-Identifier: GPL-2.0 */
/* The file format of instances: a line `n need`, then n of `weight utility`. */
#ifndef KNAPSACK_FILE_H
#define KNAPSACK_FILE_H

#include <stdio.h>

#include "../module/knapsack.h"

/* A price is a utility in steps of this. */
#define KNAPSACK_FILE_STEPS	64U

/**
 * struct knapsack_file - an instance that was read
 * @items: the items, to be freed by the reader
 * @nr: how many
 * @need: pages to set free
 * @line: the line where reading stopped
 * @error: what is wrong with it, or NULL
 */
struct knapsack_file {
	struct oomk_knapsack_item *items;
	u32 nr;
	u64 need;
	u32 line;
	const char *error;
};

int knapsack_file_read(FILE *in, struct knapsack_file *file);

#endif /* KNAPSACK_FILE_H */
