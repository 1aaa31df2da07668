/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kselftest harness, whose time limits are multiplied by OOMK_SLOW: a test
 * takes longer in a kernel that checks all it does. So should its own.
 */
#ifndef OOMK_SELFTESTS_HARNESS_H
#define OOMK_SELFTESTS_HARNESS_H

#include <stdlib.h>

#include "kselftest_harness.h"

static inline int harness_slow(void)
{
	const char *slow = getenv("OOMK_SLOW");
	int factor = slow ? atoi(slow) : 1;

	return factor > 0 ? factor : 1;
}

static inline int patient_harness_run(int argc, char **argv)
{
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;

	for (fixture = __fixture_list; fixture; fixture = fixture->next)
		for (test = fixture->tests; test; test = test->next)
			test->timeout *= harness_slow();
	return test_harness_run(argc, argv);
}

/* What TEST_HARNESS_MAIN calls. */
#define test_harness_run patient_harness_run

#endif
