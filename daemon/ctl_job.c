// SPDX-License-Identifier: GPL-2.0
/*
 * oomkctl set-utility, get-utility, clear-utility, protect, unprotect: what
 * jobs are worth. All words are checked before the kernel is asked anything;
 * then every pid is tried, and every refusal reported.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct change - what is asked for each pid
 * @cmd: enum oomk_cmd
 * @has_utility: @utility is to be set
 * @utility: the utility
 * @protected: send the flag
 * @each: send the flag
 */
struct change {
	int cmd;
	bool has_utility;
	u32 utility;
	bool protected;
	bool each;
};

/**
 * struct answer - what the kernel says of one pid
 * @utility: what it is worth
 * @protected: its job is
 * @each: every process of its job is an item
 * @root: the job's named task, 0 for none
 * @source: enum oomk_source
 * @nr_tasks: members of the job
 */
struct answer {
	u32 utility;
	bool protected;
	bool each;
	u32 root;
	u32 source;
	u32 nr_tasks;
};

static int change_one(struct oomk_genl *genl, const struct change *change,
		      u32 pid)
{
	struct nl_msg *msg = oomk_genl_request(genl, change->cmd);

	if (!msg)
		return -ENOMEM;
	nla_put_u32(msg, OOMK_A_JOB_PID, pid);
	if (change->has_utility)
		nla_put_u32(msg, OOMK_A_JOB_UTILITY, change->utility);
	if (change->protected)
		nla_put_flag(msg, OOMK_A_JOB_PROTECTED);
	if (change->each)
		nla_put_flag(msg, OOMK_A_JOB_EACH);
	return oomk_genl_do(genl, msg, NULL, NULL);
}

static int change_all(const struct oomk_ctl_call *call, int nr_args,
		      const struct change *change)
{
	struct oomk_genl *genl;
	u32 *pids, *pid;
	int status, err;

	status = oomk_ctl_parse_pids(call, nr_args, &pids);
	if (status)
		return status;
	status = oomk_ctl_open(&genl);
	if (status)
		goto out_pids;
	for (pid = pids; *pid; pid++) {
		err = change_one(genl, change, *pid);
		if (err)
			status = oomk_ctl_refused(genl, err, "pid %u", *pid);
	}
	oomk_genl_close(genl);
out_pids:
	free(pids);
	return status;
}

