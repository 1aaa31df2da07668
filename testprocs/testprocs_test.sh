#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# testprocs_test - do the test programs do what tests rely on?
#
# Speaks TAP. Needs no root and no module.

set -u

bin=$(cd "$(dirname "$0")/.." && pwd)/${BUILD:-build}/testprocs
work=$(mktemp -d)
nr=0
pids=()

stop_all() {
	[ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	pids=()
}
trap 'stop_all; rm -rf "$work"' EXIT

# result STATUS NAME: one line of TAP.
result() {
	nr=$((nr + 1))
	[ "$1" = 0 ] || printf 'not '
	echo "ok $nr - $2"
}

skip() {
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

# start PROGRAM ARG...: run until it says WORD (default ready); sets pid, out.
start() {
	local word=${WORD:-ready} tries=0

	out=$work/out.$RANDOM
	: >"$out"
	"$bin/$1" "${@:2}" >"$out" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	disown "$pid"
	until grep -q "^$word $pid\$" "$out"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}

# field NAME [PID]: a number of /proc/PID/status.
field() { sed -n "s/^$1:[[:space:]]*\([0-9a-f]*\).*/\1/p" "/proc/${2:-$pid}/status"; }

# near KB MIB: no less than MIB, and less than 3 MiB more.
near() { [ "$1" -ge $(($2 * 1024)) ] && [ "$1" -lt $((($2 + 3) * 1024)) ]; }

# has_signal FIELD NUMBER: is it in that mask?
has_signal() { (((0x$(field "$1") >> ($2 - 1)) & 1)); }

test_grammar() {
	local size bad=0

	for size in '' -1 +1 ' 1' K 1T 1KK 1.5M 0x10 99999999999999999999 \
		    99999999999G; do
		timeout 5 "$bin/hog" --size "$size" >"$work/out" 2>"$work/err"
		[ $? = 2 ] && [ ! -s "$work/out" ] && [ -s "$work/err" ] || bad=1
	done
	result $bad "what is no size is refused with status 2"

	bad=0
	for size in 5 8K 8k 1M 1m; do
		timeout 5 "$bin/hog" --size "$size" >"$work/out" || bad=1
		timeout 5 "$bin/hog" "--size=$size" >"$work/out" || bad=1
	done
	result $bad "sizes with and without a suffix, after a blank or ="

	bad=0
	for size in --wrong plain --size --random=1 '--shared --memfd' ---; do
		# shellcheck disable=SC2086
		timeout 5 "$bin/hog" $size >"$work/out" 2>"$work/err"
		[ $? = 2 ] || bad=1
	done
	result $bad "what is no option is refused with status 2"

	bad=0
	for size in "$bin"/{forktree,gauge,hog,hydra,idle,leaderless} \
		    "$bin"/{ml_train,sharedmm,stubborn,vforked}; do
		"$size" --help | grep -q -- '--block-term' || bad=1
	done
	result $bad "every program explains itself"
}

test_common() {
	start idle --name other --block-term &&
		[ "$(cat "/proc/$pid/comm")" = other ] && has_signal SigBlk 15
	result $? "--name and --block-term"
	# A shell tells on stderr that it lost a child to a signal.
	(timeout -s KILL 10 "$bin/idle" --seconds 1; exit $?) >/dev/null 2>&1
	[ $? = $((128 + 14)) ]
	result $? "--seconds ends a program"
	start stubborn --size 2M && has_signal SigIgn 15 && ! has_signal SigBlk 15 &&
		kill -TERM "$pid" && sleep 0.2 && kill -0 "$pid"
	result $? "stubborn ignores SIGTERM"
}

test_memory() {
	start idle --size 20M && near "$(field RssAnon)" 20
	result $? "idle has its size resident"
	WORD=full start hog --size 20480K --hold && near "$(field RssAnon)" 20
	result $? "hog --anon holds anonymous memory"
	WORD=full start hog --shared --size 20M --hold &&
		near "$(field RssShmem)" 20 && [ "$(field RssAnon)" -lt 2048 ]
	result $? "hog --shared holds shared memory"
	WORD=full start hog --memfd --size 20M --hold &&
		near "$(field RssShmem)" 20 &&
		readlink "/proc/$pid"/fd/* | grep -q memfd:mem
	result $? "hog --memfd holds a memfd"
	WORD=full start hog --size 4M --hold --random --every 100 && sleep 0.5 &&
		grep -qE '^\|\| 4 MiB \|\| [0-9]+ MiB/s \|\|$' "$out"
	result $? "hog tells its size and speed"
	stop_all
}

test_rate() {
	local from to

	from=$(date +%s%3N)
	"$bin/hog" --start 10M --size 18M --rate 8M >/dev/null
	to=$(date +%s%3N)
	[ $((to - from)) -ge 900 ]
	result $? "hog keeps its rate after its start"
}

# Compressed size of a MiB of the process's biggest mapping.
compressed() {
	local from

	from=$(sed -n 's/^\([0-9a-f]*\)-.* rw-p .* 0 *$/\1/p' \
	       "/proc/$pid/maps" | while read -r at; do
		echo "$((0x$at))"
	done | head -n 1)
	dd if="/proc/$pid/mem" bs=4096 skip=$((from / 4096)) count=256 \
		2>/dev/null | gzip -1 | wc -c
}

test_content() {
	local plain noise

	start idle --size 16M && plain=$(compressed)
	start idle --size 16M --incompressible && noise=$(compressed)
	if [ "$plain" -lt 100 ]; then
		skip "content" "the memory of others cannot be read here"
		return
	fi
	[ "$plain" -lt 100000 ] && [ "$noise" -gt 1000000 ]
	result $? "--incompressible is noise, all else is not"
	stop_all
}

children() { cat "/proc/$1/task/$1/children"; }

test_forktree() {
	local root child bad=0 tries=0

	start forktree --width 3 --depth 2 --size 2M --tied --list
	root=$pid
	children "$root" | tr ' ' '\n' | grep . >"$work/children"
	for child in $(children "$root"); do
		grep -q "^child $child\$" "$out" || bad=1
		[ "$(children "$child" | wc -w)" = 3 ] || bad=1
	done
	[ "$(wc -l <"$work/children")" = 3 ] && [ $bad = 0 ]
	result $? "forktree has as many children and grandchildren as it was told"
	pid=$(head -n 1 "$work/children")
	near "$(field RssAnon)" 2
	result $? "each of them has its size"
	kill -KILL "$root"
	while alive <"$work/children" && [ $tries -lt 100 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	! alive <"$work/children"
	result $? "tied children go with their parent"
}

# Is one of the pids on stdin there, and no zombie?
alive() {
	local one

	while read -r one; do
		grep -qs '^State:[[:space:]]*[^[:space:]ZX]' "/proc/$one/status" && return
	done
	return 1
}

test_strange() {
	local other bad=0

	start sharedmm --procs 3 --size 10M --tied || bad=1
	while read -r _ other; do
		[ "$(field Tgid "$other")" = "$other" ] &&
			near "$(field RssAnon "$other")" 10 &&
			cmp -s "/proc/$pid/maps" "/proc/$other/maps" || bad=1
	done < <(grep '^child' "$out")
	[ "$(grep -c '^child' "$out")" = 2 ] || bad=1
	result $bad "sharedmm shares one address space among processes"
	start leaderless --size 10M --threads 2 &&
		grep -q '^State:.*Z' "/proc/$pid/status" &&
		[ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" = 3 ] &&
		[ -z "$(field RssAnon)" ]
	result $? "leaderless has a zombie for a leader, and threads"
	start vforked --size 10M && other=$(sed -n 's/^child //p' "$out") &&
		grep -q '^State:.*D' "/proc/$pid/status" &&
		cmp -s "/proc/$pid/maps" "/proc/$other/maps"
	result $? "vforked waits for a child that has its memory"
	kill -KILL "$other"
	start hydra --size 10M --heirs 3 && kill -TERM "$pid" &&
		await_lines 3 heir && ! echo "$pid" | alive
	result $? "hydra leaves children behind"
	bad=0
	for other in $(sed -n 's/^heir //p' "$out"); do
		near "$(field RssAnon "$other")" 10 || bad=1
		kill -TERM "$other" && sleep 0.2 || bad=1
		! echo "$other" | alive || bad=1
	done
	result $bad "which have its memory and leave none"
	stop_all
}

# await_lines N WORD: until the program has printed so many
await_lines() {
	local tries=0

	until [ "$(grep -c "^$2 " "$out")" = "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.05
	done
}

test_gauge() {
	start idle
	other=$pid
	start gauge --every 50 --pids "$other"
	sleep 0.3
	kill -KILL "$other"
	sleep 0.3
	grep -qE '^sample( [0-9]+){5} [0-9.]+$' "$out" &&
		grep -qE "^gone [0-9]+ $other\$" "$out"
	result $? "gauge samples, and tells who is gone"
	stop_all
}

# Of lossA and lossB in the last line of epoch $1 in file $2.
losses() { sed -n "s/^epoch: $1, lossA: \([0-9.]*\), lossB: \([0-9.]*\)\$/\1 \2/p" "$2"; }

test_training() {
	local t=("$bin/ml_train" --width 12 --hidden 32 --latent 8 --size 1M
		 --batch 16 --batches 4) kept=$work/kept

	"${t[@]}" --epochs 60 >"$work/whole"
	{ losses 1 "$work/whole"; losses 60 "$work/whole"; } |
		awk 'NR == 2 && $1 < a / 2 && $2 < b / 2 { fell = 1 }
		     { a = $1; b = $2 }
		     END { exit !fell }'
	result $? "both losses fall to less than half"
	"${t[@]}" --epochs 60 --sgd --rate 3000 >"$work/sgd"
	{ losses 1 "$work/sgd"; losses 60 "$work/sgd"; } |
		awk 'NR == 2 && $1 < a && $2 < b { fell = 1 } { a = $1; b = $2 }
		     END { exit !fell }'
	result $? "so they do by plain descent"
	"${t[@]}" --epochs 30 --checkpoint "$kept" >/dev/null
	"${t[@]}" --epochs 60 --checkpoint "$kept" >"$work/rest"
	grep -q '^resumed: epoch 30$' "$work/rest" &&
		[ "$(losses 60 "$work/rest")" = "$(losses 60 "$work/whole")" ] &&
		[ ! -e "$kept.new" ]
	result $? "a resumed training goes on as if it had not stopped"
	! "${t[@]}" --epochs 61 --checkpoint "$kept" --latent 9 \
		>"$work/out" 2>"$work/err" && grep -q 'Invalid' "$work/err" &&
		! grep -q '^epoch' "$work/out"
	result $? "a checkpoint of another shape is refused"
	printf x | dd of="$kept" bs=1 seek=5000 conv=notrunc status=none
	! "${t[@]}" --epochs 61 --checkpoint "$kept" >"$work/out" 2>/dev/null &&
		! grep -q '^epoch' "$work/out"
	result $? "a damaged checkpoint is refused"
	start ml_train --checkpoint "$work/term" --pace 50 --width 12 &&
		kill -TERM "$pid" && sleep 1 && ! kill -0 "$pid" 2>/dev/null &&
		[ -s "$work/term" ]
	result $? "SIGTERM leaves a checkpoint"
}

test_grammar
test_common
test_memory
test_rate
test_content
test_forktree
test_strange
test_gauge
test_training
echo "1..$nr"
