#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What users of other killers reported, played as they reported it, at the marks
# that everybody has who sets none. No swap. Each scene names its report, as
# project#number; Documentation/testing.rst lists them, together with those that
# other scripts play.
#
# usage: reported.sh [SCENE...]

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

# Of programs that are killed and say "ready PID": the pids, one a line
ready() {
	told "$1" ready
}

# One who raised the oom_score_adj of its own, and all its children: raised ADJ
# PROGRAM...; they are to live
raised() {
	start raised ready sh -c \
		'echo "$0" >/proc/self/oom_score_adj; exec "$@"' "$@"
	# Word splitting makes a list of lines.
	# shellcheck disable=SC2046
	innocent="$innocent $pid $(echo $(told raised child))"
	# Which is no change that anybody else has made.
	adjs | grep " $1\$" >>"$dir/adjs"
}

# "tail /dev/zero" in a loop: while the killer rested from the first one, the
# kernel killed the X server (earlyoom#68).
tail_zero() {
	by_default
	unleash tails sh -c 'for n in 1 2 3; do
			sh -c "echo ready \$\$; exec tail /dev/zero"
		done'
	check "$scene: the loop ends" wait_for $((PATIENCE * 2)) dead "$pid"
	check "$scene: there were three" told_times tails ready 3
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	settled $(ready tails)
}

# "dd | tr | less" on zeroes, and G pressed: the desktop froze (systemd#25596).
# tail keeps a line without an end as less does. dd has a large block and is not
# to blame; it and tr end by themselves. tr is slow: leave it less to fill, and
# nothing that weighs more than tail has by then.
pager() {
	by_default
	innocent 150M
	oomkctl protect "$pid"
	unleash pipe sh -c 'dd if=/dev/zero bs=32M | tr "\0" "*" |
		sh -c "echo ready \$\$ >&2; exec tail"'
	check "$scene: the pipe ends" wait_for $((PATIENCE * 2)) dead "$pid"
	# shellcheck disable=SC2046
	settled $(ready pipe)
}

# Tabs of a browser had raised their oom_score_adj to 300, and the largest of
# them died before a hog forty times its size (earlyoom#344).
tabs() {
	by_default
	innocent 30M
	raised 300 forktree --width 11 --size 5M --list --name tab
	unleash hog hog --size 4G
	check "$scene: the hog dies" die "$pid"
	settled "$pid"
}

# Programs that took gigabytes lived while parts of an editor of 5 MB each, which
# had raised theirs to 200, died one by one (earlyoom#261). Six were reported: of
# three, each is more than any need, so that the best choice is never a hog and
# an editor.
editors() {
	by_default
	raised 200 forktree --width 7 --size 5M --list --name code
	unleash hogs forktree --width 2 --size 1M --grow 4G --list
	# shellcheck disable=SC2046
	set -- "$pid" $(told hogs child)
	check "$scene: the hogs die" die "$@"
	settled "$@"
}

# All that runs in a session is in one control group, which died as a whole for
# one program in it (systemd#35270, systemd#25853).
session() {
	local group=/sys/fs/cgroup/session n

	by_default
	mkdir $group
	for n in 1 2 3; do
		innocent 15M
		echo "$pid" >$group/cgroup.procs
	done
	unleash hog sh -c 'echo $$ >"$0/cgroup.procs"; exec hog --size 4G' $group
	check "$scene: the hog dies" die "$pid"
	settled "$pid"
	rmdir $group
}

# Of a service that is of no use in part, the rest was left over: it is to die
# together, if its owner says so (nohang#42).
service() {
	local group=/sys/fs/cgroup/service

	by_default
	mkdir $group
	echo 1 >$group/memory.oom.group
	unleash workers sh -c 'echo $$ >"$0/cgroup.procs"
		exec forktree --width 3 --size 10M --list' $group
	# shellcheck disable=SC2046
	set -- "$pid" $(told workers child)
	unleash hog sh -c 'echo $$ >"$0/cgroup.procs"; exec hog --size 4G' $group
	check "$scene: all of it dies" die "$pid" "$@"
	check "$scene: in one cycle" status_is cycle 1
	settled "$pid" "$@"
	rmdir $group
}

play "tail_zero pager tabs editors session service" "$@"
