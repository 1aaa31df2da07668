// SPDX-License-Identifier: GPL-2.0
/*
 * idle - holds memory and does nothing.
 */
#include <unistd.h>

#include "args.h"
#include "mem.h"

static struct mem mem;
static size_t size;

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &size, "SIZE",
	  "have SIZE resident; 0, the default: nothing" },
	{ "incompressible", ARGS_FLAG, &mem.incompressible, NULL,
	  "fill pages with noise" },
	{ }
};

int main(int argc, char **argv)
{
	args_parse(argc, argv, "Hold memory and do nothing.", options);
	mem_must_grow(&mem, size);
	args_ready();
	for (;;)
		pause();
}
