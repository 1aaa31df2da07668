#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whom nobody may hit: a stranger with a victim's number, a victim that is not
# needed any more; and what comes of one that cannot die. The marks are moved,
# no swap.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# A hog that shall die and one that nobody may touch, both unnamed.
hog_and_idle() {
	start idle ready idle --size 40M
	idle=$pid
	start hog full hog --size 220M --hold "$@"
	hog=$pid
}

# The victim dies by itself and its number is given to a stranger, before the
# executor gets to signal it.
recycled_in_oomkd() {
	begin
	hog_and_idle
	policy executor_timeout_ms=60000
	kill -STOP "$executor"
	squeeze 80
	said "victim pid $hog"
	kill -KILL "$hog"
	wait "$hog" 2>/dev/null
	start stranger full cycle_reborn "$hog" hog --size 220M --hold
	oomkctl protect "$hog"
	check "recycled: the number is a stranger's" \
		[ "$(tr '\0' ' ' <"/proc/$hog/cmdline")" = \
		  "hog --size 220M --hold " ]
	kill -CONT "$executor"
	check "recycled: the executor sees through it" \
		wait_for "$PATIENCE" \
		grep -q "pid $hog (hog) changed: the pid is another" "$dir/oomkd"
	said 'cycle 1: '
	check "recycled: nobody was signalled" \
		not grep -q SIG "$dir/oomkd"
	check "recycled: the stranger lives" alive "$hog"
	calm
	end
}

recycled_in_module() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=3000 grace_ms=0
	squeeze 80
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	wait_for "$PATIENCE" grep -q accepted "$dir/executor"
	kill -KILL "$hog"
	wait "$hog" 2>/dev/null
	start stranger full cycle_reborn "$hog" hog --size 220M --hold
	oomkctl protect "$hog"
	check "recycled: the module sees him dead" said 'signalling 0 victims'
	check "recycled: the cycle ends" ended 1
	check "recycled: the stranger lives still" alive "$hog"
	calm
	end
}

# Pressure that is over before the first signal, and between the two.
spared() {
	begin
	policy executor_timeout_ms=60000
	start guest ready idle --size 40M
	guest=$pid
	oomkctl protect "$guest"
	hog_and_idle
	kill -STOP "$executor"
	squeeze 10
	said "victim pid $hog"
	kill -KILL "$guest"
	wait "$guest" 2>/dev/null
	kill -CONT "$executor"
	check "spared: said in the log" said 'pressure is over, 1 victims spared'
	check "spared: the hog got no signal" \
		not grep -q SIG "$dir/oomkd"
	check "spared: everybody lives" alive "$hog" "$idle"
	check "spared: counted" status_is spared 1
	end

	begin
	policy grace_ms=5000
	start guest ready idle --size 40M
	guest=$pid
	oomkctl protect "$guest"
	hog_and_idle --block-term
	squeeze 10
	wait_for "$PATIENCE" grep -q "pid $hog (hog) SIGTERM" "$dir/oomkd"
	kill -KILL "$guest"
	wait "$guest" 2>/dev/null
	check "spared in the grace: said by the executor" \
		wait_for "$PATIENCE" grep -q "pid $hog (hog) spared" "$dir/oomkd"
	ended 1
	check "spared in the grace: everybody lives" alive "$hog" "$idle"
	check "spared in the grace: oom_score_adj is as before" \
		[ "$(cat "/proc/$hog/oom_score_adj")" = 0 ]
	end

	begin none
	policy executor_timeout_ms=2000
	start guest ready idle --size 40M
	guest=$pid
	oomkctl protect "$guest"
	hog_and_idle
	squeeze 10
	said "victim pid $hog"
	kill -KILL "$guest"
	wait "$guest" 2>/dev/null
	check "spared by the module: said" said 'pressure is over, 1 victims spared'
	check "spared by the module: everybody lives" alive "$hog" "$idle"
	end
}

# A victim that does not die is not waited for without end. What it has mapped
# privately can be had all the same, what it shares cannot.
stuck() {
	begin
	policy stuck_ms=$((2000 * ${OOMK_SLOW:-1})) grace_ms=0
	start idle ready idle --size 100M
	idle=$pid
	hang
	squeeze 60
	check "stuck: it is said" said 'cycle 1: 1 victims will not die'
	check "stuck: the outcome is told" said 'cycle 1: freed totals.*stuck'
	check "stuck: its memory came back" \
		said 'cycle 1: .*pages back [0-9]* (1[2-5][0-9] MiB)'
	check "stuck: that was enough" alive "$idle"
	check "stuck: nothing is short" status_is undershoot_pages 0
	check "stuck: in the end it dies" unhang
	end

	begin
	policy stuck_ms=2000 grace_ms=0
	start idle ready idle --size 100M
	idle=$pid
	hang --shared
	squeeze 60
	check "stuck, shared: it is said" said 'cycle 1: 1 victims will not die'
	check "stuck, shared: too little came back" \
		said 'cycle 1: freed totals.* undershoot [1-9]'
	check "stuck, shared: somebody else dies" die "$idle"
	check "stuck, shared: in the end it dies" unhang
	end
}

play "recycled_in_oomkd recycled_in_module spared stuck" "$@"
