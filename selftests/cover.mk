# SPDX-License-Identifier: GPL-2.0
#
# Which lines run, in guests and on the host. All that counts is built apart, in
# $(BUILD)/coverage, with this Makefile again.

HOST_TESTS += selftests/coverage_test.py

.PHONY: coverage coverage-programs coverage-run
coverage: COVERAGE_BUILD = $(BUILD)/coverage
coverage:
	$(SETUP) packages source
	selftests/vm/debug-kernel
	@mkdir -p $(COVERAGE_BUILD)
	@ln -sfn ../linux $(COVERAGE_BUILD)/linux
	+$(MAKE) $(PARALLEL) BUILD=$(COVERAGE_BUILD) GCOV_PROFILE=y \
		HOST_SAN_CFLAGS='-O0 -g --coverage' coverage-programs \
		KDIR=$$(selftests/vm/debug-kernel --where)/headers
	+$(MAKE) BUILD=$(COVERAGE_BUILD) coverage-run

# The daemon first: it alone is to count, of what runs in guests.
coverage-programs:
	+CFLAGS='-O1 -g --coverage' $(MAKE) $(INSTALL_SBIN)
	+$(MAKE) guest check-programs

coverage-run:
	OOMK_BUILD=$(BUILD) TESTS="$(TESTS)" selftests/coverage \
		$(filter $(BUILD)/% selftests/ctl_test.py,$(HOST_TESTS))
