// SPDX-License-Identifier: GPL-2.0
/* The executor's command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#ifndef OOMK_VERSION
#define OOMK_VERSION "unknown"
#endif

#define RUN_DIR		"/run/oomk"
#define EXIT_USAGE	2

static void print_help(void)
{
	puts("Usage: oomkd [OPTION]...\n"
	     "Carry out what the kernel module oomk decides when memory runs out.\n"
	     "\n"
	     "  -n, --dry-run      accept victims, log them, spare them all\n"
	     "  -v, --verbose      log what is of use to find a fault, too\n"
	     "      --run-dir DIR  keep lock and record in DIR (" RUN_DIR ")\n"
	     "  -h, --help         print this and exit\n"
	     "  -V, --version      print the version and exit\n"
	     "\n"
	     "It stays in the foreground and logs to standard error. Exit status: 0 asked\n"
	     "to leave, 1 cannot start or go on, 2 wrong usage.");
}

/* Returns the status to exit with, or -1 to go on. */
static int follow_option(struct oomk_options *options, int option)
{
	switch (option) {
	case 'n':
		options->dry_run = true;
		return -1;
	case 'v':
		options->verbose = true;
		return -1;
	case 'd':
		options->run_dir = optarg;
		return -1;
	case 'h':
		print_help();
		return EXIT_SUCCESS;
	case 'V':
		puts("oomkd " OOMK_VERSION);
		return EXIT_SUCCESS;
	default:
		fputs("Try 'oomkd --help'.\n", stderr);
		return EXIT_USAGE;
	}
}

/**
 * oomk_options_parse() - read the command line
 * @options: out
 * @argc: as main() got it
 * @argv: likewise
 *
 * Return: the status to exit with, everything having been said; -1 to go on.
 */
int oomk_options_parse(struct oomk_options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "run-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	int option, status;

	options->run_dir = RUN_DIR;
	options->dry_run = false;
	options->verbose = false;
	while ((option = getopt_long(argc, argv, "nvhV", known, NULL)) != -1) {
		status = follow_option(options, option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "oomkd: unexpected argument '%s'\nTry 'oomkd --help'.\n",
		argv[optind]);
	return EXIT_USAGE;
}
