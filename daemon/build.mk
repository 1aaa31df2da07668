# SPDX-License-Identifier: GPL-2.0
#
# oomkd and oomkctl, and the test of the executor that needs no module.

OOMK_VERSION ?= 0.1.0

DAEMON_NL_CFLAGS := $(shell pkg-config --cflags libnl-genl-3.0 2>/dev/null || \
	echo -I/usr/include/libnl3)
DAEMON_NL_LIBS := -lnl-genl-3 -lnl-3
DAEMON_CFLAGS := -Wno-unused-parameter -Idaemon $(DAEMON_NL_CFLAGS) \
	-DOOMK_VERSION='"$(OOMK_VERSION)"'

# The kill mechanics, which know nothing of netlink.
DAEMON_EXECUTOR := adjust executor log procfs victim
DAEMON_OOMKD := $(DAEMON_EXECUTOR) genl genl_attr oomkd rehearse rundir seat
DAEMON_OOMKCTL := genl genl_attr $(basename $(notdir \
	$(wildcard daemon/oomkctl.c daemon/ctl_*.c daemon/json.c)))

$(BUILD)/daemon/%.o: daemon/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(DAEMON_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/oomkd: $(DAEMON_OOMKD:%=$(BUILD)/daemon/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_NL_LIBS) -lsystemd

$(BUILD)/oomkctl: $(DAEMON_OOMKCTL:%=$(BUILD)/daemon/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_NL_LIBS)

TOOLS += $(BUILD)/oomkd $(BUILD)/oomkctl
INSTALL_SBIN += $(BUILD)/oomkd $(BUILD)/oomkctl

-include $(wildcard $(BUILD)/daemon/*.d)

# Tests with processes of their own as victims. All system calls that have no
# wrapper in the C library pass through the test, which can make them fail.
EXECUTOR_TESTS := $(BUILD)/selftests/executor_test \
	$(BUILD)/selftests/adjust_test $(BUILD)/selftests/victim_test
EXECUTOR_TEST_SRCS := selftests/executor_world.c daemon/rehearse.c \
	$(DAEMON_EXECUTOR:%=daemon/%.c)

$(EXECUTOR_TESTS): $(BUILD)/selftests/%: selftests/%.c $(EXECUTOR_TEST_SRCS) \
		selftests/executor_world.h $(wildcard daemon/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -pthread \
		-Wl,--wrap=syscall -o $@ $< $(EXECUTOR_TEST_SRCS)

# The test stands in for genl.c, and so for the kernel.
SEAT_TEST := $(BUILD)/selftests/seat_test
SEAT_TEST_SRCS := daemon/seat.c daemon/genl_attr.c daemon/log.c

$(SEAT_TEST): selftests/seat_test.c $(SEAT_TEST_SRCS) $(wildcard daemon/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -o $@ $< \
		$(SEAT_TEST_SRCS) $(DAEMON_NL_LIBS)

TALK_TEST := $(BUILD)/selftests/talk_test
TALK_TEST_SRCS := daemon/log.c

$(TALK_TEST): selftests/talk_test.c $(TALK_TEST_SRCS) $(wildcard daemon/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -o $@ $< \
		$(TALK_TEST_SRCS)

HOST_TESTS += $(EXECUTOR_TESTS) $(SEAT_TEST) $(TALK_TEST)

.PHONY: check-host-executor
check-host-executor: $(EXECUTOR_TESTS) $(SEAT_TEST) $(TALK_TEST)
	@for test in $^; do $$test || exit 1; done
