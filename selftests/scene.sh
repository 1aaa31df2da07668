# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# scene.sh - what the scripts of scenes have in common; to be sourced
#
# A scene is one way in which things may go wrong. It begins with open_scene,
# says with check what is special about it, and ends with settled, which looks
# for all that must hold however it went. Scenes are chosen by name:
#
#	play "NAME..." "$@"

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

scene='' crew='' innocent=''

# What no healthy kernel writes; selftests/vm/trouble has the whole list.
TROUBLE='WARNING: |BUG: |Oops|INFO: (task|rcu)|refcount_t|possible .*deadlock'

# play "NAME..." [NAME...]: the scenes of a script, or those that were chosen
play() {
	local all

	# Word splitting makes one blank of any, and arguments of names.
	# shellcheck disable=SC2086,SC2116
	all=" $(echo $1) "
	shift
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $all
	echo "TAP version 13"
	for scene; do
		case $all in
		*" $scene "*) "$scene" ;;
		*) bail "no scene is called $scene; there are:$all" ;;
		esac
	done
	# A script that dies on its way has no plan, which is a failure, too.
	echo "1..$nr"
	finish
}

# open_scene [oomkd|puppet|none]: a fresh module, with that executor
open_scene() {
	crew=${1:-oomkd}
	innocent=''
	begin "$crew"
	adjs >"$dir/adjs"
}

# One whom nobody may touch: innocent SIZE
innocent() {
	start innocent ready idle --size "$1" --name innocent
	innocent="$innocent $pid"
}

# cast PROGRAM...: one who shall die, unnamed as the one who shall not; $victim
cast() {
	local word=ready

	[ "$1" != hog ] || word=full
	innocent 40M
	start victim $word "$@"
	victim=$pid
}

# The marks that everybody has who sets none. What is to live: an important one,
# and one that nobody named.
by_default() {
	open_scene oomkd
	policy soft=10 hard=5 recovery=5
	innocent 64M
	precious=$pid
	oomkctl set-utility "$precious" 900
	innocent 8M
}

# unleash NAME PROGRAM...: as start, but it may be dead by the time it is seen
# to be ready; $pid
unleash() {
	local name=$1

	shift
	sh -c 'echo 0 >/proc/self/oom_score_adj; exec "$@"' sh "$@" \
		>"$dir/$name" 2>&1 &
	pid=$!
	started="$started $pid"
	wait_for "$PATIENCE" grep -q '^ready' "$dir/$name" ||
		bail "$* does not start: $(cat "$dir/$name")"
}

# The pids that a program told with WORD, by line: told NAME WORD
told() {
	sed -n "s/^$2 //p" "$dir/$1"
}

told_times() {
	[ "$(told "$1" "$2" | wc -l)" -ge "$3" ]
}

# oomkd wrote a line that matches, or will before long
logged_now() {
	grep -q -e "$1" "$dir/oomkd"
}

logged() {
	wait_for "$PATIENCE" logged_now "$1"
}

taken_over() {
	said 'signalling [0-9]* victims from the kernel'
}

# Pressure of the hard level, in one step: what is free is below its mark.
press_hard() {
	policy soft=50 hard=49 recovery=20
}

# "PID START ADJ" for each process that is not dead
adjs() {
	local p line adj

	for p in /proc/[0-9]*; do
		read -r adj 2>/dev/null <"$p/oom_score_adj" || continue
		read -r line 2>/dev/null <"$p/stat" || continue
		# The name in parentheses may itself hold one, or blanks.
		# shellcheck disable=SC2086
		set -- ${line##*) }
		[ "$1" != Z ] || continue
		shift 19
		echo "${p#/proc/} $1 $adj"
	done
}

# Everybody has the oom_score_adj that he had before, or began with: the
# programs 0, what the script calls -1000. Prints those who have not.
adjs_changed() {
	adjs | awk '
	NR == FNR { before[$1 " " $2] = $3; next }
	{ who = $1 " " $2 }
	who in before ? before[who] != $3 : $3 != 0 && $3 != -1000 {
		print "pid " $1 " has " $3 ", not " \
			(who in before ? before[who] : "0")
	}' "$dir/adjs" -
}

# The executor is asked to leave. One that was killed left it to the next to
# put right what it had changed.
dismiss() {
	[ "$crew" = oomkd ] || { stop_executor; return 0; }
	alive "$executor" 2>/dev/null || { stop_executor; start_oomkd; }
	kill -CONT "$executor"
	kill -TERM "$executor"
	die "$executor" || return 1
	wait "$executor"
	set -- $?
	executor=''
	return "$1"
}

complain() {
	echo "# $scene: $*"
	bad=1
}

kernel_trouble() {
	dmesg | grep -a -E "$TROUBLE"
}

# settled PID...: they were chosen and nobody else; whoever did the work, and
# whatever went wrong, nothing of it is left behind
settled() {
	local bad=0 changed

	wait_for "$PATIENCE" status_is request_state idle ||
		complain "the request is $(status request_state)"
	calm
	victims_are "$@" ||
		complain "chosen: $(victims); wanted: $(sorted "$@")"
	settle_rest
	check "$scene: nobody else, and nothing is left behind" [ $bad = 0 ]
	close_scene
}

# The part that does not depend on who was chosen; sets $bad.
settle_rest() {
	# Word splitting makes arguments of pids.
	# shellcheck disable=SC2086
	alive $innocent || complain "an innocent has died, of $innocent"
	killer_slept || complain "the kernel's killer fired"
	dismiss || complain "the executor did not leave well"
	changed=$(adjs_changed)
	[ -z "$changed" ] || complain "oom_score_adj: $changed"
	wait_for "$PATIENCE" rmmod oomk 2>"$dir/rmmod" ||
		complain "the module does not unload: $(cat "$dir/rmmod")"
	! kernel_trouble || complain "the kernel is in trouble"
}

close_scene() {
	stop_started
	killall -q -KILL hydra vforked cycle_tracer
	rm -rf "${dir:?}"/*
}
