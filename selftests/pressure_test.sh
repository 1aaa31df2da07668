#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pressure_test.sh - does the module see trouble in time, and only trouble?
#
# usage: pressure_test.sh PHASE...
#
# Each phase loads the module anew and leaves it unloaded. Speaks TAP.
#
#   watermark  no swap: a growing hog is met at the soft mark, not above it
#   persists   little memory, nobody to kill: the module does not spin
#   psi        zram: a thrashing hog is met while swap is still free
#   gated      stalls inside one cgroup's limit start no cycle
#   lost       memory.pressure is taken away and comes back
#   swapoff    swap goes away in mid-run
#   nopsi      a kernel without PSI
#   mounts     options of cgroup2 stay what they are
#   namespace  loaded from another cgroup namespace
#   unload     loads and unloads under stalls leave nothing behind
#   idle       wake-ups of an idle guest
#   hotplug    CPUs come and go

cg=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
tracing=/sys/kernel/tracing
ko=${OOMK_KO:-./oomk.ko}
log=$(mktemp)
ran=0 failed=0 loads=0

note() { echo "# $*"; }

# report NAME STATUS
report() {
	ran=$((ran + 1))
	if [ "$2" = 0 ]; then
		echo "ok $ran $1"
	else
		echo "not ok $ran $1"
		failed=$((failed + 1))
	fi
}

# expect NAME COMMAND... : passes if COMMAND succeeds
expect() {
	name=$1
	shift
	"$@"
	report "$name" $?
}

# within SECONDS COMMAND... : until COMMAND succeeds
within() {
	tries=$(($1 * 5))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

meminfo_kib() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }
available_kib() {
	oomkctl status --json | awk -F '[:,]' \
		'$1 ~ /"available_pages"/ { print $2 * 4 }'
}
kernel_kills() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

# What the kernel said since the module was loaded last.
since_load() { dmesg | sed "1,/pressure_test: load $$-$loads\$/d"; }
said() { since_load | grep -q "oomk: .*$1"; }
never_said() { ! said "$1"; }
count_said() { since_load | grep -c "oomk: .*$1"; }

load() {
	loads=$((loads + 1))
	echo "pressure_test: load $$-$loads" >/dev/kmsg
	insmod "$ko" || return 1
	echo 0 >$tracing/tracing_on
	echo >$tracing/trace
	echo 1 >$tracing/events/oomk/enable
	echo 1 >$tracing/tracing_on
}

unload() {
	echo 0 >$tracing/events/oomk/enable
	rmmod oomk
}

executor_start() {
	oomkd 2>/dev/null &
	executor=$!
	within 5 executor_bound
}

executor_bound() {
	oomkctl status --json | grep -q '"executor_pid": *[1-9]'
}

executor_stop() {
	kill "$executor" 2>/dev/null
	wait "$executor" 2>/dev/null
}

armed() { oomkctl status --json | grep -q '"psi_armed": *true'; }
disarmed() { ! armed; }

# traced EVENT: how often it was recorded
traced() { grep -c " $1: " $tracing/trace; }
has_traced() { [ "$(traced "$1")" -gt 0 ]; }
traced_more() { [ "$(traced "$1")" -gt "$2" ]; }
level_is() { grep ' oomk_tick: ' $tracing/trace | tail -n 1 |
	grep -q "level=$1"; }

dead() { ! kill -0 "$1" 2>/dev/null; }

# A child that cycles through three times what its cgroup may hold.
squeeze_start() {
	mkdir -p $cg/squeezed
	echo 16M >$cg/squeezed/memory.high
	sh -c "echo \$\$ >$cg/squeezed/cgroup.procs
		exec hog --size 48M --random --hold" >/dev/null &
	squeezed=$!
}

squeeze_stop() {
	kill -9 "$squeezed"
	wait "$squeezed" 2>/dev/null
	within 5 rmdir $cg/squeezed
}

# The least that an oomk_trigger record gives for $1, in KiB.
trigger_kib() {
	sed -n "s/.* oomk_trigger: .* $1=\([0-9]*\).*/\1/p" $tracing/trace |
		sort -n | head -n 1 | awk '{ print $1 * 4 }'
}

