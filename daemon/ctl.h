/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of oomkctl share; each verb is a file of its own. */
#ifndef OOMK_CTL_H
#define OOMK_CTL_H

#include <stdio.h>

#include <linux/oomk.h>

#include "types.h"

struct nlattr;
struct oomk_genl;
struct oomk_json;

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* For printf(3), to which u64 is a long on some machines. */
static inline unsigned long long llu(u64 value)
{
	return value;
}

/* Exit statuses. */
enum oomk_ctl_exit {
	OOMK_CTL_DONE,
	OOMK_CTL_REFUSED,	/* by the kernel, or there is no module */
	OOMK_CTL_USAGE,
};

/* Options that a verb may take; --help goes without saying. */
#define OOMK_CTL_JSON	0x1
#define OOMK_CTL_EACH	0x2
#define OOMK_CTL_SORT	0x4
#define OOMK_CTL_NEED	0x8
#define OOMK_CTL_LAST	0x10

/* Order of a list. */
enum oomk_ctl_sort {
	OOMK_CTL_SORT_WEIGHT,	/* heaviest first */
	OOMK_CTL_SORT_PRICE,	/* cheapest first */
	OOMK_CTL_SORT_PID,	/* lowest pid first */
};

struct oomk_ctl_verb;

/**
 * struct oomk_ctl_call - one command line, its options taken out
 * @verb: what is to be done
 * @json: write JSON
 * @each: every process an item of its own
 * @sort: order of the list
 * @has_need: @need_bytes was given
 * @need_bytes: bytes that the plan is to free
 * @last: cycles to show, the last ones; 0: all
 * @nr_args: words that are left
 * @args: these words
 */
struct oomk_ctl_call {
	const struct oomk_ctl_verb *verb;
	bool json;
	bool each;
	enum oomk_ctl_sort sort;
	bool has_need;
	u64 need_bytes;
	u64 last;
	int nr_args;
	char **args;
};

/**
 * struct oomk_ctl_verb - one row of the table of verbs
 * @name: as it is typed
 * @options: OOMK_CTL_* that it takes
 * @args: its arguments, for the usage line
 * @what: what it does, for the summary
 * @help: the rest of its --help
 * @run: does it; returns enum oomk_ctl_exit
 */
struct oomk_ctl_verb {
	const char *name;
	unsigned int options;
	const char *args;
	const char *what;
	const char *help;
	int (*run)(const struct oomk_ctl_call *call);
};

/* verbs */
int oomk_ctl_set_utility(const struct oomk_ctl_call *call);
int oomk_ctl_get_utility(const struct oomk_ctl_call *call);
int oomk_ctl_clear_utility(const struct oomk_ctl_call *call);
int oomk_ctl_protect(const struct oomk_ctl_call *call);
int oomk_ctl_unprotect(const struct oomk_ctl_call *call);
int oomk_ctl_list(const struct oomk_ctl_call *call);
int oomk_ctl_plan(const struct oomk_ctl_call *call);
int oomk_ctl_policy(const struct oomk_ctl_call *call);
int oomk_ctl_status(const struct oomk_ctl_call *call);
int oomk_ctl_monitor(const struct oomk_ctl_call *call);
int oomk_ctl_history(const struct oomk_ctl_call *call);
int oomk_ctl_show(const struct oomk_ctl_call *call);

/* ctl_report.c: how it went */
__printf(2, 3)
int oomk_ctl_usage(const struct oomk_ctl_call *call, const char *format, ...);
__printf(3, 4)
int oomk_ctl_refused(const struct oomk_genl *genl, int err,
		     const char *format, ...);
int oomk_ctl_open(struct oomk_genl **genl);

/* ctl_parse.c: words into numbers */
int oomk_ctl_parse_number(const char *word, u64 *value);
int oomk_ctl_parse_size(const char *word, u64 *bytes);
int oomk_ctl_parse_ms(const char *word, u64 *ms);
int oomk_ctl_parse_percent(const char *word, u64 *percent);
int oomk_ctl_parse_permille(const char *word, u64 *permille);
int oomk_ctl_parse_pids(const struct oomk_ctl_call *call, int nr_args,
			u32 **pids);

/* ctl_names.c: numbers of the contract into words */
const char *oomk_ctl_level_name(u32 level);
const char *oomk_ctl_cause_name(u32 cause);
const char *oomk_ctl_source_name(u32 source);
const char *oomk_ctl_state_name(u32 state);
const char *oomk_ctl_reason_name(u32 reason);
const char *oomk_ctl_request_name(u32 state);
const char *oomk_ctl_stage_name(u32 stage);
const char *oomk_ctl_outcome_name(u32 outcome);
const char *oomk_ctl_status_name(u32 status);

/* ctl_table.c: figures and columns for people */
#define OOMK_CTL_TEXT	48

/**
 * struct oomk_ctl_text - a short piece of text, returned by value
 * @text: the text
 */
struct oomk_ctl_text {
	char text[OOMK_CTL_TEXT];
};

struct oomk_ctl_text oomk_ctl_mib(u64 pages);
struct oomk_ctl_text oomk_ctl_price(u64 price);
struct oomk_ctl_text oomk_ctl_hundredths(u64 value);
struct oomk_ctl_text oomk_ctl_tenths(u64 value);
struct oomk_ctl_text oomk_ctl_comm(const char *comm);
u64 oomk_ctl_page_size(void);

