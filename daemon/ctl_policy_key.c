// SPDX-License-Identifier: GPL-2.0
/*
 * The keys of the policy: one row each, with the limits that the netlink
 * specification states. What is printed can be given to "policy set" again.
 */
#include <errno.h>
#include <string.h>

#include "ctl.h"
#include "json.h"

enum form {
	FORM_NUMBER,
	FORM_PERCENT,
	FORM_MS,
	FORM_WORD,	/* one of a few words */
	FORM_CAPACITY,	/* stands for two attributes */
};

/**
 * struct key - one key of the policy
 * @name: as it is typed
 * @json: as it is called in JSON, with its unit; NULL: as @name
 * @attr: attribute
 * @form: how a value is written
 * @is_u64: type of the attribute, u64 or u32
 * @min: least value
 * @max: greatest value
 * @words: for FORM_WORD, the words in the order of their numbers; NULL ends
 */
struct key {
	const char *name;
	const char *json;
	int attr;
	enum form form;
	bool is_u64;
	u64 min;
	u64 max;
	const char *const *words;
};

static const char *const weight_words[] = {
	[OOMK_WEIGHT_FREEABLE] = "freeable",
	[OOMK_WEIGHT_BADNESS] = "badness",
	NULL
};

static const char *const kill_words[] = {
	[OOMK_KILL_TERM] = "term",
	[OOMK_KILL_NOW] = "now",
	NULL
};

static const char *const infeasible_words[] = {
	[OOMK_INFEASIBLE_NONE] = "none",
	[OOMK_INFEASIBLE_ALL] = "all",
	NULL
};

static const char *const backstop_words[] = {
	[OOMK_BACKSTOP_OFF] = "off",
	[OOMK_BACKSTOP_OBSERVE] = "observe",
	[OOMK_BACKSTOP_ON] = "on",
	NULL
};

static const char *const safety_net_words[] = {
	[OOMK_SAFETY_NET_OFF] = "off",
	[OOMK_SAFETY_NET_ON] = "on",
	NULL
};

static const char *const executor_sched_words[] = {
	[OOMK_EXECUTOR_SCHED_NICE] = "nice",
	[OOMK_EXECUTOR_SCHED_FIFO] = "fifo",
	NULL
};

static const char *const wedged_words[] = {
	[OOMK_WEDGED_NOTHING] = "nothing",
	[OOMK_WEDGED_PANIC] = "panic",
	NULL
};

#define KEY(name_, attr_, form_, min_, max_) \
	.name = name_, .attr = OOMK_A_POLICY_##attr_, .form = FORM_##form_, \
	.min = min_, .max = max_

static const struct key keys[] = {
	{ KEY("soft", SOFT_PERCENT, PERCENT, 1, 50), .json = "soft_percent" },
	{ KEY("hard", HARD_PERCENT, PERCENT, 0, 49), .json = "hard_percent" },
	{ KEY("recovery", RECOVERY_POINTS, PERCENT, 0, 50),
	  .json = "recovery_points" },
	{ KEY("psi_full", PSI_FULL_PERCENT, PERCENT, 0, 100),
	  .json = "psi_full_percent" },
	{ KEY("psi_window_ms", PSI_WINDOW_MS, MS, 500, 10000) },
	{ KEY("psi_available", PSI_AVAILABLE_PERCENT, PERCENT, 1, 100),
	  .json = "psi_available_percent" },
	{ KEY("period_min_ms", PERIOD_MIN_MS, MS, 10, 1000) },
	{ KEY("period_max_ms", PERIOD_MAX_MS, MS, 50, 10000) },
	{ KEY("grace_ms", GRACE_MS, MS, 0, 600000) },
	{ KEY("executor_timeout_ms", EXECUTOR_TIMEOUT_MS, MS, 10, 60000) },
	{ KEY("executor_timeout_hard_ms", EXECUTOR_TIMEOUT_HARD_MS, MS, 10,
	      60000) },
	{ KEY("stuck_ms", STUCK_MS, MS, 1000, 600000) },
	{ KEY("cooldown_ms", COOLDOWN_MS, MS, 0, 60000) },
	{ KEY("weight", WEIGHT, WORD, 0, 1), .words = weight_words },
	{ KEY("kill", KILL, WORD, 0, 1), .words = kill_words },
	{ KEY("infeasible", INFEASIBLE, WORD, 0, 1),
	  .words = infeasible_words },
	{ KEY("capacity", CAPACITY_PAGES, CAPACITY, 0, 0), .is_u64 = true },
	{ KEY("default_utility", DEFAULT_UTILITY, NUMBER, 0,
	      OOMK_UTILITY_MAX) },
	{ KEY("user_utility_max", USER_UTILITY_MAX, NUMBER, 0, 1000000) },
	{ KEY("solve_steps", SOLVE_STEPS, NUMBER, 0, UINT64_MAX),
	  .is_u64 = true },
	{ KEY("backstop", BACKSTOP, WORD, 0, 2), .words = backstop_words },
	{ KEY("backstop_hold_ms", BACKSTOP_HOLD_MS, MS, 0, 10000) },
	{ KEY("safety_net", SAFETY_NET, WORD, 0, 1),
	  .words = safety_net_words },
	{ KEY("executor_sched", EXECUTOR_SCHED, WORD, 0, 1),
	  .words = executor_sched_words },
	{ KEY("wedged", WEDGED, WORD, 0, 1), .words = wedged_words },
	{ KEY("wedged_cycles", WEDGED_CYCLES, NUMBER, 2, 64) },
	{ KEY("wedged_ms", WEDGED_MS, MS, 1000, 3600000) },
};

