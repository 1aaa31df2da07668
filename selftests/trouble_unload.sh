#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Unloading while a cycle is at work. The marks are moved, no swap.
#
# usage: trouble_unload.sh [SCENE...]
#
# Elsewhere: unloading while a request is ready, accepted, in the module's hand
# or waiting for a victim that does not die, and while oomkd waits out a grace -
# load_test.sh.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

TRACING=/sys/kernel/tracing

# Enough tasks for every step of a cycle to last, and memory that is in use. In a
# slow kernel it takes fewer, and forks take most of the time.
crowd() {
	local slow=${OOMK_SLOW:-1}

	start ballast ready idle --size 200M
	oomkctl protect "$pid"
	start crowd ready forktree --width $((200 / slow - 1)) \
		--size $((256 * slow))K
}

# Unloads once the trace says that a cycle has come as far as EVENT.
unload_at() {
	: >$TRACING/trace
	echo 1 >"$TRACING/events/oomk/$1/enable"
	timeout -s KILL $((PATIENCE * ${OOMK_SLOW:-1})) \
		sh -c "exec head -n 1 <$TRACING/trace_pipe" >"$dir/trace" &
	reader=$!
	squeeze 30
	wait $reader
	remove
}

# While the executor reads a dump, which is short, the module is in use.
remove() {
	wait_for "$PATIENCE" rmmod oomk 2>"$dir/rmmod"
}

# gone WHEN: the module is, and all that it was
gone() {
	check "$scene $1: it unloads" not loaded
	check "$scene $1: the executor leaves" gone_or_none
	check "$scene $1: no thread is left" not threads
	check "$scene $1: the kernel is well" not kernel_trouble
	stop_executor
	close_scene
}

gone_or_none() {
	[ -z "$executor" ] || die "$executor"
}

threads() {
	ps -o comm | grep '^\[*\(kworker/R-\)*oomk'
}

# At each hop of a cycle, from the trigger to the executor's last word.
at_each_hop() {
	local event

	for event in trigger sample price solve submit accept check 'done'; do
		open_scene
		policy grace_ms=600000 executor_timeout_ms=60000
		crowd
		unload_at "oomk_$event"
		check "$scene $event: reached" grep -q "oomk_$event:" "$dir/trace"
		gone "$event"
	done
}

# At no chosen moment, with a module that signals by itself: five times.
anywhere() {
	local i=0

	while [ $i -lt 5 ]; do
		open_scene none
		policy grace_ms=50 executor_timeout_ms=10 cooldown_ms=0
		crowd
		squeeze 30
		usleep $((i * 15000))
		remove
		gone "$i"
		i=$((i + 1))
	done
}

play "at_each_hop anywhere" "$@"
