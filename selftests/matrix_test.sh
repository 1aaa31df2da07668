#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whether selftests/matrix would notice, with others in place of those whom it
# calls, and whether the rows that it wants are there.

here=$(cd "$(dirname "$0")" && pwd)
nr=0 bad=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# NAME COMMAND...
check() {
	local name=$1

	nr=$((nr + 1))
	shift
	if "$@"; then
		echo "ok $nr $name"
	else
		echo "not ok $nr $name"
		bad=1
	fi
}

# A tree in which nothing is built and no guest boots: kernels named bad-WHAT
# come to that end.
make_tree() {
	local vm=$dir/selftests/vm

	mkdir -p "$vm"
	cp "$here/matrix" "$dir/selftests/"
	printf '%s\n' '# name rows options' 'one fill,unload --smp 1' \
		'two boot --append psi=0' >"$dir/selftests/matrix.variants"
	printf 'guest guest-knapsack:\n\t@%s\n' \
		'case $(KDIR) in *bad-build*) echo no such function; false; esac' \
		>"$dir/Makefile"
	cat >"$vm/setup" <<-'END'
	for k; do :; done
	case $k in
	bad-mirror) echo "setup: could not download it" >&2; exit 3 ;;
	bad-setup) echo "setup: no room" >&2; exit 1 ;;
	esac
	mkdir -p "build/guest/$k"
	echo "$k-release" >"build/guest/$k/release"
	END
	cat >"$vm/strict" <<-'END'
	[ "$1" != bad-warning ] || echo "module/x.c:1:2: warning: x is unused"
	END
	cat >"$vm/check" <<-'END'
	echo "ran $KERNELS $VARIANT rows=$ROWS options=$RUN_OPTIONS"
	case $KERNELS$VARIANT in
	bad-test*) echo "2 passed, 1 failed"; exit 1 ;;
	bad-crash*) echo "bash: killed"; exit 1 ;;
	*) echo "3 passed, 0 failed, 1 skipped" ;;
	esac
	END
	chmod +x "$vm"/*
}

# verdict "LAST LINE" STATUS KERNELS [VARIANTS]
verdict() {
	local out status last

	out=$(KERNELS=$3 VARIANTS=${4-} "$dir/selftests/matrix" 2>&1)
	status=$?
	last=$(tail -n 1 <<<"$out")
	printf '%s\n' "$out" >"$dir/out"
	[ "$last" = "$1" ] && [ $status = "$2" ] && return
	echo "# $status: $last"
	return 1
}

said() { grep -q -e "$1" "$dir/out"; }

# Every row that a variant names is one that there is on 6.1.
rows_exist() {
	local name rows row all=0

	while read -r name rows _; do
		case $name in
		''|'#'*) continue ;;
		esac
		for row in ${rows//,/ }; do
			all=$((all + 1))
			[ -n "$(KERNELS=6.1 TESTS='' ROWS=$row \
				"$here/vm/check" --list)" ] && continue
			echo "# $name: no row $row"
			return 1
		done
	done <"$here/matrix.variants"
	[ $all -gt 0 ]
}

# listed KERNEL ROW: it would be run there if nobody asked for it by name
listed() {
	env -u ROWS KERNELS="$1" TESTS="$2" "$here/vm/check" --list |
		grep -q -x -e "$1-$2"
}
# marked KERNEL ROW: it would be among those for each kernel
marked() {
	ROWS=boot KERNELS=$1 TESTS=$2 "$here/vm/check" --list |
		grep -q -x -e "$1-$2"
}
refused() {
	! ROWS=$1 KERNELS=6.1 "$here/vm/check" --list >"$dir/out" 2>&1 &&
		said 'no row is called nosuch'
}
not() { ! "$@"; }

echo 1..26
make_tree
check "all is well" verdict "8 passed, 0 failed, 2 skipped" 0 "6.1 sid"
check "the table has the release" said '^6.1  *6.1-release '
check "a failure in a guest" verdict "3 passed, 1 failed, 0 skipped" 1 bad-test
check "no verdict of the guests" verdict "1 passed, 1 failed, 0 skipped" 1 \
	bad-crash
check "a warning" verdict "3 passed, 1 failed, 1 skipped" 1 bad-warning
check "which is shown" said '^#   .*x is unused'
check "a build that fails" verdict "1 passed, 1 failed, 0 skipped" 1 bad-build
check "is shown, too" said '^#   no such function'
check "no such kernel" verdict "4 passed, 0 failed, 2 skipped" 0 \
	"bad-mirror sid"
check "the reason is in the table" \
	said '^bad-mirror .*skipped: could not download it'
check "a set-up that fails" verdict "4 passed, 1 failed, 1 skipped" 1 \
	"bad-setup sid"
check "with its reason" said 'no room'
check "variants" verdict "10 passed, 0 failed, 3 skipped" 0 6.1 all
check "their rows and options" \
	said '^ran 6.1 one rows=fill unload options=--smp 1'
check "one variant" verdict "7 passed, 0 failed, 2 skipped" 0 6.1 two
check "no variants without a kernel" \
	verdict "0 passed, 0 failed, 1 skipped" 1 bad-mirror all
check "rows of all variants exist" rows_exist
check "a row for all kernels" listed trixie fill
check "a row for all but debug" listed 6.1-rt pressure-cpu
check "which debug has not" not listed debug pressure-cpu
check "nor has the one that looks for races" not listed kcsan pressure-cpu
check "a row for one kernel" listed 6.1 load
check "which others have not" not listed 6.1-rt load
check "a word of the column extra" marked sid fill
check "is no name" not marked debug pressure-cpu
check "a row that is not there" refused "fill nosuch"
exit $bad
