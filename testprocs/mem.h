/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that grows and is really there: every page is written to.
 */
#ifndef TESTPROCS_MEM_H
#define TESTPROCS_MEM_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum mem_kind - whose pages they are to the kernel
 * @MEM_ANON: private anonymous
 * @MEM_SHARED: shared anonymous, which the kernel counts as shmem
 * @MEM_MEMFD: pages of a memfd, which stay until it is closed
 */
enum mem_kind {
	MEM_ANON,
	MEM_SHARED,
	MEM_MEMFD,
};

/**
 * struct mem - a growing piece of memory
 * @kind: chosen by the caller before the first mem_grow()
 * @incompressible: fill whole pages with noise, so that compressed swap gains
 *	nothing; likewise chosen before
 * @bytes: written so far
 * @chunks: addresses of the mappings, all of one size
 * @nr_chunks: how many
 * @fd: of the memfd, once there is one
 * @rng: state of the noise and of the random choice, seeded at first use
 */
struct mem {
	enum mem_kind kind;
	bool incompressible;
	size_t bytes;
	char **chunks;
	size_t nr_chunks;
	int fd;
	unsigned long long rng;
};

int mem_grow(struct mem *mem, size_t bytes);
void mem_touch(struct mem *mem, unsigned long nr_pages);
void mem_must_grow(struct mem *mem, size_t bytes);

#endif /* TESTPROCS_MEM_H */
