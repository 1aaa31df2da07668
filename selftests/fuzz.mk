# SPDX-License-Identifier: GPL-2.0
#
# Fuzzing: oomkctl on the host, with a kernel behind it that answers anything;
# the family in a guest.

CTL_FUZZ := $(BUILD)/selftests/oomkctl-fuzz
CTL_FUZZ_SRCS := selftests/ctl_fuzz_door.c selftests/fuzz_message.c \
	selftests/fuzz_world.c daemon/genl.c daemon/genl_attr.c daemon/json.c \
	$(wildcard daemon/ctl_*.c)
CTL_FUZZ_WRAPS := $(patsubst %,-Wl$(comma)--wrap=%,genl_connect \
	genl_ctrl_resolve genl_ctrl_resolve_grp nl_socket_add_memberships \
	nla_get_u32 nla_get_u64 poll sendmsg recvmsg)

$(BUILD)/selftests/fuzz_spec.c: selftests/fuzz_spec.py \
		Documentation/netlink/specs/oomk.yaml
	@mkdir -p $(@D)
	selftests/fuzz_spec.py Documentation/netlink/specs/oomk.yaml >$@.new
	mv $@.new $@

$(CTL_FUZZ): $(CTL_FUZZ_SRCS) daemon/oomkctl.c $(BUILD)/selftests/fuzz_spec.c \
		$(wildcard daemon/*.h selftests/fuzz_*.h)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -Dmain=oomkctl_main \
		-c -o $(BUILD)/selftests/oomkctl-fuzz.o daemon/oomkctl.c
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) $(DAEMON_CFLAGS) -Iselftests \
		$(CTL_FUZZ_WRAPS) -o $@ $(CTL_FUZZ_SRCS) \
		$(BUILD)/selftests/fuzz_spec.c $(BUILD)/selftests/oomkctl-fuzz.o \
		$(DAEMON_NL_LIBS)

selftests/ctl_fuzz.py: $(CTL_FUZZ)

HOST_TESTS += selftests/ctl_fuzz.py

# The family, for long and where every misstep is seen.
.PHONY: check-fuzz
check-fuzz: SECONDS ?= 600
check-fuzz:
	$(SETUP) packages source
	selftests/vm/debug-kernel
	selftests/vm/run --kernel debug --kmemleak --mem 768 \
		--timeout $$(($(SECONDS) * 2 + 1200)) \
		--append transparent_hugepage=never \
		-- /selftests/fuzz_genl.sh --seconds $(SECONDS) --seed $(SEED)

REPLY_TEST := $(BUILD)/selftests/reply_test
REPLY_TEST_SRCS := selftests/reply_test.c selftests/fuzz_reply.c \
	selftests/fuzz_talk.c selftests/fuzz_world.c

$(REPLY_TEST): $(REPLY_TEST_SRCS) $(BUILD)/selftests/fuzz_spec.c \
		$(wildcard selftests/fuzz_*.h) selftests/genl_raw.h
	$(CC) $(CFLAGS) -Wno-unused-parameter $(HOST_SAN_CFLAGS) -Iselftests \
		-o $@ $(REPLY_TEST_SRCS) $(BUILD)/selftests/fuzz_spec.c

HOST_TESTS += $(REPLY_TEST)
