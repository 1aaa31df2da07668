// SPDX-License-Identifier: GPL-2.0
/* Cycles past, as the kernel remembers them: what all verbs need of them. */
#include <errno.h>
#include <time.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL

/**
 * struct reader - to whom the messages of a dump are given
 * @each: called for each
 * @arg: for it
 */
struct reader {
	oomk_ctl_cycle_each_t each;
	void *arg;
};

static int on_history(int cmd, struct nlattr **attrs, void *arg)
{
	struct nlattr *item[OOMK_GENL_ATTRS];
	struct oomk_ctl_cycle cycle = {};
	const struct reader *reader = arg;
	u32 narrow;
	int attr, err;

	(void)cmd;
	err = oomk_genl_nest(attrs, OOMK_A_CYCLE_ITEM, item);
	if (!err)
		return reader->each(NULL, item, reader->arg);
	if (err != -ENOENT)
		return err;
	for (attr = OOMK_A_CYCLE_PAD + 1; attr <= OOMK_A_CYCLE_MAX; attr++) {
		if (oomk_genl_u32(attrs, attr, &narrow))
			cycle.value[attr] = narrow;
		else
			oomk_genl_u64(attrs, attr, &cycle.value[attr]);
	}
	cycle.value[OOMK_A_CYCLE_BACKSTOP] = !!attrs[OOMK_A_CYCLE_BACKSTOP];
	return reader->each(&cycle, NULL, reader->arg);
}

/**
 * oomk_ctl_cycle_get() - read the history
 * @genl: socket
 * @number: of the one cycle to read with its items, 0: all, without
 * @each: called for each cycle, oldest first, and for each item
 * @arg: for @each
 *
 * Return: 0 or a negative errno.
 */
int oomk_ctl_cycle_get(struct oomk_genl *genl, u64 number,
		       oomk_ctl_cycle_each_t each, void *arg)
{
	struct reader reader = { .each = each, .arg = arg };
	struct nl_msg *msg;

	msg = oomk_genl_request(genl, OOMK_CMD_HISTORY_GET);
	if (!msg)
		return -ENOMEM;
	if (number)
		nla_put_u64(msg, OOMK_A_CYCLE_NUMBER, number);
	return oomk_genl_dump(genl, msg, on_history, &reader);
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Nanoseconds since 1970, by today's setting of the clock. */
static u64 wall_ns(const struct oomk_ctl_cycle *cycle)
{
	return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) +
	       cycle->value[OOMK_A_CYCLE_START_NS];
}

/**
 * oomk_ctl_cycle_when() - tell when a cycle started
 * @cycle: the cycle
 *
 * Return: such as "2026-11-20 11:52:03".
 */
struct oomk_ctl_text oomk_ctl_cycle_when(const struct oomk_ctl_cycle *cycle)
{
	time_t seconds = wall_ns(cycle) / NSEC_PER_SEC;
	struct oomk_ctl_text text;
	struct tm local;

	localtime_r(&seconds, &local);
	strftime(text.text, sizeof(text.text), "%Y-%m-%d %H:%M:%S", &local);
	return text;
}

/**
 * oomk_ctl_cycle_balance() - tell how far the pages back missed the need
 * @cycle: the cycle
 *
 * Return: such as "+12.0 MiB" if more came back, "-3.1 MiB" if less, or "0".
 */
struct oomk_ctl_text oomk_ctl_cycle_balance(const struct oomk_ctl_cycle *cycle)
{
	u64 over = cycle->value[OOMK_A_CYCLE_OVERSHOOT_PAGES];
	u64 under = cycle->value[OOMK_A_CYCLE_UNDERSHOOT_PAGES];
	struct oomk_ctl_text text;

	if (!over && !under)
		snprintf(text.text, sizeof(text.text), "0");
	else
		snprintf(text.text, sizeof(text.text), "%c%.40s",
			 over ? '+' : '-',
			 oomk_ctl_mib(over ? over : under).text);
	return text;
}

/**
 * oomk_ctl_reason_print() - say how far a choice can be trusted, to line end
 * @reason: enum oomk_reason
 * @bound_price: no choice can cost less
 * @out: where to
 */
