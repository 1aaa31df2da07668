#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# stress-ng takes all the memory that it can get, beside a precious job with 40 %
# of it and one that nobody named. Its stressors ask to be killed first, by an
# oom_score_adj of 1000, and are not started again (--oomable); the first
# process of all does not. The marks are those of who sets none.
#
# usage: others_stress.sh [STRESSOR...]

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

SECONDS_EACH=60
# When it does not count as ending by itself any more.
LIMIT=$((SECONDS_EACH * 5))

# beside_precious OPTION...: stress-ng with them; $main
beside_precious() {
	open_scene oomkd
	policy soft=10 hard=5 recovery=5 psi_full=30
	innocent $(($(meminfo MemTotal) * 2 / 5))M
	precious=$pid
	oomkctl set-utility "$precious" 900
	innocent 8M
	[ "$scene" != oom_pipe ] || oomkctl protect "$precious"
	start stress 'stress-ng: info' stress-ng --oomable --timeout \
		${SECONDS_EACH}s "$@"
	main=$pid
}

# Lines of the log that begin with $1 and name others than the stressors.
strangers() {
	dmesg | grep -a "$1 [0-9]" | grep -a -v "$1 [0-9]* (stress-ng-"
}

ends() {
	check "$scene: it ends by itself" wait_for $LIMIT dead "$main"
	sed 's/^/# /' "$dir/stress"
	echo "# $(status cycle) cycles, $(status victims) victims, $(
		status oom_held) times the kernel's killer was held back"
}

# What all have in common but the pipes.
overcome() {
	local bad=0

	ends
	check "$scene: some of it was chosen" said_now 'victim pid'
	check "$scene: and nothing else" not strangers 'victim pid'
	settle_rest
	check "$scene: the others live, and nothing is left behind" [ $bad = 0 ]
	close_scene
}

bigheap() {
	beside_precious --bigheap 2
	overcome
}

# Locked, as it does not write to what it gets otherwise; its stressors drop
# what lets them lock without a limit.
brk() {
	# shellcheck disable=SC3045
	ulimit -l unlimited
	beside_precious --brk 2 --brk-mlock
	overcome
}

# Together more than there is, and what was unmapped is mapped again.
vm() {
	beside_precious --vm 3 --vm-bytes 600M --vm-method flip
	overcome
}

malloc() {
	beside_precious --malloc 2 --malloc-bytes 1M --malloc-touch
	overcome
}

# Memory in pipes is nobody's: no choice would free it, oomk says so, and it is
# the kernel's killer that finds those who ask for it. Who does not want to be
# taken for it is protected, and not only dear. The limits of a user without
# privileges are too low for it, and only an aggressive one leaves them full.
oom_pipe() {
	local bad=0

	echo 0 >/proc/sys/fs/pipe-user-pages-soft
	# shellcheck disable=SC3045
	ulimit -n 4096
	beside_precious --pathological --aggressive --oom-pipe 1
	ends
	check "$scene: that nobody would do was said" said_now 'infeasible'
	check "$scene: oomk chose no stranger" not strangers 'victim pid'
	check "$scene: nor did the kernel" not strangers 'Killed process'
	kills=$(vmstat oom_kill)
	settle_rest
	check "$scene: the others live, and nothing is left behind" [ $bad = 0 ]
	close_scene
}

play "bigheap brk vm malloc oom_pipe" "$@"
