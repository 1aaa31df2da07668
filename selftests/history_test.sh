#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is remembered of cycles: of each kind, of more than there is room for,
# and of thousands of items. The marks are moved, no swap.
#
# usage: history_test.sh told|many|crowd...

# shellcheck source=selftests/lib.sh
. "${0%/*}/lib.sh"

# A figure of a cycle: figure CYCLE KEY
figure() {
	oomkctl show "$1" --json 2>/dev/null |
		sed -n "s/^  \"$2\": \"*\([^\",]*\)\"*,*\$/\1/p"
}

# figure_is CYCLE KEY VALUE
figure_is() {
	[ "$(figure "$1" "$2")" = "$3" ]
}

# Everything that was weighed in a cycle, one line an item, in the order of
# show: PID UID TASKS WEIGHT UTILITY PRICE SOURCE CAPPED COMM VICTIM STATUS
# ERRNO SIGNALS SIGNAL_US
weighed() {
	oomkctl show "$1" --json | awk '
	/^    \{/ { in_item = 1 }
	in_item && match($0, /"[a-z0-9_]*": /) {
		value = substr($0, RSTART + RLENGTH)
		gsub(/[",]/, "", value)
		item[substr($0, RSTART + 1, RLENGTH - 4)] = value
	}
	in_item && /^    \}/ {
		in_item = 0
		print item["pid"], item["uid"], item["tasks"],
			item["weight_pages"], item["utility"],
			item["price_64ths"], item["source"],
			item["shared_cap"], item["comm"], item["victim"],
			item["status"], item["errno"], item["signals"],
			item["signal_us"]
	}'
}

# What "list" says now, in the first nine of these columns, by pid.
pictured() {
	look
	awk '$3 == "item" { nr[$2]++ }
	$3 == "item" && !($2 in line) {
		order[++n] = $2
		line[$2] = $1 " " $10
		rest[$2] = $6 " " $7 " " $8 " " $4 " " $9 " " $12
	}
	END {
		for (i = 1; i <= n; i++)
			print line[order[i]], nr[order[i]], rest[order[i]]
	}' "$dir/items" | sort -n
}

# How many items a cycle had.
items_of() {
	oomkctl history --json | awk -v cycle="$1" '
	{ gsub(/[",:]/, "") }
	$1 == "cycle" { number = $2 }
	$1 == "items" && number == cycle { print $2 }'
}

# Pids of the victims of a cycle, in ascending order.
chosen() {
	# Word splitting makes arguments of lines.
	# shellcheck disable=SC2046
	sorted $(weighed "$1" | awk '$10 == "true" { print $1 }')
}

# A number of the last plan: planned KEY
planned() {
	sed -n "s/^  \"$1\": \"*\([^\",]*\)\"*,*\$/\1/p" "$dir/plan"
}

# The history without what depends on when it is asked.
timeless() {
	oomkctl history --json | grep -v '"time_ms"'
}

numbers() {
	oomkctl history --json | sed -n 's/^    "cycle": \([0-9]*\),/\1/p' |
		tr '\n' ' '
}

# refused PATTERN COMMAND...: with exit status 1, nothing printed
refused() {
	local pattern=$1 status

	shift
	"$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 1 ] && [ ! -s "$dir/out" ] &&
		grep -q -e "$pattern" "$dir/err" && return 0
	sed "s/^/# $status: /" "$dir/out" "$dir/err"
	return 1
}

# within LEAST NUMBER MOST
within() {
	[ "$2" -ge "$1" ] && [ "$2" -le "$3" ]
}

same() {
	diff "$1" "$2" && return 0
	diff "$1" "$2" | sed 's/^/# /'
	return 1
}

empty() {
	check "empty: history says so" \
		[ "$(oomkctl history)" = "no cycle yet" ]
	check "empty: history --json" [ "$(oomkctl history --json)" = "[]" ]
	check "empty: show last" refused 'there was no cycle yet' \
		oomkctl show last
	check "empty: show" refused 'holds no cycle of that number' \
		oomkctl show 1
}

# A job of several, somebody else's, one unnamed, and a hog.
people() {
	start job ready sh -c 'oomkctl set-utility $$ 900 &&
		exec forktree --width 3 --size 8M'
	start hers ready su alice -c 'exec idle --size 16M'
	start idle ready idle --size 40M
	start hog full hog --size 200M --hold
	hog=$pid
	oomkctl set-utility "$hog" 7
}

killed() {
	people
	pictured >"$dir/before"
	check "killed: four items" [ "$(wc -l <"$dir/before")" = 4 ]
	victims=$(plan_victims --need 80M)
	check "killed: the plan is the hog" [ "$victims" = "$hog " ]
	squeeze 80
	check "killed: it dies" die "$hog"
	calm
	check "killed: the outcome" \
		wait_for "$PATIENCE" figure_is 1 outcome killed
	weighed 1 >"$dir/weighed"
	cut -d ' ' -f 1-9 "$dir/weighed" | sort -n >"$dir/after"
	check "killed: what was weighed is what list showed" \
		same "$dir/before" "$dir/after"
	check "killed: the victims are the plan's" [ "$(chosen 1)" = "$victims" ]
	for key in lost_price_64ths freed_pages freeable_pages reason \
		bound_price_64ths; do
		check "killed: $key is the plan's" \
			figure_is 1 $key "$(planned $key)"
	done
	check "killed: the victim is gone" grep -q \
		"^$hog 0 1 [0-9]* 7 448 job false hog true gone 0 [13] [1-9]" \
		"$dir/weighed"
	check "killed: the others were not chosen" \
		[ "$(grep -c ' false none 0 0 0$' "$dir/weighed")" = 3 ]
	check "killed: by the executor" figure_is 1 backstop false
	check "killed: pages came back" [ "$(figure 1 back_pages)" -gt 40000 ]
	check "killed: the balance is theirs" [ $(($(figure 1 back_pages) -
		$(figure 1 need_pages))) = "$(figure 1 overshoot_pages)" ]
	check "killed: the last signal is the victim's" [ "$(awk -v all="$(
		figure 1 signal_us)" -v pid="$hog" '$1 == pid {
			print ($14 - all) * ($14 - all) < 1e6 }' \
		"$dir/weighed")" = 1 ]
}

# Pressure is over before the executor, who is held up, signals anybody.
spared() {
	start guest ready idle --size 40M
	guest=$pid
	oomkctl protect "$guest"
	start hog full hog --size 200M --hold
	hog=$pid
	policy executor_timeout_ms=60000
	kill -STOP "$executor"
	squeeze 10
	said "cycle 2: victim pid $hog"
	check "spared: seen while it is under way" figure_is 2 outcome none
	check "spared: with the victim waiting" \
		[ "$(weighed 2 | awk '$10 == "true" { print $1, $11 }')" = \
		  "$hog waiting" ]
	kill -KILL "$guest"
	wait "$guest" 2>/dev/null
	kill -CONT "$executor"
	check "spared: the outcome" \
		wait_for "$PATIENCE" figure_is 2 outcome spared
	check "spared: no signal" \
		[ "$(weighed 2 | awk '$10 == "true" { print $1, $11, $13, $14 }')" = \
		  "$hog spared 0 0" ]
	check "spared: counted" figure_is 2 spared 1
	check "spared: nobody was signalled" figure_is 2 victims 0
	calm
	policy executor_timeout_ms=1000
}

hopeless_often() {
	[ "$(status cycle)" -ge 6 ]
}

infeasible() {
	local all last

	policy soft=50 hard=0 recovery=50
	wait_for "$PATIENCE" hopeless_often
	calm
	last=$(status cycle)
	check "infeasible: the first and the last of many" \
		[ "$(numbers)" = "1 2 3 $last " ]
	check "infeasible: show last is the last" figure_is last cycle "$last"
	check "infeasible: the reason" figure_is last reason infeasible
	check "infeasible: nobody was chosen" [ "$(chosen last)" = "" ]
	all=$(weighed last | wc -l)
	check "infeasible: all is remembered" figure_is last items_omitted 0
	check "infeasible: everybody was weighed" [ "$all" = 4 ]
	check "infeasible: what is missing is told" \
		figure_is last undershoot_pages "$(figure last need_pages)"
	check "infeasible: no weight of victims" figure_is last freed_pages 0
	check "one that is passed over is not there" \
		refused 'holds no cycle of that number' oomkctl show 4
}

rights() {
	check "everybody may read the list" [ "$(su nobody -c \
		'oomkctl history --json' | grep -c '"cycle": ')" = 4 ]
	check "not the items" refused 'need CAP_SYS_PTRACE' \
		su nobody -c 'oomkctl show 1'
	check "nor of a cycle that is none" refused 'need CAP_SYS_PTRACE' \
		su nobody -c 'oomkctl show 4711'
	unshare -p -f oomkctl show 1 --json >"$dir/inside"
	check "in another pid namespace pids are 0" \
		[ "$(grep -c '"pid": 0,' "$dir/inside")" = 4 ]
	check "and the rest is told" grep -q '"comm": "hog",' "$dir/inside"
}

told() {
	plan 44
	begin
	empty
	killed
	spared
	infeasible
	rights
	timeless >"$dir/before"
	weighed 1 >"$dir/items1"
	stop_executor
	start_oomkd
	timeless >"$dir/after"
	weighed 1 >"$dir/items2"
	check "a restart of oomkd changes nothing" \
		same "$dir/before" "$dir/after"
	check "nor of the items" same "$dir/items1" "$dir/items2"
	end
	begin none
	check "a module loaded anew remembers nothing" \
		[ "$(numbers)" = "" ]
	end
}

# One more cycle, that takes one item, by a capacity that is a page too small.
once_more() {
	local before

	before=$(status cycle)
	oomkctl plan --json --need 4K >"$dir/plan"
	policy capacity=$((($(planned freeable_pages) - 1) * 4096))
	wait_for "$PATIENCE" past "$before" || bail "no cycle after $before"
}

past() {
	[ "$(status cycle)" -gt "$1" ] && status_is request_state idle
}

# Reads as long as it may, and writes down what does not fit together. A cycle
# that comes while the list is read is one more than the 64.
keep_reading() {
	local nr omitted items shown

	while [ -e "$dir/reading" ]; do
		oomkctl history --json >"$dir/read" || echo "history: $?"
		sed -n 's/^    "cycle": \([0-9]*\),/\1/p' "$dir/read" | awk '
		NR > 1 && $1 != last + 1 { print last, "and then", $1 }
		{ last = $1 }
		END { if (NR > 70) print NR, "cycles" }'
		nr=$(sed -n 's/^    "cycle": \([0-9]*\),/\1/p' "$dir/read" |
			tail -n 1)
		[ -n "$nr" ] || continue
		items=$(sed -n 's/^    "items": \([0-9]*\)$/\1/p' "$dir/read" |
			tail -n 1)
		weighed "$nr" >"$dir/read"
		shown=$(wc -l <"$dir/read")
		omitted=$(figure "$nr" items_omitted)
		[ $((shown + ${omitted:-0})) = "$items" ] ||
			echo "cycle $nr: $items items, $shown shown, $omitted omitted"
		grep -v ' idle \| forktree ' "$dir/read"
		echo "$nr" >>"$dir/reads"
	done >"$dir/nonsense" 2>&1
}

# slowly NAME [CYCLE]: a reader that stops after the first messages
slowly() {
	local name=$1

	shift
	rm -f "$dir/$name.go"
	mkfifo "$dir/$name.go"
	cycle_reader "$@" <>"$dir/$name.go" >"$dir/$name" 2>&1 &
	eval "$name=$!"
	wait_for "$PATIENCE" grep -q waiting "$dir/$name" ||
		bail "the slow reader does not start: $(cat "$dir/$name")"
}

# finished NAME: let it go on; succeeds if it came to a good end
finished() {
	local reader

	eval "reader=\$$1"
	echo >"$dir/$1.go"
	wait "$reader"
}

# More cycles than are remembered, and readers that are slower than they come.
many() {
	local i last numbers reader

	plan 14
	begin none
	policy kill=now executor_timeout_ms=10 cooldown_ms=0
	start ballast ready idle --size 250M
	oomkctl protect "$pid"
	# Or half a MiB is two, in some kernels.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	start crowd ready forktree --width 119 --size 512K
	oomkctl set-utility --each "$pid" 500
	# Below the mark for good, and just fitting in.
	policy capacity=1000pm
	policy soft=50
	once_more
	once_more
	once_more
	weighed 2 >"$dir/second"
	check "the module carried it out" figure_is 2 backstop true
	check "one item a cycle" [ "$(chosen 2 | wc -w)" = 1 ]
	slowly one 2
	i=3
	# Two datagrams are filled ahead, each with some 16 cycles.
	while [ $i -lt 40 ]; do
		once_more
		i=$((i + 1))
	done
	slowly list
	: >"$dir/reading"
	: >"$dir/reads"
	keep_reading &
	reader=$!
	while [ $i -lt 108 ]; do
		once_more
		i=$((i + 1))
	done
	rm "$dir/reading"
	wait $reader
	echo "# $(sort -u "$dir/reads" | wc -l) cycles were read as they came"
	check "a reader meanwhile saw nothing odd" [ ! -s "$dir/nonsense" ]
	sed 's/^/# /' "$dir/nonsense" | head -n 20
	check "and saw cycles come" [ "$(sort -u "$dir/reads" | wc -l)" -ge 3 ]

	last=$(status cycle)
	numbers=$(seq -s ' ' $((last - 63)) "$last")
	check "the last 64 are remembered" [ "$(numbers)" = "$numbers " ]
	check "the first is not" refused 'holds no cycle of that number' \
		oomkctl show 1
	check "the oldest is, with its items" \
		[ "$(weighed $((last - 63)) | wc -l)" -ge 10 ]
	check "-n takes the last" [ "$(oomkctl history -n 2 | awk 'NR > 1 {
		printf "%s ", $1 }')" = "$((last - 1)) $last " ]

	check "a slow reader of a forgotten cycle ends well" finished one
	sed -n 's/^item [0-9]* pid \([0-9]*\) .*/\1/p' "$dir/one" |
		sort -n >"$dir/read"
	cut -d ' ' -f 1 "$dir/second" | sort -n >"$dir/known"
	check "and read part of it" within 10 "$(wc -l <"$dir/read")" \
		$(($(wc -l <"$dir/known") - 1))
	check "and nothing else" [ -z "$(sort -n "$dir/read" "$dir/known" \
		"$dir/known" | uniq -u)" ]
	check "a slow reader of the list ends well" finished list
	sed -n 's/^cycle \([0-9]*\) .*/\1/p' "$dir/list" >"$dir/read"
	check "and saw each once, up to the last" [ "$(awk 'NR == 1 || $1 > last {
		last = $1; next } { print "again" }
		END { print last }' "$dir/read")" = "$last" ]
	check "without those forgotten meanwhile" \
		[ "$(wc -l <"$dir/read")" -lt 108 ]
	end
}

grown() {
	[ "$(status tasks_max)" -ge 6000 ]
}

# kept_best REST ALL: all victims, and nobody who is lighter by an eighth or
# more than anybody who was not kept
kept_best() {
	awk 'FNR == NR {
		kept[$1] = 1
		if ($10 == "false" && (!least || $4 < least))
			least = $4
		next
	}
	!($1 in kept) && $10 == "true" { print "# victim", $1, "is lost" }
	!($1 in kept) && $4 > most { most = $4 }
	END {
		print "# kept from", least, "pages, lost up to", most
		exit !(least && most && most <= least + least / 8)
	}' "$1" "$2" >"$dir/best" && ! grep victim "$dir/best" && return 0
	cat "$dir/best"
	return 1
}

# Cycles of 5,000 items: the seventh has pushed out items of the first.
crowd() {
	local i bytes items

	plan 11
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	begin none
	bytes=$(awk '/oomk_history_init/ { print $2 }' /proc/vmallocinfo)
	echo "# $bytes bytes"
	check "the ring takes less than 2 MiB" within 1000000 "$bytes" 2097151
	policy kill=now executor_timeout_ms=10 cooldown_ms=0
	PATIENCE=300
	start dear ready idle --size 30M
	oomkctl set-utility "$pid" 1000
	start cheap ready forktree --width 19 --size 1M
	oomkctl set-utility --each "$pid" 1
	allow_crowds
	start crowd1 ready forktree --width 2499
	start crowd2 ready forktree --width 2499
	check "in calm the array grows" wait_for 60 grown
	start ballast ready idle --size 700M
	oomkctl protect "$pid"
	# Below the mark for good, and just fitting in.
	policy capacity=1000pm
	policy soft=50
	once_more
	items=$(items_of 1)
	echo "# $items items"
	check "the first cycle weighed 5,000 items" [ "$items" -ge 5000 ]
	weighed 1 >"$dir/first"
	check "all of them are remembered" [ "$(wc -l <"$dir/first")" = "$items" ]
	check "in order: victims, then by weight" [ -z "$(awk '
		$10 == "true" && NR > 1 && last != "true" { print }
		$10 == "false" && last == "false" && $4 > pages { print }
		{ last = $10; pages = $4 }' "$dir/first")" ]
	i=1
	while [ $i -lt 7 ]; do
		once_more
		i=$((i + 1))
	done
	weighed 1 >"$dir/rest"
	check "later ones push out the first one's items" \
		[ "$(wc -l <"$dir/rest")" -lt "$items" ]
	check "but not all" [ "$(wc -l <"$dir/rest")" -ge 100 ]
	check "what is missing is told" figure_is 1 items_omitted \
		$((items - $(wc -l <"$dir/rest")))
	check "what is left are the victims and the heaviest" kept_best \
		"$dir/rest" "$dir/first"
	check "the last cycle is whole" figure_is last items_omitted 0
	check "so are the figures of the first" [ "$(items_of 1)" = "$items" ]
	end
}

[ $# = 1 ] || bail "usage: history_test.sh told|many|crowd"
"$1"
finish
