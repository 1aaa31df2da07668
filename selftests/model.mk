# SPDX-License-Identifier: GPL-2.0
#
# The request on the host: the module's source against the table of its states,
# and a rescue while an executor is quick.

REQUEST_TESTS := $(addprefix $(BUILD)/selftests/,request_test rescue_test)
REQUEST_SHIM := $(BUILD)/selftests/request_shim

# The headers of the kernel are empty: request_shim.h has what is needed.
$(REQUEST_SHIM)/.done: $(wildcard module/*.[ch])
	@mkdir -p $(REQUEST_SHIM)/linux/sched $(REQUEST_SHIM)/trace
	@for h in $$(sed -n 's|^#include <\(.*\)>|\1|p' module/request.c \
		module/rescue.c module/*.h); do \
		case $$h in linux/types.h|linux/errno.h|linux/oomk.h) ;; \
		linux/*|trace/*) : >$(REQUEST_SHIM)/$$h ;; esac; done
	@touch $@

$(BUILD)/selftests/request_test: selftests/request_test.c
$(BUILD)/selftests/rescue_test: selftests/rescue_test.c
$(REQUEST_TESTS): $(REQUEST_SHIM)/.done selftests/request_shim.h \
		selftests/history_shim.h uapi/linux/oomk.h
	$(CC) $(CFLAGS) $(HOST_SAN_CFLAGS) -Wno-unused-parameter \
		-I$(REQUEST_SHIM) -Imodule -include selftests/request_shim.h \
		-o $@ $(filter selftests/%.c,$^)

HOST_TESTS += $(REQUEST_TESTS)

# All states of the model: a minute or a few, by the machine.
.PHONY: model
model:
	$(SETUP) packages model-packages
	OOMK_BUILD=$(abspath $(BUILD)) selftests/model
