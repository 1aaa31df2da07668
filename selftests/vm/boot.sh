# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# boot.sh - start an emulator, and judge what its guest left; to be sourced
#
# boot QEMU... starts one whose guest writes the kernel's log to $log, and the
# status of its command to $status_file, within $timeout seconds; verdict then
# exits with what selftests/vm/run promises. say is the caller's.

EXIT_STALL=123
EXIT_HANG=124
EXIT_CRASH=125

boot_trouble=${BASH_SOURCE[0]%/*}/trouble
# Seconds until a guest that is not up never will be.
boot_limit=${boot_limit:-60}
boot_pid=

# The last line before the command; see start.
is_up() { grep -a -q 'start: running the command' "$log"; }

# Log $1 with its lines numbered, an object that leaked and its backtrace being
# one, and no count of leaks if all of them have a text of $pardon.
read_log() {
	PARDON=${pardon:-no such line} LC_ALL=C awk '
	BEGIN { nr_pardons = split(ENVIRON["PARDON"], pardons, "\n") }
	function is_pardoned(line, i) {
		for (i = 1; i <= nr_pardons; i++)
			if (index(line, pardons[i]))
				return 1
		return 0
	}
	function end_object() {
		if (object == "")
			return
		print object
		nr_pardoned += is_pardoned(object)
		object = ""
	}
	object != "" && /^[ \t]/ { object = object $0; next }
	{ end_object() }
	/^unreferenced object 0x/ { object = NR ":" $0; next }
	/kmemleak: [0-9]+ new/ {
		counts = counts NR ":" $0 "\n"
		sub(/.*kmemleak: /, "")
		nr_leaks += $1
		next
	}
	{ print NR ":" $0 }
	END {
		end_object()
		if (nr_pardoned < nr_leaks)
			printf "%s", counts
	}' "$1" | tr -d '\r'
}

# Lines of log $1 that no healthy kernel writes, but for those with a text of
# $pardon; it has one a line.
find_trouble() {
	read_log "$1" | grep -a -E -f <(grep -v '^#' "$boot_trouble") |
		grep -a -v -F -e "${pardon:-no such line}"
}

# Why what was booted says nothing of what is tested; empty if it may.
sick() {
	if ! is_up; then
		echo "the guest does not come up"
	elif [ "$boot_early" = 1 ]; then
		echo "the kernel is in trouble before the command runs"
	fi
}

# Until the guest is up: one that stands still is ended, so is one in trouble.
await_up() {
	local until=$((SECONDS + boot_limit))

	boot_early=0
	until is_up; do
		kill -0 "$boot_pid" 2>/dev/null || return
		if [ $SECONDS -ge $until ]; then
			kill "$boot_pid" 2>/dev/null
			return
		fi
		sleep 0.5
	done
	sed '/start: running the command/q' "$log" >"$log.early"
	if find_trouble "$log.early" >/dev/null; then
		boot_early=1
		kill "$boot_pid" 2>/dev/null
	fi
	rm -f "$log.early"
}

# An emulator that aborts, stands still or breaks the kernel while the guest
# boots says nothing of what is tested: up to three times. Sets $rc.
boot() {
	local try why

	for try in 1 2 3; do
		: >"$log" && : >"$status_file" || return
		timeout -k 5 "$timeout" "$@" </dev/null 2>"$status_file.err" &
		boot_pid=$!
		await_up
		wait $boot_pid 2>/dev/null
		rc=$?
		boot_pid=
		why=$(sick)
		[ -n "$why" ] && [ $try -lt 3 ] || break
		say "$why, once more: $(tail -n 1 "$status_file.err")"
	done
}

# The first trouble in $log is the panic that was expected. What follows it is
# the panic's own.
expect_panic() {
	local first

	first=$(find_trouble "$log" | head -n 1)
	case $first in
	*"Kernel panic - not syncing: $1"*) return 0 ;;
	esac
	say "expected a panic that says: $1"
	say "the first trouble was: ${first:-none}"
	return 1
}

# A CPU or a task did not get on, and that is all: on a busy host, or in a fault
# of the emulator, anybody's. Not if the module was seen on a stack.
only_stalled() {
	! find_trouble "$log" |
		grep -a -v -q -E 'rcu: INFO: rcu_|INFO: rcu_|soft lockup|workqueue lockup' &&
		! grep -a -q '\[oomk\]' "$log"
}

# verdict [PANIC]: the status to exit with
verdict() {
	local lines status

	status=$(sed -n 's/^exit \([0-9]*\).*/\1/p' "$status_file")
	if [ -n "${1-}" ]; then
		expect_panic "$1" && return 0
		return $EXIT_CRASH
	fi
	if lines=$(find_trouble "$log"); then
		say "the guest's kernel is in trouble:"
		printf '%s\n' "$lines" | head -n 20 >&2
		! only_stalled || return $EXIT_STALL
		return $EXIT_CRASH
	fi
	if [ "$rc" = 124 ] || [ "$rc" = 137 ]; then
		say "time limit of $timeout s reached"
		tail -n 5 "$log" | tr -d '\r' >&2
		return $EXIT_HANG
	fi
	if [ -z "$status" ]; then
		say "the guest ended without a verdict (qemu: $rc)"
		cat "$status_file.err" >&2
		tail -n 10 "$log" | tr -d '\r' >&2
		return $EXIT_CRASH
	fi
	return "$status"
}
