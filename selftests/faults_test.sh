#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Allocations of the kernel that fail, where the module asks for them: while it
# is loaded and unloaded, in commands, in a cycle. Each has to end in a clean
# refusal, or be borne; what was to be scanned for leaks is scanned afterwards.
# Wants a kernel with failslab and fail_page_alloc.
#
# usage: faults_test.sh CASE...

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

debug=/sys/kernel/debug

# Both kinds of allocation fail where they may sleep, too, and silently.
for kind in failslab fail_page_alloc; do
	[ -d $debug/$kind ] || bail "this kernel has no $kind"
	echo N >$debug/$kind/ignore-gfp-wait
	echo 0 >$debug/$kind/verbose
done
echo N >$debug/fail_page_alloc/ignore-gfp-highmem
echo 0 >$debug/fail_page_alloc/min-order

loading() {
	check "load: each failure is clean" faults_load $module
	check "load: no module is left" not loaded
	begin none
	check "load: it works" status_is request_state idle
	end
}

# attempt N COMMAND...: with the Nth allocation failing; sets rc, left
attempt() {
	local n=$1

	shift
	OOMK_FAIL_NTH=$n OOMK_FAIL_LEFT=$dir/left \
		LD_PRELOAD=/selftests/faulty.so "$@" >"$dir/out" 2>"$dir/err"
	rc=$?
	left=$(cat "$dir/left")
}

# sweep NAME CHECK UNDO COMMAND...: every allocation of it; when it was refused,
# CHECK has to hold, and when it was done, UNDO makes it hold again
sweep() {
	local name=$1 unharmed=$2 undo=$3 n=0 bad='' refused=0

	shift 3
	left=0
	while [ "$left" = 0 ] && [ $n -lt 500 ] && [ -z "$bad" ]; do
		n=$((n + 1))
		attempt $n "$@"
		case $rc in
		0) $undo ;;
		1)
			refused=$((refused + 1))
			grep -q '^oomkctl: ' "$dir/err" || bad="no word"
			# The answer is what was lost.
			grep -q -e 'No buffer space' -e 'Bad address' \
				"$dir/err" || $unharmed || bad="not unharmed"
			;;
		*) bad="exit status $rc" ;;
		esac
	done
	[ -z "$bad" ] || echo "# allocation $n: $bad: $(cat "$dir/err")"
	[ "$left" -gt 0 ] || bad="no end: $left"
	check "$name: of $((n - 1)) failures $refused are told, others borne" \
		[ -z "$bad" ]
	check "$name: it is done when none fails" [ "$rc" = 0 ]
}

unnamed() {
	oomkctl get-utility --json "$pid" | grep -q '"utility": 100'
}

unname() {
	oomkctl unprotect "$pid" 2>/dev/null
	oomkctl clear-utility "$pid" 2>/dev/null
}

commands() {
	begin oomkd
	policy safety_net=off
	start idle ready idle --size 1M
	for verb in 'set-utility PID 300' 'protect PID'; do
		# Word splitting makes arguments of words.
		# shellcheck disable=SC2046
		sweep "${verb% PID*}" unnamed unname \
			oomkctl $(echo "$verb" | sed "s/PID/$pid/")
	done
	sweep "policy set" "status_is level calm" true \
		oomkctl policy set grace_ms=4000
	for verb in "get-utility $pid" "list --json" "plan --json --need 1M" \
		"policy" "status" "history --json"; do
		# shellcheck disable=SC2086
		sweep "${verb%% *}" true true oomkctl $verb
	done
	end
}

# kernel_threads 0|1: whether their allocations fail; those of threads to come
# follow kthreadd
kernel_threads() {
	local p

	for p in /proc/[0-9]*; do
		case $(cat "$p/comm" 2>/dev/null) in
		kthreadd|kworker*|oomk) echo "$1" >"$p/make-it-fail" ;;
		esac
	done
}

# fail_all SPACE TIMES: allocations of kernel threads, after SPACE bytes of them
fail_all() {
	for kind in failslab fail_page_alloc; do
		echo Y >$debug/$kind/task-filter
		echo "$1" >$debug/$kind/space
		echo "$2" >$debug/$kind/times
		echo 100 >$debug/$kind/probability
	done
}

fail_none() {
	for kind in failslab fail_page_alloc; do
		echo 0 >$debug/$kind/probability
	done
}

# Times that one may still fail are counted down, unless there is no end of them.
has_failed() {
	[ "$(cat $debug/failslab/times)" -lt "$1" ] ||
		[ "$(cat $debug/fail_page_alloc/times)" -lt "$1" ]
}

# bears NAME SPACE TIMES: one cycle
bears() {
	start hog full hog --size 200M --hold
	oomkctl set-utility "$pid" 10 >/dev/null
	fail_all "$2" "$3"
	squeeze 80
	check "$1: the hog dies" die "$pid"
	wait_for "$PATIENCE" status_is request_state idle
	fail_none
	calm
	stop_started_but "$innocent"
	check "$1: nobody else does" alive "$innocent"
}

stop_started_but() {
	local p

	for p in $started; do
		[ "$p" = "$1" ] || wait "$p" 2>/dev/null
	done
	started=$1
}

cycles() {
	local hand space

	for hand in oomkd none; do
		begin $hand
		policy grace_ms=1000 executor_timeout_ms=300 safety_net=off
		start innocent ready idle --size 60M
		innocent=$pid
		kernel_threads 1
		bears "cycle, $hand: all fail" 0 1000000000
		check "cycle, $hand: some have failed" has_failed 1000000000
		for space in 0 200 400 800 1600 3200 6400; do
			bears "cycle, $hand: one fails after $space bytes" \
				$space 1
		done
		kernel_threads 0
		end
	done
}

echo "TAP version 13"
for c; do
	"$c"
done
echo "1..$nr"
finish
