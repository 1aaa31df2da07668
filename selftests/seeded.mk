# SPDX-License-Identifier: GPL-2.0
#
# Faults put into the module on purpose, which the debug guest has to see.

.PHONY: check-seeded
check-seeded:
	$(SETUP) packages source
	selftests/vm/debug-kernel
	+$(MAKE) $(PARALLEL) guest \
		KDIR=$$(selftests/vm/debug-kernel --where)/headers
	selftests/seeded

HOST_TESTS += selftests/seeds_test.sh