/**
 * oomk_ctl_policy_is_u64() - width of an attribute
 * @attr: attribute of the set policy
 *
 * Return: true for u64, false for u32.
 */
bool oomk_ctl_policy_is_u64(int attr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].attr == attr)
			return keys[i].is_u64;
	}
	return false;
}

static const struct key *find_key(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strlen(keys[i].name) == len &&
		    !memcmp(keys[i].name, name, len))
			return &keys[i];
	}
	return NULL;
}

static const char *word_of(const struct key *key, u64 value)
{
	u64 i = 0;

	while (key->words[i] && i < value)
		i++;
	return key->words[i] ? key->words[i] : "unknown";
}

static int parse_word(const struct key *key, const char *word, u64 *value)
{
	u64 i;

	for (i = 0; key->words[i]; i++) {
		if (!strcmp(key->words[i], word)) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Both attributes are always sent, so that the one replaces the other. */
static int parse_capacity(const char *word, struct oomk_ctl_policy *policy)
{
	u64 page_size = oomk_ctl_page_size();
	u64 pages = 0, permille = 0, bytes;
	int err;

	if (!strcmp(word, "dynamic")) {
		/* both 0 */
	} else if (!oomk_ctl_parse_permille(word, &permille)) {
		if (!permille || permille > 1000)
			return -ERANGE;
	} else {
		err = oomk_ctl_parse_size(word, &bytes);
		if (err)
			return err;
		pages = bytes / page_size;
		if (!pages)
			return -ERANGE;
	}
	policy->value[OOMK_A_POLICY_CAPACITY_PAGES] = pages;
	policy->given[OOMK_A_POLICY_CAPACITY_PAGES] = true;
	policy->value[OOMK_A_POLICY_CAPACITY_PERMILLE] = permille;
	policy->given[OOMK_A_POLICY_CAPACITY_PERMILLE] = true;
	return 0;
}

static int parse_value(const struct key *key, const char *word,
		       struct oomk_ctl_policy *policy)
{
	u64 value;
	int err;

	switch (key->form) {
	case FORM_CAPACITY:
		return parse_capacity(word, policy);
	case FORM_WORD:
		err = parse_word(key, word, &value);
		break;
	case FORM_PERCENT:
		err = oomk_ctl_parse_percent(word, &value);
		break;
	case FORM_MS:
		err = oomk_ctl_parse_ms(word, &value);
		break;
	default:
		err = oomk_ctl_parse_number(word, &value);
	}
	if (err)
		return err;
	if (key->form != FORM_WORD && (value < key->min || value > key->max))
		return -ERANGE;
	policy->value[key->attr] = value;
	policy->given[key->attr] = true;
	return 0;
}

/* "'one', 'two' or 'three'" */
static void list_words(const struct key *key, char *text, size_t size)
{
	const char *between = "";
	size_t used = 0;
	u64 i;

	for (i = 0; key->words[i] && used < size; i++) {
		used += snprintf(text + used, size - used, "%s'%s'", between,
				 key->words[i]);
		between = key->words[i + 1] && key->words[i + 2] ? ", " :
								   " or ";
	}
}

/* Say which values the key would take. */
static int bad_value(const struct oomk_ctl_call *call, const struct key *key,
		     const char *word)
{
	char words[80];

	switch (key->form) {
	case FORM_CAPACITY:
		return oomk_ctl_usage(call, "capacity=%s: it is 'dynamic', a size or 1pm to 1000pm",
				      word);
	case FORM_WORD:
		list_words(key, words, sizeof(words));
		return oomk_ctl_usage(call, "%s=%s: it is %s", key->name, word,
				      words);
	case FORM_PERCENT:
		return oomk_ctl_usage(call, "%s=%s: it goes from %llu%% to %llu%%",
				      key->name, word, llu(key->min),
				      llu(key->max));
	case FORM_MS:
		return oomk_ctl_usage(call, "%s=%s: it goes from %llums to %llums",
				      key->name, word, llu(key->min),
				      llu(key->max));
	default:
		return oomk_ctl_usage(call, "%s=%s: it goes from %llu to %llu",
				      key->name, word, llu(key->min),
				      llu(key->max));
	}
}

/**
 * oomk_ctl_policy_parse() - read KEY=VALUE words
 * @call: the command line, for what is wrong with it
 * @nr_args: words
 * @args: the words
 * @policy: out: what they name, and nothing else
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_policy_parse(const struct oomk_ctl_call *call, int nr_args,
			  char **args, struct oomk_ctl_policy *policy)
{
	const struct key *key;
	const char *equals;
	int i;

	memset(policy, 0, sizeof(*policy));
	if (nr_args < 1)
		return oomk_ctl_usage(call, "no KEY=VALUE is given");
	for (i = 0; i < nr_args; i++) {
		equals = strchr(args[i], '=');
		if (!equals)
			return oomk_ctl_usage(call, "'%s' is not KEY=VALUE",
					      args[i]);
		key = find_key(args[i], equals - args[i]);
		if (!key)
			return oomk_ctl_usage(call, "'%.*s' is no key of the policy",
					      (int)(equals - args[i]), args[i]);
		if (policy->given[key->attr])
			return oomk_ctl_usage(call, "%s is given twice",
					      key->name);
		if (parse_value(key, equals + 1, policy))
			return bad_value(call, key, equals + 1);
	}
	return OOMK_CTL_DONE;
}

static void print_capacity(const struct oomk_ctl_policy *policy, FILE *out)
{
	u64 pages = policy->value[OOMK_A_POLICY_CAPACITY_PAGES];
	u64 permille = policy->value[OOMK_A_POLICY_CAPACITY_PERMILLE];
	u64 kib = pages * (oomk_ctl_page_size() / 1024);

	if (permille)
		fprintf(out, "%llupm\n", llu(permille));
	else if (!pages)
		fputs("dynamic\n", out);
	else if (kib % 1024)
		fprintf(out, "%lluK\n", llu(kib));
	else
		fprintf(out, "%lluM\n", llu(kib / 1024));
}

/**
 * oomk_ctl_policy_print() - print a policy as KEY=VALUE lines
 * @policy: the policy; what it does not have is not printed
 * @out: where to
 */
void oomk_ctl_policy_print(const struct oomk_ctl_policy *policy, FILE *out)
{
	const struct key *key;
	u64 value;

	for (key = keys; key < keys + ARRAY_SIZE(keys); key++) {
		if (!policy->given[key->attr])
			continue;
		value = policy->value[key->attr];
		fprintf(out, "%s=", key->name);
		if (key->form == FORM_CAPACITY)
			print_capacity(policy, out);
		else if (key->form == FORM_WORD)
			fprintf(out, "%s\n", word_of(key, value));
		else
			fprintf(out, "%llu%s\n", llu(value),
				key->form == FORM_PERCENT ? "%" : "");
	}
}

/**
 * oomk_ctl_policy_json() - write a policy as members of an object
 * @policy: the policy; what it does not have is not written
 * @json: document, with the object open
 */
void oomk_ctl_policy_json(const struct oomk_ctl_policy *policy,
			  struct oomk_json *json)
{
	const struct key *key;
	u64 value;

	for (key = keys; key < keys + ARRAY_SIZE(keys); key++) {
		if (!policy->given[key->attr])
			continue;
		value = policy->value[key->attr];
		if (key->form == FORM_CAPACITY) {
			oomk_json_u64(json, "capacity_pages", value);
			value = policy->value[OOMK_A_POLICY_CAPACITY_PERMILLE];
			oomk_json_u64(json, "capacity_permille", value);
		} else if (key->form == FORM_WORD) {
			oomk_json_string(json, key->name, word_of(key, value));
		} else {
			oomk_json_u64(json, key->json ? key->json : key->name,
				      value);
		}
	}
}
