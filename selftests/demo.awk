# SPDX-License-Identifier: GPL-2.0
#
# demo.awk - judge what a run of the demonstration printed
#
# Prints the report; writes to the directory `dir` what demo.gnuplot draws.
# Ends with status 1 unless the run showed all that it should.
#
# Lines that it reads (times in milliseconds of the guest's clock):
#   proc NAME PID UTILITY               a program was started
#   sample MS AVAIL TOTAL FREE TOTAL PSI  memory and swap in kB, PSI in per cent
#   log MS oomk: TEXT                   the module said so
#   oomkd: TEXT                         the executor said so, right now
#   gone MS PID                         a program ended
#   curve NAME epoch: N, lossA: X, lossB: Y, ms: MS
#   lives NAME KB                       at the end, with its weight
#   oom_kill before|after N             kills by the kernel itself
#   dmesg TEXT                          the module's lines as dmesg has them

BEGIN {
	WINDOW = 10	# epochs that a loss is averaged over: it is noisy
	failed = 0
}

# The number after the word(s) `key` in `text`.
function number_after(text, key) {
	if (!match(text, key " [0-9]+"))
		return ""
	return substr(text, RSTART + length(key) + 1, RLENGTH - length(key) - 1)
}

function seconds(ms) {
	return sprintf("%.1f s", (ms - start) / 1000)
}

function require(condition, text) {
	verdicts = verdicts sprintf("  %-5s %s\n", condition ? "ok" : "FAIL", text)
	if (!condition)
		failed = 1
}

# Mean loss of `side` over up to WINDOW epochs: forward from the first one
# after `ms`, or backward from the last one before it.
function mean(name, side, ms, forward,    i, n, sum) {
	for (i = forward ? 1 : epochs[name];
	     i >= 1 && i <= epochs[name] && n < WINDOW; i += forward ? 1 : -1) {
		if (forward ? at[name, i] <= ms : at[name, i] >= ms)
			continue
		sum += loss[name, side, i]
		n++
	}
	return n == WINDOW ? sum / n : -1
}

$1 == "proc" {
	names[++nr_names] = $2
	pid_of[$2] = $3
	name_of[$3] = $2
	utility[$2] = $4
}

$1 == "sample" {
	if (!start)
		start = $2
	now = $2
	printf "%.3f %.2f %.2f %s\n", (now - start) / 1000, 100 * $3 / $4,
		$6 ? 100 * $5 / $6 : 0, $7 > (dir "/samples")
	total_mib = int($4 / 1024)
	swap_mib = int($6 / 1024)
}

$1 == "log" { now = $2 }

$1 == "log" && / victim pid / {
	name = name_of[number_after($0, "victim pid")]
	signal = $NF
	if (name != "" && !(name in chosen)) {
		chosen[name] = now
		match($0, /\([0-9]+ MiB\)/)
		weight[name] = substr($0, RSTART + 1, RLENGTH - 2)
		if (signal == "SIGKILL")
			killed[name] = now
		order[++nr_chosen] = name
	}
}

$1 == "oomkd:" && / SIGKILL/ {
	name = name_of[number_after($0, "pid")]
	if (name != "" && !(name in killed))
		killed[name] = now
}

$1 == "gone" {
	now = $2
	gone[name_of[$3]] = now
}

$1 == "curve" {
	name = $2
	i = ++epochs[name]
	epoch[name] = $4 + 0
	loss[name, "A", i] = $6 + 0
	loss[name, "B", i] = $8 + 0
	at[name, i] = $10 + 0
	curve[name, i] = (at[name, i] - start) / 1000 " " $6 + 0 " " $8 + 0
}

$1 == "lives" {
	lives[$2] = 1
	if (!($2 in weight))
		weight[$2] = int($3 / 1024) " MiB"
}

$1 == "oom_kill" { kernel_kills[$2] = $3 }
$1 == "dmesg" { dmesg = dmesg "  " substr($0, 7) "\n" }
$1 == "end" { complete = 1 }

