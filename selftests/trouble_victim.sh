#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Victims that are no ordinary processes. The marks are moved, no swap.
#
# usage: trouble_victim.sh [steady | racy | SCENE...]
#
# Elsewhere: blocked SIGTERM - cycle_hands.sh; pids recycled before ACCEPT, and
# between ACCEPT and the module's hand; spikes that are over before SIGTERM and
# before SIGKILL; hogs that hang in the kernel and are given up - cycle_spare.sh.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# SIGTERM is ignored, SIGKILL follows (earlyoom#354, earlyoom#373).
ignores() {
	open_scene
	cast stubborn --size 220M
	policy grace_ms=1000
	squeeze 80
	check "$scene: SIGTERM first" logged "pid $victim (stubborn) SIGTERM"
	check "$scene: then SIGKILL" \
		logged "pid $victim (stubborn) SIGKILL after [1-9][0-9]*[0-9][0-9][0-9] ms"
	check "$scene: it dies" die "$victim"
	settled "$victim"
}

# in_one_cycle N: the first one had so many victims
in_one_cycle() {
	[ "$(dmesg | grep -c 'cycle 1: victim pid')" = "$1" ]
}

# The parent hangs in vfork(), its child has the memory: one item.
in_vfork() {
	local child

	for how in '' --block-term; do
		open_scene
		policy grace_ms=1000
		# Word splitting drops what is empty.
		# shellcheck disable=SC2086
		cast vforked --size 220M $how
		child=$(told victim child)
		squeeze 80
		check "$scene $how: both die" die "$victim" "$child"
		check "$scene $how: in one cycle" in_one_cycle 2
		check "$scene $how: the memory was counted once" \
			said 'weight [0-9]* pages (2[23][0-9] MiB)'
		settled "$victim" "$child"
	done
}

shared_mm() {
	open_scene
	policy grace_ms=1000
	cast sharedmm --size 220M --procs 3 --block-term
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	set -- "$victim" $(told victim child)
	squeeze 80
	check "$scene: all who share it die" die "$@"
	check "$scene: in one cycle" in_one_cycle 3
	check "$scene: the memory was counted once" \
		said 'weight [0-9]* pages (2[23][0-9] MiB)'
	ended 1
	check "$scene: and came back" said 'pages back [0-9]* (\(1[5-9]\|2\)[0-9]'
	settled "$@"
}

# A zombie leader does not pass for a dead process.
leaderless_victim() {
	open_scene
	policy grace_ms=1000
	cast leaderless --size 220M --threads 3 --block-term
	squeeze 80
	check "$scene: it dies" die "$victim"
	ended 1
	check "$scene: its memory came back" \
		said 'pages back [0-9]* (\(1[5-9]\|2\)[0-9]'
	settled "$victim"
}

# Stopped by SIGSTOP: the executor wakes it to obey, the module kills it when its
# grace is over.
stopped() {
	local hand

	for hand in oomkd none; do
		open_scene $hand
		policy grace_ms=600000 executor_timeout_ms=300
		[ $hand = oomkd ] || policy grace_ms=2000
		cast hog --size 220M --hold
		kill -STOP "$victim"
		squeeze 80
		check "$scene, $hand: it dies" die "$victim"
		settled "$victim"
	done
}

# Traced, it stops at SIGTERM, and stays a zombie once it is dead.
traced() {
	local hand

	for hand in oomkd none; do
		open_scene $hand
		policy grace_ms=1000 executor_timeout_ms=300 stuck_ms=600000
		cast hog --size 220M --hold
		start tracer ready cycle_tracer "$victim"
		tracer=$pid
		squeeze 80
		check "$scene, $hand: it dies" die "$victim"
		check "$scene, $hand: the tracer lives" alive "$tracer"
		check "$scene, $hand: the zombie is no reason to wait" ended 1
		settled "$victim"
	done
}

