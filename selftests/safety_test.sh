#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The safety net: oom_score_adj follows the utility, and goes back to exactly
# what it was, whatever becomes of the executor, the job and the module.
#
# safety_test.sh GROUP...: order back crash exact victims fork crowd

. "${0%/*}/lib.sh"

adj() {
	cat "/proc/$1/oom_score_adj"
}

adj_is() {
	[ "$(adj "$1" 2>/dev/null)" = "$2" ]
}

becomes() {
	wait_for "$PATIENCE" adj_is "$1" "$2" && return 0
	echo "# oom_score_adj of $1 is $(adj "$1"), not $2"
	return 1
}

# What a utility calls for: target UTILITY [DEFAULT]
target() {
	local base=${2:-100}

	if [ "$1" -lt "$base" ]; then
		echo $(((base - $1) * 1000 / base))
	elif [ "$1" -gt "$base" ]; then
		echo $((-($1 - base) * 999 / (1000 - base)))
	else
		echo 0
	fi
}

# The executor has nothing more to do: two looks in a row found all as it is.
at_rest() {
	local before

	before=$(switches)
	sleep 3
	[ "$(switches)" = "$before" ]
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' \
		"/proc/$executor/status"
}

rest() {
	wait_for "$PATIENCE" at_rest || echo "# the executor does not rest"
}

# Nobody but PID... has one of the values: nobody_has "VALUE..." PID...
nobody_has() {
	local values=" $1 " except d v ret=0

	shift
	except=" $* "
	for d in /proc/[0-9]*; do
		read -r v 2>/dev/null <"$d/oom_score_adj" || continue
		case $values in
		*" $v "*) ;;
		*) continue ;;
		esac
		case $except in
		*" ${d#/proc/} "*) continue ;;
		esac
		echo "# ${d#/proc/} ($(cat "$d/comm")) has $v"
		ret=1
	done
	return $ret
}

# Idle children of the last one that was started, its own brood included.
children_of() {
	sed -n "s/^\\([0-9]*\\) (.*) [A-Z] $1 .*/\\1/p" /proc/[0-9]*/stat \
		2>/dev/null | sort -n | tr '\n' ' '
}

has_children() {
	[ -n "$(children_of "$1")" ]
}

left() {
	die "$executor" || return 1
	wait "$executor"
	executor=''
}

leave_executor() {
	kill -TERM "$executor"
	check "$1" left
}

score() {
	cat "/proc/$1/oom_score"
}

# Groups

group_order() {
	local u last lastscore s

	begin
	last='' lastscore=0
	for u in 1000 900 500 101 100 99 50 10 0; do
		start "t$u" ready idle --size 8M
		oomkctl set-utility "$pid" $u
		check "utility $u: $(target $u)" becomes "$pid" "$(target $u)"
		s=$(score "$pid")
		echo "# utility $u: oom_score $s"
		# 101 is -1, 100 is 0: a score knows two thirds of a step.
		[ "$s" -gt "$lastscore" ] ||
			[ "$u $s" = "100 $lastscore" ] || last="$last $u"
		lastscore=$s
	done
	check "a lower utility is a higher oom_score" [ -z "$last" ]
	oomkctl set-utility "$pid" 1000
	check "changed, it follows" becomes "$pid" -999
	policy default_utility=0
	check "default 0: at 1000" becomes "$pid" -999
	oomkctl set-utility "$pid" 0
	check "default 0: at 0" becomes "$pid" 0
	policy default_utility=1000
	check "default 1000: at 0" becomes "$pid" 1000
	oomkctl set-utility "$pid" 1000
	check "default 1000: at 1000" becomes "$pid" 0
	policy default_utility=100
	oomkctl clear-utility "$pid"
	check "cleared, it goes back" becomes "$pid" 0
	oomkctl protect "$pid"
	check "protected" becomes "$pid" -999
	oomkctl unprotect "$pid"
	check "and not" becomes "$pid" 0
	start exempt ready idle
	echo -1000 >"/proc/$pid/oom_score_adj"
	oomkctl set-utility "$pid" 7
	exempt=$pid
	start meant ready idle
	oomkctl set-utility "$pid" 500
	becomes "$pid" "$(target 500)"
	echo 77 >"/proc/$pid/oom_score_adj"
	oomkctl set-utility "$pid" 600
	rest
	check "what somebody else set stays" adj_is "$pid" 77
	oomkctl clear-utility "$pid"
	rest
	check "also when it is cleared" adj_is "$pid" 77
	own_highest "what victims have stays, too"
	check "-1000 stays" adj_is "$exempt" -1000
	end
}

