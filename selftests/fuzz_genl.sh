#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fuzzes the family with a fresh module: fuzz_genl.sh OPTION...

# Whoever watches shall not be chosen; fuzz_genl undoes it for itself.
echo -1000 >/proc/self/oom_score_adj
insmod /oomk/oomk.ko || exit
"${0%/*}/fuzz_genl" "$@" || exit
rmmod oomk
