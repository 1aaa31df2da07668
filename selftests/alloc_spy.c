// SPDX-License-Identifier: GPL-2.0
/*
 * What an executor asks of the C library and of the kernel for memory while it
 * carries out an order. Preloaded, it counts from the recvmsg(2) that brings
 * READY until the sendmsg(2) that takes the last REQUEST_DONE away, and then
 * writes one line to standard error:
 *
 *   alloc_spy: cycle N: A allocations, F frees, M mappings, B bytes of break,
 *   I minor faults, J major faults; T allocations before
 */
#define _GNU_SOURCE		/* sbrk */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "message.h"

/* The allocator that all the names below lead to. */
typeof(malloc) __libc_malloc;
typeof(calloc) __libc_calloc;
typeof(realloc) __libc_realloc;
typeof(aligned_alloc) __libc_memalign;
typeof(free) __libc_free;

static bool watching;
static unsigned long allocations, before, frees, mappings;
static char *break_at;
static struct rusage usage;

static void allocated(void)
{
	if (watching)
		allocations++;
	else
		before++;
}

void *malloc(size_t size)
{
	allocated();
	return __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	allocated();
	return __libc_calloc(nr, size);
}

void *realloc(void *old, size_t size)
{
	allocated();
	return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t nr, size_t size)
{
	size_t bytes;

	allocated();
	if (__builtin_mul_overflow(nr, size, &bytes))
		return NULL;
	return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t size)
{
	allocated();
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	allocated();
	return __libc_memalign(alignment, size);
}

void free(void *old)
{
	frees += watching && old;
	__libc_free(old);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t from)
{
	mappings += watching;
	return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, from);
}

int munmap(void *at, size_t size)
{
	mappings += watching;
	return syscall(SYS_munmap, at, size);
}

static void open_account(void)
{
	if (watching)
		return;
	allocations = 0;
	frees = 0;
	mappings = 0;
	break_at = sbrk(0);
	getrusage(RUSAGE_SELF, &usage);
	watching = true;
}

static void close_account(const struct nlmsghdr *hdr)
{
	const struct nlattr *cycle = attribute(hdr, OOMK_A_REQUEST_CYCLE);
	unsigned long long number = 0;
	struct rusage now;
	char line[256];
	int length;

	if (!watching)
		return;
	watching = false;
	getrusage(RUSAGE_SELF, &now);
	if (cycle)
		memcpy(&number, cycle + 1, sizeof(number));
	length = snprintf(line, sizeof(line),
			  "alloc_spy: cycle %llu: %lu allocations, %lu frees, %lu mappings, %ld bytes of break, %ld minor faults, %ld major faults; %lu allocations before\n",
			  number, allocations, frees, mappings,
			  (long)((char *)sbrk(0) - break_at),
			  now.ru_minflt - usage.ru_minflt,
			  now.ru_majflt - usage.ru_majflt, before);
	if (write(STDERR_FILENO, line, length) != length)
		return;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n = syscall(SYS_recvmsg, fd, msg, flags);
	const struct nlmsghdr *hdr;
	size_t left;

	if (n <= 0 || !msg->msg_iovlen)
		return n;
	left = (size_t)n < msg->msg_iov->iov_len ? (size_t)n :
						   msg->msg_iov->iov_len;
	for (hdr = msg->msg_iov->iov_base; NLMSG_OK(hdr, left);
	     hdr = NLMSG_NEXT(hdr, left))
		if (is_command(hdr, left, OOMK_CMD_READY))
			open_account();
	return n;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct nlmsghdr *hdr = msg->msg_iov->iov_base;
	ssize_t n = syscall(SYS_sendmsg, fd, msg, flags);

	if (n > 0 && is_command(hdr, n, OOMK_CMD_REQUEST_DONE) &&
	    !attribute(hdr, OOMK_A_REQUEST_MORE))
		close_account(hdr);
	return n;
}
