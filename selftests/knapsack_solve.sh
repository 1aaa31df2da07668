#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# knapsack_solve: what it prints, and what it says of bad input. TAP.

solve=${BUILD:-build}/selftests/knapsack_solve
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

ok() { # name, command...
	name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		failed=1
	fi
}

# refuses NAME STATUS-LINE CONTENT: exit status 2, the line and what is wrong
refuses() {
	printf '%b' "$3" > "$dir/bad"
	said=$("$solve" "$dir/bad" 2>&1)
	status=$?
	ok "$1" [ "$status" = 2 -a "${said#*bad:}" = "$2" ]
}

printf '4 2113\n916 8\n778 5\n746 60\n673 90\n' > "$dir/2021"
said=$("$solve" "$dir/2021")
ok "the hogs and the heavier training of 2021 die" \
	[ "$(echo "$said" | sed 's/ steps=.*//')" = \
	"lost=73 victims=3 freed=2440 bound=73 reason=PROVEN
0 1 2" ]

said=$("$solve" --need 700 "$dir/2021")
ok "--need replaces the need" \
	[ "$(echo "$said" | sed 's/ steps=.*//')" = \
	"lost=5 victims=1 freed=778 bound=5 reason=PROVEN
1" ]

ok "--json is JSON" sh -c "'$solve' --json '$dir/2021' | python3 -c '
import json, sys
r = json.load(sys.stdin)
sys.exit(r[\"lost\"] != 73 or r[\"indices\"] != [0, 1, 2] or
	 r[\"reason\"] != \"PROVEN\" or r[\"victims\"] != 3)'"

"$solve" --need 9999 "$dir/2021" > "$dir/out"
ok "no feasible set: status 1" [ $? = 1 ]
ok "and the total that could be freed" grep -q \
	'victims=0 freed=3113 .*reason=INFEASIBLE' "$dir/out"

many='two numbers from 0 to 2^63 are expected'
refuses "an empty file" "1: the file ends too early" ""
refuses "too few lines" "3: the file ends too early" "2 5\n1 1\n"
refuses "too many lines" "3: there are more lines than announced" \
	"1 5\n1 1\n2 2\n"
refuses "one number" "2: $many" "1 5\n17\n"
refuses "a word" "2: $many" "1 5\nmany 3\n"
refuses "a negative number" "2: $many" "1 5\n-1 3\n"
refuses "a third number" "2: there is something after the two numbers" \
	"1 5\n1 2 3\n"
refuses "a great weight" "2: a weight must be below 2^40" \
	"1 5\n1099511627776 3\n"
refuses "a great utility" "2: a utility must be below 16384" "1 5\n1 16384\n"
refuses "too many items" "1: there are more than 4194304 items" "4194305 5\n"
"$solve" 2> /dev/null
ok "no file: status 2" [ $? = 2 ]

echo "1..$n"
exit $failed
