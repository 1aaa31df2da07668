#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whose hand it is: executors that are there, absent, dead, stopped or late,
# and what each of them may never do. The marks are moved, no swap.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# A hog that shall die and one that nobody may touch, both unnamed.
hog_and_idle() {
	start idle ready idle --size 40M
	idle=$pid
	start hog full hog --size 220M --hold "$@"
	hog=$pid
}

# hog_dies WHO: and nobody else did
hog_dies() {
	check "$1: the hog dies" die "$hog"
	ended 1
	check "$1: nobody else was signalled" victims_are "$hog"
	check "$1: the other lives" alive "$idle"
}

# What came back is told against the need, in status and log.
balanced() {
	local need back over under

	need=$(status need_pages)
	back=$(status back_pages)
	over=$(status overshoot_pages)
	under=$(status undershoot_pages)
	[ "$need" -gt 0 ] && [ $((back - need)) = $((over - under)) ] &&
		{ [ "$over" = 0 ] || [ "$under" = 0 ]; } &&
		said_now "overshoot $over pages, undershoot $under pages, "
}

normal() {
	begin
	hog_and_idle --block-term
	policy grace_ms=1000
	squeeze 80
	hog_dies "executor"
	check "executor: SIGTERM first" said "victim pid $hog .*SIGTERM"
	check "executor: SIGKILL after the grace" \
		grep -q "pid $hog (hog) SIGKILL after 1[0-9][0-9][0-9] ms" \
		"$dir/oomkd"
	check "executor: the module had to do nothing" status_is backstops 0
	check "executor: the outcome is killed" status_is outcome killed
	check "executor: one victim since load" status_is victims 1
	check "executor: more came back than was needed" \
		[ "$(status overshoot_pages)" -gt 10000 ]
	check "executor: and the books balance" balanced
	calm

	oomkd --run-dir "$dir/other" >"$dir/second" 2>&1
	check "a second executor refuses" [ $? = 1 ]
	check "and says who is there" \
		grep -q "another executor (pid $executor)" "$dir/second"
	oomkd >"$dir/second" 2>&1
	check "likewise with the same directory" [ $? = 1 ]
	check "and says so" \
		grep -q "another executor (pid $executor)" "$dir/second"
	end
}

hard() {
	begin
	hog_and_idle --block-term
	policy soft=50 hard=49 recovery=20
	hog_dies "hard"
	check "hard: SIGKILL at once" said "victim pid $hog .*SIGKILL"
	check "hard: the executor sent no SIGTERM" \
		not grep -q SIGTERM "$dir/oomkd"
	end
}

# The soft level becomes the hard one while the grace runs.
raised() {
	begin
	hog_and_idle --block-term
	policy grace_ms=600000
	squeeze 80
	wait_for "$PATIENCE" grep -q "pid $hog (hog) SIGTERM" "$dir/oomkd"
	check "raised: the hog outlives SIGTERM" alive "$hog"
	policy soft=50 hard=49
	check "raised: it was seen" wait_for "$PATIENCE" raise_seen
	hog_dies "raised"
	end
}

# By the module, or sooner, and then there is nothing to raise, by the executor.
raise_seen() {
	dmesg | grep -q 'cycle 1: hard watermark crossed, no grace any more' ||
		grep -q "pid $hog (hog) SIGKILL after" "$dir/oomkd"
}

absent() {
	begin none
	hog_and_idle
	policy executor_timeout_ms=300
	squeeze 80
	check "absent: the module says what it does" \
		said 'there is no executor; signalling 1 victims'
	hog_dies "absent"
	check "absent: counted" status_is backstops 1
	end
}

# At the hard level one that may be started is not waited for.
absent_hard() {
	begin none
	hog_and_idle
	policy executor_timeout_ms=60000 executor_timeout_hard_ms=60000
	policy soft=50 hard=49 recovery=20
	check "absent at the hard level: the hog dies soon" \
		wait_for 30 dead "$hog"
	check "absent at the hard level: by SIGKILL of the module" \
		said 'there is no executor; signalling 1 victims'
	hog_dies "absent at the hard level"
	end
}

