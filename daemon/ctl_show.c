// SPDX-License-Identifier: GPL-2.0
/*
 * oomkctl show: one cycle, what was weighed in it, what was chosen and why, and
 * what came of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct item - what lived or died as one
 * @pid: the job's named task, or its first; 0 if it has no number here
 * @uid: owner of that task
 * @nr_tasks: tasks
 * @utility: before sharing
 * @price: after
 * @source: where they come from
 * @status: of a victim, enum oomk_victim_status
 * @err: positive errno that was reported for one of its tasks
 * @signals: sent; bit 0 SIGTERM, bit 1 SIGKILL
 * @signal_us: from the trigger to the last of them
 * @pages: weight
 * @victim: it was chosen
 * @shared_cap: the price is a share
 * @comm: name of that task
 */
struct item {
	u32 pid;
	u32 uid;
	u32 nr_tasks;
	u32 utility;
	u32 price;
	u32 source;
	u32 status;
	u32 err;
	u32 signals;
	u32 signal_us;
	u64 pages;
	bool victim;
	bool shared_cap;
	char comm[OOMK_CTL_TEXT];
};

/**
 * struct show - what the dump brings
 * @cycle: figures
 * @found: they are there
 * @items: victims first, then by falling weight
 * @nr: how many
 * @max: room in @items
 */
struct show {
	struct oomk_ctl_cycle cycle;
	bool found;
	struct item *items;
	size_t nr;
	size_t max;
};

static int add_item(struct show *show, struct nlattr **attrs)
{
	size_t max = show->max ? 2 * show->max : 256;
	struct item item = {}, *more;
	const char *comm;

	oomk_genl_u32(attrs, OOMK_A_ITEM_PID, &item.pid);
	oomk_genl_u32(attrs, OOMK_A_ITEM_UID, &item.uid);
	oomk_genl_u32(attrs, OOMK_A_ITEM_NR_TASKS, &item.nr_tasks);
	oomk_genl_u32(attrs, OOMK_A_ITEM_UTILITY, &item.utility);
	oomk_genl_u32(attrs, OOMK_A_ITEM_PRICE, &item.price);
	oomk_genl_u32(attrs, OOMK_A_ITEM_SOURCE, &item.source);
	oomk_genl_u32(attrs, OOMK_A_ITEM_STATUS, &item.status);
	oomk_genl_u32(attrs, OOMK_A_ITEM_ERRNO, &item.err);
	oomk_genl_u32(attrs, OOMK_A_ITEM_SIGNALS, &item.signals);
	oomk_genl_u32(attrs, OOMK_A_ITEM_SIGNAL_US, &item.signal_us);
	oomk_genl_u64(attrs, OOMK_A_ITEM_PAGES, &item.pages);
	item.victim = attrs[OOMK_A_ITEM_VICTIM];
	item.shared_cap = attrs[OOMK_A_ITEM_SHARED_CAP];
	comm = oomk_genl_string(attrs, OOMK_A_ITEM_COMM);
	snprintf(item.comm, sizeof(item.comm), "%s", comm ? comm : "");
	if (show->nr == show->max) {
		more = reallocarray(show->items, max, sizeof(*more));
		if (!more)
			return -ENOMEM;
		show->items = more;
		show->max = max;
	}
	show->items[show->nr++] = item;
	return 0;
}

static int on_show(const struct oomk_ctl_cycle *cycle, struct nlattr **item,
		   void *arg)
{
	struct show *show = arg;

	if (!cycle)
		return add_item(show, item);
	show->cycle = *cycle;
	show->found = true;
	return 0;
}

static int on_number(const struct oomk_ctl_cycle *cycle, struct nlattr **item,
		     void *arg)
{
	u64 *last = arg;

	(void)item;
	if (cycle)
		*last = cycle->value[OOMK_A_CYCLE_NUMBER];
	return 0;
}

static int ascending(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->victim != b->victim)
		return a->victim ? -1 : 1;
	if (a->pages != b->pages)
		return ascending(b->pages, a->pages);
	return ascending(a->pid, b->pid);
}

