# SPDX-License-Identifier: GPL-2.0
#
# The module on every kernel that there is in Debian, and in guests of odd
# shapes. KERNELS and VARIANTS select; VARIANTS= has none.

MATRIX := 6.1 6.1-rt 6.12 trixie sid
VARIANTS ?= all

.PHONY: check-matrix
check-matrix:
	KERNELS="$(if $(filter file,$(origin KERNELS)),$(MATRIX),$(KERNELS))" \
		VARIANTS="$(VARIANTS)" TESTS="$(TESTS)" MAKE="$(MAKE)" \
		selftests/matrix

HOST_TESTS += selftests/matrix_test.sh