# Frozen as a whole container is, and deaf: SIGKILL alone wakes it.
frozen() {
	local group=/sys/fs/cgroup/frozen hand

	for hand in oomkd none; do
		open_scene $hand
		policy grace_ms=1000 executor_timeout_ms=300
		cast hog --size 220M --hold --block-term
		mkdir $group
		echo "$victim" >$group/cgroup.procs
		echo 1 >$group/cgroup.freeze
		wait_for "$PATIENCE" grep -q '^frozen 1' $group/cgroup.events
		squeeze 80
		check "$scene, $hand: it dies" die "$victim"
		settled "$victim"
		rmdir $group
	done
}

# In the old freezer not even SIGKILL does, but the memory can be taken; in a slow
# kernel 220 MiB take longer than two seconds.
frozen_v1() {
	local group=/tmp/freezer/frozen

	grep -q '^freezer' /proc/cgroups || return 0
	open_scene
	policy grace_ms=0 stuck_ms=$((2000 * ${OOMK_SLOW:-1}))
	cast hog --size 220M --hold
	mkdir /tmp/freezer
	check "$scene: there is an old freezer" \
		mount -t cgroup -o freezer none /tmp/freezer
	mkdir $group
	echo "$victim" >$group/cgroup.procs
	echo FROZEN >$group/freezer.state
	wait_for "$PATIENCE" grep -q '^FROZEN' $group/freezer.state
	squeeze 80
	check "$scene: it is given up" said 'cycle 1: 1 victims will not die'
	check "$scene: its memory came back" \
		said 'pages back [0-9]* (\(1[5-9]\|2\)[0-9]'
	echo THAWED >$group/freezer.state
	check "$scene: thawed, it dies" die "$victim"
	settled "$victim"
	rmdir $group
	umount /tmp/freezer
	rmdir /tmp/freezer
}

# Children are left behind with the memory: they are next, one by one, until it
# is back. The need is the innocent's size as well.
forks_as_it_dies() {
	open_scene
	policy grace_ms=60000 cooldown_ms=0
	cast hydra --size 220M --heirs 3
	squeeze 35
	check "$scene: it has heirs" \
		wait_for "$PATIENCE" told_times victim heir 3
	# shellcheck disable=SC2046
	set -- $(told victim heir)
	check "$scene: the heirs die, too" die "$victim" "$@"
	settled "$victim" "$@"
}

# A child that has the very memory of the dead, not a copy, is not waited for: it
# is chosen next.
outlived() {
	open_scene
	policy grace_ms=60000 cooldown_ms=0 stuck_ms=600000
	cast hydra --size 220M --heirs 1 --sharing
	squeeze 60 deep
	check "$scene: it has an heir" \
		wait_for "$PATIENCE" told_times victim heir 1
	# shellcheck disable=SC2046
	set -- $(told victim heir)
	check "$scene: who dies, too" die "$victim" "$@"
	check "$scene: in the next cycle" said "cycle 2: victim pid $1 "
	check "$scene: and the memory comes back" \
		said 'cycle 2: freed totals.*pages back [0-9]* (2[0-9][0-9] MiB)'
	settled "$victim" "$@"
}

# The heirs of a job belong to it, and go together.
job_forks_as_it_dies() {
	open_scene
	policy grace_ms=60000 cooldown_ms=0
	cast hydra --size 220M --heirs 3
	oomkctl set-utility "$victim" 10
	squeeze 35
	check "$scene: it has heirs" \
		wait_for "$PATIENCE" told_times victim heir 3
	# shellcheck disable=SC2046
	set -- $(told victim heir)
	check "$scene: the heirs die, too" die "$victim" "$@"
	check "$scene: all three in one cycle" \
		[ "$(dmesg | grep -c 'cycle 2: victim pid')" = 3 ]
	settled "$victim" "$@"
}

# Its number goes to a stranger in the middle of its grace.
recycled_in_grace() {
	open_scene
	policy grace_ms=600000 executor_timeout_ms=60000 \
		executor_timeout_hard_ms=60000
	cast hog --size 220M --hold --block-term
	squeeze 80
	logged "pid $victim (hog) SIGTERM"
	kill -STOP "$executor"
	kill -KILL "$victim"
	wait "$victim" 2>/dev/null
	start stranger full cycle_reborn "$victim" hog --size 220M --hold
	oomkctl protect "$victim"
	innocent="$innocent $victim"
	policy soft=50 hard=49 cooldown_ms=60000
	kill -CONT "$executor"
	check "$scene: the cycle ends" ended 1
	check "$scene: no SIGKILL for the stranger" \
		not grep -q "pid $victim (hog) SIGKILL" "$dir/oomkd"
	check "$scene: the stranger lives" alive "$victim"
	settled "$victim"
}

