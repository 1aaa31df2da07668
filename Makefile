# SPDX-License-Identifier: GPL-2.0
#
# oomk: build, test, install. `make help` lists the targets.
#
# Each part brings a fragment (*/build.mk, selftests/*.mk) that uses
#
#   BUILD            directory of everything that is made (build)
#   CC, CFLAGS       compiler of the programs, and its flags
#   HOST_SAN_CFLAGS  flags of the tests that run on the host, with sanitizers
#
# and adds to
#
#   TOOLS            files that `make tools` makes
#   HOST_TESTS       programs that `make check-host` runs; they speak TAP
#   INSTALL_SBIN     programs for $(PREFIX)/sbin
#
# The module is built apart for every kernel, in $(BUILD)/module/RELEASE, so
# that two kernels do not disturb each other.

BUILD := build
PREFIX ?= /usr/local
DESTDIR ?=

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Iuapi
HOST_SAN_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -g -O1

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= 6.1 6.12
TESTS ?=
TIMES ?= 20

RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
LINUX := $(BUILD)/linux
SETUP := selftests/vm/setup

TOOLS :=
HOST_TESTS :=
INSTALL_SBIN :=

.PHONY: all
all: tools
	@if [ -e $(KDIR)/Makefile ]; then $(MAKE) --no-print-directory module; \
	else echo "No module: $(KDIR) is missing. Install the headers of your" \
		"kernel (apt-get install linux-headers-$$(uname -r)) or name" \
		"others: make module KDIR=..."; fi

