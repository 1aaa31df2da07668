#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own tests of cgroups and of process_mrelease(), first without the
# module, then with module and executor at work: what passed before has to pass
# then, and oomk has nothing to do with the limits of groups.
#
# Some of them measure, and may fail for want of CPU. So a program in which
# something failed runs again, up to TRIES times, both without and with; what
# counts of each test is its best result.
#
# usage: others_kernel.sh DIR, where the programs are

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

TRIES=3
programs="test_memcontrol test_kill test_freezer mrelease_test"

# They look for page cache of a file in the working directory, which a tmpfs
# has none of.
work_on_disk() {
	modprobe brd rd_nr=1 rd_size=262144 || bail "no RAM disk"
	mke2fs -F /dev/ram0 >/dev/null 2>&1
	mkdir "$dir/mnt"
	mount -t ext4 /dev/ram0 "$dir/mnt" || bail "no file system"
	cd "$dir/mnt" || bail "no working directory"
}

# What a test that failed has left would have it fail again.
sweep() {
	find /sys/fs/cgroup -mindepth 1 -depth -type d | while read -r group; do
		echo 1 >"$group/cgroup.kill"
		wait_for 10 rmdir "$group" 2>/dev/null
	done
}

# From the output of a program to lines "NAME RESULT": 2 passed, 1 skipped,
# 0 failed. A program without tests of its own is one test.
results() {
	local program=$1 status=$2

	awk -v program="$program" -v status="$status" '
	/^(not )?ok [0-9]+ / {
		print $NF, /^not/ ? 0 : / # SKIP/ ? 1 : 2
		told = 1
	}
	END {
		if (!told)
			print program, status == 0 ? 2 : status == 4 ? 1 : 0
	}' "$dir/output"
}

# best FILE...: of each name its best result
best() {
	cat "$@" | awk '
	!($1 in top) || $2 > top[$1] { top[$1] = $2 }
	END { for (name in top) print name, top[name] }' | sort
}

# run_program PROGRAM MODE: its results in $dir/MODE.PROGRAM
run_program() {
	local program=$1 mode=$2 all=$dir/$2.$1 try

	: >"$all"
	for try in $(seq $TRIES); do
		sh -c 'echo 0 >/proc/self/oom_score_adj; exec "$0"' \
			"$programs_in/$program" >"$dir/output" 2>&1
		results "$program" $? >>"$all.tries"
		sed "s/^/# $mode, try $try, $program: /" "$dir/output"
		sweep
		best "$all.tries" >"$all"
		grep -q ' 0$' "$all" || break
	done
	rm "$all.tries"
}

run_all() {
	local program

	for program in $programs; do
		run_program "$program" "$1"
	done
}

# The result of a test in a mode, in words: outcome MODE PROGRAM NAME
outcome() {
	case $(sed -n "s/^$3 //p" "$dir/$1.$2") in
	2) echo passed ;;
	1) echo skipped ;;
	0) echo failed ;;
	*) echo missing ;;
	esac
}

no_worse() {
	case $1,$2 in
	passed,passed|skipped,skipped|failed,failed) return 0 ;;
	skipped,passed|failed,passed|failed,skipped) return 0 ;;
	esac
	return 1
}

compare() {
	local program=$1 name rest before after

	while read -r name rest; do
		before=$(outcome without "$program" "$name")
		after=$(outcome with "$program" "$name")
		check "$program, $name: $before without, $after with" \
			no_worse "$before" "$after"
	done <"$dir/without.$program"
	check "$program: something passed at all" \
		grep -q ' 2$' "$dir/without.$program"
}

# The one of the whole machine: at a group's limit the line begins otherwise.
machine_killer_slept() {
	! dmesg | grep -a -q 'Out of memory: Killed'
}

programs_in=$1
[ -x "$programs_in/test_kill" ] || bail "usage: others_kernel.sh DIR"
echo "TAP version 13"
work_on_disk
run_all without
dmesg -c >/dev/null
load
start_oomkd
run_all with
for program in $programs; do
	compare "$program"
done
check "oomk chose nobody" victims_are
check "no cycle began" status_is cycle 0
check "the executor is in its seat" status_is executor_pid "$executor"
check "the kernel's killer saw to groups only" machine_killer_slept
stop_executor
unload
cd /
umount "$dir/mnt"
echo "1..$nr"
finish
