#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cycle_wedged.sh CASE - cycles that bring nothing back
#
# All memory that counts is protected, so every cycle is infeasible. With the
# default the machine goes on; with wedged=panic it does not, and what that
# case says before is all that it may say.

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

everything_protected() {
	start guest ready idle --size 250M
	oomkctl protect "$pid"
}

# cycles N: the last cycle's number is at least that
cycles() {
	[ "$(status cycle)" -ge "$1" ]
}

nothing() {
	plan 9
	begin none
	everything_protected
	policy wedged_cycles=3 wedged_ms=3600000
	squeeze 80
	check "nothing: the third cycle in a row is one too many" \
		said 'cycle 3: wedged: 3 cycles in a row brought nothing back; the last one: infeasible, '
	check "nothing: life goes on" wait_for "$PATIENCE" cycles 6
	check "nothing: it is not said again and again" \
		[ "$(dmesg | grep -c 'oomk: .*wedged')" = 1 ]
	check "nothing: nobody was killed" alive "$pid"
	end

	# One that is killed in between begins the count anew.
	begin none
	everything_protected
	policy wedged_cycles=8 wedged_ms=3600000 executor_timeout_ms=100
	squeeze 80
	wait_for "$PATIENCE" cycles 2
	calm
	sleep 3
	vain=$(status cycle)
	start hog full hog --size 150M --hold
	squeeze 80
	check "reset: the hog dies" die "$pid"
	check "reset: that brought something back" \
		wait_for "$PATIENCE" status_is outcome killed
	check "reset: before there were some in vain" [ "$vain" -ge 2 ]
	check "reset: but too few" [ "$vain" -le 7 ]
	squeeze 80
	check "reset: and now they are counted from one" \
		said "cycle $((vain + 9)): wedged: 8 cycles in a row"
	end
	finish
}

# Ends in a panic, see guest.tests; no check can say so from in here.
panic() {
	plan 1
	begin none
	everything_protected
	policy wedged=panic wedged_cycles=3 wedged_ms=3600000
	check "panic: not yet" [ "$(status cycle)" = 0 ]
	squeeze 80
	wait_for "$PATIENCE" cycles 4
	bail "no panic"
}

"$1"
