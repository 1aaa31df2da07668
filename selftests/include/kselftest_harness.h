/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own harness, with more time for a test: guests are emulated, and
 * the debug kernel is slow.
 */
#include_next <kselftest_harness.h>

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120