# own_highest WHAT: a member may want to be the kernel's first choice
own_highest() {
	start highest ready idle
	oomkctl set-utility "$pid" 500
	becomes "$pid" "$(target 500)"
	echo 1000 >"/proc/$pid/oom_score_adj"
	for u in 600 700; do
		oomkctl set-utility "$pid" $u
		rest
	done
	check "$1" adj_is "$pid" 1000
}

group_back() {
	begin
	start one ready idle
	one=$pid
	echo 123 >"/proc/$one/oom_score_adj"
	start two ready idle
	two=$pid
	start stranger ready idle
	stranger=$pid
	oomkctl set-utility "$one" 900
	oomkctl set-utility "$two" 20
	check "one follows" becomes "$one" "$(target 900)"
	check "two follows" becomes "$two" "$(target 20)"
	check "who was not named is left alone" adj_is "$stranger" 0
	policy safety_net=off
	check "off: one is back" becomes "$one" 123
	check "off: two is back" becomes "$two" 0
	policy safety_net=on
	check "on: one follows" becomes "$one" "$(target 900)"
	check "on: two follows" becomes "$two" "$(target 20)"
	rest
	leave_executor "asked to leave, the executor does"
	check "left: one is back" adj_is "$one" 123
	check "left: two is back" adj_is "$two" 0
	start_oomkd
	check "the next one has it follow" becomes "$one" "$(target 900)"
	becomes "$two" "$(target 20)"
	unload
	check "unloaded: the executor leaves" left
	check "unloaded: one is back" adj_is "$one" 123
	check "unloaded: two is back" adj_is "$two" 0
	stop_started
}

group_crash() {
	begin
	start one ready idle
	one=$pid
	echo 33 >"/proc/$one/oom_score_adj"
	oomkctl set-utility "$one" 900
	becomes "$one" "$(target 900)"
	stop_executor
	check "one that is killed leaves it so" adj_is "$one" "$(target 900)"
	start_oomkd
	rest
	check "the next one knows it for ours" adj_is "$one" "$(target 900)"
	oomkctl set-utility "$one" 300
	check "and has it follow" becomes "$one" "$(target 300)"
	stop_executor
	policy safety_net=off
	start_oomkd
	check "killed and turned off: it goes back" becomes "$one" 33
	policy safety_net=on
	becomes "$one" "$(target 300)"
	stop_executor
	oomkctl clear-utility "$one"
	start_oomkd
	check "killed and cleared: it goes back" becomes "$one" 33
	oomkctl set-utility "$one" 300
	becomes "$one" "$(target 300)"
	mkfifo /tmp/go
	start shell ready sh -c 'oomkctl set-utility $$ 800; echo ready
		read -r x </tmp/go; sleep 1000 & sleep 1000 & wait'
	shell=$pid
	becomes "$shell" "$(target 800)"
	stop_executor
	echo go >/tmp/go
	wait_for "$PATIENCE" has_children "$shell"
	child=$(children_of "$shell" | cut -d ' ' -f 1)
	check "a child of a time without executor inherits" \
		becomes "$child" "$(target 800)"
	unload
	oomkd >"$dir/oomkd" 2>&1
	check "killed and unloaded: the next one leaves" [ $? = 1 ]
	check "but puts it right" adj_is "$one" 33
	check "and the parent" adj_is "$shell" 0
	check "and the child" adj_is "$child" 0
	stop_started
	rm -f /tmp/go
}

# owner_may PID VALUE: alice may set it, without privilege
owner_may() {
	su alice -c "echo $2 >/proc/$1/oom_score_adj" 2>/dev/null
}

# start_hers NAME PROGRAM...: alice's, who raised it from 0 to 500
start_hers() {
	local name=$1

	shift
	start "$name" ready su alice -c "echo 500 >/proc/self/oom_score_adj
		exec $*"
}

# Back at 500, and the owner may go to 0 and no further: was_hers WHAT PID
was_hers() {
	check "$1: the value is back" becomes "$2" 500
	rest
	check "$1: not below the minimum" not owner_may "$2" -1
	check "$1: down to the minimum" owner_may "$2" 0
	owner_may "$2" 500
}

