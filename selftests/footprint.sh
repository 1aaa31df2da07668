# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# footprint.sh - what the module has of a machine; to be sourced
#
# Boot with slab_nomerge, or its caches hide in those of others.

caches() {
	awk '$1 ~ /member/ { print $1 }' /proc/slabinfo
}

# Kernel threads that bear our name, a rescuer among them.
threads() {
	# Since 6.9 a rescuer's name says that it is one.
	ps -o comm | grep -c '^\[*\(kworker/R-\)*oomk\]*$'
}

# Pages that are free but in the lists of CPUs, in kB.
listed_free() {
	awk '$1 == "count:" { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

# Areas of kernel mappings, without those that are only to be unmapped.
areas() {
	grep -vc unpurged /proc/vmallocinfo
}

# Free memory in kB when caches are empty and nothing is left to be freed: KASAN
# keeps what was, until its cache is to shrink.
settled_free() {
	local last free cache

	free=0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		last=$free
		sync
		echo 3 >/proc/sys/vm/drop_caches
		for cache in /sys/kernel/slab/*/shrink; do
			echo 1 >"$cache"
		done
		sleep 0.5
		free=$(awk '$1 == "MemFree:" { print $2 }' /proc/meminfo)
		free=$((free + $(listed_free)))
		[ $((free - last)) -gt 64 ] || break
	done
	echo "$free"
}

unreclaimable() {
	awk '$1 == "SUnreclaim:" { print $2 }' /proc/meminfo
}
