#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whether the runners would notice: what make check makes of a test's output
# and status, and what selftests/vm/run refuses before it boots anything.

cd "$(dirname "$0")/vm" || exit 1
nr=0 bad=0

verdict() {
	nr=$((nr + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $nr $1"
		return
	fi
	echo "# wanted $2, got $3"
	echo "not ok $nr $1"
	bad=1
}

# NAME "PASSED FAILED SKIPPED" STATUS SKIP_OK, output with \n for new lines
tap() {
	verdict "tap: $1" "$2" "$(printf '%b' "$5" |
		awk -v status="$3" -v skip_ok="$4" -f tap.awk | head -n 1)"
}

usage() {
	local name=$1

	shift
	./run "$@" >/dev/null 2>&1
	verdict "run: $name" 2 $?
}

# What a kernel writes when it is in trouble, and what when it is not.
log_line() {
	local name=$1 wanted=$2 found=healthy

	printf '[    7.123456] %s\n' "$3" |
		grep -q -E -f <(grep -v '^#' trouble) && found=trouble
	verdict "log: $name" "$wanted" "$found"
}

# again NAME AGAIN "PASSED, FAILED" STATUS... : a row whose guest ends with the
# first STATUS at first, with the second when it is run again
again() {
	local name=$1 more=$2 wanted=$3 dir vm

	shift 3
	dir=$(mktemp -d)
	vm=$dir/selftests/vm
	mkdir -p "$vm"
	cp check tap.awk "$vm/"
	cat >"$vm/run" <<-'EOF'
		#!/bin/bash
		read -ra statuses <<<"${!#}"
		while [ "$1" != --log ]; do shift; done
		echo >>"$2"
		calls=("$(dirname "$2")"/*.kernel.log)
		status=${statuses[${#calls[@]} - 1]}
		echo 1..1
		[ $status = 0 ] || echo -n "not "
		echo ok 1
		exit $status
	EOF
	chmod +x "$vm/run"
	echo "row all 1 0 1 9 - $*" >"$dir/table"
	verdict "again: $name" "$wanted" "$(AGAIN=$more KERNELS=6.1 \
		TABLE=$dir/table OOMK_BUILD=$dir "$vm/check" --guest |
		grep -o '^FLAKY\|^[0-9]* passed, [0-9]* failed' | xargs)"
	rm -r "$dir"
}

# guest NAME "STATUS TRIES" SCRIPT...: an emulator that does the first SCRIPT at
# first, the second when it is started again, and the last from then on
guest() {
	local name=$1 wanted=$2 got

	shift 2
	got=$(
		dir=$(mktemp -d)
		log=$dir/log status_file=$dir/status boot_limit=2 timeout=5
		export log status_file
		say() { :; }
		# shellcheck source=selftests/vm/boot.sh
		. ./boot.sh
		# shellcheck disable=SC2016
		printf '%s\n' '#!/bin/bash' 'echo >>"$log.tries"' \
			'up() { echo start: running the command >>"$log"; sleep 0.8; }' \
			'says() { echo "$*" >>"$log"; }' \
			'ends() { echo "exit $1" >"$status_file"; }' \
			'nr=$(wc -l <"$log.tries")' \
			'[ "$nr" -le $# ] || nr=$#' \
			'eval "${!nr}"' >"$dir/qemu"
		chmod +x "$dir/qemu"
		boot "$dir/qemu" "$@" 2>/dev/null
		verdict "$panic" 2>/dev/null
		echo "$? $(wc -l <"$log.tries")"
		rm -r "$dir"
	)
	verdict "guest: $name" "$wanted" "$got"
}

echo 1..88
tap "all is well" "2 0 0" 0 0 '1..2\nok 1 a\nok 2 b\n'
tap "lines end in CR LF" "1 0 0" 0 0 '1..1\r\nok\r\n'
tap "plan at the end" "1 0 0" 0 0 'ok 1 a\n1..1\n'
tap "other output does not matter" "1 0 0" 0 0 'x\n1..1\n# ok 7\nok 1\nokay\n'
tap "a failure" "1 1 0" 1 0 '1..2\nok 1 a\nnot ok 2 b\n'
tap "a failure that exits with 0" "1 1 0" 0 0 '1..2\nok 1 a\nnot ok 2 b\n'
tap "an expected failure" "1 0 0" 0 0 '1..1\nnot ok 1 a # TODO later\n'
tap "too few" "1 1 0" 0 0 '1..2\nok 1 a\n'
tap "too many" "2 1 0" 0 0 '1..1\nok 1 a\nok 2 b\n'
tap "no plan" "1 1 0" 0 0 'ok 1 a\n'
tap "an empty plan" "0 1 0" 0 0 '1..0\n'
tap "silence" "0 1 0" 0 0 ''
tap "gives up" "1 2 0" 0 0 '1..2\nok 1 a\nBail out! no memory\n'
tap "all well, but the status" "1 1 0" 1 0 '1..1\nok 1 a\n'
tap "killed" "1 1 0" 137 0 '1..1\nok 1 a\n'
tap "all well, but hangs" "1 1 0" 124 0 '1..1\nok 1 a\n'
tap "all well, but the kernel" "1 1 0" 125 0 '1..1\nok 1 a\n'
tap "skip" "0 1 0" 4 0 '1..1\nok 1 a # SKIP no\n'
tap "skip where it is allowed" "0 0 1" 4 1 '1..1\nok 1 a # SKIP no\n'
tap "skips all" "0 1 0" 4 0 '1..0 # SKIP no module\n'
tap "skips all where it is allowed" "0 0 1" 4 1 '1..0 # SKIP no module\n'
tap "status 4 and no skip allowed" "1 1 0" 4 0 '1..1\nok 1 a\n'
usage "no command" --mem 512
usage "an unknown option" --men 512 -- true
usage "no number" --mem lots -- true
usage "an option without its value" --mem
usage "a panic without its text" --expect-panic
usage "no memory to speak of" --mem 1 -- true
usage "a file that is not there" --add /nonexistent -- true
t() { log_line "$1" trouble "$2"; }
t "null pointer" "BUG: kernel NULL pointer dereference, address: 00000008"
t "page fault" "BUG: unable to handle page fault for address: ffffdead"
t "BUG_ON" "kernel BUG at mm/slub.c:400!"
t "oops" "Oops: 0002 [#1] PREEMPT SMP NOPTI"
t "panic" "Kernel panic - not syncing: Fatal exception"
t "WARN_ON" "WARNING: CPU: 0 PID: 12 at x.c:5 f+0x1/0x2 [oomk]"
t "KASAN" "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [oomk]"
t "UBSAN" "UBSAN: shift-out-of-bounds in module/x.c:3:4"
t "leak" "kmemleak: 2 new suspected memory leaks"
t "object that leaked" "unreferenced object 0xffff888003c7d000 (size 64):"
t "deadlock" "WARNING: possible circular locking dependency detected"
t "deadlock, second line" "possible recursive locking detected"
t "lock state" "WARNING: inconsistent lock state"
t "RCU" "WARNING: suspicious RCU usage"
t "sleep" "BUG: sleeping function called from invalid context at x.c:1"
t "atomic" "BUG: scheduling while atomic: x/1/0x2"
t "hung task" "INFO: task oomkd:123 blocked for more than 120 seconds."
t "RCU stall" "rcu: INFO: rcu_preempt self-detected stall on CPU"
t "soft lockup" "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [x:1]"
t "workqueue" "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0"
t "list" "list_add corruption. next->prev should be prev (ffff)."
t "reference count" "refcount_t: underflow; use-after-free."
t "debug object" "ODEBUG: free active (active state 0) object type: work"
h() { log_line "$1" healthy "$2"; }
h "kernel's killer" "Out of memory: Killed process 136 (hog) total-vm:1kB"
h "its reason" "hog invoked oom-killer: gfp_mask=0x140cca, order=0"
h "ours" "oomk: cycle 1: victim pid 143 (hog), 108246 pages (422 MiB)"
h "allocation" "hog: page allocation failure: order:0, mode:0x800"
h "slow timer" "hrtimer: interrupt took 92061560 ns"
h "taint" "oomk: loading out-of-tree module taints kernel."
again "a row that fails" 0 "0 passed, 1 failed" 1 0
again "a row that fails once" 1 "FLAKY 1 passed, 0 failed" 1 0
again "a row that fails twice" 1 "0 passed, 1 failed" 1 1
again "a row whose kernel fails" 1 "0 passed, 2 failed" 125 0
again "a row that passes" 1 "1 passed, 0 failed" 0 1
again "a row that stood still once" 1 "FLAKY 1 passed, 0 failed" 123 0
again "a row that stands still" 1 "0 passed, 2 failed" 123 123
panic=
guest "comes up, passes" "0 1" 'up; ends 0'
guest "comes up, fails" "3 1" 'up; ends 3'
guest "ends without a word" "125 1" 'up'
guest "the emulator aborts once" "0 2" 'kill -ABRT $$' 'up; ends 0'
guest "the emulator aborts always" "125 3" 'kill -ABRT $$'
guest "stands still at boot once" "0 2" 'exec sleep 9' 'up; ends 0'
guest "stands still at boot always" "125 3" 'exec sleep 9'
guest "trouble at boot once" "0 2" 'says BUG: x; up; ends 0' 'up; ends 0'
guest "trouble at boot always" "125 3" 'says BUG: x; up; ends 0'
guest "trouble later" "125 1" 'up; says BUG: x; ends 0'
guest "a stall" "123 1" 'up; says rcu: INFO: rcu_preempt detected stalls; ends 0'
guest "a stall in the module" "125 1" \
	'up; says rcu: INFO: rcu_preempt detected; says "f+0x1/0x2 [oomk]"; ends 0'
guest "a stall among others" "125 1" \
	'up; says watchdog: BUG: soft lockup; says WARNING: x; ends 0'
guest "reaches the time limit" "124 1" 'up; exec sleep 9'
pardon='trace.c:7 f'
guest "trouble that is pardoned" "0 1" \
	'up; says "WARNING: CPU: 0 PID: 1 at trace.c:7 f+0x1/0x2"; ends 0'
guest "trouble that is not" "125 1" \
	'up; says "WARNING: CPU: 0 PID: 1 at trace.c:8 f+0x1/0x2"; ends 0'
leak='says "kmemleak: 1 new suspected memory leaks"
	says "unreferenced object 0x1 (size 16):"; says "  comm x"; says "    g+0x1"'
guest "a leak" "125 1" "up; $leak; ends 0"
pardon=$'trace.c:7 f\ng+0x'
guest "a leak that is pardoned" "0 1" "up; $leak; says x; ends 0"
guest "what is pardoned for another reason" "0 1" \
	'up; says "WARNING: CPU: 0 PID: 1 at trace.c:7 f+0x1/0x2"; ends 0'
guest "one leak of two is pardoned" "125 1" \
	"up; $leak; says kmemleak: 1 new suspected memory leaks; ends 0"
guest "another leak is not" "125 1" "up; $leak; ${leak//g+0x1/h+0x1}; ends 0"
pardon=
panic=oomk
guest "the panic that is wanted" "0 1" \
	'up; says Kernel panic - not syncing: oomk: wedged'
guest "another panic" "125 1" 'up; says Kernel panic - not syncing: other'
exit $bad
