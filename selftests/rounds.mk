# SPDX-License-Identifier: GPL-2.0
#
# Rounds: drawn worlds in guests, with an executor that is harmed; and how long
# it takes from a mark to the signal and to the pages.

HOST_TESTS += selftests/rounds_test.py

SEED ?= 1
GUESTS ?= 2

.PHONY: check-rounds bench-latency
check-rounds: ROUNDS ?= 200
check-rounds:
	$(SETUP) packages source $(KERNELS)
	selftests/rounds --seed $(SEED) --rounds $(ROUNDS) --guests $(GUESTS) \
		--kernel "$(KERNELS)"

# PEER=/usr/bin/earlyoom has that measured in the same guest, too.
bench-latency: ROUNDS ?= 100
bench-latency:
	$(SETUP) packages source $(firstword $(KERNELS))
	selftests/latency --rounds $(ROUNDS) --kernel $(firstword $(KERNELS)) \
		$(if $(PEER),--peer $(PEER))
