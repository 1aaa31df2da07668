# SPDX-License-Identifier: GPL-2.0
#
# The counting of cycles that bring nothing back, on the host.

$(BUILD)/selftests/vain_test: selftests/vain_test.c module/vain.c module/vain.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) -Imodule -o $@ $(filter %.c,$^)

HOST_TESTS += $(BUILD)/selftests/vain_test
