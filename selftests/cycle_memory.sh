#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Cycles in real trouble, at the marks that everybody has who sets none.
#
# usage: cycle_memory.sh experiment|fill|swapoff|incompressible

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

by_default() {
	begin
	policy soft=10 hard=5 recovery=5 psi_full=30
}

# killed PID: by SIGKILL, as its parent sees it
killed() {
	local status

	die "$1"
	wait "$1" 2>/dev/null
	status=$?
	[ $status = 137 ] && return 0
	echo "# exit status $status"
	return 1
}

# How often a training has gone through its pictures.
epochs() {
	grep -c '^epoch' "$dir/$1"
}

goes_on() {
	[ "$(epochs "$1")" -gt "$2" ]
}

train() {
	start "$1" ready ml_train --size 16M --width 16 --hidden 32 \
		--latent 8 --batch 8 --batches 2 --pace 100 --seed "$2"
	oomkctl set-utility "$pid" "$3"
}

# Two trainings that are worth something, two hogs that are not.
experiment() {
	local first second one two before

	# OpenBLAS would choose instructions that emulation is slow at.
	export OPENBLAS_CORETYPE=Nehalem OPENBLAS_NUM_THREADS=1
	plan 9
	by_default
	# On a host that is busy the executor has been silent for a second.
	policy grace_ms=1500 executor_timeout_ms=10000
	train training1 1 90
	first=$pid
	train training2 2 60
	second=$pid
	start hog8 ready hog --block-term --rate 24M --random
	one=$pid
	oomkctl set-utility "$one" 8
	start hog5 ready hog --block-term --rate 16M --random
	two=$pid
	oomkctl set-utility "$two" 5
	PATIENCE=150
	check "the hog of utility 5 is killed" killed "$two"
	check "the hog of utility 8 is killed" killed "$one"
	PATIENCE=60
	check "they alone were chosen" victims_are "$one" "$two"
	check "the log names their utility" said "victim pid $two .*utility 5,"
	check "the executor did it" grep -q "pid $two (hog) SIGKILL" "$dir/oomkd"
	check "both trainings live" alive "$first" "$second"
	before=$(epochs training1)
	check "the first goes on" wait_for "$PATIENCE" goes_on training1 "$before"
	before=$(epochs training2)
	check "the second goes on" wait_for "$PATIENCE" goes_on training2 "$before"
	check "the kernel's killer slept" killer_slept
	end
}

# At full speed, with the swap that the guest has, or none.
fill() {
	plan 6
	by_default
	start idle ready idle --size 32M
	idle=$pid
	oomkctl set-utility "$idle" 900
	start hog ready hog --size 4G
	check "the hog dies" die "$pid"
	check "it was chosen" said "victim pid $pid (hog)"
	ended 1
	check "nobody else was" victims_are "$pid"
	check "the other lives" alive "$idle"
	check "pages were seen to come back" said 'pages back [1-9]'
	check "the kernel's killer slept" killer_slept
	end
}

swap_is_off() {
	[ "$(meminfo SwapTotal)" = 0 ]
}

# Swap is taken away while it is in use.
swapoff_in_mid_run() {
	local swap

	plan 6
	by_default
	policy psi_full=0
	start idle ready idle --size 100M
	idle=$pid
	oomkctl set-utility "$idle" 900
	start hog full hog --size "$(($(meminfo MemAvailable) + 50))M" --hold
	hog=$pid
	check "before, swap is in use" \
		[ $(($(meminfo SwapTotal) - $(meminfo SwapFree))) -gt 32 ]
	swap=$(awk 'NR == 2 { print $1 }' /proc/swaps)
	swapoff "$swap" 2>"$dir/swapoff" &
	check "the hog dies" die "$hog"
	check "it was chosen" said "victim pid $hog (hog)"
	wait_for "$PATIENCE" swap_is_off || sed 's/^/# /' "$dir/swapoff"
	check "the other lives" alive "$idle"
	start hog ready hog --size 4G
	check "without swap the next hog dies too" die "$pid"
	check "the kernel's killer slept" killer_slept
	end
}

# Swap in RAM that nothing can be saved in: full while half of it is free.
incompressible() {
	local free

	plan 6
	by_default
	start idle ready idle --size 32M
	idle=$pid
	oomkctl set-utility "$idle" 900
	start hog ready hog --size 4G --incompressible --random
	check "the hog dies" die "$pid"
	check "it was chosen" said "victim pid $pid (hog)"
	free=$(dmesg | sed -n 's/.*cycle 1: .*free swap \([0-9]*\)\..*/\1/p')
	check "while swap was free" [ "${free:-0}" -ge 30 ]
	check "by stalls, not by a mark" said 'cycle 1: psi:'
	check "the other lives" alive "$idle"
	check "the kernel's killer slept" killer_slept
	end
}

case ${1-} in
experiment|fill|incompressible) "$1" ;;
swapoff) swapoff_in_mid_run ;;
*) bail "usage: cycle_memory.sh experiment|fill|swapoff|incompressible" ;;
esac
finish
