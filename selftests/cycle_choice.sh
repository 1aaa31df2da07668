#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Who dies: whole cycles with an executor in place, in which the marks are
# moved instead of the memory, so that the need is known. No swap.

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

# ballast SIZE: memory that is in use and no item
ballast() {
	start ballast ready idle --size "$1" --name ballast
	oomkctl protect "$pid"
}

# What nobody named: the hog goes, not the smallest that would just do.
unnamed() {
	begin
	start idle ready idle --size 150M
	idle=$pid
	start hog full hog --size 200M --hold
	squeeze 120
	check "unnamed: the hog dies" die "$pid"
	check "unnamed: nobody else was chosen" victims_are "$pid"
	check "unnamed: the idle one lives" alive "$idle"
	end
}

# An order of importance, and the one that matters less is the smaller.
precedence() {
	begin
	start ballast ready idle --size 60M
	oomkctl protect "$pid"
	start small ready idle --size 70M
	small=$pid
	start large ready idle --size 140M
	large=$pid
	oomkctl set-utility "$small" 10
	oomkctl set-utility "$large" 20
	squeeze 40
	check "precedence: the less important dies" die "$small"
	ended 1
	check "precedence: alone, though it is the smaller" victims_are "$small"
	check "precedence: the other lives" alive "$large"
	calm
	ballast 80M
	dmesg -c >/dev/null
	squeeze 40
	check "precedence: the other dies when pressure returns" die "$large"
	check "precedence: again alone" victims_are "$large"
	end
}

shared() {
	begin
	start anon ready idle --size 100M
	anon=$pid
	start mapped full hog --shared --size 180M --hold
	squeeze 120
	check "mapped: a MAP_SHARED hog dies" die "$pid"
	check "mapped: chosen at its full weight" \
		said "victim pid $pid (hog), .* (18[0-9] MiB)"
	check "mapped: the smaller one lives" alive "$anon"
	ended 1
	check "mapped: its pages were seen to come back" \
		said 'pages back [0-9]* (1[5-9][0-9] MiB)'
	end
}

# crew NAME UTILITY: eight processes of one job, 15 MiB each
crew() {
	start "$1" ready sh -c "oomkctl set-utility \$\$ $2 &&
		exec forktree --width 7 --size 15M --list"
}

crew_pids() {
	sed -n 's/^\(child\|ready\) //p' "$dir/$1"
}

whole_jobs() {
	begin
	crew cheap 50
	crew dear 900
	squeeze 30
	# Word splitting makes eight arguments of eight lines.
	# shellcheck disable=SC2046
	check "jobs: all eight of the cheap one die" die $(crew_pids cheap)
	# shellcheck disable=SC2046
	check "jobs: they alone were chosen" victims_are $(crew_pids cheap)
	check "jobs: the job was paid for once" said '8 victims, .*utility 50,'
	# shellcheck disable=SC2046
	check "jobs: all eight of the dear one live" alive $(crew_pids dear)
	end
}

# With --each, a worker goes and its job lives.
single_workers() {
	begin
	crew workers 50
	ballast 130M
	oomkctl set-utility --each "$(crew_pids workers | tail -n 1)" 50
	squeeze 18 deep
	ended 1
	check "each: two of eight workers die" [ "$(victims | wc -w)" = 2 ]
	check "each: they were paid for one by one" \
		said '2 victims, .*utility 100,'
	end
}

protected() {
	begin
	start hog full hog --size 280M --hold
	hog=$pid
	start idle ready idle --size 10M
	oomkctl protect "$hog"
	squeeze 150
	check "protected: infeasible is said" \
		said 'infeasible: all that may be killed frees'
	cycle=$(status cycle)
	sleep 4
	check "protected: no cycle spins" \
		[ $(($(status cycle) - cycle)) -le 5 ]
	check "protected: the log is not flooded" \
		[ "$(dmesg | grep -c 'infeasible: all')" -le 3 ]
	check "protected: nobody was chosen" victims_are
	check "protected: both live" alive "$hog" "$pid"
	policy infeasible=all
	check "infeasible=all: the other dies" die "$pid"
	check "infeasible=all: the protected one lives" alive "$hog"
	end
}

# Two trainings and two allocators, and what may stay is fixed.
capacity() {
	begin
	start a ready idle --size 30M --name train
	a=$pid
	start b ready idle --size 35M --name train
	b=$pid
	start c ready idle --size 60M --name alloc
	c=$pid
	start d ready idle --size 90M --name alloc
	d=$pid
	oomkctl set-utility "$a" 90
	oomkctl set-utility "$b" 60
	oomkctl set-utility "$c" 8
	oomkctl set-utility "$d" 5
	policy capacity=400M
	check "capacity: room for all" plan_now
	policy capacity=180M
	check "capacity: the cheapest goes" plan_now "$d"
	policy capacity=100M
	check "capacity: both allocators go" plan_now "$c" "$d"
	policy capacity=55M
	check "capacity: what is left is the best that fits" \
		plan_now "$b" "$c" "$d"
	policy capacity=dynamic
	check "capacity: without it there is nothing to do" plan_now
	check "capacity: a plan kills nobody" alive "$a" "$b" "$c" "$d"
	policy capacity=100M
	squeeze_soft
	check "capacity: then the planned die" die "$c" "$d"
	ended 1
	check "capacity: and nobody else" victims_are "$c" "$d"
	policy capacity=dynamic
	end
}

plan_now() {
	[ "$(plan_victims)" = "$(sorted "$@")" ] && return 0
	echo "# planned: $(plan_victims)"
	return 1
}

# Below the soft mark, whatever the need.
squeeze_soft() {
	policy soft=50 hard=0 recovery=0
}

# Twelve of all sizes and utilities, while the module waits for an executor.
planned() {
	local i size utility gone

	begin none
	policy executor_timeout_ms=20000 kill=now
	all=''
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		size=$((8 + i * 7 % 12 * 3))
		utility=$((20 + i * 5 % 13 * 31))
		start "t$i" ready idle --size ${size}M
		oomkctl set-utility "$pid" $utility
		all="$all $pid"
	done
	squeeze 60
	said 'cycle 1: victim'
	chosen=$(victims)
	need=$(dmesg | sed -n 's/.*cycle 1: .*need \([0-9]*\) pages.*/\1/p')
	check "plan: a cycle needs several victims" \
		[ "$(echo "$chosen" | wc -w)" -ge 2 ]
	check "plan: the plan for the same need names them" \
		[ "$(plan_victims --need $((need * 4096)))" = "$chosen" ]
	policy executor_timeout_ms=10
	ended 1
	gone=''
	for pid in $all; do
		alive "$pid" || gone="$gone $pid"
	done
	# shellcheck disable=SC2086
	check "plan: they have died, and nobody else" \
		[ "$(sorted $gone)" = "$chosen" ]
	end
}

plan 36
unnamed
precedence
shared
whole_jobs
single_workers
protected
capacity
planned
finish