phase_watermark() {
	load || return 1
	executor_start
	# The slow work would come too late: the timers of the CPUs must see it.
	oomkctl policy set psi_full=0 period_max_ms=10000
	before=$(kernel_kills)
	hog --rate 100M --size 4G >/dev/null &
	hog=$!
	expect "watermark: a cycle started" \
		within 60 said 'cycle 1: \(soft\|hard\) watermark'
	expect "watermark: the hog is the victim" \
		within 5 said 'victim pid [0-9]* (hog)'
	expect "watermark: the hog is dead" within 10 dead "$hog"
	expect "watermark: the kernel's killer stayed out of it" \
		[ "$(kernel_kills)" = "$before" ]
	total=$(meminfo_kib MemTotal)
	met=$(trigger_kib available_pages)
	note "met with $met KiB of $total KiB available"
	expect "watermark: not above the soft mark" [ $((met * 10)) -lt "$total" ]
	expect "watermark: not below half of the hard mark" \
		[ $((met * 40)) -gt "$total" ]
	expect "watermark: calm again" within 5 level_is calm
	expect "watermark: one cycle was enough" never_said 'cycle 2:'
	executor_stop
	expect "watermark: unloads" unload
}

# fill PERCENT: hogs that cannot be chosen, until that much is available to the
# module. One is not enough: it grows again as caches shrink.
fill() {
	filled=
	mark=$(($(meminfo_kib MemTotal) * $1 / 100))
	for i in 1 2 3 4 5; do
		size=$(($(available_kib) - mark))
		[ $size -gt 1024 ] || return 0
		sh -c "echo -1000 >/proc/self/oom_score_adj
			exec hog --size ${size}K --hold" >"$log" &
		filled="$filled $!"
		within 30 grep -q full "$log"
		sleep 1
	done
}

phase_persists() {
	load || return 1
	oomkctl policy set psi_full=0
	fill 7
	expect "persists: the soft level is seen" within 30 level_is soft
	expect "persists: and found hopeless" within 5 said infeasible
	sleep 5
	echo >$tracing/trace
	sleep 10
	ticks=$(traced oomk_tick)
	note "$ticks ticks in 10 s at the soft level"
	expect "persists: no more than one tick a second" [ "$ticks" -le 12 ]
	expect "persists: and no fewer" [ "$ticks" -ge 8 ]
	expect "persists: the level is still soft" level_is soft
	kill -9 $filled
	wait $filled 2>/dev/null
	expect "persists: then calm" within 5 level_is calm
	expect "persists: unloads" unload
}

phase_psi() {
	load || return 1
	executor_start
	# Otherwise what a kill gives back would hide the stall before it.
	oomkctl policy set psi_available=100
	expect "psi: armed" armed
	before=$(kernel_kills)
	# The module's own history may see it first: the stall lasts the grace.
	hog --random --hold --block-term --size 560M >/dev/null &
	hog=$!
	expect "psi: a cycle started" within 60 said 'cycle 1: psi:'
	expect "psi: the trigger in the kernel fired" \
		within 5 has_traced oomk_psi_wake
	expect "psi: the hog is the victim" \
		within 5 said 'victim pid [0-9]* (hog)'
	expect "psi: the hog is dead" within 15 dead "$hog"
	expect "psi: the kernel's killer stayed out of it" \
		[ "$(kernel_kills)" = "$before" ]
	note "$(since_load | grep 'cycle 1: psi')"
	sleep 5
	expect "psi: stall from before the kill starts no cycle" \
		never_said 'cycle 2:'
	executor_stop
	expect "psi: unloads" unload
}

phase_gated() {
	load || return 1
	# The most nervous settings there are, but for what is available.
	oomkctl policy set psi_full=5 psi_window_ms=500
	expect "gated: armed anew" within 3 armed
	squeeze_start
	expect "gated: there is stall" within 30 has_traced oomk_psi_wake
	sleep 10
	note "$(traced oomk_psi_wake) wake-ups by PSI"
	expect "gated: no trigger" [ "$(traced oomk_trigger)" = 0 ]
	expect "gated: no cycle" never_said 'cycle 1:'
	expect "gated: the child lives" kill -0 "$squeezed"
	# Everything is scarce now: the same stall must count.
	oomkctl policy set psi_available=100
	expect "gated: counts when memory is scarce" \
		within 20 has_traced oomk_trigger
	squeeze_stop
	expect "gated: unloads" unload
}

