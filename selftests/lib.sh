# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# lib.sh - what the scripts that run in guests have in common; to be sourced
#
# A script says plan N, then per check one of check, fail or pass, then finish.
# A case begins with begin and ends with end: module and executor are loaded
# and unloaded, what was started is killed, the kernel's log is emptied.

# Seconds until something that should happen counts as not happening.
: "${PATIENCE:=60}"
PATH=$PATH:/selftests
dir=$(mktemp -d /tmp/oomk.XXXXXX)
mkfifo "$dir.nap"
module=/oomk/oomk.ko
nr=0 failures=0 started='' executor='' kills=0

# Nothing that a script calls shall be an item; start undoes it.
echo -1000 >/proc/self/oom_score_adj

plan() {
	echo "TAP version 13"
	echo "1..$1"
}

pass() {
	nr=$((nr + 1))
	echo "ok $nr $1"
}

fail() {
	nr=$((nr + 1))
	failures=$((failures + 1))
	echo "not ok $nr $1"
	{
		dmesg | grep -a oomk: | tail -n 25
		oomkctl status
		for f in "$dir"/oomkd "$dir"/executor; do
			[ ! -e "$f" ] || tail -n 15 "$f"
		done
	} 2>&1 | sed 's/^/# /'
}

# check DESCRIPTION COMMAND...
check() {
	local what=$1

	shift
	if "$@"; then
		pass "$what"
	else
		echo "# failed: $*"
		fail "$what"
	fi
}

bail() {
	echo "Bail out! $*"
	exit 1
}

finish() {
	rm -rf "$dir" "$dir.nap"
	[ $failures = 0 ]
	exit
}

not() {
	! "$@"
}

# Sleep, without a process for it if the shell can: nobody ever writes there.
nap() {
	local nothing

	# shellcheck disable=SC3045
	read -r -t "$1" nothing <>"$dir.nap" || :
}
[ -z "$( (nap 0) 2>&1)" ] || nap() { sleep "$1"; }

# Until COMMAND succeeds, longer in a slow kernel, where it is also asked less
# often, as asking takes most of the time: wait_for SECONDS COMMAND...
wait_for() {
	local seconds rest until pause=0.1

	[ "${OOMK_SLOW:-1}" = 1 ] || pause=0.5
	# As now, but without a process of its own.
	read -r seconds rest </proc/uptime
	until=$((${seconds%.*} + $1 * ${OOMK_SLOW:-1}))
	shift
	until "$@"; do
		read -r seconds rest </proc/uptime
		[ "${seconds%.*}" -lt $until ] || return 1
		nap $pause
	done
}

# As many tasks as memory holds: a small kernel has 4096 pids by default, and one
# whose tasks are large allows few of them.
allow_crowds() {
	echo 30000 >/proc/sys/kernel/pid_max
	echo 20000 >/proc/sys/kernel/threads-max
}

# Seconds since boot, which no clock setting moves.
now() {
	local seconds rest

	read -r seconds rest </proc/uptime
	echo "${seconds%.*}"
}

# Module and executor

loaded() {
	[ -d /sys/module/oomk ]
}

load() {
	insmod $module || bail "the module does not load"
}

unload() {
	wait_for "$PATIENCE" rmmod oomk 2>"$dir/rmmod" ||
		bail "the module does not unload: $(cat "$dir/rmmod")"
}

# One number or word of the status: status KEY
status() {
	oomkctl status --json | sed -n "s/^ *\"$1\": \"*\([^\",]*\)\"*,*\$/\1/p"
}

status_is() {
	[ "$(status "$1")" = "$2" ]
}

policy() {
	oomkctl policy set "$@" || bail "policy set $*"
}

start_oomkd() {
	: >"$dir/oomkd"
	oomkd >>"$dir/oomkd" 2>&1 &
	executor=$!
	wait_for "$PATIENCE" grep -q '^oomkd: ready' "$dir/oomkd" ||
		bail "oomkd does not start: $(cat "$dir/oomkd")"
}

# An executor that does only as it is told, see cycle_puppet.c.
start_puppet() {
	rm -f "$dir/strings"
	mkfifo "$dir/strings"
	: >"$dir/executor"
	cycle_puppet <"$dir/strings" >>"$dir/executor" 2>&1 &
	executor=$!
	exec 9>"$dir/strings"
	wait_for "$PATIENCE" grep -q '^bound' "$dir/executor" ||
		bail "the puppet is not bound: $(cat "$dir/executor")"
}