static void print_start(const u64 *value)
{
	printf("%-9s%s at level %s\n", "cause",
	       oomk_ctl_cause_name(value[OOMK_A_CYCLE_CAUSE]),
	       oomk_ctl_level_name(value[OOMK_A_CYCLE_LEVEL]));
	printf("%-9savailable %s %%, free swap %s %%, psi full avg10 %s %%\n",
	       "found",
	       oomk_ctl_tenths(value[OOMK_A_CYCLE_AVAILABLE_PERMILLE]).text,
	       oomk_ctl_tenths(value[OOMK_A_CYCLE_FREE_SWAP_PERMILLE]).text,
	       oomk_ctl_hundredths(value[OOMK_A_CYCLE_PSI_FULL_AVG10]).text);
	printf("%-9s%s", "need",
	       oomk_ctl_mib(value[OOMK_A_CYCLE_NEED_PAGES]).text);
	if (value[OOMK_A_CYCLE_PENDING_PAGES])
		printf(", beside %s that were dying already",
		       oomk_ctl_mib(value[OOMK_A_CYCLE_PENDING_PAGES]).text);
	printf("\n%-9s%llu, which could free %s", "items",
	       llu(value[OOMK_A_CYCLE_ITEMS]),
	       oomk_ctl_mib(value[OOMK_A_CYCLE_FREEABLE_PAGES]).text);
	if (value[OOMK_A_CYCLE_ITEMS_OMITTED])
		printf("; %llu of them are not remembered",
		       llu(value[OOMK_A_CYCLE_ITEMS_OMITTED]));
	putchar('\n');
}

static void print_choice(const struct show *show)
{
	const u64 *value = show->cycle.value;
	u64 pages = 0, price = 0, tasks = 0;
	size_t nr;

	for (nr = 0; nr < show->nr && show->items[nr].victim; nr++) {
		pages += show->items[nr].pages;
		price += show->items[nr].price;
		tasks += show->items[nr].nr_tasks;
	}
	printf("%-9s", "chosen");
	if (nr)
		printf("%zu of %llu tasks, which weigh %s, utility %s, ", nr,
		       llu(tasks), oomk_ctl_mib(pages).text,
		       oomk_ctl_price(price).text);
	else
		fputs("none, ", stdout);
	oomk_ctl_reason_print(value[OOMK_A_CYCLE_REASON],
			      value[OOMK_A_CYCLE_BOUND_PRICE], stdout);
}

static void print_end(const struct oomk_ctl_cycle *cycle)
{
	const u64 *value = cycle->value;

	if (value[OOMK_A_CYCLE_OUTCOME] == OOMK_OUTCOME_NONE) {
		printf("%-9sunder way\n", "outcome");
		return;
	}
	if (value[OOMK_A_CYCLE_TASKS])
		printf("%-9sto %llu tasks of %llu items, by %s", "signals",
		       llu(value[OOMK_A_CYCLE_TASKS]),
		       llu(value[OOMK_A_CYCLE_VICTIMS]),
		       value[OOMK_A_CYCLE_BACKSTOP] ? "the module" :
						      "the executor");
	else
		printf("%-9snone", "signals");
	printf(", %llu tasks spared", llu(value[OOMK_A_CYCLE_SPARED]));
	if (value[OOMK_A_CYCLE_SIGNAL_US])
		printf("; the last after %llu ms",
		       llu(value[OOMK_A_CYCLE_SIGNAL_US] / 1000));
	printf("\n%-9s%s (%s), after %llu ms\n", "back",
	       oomk_ctl_mib(value[OOMK_A_CYCLE_BACK_PAGES]).text,
	       oomk_ctl_cycle_balance(cycle).text,
	       llu(value[OOMK_A_CYCLE_END_US] / 1000));
	printf("%-9s%s", "outcome",
	       oomk_ctl_outcome_name(value[OOMK_A_CYCLE_OUTCOME]));
	if (value[OOMK_A_CYCLE_KERNEL_KILLS])
		printf("; the kernel's killer killed %llu tasks meanwhile",
		       llu(value[OOMK_A_CYCLE_KERNEL_KILLS]));
	putchar('\n');
}

static const char *signals_of(const struct item *item)
{
	static const char *const names[] = { "-", "TERM", "KILL", "TERM+KILL" };

	return names[item->signals & 3];
}

/* "gone after 12 ms", "failed (Operation not permitted)", or "lives". */
static void add_fate(struct oomk_ctl_table *table, const struct item *item)
{
	char err[64] = "", after[32] = "";

	if (!item->victim) {
		oomk_ctl_table_add(table, "not chosen");
		return;
	}
	if (item->err)
		snprintf(err, sizeof(err), " (%s)", strerror(item->err));
	if (item->signal_us)
		snprintf(after, sizeof(after), ", last signal after %u ms",
			 item->signal_us / 1000);
	oomk_ctl_table_add(table, "%s%s%s", oomk_ctl_status_name(item->status),
			   err, after);
}

