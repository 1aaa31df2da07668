#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The last moment before the kernel's own killer fires: who is saved by the OOM
# notifier, and when it keeps out. No swap.
#
# usage: oom_test.sh CASE...

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing

# Only a failed allocation starts a cycle: the items may have all that there is,
# and by the marks alone nothing has to be freed. Hardly anybody looks, anyway.
blind() {
	policy period_max_ms=10000 period_min_ms=1000
	policy soft=1 hard=0 recovery=14 capacity=1000pm
}

# As usual, but nobody executes anything: only what the notifier joins.
lame() {
	policy soft=10 hard=5 recovery=5 executor_timeout_ms=60000 \
		executor_timeout_hard_ms=60000
}

# There is memory, but not as much as the recovery mark asks for: only how much
# is available tells who ought to keep out.
tempting() {
	policy soft=50 hard=5 recovery=50 capacity=1000pm
}

# A job that has 40 % of memory, and a utility that nobody else has.
precious() {
	start precious ready idle --size "$(($(meminfo MemTotal) * 4 / 10))M"
	precious=$pid
	oomkctl set-utility "$precious" 900 || bail "no utility"
}

hogs() {
	hogs=''
	for i in 1 2 3; do
		start "hog$i" ready hog --size 4G
		hogs="$hogs $pid"
	done
}

# storm NAME N: N times all hogs at full speed, and nobody but they dies
storm() {
	local round=0 died=0

	while [ $round -lt "$2" ]; do
		round=$((round + 1))
		hogs
		# shellcheck disable=SC2086
		die $hogs && died=$((died + 1))
		alive "$precious" && killer_slept || break
	done
	check "$1: all hogs die, $2 times" [ "$died" = "$2" ]
	check "$1: the precious job lives" alive "$precious"
	check "$1: the kernel's killer slept" killer_slept
	check "$1: the notifier saw to it" [ "$(status oom_held)" -gt 0 ]
}

# The kernel's killer has killed N since begin; end expects no more.
kills_are() {
	[ "$(($(vmstat oom_kill) - kills))" = "$1" ] && return 0
	echo "# not $1 kills but $(($(vmstat oom_kill) - kills))"
	return 1
}

kills_reach() {
	[ "$(($(vmstat oom_kill) - kills))" -ge "$1" ]
}

has_killed() {
	not killer_slept
}

kept_out() {
	check "$1: nobody was held back" status_is oom_held 0
	check "$1: no cycle" status_is cycle 0
}

# Seconds since boot of the first line of the log that matches, in ms.
logged_ms() {
	dmesg | sed -n "s/^\[ *\([0-9]*\)\.\([0-9][0-9][0-9]\).*$1.*/\1\2/p" |
		head -n 1
}

# The notifier has to choose by itself.
chooses() {
	begin none
	precious
	blind
	storm "nobody there" 10
	check "nobody there: it says why" \
		said 'cycle [0-9]*: an allocation failed: available'
	check "nobody there: and what it does" \
		said 'cycle [0-9]*: an allocation failed; signalling'
	check "nobody there: pages came back" \
		said 'freed totals: .*pages back [1-9]'
	end
}

killed() {
	begin
	precious
	blind
	kill -KILL "$executor"
	storm "executor killed" 3
	end
}

stopped() {
	begin
	precious
	blind
	kill -STOP "$executor"
	storm "executor stopped" 10
	end
}

# The victims are on offer to an executor, or with one that does nothing.
joins() {
	begin puppet
	precious
	lame
	storm "on offer" 3
	check "on offer: the set was taken back" \
		said 'an allocation failed; signalling'
	end
}

accepted() {
	begin puppet
	precious
	lame
	policy grace_ms=600000
	tell accept
	start hog ready hog --size 4G --rate 64M
	wait_for "$PATIENCE" grep -q ready "$dir/executor" && tell accept
	die "$pid"
	check "accepted: the puppet had it" \
		wait_for "$PATIENCE" grep -q "victim $pid" "$dir/executor"
	check "accepted: the set was taken back" \
		said 'an allocation failed; signalling'
	check "accepted: the precious job lives" alive "$precious"
	check "accepted: the kernel's killer slept" killer_slept
	end
}

# A victim that asks for memory as it dies is left to the kernel, which lets it
# use the reserves. That is no kill. Three quarters of the memory are its own
# pages and page tables; a copy of the tables is more than the rest.
dying() {
	begin none
	blind
	policy backstop_hold_ms=10000
	echo >$tracing/trace
	echo 1 >$tracing/events/oom/mark_victim/enable
	start sparse ready cycle_sparse $(($(meminfo MemAvailable) * 96))
	check "dying: the victim dies" die "$pid"
	echo 0 >$tracing/events/oom/mark_victim/enable
	check "dying: it is ours" said "victim pid $pid (cycle_sparse)"
	check "dying: the kernel helps it" \
		grep -q "mark_victim: pid=$pid" $tracing/trace
	check "dying: without having been held back" \
		not said_now 'the kernel.s killer is not held back'
	check "dying: the kernel's killer slept" killer_slept
	end
}

