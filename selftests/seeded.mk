# SPDX-License-Identifier: GPL-2.0
#
# Faults put into the module on purpose, which the debug guests have to see.

.PHONY: check-seeded
check-seeded:
	$(SETUP) packages source
	+set -e; for kernel in debug kcsan; do \
		selftests/vm/debug-kernel $$kernel; \
		$(MAKE) $(PARALLEL) guest KDIR="$$(selftests/vm/debug-kernel \
			--where $$kernel)/headers"; done
	selftests/seeded

HOST_TESTS += selftests/seeds_test.sh
