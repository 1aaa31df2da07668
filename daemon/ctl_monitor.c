// SPDX-License-Identifier: GPL-2.0
/*
 * oomkctl monitor: events as they come, one a line, until the module goes or
 * the program is interrupted. Events carry numbers only; who may see details
 * asks for them with other verbs.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "ctl.h"
#include "genl.h"
#include "json.h"

/**
 * struct event - one stage of a cycle; figures it did not tell are absent
 * @attrs: attributes of the message
 * @stage: enum oomk_stage
 * @number: number of the cycle
 */
struct event {
	struct nlattr **attrs;
	u32 stage;
	u64 number;
};

/* Absent numbers read as 0; @attr may be of either width. */
static u64 figure(const struct event *event, int attr)
{
	u64 wide = 0;
	u32 narrow;

	if (oomk_genl_u32(event->attrs, attr, &narrow))
		return narrow;
	oomk_genl_u64(event->attrs, attr, &wide);
	return wide;
}

static void print_time(void)
{
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	printf("%02d:%02d:%02d.%03ld ", local.tm_hour, local.tm_min,
	       local.tm_sec, now.tv_nsec / 1000000);
}

static void print_start(const struct event *event)
{
	u64 avg10 = figure(event, OOMK_A_CYCLE_PSI_FULL_AVG10);
	u64 available = figure(event, OOMK_A_CYCLE_AVAILABLE_PERMILLE);
	u64 swap = figure(event, OOMK_A_CYCLE_FREE_SWAP_PERMILLE);

	printf("%s, level %s, available %s %%, free swap %s %%, psi full avg10 %s %%, need %s\n",
	       oomk_ctl_cause_name(figure(event, OOMK_A_CYCLE_CAUSE)),
	       oomk_ctl_level_name(figure(event, OOMK_A_CYCLE_LEVEL)),
	       oomk_ctl_tenths(available).text, oomk_ctl_tenths(swap).text,
	       oomk_ctl_hundredths(avg10).text,
	       oomk_ctl_mib(figure(event, OOMK_A_CYCLE_NEED_PAGES)).text);
}

static void print_solved(const struct event *event)
{
	u64 lost = figure(event, OOMK_A_CYCLE_LOST_PRICE);
	u64 bound = figure(event, OOMK_A_CYCLE_BOUND_PRICE);

	printf("%llu victims (%llu tasks), %s, utility %s (bound %s), %s\n",
	       llu(figure(event, OOMK_A_CYCLE_VICTIMS)),
	       llu(figure(event, OOMK_A_CYCLE_TASKS)),
	       oomk_ctl_mib(figure(event, OOMK_A_CYCLE_FREED_PAGES)).text,
	       oomk_ctl_price(lost).text, oomk_ctl_price(bound).text,
	       oomk_ctl_reason_name(figure(event, OOMK_A_CYCLE_REASON)));
}

static void print_end(const struct event *event)
{
	u64 over = figure(event, OOMK_A_CYCLE_OVERSHOOT_PAGES);
	u64 under = figure(event, OOMK_A_CYCLE_UNDERSHOOT_PAGES);
	u64 kills = figure(event, OOMK_A_CYCLE_KERNEL_KILLS);

	printf("%s, back %s",
	       oomk_ctl_outcome_name(figure(event, OOMK_A_CYCLE_OUTCOME)),
	       oomk_ctl_mib(figure(event, OOMK_A_CYCLE_BACK_PAGES)).text);
	if (over || under)
		printf(" (%s too %s)", oomk_ctl_mib(over ? over : under).text,
		       over ? "much" : "little");
	printf(", %llu spared, last signal after %llu ms, end after %llu ms",
	       llu(figure(event, OOMK_A_CYCLE_SPARED)),
	       llu(figure(event, OOMK_A_CYCLE_LAST_SIGNAL_MS)),
	       llu(figure(event, OOMK_A_CYCLE_END_US) / 1000));
	if (kills)
		printf(", %llu killed by the kernel's killer", llu(kills));
	putchar('\n');
}

static void print_event(const struct event *event)
{
	print_time();
	printf("cycle %llu %s: ", llu(event->number),
	       oomk_ctl_stage_name(event->stage));
	switch (event->stage) {
	case OOMK_STAGE_START:
		print_start(event);
		break;
	case OOMK_STAGE_SOLVED:
		print_solved(event);
		break;
	case OOMK_STAGE_BACKSTOP:
		puts("the module signals the victims itself");
		break;
	case OOMK_STAGE_END:
		print_end(event);
		break;
	default:
		putchar('\n');
	}
}

