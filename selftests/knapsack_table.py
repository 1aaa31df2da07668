#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a table of the benchmark's lines, and data for the plot."""
import collections
import csv
import statistics
import sys


def number(row, name):
    """A column as a number, None where nothing was measured."""
    return None if row[name] == "-" else float(row[name])


def excess(rows, name):
    """Mean and worst per cent of utility lost beyond ours, where enough."""
    more = [100 * (number(r, name) / float(r["lost"]) - 1) for r in rows
            if number(r, name) is not None and float(r["lost"]) > 0]
    if not more:
        return "-"
    return "%.1f/%.0f" % (statistics.mean(more), max(more))


def line(name, rows):
    """One line of the table."""
    ratios = [float(r["ratio"]) for r in rows]
    short = [number(r, "permille_freed") for r in rows
             if number(r, "permille_freed") is not None]
    print("%-23s %7s %4d/%-4d %4d %9.3f %9.3f %7.1f %9.3f %6d %12s %7s" % (
        name, rows[0]["items"],
        sum(r["reason"] == "PROVEN" for r in rows), len(rows),
        sum(r["counted"] == "1" for r in rows),
        statistics.median(float(r["us"]) for r in rows) / 1e3,
        max(float(r["us"]) for r in rows) / 1e3,
        statistics.median(ratios),
        max(float(r["gap_ppm"]) for r in rows),
        max(int(r["states"]) for r in rows), excess(rows, "greedy"),
        "%.0f" % (min(short) / 10) if short else "-"))


def main():
    """Reads the first file, writes the second and the table."""
    with open(sys.argv[1], newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t"))
    print("count: number of victims proven too; passes: median of time by one "
          "pass; gap in\nmillionths of the price lost; greedy: per cent lost "
          "beyond ours, mean/worst;\npermille: least per cent of the need "
          "that the per-mille table of 2021 frees")
    print("%-23s %7s %9s %4s %9s %9s %7s %9s %6s %12s %7s" % (
        "class", "items", "proven", "cnt", "ms median", "ms worst", "passes",
        "gap ppm", "states", "greedy", "permille"))
    sizes = collections.defaultdict(list)
    classes = collections.defaultdict(list)
    for row in rows:
        sizes[int(row["items"])].append(row)
        classes[int(row["items"]), row["group"], row["class"]].append(row)
    for (_, _, name), some in classes.items():
        line(name, some)
    print()
    with open(sys.argv[2], "w") as data:
        for size, some in sorted(sizes.items()):
            real = [r for r in some if r["group"] == "real"]
            line("all real", real)
            print(size, statistics.median(float(r["pass_us"]) for r in some),
                  statistics.median(float(r["us"]) for r in real),
                  max(float(r["us"]) for r in real),
                  max(float(r["us"]) for r in some), file=data)
    wrong = [r for r in rows if r["table"] != "-" and r["reason"] == "PROVEN"
             and r["table"] != r["lost"]]
    tables = sum(r["table"] != "-" for r in rows)
    print("\npage table where it fits: %d instances, %d differ" % (
        tables, len(wrong)))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