static int print_items(const struct show *show)
{
	static const char *const heads[] = {
		">PID", "COMM", ">UID", ">TASKS", ">WEIGHT", ">UTILITY",
		">PRICE", "SOURCE", "SIGNALS", "FATE",
	};
	struct oomk_ctl_table table = {
		.heads = heads,
		.nr_columns = ARRAY_SIZE(heads),
	};
	const struct item *item;
	int err;

	for (item = show->items; item < show->items + show->nr; item++) {
		oomk_ctl_table_add(&table, "%u", item->pid);
		oomk_ctl_table_add(&table, "%s", oomk_ctl_comm(item->comm).text);
		oomk_ctl_table_add(&table, "%u", item->uid);
		oomk_ctl_table_add(&table, "%u", item->nr_tasks);
		oomk_ctl_table_add(&table, "%s", oomk_ctl_mib(item->pages).text);
		oomk_ctl_table_add(&table, "%u", item->utility);
		oomk_ctl_table_add(&table, "%s",
				   oomk_ctl_price(item->price).text);
		oomk_ctl_table_add(&table, "%s%s",
				   oomk_ctl_source_name(item->source),
				   item->shared_cap ? " (share)" : "");
		oomk_ctl_table_add(&table, "%s", signals_of(item));
		add_fate(&table, item);
	}
	err = oomk_ctl_table_print(&table, stdout);
	oomk_ctl_table_free(&table);
	return err;
}

static int print(const struct show *show)
{
	printf("%-9s%llu, %s\n", "cycle",
	       llu(show->cycle.value[OOMK_A_CYCLE_NUMBER]),
	       oomk_ctl_cycle_when(&show->cycle).text);
	print_start(show->cycle.value);
	print_choice(show);
	print_end(&show->cycle);
	if (!show->nr)
		return 0;
	putchar('\n');
	return print_items(show);
}

static void write_item(const struct item *item, struct oomk_json *json)
{
	oomk_json_object(json, NULL);
	oomk_json_u64(json, "pid", item->pid);
	oomk_json_string(json, "comm", item->comm);
	oomk_json_u64(json, "uid", item->uid);
	oomk_json_u64(json, "tasks", item->nr_tasks);
	oomk_json_u64(json, "weight_pages", item->pages);
	oomk_json_u64(json, "utility", item->utility);
	oomk_json_u64(json, "price_64ths", item->price);
	oomk_json_string(json, "source", oomk_ctl_source_name(item->source));
	oomk_json_bool(json, "shared_cap", item->shared_cap);
	oomk_json_bool(json, "victim", item->victim);
	oomk_json_string(json, "status", item->victim ?
			 oomk_ctl_status_name(item->status) : "none");
	oomk_json_u64(json, "errno", item->err);
	oomk_json_u64(json, "signals", item->signals);
	oomk_json_u64(json, "signal_us", item->signal_us);
	oomk_json_end(json);
}

static int write_json(const struct show *show)
{
	struct oomk_json json;
	size_t i;

	oomk_json_init(&json, stdout, true);
	oomk_json_object(&json, NULL);
	oomk_ctl_cycle_json(&show->cycle, &json);
	oomk_json_array(&json, "items");
	for (i = 0; i < show->nr; i++)
		write_item(&show->items[i], &json);
	oomk_json_end(&json);
	oomk_json_end(&json);
	return 0;
}

static int ask(const struct oomk_ctl_call *call, struct oomk_genl *genl,
	       u64 number)
{
	struct show show = {};
	int status = OOMK_CTL_DONE, err = 0;

	if (!number)
		err = oomk_ctl_cycle_get(genl, 0, on_number, &number);
	if (!err && !number) {
		fputs("oomkctl: show: there was no cycle yet\n", stderr);
		return OOMK_CTL_REFUSED;
	}
	if (!err)
		err = oomk_ctl_cycle_get(genl, number, on_show, &show);
	if (!err && !show.found)
		err = -ENOENT;
	if (!err) {
		if (show.nr)
			qsort(show.items, show.nr, sizeof(*show.items),
			      compare_items);
		err = call->json ? write_json(&show) : print(&show);
	}
	if (err)
		status = oomk_ctl_refused(genl, err, "cycle %llu", llu(number));
	free(show.items);
	return status;
}

/**
 * oomk_ctl_show() - the verb show
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_show(const struct oomk_ctl_call *call)
{
	struct oomk_genl *genl;
	u64 number = 0;
	int status;

	if (call->nr_args != 1)
		return oomk_ctl_usage(call, "needs the number of a cycle, or 'last'");
	if (strcmp(call->args[0], "last") &&
	    (oomk_ctl_parse_number(call->args[0], &number) || !number))
		return oomk_ctl_usage(call, "'%s' is no number of a cycle",
				      call->args[0]);
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	status = ask(call, genl, number);
	oomk_genl_close(genl);
	return status;
}
