#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# stress.sh - run a test many times in a row, as one test that counts them
#
# usage: stress.sh TIMES SECONDS COMMAND
#
# SECONDS is how long one run may take. A run that fails is the last one: what
# it left behind would be to blame for the next. The kernel's log of the guest
# is judged by who started it, as always.

times=$1 limit=$2 command=$3 nr=0
out=$(mktemp)

# Why the run failed, whose exit status is $1; nothing if it did not.
why() {
	if [ "$1" != 0 ]; then
		echo "exit status $1"
	elif grep -qE '^(not ok|Bail out!)' "$out"; then
		echo "a failure, exit status 0"
	elif ! grep -qE '^1\.\.[1-9]' "$out"; then
		echo "no plan"
	elif [ -d /sys/module/oomk ] && ! rmmod oomk; then
		echo "the module does not unload"
	fi
}

echo "TAP version 13"
echo "1..$times"
while [ $nr -lt "$times" ]; do
	nr=$((nr + 1))
	from=$(cut -d . -f 1 /proc/uptime)
	timeout -s KILL "$limit" sh -c "$command" >"$out" 2>&1
	reason=$(why $?)
	seconds=$(($(cut -d . -f 1 /proc/uptime) - from))
	if [ -n "$reason" ]; then
		sed 's/^/# /' "$out"
		echo "not ok $nr $reason, $seconds s"
		exit 1
	fi
	echo "ok $nr $seconds s"
done
