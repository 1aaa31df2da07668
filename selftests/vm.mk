# SPDX-License-Identifier: GPL-2.0
#
# The test of those who run the tests.

HOST_TESTS += selftests/vm_test.sh