observe() {
	begin none
	blind
	policy backstop=observe
	hogs
	# shellcheck disable=SC2086
	check "observe: all hogs die" die $hogs
	check "observe: by the kernel's killer" has_killed
	check "observe: nobody was held back" status_is oom_held 0
	check "observe: it names whom it would have killed" \
		said 'cycle 1: would have killed pid .*(hog)'
	check "observe: and says that it did not" said 'cycle 1: observed: '
	check "observe: the outcome" status_is outcome observed
	check "observe: it signalled nobody" status_is victims 0
	oomkctl history --json >"$dir/history"
	check "observe: it is remembered" grep -q '"observed"' "$dir/history"
	kills=$(vmstat oom_kill)
	end
}

# Twenty kills in a row are not worth a choice each.
seldom() {
	local cycles seconds from

	begin none
	blind
	policy backstop=observe
	from=$(now)
	start bomb ready forktree --width 20 --size 1M --grow 200M
	wait_for "$PATIENCE" kills_reach 15
	cycles=$(status cycle)
	seconds=$(($(now) - from))
	check "seldom: there were kills" kills_reach 15
	check "seldom: $cycles choices in $seconds s" \
		[ "$cycles" -ge 1 -a "$cycles" -le $((seconds + 1)) ]
	check "seldom: fewer than failures ($(status oom_calls))" \
		[ "$cycles" -lt $(($(status oom_calls) - 2)) ]
	stop_started
	kills=$(vmstat oom_kill)
	end
}

off() {
	begin none
	blind
	policy backstop=off
	hogs
	# shellcheck disable=SC2086
	check "off: all hogs die" die $hogs
	check "off: by the kernel's killer" has_killed
	kept_out off
	kills=$(vmstat oom_kill)
	end
}

# The victim cannot die: the kernel may have its way after the time set.
holds() {
	local from till

	begin none
	hang
	oomkctl set-utility "$hog" 0
	blind
	policy backstop_hold_ms=3000 stuck_ms=60000
	start filler ready hog --size 4G
	oomkctl set-utility "$pid" 900
	check "hold: the filler dies in the end" die "$pid"
	check "hold: by the kernel's killer" kills_are 1
	check "hold: our victim was another one" said "victim pid $hog (hog)"
	check "hold: it lives" alive "$hog"
	check "hold: the killer was held back meanwhile" \
		[ "$(status oom_held)" -ge 1 ]
	check "hold: the log says when not any more" \
		said 'cycle 1: victims still hold their memory after [0-9]*[0-9][0-9][0-9][0-9] ms'
	from=$(logged_ms 'oomk: cycle 1: an allocation failed')
	till=$(logged_ms 'Out of memory: Killed process')
	check "hold: the killer came after $((till - from)) ms" \
		[ $((till - from)) -ge 2900 ]
	check "hold: not much later" \
		[ $((till - from)) -le $((6000 * ${OOMK_SLOW:-1})) ]
	kills=$(vmstat oom_kill)
	unhang
	end
}

# Somebody else is dying, and enough; he is not our victim.
others() {
	begin none
	hang
	kill -KILL "$hog"
	blind
	start filler ready hog --size 4G
	check "others: the filler dies" die "$pid"
	check "others: by the kernel's killer" kills_are 1
	check "others: we had nobody killed" status_is victims 0
	check "others: and held nobody back" status_is oom_held 0
	kills=$(vmstat oom_kill)
	unhang
	end
}

# What may be killed is not enough.
hopeless() {
	begin none
	blind
	policy soft=20 recovery=30 infeasible=none
	start stone full hog --size "$(($(meminfo MemAvailable) - 80))M" --hold
	stone=$pid
	echo -1000 >"/proc/$stone/oom_score_adj"
	start hog ready hog --size 4G
	check "hopeless: the kernel's killer takes the hog" die "$pid"
	check "hopeless: as ever" kills_are 1
	check "hopeless: we say so" said 'infeasible: all that may be killed'
	# But for the moment in which we say so.
	check "hopeless: and held nobody back" \
		not said_now 'the kernel.s killer is not held back'
	check "hopeless: the other lives" alive "$stone"
	kills=$(vmstat oom_kill)
	end
}

