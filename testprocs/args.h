/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One grammar of arguments for all test programs: "--word", "--word VALUE" or
 * "--word=VALUE", nothing positional. Sizes take K, M or G (powers of 1024).
 */
#ifndef TESTPROCS_ARGS_H
#define TESTPROCS_ARGS_H

#include <stddef.h>

/**
 * enum args_kind - what an option takes and where it puts it
 * @ARGS_FLAG: takes nothing, sets a bool
 * @ARGS_COUNT: takes a whole number, sets an unsigned long
 * @ARGS_SIZE: takes bytes with an optional suffix, sets a size_t
 * @ARGS_TEXT: takes a string, sets a const char pointer
 */
enum args_kind {
	ARGS_FLAG,
	ARGS_COUNT,
	ARGS_SIZE,
	ARGS_TEXT,
};

/**
 * struct args_option - one option a program knows
 * @name: the word without its dashes; NULL ends a table
 * @kind: what it takes
 * @to: what it sets, of the type that @kind names
 * @what: how --help calls its value; NULL for a flag
 * @help: one line for --help
 */
struct args_option {
	const char *name;
	enum args_kind kind;
	void *to;
	const char *what;
	const char *help;
};

int args_size(const char *text, size_t *bytes);
int args_count(const char *text, unsigned long *count);
void args_parse(int argc, char **argv, const char *summary,
		const struct args_option *own);
void args_say(const char *word, int pid);
void args_ready(void);

#endif /* TESTPROCS_ARGS_H */