phase_lost() {
	load || return 1
	oomkctl policy set psi_full=5 psi_window_ms=500
	expect "lost: armed at first" within 3 armed
	echo 0 >$cg/cgroup.pressure
	expect "lost: noticed" within 5 disarmed
	expect "lost: said so" said 'no PSI trigger for now'
	sleep 4
	expect "lost: said so once" [ "$(count_said 'no PSI trigger')" = 1 ]
	echo 1 >$cg/cgroup.pressure
	expect "lost: armed again" within 12 armed
	expect "lost: said so" said 'PSI is back'
	seen=$(traced oomk_psi_wake)
	squeeze_start
	expect "lost: fires again" within 30 traced_more oomk_psi_wake "$seen"
	squeeze_stop
	unload

	echo 0 >$cg/cgroup.pressure
	expect "lost: loads without" load
	expect "lost: knows that it may come back" said 'no PSI trigger for now'
	echo 1 >$cg/cgroup.pressure
	expect "lost: armed when it came" within 12 armed
	expect "lost: unloads" unload
}

# Available RAM below the soft mark.
is_scarce() {
	[ $(($(meminfo_kib MemAvailable) * 10)) -lt "$(meminfo_kib MemTotal)" ]
}

phase_swapoff() {
	load || return 1
	executor_start
	oomkctl policy set psi_full=0
	# As the module has it: with the free pages in the lists of CPUs.
	size=$(($(available_kib) - $(meminfo_kib MemTotal) * 7 / 100))
	hog --size ${size}K --hold >/dev/null &
	hog=$!
	expect "swapoff: available RAM is below the mark" within 60 is_scarce
	sleep 2
	note "$(meminfo_kib MemAvailable) KiB available, $(
		meminfo_kib SwapFree) KiB swap free"
	expect "swapoff: free swap keeps it calm" level_is calm
	expect "swapoff: no cycle" never_said 'cycle 1:'
	swapoff /dev/zram0
	expect "swapoff: a cycle started" \
		within 10 said 'cycle 1: \(soft\|hard\) watermark'
	expect "swapoff: the hog is dead" within 10 dead "$hog"
	expect "swapoff: calm without swap" within 5 level_is calm
	expect "swapoff: one cycle was enough" never_said 'cycle 2:'
	executor_stop
	expect "swapoff: unloads" unload
	swapon /dev/zram0
}

phase_nopsi() {
	load || return 1
	expect "nopsi: said so" said 'no PSI in this kernel'
	expect "nopsi: said so once" [ "$(count_said 'no PSI')" = 1 ]
	expect "nopsi: not armed" disarmed
	oomkctl policy set psi_full=10
	sleep 1
	expect "nopsi: nor after a change of policy" disarmed
	executor_start
	hog --rate 40M --size 4G >/dev/null &
	hog=$!
	expect "nopsi: watermarks carry on" \
		within 60 said 'cycle 1: \(soft\|hard\) watermark'
	expect "nopsi: the hog is dead" within 10 dead "$hog"
	executor_stop
	expect "nopsi: unloads" unload
}

# Options of cgroup2 that this kernel knows, one or more a line.
mount_options() {
	echo nsdelegate
	echo nsdelegate,memory_recursiveprot
	echo memory_localevents
	echo nsdelegate,favordynmods,memory_localevents,memory_recursiveprot
	echo memory_hugetlb_accounting
	echo pids_localevents,memory_recursiveprot
}

# same_over_loads NUMBER: /proc/mounts, all of it
same_over_loads() {
	cp /proc/mounts "$log"
	for i in $(seq "$1"); do
		insmod "$ko" && cmp -s /proc/mounts "$log" &&
			rmmod oomk && cmp -s /proc/mounts "$log" || return 1
	done
}

phase_mounts() {
	kept=$(sed -n 's/^cgroup2 [^ ]* cgroup2 rw,relatime,\{0,1\}\([^ ]*\).*/\1/p' \
		/proc/mounts)
	expect "mounts: same over loads with the options of the guest" \
		same_over_loads 3
	for options in $(mount_options); do
		mount -o "remount,$options" none $cg 2>/dev/null || continue
		expect "mounts: same over loads with $options" same_over_loads 3
	done
	mount -o remount none $cg
	expect "mounts: same over loads without options" same_over_loads 3
	mount -o "remount,$kept" none $cg
	expect "mounts: same over loads with those from before" \
		same_over_loads 3
}

phase_namespace() {
	mkdir -p $cg/elsewhere
	expect "namespace: loads" sh -c "echo \$\$ >$cg/elsewhere/cgroup.procs
		exec unshare -C insmod $ko"
	expect "namespace: armed" armed
	oomkctl policy set psi_full=5 psi_window_ms=500
	echo 1 >$tracing/events/oomk/enable
	echo >$tracing/trace
	squeeze_start
	expect "namespace: sees stalls elsewhere" \
		within 30 has_traced oomk_psi_wake
	squeeze_stop
	expect "namespace: unloads" unload
	rmdir $cg/elsewhere
}

