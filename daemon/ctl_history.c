// SPDX-License-Identifier: GPL-2.0
/* oomkctl history: the last cycles, one a line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct history - cycles, oldest first
 * @cycles: the cycles
 * @nr: how many
 * @max: room in @cycles
 */
struct history {
	struct oomk_ctl_cycle *cycles;
	size_t nr;
	size_t max;
};

static int on_cycle(const struct oomk_ctl_cycle *cycle, struct nlattr **item,
		    void *arg)
{
	struct history *history = arg;
	struct oomk_ctl_cycle *more;
	size_t max = history->max ? 2 * history->max : 64;

	(void)item;
	if (!cycle)
		return -EBADMSG;
	if (history->nr == history->max) {
		more = reallocarray(history->cycles, max, sizeof(*more));
		if (!more)
			return -ENOMEM;
		history->cycles = more;
		history->max = max;
	}
	history->cycles[history->nr++] = *cycle;
	return 0;
}

/* What is known at the end only is a dash until then. */
static void add_end(struct oomk_ctl_table *table,
		    const struct oomk_ctl_cycle *cycle)
{
	const u64 *value = cycle->value;
	u64 outcome = value[OOMK_A_CYCLE_OUTCOME];

	if (outcome == OOMK_OUTCOME_NONE) {
		oomk_ctl_table_add(table, "-");
		oomk_ctl_table_add(table, "-");
	} else {
		oomk_ctl_table_add(table, "%s",
				   oomk_ctl_mib(value[OOMK_A_CYCLE_BACK_PAGES]).text);
		oomk_ctl_table_add(table, "%s",
				   oomk_ctl_cycle_balance(cycle).text);
	}
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_price(value[OOMK_A_CYCLE_LOST_PRICE]).text);
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_reason_name(value[OOMK_A_CYCLE_REASON]));
	oomk_ctl_table_add(table, "%s%s", outcome == OOMK_OUTCOME_NONE ?
			   "under way" : oomk_ctl_outcome_name(outcome),
			   value[OOMK_A_CYCLE_BACKSTOP] ? " (module)" : "");
	if (value[OOMK_A_CYCLE_SIGNAL_US])
		oomk_ctl_table_add(table, "%llu ms",
				   llu(value[OOMK_A_CYCLE_SIGNAL_US] / 1000));
	else
		oomk_ctl_table_add(table, "-");
}

static void add_row(struct oomk_ctl_table *table,
		    const struct oomk_ctl_cycle *cycle)
{
	const u64 *value = cycle->value;

	oomk_ctl_table_add(table, "%llu", llu(value[OOMK_A_CYCLE_NUMBER]));
	oomk_ctl_table_add(table, "%s", oomk_ctl_cycle_when(cycle).text);
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_cause_name(value[OOMK_A_CYCLE_CAUSE]));
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_level_name(value[OOMK_A_CYCLE_LEVEL]));
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_mib(value[OOMK_A_CYCLE_NEED_PAGES]).text);
	oomk_ctl_table_add(table, "%llu", llu(value[OOMK_A_CYCLE_VICTIMS]));
	oomk_ctl_table_add(table, "%llu", llu(value[OOMK_A_CYCLE_TASKS]));
	oomk_ctl_table_add(table, "%s",
			   oomk_ctl_mib(value[OOMK_A_CYCLE_FREED_PAGES]).text);
	add_end(table, cycle);
}

static int print(const struct history *history, size_t first)
{
	static const char *const heads[] = {
		">CYCLE", "WHEN", "CAUSE", "LEVEL", ">NEED", ">VICTIMS",
		">TASKS", ">WEIGHT", ">BACK", ">BALANCE", ">LOST", "REASON",
		"OUTCOME", ">SIGNALLED",
	};
	struct oomk_ctl_table table = {
		.heads = heads,
		.nr_columns = ARRAY_SIZE(heads),
	};
	int err;

	if (!history->nr) {
		puts("no cycle yet");
		return 0;
	}
	for (; first < history->nr; first++)
		add_row(&table, &history->cycles[first]);
	err = oomk_ctl_table_print(&table, stdout);
	oomk_ctl_table_free(&table);
	return err;
}

static int write_json(const struct history *history, size_t first)
{
	struct oomk_json json;

	oomk_json_init(&json, stdout, true);
	oomk_json_array(&json, NULL);
	for (; first < history->nr; first++) {
		const struct oomk_ctl_cycle *cycle = &history->cycles[first];

		oomk_json_object(&json, NULL);
		oomk_ctl_cycle_json(cycle, &json);
		oomk_json_u64(&json, "items", cycle->value[OOMK_A_CYCLE_ITEMS]);
		oomk_json_end(&json);
	}
	oomk_json_end(&json);
	return 0;
}

/**
 * oomk_ctl_history() - the verb history
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_history(const struct oomk_ctl_call *call)
{
	struct history history = {};
	struct oomk_genl *genl;
	size_t first = 0;
	int status, err;

	if (call->nr_args)
		return oomk_ctl_usage(call, "takes no arguments");
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	err = oomk_ctl_cycle_get(genl, 0, on_cycle, &history);
	if (call->last && call->last < history.nr)
		first = history.nr - call->last;
	if (!err)
		err = call->json ? write_json(&history, first) :
				   print(&history, first);
	if (err)
		status = oomk_ctl_refused(genl, err, "history");
	free(history.cycles);
	oomk_genl_close(genl);
	return status;
}
