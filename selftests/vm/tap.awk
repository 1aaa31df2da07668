# SPDX-License-Identifier: GPL-2.0
#
# tap.awk - judge what one test said
#
# Reads TAP. Variables: status, the test's exit status; skip_ok, 1 where a skip
# is no failure. Prints "passed failed skipped", then each failure on a line.
# That a test said nothing wrong is not enough: it must have said all it
# planned, and have ended well.

function fail(what)
{
	failed++
	why = why what "\n"
}

function is_skip()
{
	return tolower($0) ~ /# *skip/
}

{
	sub(/\r$/, "")
}

/^1\.\.[0-9]+/ {
	planned = substr($1, 4) + 0
	plan = 1
	skipped_all = is_skip()
}

/^Bail out!/ {
	fail($0)
}

/^(not )?ok( |$)/ {
	ran++
	if (/^not ok/ && tolower($0) !~ /# *(todo|xfail)/)
		fail($0)
	else if (!is_skip())
		passed++
	else if (skip_ok)
		skipped++
	else
		fail($0)
}

END {
	if (skipped_all && skip_ok && !ran)
		skipped++
	else if (!plan)
		fail("no plan")
	else if (skipped_all || !planned)
		fail("nothing was tested")
	else if (ran != planned)
		fail("planned " planned " tests, ran " ran + 0)

	if (status == 123)
		fail("the guest stood still")
	else if (status == 124)
		fail("time limit reached")
	else if (status == 125)
		fail("the guest crashed, or its kernel complained")
	else if (status && !failed && !(status == 4 && skip_ok))
		fail("exit status " status)
	printf "%d %d %d\n%s", passed, failed, skipped, why
}