tell() {
	echo "$*" >&9
}

stop_executor() {
	[ -n "$executor" ] || return 0
	kill -CONT "$executor" 2>/dev/null
	kill -KILL "$executor" 2>/dev/null
	wait "$executor" 2>/dev/null
	exec 9>&-
	executor=''
}

# Processes

# alive PID...: exists, and is no zombie (a leader may be one, its threads not)
alive() {
	local p line

	for p; do
		read -r line 2>/dev/null <"/proc/$p/stat" || return 1
		case $line in
		*') X '*) return 1 ;;
		*') Z '*) [ "$(ls "/proc/$p/task" 2>/dev/null | wc -l)" -gt 1 ] ||
			return 1 ;;
		esac
	done
}

dead() {
	local p

	for p; do
		! alive "$p" || return 1
	done
}

die() {
	wait_for "$PATIENCE" dead "$@"
}

# The program said WORD, or will never do.
has_said() {
	grep -q "^$2" "$dir/$1" || ! alive "$pid"
}

# start NAME WORD PROGRAM...: in the background, until it says WORD; $pid
start() {
	local name=$1 word=$2

	shift 2
	: >"$dir/$name"
	sh -c 'echo 0 >/proc/self/oom_score_adj; exec "$@"' sh "$@" \
		>"$dir/$name" 2>&1 &
	pid=$!
	started="$started $pid"
	wait_for "$PATIENCE" has_said "$name" "$word" && alive "$pid" ||
		bail "$* does not start: $(cat "$dir/$name")"
}

# Kill what was started, and what became of it, and wait for its end.
stop_started() {
	local p

	for p in $started; do
		kill -KILL "$p" 2>/dev/null
	done
	killall -q -KILL hog idle forktree sharedmm leaderless stubborn \
		cycle_brood cycle_mother cycle_pool ml_train
	for p in $started; do
		wait "$p" 2>/dev/null
	done
	started=''
}

# A file system that can be frozen, below $dir/mnt.
make_mnt() {
	dd if=/dev/zero of="$dir/disk" bs=1M count=8 2>/dev/null
	mke2fs -F "$dir/disk" >/dev/null 2>&1
	mkdir -p "$dir/mnt"
	mount -t ext4 -o loop "$dir/disk" "$dir/mnt" || bail "no file system"
}

# Whoever writes there hangs in an uninterruptible sleep, until thaw.
freeze() {
	# That somebody hangs is what is wanted.
	echo 0 >/proc/sys/kernel/hung_task_timeout_secs
	fsfreeze --freeze "$dir/mnt"
}

# hang OPTION...: a hog that hangs, because of what it writes to; $hog
hang() {
	make_mnt
	sh -c 'echo 0 >/proc/self/oom_score_adj; exec "$@"' sh \
		hog --size 150M --hold --random --every 100 "$@" \
		>"$dir/mnt/out" 2>&1 &
	hog=$!
	started="$started $hog"
	wait_for "$PATIENCE" grep -q '^full' "$dir/mnt/out"
	freeze
	wait_for "$PATIENCE" grep -q '^State:.D' "/proc/$hog/status" ||
		bail "the hog does not hang"
}

# What was frozen goes on, and who hangs is reported again.
thaw() {
	fsfreeze --unfreeze "$dir/mnt"
	echo 120 >/proc/sys/kernel/hung_task_timeout_secs
}

unhang() {
	thaw
	die "$hog"
	stop_started
	umount "$dir/mnt"
}

# The kernel's log

# said PATTERN: oomk wrote a line that matches, or will before long
said_now() {
	dmesg | grep -a 'oomk: ' | grep -q -e "$1"
}

said() {
	wait_for "$PATIENCE" said_now "$1"
}

# Pids of all victims named so far, in ascending order, on one line.
victims() {
	dmesg | sed -n 's/.*oomk: cycle [0-9]*: victim pid \([0-9]*\) .*/\1/p' |
		sort -nu | tr '\n' ' '
}

