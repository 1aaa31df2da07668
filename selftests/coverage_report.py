#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""coverage_report.py - which lines ran, of all that was collected

usage: coverage_report.py BUILD DATA REASONS [complete]

BUILD is the directory of the programs that count, DATA has one tar for each
guest, REASONS says what may remain uncovered. Writes the table to
BUILD/../coverage.txt and lines that never ran to BUILD/../coverage.uncovered.
Prints totals and results in the manner of TAP; exits with 1 if one failed.
"complete" has the lines of the module that did not run be compared with
REASONS, which makes sense only if all rows ran.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tarfile

# Where the sources are; coverage_test.py has others.
TOP = os.path.realpath(os.environ.get("OOMK_TOP") or
                       os.path.dirname(__file__) + "/..")
LEAST_PERCENT = 90
PARTS = ("module", "daemon")


class Lines:
    """How often lines ran: of guests and of the host, by file and number."""

    def __init__(self):
        self.counts = {"guest": {}, "host": {}}

    def add(self, where, path, number, count):
        lines = self.counts[where].setdefault(path, {})
        lines[number] = lines.get(number, 0) + count

    def files(self, part):
        names = set(self.counts["guest"]) | set(self.counts["host"])
        return sorted(f for f in names if f.startswith(part + "/"))

    def known(self, path):
        """Numbers of the lines with code: as guests have them, if they do."""
        return sorted(self.counts["guest"].get(path) or
                      self.counts["host"].get(path, {}))

    def ran(self, path, number, where=("guest", "host")):
        return any(self.counts[w].get(path, {}).get(number) for w in where)


def gcov(directory, names):
    """What gcov says of these data files, one object each."""
    out = subprocess.run(["gcov", "--json-format", "--stdout"] + names,
                         cwd=directory, check=False, capture_output=True,
                         text=True)
    if "stamp mismatch" in out.stderr:
        sys.exit(f"coverage_report: {directory} is of another build")
    if out.returncode:
        sys.exit(f"coverage_report: {directory}: {out.stderr}")
    return [json.loads(line) for line in out.stdout.splitlines() if line]


def collect(lines, where, directory, kind="gcda"):
    names = sorted(os.path.basename(f)
                   for f in glob.glob(f"{directory}/*.{kind}"))
    if not names:
        return 0
    for unit in gcov(directory, names):
        start = unit["current_working_directory"]
        for entry in unit["files"]:
            path = os.path.join(start, entry["file"])
            path = os.path.relpath(os.path.realpath(path), TOP)
            if path.split("/")[0] not in PARTS:
                continue
            for line in entry["lines"]:
                lines.add(where, path, line["line_number"], line["count"])
    return len(names)


def notes(build):
    """Of what runs in guests: directories where all notes of a part are."""
    return {"module": glob.glob(f"{build}/module/*/module")[0],
            "daemon": f"{build}/daemon"}


def unpack(build, tar, directory):
    """A guest's data, beside links to the notes of the same objects."""
    for part in PARTS:
        os.makedirs(f"{directory}/{part}")
    with tarfile.open(tar) as archive:
        archive.extractall(directory)
    for part, where in notes(build).items():
        for note in glob.glob(where + "/*.gcno"):
            link = f"{directory}/{part}/{os.path.basename(note)}"
            os.symlink(os.path.realpath(note), link)


def collect_all(build, data):
    lines = Lines()
    # What never ran at all has notes, and no data.
    for directory in notes(build).values():
        collect(lines, "guest", directory, "gcno")
    for tar in sorted(glob.glob(data + "/*.tar")):
        directory = tar[:-len(".tar")]
        subprocess.run(["rm", "-rf", directory], check=True)
        unpack(build, tar, directory)
        found = sum(collect(lines, "guest", f"{directory}/{part}")
                    for part in PARTS)
        if not found:
            print(f"# nothing was counted by {os.path.basename(directory)}")
    collect(lines, "host", build + "/selftests")
    return lines


