# SPDX-License-Identifier: GPL-2.0
#
# The solver on the host: its tests, a program that solves a file, a benchmark,
# a fuzz target, and the answers that the test module in a guest must give too.

KNAPSACK_SRCS := $(wildcard module/knapsack*.c)
KNAPSACK_HDRS := $(wildcard module/knapsack*.h selftests/knapsack_*.h)
KNAPSACK_OUT := $(BUILD)/selftests

$(KNAPSACK_OUT)/knapsack_solve: selftests/knapsack_solve.c \
		selftests/knapsack_file.c $(KNAPSACK_SRCS) $(KNAPSACK_HDRS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

$(KNAPSACK_OUT)/knapsack_test: selftests/knapsack_test.c \
		selftests/knapsack_reference.c selftests/knapsack_gen.c \
		$(KNAPSACK_SRCS) $(KNAPSACK_HDRS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) -o $@ $(filter %.c,$^)

$(KNAPSACK_OUT)/knapsack_bench: selftests/knapsack_bench.c \
		selftests/knapsack_rivals.c selftests/knapsack_gen.c \
		$(KNAPSACK_SRCS) $(KNAPSACK_HDRS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -O2 -o $@ $(filter %.c,$^)

$(KNAPSACK_OUT)/knapsack_digest: selftests/knapsack_mod/digest_host.c \
		selftests/knapsack_mod/digest.c selftests/knapsack_gen.c \
		$(KNAPSACK_SRCS) $(KNAPSACK_HDRS) \
		selftests/knapsack_mod/digest.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

$(KNAPSACK_OUT)/knapsack_fuzz: selftests/knapsack_fuzz.c \
		selftests/knapsack_file.c $(KNAPSACK_SRCS) $(KNAPSACK_HDRS)
	@mkdir -p $(@D)
	clang -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(filter %.c,$^)

HOST_TESTS += $(KNAPSACK_OUT)/knapsack_test selftests/knapsack_solve.sh

selftests/knapsack_solve.sh: $(KNAPSACK_OUT)/knapsack_solve

.PHONY: check-host-knapsack bench-knapsack fuzz-knapsack knapsack-module \
	guest-knapsack
check-host-knapsack: $(KNAPSACK_OUT)/knapsack_test \
		$(KNAPSACK_OUT)/knapsack_solve
	$(KNAPSACK_OUT)/knapsack_test
	selftests/knapsack_solve.sh

bench-knapsack: $(KNAPSACK_OUT)/knapsack_bench
	@mkdir -p $(BUILD)/bench
	selftests/knapsack_bench.sh $< $(BUILD)/bench

# Needs clang; FUZZ_SECONDS says how long.
FUZZ_SECONDS ?= 600
fuzz-knapsack: $(KNAPSACK_OUT)/knapsack_fuzz
	@mkdir -p $(BUILD)/fuzz/knapsack
	selftests/knapsack_seeds.py $(BUILD)/fuzz/knapsack
	$< -max_len=500 -max_total_time=$(FUZZ_SECONDS) $(BUILD)/fuzz/knapsack

# A module that solves the instances of knapsack_digest inside the kernel.
KNAPSACK_FARM = $(BUILD)/knapsack_mod/$(RELEASE)
knapsack-module:
	@mkdir -p $(KNAPSACK_FARM)/selftests/knapsack_mod $(KNAPSACK_FARM)/module
	@ln -sf $(CURDIR)/selftests/knapsack_mod/*.[ch] \
		$(KNAPSACK_FARM)/selftests/knapsack_mod/
	@ln -sf $(CURDIR)/selftests/knapsack_gen.[ch] $(KNAPSACK_FARM)/selftests/
	@ln -sf $(wildcard $(CURDIR)/module/knapsack*.[ch]) \
		$(KNAPSACK_FARM)/module/
	@ln -sf $(CURDIR)/selftests/knapsack_mod/Kbuild $(KNAPSACK_FARM)/
	+$(KMAKE) M=$(CURDIR)/$(KNAPSACK_FARM) \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules

# For a guest: that module, and what the host says.
guest-knapsack: knapsack-module $(KNAPSACK_OUT)/knapsack_digest
	@mkdir -p $(BUILD)/selftests/guest
	@cp $(KNAPSACK_FARM)/oomk_knapsack_test.ko \
		$(BUILD)/selftests/guest/oomk_knapsack_test-$(RELEASE).ko
	$(KNAPSACK_OUT)/knapsack_digest >$(BUILD)/selftests/guest/knapsack.digest
