// SPDX-License-Identifier: GPL-2.0
/* What the processes of the fuzzer share. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "genl_errand.h"
#include "fuzz_world.h"

struct fuzz_world *fuzz_world;

const struct fuzz_persona fuzz_personas[FUZZ_PERSONAS] = {
	{ .name = "executor", .caps = ALL_CAPS, .serves = true },
	{ .name = "second", .caps = ALL_CAPS, .serves = true },
	{ .name = "root", .caps = ALL_CAPS },
	{ .name = "resource", .uid = 1001, .caps = CAP(SYS_RESOURCE) },
	{ .name = "userns", .uid = 1000, .userns = true },
	{ .name = "alice", .uid = 1000 },
	{ .name = "borrower", .uid = 1000, .borrows = true },
	{ .name = "bob", .uid = 1001 },
};

/**
 * fuzz_world_make() - get the shared memory
 * @seed: what all is drawn from
 *
 * Return: false without memory.
 */
bool fuzz_world_make(unsigned long long seed)
{
	void *shared = mmap(NULL, sizeof(*fuzz_world), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return false;
	fuzz_world = shared;
	fuzz_world->seed = seed;
	return true;
}

/**
 * fuzz_complain() - note that something is wrong
 * @fault: of which kind
 * @format: in words, as printf(3); the first lines are kept
 */
void fuzz_complain(enum fuzz_fault fault, const char *format, ...)
{
	va_list args;
	int line;

	fuzz_add(&fuzz_world->faults[fault]);
	line = __atomic_fetch_add(&fuzz_world->nr_complaints, 1,
				  __ATOMIC_RELAXED);
	if (line >= FUZZ_COMPLAINTS)
		return;
	va_start(args, format);
	vsnprintf(fuzz_world->complaints[line],
		  sizeof(fuzz_world->complaints[line]), format, args);
	va_end(args);
}
