#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Cycles among thousands of tasks. The marks are moved, no swap.
#
# usage: cycle_crowd.sh bomb|array

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

SIZE=3000

# A huge page for each of thousands would be more than there is.
echo never >/sys/kernel/mm/transparent_hugepage/enabled

# A user's 3,000 processes do not outvote one job.
bomb() {
	local before after

	plan 8
	begin
	start job ready idle --size 450M
	job=$pid
	oomkctl set-utility "$job" 900
	PATIENCE=180
	start bomb ready su alice -c \
		"exec forktree --width $((SIZE - 1)) --size 96K"
	look
	check "each is worth its share" \
		item_is "$pid" price $((100 * 64 * 1000 / (100 * SIZE)))
	before=$(ps -o comm | grep -c forktree)
	check "all of them are there" [ "$before" -ge $SIZE ]
	squeeze 150 deep
	check "a cycle ends" ended 1
	check "proven: nothing is cheaper" said 'cycle 1: freed totals.*proven'
	after=$(ps -o comm | grep -c forktree)
	echo "# $((before - after)) of the bomb died"
	check "part of the bomb died" [ $((before - after)) -gt 100 ]
	check "no more of it than was needed" \
		[ $((before - after)) -lt $((SIZE * 3 / 4)) ]
	check "the job lives" alive "$job"
	check "the job was never chosen" \
		not said_now "victim pid $job "
	end
}

# More tasks than the array holds while there was no calm in which it grows.
array() {
	local hog ballast

	plan 8
	begin
	policy executor_timeout_ms=5000
	check "the array holds 4096 tasks" status_is tasks_max 4096
	start ballast ready idle --size 700M
	ballast=$pid
	oomkctl protect "$ballast"
	# Below the mark from now on, with nobody who could be killed.
	policy soft=50 hard=0 recovery=50
	said infeasible
	PATIENCE=240
	allow_crowds
	start crowd ready forktree --width 2199
	start crowd2 ready forktree --width 2199
	check "without calm it still does" status_is tasks_max 4096
	start hog full hog --size 200M --hold
	hog=$pid
	dmesg -c >/dev/null
	squeeze 100
	check "those that did not fit are told of" \
		said 'tasks more than the 4096 that fit'
	check "the hog dies" die "$hog"
	check "it alone was chosen" victims_are "$hog"
	check "the crowd lives" [ "$(ps -o comm | grep -c forktree)" -ge 4400 ]
	calm
	check "in calm the array grows" wait_for 60 grown
	look
	check "then all fit" [ "$(wc -l <"$dir/items")" -ge 4400 ]
	end
}

grown() {
	[ "$(status tasks_max)" -ge 8800 ]
}

case ${1-} in
bomb|array) "$1" ;;
*) bail "usage: cycle_crowd.sh bomb|array" ;;
esac
finish
