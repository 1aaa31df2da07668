# SPDX-License-Identifier: GPL-2.0
#
# Host tests of oomkctl and of the netlink specification.

DOOR := $(BUILD)/selftests/oomkctl-door
DOOR_SRCS := selftests/ctl_test_door.c selftests/ctl_test_history.c \
	daemon/oomkctl.c daemon/json.c \
	$(wildcard daemon/ctl_*.c)

# oomkctl with a kernel of canned answers behind it.
$(DOOR): $(DOOR_SRCS) $(wildcard daemon/*.h) selftests/ctl_test_door.h \
		uapi/linux/oomk.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) -Idaemon -Iselftests \
		$$(pkg-config --cflags libnl-3.0 libnl-genl-3.0) \
		-o $@ $(DOOR_SRCS) \
		$$(pkg-config --libs libnl-3.0 libnl-genl-3.0)

selftests/ctl_test.py: $(DOOR)

HOST_TESTS += selftests/ctl_test.py selftests/spec_check.py