# Memory that is not back yet is on its way: nobody dies for it a second time
# (earlyoom#309). A look every 50 ms would see a second cycle.
slow() {
	open_scene
	policy grace_ms=0 stuck_ms=600000 period_min_ms=50 cooldown_ms=0
	innocent 100M
	hang --shared
	squeeze 60
	said "victim pid $hog"
	wait_for "$PATIENCE" status_is request_state reaping
	sleep 5
	check "$scene: it is waited for" status_is request_state reaping
	check "$scene: nobody else was chosen" victims_are "$hog"
	check "$scene: pressure lasts" not status_is level calm
	unhang_alone
	check "$scene: its pages come back" \
		said 'cycle 1: freed totals.*pages back [0-9]* (1[0-9][0-9] MiB)'
	settled "$hog"
}

# A victim whose memory outlasts it, as somebody just looks at it; $onlooker. An
# executor might take the memory all the same, with process_mrelease().
outlast() {
	open_scene none
	policy grace_ms=0 executor_timeout_ms=100
	cast hog --size 220M --hold
	make_mnt
	dd if=/dev/zero of="$dir/mnt/page" bs=4096 count=1 2>/dev/null
	sync
	freeze
	start onlooker ready cycle_onlooker "$victim" "$dir/mnt/page"
	onlooker=$pid
	wait_for "$PATIENCE" grep -q '^State:.D' "/proc/$onlooker/status" ||
		bail "the onlooker does not hang"
}

# Dead is not yet gone: who reads /proc/PID/stat in the wrong moment, and then
# waits for the CPU, has all of a victim's memory. Nobody else dies for that.
looked_at() {
	outlast
	policy stuck_ms=600000 period_min_ms=50 cooldown_ms=0
	squeeze 60 deep
	check "$scene: it dies" die "$victim"
	wait "$victim" 2>/dev/null
	sleep 5
	check "$scene: its memory is waited for" \
		status_is request_state reaping
	check "$scene: nobody else was chosen" victims_are "$victim"
	check "$scene: pressure lasts" not status_is level calm
	thaw
	check "$scene: its pages come back" \
		said 'cycle 1: freed totals.*pages back [0-9]* (2[0-9][0-9] MiB)'
	wait_for "$PATIENCE" grep -q '^seen' "$dir/onlooker"
	stop_mnt
	settled "$victim"
}

# As long as for one that does not die, then others may be chosen.
looked_at_for_long() {
	outlast
	policy stuck_ms=2000 cooldown_ms=60000
	squeeze 60 deep
	check "$scene: it dies" die "$victim"
	check "$scene: the cycle ends" ended 1
	check "$scene: in time" said 'freed totals.* [2-9][0-9][0-9][0-9] ms in all'
	check "$scene: that little came back is said" \
		said 'cycle 1: less than half'
	thaw
	wait_for "$PATIENCE" grep -q '^seen' "$dir/onlooker"
	stop_mnt
	settled "$victim"
}

stop_mnt() {
	kill -KILL "$onlooker"
	wait "$onlooker" 2>/dev/null
	umount "$dir/mnt"
}

# As unhang, but the others go on.
unhang_alone() {
	thaw
	die "$hog"
	wait "$hog" 2>/dev/null
	umount "$dir/mnt"
}

steady="ignores in_vfork shared_mm leaderless_victim frozen frozen_v1 slow
	looked_at looked_at_for_long"
racy="stopped traced forks_as_it_dies outlived job_forks_as_it_dies recycled_in_grace"

# Word splitting makes arguments of names.
# shellcheck disable=SC2086
case ${1-} in
steady) set -- $steady ;;
racy) set -- $racy ;;
esac
play "$steady $racy" "$@"
