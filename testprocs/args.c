// SPDX-License-Identifier: GPL-2.0
#include "args.h"

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define EXIT_USAGE	2

/* What every program understands, whatever else it does. */
static struct {
	const char *name;
	bool block_term;
	unsigned long seconds;
	bool help;
} common;

static const struct args_option common_options[] = {
	{ "name", ARGS_TEXT, &common.name, "TEXT",
	  "be called TEXT (15 bytes count)" },
	{ "block-term", ARGS_FLAG, &common.block_term, NULL,
	  "block SIGTERM" },
	{ "seconds", ARGS_COUNT, &common.seconds, "N",
	  "die of SIGALRM after N seconds" },
	{ "help", ARGS_FLAG, &common.help, NULL,
	  "print this and leave" },
	{ }
};

/**
 * args_count() - read a whole number
 * @text: decimal digits and nothing else
 * @count: where the number goes
 *
 * Return: 0, -EINVAL if @text is no number, -ERANGE if it is too large.
 */
int args_count(const char *text, unsigned long *count)
{
	char *end;

	/* strtoul() would let a sign and leading blanks pass. */
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*count = strtoul(text, &end, 10);
	if (errno)
		return -errno;
	return *end ? -EINVAL : 0;
}

/**
 * args_size() - read a number of bytes
 * @text: decimal digits, then at most one of K, M, G (either case)
 * @bytes: where the number goes
 *
 * Return: 0, -EINVAL if @text is no size, -ERANGE if it is too large.
 */
int args_size(const char *text, size_t *bytes)
{
	static const char suffixes[] = "KMG";
	unsigned long number;
	const char *suffix;
	char *end;
	int shift;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno)
		return -errno;
	if (!*end) {
		*bytes = number;
		return 0;
	}
	suffix = strchr(suffixes, *end & ~0x20);
	if (!suffix || !*suffix || end[1])
		return -EINVAL;
	shift = 10 * (suffix - suffixes + 1);
	if (number > SIZE_MAX >> shift)
		return -ERANGE;
	*bytes = (size_t)number << shift;
	return 0;
}

static void print_options(FILE *to, const struct args_option *option)
{
	char left[40];

	for (; option->name; option++) {
		snprintf(left, sizeof(left), "--%s %s", option->name,
			 option->what ? option->what : "");
		fprintf(to, "  %-20s %s\n", left, option->help);
	}
}

static void print_usage(FILE *to, const char *program, const char *summary,
			const struct args_option *own)
{
	fprintf(to, "usage: %s [OPTION]...\n%s\n\n", program, summary);
	print_options(to, own);
	print_options(to, common_options);
}

static const struct args_option *find(const struct args_option *option,
				      const char *word, size_t len)
{
	for (; option->name; option++)
		if (strlen(option->name) == len &&
		    !memcmp(option->name, word, len))
			return option;
	return NULL;
}

static int set(const struct args_option *option, const char *value)
{
	switch (option->kind) {
	case ARGS_FLAG:
		*(bool *)option->to = true;
		return 0;
	case ARGS_COUNT:
		return args_count(value, option->to);
	case ARGS_SIZE:
		return args_size(value, option->to);
	case ARGS_TEXT:
		*(const char **)option->to = value;
		return 0;
	}
	return -EINVAL;
}

/* Apply argv[i] and, if its value stands apart, argv[i + 1]. */
static int take(char **argv, int i, const struct args_option *own)
{
	const struct args_option *option;
	const char *word = argv[i] + 2;
	size_t len = strcspn(word, "=");
	const char *value = NULL;
	int taken = 1;

	option = find(own, word, len);
	if (!option)
		option = find(common_options, word, len);
	if (strncmp(argv[i], "--", 2) || !option)
		errx(EXIT_USAGE, "%s: no such option, see --help", argv[i]);
	if (word[len])
		value = word + len + 1;
	if (option->kind == ARGS_FLAG) {
		if (value)
			errx(EXIT_USAGE, "--%s takes no value", option->name);
	} else if (!value) {
		value = argv[i + 1];
		if (!value)
			errx(EXIT_USAGE, "--%s needs %s", option->name,
			     option->what);
		taken = 2;
	}
	if (set(option, value))
		errx(EXIT_USAGE, "--%s %s: not a valid %s", option->name,
		     value, option->what);
	return taken;
}

static void apply_common(void)
{
	sigset_t term;

	if (common.name)
		prctl(PR_SET_NAME, common.name);
	if (common.block_term) {
		sigemptyset(&term);
		sigaddset(&term, SIGTERM);
		sigprocmask(SIG_BLOCK, &term, NULL);
	}
	if (common.seconds > UINT_MAX)
		errx(EXIT_USAGE, "--seconds %lu: too many", common.seconds);
	alarm(common.seconds);
}

/**
 * args_parse() - apply a command line
 * @argc: as main() got it
 * @argv: as main() got it
 * @summary: what the program is for, for --help
 * @own: the program's own options, ended by an empty entry
 *
 * Does at once what the options common to all programs ask for. A wrong
 * argument ends the program with status 2 and a sentence on stderr.
 */
void args_parse(int argc, char **argv, const char *summary,
		const struct args_option *own)
{
	int i = 1;

	while (i < argc)
		i += take(argv, i, own);
	if (common.help) {
		print_usage(stdout, argv[0], summary, own);
		exit(EXIT_SUCCESS);
	}
	apply_common();
}

/**
 * args_say() - print one "WORD PID" line, flushed
 * @word: what is to be said
 * @pid: about whom
 */
void args_say(const char *word, int pid)
{
	printf("%s %d\n", word, pid);
	fflush(stdout);
}

/**
 * args_ready() - tell whoever started this program that it is set up
 */
void args_ready(void)
{
	args_say("ready", getpid());
}
