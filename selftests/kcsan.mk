# SPDX-License-Identifier: GPL-2.0
#
# The guest tests in which CPUs meet, where the kernel looks for data races.

KCSAN_ROWS := fuzz policy seat executor items hands spare history unload \
	pressure-zram pressure-load crowd oom oom-join oom-hold oom-unload \
	trouble-executor trouble-race trouble-unload trouble-bomb safety-fork
KCSAN_HEADERS = $$(selftests/vm/debug-kernel --where kcsan)/headers

.PHONY: check-kcsan
check-kcsan:
	$(SETUP) packages source
	selftests/vm/debug-kernel kcsan
	+$(MAKE) $(PARALLEL) guest guest-knapsack KDIR=$(KCSAN_HEADERS)
	OOMK_NO_BUILD=1 KERNELS=kcsan TESTS="$(TESTS)" ROWS="$(KCSAN_ROWS)" \
		selftests/vm/check --guest
