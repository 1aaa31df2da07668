#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Does the solver say the same in a kernel as on the host? TAP.
#
# usage: selftests/knapsack_guest.sh [6.1|6.12|debug]
#
# Run on the host after the set-up of make check.

kernel=${1:-6.1}
build=${BUILD:-build}
ko=oomk_knapsack_test.ko
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

headers=$build/guest/$kernel/headers
if [ "$kernel" = debug ]; then
	headers=$(selftests/vm/debug-kernel --where)/headers
fi
echo "TAP version 13"
echo "1..2"
if ! make -s knapsack-module KDIR="$headers" > "$dir/build" 2>&1 ||
	! make -s "$build/selftests/knapsack_digest" >> "$dir/build" 2>&1; then
	sed 's/^/# /' "$dir/build"
	echo "Bail out! cannot be built"
	exit 1
fi
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	"$headers/include/generated/utsrelease.h")
"$build/selftests/knapsack_digest" > "$dir/host"
selftests/vm/run --kernel "$kernel" --timeout 600 \
	--add "$build/knapsack_mod/$release/$ko:$ko" -- sh -c \
	"insmod $ko && dmesg | sed -n 's/.*knapsack: //p' && rmmod $ko" \
	> "$dir/guest" 2> "$dir/said"
status=$?
if [ $status = 0 ]; then
	echo "ok 1 loads, solves and unloads in $kernel"
else
	sed 's/^/# /' "$dir/said"
	echo "not ok 1 loads, solves and unloads in $kernel"
fi
if cmp -s "$dir/host" "$dir/guest"; then
	echo "ok 2 $(wc -l < "$dir/host") answers are the same"
else
	diff "$dir/host" "$dir/guest" | sed 's/^/# /' | head -n 20
	echo "not ok 2 answers are the same"
	status=1
fi
exit $status