-include daemon/build.mk
-include testprocs/build.mk
-include $(wildcard selftests/*.mk)

.PHONY: help
help:
	@echo 'Everyday targets:'
	@echo '  all          tools, and the module where headers are installed'
	@echo '  setup        install and download what these targets need'
	@echo '  module       oomk.ko for the kernel of KDIR, in $(BUILD)/module/'
	@echo '  tools        oomkd, oomkctl and the test programs, in $(BUILD)/'
	@echo '  demo         the experiment in a guest, with a picture of it'
	@echo '  check        all tests: on this host, then in guests'
	@echo '               (KERNELS="$(KERNELS)", TESTS=substring to select)'
	@echo '  check-host   the tests that need no guest'
	@echo '  check-debug  the guest tests in a kernel with KASAN and lockdep'
	@echo '  check-matrix the module built and booted on all kernels of Debian, and'
	@echo '               in guests of odd shapes (KERNELS=, VARIANTS=)'
	@echo '  check-stress those guest tests that are races, $(TIMES) times in a row'
	@echo '               (TIMES=, and as for check)'
	@echo '  check-kcsan  those in which CPUs meet, in a kernel that looks for data races'
	@echo '  check-fuzz   ten minutes of fuzzing in the debug kernel (SECONDS=, SEED=)'
	@echo '  check-seeded whether those two kernels see faults that are put into the'
	@echo '               module on purpose'
	@echo '  check-rounds 200 drawn worlds in guests, while oomkd is harmed'
	@echo '               (ROUNDS=200, GUESTS=2 at once, SEED=1)'
	@echo '  check-soak   1,000 drawn worlds in one guest, with one load of the'
	@echo '               module (CYCLES=1000, SEED=1)'
	@echo '  coverage     which lines the tests run: $(BUILD)/coverage.txt'
	@echo '               (TESTS= as for check; ADD=1 adds to what ran before)'
	@echo '  check-others stress-ng and tests of the kernel, with the module loaded'
	@echo '  model        the request in all its states, by spin'
	@echo '  style        checkpatch, sparse, kernel-doc and the like'
	@echo '  install      into $$(DESTDIR)$$(PREFIX), by default $(PREFIX)'
	@echo '  clean        remove what was built, keep what was downloaded'
	@echo '  distclean    remove $(BUILD)/ as a whole'
	@echo '  module-install  oomk.ko for the kernel of KDIR, into its modules'
	@echo 'demo, check and style do the set-up themselves; with'
	@echo 'OOMK_NO_INSTALL=1 they only name the missing packages.'

.PHONY: tools
tools: $(TOOLS)
ifneq ($(wildcard testprocs/build.mk),)
tools: testprocs
endif

# The sources appear in the build directory as links: kbuild leaves its
# objects beside them there, and make looks at the files behind them.
FARM = $(BUILD)/module/$(RELEASE)

# Headers that came with a compiler of their own are made use of in its root,
# under the name that they have there.
KROOT = $(wildcard $(dir $(abspath $(KDIR)))chroot)
KMAKE = $(if $(KROOT),selftests/vm/within $(KROOT) $(MAKE) \
	-C /usr/src/$(notdir $(realpath $(KDIR))),$(MAKE) -C $(KDIR))

.PHONY: module
module:
	@[ -e $(KDIR)/Makefile ] || { echo "make: no kernel headers in" \
		"$(KDIR); give KDIR=..." >&2; exit 1; }
	@mkdir -p $(FARM)/module $(FARM)/uapi/linux
	@find $(FARM) -xtype l -delete
	@ln -sf $(CURDIR)/Kbuild $(FARM)/
	@ln -sf $(wildcard $(CURDIR)/module/*.[ch]) $(FARM)/module/
	@ln -sf $(CURDIR)/uapi/linux/oomk.h $(FARM)/uapi/linux/
	+$(KMAKE) M=$(CURDIR)/$(FARM) CONFIG_DEBUG_INFO_BTF_MODULES= modules

.PHONY: setup
setup:
	$(SETUP)

# What a guest needs: see selftests/vm/run, which calls this.
.PHONY: guest guest-tests
guest: $(if $(wildcard $(KDIR)/Makefile),module) tools guest-tests

guest-tests: $(LINUX)/.done
	@mkdir -p $(BUILD)/selftests/guest
	+$(MAKE) -C selftests OUTPUT=$(CURDIR)/$(BUILD)/selftests/guest \
		KSELFTEST_DIR=$(CURDIR)/$(LINUX)/tools/testing/selftests

$(LINUX)/.done:
	$(SETUP) source

# Calls of itself say what they do, not where they are, and use all CPUs.
MAKE += --no-print-directory
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# The set-up comes first, then what the tests are made of, then the tests.
.PHONY: check check-host check-debug check-stress check-programs check-modules
check: check-modules
	+$(MAKE) $(PARALLEL) check-programs
	OOMK_NO_BUILD=1 KERNELS="$(KERNELS)" TESTS="$(TESTS)" \
		selftests/vm/check --guest --host $(HOST_TESTS)

check-host:
	$(SETUP) packages source
	+$(MAKE) $(PARALLEL) check-programs
	TESTS="$(TESTS)" selftests/vm/check --host $(HOST_TESTS)

check-programs: $(HOST_TESTS)

# What the guests of all KERNELS need.
check-modules:
	$(SETUP) packages source $(KERNELS)
	+$(MAKE) $(PARALLEL) tools guest-tests
	+set -e; for k in $(KERNELS); do \
		$(MAKE) $(PARALLEL) module guest-knapsack \
			KDIR=$(BUILD)/guest/$$k/headers; done

check-stress: check-modules
	OOMK_NO_BUILD=1 KERNELS="$(KERNELS)" TESTS="$(TESTS)" \
		selftests/vm/check --stress $(TIMES)

check-debug:
	$(SETUP) packages source
	selftests/vm/debug-kernel
	+$(MAKE) $(PARALLEL) guest guest-knapsack \
		KDIR=$$(selftests/vm/debug-kernel --where)/headers
	OOMK_NO_BUILD=1 KERNELS=debug TESTS="$(TESTS)" \
		selftests/vm/check --guest

.PHONY: demo
demo:
	$(SETUP) packages source $(firstword $(KERNELS))
	selftests/demo

.PHONY: style
style:
	$(SETUP) packages source $(KERNELS)
	KERNELS="$(KERNELS)" selftests/vm/style

.PHONY: install install-tools install-docs module-install
install: install-tools install-docs

sbindir := $(DESTDIR)$(PREFIX)/sbin
unitdir := $(DESTDIR)$(PREFIX)/lib/systemd/system
mandir := $(DESTDIR)$(PREFIX)/share/man
completiondir := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install-tools: $(INSTALL_SBIN)
	install -d $(sbindir) $(unitdir) $(completiondir)
	install -m 755 $(INSTALL_SBIN) $(sbindir)/
	sed 's|/usr/sbin/oomk|$(PREFIX)/sbin/oomk|' daemon/oomkd.service \
		>$(unitdir)/oomkd.service
	install -m 644 packaging/oomkctl.bash-completion \
		$(completiondir)/oomkctl

install-docs:
	set -e; for page in Documentation/man/*.[1-8]; do \
		install -D -m 644 $$page \
			$(mandir)/man$${page##*.}/$${page##*/}; done

module-install: module
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/$(FARM) modules_install
	depmod $(RELEASE)

.PHONY: clean distclean
clean:
	rm -rf $(filter-out $(BUILD)/guest $(BUILD)/linux $(BUILD)/apt, \
		$(wildcard $(BUILD)/*))

distclean:
	rm -rf $(BUILD)
