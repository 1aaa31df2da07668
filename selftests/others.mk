# SPDX-License-Identifier: GPL-2.0
#
# Other people's tests in guests: stress-ng, and the kernel's own of cgroups and
# of process_mrelease(), from the source package that selftests/vm/setup has.

OTHERS := $(BUILD)/others
OTHERS_SRC := $(LINUX)/tools/testing/selftests
OTHERS_CGROUP := $(addprefix $(OTHERS)/,test_memcontrol test_kill test_freezer)
OTHERS_PROGS := $(OTHERS_CGROUP) $(OTHERS)/mrelease_test

# Their warnings are not ours.
OTHERS_CC = $(CC) -O2 -w -pthread

$(OTHERS_CGROUP): $(OTHERS)/%: $(LINUX)/.others
	@mkdir -p $(@D)
	$(OTHERS_CC) -o $@ $(OTHERS_SRC)/cgroup/$*.c \
		$(OTHERS_SRC)/cgroup/cgroup_util.c

# It skips all for which it knows no number of a system call.
$(OTHERS)/mrelease_test: $(LINUX)/.others
	@mkdir -p $(@D)
	$(OTHERS_CC) -include sys/syscall.h -o $@ \
		$(OTHERS_SRC)/vm/mrelease_test.c

$(LINUX)/.others:
	$(SETUP) others-source

.PHONY: check-others
check-others: check-modules
	$(SETUP) others-packages others-source
	+$(MAKE) $(PARALLEL) $(OTHERS_PROGS)
	OOMK_NO_BUILD=1 KERNELS="$(KERNELS)" TESTS="$(TESTS)" \
		TABLE=selftests/others.tests selftests/vm/check --guest