void oomk_ctl_reason_print(u32 reason, u64 bound_price, FILE *out)
{
	switch (reason) {
	case OOMK_REASON_PROVEN:
		fputs("proven: no set of victims costs less\n", out);
		break;
	case OOMK_REASON_BUDGET:
		fprintf(out, "not proven: %s may be possible\n",
			oomk_ctl_price(bound_price).text);
		break;
	case OOMK_REASON_INFEASIBLE:
		fputs("infeasible: all items together are not enough\n", out);
		break;
	case OOMK_REASON_NOTHING_TO_DO:
		fputs("nothing to do\n", out);
		break;
	default:
		fprintf(out, "%s\n", oomk_ctl_reason_name(reason));
	}
}

/* What monitor and history call the same; each adds what is its own. */
const struct oomk_ctl_figure oomk_ctl_cycle_figures[] = {
	{ "start_ns", OOMK_A_CYCLE_START_NS },
	{ "available_permille", OOMK_A_CYCLE_AVAILABLE_PERMILLE },
	{ "free_swap_permille", OOMK_A_CYCLE_FREE_SWAP_PERMILLE },
	{ "psi_full_avg10_percent_100ths", OOMK_A_CYCLE_PSI_FULL_AVG10 },
	{ "need_pages", OOMK_A_CYCLE_NEED_PAGES },
	{ "freeable_pages", OOMK_A_CYCLE_FREEABLE_PAGES },
	{ "pending_pages", OOMK_A_CYCLE_PENDING_PAGES },
	{ "victims", OOMK_A_CYCLE_VICTIMS },
	{ "freed_pages", OOMK_A_CYCLE_FREED_PAGES },
	{ "lost_price_64ths", OOMK_A_CYCLE_LOST_PRICE },
	{ "bound_price_64ths", OOMK_A_CYCLE_BOUND_PRICE },
	{ "back_pages", OOMK_A_CYCLE_BACK_PAGES },
	{ "overshoot_pages", OOMK_A_CYCLE_OVERSHOOT_PAGES },
	{ "undershoot_pages", OOMK_A_CYCLE_UNDERSHOOT_PAGES },
	{ "spared", OOMK_A_CYCLE_SPARED },
	{ "signal_us", OOMK_A_CYCLE_SIGNAL_US },
	{ "end_us", OOMK_A_CYCLE_END_US },
	{ "kernel_kills", OOMK_A_CYCLE_KERNEL_KILLS },
	{ }
};

static void write_numbers(const u64 *value, struct oomk_json *json)
{
	const struct oomk_ctl_figure *figure;

	for (figure = oomk_ctl_cycle_figures; figure->key; figure++)
		oomk_json_u64(json, figure->key, value[figure->attr]);
	oomk_json_u64(json, "items_omitted",
		      value[OOMK_A_CYCLE_ITEMS_OMITTED]);
	oomk_json_u64(json, "tasks", value[OOMK_A_CYCLE_TASKS]);
}

/**
 * oomk_ctl_cycle_json() - write the members of a cycle's object
 * @cycle: the cycle
 * @json: document, with the object open; the member "items" is not written
 */
void oomk_ctl_cycle_json(const struct oomk_ctl_cycle *cycle,
			 struct oomk_json *json)
{
	const u64 *value = cycle->value;

	oomk_json_u64(json, "cycle", value[OOMK_A_CYCLE_NUMBER]);
	oomk_json_u64(json, "time_ms", wall_ns(cycle) / NSEC_PER_MSEC);
	oomk_json_u64(json, "page_size", oomk_ctl_page_size());
	oomk_json_string(json, "cause",
			 oomk_ctl_cause_name(value[OOMK_A_CYCLE_CAUSE]));
	oomk_json_string(json, "level",
			 oomk_ctl_level_name(value[OOMK_A_CYCLE_LEVEL]));
	oomk_json_string(json, "reason",
			 oomk_ctl_reason_name(value[OOMK_A_CYCLE_REASON]));
	oomk_json_string(json, "outcome",
			 oomk_ctl_outcome_name(value[OOMK_A_CYCLE_OUTCOME]));
	oomk_json_bool(json, "backstop", value[OOMK_A_CYCLE_BACKSTOP]);
	write_numbers(value, json);
}
