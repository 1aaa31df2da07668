#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Trouble with the executor. The marks are moved, no swap.
#
# usage: trouble_executor.sh [SCENE...]
#
# Elsewhere: killed between ACCEPT and DONE, stopped before ACCEPT, absent, late,
# a second one while the first is at rest - cycle_hands.sh; a set given back,
# late words refused - genl_executor_test.c; asked to leave in a grace -
# oomkd_test.sh.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# Stopped in a grace that would last ten minutes, it is missed at once.
stopped_in_grace() {
	open_scene
	cast hog --size 220M --hold --block-term
	policy grace_ms=600000 executor_timeout_ms=500
	squeeze 80
	logged "pid $victim (hog) SIGTERM"
	kill -STOP "$executor"
	check "$scene: the module takes over" taken_over
	check "$scene: what is left of the grace is not cut" alive "$victim"
	policy soft=50 hard=49
	check "$scene: at the hard level the hog dies" die "$victim"
	kill -CONT "$executor"
	check "$scene: the executor hears that it is late" \
		logged 'cycle 1: \(not ours any more\|DONE refused\)'
	check "$scene: and goes on" alive "$executor"
	settled "$victim"
}

# Stopped where it matters most.
stopped_when_hard() {
	open_scene
	cast hog --size 220M --hold --block-term
	kill -STOP "$executor"
	press_hard
	check "$scene: the module takes over" taken_over
	check "$scene: the hog dies" die "$victim"
	check "$scene: of SIGKILL" said "victim pid $victim .*SIGKILL"
	kill -CONT "$executor"
	settled "$victim"
}

# Killed in the grace; the next one takes the set and carries it to its end.
restarted() {
	open_scene
	cast stubborn --size 220M
	policy grace_ms=3000 executor_timeout_ms=60000
	squeeze 80
	logged "pid $victim (stubborn) SIGTERM"
	stop_executor
	start_oomkd
	check "$scene: the next one begins anew" \
		logged "pid $victim (stubborn) SIGTERM"
	check "$scene: and ends it" \
		logged "pid $victim (stubborn) SIGKILL after [3-9][0-9][0-9][0-9] ms"
	check "$scene: the victim dies" die "$victim"
	check "$scene: the module had to do nothing" status_is backstops 0
	settled "$victim"
}

# The same while the kernel's killer is raised for a victim that is spared.
restarted_and_spared() {
	open_scene
	start guest ready idle --size 40M
	guest=$pid
	oomkctl protect "$guest"
	cast stubborn --size 220M
	innocent="$innocent $victim"
	policy grace_ms=600000 executor_timeout_ms=60000
	squeeze 10
	logged "pid $victim (stubborn) SIGTERM"
	stop_executor
	kill -KILL "$guest"
	wait "$guest" 2>/dev/null
	start_oomkd
	check "$scene: the set is let go" said 'cycle 1: pressure is over'
	settled "$victim"
}

# A set waits for whoever comes.
started_late() {
	open_scene none
	crew=oomkd
	cast hog --size 220M --hold
	policy executor_timeout_ms=60000
	squeeze 80
	check "$scene: the set waits" \
		wait_for "$PATIENCE" status_is request_state ready
	start_oomkd
	check "$scene: whoever comes takes it" \
		logged "pid $victim (hog) SIGTERM"
	check "$scene: the hog dies" die "$victim"
	check "$scene: the module had to do nothing" status_is backstops 0
	settled "$victim"
}

# Two at one go: one is seated. A third disturbs no grace.
two() {
	open_scene none
	crew=oomkd
	oomkd >"$dir/one" 2>&1 &
	one=$!
	oomkd >"$dir/other" 2>&1 &
	other=$!
	check "$scene: one of them leaves" wait_for "$PATIENCE" one_of_two
	executor=$one
	alive "$one" || executor=$other
	cat "$dir/one" "$dir/other" >"$dir/both"
	check "$scene: it says why" \
		grep -q "another executor (pid $executor)" "$dir/both"
	cast hog --size 220M --hold --block-term
	policy grace_ms=600000 executor_timeout_ms=60000
	squeeze 80
	check "$scene: the other one works" \
		wait_for "$PATIENCE" both_said "pid $victim (hog) SIGTERM"
	oomkd >"$dir/third" 2>&1
	check "$scene: a third one refuses in the grace" [ $? = 1 ]
	check "$scene: and touches nothing" \
		[ "$(cat "/proc/$victim/oom_score_adj")" = 1000 ]
	policy soft=50 hard=49
	check "$scene: the hog dies" die "$victim"
	settled "$victim"
}

