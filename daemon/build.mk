# SPDX-License-Identifier: GPL-2.0
#
# oomkd and oomkctl, and the test of the executor that needs no module.

OOMK_VERSION ?= 0.1.0
comma := ,

DAEMON_NL_CFLAGS := $(shell pkg-config --cflags libnl-genl-3.0 2>/dev/null || \
	echo -I/usr/include/libnl3)
DAEMON_NL_LIBS := -lnl-genl-3 -lnl-3
DAEMON_CFLAGS := -Wno-unused-parameter -Idaemon $(DAEMON_NL_CFLAGS) \
	-DOOMK_VERSION='"$(OOMK_VERSION)"'

# The kill mechanics, which know nothing of netlink.
DAEMON_EXECUTOR := adjust caps executor kin log procfs run victim
DAEMON_OOMKD := $(DAEMON_EXECUTOR) claim genl genl_attr notify oomkd options \
	record rehearse rundir safety seat self settings
DAEMON_OOMKCTL := genl genl_attr $(basename $(notdir \
	$(wildcard daemon/oomkctl.c daemon/ctl_*.c daemon/json.c)))

$(BUILD)/daemon/%.o: daemon/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(DAEMON_CFLAGS) -MMD -MP -c -o $@ $<

# No symbol is looked up while victims die.
$(BUILD)/oomkd: LDFLAGS += -Wl,-z,relro,-z,now
$(BUILD)/oomkd: $(DAEMON_OOMKD:%=$(BUILD)/daemon/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_NL_LIBS)

$(BUILD)/oomkctl: $(DAEMON_OOMKCTL:%=$(BUILD)/daemon/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_NL_LIBS)

TOOLS += $(BUILD)/oomkd $(BUILD)/oomkctl
INSTALL_SBIN += $(BUILD)/oomkd $(BUILD)/oomkctl

-include $(wildcard $(BUILD)/daemon/*.d)

# Tests with processes of their own as victims. The system calls that are made
# for a victim pass through the test, which can make them fail.
EXECUTOR_TESTS := $(BUILD)/selftests/executor_test \
	$(BUILD)/selftests/executor_beat_test \
	$(BUILD)/selftests/executor_fault_test \
	$(BUILD)/selftests/executor_peer_test \
	$(BUILD)/selftests/adjust_test $(BUILD)/selftests/victim_test
EXECUTOR_TEST_WRAPS := \
	$(patsubst %,-Wl$(comma)--wrap=%,syscall open pread pwrite epoll_ctl)
EXECUTOR_TEST_SRCS := selftests/executor_world.c daemon/rehearse.c \
	$(DAEMON_EXECUTOR:%=daemon/%.c)

$(EXECUTOR_TESTS): $(BUILD)/selftests/%: selftests/%.c $(EXECUTOR_TEST_SRCS) \
		selftests/executor_world.h $(wildcard daemon/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -pthread \
		$(EXECUTOR_TEST_WRAPS) -o $@ $< $(EXECUTOR_TEST_SRCS)

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

RECORD_TEST := $(BUILD)/selftests/record_test
RECORD_TEST_SRCS := $(patsubst %,daemon/%.c,caps claim genl genl_attr kin log \
	procfs record safety)

$(RECORD_TEST): selftests/record_test.c $(RECORD_TEST_SRCS) \
		$(wildcard daemon/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -o $@ $< \
		$(RECORD_TEST_SRCS) $(DAEMON_NL_LIBS)

HOST_TESTS += $(EXECUTOR_TESTS) $(SEAT_TEST) $(TALK_TEST) $(RECORD_TEST)

.PHONY: check-host-executor
check-host-executor: $(EXECUTOR_TESTS) $(SEAT_TEST) $(TALK_TEST) $(RECORD_TEST)
	@for test in $^; do $$test || exit 1; done
