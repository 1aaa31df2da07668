// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "mem.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "rng.h"

#define PAGE_BYTES	4096UL
/* Small enough that overcommit heuristics never refuse a single mapping. */
#define CHUNK_BYTES	(16UL << 20)

static unsigned long long seed(void)
{
	struct timespec now;

	/* Two hogs with equal pages would look better than they are to KSM. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((unsigned long long)getpid() << 32 ^ now.tv_nsec) | 1;
}

static int map_memfd(struct mem *mem)
{
	size_t size = (mem->nr_chunks + 1) * CHUNK_BYTES;

	if (!mem->nr_chunks) {
		mem->fd = memfd_create("mem", MFD_CLOEXEC);
		if (mem->fd < 0)
			return -errno;
	}
	return ftruncate(mem->fd, size) ? -errno : 0;
}

static int add_chunk(struct mem *mem)
{
	int flags = mem->kind == MEM_ANON ? MAP_PRIVATE : MAP_SHARED;
	char **chunks;
	char *at;
	int ret;

	chunks = realloc(mem->chunks, (mem->nr_chunks + 1) * sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	mem->chunks = chunks;
	if (mem->kind == MEM_MEMFD) {
		ret = map_memfd(mem);
		if (ret)
			return ret;
		at = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, flags,
			  mem->fd, mem->nr_chunks * CHUNK_BYTES);
	} else {
		at = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
			  flags | MAP_ANONYMOUS, -1, 0);
	}
	if (at == MAP_FAILED)
		return -errno;
	mem->chunks[mem->nr_chunks++] = at;
	return 0;
}

static unsigned long long *page_at(struct mem *mem, size_t offset)
{
	char *chunk = mem->chunks[offset / CHUNK_BYTES];

	return (unsigned long long *)(chunk + offset % CHUNK_BYTES);
}

static void fill_page(struct mem *mem, unsigned long long *page)
{
	size_t i;

	/*
	 * One word that is not 0 is enough for compressed swap to keep the
	 * page at all: it stores a page of equal words in no memory.
	 */
	page[0] = rng_next(&mem->rng);
	if (!mem->incompressible)
		return;
	for (i = 1; i < PAGE_BYTES / sizeof(*page); i++)
		page[i] = rng_next(&mem->rng);
}

/**
 * mem_grow() - write to more memory
 * @mem: zeroed but for its kind and content
 * @bytes: how much more, rounded up to pages
 *
 * Return: 0, or the negative errno of a refused mapping; what was written
 * until then stays and is counted in @mem->bytes.
 */
int mem_grow(struct mem *mem, size_t bytes)
{
	size_t end = mem->bytes + bytes;
	int ret;

	if (!mem->rng)
		mem->rng = seed();
	for (; mem->bytes < end; mem->bytes += PAGE_BYTES) {
		if (mem->bytes == mem->nr_chunks * CHUNK_BYTES) {
			ret = add_chunk(mem);
			if (ret)
				return ret;
		}
		fill_page(mem, page_at(mem, mem->bytes));
	}
	return 0;
}

/**
 * mem_touch() - write one word to pages chosen at random
 * @mem: of which at least one page was written
 * @nr_pages: how many times to choose
 */
void mem_touch(struct mem *mem, unsigned long nr_pages)
{
	size_t pages = mem->bytes / PAGE_BYTES;
	size_t page;

	while (nr_pages--) {
		page = rng_below(&mem->rng, pages);
		page_at(mem, page * PAGE_BYTES)[0] = rng_next(&mem->rng);
	}
}

/**
 * mem_must_grow() - write to more memory or end the program with status 1
 * @mem: as for mem_grow()
 * @bytes: as for mem_grow()
 */
void mem_must_grow(struct mem *mem, size_t bytes)
{
	int ret = mem_grow(mem, bytes);

	if (ret)
		errx(EXIT_FAILURE, "no memory after %zu MiB: %s",
		     mem->bytes >> 20, strerror(-ret));
}
