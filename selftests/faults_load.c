// SPDX-License-Identifier: GPL-2.0
/*
 * faults_load - load a module, and have one allocation of that fail, each in
 * turn; then the same with its unloading
 *
 * Most of a load's are alike, so of those in the middle only some are tried.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail_nth.h"

#define NEVER		1000000000L
#define HEAD		48
#define TAIL		112
#define STRIDE		61

static const char *path;
static char name[64];
static int fail_nth;	/* the file of this process */

static void arm(long n)
{
	if (fail_nth_arm(fail_nth, n))
		err(EXIT_FAILURE, "fail-nth");
}

static long disarm(void)
{
	long left = fail_nth_left(fail_nth);

	arm(0);
	return left;
}

/* Returns 0 or a positive errno. */
static int load(long n, long *left)
{
	int file = open(path, O_RDONLY | O_CLOEXEC), error;

	if (file < 0)
		err(EXIT_FAILURE, "%s", path);
	arm(n);
	error = syscall(SYS_finit_module, file, "", 0) ? errno : 0;
	*left = disarm();
	close(file);
	return error;
}

static int unload(long n, long *left)
{
	int error;

	arm(n);
	error = syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
	*left = disarm();
	return error;
}

static void must_unload(void)
{
	long left;
	int error = unload(0, &left);

	if (error)
		errx(EXIT_FAILURE, "it does not unload: %s", strerror(error));
}

static void must_load(void)
{
	long left;
	int error = load(0, &left);

	if (error)
		errx(EXIT_FAILURE, "it does not load any more: %s",
		     strerror(error));
}

static void sweep_load(void)
{
	long nr, n, left, nr_tried = 0, nr_borne = 0;
	int error = load(NEVER, &left);

	if (error)
		errx(EXIT_FAILURE, "it does not load: %s", strerror(error));
	nr = NEVER - left;
	must_unload();
	for (n = 1; n <= nr; n += n < HEAD || n >= nr - TAIL ? 1 : STRIDE) {
		error = load(n, &left);
		nr_tried++;
		if (error && error != ENOMEM && error != EFAULT)
			errx(EXIT_FAILURE, "allocation %ld: %s", n,
			     strerror(error));
		if (error)
			continue;
		nr_borne += !left;
		must_unload();
	}
	must_load();
	printf("load: %ld allocations, %ld tried, %ld of them borne\n", nr,
	       nr_tried, nr_borne);
}

/* Nothing that fails may keep it, but for the name that cannot be read. */
static void sweep_unload(void)
{
	long n = 0, left;
	int error;

	do {
		error = unload(++n, &left);
		if (error && error != EFAULT)
			errx(EXIT_FAILURE, "unload, allocation %ld: %s", n,
			     strerror(error));
		if (!error)
			must_load();
	} while (!left);
	must_unload();
	printf("unload: %ld allocations, all tried\n", n - 1);
}

int main(int argc, char **argv)
{
	const char *base;

	if (argc != 2)
		errx(2, "usage: faults_load MODULE.ko");
	path = argv[1];
	base = strrchr(path, '/');
	snprintf(name, sizeof(name), "%s", base ? base + 1 : path);
	*strchrnul(name, '.') = '\0';
	fail_nth = fail_nth_open();
	if (fail_nth < 0)
		err(EXIT_FAILURE, "/proc/self/fail-nth");
	sweep_load();
	sweep_unload();
	return 0;
}