one_of_two() {
	cat "$dir/one" "$dir/other" | grep -q '^oomkd: ready' &&
		{ dead "$one" || dead "$other"; } && alive_one
}

alive_one() {
	alive "$one" || alive "$other"
}

both_said() {
	cat "$dir/one" "$dir/other" | grep -q -e "$1"
}

# READY does not fit into the socket any more; the set is fetched nevertheless.
ready_lost() {
	open_scene
	cast hog --size 220M --hold
	policy executor_timeout_ms=60000
	kill -STOP "$executor"
	check "$scene: the socket is full" cycle_flood "$(events_port)"
	drops=$(events_drops)
	squeeze 80
	check "$scene: the set waits" \
		wait_for "$PATIENCE" status_is request_state ready
	check "$scene: READY was lost" [ "$(events_drops)" -gt "$drops" ]
	kill -CONT "$executor"
	check "$scene: the executor takes the set" \
		logged "pid $victim (hog) SIGTERM"
	check "$scene: the hog dies" die "$victim"
	check "$scene: the module had to do nothing" status_is backstops 0
	settled "$victim"
}

# The same with the READY that would end a grace: the hard mark was crossed. The
# next beat would tell as well, some 15 s later.
raise_lost() {
	local from

	open_scene
	cast hog --size 220M --hold --block-term
	policy grace_ms=600000 executor_timeout_ms=60000 \
		executor_timeout_hard_ms=60000
	squeeze 80
	logged "pid $victim (hog) SIGTERM"
	kill -STOP "$executor"
	check "$scene: the socket is full" cycle_flood "$(events_port)"
	drops=$(events_drops)
	policy soft=50 hard=49
	check "$scene: READY was lost" wait_for "$PATIENCE" dropped_since "$drops"
	from=$(now)
	kill -CONT "$executor"
	check "$scene: the hog dies" die "$victim"
	check "$scene: at once" \
		[ $(($(now) - from)) -le $((10 * ${OOMK_SLOW:-1})) ]
	check "$scene: by the executor" logged "pid $victim (hog) SIGKILL after"
	check "$scene: the module had to do nothing" status_is backstops 0
	settled "$victim"
}

dropped_since() {
	[ "$(events_drops)" -gt "$1" ]
}

# The executor's socket that is in multicast groups, in /proc/net/netlink; its
# port has the pid in the low 22 bits.
events_row() {
	awk -v pid="$executor" '
	$2 == 16 && $3 % 4194304 == pid && $4 != "00000000" { print $3, $9 }
	' /proc/net/netlink
}

events_port() {
	events_row | cut -d ' ' -f 1
}

events_drops() {
	events_row | cut -d ' ' -f 2
}

# A victim that ignores SIGTERM has no better luck with the module.
deaf() {
	open_scene none
	cast stubborn --size 220M
	policy executor_timeout_ms=100 grace_ms=$((1500 * ${OOMK_SLOW:-1}))
	squeeze 80
	check "$scene: the module takes over" taken_over
	check "$scene: SIGTERM is survived" deaf_in_grace
	check "$scene: the victim dies" die "$victim"
	settled "$victim"
}

deaf_in_grace() {
	wait_for "$PATIENCE" status_is request_state backstop && alive "$victim"
}

# The executor says that it was done, and did nothing (systemd#43106).
idle_executor() {
	local status

	# gone, killed, vanished, changed, failed
	for status in 1 2 4 5 6; do
		open_scene puppet
		cast hog --size 220M --hold --block-term
		policy executor_timeout_ms=60000 grace_ms=600000
		squeeze 80
		wait_for "$PATIENCE" grep -q ready "$dir/executor"
		tell accept
		wait_for "$PATIENCE" grep -q accepted "$dir/executor"
		tell 'done' $status
		check "$scene $status: the hog dies nevertheless" die "$victim"
		check "$scene $status: it is told of" \
			said 'cycle 1: freed totals.*killed'
		settled "$victim"
	done
}

play "stopped_in_grace stopped_when_hard restarted restarted_and_spared
started_late two ready_lost raise_lost deaf idle_executor" "$@"
