#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: knapsack_bench.sh PROGRAM DIR [ITEMS...]
#
# Runs the benchmark; leaves knapsack.tsv, knapsack.txt (a table) and, where
# gnuplot is installed, knapsack.png in DIR.

set -e
program=$1 dir=$2
shift 2
[ $# -gt 0 ] || set -- 100 1000 10000 100000

"$program" "$@" > "$dir/knapsack.tsv"
"$(dirname "$0")/knapsack_table.py" "$dir/knapsack.tsv" "$dir/knapsack.dat" \
	| tee "$dir/knapsack.txt"
command -v gnuplot > /dev/null || exit 0
gnuplot <<END
set terminal png size 900,600
set output "$dir/knapsack.png"
set logscale xy
set key left top
set xlabel "items"
set ylabel "microseconds"
set title "Least utility lost, exact: median over classes, needs and seeds"
plot "$dir/knapsack.dat" using 1:2 with linespoints title "one pass", \
	"$dir/knapsack.dat" using 1:3 with linespoints title "real, median", \
	"$dir/knapsack.dat" using 1:4 with linespoints title "real, worst", \
	"$dir/knapsack.dat" using 1:5 with linespoints title "all, worst"
END
