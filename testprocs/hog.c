// SPDX-License-Identifier: GPL-2.0
/*
 * hog - takes memory, at a rate or as fast as it can, and tells how much.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "mem.h"

#define PAGE_BYTES	4096
#define TICK_MS		10
#define FULL_STEP	(1024UL * 1024)
#define TOUCH_PAGES	64

static struct {
	size_t size;
	size_t start;
	size_t rate;
	unsigned long after;
	unsigned long every_ms;
	bool random;
	bool hold;
	bool anon;
	bool shared;
	bool memfd;
	bool incompressible;
} opt = {
	.every_ms = 1000,
};

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &opt.size, "SIZE",
	  "stop growing at SIZE; 0, the default: never" },
	{ "rate", ARGS_SIZE, &opt.rate, "SIZE",
	  "grow by SIZE a second; 0, the default: full speed" },
	{ "start", ARGS_SIZE, &opt.start, "SIZE",
	  "take the first SIZE at full speed" },
	{ "after", ARGS_COUNT, &opt.after, "N",
	  "wait N seconds before the first byte" },
	{ "every", ARGS_COUNT, &opt.every_ms, "MS",
	  "milliseconds between two lines of output" },
	{ "random", ARGS_FLAG, &opt.random, NULL,
	  "touch pages at random all the time" },
	{ "hold", ARGS_FLAG, &opt.hold, NULL,
	  "keep the memory when SIZE is reached; else exit" },
	{ "anon", ARGS_FLAG, &opt.anon, NULL,
	  "private anonymous memory, the default" },
	{ "shared", ARGS_FLAG, &opt.shared, NULL,
	  "shared anonymous memory" },
	{ "memfd", ARGS_FLAG, &opt.memfd, NULL,
	  "memory of a memfd" },
	{ "incompressible", ARGS_FLAG, &opt.incompressible, NULL,
	  "fill pages with noise" },
	{ }
};

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000UL + now.tv_nsec / 1000000;
}

/* Print the size and the speed since the last line, when a line is due. */
static void report(const struct mem *mem)
{
	static unsigned long last_ms;
	static size_t last_bytes;
	unsigned long ms = now_ms();
	size_t grown;

	if (!last_ms)
		last_ms = ms;
	if (ms - last_ms < opt.every_ms)
		return;
	grown = mem->bytes - last_bytes;
	printf("|| %zu MiB || %zu MiB/s ||\n", mem->bytes >> 20,
	       grown * 1000 / (ms - last_ms) >> 20);
	fflush(stdout);
	last_ms = ms;
	last_bytes = mem->bytes;
}

/* What is left of a tick goes into touching pages or into sleep. */
static void spend(struct mem *mem, unsigned long until_ms)
{
	unsigned long ms = now_ms();

	if (!opt.random || !mem->bytes) {
		if (ms < until_ms)
			usleep((until_ms - ms) * 1000);
		return;
	}
	do {
		mem_touch(mem, TOUCH_PAGES);
	} while (now_ms() < until_ms);
}

static bool at_full_speed(const struct mem *mem)
{
	return !opt.rate || mem->bytes < opt.start;
}

static size_t step_bytes(const struct mem *mem, unsigned long passed_ms)
{
	if (at_full_speed(mem))
		return FULL_STEP;
	/* Time lost in a stall is lost: no burst to make up for it. */
	if (passed_ms > 10 * TICK_MS)
		passed_ms = 10 * TICK_MS;
	return opt.rate * passed_ms / 1000;
}

static void grow(struct mem *mem)
{
	unsigned long last_ms = now_ms();
	unsigned long ms;
	size_t left;
	size_t owed = 0;

	while (!opt.size || mem->bytes < opt.size) {
		ms = now_ms();
		owed += step_bytes(mem, ms - last_ms);
		last_ms = ms;
		left = opt.size ? opt.size - mem->bytes : SIZE_MAX;
		if (owed > left)
			owed = left;
		/* A slow rate owes less than a page a tick: let it add up. */
		if (owed >= PAGE_BYTES || owed == left) {
			mem_must_grow(mem, owed);
			owed = 0;
		}
		report(mem);
		if (!at_full_speed(mem))
			spend(mem, ms + TICK_MS);
		else if (opt.random)
			mem_touch(mem, TOUCH_PAGES);
	}
}

static void hold(struct mem *mem)
{
	while (!opt.random || !mem->bytes)
		pause();
	for (;;) {
		mem_touch(mem, TOUCH_PAGES);
		report(mem);
	}
}

int main(int argc, char **argv)
{
	struct mem mem = { .kind = MEM_ANON };

	args_parse(argc, argv,
		   "Take memory. Prints \"ready PID\" before it grows, then its size\n"
		   "and speed, then \"full PID\" when it has reached its size.",
		   options);
	if (opt.anon + opt.shared + opt.memfd > 1)
		errx(2, "--anon, --shared and --memfd exclude each other");
	if (opt.shared)
		mem.kind = MEM_SHARED;
	if (opt.memfd)
		mem.kind = MEM_MEMFD;
	mem.incompressible = opt.incompressible;
	args_ready();
	sleep(opt.after);
	grow(&mem);
	args_say("full", getpid());
	if (opt.hold)
		hold(&mem);
	return 0;
}