group_exact() {
	begin
	start_hers hers idle
	hers=$pid
	oomkctl set-utility "$hers" 900
	becomes "$hers" "$(target 900)"
	oomkctl set-utility "$hers" 20
	becomes "$hers" "$(target 20)"
	oomkctl clear-utility "$hers"
	was_hers "cleared" "$hers"
	oomkctl set-utility "$hers" 900
	becomes "$hers" "$(target 900)"
	rest
	leave_executor "asked to leave"
	start_oomkd
	becomes "$hers" "$(target 900)"
	stop_executor
	start_oomkd
	oomkctl clear-utility "$hers"
	was_hers "crashed and cleared" "$hers"
	# The other way round: far below what it has.
	echo -300 >"/proc/$hers/oom_score_adj"
	owner_may "$hers" 200
	oomkctl set-utility "$hers" 100
	becomes "$hers" 0
	oomkctl clear-utility "$hers"
	becomes "$hers" 200
	rest
	check "a low minimum: not below" not owner_may "$hers" -301
	check "a low minimum: down to it" owner_may "$hers" -300
	# Children have inherited both.
	start_hers brood cycle_brood 4
	brood=$pid
	oomkctl set-utility "$brood" 900
	becomes "$brood" "$(target 900)"
	sleep 1
	kill -USR1 "$brood"
	wait_for "$PATIENCE" has_said brood stopped
	rest
	oomkctl clear-utility "$brood"
	rest
	children=$(children_of "$brood")
	was_hers "a child" "${children%% *}"
	# One memory, one oom_score_adj: the kernel sees to that.
	start_hers twins sharedmm --procs 2
	twin=$(children_of "$pid")
	twin=${twin%% *}
	oomkctl set-utility "$pid" 900
	check "who shares the memory follows" becomes "$twin" "$(target 900)"
	rest
	oomkctl clear-utility "$pid"
	was_hers "who shares the memory" "$twin"
	was_hers "whose memory is shared" "$pid"
	end
	no_room
}

# Without a record nothing is changed.
no_room() {
	begin none
	mkdir -p "$dir/full"
	# For the lock there is.
	mount -t tmpfs -o size=8k,mode=700 none "$dir/full"
	oomkd --run-dir "$dir/full" >"$dir/oomkd" 2>&1 &
	executor=$!
	start one ready idle
	oomkctl set-utility "$pid" 900
	wait_for "$PATIENCE" grep -q 'adj of some tasks not set' "$dir/oomkd"
	check "no room for a record: nothing is changed" adj_is "$pid" 0
	check "and it is told" \
		grep -q 'no record, oom_score_adj will not follow' "$dir/oomkd"
	end
	umount "$dir/full"
}

# A victim that, asked to die, has children instead: $mother, $child, $orphan,
# $hermit (in a session of its own)
start_mother() {
	# A session of its own, or there would be none by which to find an orphan.
	start mother ready setsid cycle_mother 220
	mother=$pid
	echo 33 >"/proc/$mother/oom_score_adj"
}

read_children() {
	wait_for "$PATIENCE" has_said mother hermit
	child=$(sed -n 's/^child //p' "$dir/mother")
	orphan=$(sed -n 's/^orphan //p' "$dir/mother")
	hermit=$(sed -n 's/^hermit //p' "$dir/mother")
}

group_victims() {
	begin
	start_mother
	policy grace_ms=$((4000 * ${OOMK_SLOW:-1})) executor_timeout_ms=60000
	squeeze 80
	read_children
	check "a child of a victim inherits" adj_is "$child" 1000
	calm
	check "spared: the victim is back" becomes "$mother" 33
	check "spared: and its child" becomes "$child" 33
	check "spared: and one whose parent died" becomes "$orphan" 33
	end
	begin
	start_mother
	oomkctl set-utility "$mother" 20
	becomes "$mother" "$(target 20)"
	policy grace_ms=$((4000 * ${OOMK_SLOW:-1})) executor_timeout_ms=60000
	squeeze 80
	read_children
	calm
	check "named and spared: the victim" becomes "$mother" "$(target 20)"
	check "named and spared: its child" becomes "$child" "$(target 20)"
	check "named and spared: an orphan" becomes "$orphan" "$(target 20)"
	check "named and spared: a hermit" becomes "$hermit" "$(target 20)"
	oomkctl clear-utility "$mother"
	check "cleared: the victim" becomes "$mother" 33
	check "cleared: its child" becomes "$child" 33
	check "cleared: an orphan" becomes "$orphan" 33
	check "cleared: a hermit" becomes "$hermit" 33
	# The last look after a set is 5 s after it.
	sleep 8
	own_highest "not for long is the value of victims taken for theirs"
	end
	begin
	start_mother
	policy grace_ms=$((2000 * ${OOMK_SLOW:-1})) executor_timeout_ms=60000
	squeeze 80
	die "$mother"
	read_children
	check "killed: its child" becomes "$child" 33
	check "killed: an orphan" becomes "$orphan" 33
	calm
	end
	begin
	start_mother
	policy grace_ms=600000 executor_timeout_ms=60000
	squeeze 80
	read_children
	calm
	stop_executor
	start_oomkd
	check "crashed in the grace: the victim" becomes "$mother" 33
	check "crashed in the grace: its child" becomes "$child" 33
	check "crashed in the grace: an orphan" becomes "$orphan" 33
	end
}

