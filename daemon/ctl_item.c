// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks and the items that they make up. The kernel describes tasks one by
 * one; those of one item bear the same id. A task that is no item, because it
 * may not be chosen or weighs nothing, has the id 0 and no price.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/* Pids shown in a line; a fork bomb would fill screens. */
#define PIDS_SHOWN	8

/**
 * struct group - the tasks of one item, as they lie in the sorted array
 * @first: the first of them
 * @nr: how many
 */
struct group {
	const struct oomk_ctl_task *first;
	size_t nr;
};

/**
 * oomk_ctl_tasks_add() - take up one task
 * @tasks: where to
 * @attrs: attribute set item
 *
 * Return: 0; -EBADMSG: the message names no task; -ENOMEM.
 */
int oomk_ctl_tasks_add(struct oomk_ctl_tasks *tasks, struct nlattr **attrs)
{
	struct oomk_ctl_task task = {};
	const char *comm;

	if (!oomk_genl_u32(attrs, OOMK_A_ITEM_PID, &task.pid))
		return -EBADMSG;
	oomk_genl_u32(attrs, OOMK_A_ITEM_ID, &task.id);
	oomk_genl_u64(attrs, OOMK_A_ITEM_START_NS, &task.start_ns);
	oomk_genl_u32(attrs, OOMK_A_ITEM_UID, &task.uid);
	oomk_genl_u64(attrs, OOMK_A_ITEM_TASK_PAGES, &task.task_pages);
	if (!oomk_genl_u64(attrs, OOMK_A_ITEM_PAGES, &task.pages))
		task.pages = task.task_pages;
	oomk_genl_u32(attrs, OOMK_A_ITEM_UTILITY, &task.utility);
	oomk_genl_u32(attrs, OOMK_A_ITEM_PRICE, &task.price);
	oomk_genl_u32(attrs, OOMK_A_ITEM_SOURCE, &task.source);
	oomk_genl_u32(attrs, OOMK_A_ITEM_STATE, &task.state);
	oomk_genl_u32(attrs, OOMK_A_ITEM_ROOT, &task.root);
	task.shared_cap = attrs[OOMK_A_ITEM_SHARED_CAP];
	comm = oomk_genl_string(attrs, OOMK_A_ITEM_COMM);
	snprintf(task.comm, sizeof(task.comm), "%s", comm ? comm : "");
	if (tasks->nr == tasks->max) {
		size_t max = tasks->max ? 2 * tasks->max : 256;
		struct oomk_ctl_task *more;

		more = reallocarray(tasks->tasks, max, sizeof(*more));
		if (!more)
			return -ENOMEM;
		tasks->tasks = more;
		tasks->max = max;
	}
	tasks->tasks[tasks->nr++] = task;
	return 0;
}

/**
 * oomk_ctl_tasks_free() - forget all tasks
 * @tasks: the tasks
 */
void oomk_ctl_tasks_free(struct oomk_ctl_tasks *tasks)
{
	free(tasks->tasks);
	memset(tasks, 0, sizeof(*tasks));
}

