#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Memory that goes faster than processes can be asked to leave, at the marks
# that everybody has who sets none. No swap.
#
# usage: trouble_hogs.sh [SCENE...]
#
# Elsewhere: a hog at full speed that obeys - cycle_memory.sh; 3,000 processes
# that are at rest, and the prices of them - cycle_crowd.sh.

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# Deaf and at full speed: the hard mark is crossed long before the grace ends.
outruns_grace() {
	by_default
	policy grace_ms=600000
	unleash hog hog --size 4G --block-term
	check "$scene: the hog dies" die "$pid"
	ended 1
	settled "$pid"
}

# All ten take what they can, from the same moment on.
ten() {
	# One after the other, in a slow kernel half a minute each.
	PATIENCE=180
	by_default
	policy grace_ms=600000
	unleash hogs forktree --width 9 --size 1M --grow 4G --list \
		--block-term
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	set -- "$pid" $(told hogs child)
	check "$scene: the hogs die" die "$@"
	settled "$@"
}

# A bomb of 3,000 small ones goes off, more than there is room for. It is another
# user's: of one's own processes each is worth as little as a piece of the bomb.
bomb() {
	local bad=0

	# A huge page for each of thousands would be more than there is.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	PATIENCE=180
	by_default
	policy grace_ms=2000
	sh -c 'echo 0 >/proc/self/oom_score_adj; exec "$@"' sh su alice -c \
		"exec forktree --width 2999 --size 448K --block-term" \
		>"$dir/bomb" 2>&1 &
	started="$started $!"
	check "$scene: a cycle comes about" ended 1
	check "$scene: that is the end of it" wait_for "$PATIENCE" quiet
	check "$scene: the important one was never chosen" \
		not said_now "victim pid $precious "
	echo "# $(status cycle) cycles, $(status victims) victims, $(
		ps -o comm | grep -c forktree) are left"
	settle_rest
	check "$scene: nothing is left behind" [ $bad = 0 ]
	close_scene
}

# Calm, and all that is to grow has grown.
quiet() {
	local cycle

	status_is request_state idle || return 1
	cycle=$(status cycle)
	sleep 3
	status_is cycle "$cycle" && status_is request_state idle
}

play "outruns_grace ten bomb" "$@"