#define OOMK_CTL_COLUMNS	14

/**
 * struct oomk_ctl_table - rows of cells, printed in aligned columns
 * @heads: titles of the columns; one that starts with '>' is aligned right
 * @nr_columns: columns, OOMK_CTL_COLUMNS at most
 * @cells: rows one after the other; each cell is allocated
 * @nr_cells: cells
 * @max_cells: room in @cells
 * @err: 0, or -ENOMEM once a cell found no room
 */
struct oomk_ctl_table {
	const char *const *heads;
	size_t nr_columns;
	char **cells;
	size_t nr_cells;
	size_t max_cells;
	int err;
};

__printf(2, 3)
void oomk_ctl_table_add(struct oomk_ctl_table *table, const char *format, ...);
int oomk_ctl_table_print(const struct oomk_ctl_table *table, FILE *out);
void oomk_ctl_table_free(struct oomk_ctl_table *table);

/* ctl_item.c: tasks and the items that they make up */

/**
 * struct oomk_ctl_task - one task as the kernel describes it
 * @id: item it belongs to, 0 for none
 * @pid: the task
 * @start_ns: when it started
 * @comm: its name
 * @uid: its owner
 * @task_pages: its own weight
 * @pages: weight of its item, or its own if it is none
 * @utility: utility of its item
 * @price: price of its item
 * @source: where they come from
 * @state: whether it may be chosen
 * @root: the job's named task, 0 for none
 * @shared_cap: the price is a share
 */
struct oomk_ctl_task {
	u32 id;
	u32 pid;
	u64 start_ns;
	char comm[OOMK_CTL_TEXT];
	u32 uid;
	u64 task_pages;
	u64 pages;
	u32 utility;
	u32 price;
	u32 source;
	u32 state;
	u32 root;
	bool shared_cap;
};

/**
 * struct oomk_ctl_tasks - tasks that grow in number
 * @tasks: the tasks
 * @nr: how many
 * @max: room in @tasks
 */
struct oomk_ctl_tasks {
	struct oomk_ctl_task *tasks;
	size_t nr;
	size_t max;
};

int oomk_ctl_tasks_add(struct oomk_ctl_tasks *tasks, struct nlattr **attrs);
int oomk_ctl_tasks_print(struct oomk_ctl_tasks *tasks,
			 enum oomk_ctl_sort sort, FILE *out);
int oomk_ctl_tasks_json(struct oomk_ctl_tasks *tasks, enum oomk_ctl_sort sort,
			struct oomk_json *json, const char *key);
void oomk_ctl_tasks_free(struct oomk_ctl_tasks *tasks);

/* ctl_cycle.c: cycles past */

/**
 * struct oomk_ctl_figure - a number as it is called in JSON
 * @key: its name; NULL ends a table
 * @attr: attribute
 */
struct oomk_ctl_figure {
	const char *key;
	int attr;
};

/**
 * struct oomk_ctl_cycle - figures of a cycle, indexed by attribute
 * @value: the figures; what is absent is 0, a flag that is set 1
 */
struct oomk_ctl_cycle {
	u64 value[OOMK_A_CYCLE_MAX + 1];
};

/**
 * typedef oomk_ctl_cycle_each_t - called for a cycle, or for an item of one
 * @cycle: the cycle, or NULL
 * @item: attribute set item, if @cycle is NULL
 * @arg: as given
 *
 * Return: 0 or a negative errno, which ends it.
 */
typedef int (*oomk_ctl_cycle_each_t)(const struct oomk_ctl_cycle *cycle,
				     struct nlattr **item, void *arg);

int oomk_ctl_cycle_get(struct oomk_genl *genl, u64 number,
		       oomk_ctl_cycle_each_t each, void *arg);
extern const struct oomk_ctl_figure oomk_ctl_cycle_figures[];

void oomk_ctl_cycle_json(const struct oomk_ctl_cycle *cycle,
			 struct oomk_json *json);
struct oomk_ctl_text oomk_ctl_cycle_when(const struct oomk_ctl_cycle *cycle);
struct oomk_ctl_text oomk_ctl_cycle_balance(const struct oomk_ctl_cycle *cycle);
void oomk_ctl_reason_print(u32 reason, u64 bound_price, FILE *out);

/* ctl_policy_key.c: the keys of the policy */

/**
 * struct oomk_ctl_policy - values of the policy, indexed by attribute
 * @value: the values
 * @given: which of them are there
 */
struct oomk_ctl_policy {
	u64 value[OOMK_A_POLICY_MAX + 1];
	bool given[OOMK_A_POLICY_MAX + 1];
};

int oomk_ctl_policy_parse(const struct oomk_ctl_call *call, int nr_args,
			  char **args, struct oomk_ctl_policy *policy);
void oomk_ctl_policy_print(const struct oomk_ctl_policy *policy, FILE *out);
void oomk_ctl_policy_json(const struct oomk_ctl_policy *policy,
			  struct oomk_json *json);
bool oomk_ctl_policy_is_u64(int attr);

#endif /* OOMK_CTL_H */
