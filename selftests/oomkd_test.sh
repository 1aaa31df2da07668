#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The executor as a daemon: how it comes, how it goes, what it leaves behind.

. "${0%/*}/lib.sh"

adj() {
	cat "/proc/$1/oom_score_adj"
}

adj_is() {
	[ "$(adj "$1")" = "$2" ]
}

# A hog in its grace, deaf to SIGTERM and of an oom_score_adj of its own.
in_grace() {
	start hog full hog --size 220M --hold --block-term
	hog=$pid
	echo 33 >"/proc/$hog/oom_score_adj"
	policy grace_ms=600000 executor_timeout_ms=60000
	squeeze 80
	wait_for "$PATIENCE" grep -q "pid $hog (hog) SIGTERM" "$dir/oomkd"
}

# Exit status of the executor, which is leaving.
executor_left() {
	die "$executor" || return 1
	wait "$executor"
	left=$?
	executor=''
	[ $left = "$1" ]
}

usage() {
	oomkd >"$dir/out" 2>&1
	check "without the module it leaves" [ $? = 1 ]
	check "and says how to load it" grep -q 'modprobe oomk' "$dir/out"
	oomkd --no-such >"$dir/out" 2>&1
	check "unknown option" [ $? = 2 ]
	oomkd stray >"$dir/out" 2>&1
	check "stray argument" [ $? = 2 ]
	oomkd --help >"$dir/out"
	check "help" grep -q '^Usage: oomkd' "$dir/out"
	oomkd --version >"$dir/out"
	check "version" grep -q '^oomkd [0-9]' "$dir/out"
}

unprivileged() {
	begin none
	su nobody -c "oomkd --run-dir /tmp/nobody" >"$dir/out" 2>&1
	check "without privilege it leaves" [ $? = 1 ]
	check "and says what is missing" \
		grep -q 'Operation not permitted: .*CAP_SYS_ADMIN' "$dir/out"
	oomkd --run-dir /tmp/nobody >"$dir/out" 2>&1
	check "another user's directory is not used" [ $? = 1 ]
	end
}

killed() {
	begin
	in_grace
	check "in the grace the killer would take the victim" adj_is "$hog" 1000
	calm
	stop_executor
	check "one that is killed leaves it so" adj_is "$hog" 1000
	start_oomkd
	check "the next one restores it" adj_is "$hog" 33
	check "and says so" grep -q 'restored the oom_score_adj of 1 ' \
		"$dir/oomkd"
	check "the victim lives" alive "$hog"
	end
}

asked_to_leave() {
	begin
	in_grace
	kill -TERM "$executor"
	check "asked to leave in a grace, it does" executor_left 0
	check "the victim is restored" adj_is "$hog" 33
	check "and lives" alive "$hog"
	calm
	end
}

unloaded() {
	begin
	in_grace
	unload
	check "unloaded in a grace, it fails" executor_left 1
	check "and says why" grep -q 'oomk was unloaded' "$dir/oomkd"
	check "the victim is restored" adj_is "$hog" 33
	check "and lives" alive "$hog"
	stop_started
	begin
	unload
	check "unloaded at rest, it fails" executor_left 1
}

# Its owner may lower again what the executor raised.
owner() {
	begin
	start hog full su nobody -c \
		"exec hog --size 220M --hold --block-term"
	hog=$pid
	policy grace_ms=600000 executor_timeout_ms=60000
	squeeze 80
	wait_for "$PATIENCE" adj_is "$hog" 1000
	calm
	su nobody -c "echo -1 >/proc/$hog/oom_score_adj" 2>"$dir/out"
	check "an owner may not go below what he was given" adj_is "$hog" 1000
	su nobody -c "echo 0 >/proc/$hog/oom_score_adj"
	check "but back to it" adj_is "$hog" 0
	end
}

dry_run() {
	begin none
	oomkd --dry-run >"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd"
	start hog full hog --size 220M --hold
	hog=$pid
	squeeze 80
	ended 1
	check "dry run: told" grep -q "pid $hog (hog) spared" "$dir/oomkd"
	check "dry run: alive" alive "$hog"
	check "dry run: not touched" adj_is "$hog" 0
	calm
	end
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' \
		"/proc/$executor/status"
}

resident_kb() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$executor/status"
}

footprint() {
	begin none
	sh -c 'echo 0 >/proc/self/oom_score_adj; exec oomkd' \
		>"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd"
	check "exempt from the killer" adj_is "$executor" -1000
	check "all that is resident is locked" \
		[ "$(awk '$1 == "VmLck:" { print $2 }' \
		"/proc/$executor/status")" -ge "$(resident_kb)" ]
	check "under 3 MiB resident" [ "$(resident_kb)" -lt 3072 ]
	before=$(switches)
	sleep 20
	echo "# $(resident_kb) kB, $(($(switches) - before)) switches in 20 s"
	check "at rest it sleeps" [ $(($(switches) - before)) -le 2 ]
	in_grace
	policy grace_ms=0
	calm
	stop_started
	check "under 3 MiB after work" [ "$(resident_kb)" -lt 3072 ]
	end
}

signs_of_life() {
	grep -c '^WATCHDOG=1' "$dir/manager"
}

more_signs_than() {
	[ "$(signs_of_life)" -gt "$1" ]
}