# The same form for comparison: sorted PID...
sorted() {
	printf '%s\n' "$@" | grep . | sort -nu | tr '\n' ' '
}

# victims_are PID...: these and no others
victims_are() {
	[ "$(victims)" = "$(sorted "$@")" ]
}

# A cycle has ended: its last line is there.
ended() {
	said "cycle $1: \(freed totals\|pressure is over\|the executor gave up\|infeasible\)"
}

# Memory

vmstat() {
	awk -v key="$1" '$1 == key { print $2 }' /proc/vmstat
}

killer_slept() {
	[ "$(vmstat oom_kill)" = "$kills" ]
}

# MiB of /proc/meminfo: meminfo KEY
meminfo() {
	awk -v key="$1:" '$1 == key { print int($2 / 1024) }' /proc/meminfo
}

# squeeze NEED [deep]: move the marks, not the memory, until NEED MiB are to be
# freed at the soft level. Takes more than half of RAM to be in use and no swap.
# The soft mark is a little above what is available; deep, it is all of NEED
# above it, so that only the last victim's death ends the pressure.
squeeze() {
	local total available all soft

	total=$(($(status total_pages) / 256))
	available=$(($(status available_pages) / 256))
	all=$(((available + $1) * 100 / total + 1))
	soft=$((available * 100 / total + 2))
	[ -z "${2-}" ] || soft=$all
	[ $soft -le 50 ] || bail "only $((100 - soft)) % of RAM in use"
	policy soft=$soft hard=0 recovery=$((all - soft))
}

# Marks that nothing crosses by itself.
calm() {
	policy soft=2 hard=0 recovery=5
}

# Items

# One line a task: PID ID STATE SOURCE ROOT PAGES UTILITY PRICE CAPPED UID
# TASK_PAGES COMM. It walks what "list --json" or "plan --json" prints.
flatten() {
	awk '
	{ sub(/^ */, ""); sub(/,$/, "") }
	match($0, /^"[a-z0-9_]*": /) {
		key = substr($0, 2, RLENGTH - 4)
		value = substr($0, RLENGTH + 1)
		gsub(/"/, "", value)
		if (key == "tasks")
			in_task = 1
		else if (in_task)
			task[key] = value
		else
			item[key] = value
	}
	/^]/ { in_task = 0 }
	/^}/ && in_task {
		print task["pid"], item["id"], item["state"], item["source"],
			item["root_pid"], item["weight_pages"],
			item["utility"], item["price_64ths"],
			item["shared_cap"], task["uid"],
			task["weight_pages"], task["comm"]
	}'
}

# Take a picture of all tasks, for item and its like.
look() {
	oomkctl list --json >"$dir/list" && flatten <"$dir/list" >"$dir/items"
}

# A field of a task in the last picture: item PID FIELD
item() {
	awk -v pid="$1" -v field="$2" '
	BEGIN {
		n = split("pid id state source root pages utility price " \
			  "capped uid task_pages comm", names, " ")
		for (i = 1; i <= n; i++)
			at[names[i]] = i
	}
	$1 == pid { print $at[field] }' "$dir/items"
}

# item_is PID FIELD VALUE
item_is() {
	[ "$(item "$1" "$2")" = "$3" ] && return 0
	echo "# $2 of $1 is '$(item "$1" "$2")', not '$3'"
	return 1
}

# Do both belong to one item?
together() {
	[ -n "$(item "$1" id)" ] && [ "$(item "$1" id)" = "$(item "$2" id)" ]
}

# Pids of the victims of a plan, in ascending order: plan_victims OPTION...
plan_victims() {
	oomkctl plan --json "$@" >"$dir/plan" || return
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	sorted $(flatten <"$dir/plan" | cut -d ' ' -f 1)
}

# Cases

# begin [none|oomkd|puppet]: a fresh module, with that executor
begin() {
	dmesg -c >/dev/null
	load
	policy psi_full=0
	calm
	case ${1:-oomkd} in
	oomkd) start_oomkd ;;
	puppet) start_puppet ;;
	none) executor='' ;;
	esac
	kills=$(vmstat oom_kill)
}

end() {
	stop_started
	stop_executor
	unload
	killer_slept || fail "the kernel's killer did not fire"
	rm -rf "${dir:?}"/*
}
