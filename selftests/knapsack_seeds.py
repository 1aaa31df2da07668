#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes seeds for the fuzz target: three bytes of budget, then a file."""
import random
import sys

random.seed(1)
for number in range(60):
    most = random.choice([3, 20, 1000, 10 ** 9])
    items = [(random.randint(0, most), random.randint(0, min(most, 1000)))
             for _ in range(random.randint(1, 16))]
    if number % 3 == 0:
        items = [(weight, min(weight, 1000)) for weight, _ in items]
    need = random.randint(0, sum(weight for weight, _ in items) + 1)
    lines = [(len(items), need)] + items
    budget = bytes([random.choice([0, 1, 3]), random.choice([0, 5, 255]),
                    random.choice([1, 255])])
    with open("%s/seed%d" % (sys.argv[1], number), "wb") as out:
        out.write(budget)
        out.write("".join("%d %d\n" % line for line in lines).encode())
