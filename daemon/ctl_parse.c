// SPDX-License-Identifier: GPL-2.0
/*
 * Words of the command line into numbers. Everything is decimal and whole;
 * what is not understood to its last character is refused.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

/* Digits at the start of @word; @rest is what follows them. */
static int leading_number(const char *word, u64 *value, const char **rest)
{
	u64 sum = 0;

	if (*word < '0' || *word > '9')
		return -EINVAL;
	for (; *word >= '0' && *word <= '9'; word++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, *word - '0', &sum))
			return -ERANGE;
	}
	*value = sum;
	*rest = word;
	return 0;
}

/**
 * oomk_ctl_parse_number() - read a whole number
 * @word: the word
 * @value: out; untouched on failure
 *
 * Return: 0; -EINVAL: not a number; -ERANGE: more than 64 bits.
 */
int oomk_ctl_parse_number(const char *word, u64 *value)
{
	const char *rest;
	u64 number;
	int err = leading_number(word, &number, &rest);

	if (err)
		return err;
	if (*rest)
		return -EINVAL;
	*value = number;
	return 0;
}

/**
 * oomk_ctl_parse_size() - read an amount of memory
 * @word: a number of bytes, or of K, M, G, T (also KiB...), powers of 1024
 * @bytes: out; untouched on failure
 *
 * Return: 0; -EINVAL: not a size; -ERANGE: more than 64 bits.
 */
int oomk_ctl_parse_size(const char *word, u64 *bytes)
{
	static const char units[] = "KMGT";
	const char *rest, *unit;
	u64 number;
	int err = leading_number(word, &number, &rest);

	if (err)
		return err;
	if (*rest && strcmp(rest, "B")) {
		/* Lower case is common, and no two units differ by case. */
		unit = strchr(units, *rest >= 'a' ? *rest - 'a' + 'A' : *rest);
		if (!unit || (rest[1] && strcmp(rest + 1, "iB")))
			return -EINVAL;
		if (__builtin_mul_overflow(number,
					   1ULL << 10 * (unit - units + 1),
					   &number))
			return -ERANGE;
	}
	*bytes = number;
	return 0;
}

/**
 * oomk_ctl_parse_ms() - read a time
 * @word: a number of milliseconds, or with the suffix ms or s
 * @ms: out; untouched on failure
 *
 * Return: 0; -EINVAL: not a time; -ERANGE: more than 64 bits.
 */
int oomk_ctl_parse_ms(const char *word, u64 *ms)
{
	const char *rest;
	u64 number;
	int err = leading_number(word, &number, &rest);

	if (err)
		return err;
	if (!strcmp(rest, "s")) {
		if (__builtin_mul_overflow(number, 1000, &number))
			return -ERANGE;
	} else if (*rest && strcmp(rest, "ms")) {
		return -EINVAL;
	}
	*ms = number;
	return 0;
}

/**
 * oomk_ctl_parse_percent() - read a percentage
 * @word: a number, with or without a per cent sign
 * @percent: out; untouched on failure
 *
 * Return: 0; -EINVAL: not a percentage; -ERANGE: more than 64 bits.
 */
int oomk_ctl_parse_percent(const char *word, u64 *percent)
{
	const char *rest;
	u64 number;
	int err = leading_number(word, &number, &rest);

	if (err)
		return err;
	if (*rest && strcmp(rest, "%"))
		return -EINVAL;
	*percent = number;
	return 0;
}

/**
 * oomk_ctl_parse_permille() - read a share in per mille
 * @word: a number followed by the per mille sign (UTF-8) or by pm
 * @permille: out; untouched on failure
 *
 * Return: 0; -EINVAL: not a share; -ERANGE: more than 64 bits.
 */
int oomk_ctl_parse_permille(const char *word, u64 *permille)
{
	const char *rest;
	u64 number;
	int err = leading_number(word, &number, &rest);

	if (err)
		return err;
	if (strcmp(rest, "\xe2\x80\xb0") && strcmp(rest, "pm"))
		return -EINVAL;
	*permille = number;
	return 0;
}

static size_t count_pids(char **args, int nr_args)
{
	size_t nr = nr_args;
	const char *c;
	int i;

	for (i = 0; i < nr_args; i++) {
		for (c = args[i]; *c; c++)
			nr += *c == ',';
	}
	return nr;
}

/* A pid named twice is asked for once. */
static bool listed(const u32 *pids, size_t nr, u64 pid)
{
	while (nr--) {
		if (pids[nr] == pid)
			return true;
	}
	return false;
}

/* Read the pids of one word, separated by commas, behind the @nr of @pids. */
static int add_pids(const char *word, u32 *pids, size_t *nr)
{
	const char *rest = word;
	u64 pid;

	for (;;) {
		if (leading_number(rest, &pid, &rest) || !pid || pid > INT_MAX)
			return -EINVAL;
		if (!listed(pids, *nr, pid))
			pids[(*nr)++] = pid;
		if (!*rest)
			return 0;
		if (*rest++ != ',')
			return -EINVAL;
	}
}

/**
 * oomk_ctl_parse_pids() - read lists of pids
 * @call: the command line
 * @nr_args: how many of its words, from the first, are lists
 * @pids: out: the pids, each once, in the order given; ended by 0; to be freed
 *
 * Says itself what is wrong, naming the word.
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_parse_pids(const struct oomk_ctl_call *call, int nr_args,
			u32 **pids)
{
	u32 *list;
	size_t nr = 0;
	int i;

	if (nr_args < 1)
		return oomk_ctl_usage(call, "no pid is given");
	list = calloc(count_pids(call->args, nr_args) + 1, sizeof(*list));
	if (!list)
		return oomk_ctl_refused(NULL, -ENOMEM, "pids");
	for (i = 0; i < nr_args; i++) {
		if (add_pids(call->args[i], list, &nr)) {
			free(list);
			return oomk_ctl_usage(call, "'%s' is no pid, nor pids with commas between",
					      call->args[i]);
		}
	}
	*pids = list;
	return OOMK_CTL_DONE;
}