# What the kernel holds for itself, apart from caches.
kernel_kib() {
	echo 3 >/proc/sys/vm/drop_caches
	echo $(($(meminfo_kib Slab) + $(meminfo_kib KernelStack) +
		$(meminfo_kib Percpu)))
}
no_psi_threads() { ! pidof psimon >/dev/null; }
grown_little() { [ $(($(kernel_kib) - $1)) -lt "$2" ]; }

# Objects of that kind, caches aside; needs slab_nomerge.
objects() {
	echo 3 >/proc/sys/vm/drop_caches
	# Free objects in the lists of CPUs count as used until they leave them.
	echo 1 >"/sys/kernel/slab/$1/shrink"
	awk -v kind="$1" '$1 == kind { print $2 }' /proc/slabinfo
}
# few_more KIND BEFORE
few_more() { [ $(($(objects "$1") - $2)) -lt 40 ]; }

phase_unload() {
	squeeze_start
	# Caches of the kernel's fill up at first.
	for i in $(seq 30); do insmod "$ko" && rmmod oomk; done
	before=$(kernel_kib)
	mounts=$(objects mnt_cache)
	files=$(objects filp)
	expect "unload: kinds of objects can be told apart" \
		[ "${mounts:-0}" -gt 0 ]
	bad=0
	for i in $(seq 60); do
		insmod "$ko" || bad=$((bad + 1))
		[ $((i % 10)) != 0 ] || sleep 0.3
		rmmod oomk || bad=$((bad + 1))
	done
	expect "unload: sixty times under stalls" [ $bad = 0 ]
	squeeze_stop
	expect "unload: no thread is left" within 5 no_psi_threads
	note "kernel memory $before KiB before, $(kernel_kib) KiB after"
	# Two pages a time would be 480 KiB.
	expect "unload: no memory is left" within 10 grown_little "$before" 480
	expect "unload: no mount is left" within 5 few_more mnt_cache "$mounts"
	expect "unload: no file is left" within 5 few_more filp "$files"
	expect "unload: no CPU is still followed" \
		sh -c '! grep -q oomk /sys/devices/system/cpu/hotplug/states'
}

phase_idle() {
	load || return 1
	executor_start
	echo 1 >$tracing/events/workqueue/workqueue_execute_start/enable
	echo 1 >$tracing/events/timer/timer_expire_entry/enable
	sleep 3
	echo >$tracing/trace
	sleep 20
	echo 0 >$tracing/tracing_on
	ticks=$(grep workqueue_execute_start $tracing/trace |
		grep -c 'function tick_fn')
	works=$(grep workqueue_execute_start $tracing/trace |
		grep -c '\[oomk\]')
	looks=$(grep timer_expire_entry $tracing/trace | grep -c 'fire')
	note "idle for 20 s: $ticks ticks, $works runs of all our work," \
		"$looks looks on the way"
	echo 0 >$tracing/events/workqueue/workqueue_execute_start/enable
	echo 0 >$tracing/events/timer/timer_expire_entry/enable
	expect "idle: one tick a second" [ "$ticks" -ge 18 ]
	expect "idle: no more work than that" [ "$works" -le 24 ]
	executor_stop
	expect "idle: unloads" unload
}

phase_hotplug() {
	cpu1=/sys/devices/system/cpu/cpu1/online
	load || return 1
	executor_start
	oomkctl policy set psi_full=0
	for i in 1 2 3 4 5; do
		echo 0 >$cpu1
		echo 1 >$cpu1
	done
	expect "hotplug: CPU 1 came back" [ "$(cat $cpu1)" = 1 ]
	echo 1 >$tracing/events/timer/timer_expire_entry/enable
	echo >$tracing/trace
	taskset 2 sh -c 'while :; do :; done' &
	busy=$!
	sleep 5
	kill "$busy"
	echo 0 >$tracing/events/timer/timer_expire_entry/enable
	expect "hotplug: it looks again" grep -q '\[001\].*function=fire' \
		$tracing/trace
	echo 0 >$cpu1
	executor_stop
	expect "hotplug: unloads while it is away" unload
	echo 1 >$cpu1
}

if [ "$OOMK_VM" != 1 ]; then
	echo "1..0 # SKIP needs a guest: selftests/vm/run"
	exit 4
fi
for phase; do
	"phase_$phase" || report "$phase: could not begin" 1
done
rm -f "$log"
echo "1..$ran"
[ $failed = 0 ]
