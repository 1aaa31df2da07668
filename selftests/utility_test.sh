#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What tasks are to the solver: which of them are items, what the items weigh
# and what they cost. Nothing dies here.

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

PAGES=256	# a MiB

# Both tasks in one item that weighs ABOUT pages, an eighth more at most.
# A few pages may still be in the counters of a CPU, since 6.2.
one_item() {
	local about=$3 weight

	weight=$(item "$1" pages)
	together "$1" "$2" && [ "${weight:-0}" -ge $((about - 64)) ] &&
		[ "$weight" -le $((about * 9 / 8)) ] && return 0
	echo "# items $(item "$1" id), $(item "$2" id), $weight pages"
	return 1
}

# A child of the program that was started last.
child_of() {
	sed -n 's/^child //p' "$dir/$1" | head -n 1
}

prices() {
	# Root's own processes would share a cap: two tasks in a cgroup do not.
	mkdir -p /sys/fs/cgroup/prices
	start plain ready idle --size 4M
	plain=$pid
	start dear ready idle --size 4M
	dear=$pid
	start cheap ready idle --size 4M
	cheap=$pid
	for p in $plain $dear $cheap; do
		echo "$p" >/sys/fs/cgroup/prices/cgroup.procs
	done
	echo -500 >"/proc/$dear/oom_score_adj"
	echo 500 >"/proc/$cheap/oom_score_adj"
	look
	check "unnamed: price by default" item_is "$plain" price $((100 * 64))
	check "unnamed: source default" item_is "$plain" source default
	check "oom_score_adj -500: price 550" item_is "$dear" price $((550 * 64))
	check "oom_score_adj 500: price 50" item_is "$cheap" price $((50 * 64))
	check "oom_score_adj: source" item_is "$cheap" source oom-score-adj
	oomkctl set-utility "$plain" 731
	policy default_utility=200
	look
	check "named: price" item_is "$plain" price $((731 * 64))
	check "named: source job" item_is "$plain" source job
	check "another default moves the unnamed" \
		item_is "$dear" price $((600 * 64))
	policy default_utility=100
	stop_started
	rmdir /sys/fs/cgroup/prices
}

sharing() {
	start crowd ready su alice -c 'exec forktree --width 49 --size 256K --list'
	root=$pid
	child=$(child_of crowd)
	start other ready su bob -c 'exec idle --size 1M'
	other=$pid
	look
	check "50 tasks of one user share 1000" \
		item_is "$root" price $((1000 * 64 / 50))
	check "and each says that it is a share" item_is "$child" capped true
	check "their utility is still the default" item_is "$child" utility 100
	check "another user is not concerned" item_is "$other" price $((100 * 64))
	oomkctl set-utility "$child" 300
	look
	check "what an administrator named is no share" \
		item_is "$child" price $((300 * 64))
	check "and leaves more to the 49 others" \
		item_is "$root" price $((100 * 64 * 1000 / 4900))
	su alice -c "oomkctl set-utility $root 40"
	look
	check "a hint of the owner is a source" item_is "$root" source hint
	check "and stays under the cap" \
		item_is "$root" price $((40 * 64 * 1000 / 4840))
	stop_started
}

jobs_and_each() {
	# Named before the fork: the shell is, and the program inherits it.
	start job ready sh -c 'oomkctl set-utility $$ 60 &&
		exec forktree --width 3 --size 8M --list'
	look
	check "a job is one item" one_item "$pid" "$(child_of job)" \
		$((32 * PAGES))
	check "at its price once" item_is "$pid" price $((60 * 64))
	oomkctl set-utility --each "$pid" 60
	look
	check "each: every process is an item" \
		not together "$pid" "$(child_of job)"
	check "each: at the full price" \
		item_is "$(child_of job)" price $((60 * 64))
	check "each: with a weight of its own" \
		one_item "$pid" "$pid" $((8 * PAGES))
	stop_started
}

shared_mm() {
	start twins ready sharedmm --size 32M --procs 3
	look
	check "a shared mm weighs once" one_item "$pid" "$(child_of twins)" \
		$((32 * PAGES))
	oomkctl protect "$(child_of twins)"
	look
	check "a protected sharer is no item" \
		item_is "$(child_of twins)" state protected
	check "nor is who shares its mm" item_is "$pid" state shared
	stop_started
}

shared_memory() {
	start map full hog --shared --size 64M --hold
	look
	check "shared pages weigh in full" one_item "$pid" "$pid" $((64 * PAGES))
	start anon full hog --size 64M --hold
	look
	check "as private ones do" one_item "$pid" "$pid" $((64 * PAGES))
	stop_started
	# Processes of one job that map the same pages. The file is nobody's:
	# without it a sum would be cut to what there is, and look right.
	dd if=/dev/zero of="$dir/file" bs=1M count=200 2>/dev/null
	start pool ready sh -c 'oomkctl set-utility $$ 60 &&
		exec cycle_pool 4 64'
	look
	check "pages that a job shares weigh once" \
		one_item "$pid" "$(child_of pool)" $((64 * PAGES))
	stop_started
	rm "$dir/file"
	# And of nobody's: all claims together are what there is.
	start pool ready cycle_pool 4 64
	look
	check "pages that strangers share weigh their share" \
		one_item "$pid" "$pid" $((16 * PAGES))
	stop_started
}

leaderless_task() {
	start leaderless ready leaderless --size 32M --threads 2
	look
	check "without its leader a task keeps its weight" \
		one_item "$pid" "$pid" $((32 * PAGES))
	stop_started
}

oom_group() {
	mkdir -p /sys/fs/cgroup/unit/part
	echo 1 >/sys/fs/cgroup/unit/memory.oom.group
	start one ready idle --size 16M
	one=$pid
	start two ready idle --size 16M
	two=$pid
	start three ready idle --size 16M
	echo "$one" >/sys/fs/cgroup/unit/part/cgroup.procs
	echo "$two" >/sys/fs/cgroup/unit/part/cgroup.procs
	look
	check "memory.oom.group: one item" one_item "$one" "$two" $((32 * PAGES))
	check "its source is the cgroup" item_is "$one" source cgroup
	echo -500 >"/proc/$two/oom_score_adj"
	look
	check "its price is that of its dearest member" \
		item_is "$one" price $((550 * 64))
	check "outside of it is another item" \
		not together "$pid" "$one"
	stop_started
	rmdir /sys/fs/cgroup/unit/part /sys/fs/cgroup/unit
}

no_items() {
	start minus ready idle --size 8M
	echo -1000 >"/proc/$pid/oom_score_adj"
	start_oomkd
	look
	check "init is none" item_is 1 state init
	check "the executor is none" item_is "$executor" state executor
	check "oom_score_adj -1000 is none" item_is "$pid" state adj-min
	check "a kernel thread is not even listed" [ -z "$(item 2 state)" ]
	stop_executor
	look
	check "the seat is free again" status_is executor_pid 0
	stop_started
}

plan 40
begin none
prices
sharing
jobs_and_each
shared_mm
shared_memory
leaderless_task
oom_group
no_items
check "no job is left" wait_for "$PATIENCE" status_is jobs 0
check "nor a member" status_is members 0
end
finish
