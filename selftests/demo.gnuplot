# SPDX-License-Identifier: GPL-2.0
#
# demo.gnuplot - draw what demo.awk wrote to the working directory
#
# gnuplot -c demo.gnuplot png|svg

load "marks"

if (ARG1 eq "svg") {
	set terminal svg size 1400,1000 font "DejaVu Sans,16" linewidth 1.6 \
		background "white"
} else {
	set terminal pngcairo size 1200,860 font "DejaVu Sans,12" linewidth 1.6
}
set output "timeline.".ARG1

blue = "#1f6fb4"
orange = "#dd7a0f"
red = "#c0392b"
violet = "#6d4c9f"
green = "#23804a"
ink = "#333333"
faint = "#e4e4e4"

# Three panels over one axis of time.
set multiplot
set lmargin at screen 0.075
set rmargin at screen 0.975
set xrange [0:end_s]
set border 3 lc rgb ink
set tics nomirror out scale 0.4 textcolor rgb ink
set grid ytics lt 1 lc rgb faint lw 0.8
set ylabel textcolor rgb ink
set key horizontal left Left reverse samplen 2 width 2 maxrows 1 \
	textcolor rgb ink

set label 100 "oomk: two hogs take the memory, two trainings keep it" \
	at screen 0.075, screen 0.968 left font ",17" textcolor rgb ink
set label 101 sprintf("guest with %d MiB of memory and %d MiB of compressed swap; shaded: from SIGTERM, which both hogs block, to their end", \
	total_mib, swap_mib) \
	at screen 0.075, screen 0.934 left textcolor rgb "#707070"

do for [i = 1:nr_kills] {
	set object i rectangle from kill_from[i], graph 0 \
		to kill_to[i], graph 1 behind \
		fillcolor rgb red fillstyle solid 0.16 noborder
	set arrow i from kill_to[i], graph 0 to kill_to[i], graph 1 nohead \
		lc rgb red lw 1.2
	set label i kill_label[i] at kill_to[i], graph 1.05 center textcolor rgb red
}

set tmargin at screen 0.845
set bmargin at screen 0.535
set format x ""
set yrange [0:100]
set ytics 25
set ylabel "per cent"
set key at screen 0.07, screen 0.902
set label 110 "soft mark 10 %" at graph 0.004, first 10 left \
	offset 0, 0.55 font ",11" textcolor rgb "#707070"
plot 10 lc rgb "#909090" dt 2 lw 0.8 notitle, \
	"samples" using 1:2 with filledcurves x1 lc rgb blue \
		fillstyle transparent solid 0.15 notitle, \
	"" using 1:2 with lines lc rgb blue lw 1.6 title "available memory", \
	"" using 1:3 with lines lc rgb orange lw 1.6 title "free swap"

unset label 100
unset label 101
unset label 110
do for [i = 1:nr_kills] {
	unset label i
}

set tmargin at screen 0.47
set bmargin at screen 0.377
set yrange [0:40<*]
set ytics 20
set key at screen 0.07, screen 0.507
set ylabel "per cent"
plot "samples" using 1:4 with filledcurves x1 lc rgb violet \
		fillstyle transparent solid 0.2 notitle, \
	"" using 1:4 with lines lc rgb violet lw 1.4 \
		title "stalled on memory (PSI full avg10)"

set tmargin at screen 0.29
set bmargin at screen 0.075
set format x "%g"
set xlabel "seconds" textcolor rgb ink offset 0, 0.3
set yrange [0:*]
set ytics 0.01
set ylabel "loss"
set key at screen 0.07, screen 0.344 maxrows 2
title(n, utility, face) = sprintf("training %d (utility %d), %s", \
	n, utility, face)
plot "training1" using 1:2 with lines lc rgb green \
		title title(1, utility_training1, "A"), \
	"" using 1:3 with lines lc rgb green dt (6,4) \
		title title(1, utility_training1, "B"), \
	"training2" using 1:2 with lines lc rgb blue \
		title title(2, utility_training2, "A"), \
	"" using 1:3 with lines lc rgb blue dt (6,4) \
		title title(2, utility_training2, "B")
unset multiplot
