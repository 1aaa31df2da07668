// SPDX-License-Identifier: GPL-2.0
/*
 * stubborn - holds memory and ignores SIGTERM (where --block-term of the
 * others blocks it: /proc/PID/status tells the two apart).
 */
#include <signal.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

static struct mem mem;
static size_t size;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident; 0, the default: nothing" },
	{ }
};

int main(int argc, char **argv)
{
	args_parse(argc, argv, "Hold memory and ignore SIGTERM.", options);
	signal(SIGTERM, SIG_IGN);
	mem_must_grow(&mem, size);
	args_ready();
	for (;;)
		pause();
}