function fate(name,    text) {
	if (name in lives)
		return "lives"
	if (!(name in chosen))
		return "died, not by oomk"
	text = "killed by oomk"
	return text
}

function story(name,    i, text) {
	if (name in lives) {
		i = epochs[name]
		if (!i)
			return ""
		return sprintf("epoch %d, lossA %.4f, lossB %.4f", epoch[name],
			       loss[name, "A", i], loss[name, "B", i])
	}
	if (name in chosen && !(name in killed && killed[name] == chosen[name]))
		text = "SIGTERM " seconds(chosen[name]) ", "
	if (name in killed)
		text = text "SIGKILL " seconds(killed[name]) ", "
	return text "gone " (name in gone ? seconds(gone[name]) : "never")
}

function table(    i, name) {
	printf "%-10s %5s %8s %9s  %-15s %s\n", "who", "pid", "utility",
		"weight", "fate", "when"
	for (i = 1; i <= nr_names; i++) {
		name = names[i]
		printf "%-10s %5d %8d %9s  %-15s %s\n", name, pid_of[name],
			utility[name], weight[name], fate(name), story(name)
	}
}

# A mean loss for people; there is none when too few epochs were seen.
function shown(value) {
	return value < 0 ? "unknown" : sprintf("%.4f", value)
}

function judge_hog(name) {
	require(!(name in lives) && name in chosen && name in gone &&
		gone[name] >= chosen[name], name " was killed by oomk")
}

function judge_training(name,    i, side, before, after, last) {
	require(name in lives, name " lives")
	for (i = 1; i <= 2; i++) {
		side = substr("AB", i, 1)
		before = mean(name, side, first_signal, 0)
		after = mean(name, side, last_gone, 1)
		last = mean(name, side, 1e18, 0)
		require(before > after && after > last && last > 0,
			sprintf("%s: loss%s fell: %s before the first kill, " \
				"%s after the last, %s at the end", name, side,
				shown(before), shown(after), shown(last)))
	}
}

function judge(    i) {
	require(complete && nr_names == 4, "the run is complete")
	first_signal = nr_chosen ? chosen[order[1]] : 1e18
	for (i in gone)
		if (gone[i] > last_gone)
			last_gone = gone[i]
	for (i = 1; i <= nr_names; i++) {
		if (names[i] ~ /^hog/)
			judge_hog(names[i])
		else
			judge_training(names[i])
	}
	require(kernel_kills["before"] != "" &&
		kernel_kills["before"] == kernel_kills["after"],
		"the kernel's own killer did not fire (oom_kill " \
		kernel_kills["after"] ")")
}

# What demo.gnuplot needs beside the samples and curves.
function marks(    file, i, name, end) {
	file = dir "/marks"
	printf "total_mib = %d\nswap_mib = %d\n", total_mib, swap_mib > file
	printf "nr_kills = %d\n", nr_chosen > file
	printf "end_s = %.1f\n", (now - start) / 1000 > file
	printf "array kill_from[%d]\narray kill_to[%d]\narray kill_label[%d]\n",
		nr_chosen + 1, nr_chosen + 1, nr_chosen + 1 > file
	for (i = 1; i <= nr_chosen; i++) {
		name = order[i]
		end = name in gone ? gone[name] : now
		printf "kill_from[%d] = %.3f\n", i,
			(chosen[name] - start) / 1000 > file
		printf "kill_to[%d] = %.3f\n", i, (end - start) / 1000 > file
		printf "kill_label[%d] = \"%s, utility %d, %s\"\n", i, name,
			utility[name], weight[name] > file
	}
	for (name in epochs)
		for (i = 1; i <= epochs[name]; i++)
			print curve[name, i] > (dir "/" name)
	for (i = 1; i <= nr_names; i++)
		printf "utility_%s = %d\n", names[i], utility[names[i]] > file
}

END {
	judge()
	table()
	printf "\nWhat the module said:\n%s\n%s", dmesg, verdicts
	print failed ? "\nNot as it should be." : \
		"\nBoth trainings live, both hogs are dead."
	marks()
	exit failed
}
