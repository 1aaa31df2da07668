#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Does the solver say the same in a kernel as on the host? The module solves
# seeded instances while it is loaded and logs a line for each; the host's lines
# for the same instances come along in a file.

. "${0%/*}/lib.sh"

module=/selftests/oomk_knapsack_test-$(uname -r).ko
expected=/selftests/knapsack.digest

answers() {
	dmesg | sed -n 's/.*knapsack: //p'
}

plan 3
dmesg -c >/dev/null
check "the solver's test module loads" insmod "$module"
answers >"$dir/answers"
check "it unloads" rmmod oomk_knapsack_test
echo "# $(wc -l <"$dir/answers") answers"
check "its answers are those of the host" cmp "$expected" "$dir/answers"
finish
