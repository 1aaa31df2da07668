# SPDX-License-Identifier: GPL-2.0
#
# The history of the module on the host. Headers of the kernel that it names
# are empty there: history_shim.h has what it needs of them.

HISTORY_TEST := $(BUILD)/selftests/history_test
HISTORY_SHIM := $(BUILD)/selftests/history_shim

$(HISTORY_TEST): selftests/history_test.c selftests/history_shim.h \
		module/history.c $(wildcard module/*.h) uapi/linux/oomk.h
	@mkdir -p $(HISTORY_SHIM)/linux
	@for h in $$(sed -n 's|^#include <linux/\(.*\)>|\1|p' \
		module/history.[ch] module/sample.h module/request.h); do \
		case $$h in types.h|oomk.h) ;; \
		*) : >$(HISTORY_SHIM)/linux/$$h ;; esac; done
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) -I$(HISTORY_SHIM) -Imodule \
		-include selftests/history_shim.h -o $@ $<

HOST_TESTS += $(HISTORY_TEST)
