#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# oomkctl against the real module: what a verb changes, what the next one shows
# of it, and what it says when the kernel refuses. What it types and prints in
# every case is tested on the host, see ctl_test.py.
#
# dir and pid are set by lib.sh:
# shellcheck disable=SC2154

. "${0%/*}/lib.sh"

# Run oomkctl; what it printed is in ctl.out and ctl.err.
ctl() {
	oomkctl "$@" >"$dir/ctl.out" 2>"$dir/ctl.err"
}

# exits STATUS VERB...: with that status
exits() {
	local wanted=$1 got

	shift
	ctl "$@"
	got=$?
	[ $got = "$wanted" ] && return 0
	echo "# oomkctl $*: $got, not $wanted: $(cat "$dir/ctl.err")"
	return 1
}

# says PATTERN: on a line of the errors of the last run
says() {
	grep -q -e "$1" "$dir/ctl.err" && return 0
	sed 's/^/# /' "$dir/ctl.err"
	return 1
}

# refused PATTERN VERB...: by the kernel, with this sentence
refused() {
	local pattern=$1

	shift
	exits 1 "$@" && says "$pattern"
}

# job_is PID KEY VALUE: what get-utility says
job_is() {
	local got

	got=$(oomkctl get-utility --json "$1" |
		sed -n "s/^ *\"$2\": \"*\([^\",]*\)\"*,*\$/\1/p")
	[ "$got" = "$3" ] && return 0
	echo "# $2 of $1 is '$got', not '$3'"
	return 1
}

names() {
	start one ready idle
	one=$pid
	start two ready idle
	two=$pid
	check "two pids at once" exits 0 set-utility "$one,$two" 731
	check "the first has it" job_is "$one" utility 731
	check "the second has it" job_is "$two" utility 731
	check "source" job_is "$two" source job
	check "one pid that is none does not stop the next" \
		refused 'pid 2: .*kernel thread' set-utility "$one" 2 "$two" 12
	check "the next was set" job_is "$two" utility 12
	check "bad input changes nothing" exits 2 set-utility "$one" x 5
	check "nothing was changed" job_is "$one" utility 12
	check "each" exits 0 set-utility --each "$one" 13
	check "each is shown" job_is "$one" each true
	check "protect" exits 0 protect "$one"
	check "protected is shown" job_is "$one" protected true
	check "a protected job is not forgotten" \
		refused 'protected' clear-utility "$one"
	look
	check "it is no item" item_is "$one" state protected
	check "unprotect" exits 0 unprotect "$one"
	check "the utility stays" job_is "$one" utility 13
	check "clear" exits 0 clear-utility "$one"
	check "forgotten" job_is "$one" utility 100
	check "there is no more to forget" \
		refused 'nobody named' clear-utility "$one"
	stop_started
	check "a pid that is gone" refused "pid $two: no such process" \
		get-utility "$two"
}

changes() {
	oomkctl policy >"$dir/before"
	check "several keys at once" exits 0 policy set grace_ms=7s \
		weight=badness capacity=900pm solve_steps=5000000000
	oomkctl policy >"$dir/after"
	check "as they were given" test "$(grep -c -x -e grace_ms=7000 \
		-e weight=badness -e capacity=900pm \
		-e solve_steps=5000000000 "$dir/after")" = 4
	check "all or nothing" refused 'hard must be below soft' \
		policy set grace_ms=8s soft=5 hard=6
	oomkctl policy >"$dir/again"
	check "nothing" cmp "$dir/after" "$dir/again"
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	check "what was printed is taken" \
		exits 0 policy set $(cat "$dir/before")
	oomkctl policy >"$dir/again"
	check "and is in force" cmp "$dir/before" "$dir/again"
}

strangers() {
	start mine ready su nobody -c 'exec idle'
	check "a stranger sees his own" \
		su nobody -c 'oomkctl list | grep -q "  idle  "'
	check "and nobody else's" \
		su nobody -c '! oomkctl list | grep -q "  init  "'
	check "he may not look at others" su nobody -c \
		"oomkctl get-utility $$ 2>&1 | grep -q 'needs CAP_SYS_PTRACE'"
	check "he may read the status" su nobody -c 'oomkctl status >/dev/null'
	check "he may lower his own" \
		su nobody -c "oomkctl set-utility $pid 40"
	check "which is a hint" job_is "$pid" source hint
	check "he may not raise it" su nobody -c \
		"oomkctl set-utility $pid 41 2>&1 | grep -q 'needs CAP_SYS_RES'"
	check "nor protect it" su nobody -c \
		"oomkctl protect $pid 2>&1 | grep -q 'needs CAP_SYS_RESOURCE'"
	check "he may forget it" su nobody -c "oomkctl clear-utility $pid"
	check "he may not plan" not su nobody -c 'oomkctl plan' 2>/dev/null
	check "nor set the policy" su nobody -c \
		"oomkctl policy set soft=3 2>&1 | grep -q 'needs CAP_SYS_ADMIN'"
	stop_started
}

# The victim of a plan, and what it costs: planned PID COST
planned() {
	local cost

	cost=$(oomkctl plan --need 20M | sed -n 's/^lost *utility \(.*\), .*/\1/p')
	[ "$(plan_victims --need 20M)$cost" = "$1 $2" ] && return 0
	echo "# victims $(plan_victims --need 20M), cost $cost"
	return 1
}

plans() {
	start dear ready idle --size 40M
	dear=$pid
	oomkctl set-utility "$dear" 900
	start cheap ready idle --size 30M
	oomkctl set-utility "$pid" 7
	check "a plan takes the cheaper" planned "$pid" 7.00
	oomkctl protect "$pid"
	check "and the dearer if that is protected" planned "$dear" 900.00
	check "a plan kills nobody" alive "$pid"
	stop_started
}

# Stages in the order in which monitor told them.
stages_are() {
	[ "$(sed -n 's/.*"stage": "\([a-z]*\)".*/\1/p' "$dir/json" |
		tr '\n' ' ')" = "$1" ]
}

watches() {
	oomkctl monitor --json >"$dir/json" 2>"$dir/json.err" &
	watcher=$!
	start hog ready idle --size 300M
	victim=$pid
	oomkctl policy set stuck_ms=120000
	oomkctl set-utility "$victim" 5
	start ballast ready idle --size 10M
	oomkctl set-utility "$pid" 900
	squeeze 200
	check "a cycle kills the victim" die "$victim"
	check "monitor tells its stages" \
		wait_for "$PATIENCE" stages_are "start solved end "
	check "and the offer" grep -q '"event": "ready", "cycle": 1' "$dir/json"
	check "and the price" grep -q '"lost_price_64ths": 320,' "$dir/json"
	calm
	check "status counts it" status_is cycle 1
	check "and its outcome" status_is outcome killed
	stop_executor
	unload
	wait "$watcher"
	check "monitor ends with the module" test $? = 1
	check "and says so" grep -q 'was unloaded' "$dir/json.err"
	load
}

plan 49
check "without the module" refused 'is not loaded.*modprobe oomk' status
begin none
names
changes
strangers
plans
end
begin oomkd
watches
end
finish
