// SPDX-License-Identifier: GPL-2.0
/* oomkctl: the table of verbs, their options and their help. */
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#ifndef OOMK_VERSION
#define OOMK_VERSION "unknown"
#endif

static const struct oomk_ctl_verb verbs[] = {
	{
		.name = "set-utility",
		.options = OOMK_CTL_EACH,
		.args = "PID[,PID]... N",
		.what = "say what a task, and all that it forks from now on, is worth",
		.help =
"N goes from 0 to 1000: what is lost when the job dies. The job dies or\n"
"lives as one, and its price does not depend on how many processes it has.\n"
"\n"
"  --each     every process is an item of its own, at the full utility\n",
		.run = oomk_ctl_set_utility,
	}, {
		.name = "get-utility",
		.options = OOMK_CTL_JSON,
		.args = "PID[,PID]...",
		.what = "show what tasks are worth, and by whose word",
		.run = oomk_ctl_get_utility,
	}, {
		.name = "clear-utility",
		.args = "PID[,PID]...",
		.what = "forget the utility of tasks; they count as if never named",
		.run = oomk_ctl_clear_utility,
	}, {
		.name = "protect",
		.args = "PID[,PID]...",
		.what = "never choose these tasks, nor what they fork from now on",
		.run = oomk_ctl_protect,
	}, {
		.name = "unprotect",
		.args = "PID[,PID]...",
		.what = "take protection away; a utility stays",
		.run = oomk_ctl_unprotect,
	}, {
		.name = "list",
		.options = OOMK_CTL_JSON | OOMK_CTL_SORT,
		.args = "",
		.what = "show all items: tasks, weight, price and where it comes from",
		.run = oomk_ctl_list,
	}, {
		.name = "plan",
		.options = OOMK_CTL_JSON | OOMK_CTL_SORT | OOMK_CTL_NEED,
		.args = "",
		.what = "show what would die now; changes nothing",
		.run = oomk_ctl_plan,
	}, {
		.name = "policy",
		.options = OOMK_CTL_JSON,
		.args = "[set KEY=VALUE...]",
		.what = "show the policy, or set some of it, all at once or not at all",
		.help =
"Keys are those that 'oomkctl policy' shows; oomkctl(8) explains them.\n"
"Times take ms or s, marks may have a %, capacity is dynamic, a size or\n"
"a number of per mille such as 900pm.\n",
		.run = oomk_ctl_policy,
	}, {
		.name = "status",
		.options = OOMK_CTL_JSON,
		.args = "",
		.what = "show the state of the machine and of the module",
		.run = oomk_ctl_status,
	}, {
		.name = "monitor",
		.options = OOMK_CTL_JSON,
		.args = "",
		.what = "show cycles as they happen",
		.help = "With --json every event is an object on a line of its own.\n",
		.run = oomk_ctl_monitor,
	}, {
		.name = "history",
		.options = OOMK_CTL_JSON | OOMK_CTL_LAST,
		.args = "",
		.what = "show the last cycles, one a line, oldest first",
		.run = oomk_ctl_history,
	}, {
		.name = "show",
		.options = OOMK_CTL_JSON,
		.args = "CYCLE|last",
		.what = "show what was weighed in a cycle, chosen, why, and what came of it",
		.run = oomk_ctl_show,
	},
};

enum {
	OPTION_JSON = 256,
	OPTION_EACH,
	OPTION_SORT,
	OPTION_NEED,
};

