#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""coverage_test.py - coverage_report.py on sources whose coverage is known

Of a file with 24 lines of code, a program that is run with more arguments
reaches more. Speaks TAP.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))

MODULE = """int oomk_first(int x);
int oomk_second(int x);

int oomk_first(int x)
{
	x++;
	x *= 2;
	x ^= 5;
	x += 3;
	x *= 7;
	x ^= 2;
	x += 4;
	x *= 3;
	x ^= 1;
	x += 9;
	x *= 5;
	return x;
}

int oomk_second(int x)
{
	if (x > 1)
		x--;
	return x;
}

int main(int argc, char **argv)
{
	int x = oomk_first(argc);

	if (argc > 1)
		x = oomk_second(argc - 1);
	if (argc > 2)
		x++;
	return x && !argv;
}
"""

DAEMON = """int oomk_daemon(int x);

int oomk_daemon(int x)
{
	return x ? x + 1 : 0;
}

int main(void)
{
	return !oomk_daemon(1);
}
"""

NEVER = """int oomk_never(int x);
int oomk_nor_this(int x);

int oomk_never(int x)
{
	return x;
}

int oomk_nor_this(int x)
{
	return -x;
}
"""


class World:
    """Sources, a build of them, and data of guests."""

    def __init__(self, top):
        self.top = top
        self.build = top + "/out/coverage"
        self.data = self.build + "/data"
        self.notes = self.build + "/module/1.0/module"
        for name in ("module", "daemon"):
            os.mkdir(f"{top}/{name}")
        for name in (self.data, self.notes, self.build + "/daemon",
                     self.build + "/selftests"):
            os.makedirs(name)
        self.write("module/a.c", MODULE)
        self.write("daemon/b.c", DAEMON)
        self.write("daemon/c.c", NEVER)
        self.compile(self.notes + "/a", "module/a.c")
        self.compile(self.build + "/selftests/b", "daemon/b.c")
        self.compile(self.build + "/daemon/c", "daemon/c.c", link=False)
        subprocess.run([self.build + "/selftests/b"], check=True)

    def write(self, name, text):
        with open(f"{self.top}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def compile(self, program, source, link=True):
        """In two steps, or the notes would have the program's name too."""
        subprocess.run(["gcc", "-O0", "--coverage", "-c", "-o",
                        program + ".o", source], cwd=self.top, check=True)
        if link:
            subprocess.run(["gcc", "--coverage", "-o", program,
                            program + ".o"], check=True)

    def guest(self, name, *arguments):
        """What a guest would send that ran the program once."""
        stage = self.top + "/stage"
        os.makedirs(stage + "/module")
        os.mkdir(stage + "/daemon")
        subprocess.run([self.notes + "/a", *arguments], check=True)
        os.rename(self.notes + "/a.gcda", stage + "/module/a.gcda")
        subprocess.run(["tar", "-C", stage, "-cf", f"{self.data}/{name}.tar",
                        "module", "daemon"], check=True)
        shutil.rmtree(stage)

    def report(self, reasons="", *arguments):
        """Status, what it said, the table, what was not covered."""
        self.write("reasons", reasons)
        run = subprocess.run([HERE + "/coverage_report.py", self.build,
                              self.data, self.top + "/reasons", *arguments],
                             env=dict(os.environ, OOMK_TOP=self.top),
                             capture_output=True, text=True, check=False)
        said = run.stdout + run.stderr
        files = []
        for name in ("coverage.txt", "coverage.uncovered"):
            path = f"{self.top}/out/{name}"
            files.append(open(path, encoding="utf-8").read()
                         if os.path.exists(path) else "")
        return [run.returncode, said] + files


class Tap:
    """Numbers and counts the results."""

    def __init__(self, plan):
        self.number = self.failed = 0
        print(f"TAP version 13\n1..{plan}")

    def check(self, what, passed, said=""):
        self.number += 1
        print(f"{'' if passed else 'not '}ok {self.number} {what}")
        if not passed:
            self.failed += 1
            print("".join(f"# {line}\n" for line in str(said).splitlines()))


def row(table, name):
    """The figures of a file: lines, guest, host, covered, %."""
    for line in table.splitlines():
        if line.startswith(name):
            return line[len(name):].split()
    return None


def run(tap, world):
    world.guest("one")
    status, said, table, uncovered = world.report()
    tap.check("one guest: 18 of 24 lines of the module ran",
              row(table, "module/a.c") == ["24", "18", "0", "18", "75.0"],
              table)
    tap.check("that is too few", status == 1 and
              "not ok at least 90 %" in said, said)
    tap.check("the host's are told apart",
              row(table, "daemon/b.c") == ["4", "0", "4", "4", "100.0"], table)
    tap.check("what did not run is named, with its function",
              "module/a.c:20-24 oomk_second (4)\n" in uncovered and
              "module/a.c:32 main (1)\n" in uncovered, uncovered)
    tap.check("so is what is in no data at all, function by function",
              row(table, "daemon/c.c") == ["4", "0", "0", "0", "0.0"] and
              "daemon/c.c:4-6 oomk_never (2)\n" in uncovered and
              "daemon/c.c:9-11 oomk_nor_this (2)\n" in uncovered,
              table + uncovered)

    world.guest("all", "x", "y")
    status, said, table, uncovered = world.report()
    tap.check("two guests add up",
              status == 0 and "1 passed, 0 failed" in said and
              "module" not in uncovered, said + table + uncovered)

    os.unlink(world.data + "/one.tar")
    os.unlink(world.data + "/all.tar")
    world.guest("two", "x")
    status, said, _, uncovered = world.report("", "complete")
    tap.check("without a reason it fails", status == 1 and
              "module/a.c main: 1 lines, of which 0 have a reason" in said,
              said)
    reasons = "# a comment\nmodule/a.c oomk_second 1 x\n"
    status, said, _, _ = world.report(reasons + "module/a.c main 1 y\n",
                                      "complete")
    tap.check("with reasons it passes", status == 0 and
              "2 passed, 0 failed" in said, said)
    status, said, _, _ = world.report(reasons + "module/a.c main 0 y\n",
                                      "complete")
    tap.check("a reason for fewer lines does not do", status == 1, said)

    world.write("module/a.c", MODULE.replace("x ^= 2;", "x = x ? x - 1 : 7;"))
    world.compile(world.notes + "/a", "module/a.c")
    status, said, _, _ = world.report()
    tap.check("data of another build are refused", status != 0 and
              "is of another build" in said, said)
    for name in os.listdir(world.data):
        shutil.rmtree(f"{world.data}/{name}", ignore_errors=True)
    with open(world.data + "/two.tar", "wb") as file:
        file.write(bytes(1024))
    status, said, _, _ = world.report()
    tap.check("a guest that sent nothing is named, and nothing is not 100 %",
              status == 1 and "nothing was counted by two" in said, said)


def main():
    tap = Tap(11)
    with tempfile.TemporaryDirectory() as top:
        run(tap, World(os.path.realpath(top)))
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