def functions(path):
    """The function of each line, as kernel style has it: {} in column 0."""
    owner, name = {}, None
    head, begun = "", 0
    with open(os.path.join(TOP, path), encoding="utf-8") as source:
        for number, text in enumerate(source, 1):
            found = re.match(r"(?:TRACE_EVENT|DEFINE_\w+)\((\w+)", text) or \
                re.match(r"[A-Za-z_].*?(\w+)\(", text)
            if found:
                head, begun = found.group(1), number
            if text.startswith("{") or re.match(r"TRACE_|DEFINE_E", text):
                name = head
                owner.update(dict.fromkeys(range(begun, number), name))
            owner[number] = name or "-"
            if text.startswith("}") or text.startswith(");"):
                name = None
    return owner


def blocks(lines, path):
    """Lines that never ran: (first, last, function), one run of them each."""
    owner = functions(path)
    result = []
    before = None
    for number in lines.known(path):
        if not lines.ran(path, number):
            if before and result and result[-1][1] == before and \
                    owner[before] == owner[number]:
                result[-1][1] = number
                result[-1][3] += 1
            else:
                result.append([number, number, owner[number], 1])
            before = number
        else:
            before = None
    return result


def percent(covered, total):
    return 100.0 * covered / total if total else 100.0


def table(lines, out):
    """Write the table; the totals of each part."""
    form = "{:<30} {:>6} {:>6} {:>6} {:>8} {:>6}\n"
    totals = {}

    with open(out, "w", encoding="utf-8") as file:
        file.write(form.format("file", "lines", "guest", "host", "covered",
                               "%"))
        for part in PARTS:
            total = [0, 0, 0, 0]
            for path in lines.files(part):
                known = lines.known(path)
                row = [len(known)] + [
                    sum(lines.ran(path, n, where) for n in known)
                    for where in (("guest",), ("host",), ("guest", "host"))]
                total = [a + b for a, b in zip(total, row)]
                file.write(form.format(
                    path, *row, f"{percent(row[3], row[0]):.1f}"))
            file.write(form.format(part + " as a whole", *total,
                                   f"{percent(total[3], total[0]):.1f}"))
            totals[part] = total
    return totals


def read_reasons(path):
    """(file, function): number of lines that may remain."""
    reasons = {}
    with open(path, encoding="utf-8") as file:
        for text in file:
            words = text.split(None, 3)
            if words and not words[0].startswith("#"):
                reasons[words[0], words[1]] = int(words[2])
    return reasons


def without_reason(uncovered, reasons):
    """What is uncovered beyond what REASONS allows, as lines of text."""
    counts = {}
    for path, rest in uncovered:
        key = path, rest[2]
        counts[key] = counts.get(key, 0) + rest[3]
    return [f"{path} {name}: {count} lines, of which "
            f"{reasons.get((path, name), 0)} have a reason"
            for (path, name), count in sorted(counts.items())
            if count > reasons.get((path, name), 0)]


def result(ok, what, why=()):
    print(("ok " if ok else "not ok ") + what)
    for line in why:
        print("#   " + line)
    return ok


def main():
    build, data, reasons = sys.argv[1:4]
    out = os.path.dirname(os.path.abspath(build))
    lines = collect_all(os.path.abspath(build), os.path.abspath(data))
    totals = table(lines, out + "/coverage.txt")
    uncovered = [(path, block) for part in PARTS
                 for path in lines.files(part) for block in blocks(lines, path)]
    with open(out + "/coverage.uncovered", "w", encoding="utf-8") as file:
        for path, (first, last, name, count) in uncovered:
            where = f"{first}" if first == last else f"{first}-{last}"
            file.write(f"{path}:{where} {name} ({count})\n")
    for part, (total, guest, host, covered) in totals.items():
        print(f"# {part}: {covered} of {total} lines, "
              f"{percent(covered, total):.1f} % "
              f"(guests {guest}, host {host})")
    total, _, _, covered = totals["module"]
    good = [result(total and percent(covered, total) >= LEAST_PERCENT,
                   f"at least {LEAST_PERCENT} % of the module's lines ran")]
    if sys.argv[4:] == ["complete"]:
        bare = without_reason([u for u in uncovered
                               if u[0].startswith("module/")],
                              read_reasons(reasons))
        good.append(result(not bare, "a reason is known for all that did not",
                           bare))
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