# Accepts and dies; nobody comes after it, or another one does.
killed_after_accept() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=60000
	squeeze 80
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	wait_for "$PATIENCE" grep -q accepted "$dir/executor"
	check "died: the set was the executor's" status_is request_state accepted
	check "died: it knew the victim" grep -q "victim $hog" "$dir/executor"
	stop_executor
	check "died: the set is offered again" \
		wait_for "$PATIENCE" status_is request_state ready
	start_oomkd
	check "died: the next one takes it" \
		wait_for "$PATIENCE" grep -q "pid $hog (hog) SIGTERM" "$dir/oomkd"
	hog_dies "died"
	check "died: the module had to do nothing" status_is backstops 0
	end

	begin puppet
	hog_and_idle
	policy executor_timeout_ms=2000
	squeeze 80
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	wait_for "$PATIENCE" grep -q accepted "$dir/executor"
	stop_executor
	check "died for good: the module takes over" \
		said 'the executor is gone; signalling 1 victims from the kernel'
	hog_dies "died for good"
	end
}

stopped() {
	begin
	hog_and_idle
	policy executor_timeout_ms=500
	kill -STOP "$executor"
	squeeze 80
	check "stopped: the module takes over" \
		said 'signalling 1 victims from the kernel'
	hog_dies "stopped"
	kill -CONT "$executor"
	calm
	policy executor_timeout_ms=10000
	start hog full hog --size 240M --hold
	dmesg -c >/dev/null
	squeeze 80
	check "stopped: once it goes on it executes the next set" \
		wait_for "$PATIENCE" grep -q "pid $pid (hog) SIGTERM" "$dir/oomkd"
	check "stopped: and that hog dies too" die "$pid"
	end
}

# accept: the puppet has the set that waits
accept() {
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	wait_for "$PATIENCE" grep -q accepted "$dir/executor" ||
		bail "the puppet got no set"
}

# Accepts, is heard all the time, and is too late with everything.
late() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=2000 grace_ms=0
	squeeze 80
	accept
	tell beat 100
	check "late: the module takes over" said 'the executor is late; signalling'
	hog_dies "late"
	check "late: its question is refused" wait_for "$PATIENCE" refusals 1
	tell 'done' 1
	check "late: its report is refused" wait_for "$PATIENCE" refusals 2
	end
}

# Accepts, and says nothing any more, long before the grace is over.
silent() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=1000 grace_ms=600000
	squeeze 80
	accept
	check "silent: the module takes over" \
		said 'the executor is silent; signalling 1 victims'
	check "silent: with SIGTERM, which the hog obeys" die "$hog"
	ended 1
	check "silent: nobody else was signalled" victims_are "$hog"
	check "silent: counted" status_is backstops 1
	end
}

# The grace is neither cut short nor begun anew by a hand that changes.
grace_kept() {
	begin puppet
	hog_and_idle --block-term
	policy executor_timeout_ms=8000 grace_ms=10000
	squeeze 80
	accept
	check "grace kept: the module takes over" \
		said 'the executor is silent; signalling 1 victims'
	hog_dies "grace kept"
	check "grace kept: it is over 10 s after the set was taken" \
		said 'cycle 1: freed totals.* 1[0-5][0-9][0-9][0-9] ms to last'
	end
}

# As long as it is heard it has all of the grace.
heard() {
	begin puppet
	hog_and_idle --block-term
	policy executor_timeout_ms=3000 grace_ms=12000
	squeeze 80
	accept
	tell beat 100
	check "heard: until the grace is over" \
		said 'the executor is late; signalling 1 victims'
	hog_dies "heard"
	check "heard: that is when its time was over" \
		said 'cycle 1: freed totals.* 1[5-9][0-9][0-9][0-9] ms to last'
	end
}

# The level rises while the module itself lets the grace pass.
raised_in_module() {
	begin none
	hog_and_idle --block-term
	policy executor_timeout_ms=300 grace_ms=600000
	squeeze 80
	said 'signalling 1 victims'
	policy soft=50 hard=49
	check "raised in the module: said" \
		said 'cycle 1: hard watermark crossed, no grace any more'
	hog_dies "raised in the module"
	end
}

# All victims are dead and nobody says so: the module looks itself.
dead_unreported() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=1000 grace_ms=600000 stuck_ms=600000
	squeeze 80
	accept
	tell kill 9
	check "unreported: the hog dies" die "$hog"
	check "unreported: the module sees it" said 'signalling 0 victims'
	check "unreported: the cycle ends" ended 1
	check "unreported: as killed" status_is outcome killed
	check "unreported: and with one victim" status_is victims 1
	check "unreported: nobody else died" alive "$idle"
	end
}

refusals() {
	[ "$(grep -c '^refused' "$dir/executor")" = "$1" ]
}

play "normal hard raised absent absent_hard killed_after_accept stopped late
silent grace_kept heard raised_in_module dead_unreported" "$@"
