#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Start two trainings that are worth something and two hogs that are not and
# that block SIGTERM, and tell oomk so. Leaves them running in the background;
# prints "NAME PID UTILITY" for each.

set -eu

usage()
{
	cat <<-END
	usage: ${0##*/} [-d DIR] [-t "ARGUMENT..."] [-g "ARGUMENT..."]
	Brings the machine it runs on into memory trouble.
	  -d DIR   write NAME.log files there, . by default
	  -t ARGS  further arguments for ml_train
	  -g ARGS  further arguments for hog
	END
}

# A whole number from 50 to 100.
draw_utility()
{
	echo $((50 + $(od -An -N2 -tu2 /dev/urandom) % 51))
}

# start NAME UTILITY COMMAND...
start()
{
	name=$1 utility=$2
	shift 2
	"$@" >"$dir/$name.log" 2>&1 &
	pid=$!
	oomkctl set-utility "$pid" "$utility" >&2
	echo "$name $pid $utility"
}

# Until the program writes it, or has ended before it could.
await_ready()
{
	until grep -q '^ready' "$dir/$1.log"; do
		kill -0 "$pid" || { cat "$dir/$1.log" >&2; exit 1; }
		sleep 0.1
	done
}

dir=. train_args='' hog_args=''
while getopts d:t:g:h option; do
	case $option in
	d) dir=$OPTARG ;;
	t) train_args=$OPTARG ;;
	g) hog_args=$OPTARG ;;
	h) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:$here
mkdir -p "$dir"

# The argument lists are meant to be split.
# shellcheck disable=SC2086
for n in 1 2; do
	start "training$n" "$(draw_utility)" ml_train --seed "$n" $train_args
	await_ready "training$n"
done
# shellcheck disable=SC2086
for utility in 8 5; do
	start "hog$utility" "$utility" hog --block-term $hog_args
	await_ready "hog$utility"
done
