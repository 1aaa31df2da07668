// SPDX-License-Identifier: GPL-2.0
/* oomkctl status: the state of the machine and of the module. */
#include <errno.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct status - values indexed by attribute; what is absent is 0
 * @value: the values
 * @heard: the executor has spoken
 */
struct status {
	u64 value[OOMK_A_STATUS_MAX + 1];
	bool heard;
};

/**
 * struct field - one number of the JSON object
 * @key: its key
 * @attr: its attribute
 */
struct field {
	const char *key;
	int attr;
};

static int on_status(int cmd, struct nlattr **attrs, void *arg)
{
	struct status *status = arg;
	u32 narrow;
	int attr;

	(void)cmd;
	for (attr = OOMK_A_STATUS_PAD + 1; attr <= OOMK_A_STATUS_MAX; attr++) {
		if (oomk_genl_u32(attrs, attr, &narrow))
			status->value[attr] = narrow;
		else
			oomk_genl_u64(attrs, attr, &status->value[attr]);
	}
	status->heard = attrs[OOMK_A_STATUS_EXECUTOR_HEARD_MS];
	return 0;
}

static void write_fields(struct oomk_json *json, const struct status *status)
{
	static const struct field fields[] = {
		{ "total_pages", OOMK_A_STATUS_TOTAL_PAGES },
		{ "available_pages", OOMK_A_STATUS_AVAILABLE_PAGES },
		{ "total_swap_pages", OOMK_A_STATUS_TOTAL_SWAP_PAGES },
		{ "free_swap_pages", OOMK_A_STATUS_FREE_SWAP_PAGES },
		{ "psi_full_avg10_percent_100ths",
		  OOMK_A_STATUS_PSI_FULL_AVG10 },
		{ "psi_full_total_us", OOMK_A_STATUS_PSI_FULL_TOTAL_US },
		{ "period_ms", OOMK_A_STATUS_PERIOD_MS },
		{ "cycle", OOMK_A_STATUS_CYCLE },
		{ "executor_pid", OOMK_A_STATUS_EXECUTOR_PID },
		{ "jobs", OOMK_A_STATUS_JOBS },
		{ "members", OOMK_A_STATUS_MEMBERS },
		{ "members_free", OOMK_A_STATUS_MEMBERS_FREE },
		{ "tasks_max", OOMK_A_STATUS_TASKS_MAX },
		{ "tasks_seen", OOMK_A_STATUS_TASKS_SEEN },
		{ "victims", OOMK_A_STATUS_VICTIMS },
		{ "spared", OOMK_A_STATUS_SPARED },
		{ "backstops", OOMK_A_STATUS_BACKSTOPS },
		{ "freed_pages", OOMK_A_STATUS_FREED_PAGES },
		{ "back_pages", OOMK_A_STATUS_BACK_PAGES },
		{ "need_pages", OOMK_A_STATUS_NEED_PAGES },
		{ "overshoot_pages", OOMK_A_STATUS_OVERSHOOT_PAGES },
		{ "undershoot_pages", OOMK_A_STATUS_UNDERSHOOT_PAGES },
		{ "oom_calls", OOMK_A_STATUS_OOM_CALLS },
		{ "oom_held", OOMK_A_STATUS_OOM_HELD },
		{ "kernel_kills", OOMK_A_STATUS_KERNEL_KILLS },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		oomk_json_u64(json, fields[i].key,
			      status->value[fields[i].attr]);
}

static void write_json(const struct status *status)
{
	const u64 *value = status->value;
	struct oomk_json json;

	oomk_json_init(&json, stdout, true);
	oomk_json_object(&json, NULL);
	oomk_json_u64(&json, "page_size", oomk_ctl_page_size());
	oomk_json_string(&json, "level",
			 oomk_ctl_level_name(value[OOMK_A_STATUS_LEVEL]));
	oomk_json_bool(&json, "psi_armed", value[OOMK_A_STATUS_PSI_ARMED]);
	oomk_json_string(&json, "request_state",
			 oomk_ctl_request_name(value[OOMK_A_STATUS_REQUEST_STATE]));
	oomk_json_string(&json, "outcome",
			 oomk_ctl_outcome_name(value[OOMK_A_STATUS_OUTCOME]));
	write_fields(&json, status);
	if (status->heard)
		oomk_json_u64(&json, "executor_heard_ms",
			      value[OOMK_A_STATUS_EXECUTOR_HEARD_MS]);
	oomk_json_end(&json);
}

/* "512.0 MiB of 1984.0 MiB (25.8 %)" */
static void print_share(const char *label, u64 part, u64 whole)
{
	printf("%-11s %s of %s", label, oomk_ctl_mib(part).text,
	       oomk_ctl_mib(whole).text);
	if (whole)
		printf(" (%s %%)", oomk_ctl_tenths(part * 1000 / whole).text);
	putchar('\n');
}

static void print_machine(const u64 *value)
{
	u64 avg10 = value[OOMK_A_STATUS_PSI_FULL_AVG10];
	u64 stalled_us = value[OOMK_A_STATUS_PSI_FULL_TOTAL_US];

	printf("%-11s %s\n", "level",
	       oomk_ctl_level_name(value[OOMK_A_STATUS_LEVEL]));
	print_share("available", value[OOMK_A_STATUS_AVAILABLE_PAGES],
		    value[OOMK_A_STATUS_TOTAL_PAGES]);
	if (value[OOMK_A_STATUS_TOTAL_SWAP_PAGES])
		print_share("free swap", value[OOMK_A_STATUS_FREE_SWAP_PAGES],
			    value[OOMK_A_STATUS_TOTAL_SWAP_PAGES]);
	else
		printf("%-11s no swap\n", "free swap");
	if (value[OOMK_A_STATUS_PSI_ARMED])
		printf("%-11s armed, full avg10 %s %%, total %llu ms\n", "psi",
		       oomk_ctl_hundredths(avg10).text, llu(stalled_us / 1000));
	else
		printf("%-11s not armed\n", "psi");
	printf("%-11s %llu ms on a busy CPU\n", "period",
	       llu(value[OOMK_A_STATUS_PERIOD_MS]));
}

static void print_executor(const struct status *status)
{
	const u64 *value = status->value;

	if (!value[OOMK_A_STATUS_EXECUTOR_PID]) {
		printf("%-11s none; the module signals victims itself\n",
		       "executor");
		return;
	}
	printf("%-11s pid %llu", "executor",
	       llu(value[OOMK_A_STATUS_EXECUTOR_PID]));
	if (status->heard)
		printf(", heard %llu ms ago",
		       llu(value[OOMK_A_STATUS_EXECUTOR_HEARD_MS]));
	putchar('\n');
}

static void print_cycle(const u64 *value)
{
	u64 over = value[OOMK_A_STATUS_OVERSHOOT_PAGES];
	u64 under = value[OOMK_A_STATUS_UNDERSHOOT_PAGES];

	if (!value[OOMK_A_STATUS_CYCLE]) {
		printf("%-11s none yet\n", "cycle");
		return;
	}
	printf("%-11s %llu: %s, need %s, victims %s, back %s", "cycle",
	       llu(value[OOMK_A_STATUS_CYCLE]),
	       oomk_ctl_outcome_name(value[OOMK_A_STATUS_OUTCOME]),
	       oomk_ctl_mib(value[OOMK_A_STATUS_NEED_PAGES]).text,
	       oomk_ctl_mib(value[OOMK_A_STATUS_FREED_PAGES]).text,
	       oomk_ctl_mib(value[OOMK_A_STATUS_BACK_PAGES]).text);
	if (over || under)
		printf(" (%s too %s)", oomk_ctl_mib(over ? over : under).text,
		       over ? "much" : "little");
	putchar('\n');
}

static void print_module(const struct status *status)
{
	const u64 *value = status->value;

	print_executor(status);
	printf("%-11s %s\n", "request",
	       oomk_ctl_request_name(value[OOMK_A_STATUS_REQUEST_STATE]));
	print_cycle(value);
	printf("%-11s %llu with %llu tasks, room for %llu more\n", "jobs",
	       llu(value[OOMK_A_STATUS_JOBS]),
	       llu(value[OOMK_A_STATUS_MEMBERS]),
	       llu(value[OOMK_A_STATUS_MEMBERS_FREE]));
	printf("%-11s %llu tasks, room for %llu\n", "sample",
	       llu(value[OOMK_A_STATUS_TASKS_SEEN]),
	       llu(value[OOMK_A_STATUS_TASKS_MAX]));
	printf("%-11s %llu signalled, %llu spared, %llu cycles ended by the module\n",
	       "since load", llu(value[OOMK_A_STATUS_VICTIMS]),
	       llu(value[OOMK_A_STATUS_SPARED]),
	       llu(value[OOMK_A_STATUS_BACKSTOPS]));
	printf("%-11s %llu failed allocations, %llu told to wait",
	       "", llu(value[OOMK_A_STATUS_OOM_CALLS]),
	       llu(value[OOMK_A_STATUS_OOM_HELD]));
	printf(", %llu tasks killed by the kernel's killer\n",
	       llu(value[OOMK_A_STATUS_KERNEL_KILLS]));
}

/**
 * oomk_ctl_status() - the verb status
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit.
 */
int oomk_ctl_status(const struct oomk_ctl_call *call)
{
	struct status status = {};
	struct oomk_genl *genl;
	struct nl_msg *msg;
	int exit, err;

	if (call->nr_args)
		return oomk_ctl_usage(call, "takes no arguments");
	exit = oomk_ctl_open(&genl);
	if (exit)
		return exit;
	err = -ENOMEM;
	msg = oomk_genl_request(genl, OOMK_CMD_STATUS_GET);
	if (msg)
		err = oomk_genl_do(genl, msg, on_status, &status);
	if (err) {
		exit = oomk_ctl_refused(genl, err, "status");
	} else if (call->json) {
		write_json(&status);
	} else {
		print_machine(status.value);
		print_module(&status);
	}
	oomk_genl_close(genl);
	return exit;
}