static int ascending(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

/* Items together; in an item the named task first, then by pid. */
static int compare_tasks(const void *left, const void *right)
{
	const struct oomk_ctl_task *a = left, *b = right;

	if (a->id != b->id)
		return ascending(a->id, b->id);
	if (a->pid == a->root || b->pid == b->root)
		return ascending(a->pid != a->root, b->pid != b->root);
	return ascending(a->pid, b->pid);
}

static int compare_groups(const void *left, const void *right, void *arg)
{
	const struct oomk_ctl_task *a = ((const struct group *)left)->first;
	const struct oomk_ctl_task *b = ((const struct group *)right)->first;
	const enum oomk_ctl_sort *sort = arg;
	int order = 0;

	/* What has no price is dearer than anything that has. */
	if (*sort == OOMK_CTL_SORT_PRICE) {
		order = ascending(!a->id, !b->id);
		if (!order)
			order = ascending(a->price, b->price);
	}
	if (!order && *sort != OOMK_CTL_SORT_PID)
		order = ascending(b->pages, a->pages);
	return order ? order : ascending(a->pid, b->pid);
}

/* Returns an array to be freed, NULL without memory. */
static struct group *make_groups(struct oomk_ctl_tasks *tasks,
				 enum oomk_ctl_sort sort, size_t *nr)
{
	struct group *groups = calloc(tasks->nr + 1, sizeof(*groups));
	struct group *last = NULL;
	size_t i;

	*nr = 0;
	if (!groups || !tasks->nr)
		return groups;
	qsort(tasks->tasks, tasks->nr, sizeof(*tasks->tasks), compare_tasks);
	for (i = 0; i < tasks->nr; i++) {
		const struct oomk_ctl_task *task = &tasks->tasks[i];

		if (!last || !task->id || task->id != last->first->id) {
			last = &groups[(*nr)++];
			last->first = task;
		}
		last->nr++;
	}
	qsort_r(groups, *nr, sizeof(*groups), compare_groups, &sort);
	return groups;
}

static void add_pids_cell(struct oomk_ctl_table *table,
			  const struct group *group)
{
	char text[PIDS_SHOWN * 12 + 32];
	size_t used = 0, i;

	for (i = 0; i < group->nr && i < PIDS_SHOWN; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%u",
				 i ? "," : "", group->first[i].pid);
	if (i < group->nr)
		snprintf(text + used, sizeof(text) - used, " and %zu more",
			 group->nr - i);
	oomk_ctl_table_add(table, "%s", text);
}

static void add_row(struct oomk_ctl_table *table, const struct group *group)
{
	const struct oomk_ctl_task *task = group->first;

	if (task->id)
		oomk_ctl_table_add(table, "%u", task->id);
	else
		oomk_ctl_table_add(table, "-");
	oomk_ctl_table_add(table, "%s", oomk_ctl_comm(task->comm).text);
	oomk_ctl_table_add(table, "%s", oomk_ctl_mib(task->pages).text);
	if (task->state == OOMK_STATE_ITEM)
		oomk_ctl_table_add(table, "%u", task->utility);
	else
		oomk_ctl_table_add(table, "-");
	oomk_ctl_table_add(table, "%s",
			   task->id ? oomk_ctl_price(task->price).text : "-");
	oomk_ctl_table_add(table, "%s%s", oomk_ctl_source_name(task->source),
			   task->shared_cap ? " (share)" : "");
	oomk_ctl_table_add(table, "%s", oomk_ctl_state_name(task->state));
	add_pids_cell(table, group);
}

/**
 * oomk_ctl_tasks_print() - print items, one a line
 * @tasks: their tasks; sorted on return
 * @sort: order of the items
 * @out: where to
 *
 * Return: 0 or -ENOMEM.
 */
int oomk_ctl_tasks_print(struct oomk_ctl_tasks *tasks, enum oomk_ctl_sort sort,
			 FILE *out)
{
	static const char *const heads[] = {
		">ITEM", "COMM", ">WEIGHT", ">UTILITY", ">PRICE", "SOURCE",
		"STATE", "PIDS",
	};
	struct oomk_ctl_table table = {
		.heads = heads,
		.nr_columns = ARRAY_SIZE(heads),
	};
	struct group *groups;
	size_t nr, i;
	int err;

	groups = make_groups(tasks, sort, &nr);
	if (!groups)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		add_row(&table, &groups[i]);
	err = oomk_ctl_table_print(&table, out);
	oomk_ctl_table_free(&table);
	free(groups);
	return err;
}

static void write_group(struct oomk_json *json, const struct group *group)
{
	const struct oomk_ctl_task *task = group->first;
	size_t i;

	oomk_json_object(json, NULL);
	oomk_json_u64(json, "id", task->id);
	oomk_json_string(json, "state", oomk_ctl_state_name(task->state));
	oomk_json_string(json, "source", oomk_ctl_source_name(task->source));
	oomk_json_u64(json, "root_pid", task->root);
	oomk_json_u64(json, "weight_pages", task->pages);
	oomk_json_u64(json, "utility", task->utility);
	oomk_json_u64(json, "price_64ths", task->price);
	oomk_json_bool(json, "shared_cap", task->shared_cap);
	oomk_json_array(json, "tasks");
	for (i = 0; i < group->nr; i++, task++) {
		oomk_json_object(json, NULL);
		oomk_json_u64(json, "pid", task->pid);
		oomk_json_u64(json, "start_ns", task->start_ns);
		oomk_json_string(json, "comm", task->comm);
		oomk_json_u64(json, "uid", task->uid);
		oomk_json_u64(json, "weight_pages", task->task_pages);
		oomk_json_end(json);
	}
	oomk_json_end(json);
	oomk_json_end(json);
}

/**
 * oomk_ctl_tasks_json() - write items as an array
 * @tasks: their tasks; sorted on return
 * @sort: order of the items
 * @json: document to write into
 * @key: key of the array
 *
 * Return: 0 or -ENOMEM.
 */
int oomk_ctl_tasks_json(struct oomk_ctl_tasks *tasks, enum oomk_ctl_sort sort,
			struct oomk_json *json, const char *key)
{
	struct group *groups;
	size_t nr, i;

	groups = make_groups(tasks, sort, &nr);
	if (!groups)
		return -ENOMEM;
	oomk_json_array(json, key);
	for (i = 0; i < nr; i++)
		write_group(json, &groups[i]);
	oomk_json_end(json);
	free(groups);
	return 0;
}
