/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kselftest harness, whose time limits are multiplied by slow_factor(). So
 * should those be that a test has itself.
 */
#ifndef OOMK_SELFTESTS_HARNESS_H
#define OOMK_SELFTESTS_HARNESS_H

#include "kselftest_harness.h"

#include "slow.h"

static inline int patient_harness_run(int argc, char **argv)
{
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;

	for (fixture = __fixture_list; fixture; fixture = fixture->next)
		for (test = fixture->tests; test; test = test->next)
			test->timeout *= slow_factor();
	return test_harness_run(argc, argv);
}

/* What TEST_HARNESS_MAIN calls. */
#define test_harness_run patient_harness_run

#endif
