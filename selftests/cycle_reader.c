// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_reader - reads the history as slowly as it is told: one datagram, then
 * nothing until a line comes in, then the rest. Prints a line a message.
 */
#include <err.h>
#include <stdio.h>

/* The kernel fills as much as the reader has ever asked for. */
#define RAW_ANSWER	4096
#include "genl_raw.h"

static void on_message(const struct raw_attrs *attrs, void *arg)
{
	struct raw_attrs item;

	if (!raw_has(attrs, OOMK_A_CYCLE_ITEM)) {
		printf("cycle %lld items %lld\n",
		       raw_number(attrs, OOMK_A_CYCLE_NUMBER),
		       raw_number(attrs, OOMK_A_CYCLE_ITEMS));
		return;
	}
	raw_inner(attrs, OOMK_A_CYCLE_ITEM, &item);
	printf("item %lld pid %lld weight %lld %s\n",
	       raw_number(&item, OOMK_A_ITEM_ID),
	       raw_number(&item, OOMK_A_ITEM_PID),
	       raw_number(&item, OOMK_A_ITEM_PAGES),
	       raw_has(&item, OOMK_A_ITEM_VICTIM) ? "victim" : "lives");
}

int main(int argc, char **argv)
{
	static struct raw_msg msg;
	struct raw raw;
	bool ended;

	if (argc > 2)
		errx(2, "usage: cycle_reader [CYCLE]");
	if (raw_open(&raw))
		errx(EXIT_FAILURE, "no module");
	raw_dump(&raw, &msg, OOMK_CMD_HISTORY_GET);
	if (argc == 2)
		raw_u64(&msg, OOMK_A_CYCLE_NUMBER, strtoull(argv[1], NULL, 10));
	if (!raw_send(&raw, &msg))
		err(EXIT_FAILURE, "cannot ask");
	ended = raw_recv(&raw, on_message, NULL);
	puts("waiting");
	fflush(stdout);
	getchar();
	while (!ended)
		ended = raw_recv(&raw, on_message, NULL);
	printf("end %d %s\n", raw.err, raw.why);
	return raw.err ? EXIT_FAILURE : EXIT_SUCCESS;
}