# Utilities whose values nobody else has.
values="$(target 937) $(target 613) $(target 37)"

start_brood() {
	start brood ready cycle_brood 24
	brood=$pid
	for u in 937 613 37; do
		oomkctl set-utility "$brood" $u
		becomes "$brood" "$(target $u)"
	done
}

# Not before has each of its children been born to one that was named.
brood_is_anew() {
	[ "$(grep -c '^anew' "$dir/brood")" -ge $(($1 + 2)) ]
}

brood_is_clean() {
	kill -USR1 "$brood"
	wait_for "$PATIENCE" has_said brood stopped
	rest
	check "$1" nobody_has "$values"
	stop_started
}

group_fork() {
	begin
	start_brood
	wait_for "$PATIENCE" brood_is_anew "$(grep -c '^anew' "$dir/brood")"
	kill -USR1 "$brood"
	wait_for "$PATIENCE" has_said brood stopped
	rest
	check "all that it forked have the last value" \
		nobody_has "$(target 937) $(target 613)"
	check "as many as there are" [ "$(grep -l "^$(target 37)\$" \
		/proc/[0-9]*/oom_score_adj 2>/dev/null | wc -l)" = 25 ]
	stop_started
	start_brood
	oomkctl clear-utility "$brood"
	brood_is_clean "cleared while it forks: nobody keeps a value"
	start_brood
	policy safety_net=off
	brood_is_clean "turned off while it forks: nobody keeps a value"
	policy safety_net=on
	start_brood
	stop_executor
	oomkctl clear-utility "$brood"
	start_oomkd
	brood_is_clean "crashed and cleared while it forks: nobody keeps one"
	start_brood
	leave_executor "asked to leave while it forks"
	kill -USR1 "$brood"
	wait_for "$PATIENCE" has_said brood stopped
	check "left while it forks: nobody keeps a value" nobody_has "$values"
	end
}

# How many have a value: count VALUE
count() {
	cat /proc/[0-9]*/oom_score_adj 2>/dev/null | grep -c "^$1\$"
}

count_is() {
	[ "$(count "$1")" = "$2" ]
}

group_crowd() {
	local pids n

	begin
	start tree ready forktree --width 1 --depth 1
	oomkctl set-utility "$pid" 937
	stop_started
	start tree ready sh -c 'oomkctl set-utility $$ 613 &&
		exec forktree --width 2000 --depth 1'
	tree=$pid
	n=$(($(status members)))
	echo "# $n members"
	check "2,000 members" [ "$n" -gt 2000 ]
	oomkctl set-utility "$tree" 937
	before=$(now)
	wait_for "$PATIENCE" count_is "$(target 937)" "$n"
	check "all of them follow" count_is "$(target 937)" "$n"
	echo "# after $(($(now) - before)) s"
	oomkctl clear-utility "$tree"
	before=$(now)
	wait_for "$PATIENCE" count_is "$(target 937)" 0
	check "all of them go back" count_is "$(target 937)" 0
	echo "# after $(($(now) - before)) s"
	rest
	check "and have what they had" count_is "$(target 613)" 0
	stop_started
	start one ready idle
	pids=$(yes "$pid" | head -n 1000 | tr '\n' ,)
	before=$(now)
	for n in 1 2 3 4 5; do
		oomkctl set-utility "${pids%,}" 613
		oomkctl set-utility "${pids%,}" 937
	done
	echo "# 10,000 changes in $(($(now) - before)) s"
	check "after a flood of changes it has the last" \
		becomes "$pid" "$(target 937)"
	rest
	check "no event was lost to the flood" \
		not grep -q 'cannot' "$dir/oomkd"
	end
}

plan_of() {
	case $1 in
	order) echo 22 ;;
	back) echo 14 ;;
	crash) echo 10 ;;
	exact) echo 21 ;;
	victims) echo 18 ;;
	fork) echo 7 ;;
	crowd) echo 6 ;;
	esac
}

total=0
for group; do
	total=$((total + $(plan_of "$group")))
done
plan $total
for group; do
	"group_$group"
done
finish
