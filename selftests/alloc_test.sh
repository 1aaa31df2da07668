#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What an executor needs of memory between READY and DONE: none that it has not
# got yet. alloc_spy.c counts.

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

start_watched() {
	: >"$dir/oomkd"
	LD_PRELOAD=/selftests/alloc_spy.so oomkd "$@" >>"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd" ||
		bail "oomkd does not start: $(cat "$dir/oomkd")"
}

# account CYCLE WHAT: number of a thing in a cycle
account() {
	sed -n "s/^alloc_spy: cycle $1:.* \([0-9-]*\) $2.*/\1/p" "$dir/oomkd"
}

# The spy's word on a cycle, and what it may be.
judge() {
	local cycle=$1 what=$2

	wait_for "$PATIENCE" grep -q "^alloc_spy: cycle $cycle:" "$dir/oomkd"
	grep "^alloc_spy: cycle $cycle:" "$dir/oomkd" | sed 's/^/# /'
	check "$what: the spy sees allocations before" \
		[ "$(account "$cycle" 'allocations before')" -gt 10 ]
	check "$what: nothing is allocated" \
		[ "$(account "$cycle" 'allocations,')" = 0 ]
	check "$what: nothing is freed" [ "$(account "$cycle" frees)" = 0 ]
	check "$what: nothing is mapped" \
		[ "$(account "$cycle" mappings)" = 0 ]
	check "$what: the break stays" \
		[ "$(account "$cycle" 'bytes of break')" = 0 ]
	check "$what: at most 4 minor faults" \
		[ "$(account "$cycle" 'minor faults')" -le 4 ]
	check "$what: no major fault" \
		[ "$(account "$cycle" 'major faults')" = 0 ]
}

# hogs OPTION...: three that are worth less than the two that stay; the first
# of them takes OPTION, the others are deaf to SIGTERM.
hogs() {
	local i

	for i in 1 2; do
		start "stays$i" full hog --size 70M --hold
	done
	start hog1 full hog --size 70M --hold "$@"
	pids=$pid
	for i in 2 3; do
		start "hog$i" full hog --size 70M --hold --block-term
		pids="$pids $pid"
	done
	for i in $pids; do
		oomkctl set-utility "$i" 10 >/dev/null || bail "no utility for $i"
	done
}

soft() {
	begin none
	start_watched
	hogs
	# Long enough for signs of life, and for a busy machine.
	policy grace_ms=5000 executor_timeout_ms=6000
	squeeze 150 deep
	# Word splitting makes arguments of pids.
	# shellcheck disable=SC2086
	check "soft: all die" die $pids
	check "soft: one of SIGTERM" \
		not grep -q "pid ${pids%% *} (hog) SIGKILL" "$dir/oomkd"
	check "soft: two of SIGKILL" \
		[ "$(grep -c 'SIGKILL after' "$dir/oomkd")" = 2 ]
	judge 1 soft
	calm
	end
}

hard() {
	begin none
	start_watched --verbose
	hogs --block-term
	policy executor_timeout_hard_ms=60000
	policy soft=50 hard=49 recovery=1
	# shellcheck disable=SC2086
	check "hard: all die" die $pids
	check "hard: no SIGTERM" not grep -q 'cycle 1: .*SIGTERM' "$dir/oomkd"
	judge 1 hard
	calm
	end
}

plan 19
soft
hard
finish
