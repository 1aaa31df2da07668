#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whose hand it is: executors that are there, absent, dead, stopped or late,
# and what each of them may never do. The marks are moved, no swap.

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

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
	hog_dies "raised"
	end
}

absent() {
	begin none
	hog_and_idle
	policy executor_timeout_ms=300
	squeeze 80
	check "absent: the module says what it does" \
		said 'no executor took the victims.*signalling 1 victims'
	hog_dies "absent"
	check "absent: counted" status_is backstops 1
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
		said 'signalling 1 victims from the kernel'
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

# Accepts, and is too late with everything.
late() {
	begin puppet
	hog_and_idle
	policy executor_timeout_ms=1000 grace_ms=0
	squeeze 80
	wait_for "$PATIENCE" grep -q ready "$dir/executor"
	tell accept
	check "late: the module takes over" said 'the executor is late; signalling'
	hog_dies "late"
	tell check
	check "late: its question is refused" wait_for "$PATIENCE" refusals 1
	tell 'done' 1
	check "late: its report is refused" wait_for "$PATIENCE" refusals 2
	end
}

refusals() {
	[ "$(grep -c '^refused' "$dir/executor")" = "$1" ]
}

plan 50
normal
hard
raised
absent
killed_after_accept
stopped
late
finish
