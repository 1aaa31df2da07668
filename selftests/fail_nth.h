/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail_nth.h - let an allocation of this process fail
 *
 * The kernel counts down /proc/PID/fail-nth with each allocation of the process,
 * and with each copy to or from it, and lets the last one fail.
 */
#ifndef FAIL_NTH_H
#define FAIL_NTH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Returns the file to arm, or -1. */
static inline int fail_nth_open(void)
{
	return open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
}

/*
 * The @n-th from here on fails, none if it is 0. If the copy of this number is
 * what was to fail, it does so once. Returns 0 or -1.
 */
static inline int fail_nth_arm(int file, long n)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "%ld", n);

	if (pwrite(file, line, length, 0) != length &&
	    pwrite(file, line, length, 0) != length)
		return -1;
	return 0;
}

/*
 * How many more there would have to be; 0: one has failed. The copy of that
 * number is counted, too, and would be the last to fail.
 */
static inline long fail_nth_left(int file)
{
	char line[32] = "1";

	pread(file, line, sizeof(line) - 1, 0);
	return atol(line);
}

#endif
