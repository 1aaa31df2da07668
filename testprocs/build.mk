# SPDX-License-Identifier: GPL-2.0
# Programs that hold, grow and share memory: build/testprocs/NAME.

TESTPROCS := forktree gauge hog hydra idle leaderless ml_train sharedmm \
	stubborn vforked
TESTPROCS_DIR := $(BUILD)/testprocs
TESTPROCS_BIN := $(TESTPROCS:%=$(TESTPROCS_DIR)/%)
TESTPROCS_ALL := $(TESTPROCS_BIN) $(TESTPROCS_DIR)/testproc.sh
TESTPROCS_CFLAGS = $(CFLAGS) -pthread -MMD -MP

.PHONY: testprocs
testprocs: $(TESTPROCS_ALL)

$(TESTPROCS_DIR)/%.o: testprocs/%.c
	@mkdir -p $(@D)
	$(CC) $(TESTPROCS_CFLAGS) -c -o $@ $<

$(TESTPROCS_BIN): $(TESTPROCS_DIR)/args.o

$(filter-out %/gauge %/ml_train,$(TESTPROCS_BIN)): $(TESTPROCS_DIR)/mem.o

# Only this one links OpenBLAS; its inner loops are what a training spends its
# time in, so they are optimised whatever the rest is built with.
$(TESTPROCS_DIR)/ml_%.o: TESTPROCS_CFLAGS += -O2
$(TESTPROCS_DIR)/ml_train: $(addprefix $(TESTPROCS_DIR)/,ml_net.o ml_faces.o \
	ml_checkpoint.o)
$(TESTPROCS_DIR)/ml_train: TESTPROCS_LIBS := -lopenblas -lm

$(TESTPROCS_BIN): $(TESTPROCS_DIR)/%: $(TESTPROCS_DIR)/%.o
	$(CC) $(TESTPROCS_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$(TESTPROCS_LIBS)

$(TESTPROCS_DIR)/testproc.sh: testprocs/testproc.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

testprocs/testprocs_test.sh: $(TESTPROCS_BIN)
HOST_TESTS += testprocs/testprocs_test.sh

-include $(wildcard $(TESTPROCS_DIR)/*.d)