sysrq() {
	begin none
	tempting
	start hog full hog --size 100M --hold
	echo 1 >/proc/sys/kernel/sysrq
	echo f >/proc/sysrq-trigger
	check "sysrq-f: the kernel kills" die "$pid"
	check "sysrq-f: one" kills_are 1
	check "sysrq-f: it came to us" [ "$(status oom_calls)" -ge 1 ]
	kept_out sysrq-f
	kills=$(vmstat oom_kill)
	end
}

# A limit is the cgroup's own affair.
memcg() {
	local group=/sys/fs/cgroup/oomtest

	begin none
	start idle ready idle --size 100M
	idle=$pid
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo 64M >$group/memory.max
	start hog '' sh -c "echo \$\$ >$group/cgroup.procs
		exec hog --size 4G"
	check "limit: the hog inside dies" die "$pid"
	check "limit: by the kernel's killer" kills_are 1
	check "limit: it never came to us" status_is oom_calls 0
	kept_out limit
	check "limit: the other lives" alive "$idle"
	kills=$(vmstat oom_kill)
	rmdir $group
	end
}

# One node runs out, the machine has plenty. Boot with numa=fake=2.
cpuset() {
	local group=/sys/fs/cgroup/oomtest

	[ -d /sys/devices/system/node/node1 ] || bail "boot with numa=fake=2"
	begin none
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo 1 >$group/cpuset.mems
	tempting
	start hog '' sh -c "echo \$\$ >$group/cgroup.procs
		exec hog --size 4G"
	check "cpuset: the hog inside dies" die "$pid"
	check "cpuset: by the kernel's killer" kills_are 1
	check "cpuset: for want of memory there" \
		sh -c 'dmesg | grep -q CONSTRAINT_CPUSET'
	check "cpuset: it came to us" [ "$(status oom_calls)" -ge 1 ]
	kept_out cpuset
	kills=$(vmstat oom_kill)
	rmdir $group
	end
}

# The same while a victim is dying: the memory that there is may be what it gave
# back, so the allocation is tried again, for as long as the killer may be held.
# The victim is on that node, the filler where it likes, so that the machine stays
# above its mark.
returns() {
	local group=/sys/fs/cgroup/oomtest

	[ -d /sys/devices/system/node/node1 ] || bail "boot with numa=fake=2"
	begin none
	policy executor_timeout_ms=100 grace_ms=0 stuck_ms=600000 \
		backstop_hold_ms=3000
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo 1 >$group/cpuset.mems
	start filler ready idle --size 100M
	echo -1000 >"/proc/$pid/oom_score_adj"
	echo $$ >$group/cgroup.procs
	hang
	echo $$ >/sys/fs/cgroup/cgroup.procs
	squeeze 60
	check "returns: a victim is dying" \
		wait_for "$PATIENCE" status_is request_state reaping
	start bound '' sh -c "echo \$\$ >$group/cgroup.procs
		exec hog --size 4G"
	check "returns: who is bound to a node dies in the end" die "$pid"
	check "returns: by the kernel's killer" kills_are 1
	check "returns: which was held back meanwhile" \
		[ "$(status oom_held)" -ge 1 ]
	check "returns: until the time was up" \
		said 'cycle 1: victims still hold their memory after [3-9][0-9][0-9][0-9] ms'
	check "returns: nobody else was chosen" victims_are "$hog"
	kills=$(vmstat oom_kill)
	unhang
	end
	rmdir $group
}

# Three thousand in need at once. Not among the guest tests: whether the dying
# reach the kernel's reserves before the hold is over is a matter of luck.
crowd() {
	begin none
	precious
	blind
	policy backstop_hold_ms=10000
	: >"$dir/bomb"
	sh -c 'echo 0 >/proc/self/oom_score_adj
		exec forktree --width 3000 --size 40K --grow 2M --tied' \
		>"$dir/bomb" 2>&1 &
	pid=$!
	started="$started $pid"
	check "crowd: it grows" wait_for "$PATIENCE" grep -q ^ready "$dir/bomb"
	check "crowd: it dies" die "$pid"
	check "crowd: the notifier saw to it" [ "$(status oom_held)" -gt 0 ]
	check "crowd: the precious job lives" alive "$precious"
	check "crowd: the kernel's killer slept" killer_slept
	end
}

# Taken away in the midst of it, again and again.
unloads() {
	local round=0

	while [ $round -lt 5 ]; do
		round=$((round + 1))
		begin none
		blind
		hogs
		wait_for "$PATIENCE" said_now 'an allocation failed: '
		unload
		stop_started
	done
	check "unload: in the midst of storms" not loaded
}

# Who hangs here hangs on purpose, in a slow kernel for minutes.
hung=/proc/sys/kernel/hung_task_timeout_secs
[ ! -e $hung ] || echo 0 >$hung
echo "TAP version 13"
for c; do
	"$c"
done
echo "1..$nr"
finish