static u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (u64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Words of an event; numbers are in write_numbers(). */
static void write_names(struct oomk_json *json, const struct event *event)
{
	struct nlattr **attrs = event->attrs;

	oomk_json_string(json, "stage", oomk_ctl_stage_name(event->stage));
	if (attrs[OOMK_A_CYCLE_CAUSE])
		oomk_json_string(json, "cause",
				 oomk_ctl_cause_name(figure(event,
							    OOMK_A_CYCLE_CAUSE)));
	if (attrs[OOMK_A_CYCLE_LEVEL])
		oomk_json_string(json, "level",
				 oomk_ctl_level_name(figure(event,
							    OOMK_A_CYCLE_LEVEL)));
	if (attrs[OOMK_A_CYCLE_REASON])
		oomk_json_string(json, "reason",
				 oomk_ctl_reason_name(figure(event,
							     OOMK_A_CYCLE_REASON)));
	if (attrs[OOMK_A_CYCLE_OUTCOME])
		oomk_json_string(json, "outcome",
				 oomk_ctl_outcome_name(figure(event,
							      OOMK_A_CYCLE_OUTCOME)));
}

static void write_number(struct oomk_json *json, const struct event *event,
			 const struct oomk_ctl_figure *field)
{
	if (event->attrs[field->attr])
		oomk_json_u64(json, field->key, figure(event, field->attr));
}

static void write_numbers(struct oomk_json *json, const struct event *event)
{
	static const struct oomk_ctl_figure own[] = {
		{ "items", OOMK_A_CYCLE_ITEMS },
		{ "victim_tasks", OOMK_A_CYCLE_TASKS },
		{ "last_signal_ms", OOMK_A_CYCLE_LAST_SIGNAL_MS },
	};
	const struct oomk_ctl_figure *field;
	size_t i;

	for (field = oomk_ctl_cycle_figures; field->key; field++)
		write_number(json, event, field);
	for (i = 0; i < ARRAY_SIZE(own); i++)
		write_number(json, event, &own[i]);
}

static void write_event(const struct event *event)
{
	struct oomk_json json;

	oomk_json_init(&json, stdout, false);
	oomk_json_object(&json, NULL);
	oomk_json_u64(&json, "time_ms", now_ms());
	oomk_json_string(&json, "event", "cycle");
	oomk_json_u64(&json, "cycle", event->number);
	oomk_json_u64(&json, "page_size", oomk_ctl_page_size());
	write_names(&json, event);
	if (event->stage == OOMK_STAGE_END)
		oomk_json_bool(&json, "backstop",
			       event->attrs[OOMK_A_CYCLE_BACKSTOP]);
	write_numbers(&json, event);
	oomk_json_end(&json);
}

static void on_ready(const struct oomk_ctl_call *call, struct nlattr **attrs)
{
	struct oomk_json json;
	u32 level = 0;
	u64 cycle = 0;

	oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &cycle);
	oomk_genl_u32(attrs, OOMK_A_REQUEST_LEVEL, &level);
	if (!call->json) {
		print_time();
		printf("cycle %llu ready: offered to the executor, level %s\n",
		       llu(cycle), oomk_ctl_level_name(level));
		return;
	}
	oomk_json_init(&json, stdout, false);
	oomk_json_object(&json, NULL);
	oomk_json_u64(&json, "time_ms", now_ms());
	oomk_json_string(&json, "event", "ready");
	oomk_json_u64(&json, "cycle", cycle);
	oomk_json_string(&json, "level", oomk_ctl_level_name(level));
	oomk_json_end(&json);
}

static int on_event(int cmd, struct nlattr **attrs, void *arg)
{
	const struct oomk_ctl_call *call = arg;
	struct event event = {};

	if (cmd == OOMK_CMD_READY) {
		on_ready(call, attrs);
	} else if (cmd == OOMK_CMD_CYCLE_NTF) {
		event.attrs = attrs;
		oomk_genl_u32(attrs, OOMK_A_CYCLE_STAGE, &event.stage);
		oomk_genl_u64(attrs, OOMK_A_CYCLE_NUMBER, &event.number);
		if (call->json)
			write_event(&event);
		else
			print_event(&event);
	}
	/* A reader that is gone ends the program; one behind a pipe waits. */
	return fflush(stdout) ? -EPIPE : 0;
}

static int watch(const struct oomk_ctl_call *call, struct oomk_genl *genl)
{
	struct pollfd poll_fd = {
		.fd = oomk_genl_fd(genl),
		.events = POLLIN,
	};
	int err;

	for (;;) {
		if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
			return oomk_ctl_refused(NULL, -errno, "monitor");
		err = oomk_genl_recv(genl, on_event, (void *)call);
		if (err == -ENODEV) {
			fputs("oomkctl: the oomk module was unloaded\n",
			      stderr);
			return OOMK_CTL_REFUSED;
		}
		if (err == -ENOBUFS)
			fputs("oomkctl: some events were lost\n", stderr);
		else if (err)
			return oomk_ctl_refused(NULL, err, "monitor");
	}
}

/**
 * oomk_ctl_monitor() - the verb monitor
 * @call: the command line
 *
 * Return: enum oomk_ctl_exit, when there is nothing more to come.
 */
int oomk_ctl_monitor(const struct oomk_ctl_call *call)
{
	struct oomk_genl *genl;
	int status, err;

	if (call->nr_args)
		return oomk_ctl_usage(call, "takes no arguments");
	status = oomk_ctl_open(&genl);
	if (status)
		return status;
	err = oomk_genl_subscribe(genl);
	if (err)
		status = oomk_ctl_refused(genl, err, "monitor");
	else
		status = watch(call, genl);
	oomk_genl_close(genl);
	return status;
}
