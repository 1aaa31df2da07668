# SPDX-License-Identifier: GPL-2.0
#
# The soak: drawn worlds in one guest, with one load of the module.

HOST_TESTS += selftests/soak_test.py

.PHONY: check-soak
check-soak: CYCLES ?= 1000
check-soak: SEED ?= 1
check-soak:
	$(SETUP) packages source $(firstword $(KERNELS))
	selftests/soak --seed $(SEED) --cycles $(CYCLES) \
		--kernel $(firstword $(KERNELS))
