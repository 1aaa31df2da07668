#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Load and unload: a thousand times in a row, and in the middle of a cycle.
# Boot with slab_nomerge, or the module's caches hide in those of others.
#
# usage: load_test.sh often [TIMES] | cycle

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=selftests/footprint.sh
. "${0%/*}/footprint.sh"

WARM=20		# the first loads fill caches that stay

# load_often TIMES: until one fails
load_often() {
	local i=0

	while [ $i -lt "$1" ]; do
		insmod $module && rmmod oomk || return 1
		i=$((i + 1))
	done
}

often() {
	local times=$1 mounts areas free slab

	plan 13
	mounts=$(cat /proc/mounts)
	load
	check "loaded: a cache of its own" [ -n "$(caches)" ]
	check "loaded: a thread of its own" [ "$(threads)" -gt 0 ]
	check "loaded: mounts are as before" [ "$mounts" = "$(cat /proc/mounts)" ]
	unload
	check "unloaded: the cache is gone" [ -z "$(caches)" ]
	check "unloaded: so is the thread" [ "$(threads)" = 0 ]
	load_often $WARM || bail "one of the first loads failed"
	areas=$(areas)
	free=$(settled_free)
	slab=$(unreclaimable)
	check "$times loads" load_often "$times"
	check "no module is left" not loaded
	check "no cache is left" [ -z "$(caches)" ]
	check "no thread is left" [ "$(threads)" = 0 ]
	check "mounts are as before" [ "$mounts" = "$(cat /proc/mounts)" ]
	free=$((free - $(settled_free)))
	slab=$(($(unreclaimable) - slab))
	echo "# $free kB less free, $slab kB more of slab"
	# A page for each load would be four times the number of loads.
	check "no page a load was lost" [ $free -lt $((times * 2 + 512)) ]
	# A slow kernel keeps for a while what is freed, to see it used.
	check "no object a load was lost" \
		[ $slab -lt $((times / 2 + 256 * ${OOMK_SLOW:-1})) ]
	check "no mapping was left" \
		[ $(($(areas) - areas)) -lt $((times / 10)) ]
}

# gone WHAT: unload now; the hog is none of the module's business any more
gone() {
	check "$1: it unloads" rmmod oomk
	check "$1: the hog lives" alive "$hog"
	check "$1: no thread is left" [ "$(threads)" = 0 ]
	stop_started
	stop_executor
	rm -rf "${dir:?}"/*
}

while_ready() {
	begin none
	policy executor_timeout_ms=60000
	start hog full hog --size 250M --hold
	hog=$pid
	squeeze 80
	check "ready: reached" wait_for "$PATIENCE" status_is request_state ready
	gone "ready"
}

while_accepted() {
	begin puppet
	policy executor_timeout_ms=60000
	start hog full hog --size 250M --hold
	hog=$pid
	squeeze 80
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	check "accepted: reached" \
		wait_for "$PATIENCE" status_is request_state accepted
	gone "accepted"
}

while_backstop() {
	begin none
	policy executor_timeout_ms=10 grace_ms=600000
	start hog full hog --size 250M --hold --block-term
	hog=$pid
	squeeze 80
	check "backstop: reached" \
		wait_for "$PATIENCE" status_is request_state backstop
	gone "backstop"
}

while_reaping() {
	begin
	policy grace_ms=0 stuck_ms=600000
	start ballast ready idle --size 100M
	oomkctl protect "$pid"
	hang --shared
	squeeze 60
	check "reaping: reached" \
		wait_for "$PATIENCE" status_is request_state reaping
	check "reaping: it unloads" wait_for "$PATIENCE" rmmod oomk
	check "reaping: no thread is left" [ "$(threads)" = 0 ]
	check "reaping: the executor leaves" die "$executor"
	unhang
	stop_executor
	rm -rf "${dir:?}"/*
}

# oomkd is in the grace of a hog that does not go.
with_executor() {
	begin
	policy grace_ms=600000
	start hog full hog --size 250M --hold --block-term
	hog=$pid
	squeeze 80
	check "executor: it waits for the hog" \
		wait_for "$PATIENCE" grep -q "pid $hog (hog) SIGTERM" "$dir/oomkd"
	check "executor: the module unloads" \
		wait_for "$PATIENCE" rmmod oomk
	check "executor: it leaves" die "$executor"
	check "executor: it says why" grep -q 'oomk was unloaded' "$dir/oomkd"
	check "executor: the hog lives" alive "$hog"
	check "executor: oom_score_adj is as before" \
		[ "$(cat "/proc/$hog/oom_score_adj")" = 0 ]
	stop_started
	stop_executor
	rm -rf "${dir:?}"/*
}

# Nothing goes on: tasks, jobs and an executor that waits.
while_calm() {
	begin
	start crew ready sh -c 'oomkctl set-utility $$ 60 &&
		exec forktree --width 50 --size 64K'
	hog=$pid
	gone "calm"
	check "and it loads again" load
	check "and knows nobody" status_is members 0
	unload
}

case ${1-} in
often) often "${2:-1000}" ;;
cycle)
	plan 28
	kills=$(vmstat oom_kill)
	while_calm
	while_ready
	while_accepted
	while_backstop
	while_reaping
	with_executor
	check "the kernel's killer slept" killer_slept
	;;
*) bail "usage: load_test.sh often [TIMES] | cycle" ;;
esac
finish