/**
 * oomk_ctl_set_utility() - the verb set-utility
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_set_utility(const struct oomk_ctl_call *call)
{
	struct change change = {
		.cmd = OOMK_CMD_JOB_SET,
		.has_utility = true,
		.each = call->each,
	};
	u64 utility;

	if (call->nr_args < 2)
		return oomk_ctl_usage(call, "needs a pid and a utility");
	if (oomk_ctl_parse_number(call->args[call->nr_args - 1], &utility) ||
	    utility > OOMK_UTILITY_MAX)
		return oomk_ctl_usage(call, "'%s' is no utility from 0 to %d",
				      call->args[call->nr_args - 1],
				      OOMK_UTILITY_MAX);
	change.utility = utility;
	return change_all(call, call->nr_args - 1, &change);
}

/**
 * oomk_ctl_clear_utility() - the verb clear-utility
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_clear_utility(const struct oomk_ctl_call *call)
{
	const struct change change = { .cmd = OOMK_CMD_JOB_CLEAR };

	return change_all(call, call->nr_args, &change);
}

/**
 * oomk_ctl_protect() - the verb protect
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_protect(const struct oomk_ctl_call *call)
{
	const struct change change = {
		.cmd = OOMK_CMD_JOB_SET,
		.protected = true,
	};

	return change_all(call, call->nr_args, &change);
}

/**
 * oomk_ctl_unprotect() - the verb unprotect
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_unprotect(const struct oomk_ctl_call *call)
{
	const struct change change = {
		.cmd = OOMK_CMD_JOB_CLEAR,
		.protected = true,
	};

	return change_all(call, call->nr_args, &change);
}

static int on_job(int cmd, struct nlattr **attrs, void *arg)
{
	struct answer *answer = arg;

	(void)cmd;
	oomk_genl_u32(attrs, OOMK_A_JOB_UTILITY, &answer->utility);
	answer->protected = attrs[OOMK_A_JOB_PROTECTED];
	answer->each = attrs[OOMK_A_JOB_EACH];
	oomk_genl_u32(attrs, OOMK_A_JOB_ROOT, &answer->root);
	oomk_genl_u32(attrs, OOMK_A_JOB_SOURCE, &answer->source);
	oomk_genl_u32(attrs, OOMK_A_JOB_NR_TASKS, &answer->nr_tasks);
	return 0;
}

static int ask_one(struct oomk_genl *genl, u32 pid, struct answer *answer)
{
	struct nl_msg *msg = oomk_genl_request(genl, OOMK_CMD_JOB_GET);

	memset(answer, 0, sizeof(*answer));
	if (!msg)
		return -ENOMEM;
	nla_put_u32(msg, OOMK_A_JOB_PID, pid);
	return oomk_genl_do(genl, msg, on_job, answer);
}

static void write_json(struct oomk_json *json, u32 pid,
		       const struct answer *answer)
{
	oomk_json_object(json, NULL);
	oomk_json_u64(json, "pid", pid);
	oomk_json_u64(json, "utility", answer->utility);
	oomk_json_bool(json, "protected", answer->protected);
	oomk_json_bool(json, "each", answer->each);
	oomk_json_string(json, "source", oomk_ctl_source_name(answer->source));
	oomk_json_u64(json, "root_pid", answer->root);
	oomk_json_u64(json, "job_tasks", answer->nr_tasks);
	oomk_json_end(json);
}

static void add_row(struct oomk_ctl_table *table, u32 pid,
		    const struct answer *answer)
{
	oomk_ctl_table_add(table, "%u", pid);
	oomk_ctl_table_add(table, "%u", answer->utility);
	oomk_ctl_table_add(table, "%s", answer->protected ? "yes" : "no");
	oomk_ctl_table_add(table, "%s", answer->each ? "yes" : "no");
	oomk_ctl_table_add(table, "%s", oomk_ctl_source_name(answer->source));
	if (answer->root)
		oomk_ctl_table_add(table, "%u", answer->root);
	else
		oomk_ctl_table_add(table, "-");
	if (answer->nr_tasks)
		oomk_ctl_table_add(table, "%u", answer->nr_tasks);
	else
		oomk_ctl_table_add(table, "-");
}

/* What is refused is reported, and missing in what is printed. */
static int ask_all(const struct oomk_ctl_call *call, struct oomk_genl *genl,
		   const u32 *pids, struct oomk_ctl_table *table,
		   struct oomk_json *json)
{
	int status = OOMK_CTL_DONE;
	struct answer answer;
	int err;

	for (; *pids; pids++) {
		err = ask_one(genl, *pids, &answer);
		if (err)
			status = oomk_ctl_refused(genl, err, "pid %u", *pids);
		else if (call->json)
			write_json(json, *pids, &answer);
		else
			add_row(table, *pids, &answer);
	}
	return status;
}

static int show_all(const struct oomk_ctl_call *call, struct oomk_genl *genl,
		    const u32 *pids)
{
	static const char *const heads[] = {
		">PID", ">UTILITY", "PROTECTED", "EACH", "SOURCE", ">ROOT",
		">TASKS",
	};
	struct oomk_ctl_table table = {
		.heads = heads,
		.nr_columns = ARRAY_SIZE(heads),
	};
	struct oomk_json json;
	int status, err = 0;

	oomk_json_init(&json, stdout, true);
	if (call->json) {
		oomk_json_object(&json, NULL);
		oomk_json_array(&json, "tasks");
	}
	status = ask_all(call, genl, pids, &table, &json);
	if (call->json) {
		oomk_json_end(&json);
		oomk_json_end(&json);
	} else if (table.nr_cells) {
		err = oomk_ctl_table_print(&table, stdout);
	}
	oomk_ctl_table_free(&table);
	return err ? oomk_ctl_refused(NULL, err, "table") : status;
}

/**
 * oomk_ctl_get_utility() - the verb get-utility
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_get_utility(const struct oomk_ctl_call *call)
{
	struct oomk_genl *genl;
	u32 *pids;
	int status;

	status = oomk_ctl_parse_pids(call, call->nr_args, &pids);
	if (status)
		return status;
	status = oomk_ctl_open(&genl);
	if (!status) {
		status = show_all(call, genl, pids);
		oomk_genl_close(genl);
	}
	free(pids);
	return status;
}