static void print_help(FILE *out)
{
	size_t i;

	fputs("Usage: oomkctl [VERB [OPTION]... [ARGUMENT]...]\n"
	      "Say what processes are worth when memory runs out, and see what that means.\n"
	      "\n", out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-14s %s\n", verbs[i].name, verbs[i].what);
	fputs("\n"
	      "Without a verb: status. 'oomkctl VERB --help' tells more; --version tells the\n"
	      "version. Exit status: 0 done, 1 refused by the kernel, 2 wrong usage.\n",
	      out);
}

static void print_verb_help(const struct oomk_ctl_verb *verb)
{
	printf("Usage: oomkctl %s%s%s%s\n%s\n", verb->name,
	       verb->options ? " [OPTION]..." : "", *verb->args ? " " : "",
	       verb->args, verb->what);
	if (verb->options || verb->help)
		putchar('\n');
	if (verb->help)
		fputs(verb->help, stdout);
	if (verb->options & OOMK_CTL_SORT)
		puts("  --sort BY  weight (heaviest first), price (cheapest first) or pid");
	if (verb->options & OOMK_CTL_NEED)
		puts("  --need SIZE  as if SIZE had to be freed: bytes, or K, M, G, T");
	if (verb->options & OOMK_CTL_LAST)
		puts("  -n N       no more than the last N");
	if (verb->options & OOMK_CTL_JSON)
		puts("  --json     write JSON");
}

static int parse_sort(struct oomk_ctl_call *call, const char *word)
{
	if (!strcmp(word, "weight"))
		call->sort = OOMK_CTL_SORT_WEIGHT;
	else if (!strcmp(word, "price"))
		call->sort = OOMK_CTL_SORT_PRICE;
	else if (!strcmp(word, "pid"))
		call->sort = OOMK_CTL_SORT_PID;
	else
		return oomk_ctl_usage(call, "--sort: '%s' is not weight, price or pid",
				      word);
	return OOMK_CTL_DONE;
}

static int parse_option(struct oomk_ctl_call *call, int option, char **argv)
{
	unsigned int taken = call->verb->options;

	if (option == OPTION_JSON && taken & OOMK_CTL_JSON) {
		call->json = true;
	} else if (option == OPTION_EACH && taken & OOMK_CTL_EACH) {
		call->each = true;
	} else if (option == OPTION_SORT && taken & OOMK_CTL_SORT) {
		return parse_sort(call, optarg);
	} else if (option == OPTION_NEED && taken & OOMK_CTL_NEED) {
		if (oomk_ctl_parse_size(optarg, &call->need_bytes))
			return oomk_ctl_usage(call, "--need: '%s' is no size",
					      optarg);
		call->has_need = true;
	} else if (option == 'n' && taken & OOMK_CTL_LAST) {
		if (oomk_ctl_parse_number(optarg, &call->last) || !call->last)
			return oomk_ctl_usage(call, "-n: '%s' is no number of cycles",
					      optarg);
	} else if (option == 'n') {
		return oomk_ctl_usage(call, "unknown option '-n'");
	} else if (option == ':') {
		return oomk_ctl_usage(call, "%s needs an argument",
				      argv[optind - 1]);
	} else if (option == '?' && optopt && optopt < OPTION_JSON) {
		return oomk_ctl_usage(call, "unknown option '-%c'", optopt);
	} else {
		return oomk_ctl_usage(call, "unknown option '%s'",
				      argv[optind - 1]);
	}
	return OOMK_CTL_DONE;
}

static int run(const struct oomk_ctl_verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "each", no_argument, NULL, OPTION_EACH },
		{ "sort", required_argument, NULL, OPTION_SORT },
		{ "need", required_argument, NULL, OPTION_NEED },
		{}
	};
	struct oomk_ctl_call call = { .verb = verb };
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hn:", options, NULL)) != -1) {
		if (option == 'h') {
			print_verb_help(verb);
			return OOMK_CTL_DONE;
		}
		status = parse_option(&call, option, argv);
		if (status)
			return status;
	}
	call.nr_args = argc - optind;
	call.args = argv + optind;
	return verb->run(&call);
}

static const struct oomk_ctl_verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct oomk_ctl_verb *verb;
	int status = OOMK_CTL_DONE;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		status = run(find_verb("status"), argc, argv);
	} else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
	} else if (!strcmp(argv[1], "--version")) {
		puts("oomkctl " OOMK_VERSION);
	} else {
		verb = find_verb(argv[1]);
		if (!verb) {
			fprintf(stderr, "oomkctl: there is no verb '%s'\nTry 'oomkctl --help'.\n",
				argv[1]);
			return OOMK_CTL_USAGE;
		}
		status = run(verb, argc - 1, argv + 1);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("oomkctl: stdout");
		return OOMK_CTL_REFUSED;
	}
	return status;
}