start_managed() {
	start manager ready cycle_manager "$dir/socket"
	manager=$pid
	: >"$dir/oomkd"
	NOTIFY_SOCKET=$dir/socket WATCHDOG_USEC=1000000 \
		oomkd >"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" has_said manager READY=1
}

# A service manager hears of readiness, signs of life and the end.
managed() {
	begin none
	start_managed
	check "tells the manager that it is ready" has_said manager READY=1
	wait_for "$PATIENCE" has_said manager WATCHDOG=1
	check "gives signs of life" has_said manager WATCHDOG=1
	in_grace
	check "also while it waits for victims" wait_for "$PATIENCE" \
		more_signs_than "$(($(signs_of_life) + 2))"
	calm
	kill -STOP "$executor"
	sleep 1
	before=$(signs_of_life)
	sleep 3
	check "but none when it is stopped" not more_signs_than "$before"
	kill -CONT "$executor"
	check "and again when it goes on" wait_for "$PATIENCE" \
		more_signs_than "$before"
	pid=$manager
	kill -TERM "$executor"
	wait_for "$PATIENCE" has_said manager STOPPING=1
	check "tells the manager that it leaves" has_said manager STOPPING=1
	check "and leaves" executor_left 0
	end
}

# A manager that is itself short of memory does not read for a while.
manager_stalled() {
	echo 1 >/proc/sys/net/unix/max_dgram_qlen
	begin none
	start_managed
	kill -STOP "$manager"
	sleep 5
	policy grace_ms=300 executor_timeout_ms=20000
	start hog full hog --size 220M --hold --block-term
	squeeze 80
	check "a manager that does not read holds nothing up" die "$pid"
	check "the module had to do nothing" status_is backstops 0
	calm
	end
	echo 10 >/proc/sys/net/unix/max_dgram_qlen
}

# start_lossy WHAT: an executor that is never answered that
start_lossy() {
	: >"$dir/oomkd"
	OOMK_LOSE=$1 LD_PRELOAD=/selftests/lossy.so oomkd >>"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd"
}

# What the kernel has no memory to say is not waited for.
lossy() {
	begin none
	start_lossy check
	start hog full hog --size 220M --hold --block-term
	policy grace_ms=1000 executor_timeout_ms=5000
	squeeze 80
	check "no check is answered: the victim dies" die "$pid"
	check "and by the executor" status_is backstops 0
	check "after its grace" grep -q \
		'SIGKILL after [1-9][0-9][0-9][0-9] ms' "$dir/oomkd"
	calm
	end

	begin none
	start_lossy accept
	start hog full hog --size 220M --hold
	policy executor_timeout_ms=20000
	squeeze 80
	check "a set that did not arrive: the victim dies" die "$pid"
	check "and it was said" grep -q 'cannot fetch the victims' "$dir/oomkd"
	check "and by the executor, which took the seat anew" \
		status_is backstops 0
	check "and has it yet" status_is executor_pid "$executor"
	calm
	end
}

# A field of its line in /proc/PID/stat, the name in which has no blank.
stat_is() {
	[ "$(cut -d ' ' -f "$1" "/proc/$executor/stat")" = "$2" ]
}

scheduled() {
	begin
	check "nice at first" stat_is 19 -20
	check "and not of real time" stat_is 41 0
	policy executor_sched=fifo
	check "the policy makes it SCHED_FIFO" \
		wait_for "$PATIENCE" stat_is 41 1
	check "of the lowest priority" stat_is 40 1
	check "and it says so" grep -q 'SCHED_FIFO, priority 1' "$dir/oomkd"
	stop_executor
	start_oomkd
	check "one that starts then follows it" \
		wait_for "$PATIENCE" stat_is 41 1
	policy executor_sched=nice
	check "and back" wait_for "$PATIENCE" stat_is 41 0
	check "to the highest priority below" stat_is 19 -20
	policy executor_sched=fifo
	stop_executor
	# CAP_SYS_NICE
	cycle_uncapped 23 oomkd >"$dir/oomkd" 2>&1 &
	executor=$!
	check "real time that is refused is said" wait_for "$PATIENCE" \
		grep -q 'SCHED_FIFO refused, nice instead' "$dir/oomkd"
	check "and it goes on" grep -q 'scheduled nice -20' "$dir/oomkd"
	check "with what it gets" stat_is 19 -20
	policy executor_sched=nice
	end
}

# start_hidden OPTIONS: an executor with few rights and a /proc of its own
start_hidden() {
	# CAP_SYS_PTRACE
	unshare -m sh -c "mount -t proc -o $1 proc /proc &&
		exec cycle_uncapped 19 oomkd" >"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd"
}

# Whom it cannot look at it cannot ask to leave: what its unit does about that.
hidden() {
	begin none
	start_hidden hidepid=2,gid=99
	check "a /proc that hides others is said" \
		grep -q 'hides processes of others' "$dir/oomkd"
	stop_executor
	start_hidden hidepid=1
	check "one that shows them to root is none" \
		not grep -q 'hides processes of others' "$dir/oomkd"
	start hog full su alice -c 'exec hog --size 220M --hold'
	squeeze 80
	check "with that, others are asked to leave" wait_for "$PATIENCE" \
		grep -q "pid $pid (hog) SIGTERM" "$dir/oomkd"
	die "$pid"
	calm
	end
}

plan 62
usage
unprivileged
killed
asked_to_leave
unloaded
owner
dry_run
footprint
managed
manager_stalled
lossy
scheduled
hidden
finish
