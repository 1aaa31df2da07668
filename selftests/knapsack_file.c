// SPDX-License-Identifier: GPL-2.0
/* Reads instances; anything may be in the file. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "knapsack_file.h"

#define LINE_MAX_BYTES	256

/* Takes one number off a line; false if there is none below 2^63. */
static bool take_number(const char **at, u64 *number)
{
	const char *s = *at;
	u64 sum = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		if (sum > (~0ULL / 2 - 9) / 10)
			return false;
		sum = sum * 10 + (*s - '0');
	}
	*at = s;
	*number = sum;
	return true;
}

/* Reads a line of two numbers; returns what is wrong with it, or NULL. */
static const char *take_line(FILE *in, struct knapsack_file *file, u64 two[2])
{
	char line[LINE_MAX_BYTES];
	const char *at = line;

	file->line++;
	if (!fgets(line, sizeof(line), in))
		return "the file ends too early";
	if (strlen(line) == sizeof(line) - 1)
		return "the line is too long";
	if (!take_number(&at, &two[0]) || !take_number(&at, &two[1]))
		return "two numbers from 0 to 2^63 are expected";
	while (isspace((unsigned char)*at))
		at++;
	return *at ? "there is something after the two numbers" : NULL;
}

static const char *read_items(FILE *in, struct knapsack_file *file)
{
	const char *error = NULL;
	u32 i, room = 0;
	u64 two[2];

	for (i = 0; i < file->nr && !error; i++) {
		/* Grown as lines come: the first line may promise anything. */
		if (i == room) {
			void *more;

			room = room ? 2 * room : 1024;
			more = realloc(file->items, room *
				       sizeof(*file->items));
			if (!more)
				return "there is not enough memory";
			file->items = more;
		}
		error = take_line(in, file, two);
		if (!error && two[0] >> OOMK_KNAPSACK_WEIGHT_BITS)
			error = "a weight must be below 2^40";
		if (!error && two[1] >= (1ULL << OOMK_KNAPSACK_PRICE_BITS) /
					KNAPSACK_FILE_STEPS)
			error = "a utility must be below 16384";
		if (!error)
			file->items[i] = (struct oomk_knapsack_item){
				.weight_pages = two[0],
				.price = two[1] * KNAPSACK_FILE_STEPS,
			};
	}
	return error;
}

/**
 * knapsack_file_read() - read an instance
 * @in: open for reading
 * @file: what was read, also if it is wrong
 *
 * Return: 0, or -1 and @file says what is wrong where.
 */
int knapsack_file_read(FILE *in, struct knapsack_file *file)
{
	u64 two[2];
	int c;

	*file = (struct knapsack_file){ .line = 0 };
	file->error = take_line(in, file, two);
	if (!file->error && two[0] > OOMK_KNAPSACK_ITEMS_MAX)
		file->error = "there are more than 4194304 items";
	if (file->error)
		return -1;
	file->nr = two[0];
	file->need = two[1];
	file->error = read_items(in, file);
	if (file->error)
		return -1;
	while ((c = getc(in)) != EOF) {
		if (isspace(c))
			continue;
		file->line++;
		file->error = "there are more lines than announced";
		return -1;
	}
	return 0;
}
