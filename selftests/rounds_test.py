#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Test what judges the rounds: the best choice against trial of all sets, the
judgement of records that are right and of such that are wrong in one way, and
the worlds. Speaks TAP.
"""

import copy
import itertools
import random
import sys

import rounds_check
import rounds_world

CAPPED = [(3, 1), (3, 1), (5, 1)]


def by_trial(items, need):
    """Least (price, number) of all sets that weigh the need, or None."""
    best = None
    for number in range(len(items) + 1):
        for chosen in itertools.combinations(items, number):
            if sum(weight for weight, _ in chosen) >= need:
                cost = (sum(price for _, price in chosen), number)
                best = cost if best is None else min(best, cost)
    return best


def expect(what, seen, wanted):
    """Fail if a value is not the one that is wanted."""
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r}, not {wanted!r}")


def test_trial():
    """The best choice is that of all sets tried"""
    draw = random.Random(5)
    for _ in range(3000):
        most = draw.choice((2, 4, 20, 60000))
        items = [(draw.randint(0, most), draw.randint(0, draw.choice(
            (1, 3, most)))) for _ in range(draw.randint(0, 9))]
        need = draw.randint(0, sum(weight for weight, _ in items) + 2)
        expect(f"{items} for {need}", rounds_check.cheapest(items, need),
               by_trial(items, need))


def test_ties():
    """Of equal prices the fewer victims count"""
    expect("one does", rounds_check.cheapest([(2, 1), (2, 1), (4, 2)], 4),
           (2, 1))
    expect("free ones", rounds_check.cheapest([(2, 0), (2, 0), (4, 0)], 4),
           (0, 1))
    expect("two must", rounds_check.cheapest(CAPPED, 6), (2, 2))


def test_large():
    """Two hundred items of any price are no burden, and the need is met"""
    draw = random.Random(6)
    for _ in range(5):
        items = [(draw.randint(1, 20000), draw.randint(0, 64000))
                 for _ in range(60)]
        items += [(draw.randint(1, 50), 6400) for _ in range(140)]
        best = rounds_check.cheapest(items, 30000)
        if best is None or best > rounds_check.greedy(items, 30000):
            raise AssertionError(f"{best} is no best choice")


def record():
    """Of a cycle in which the dearer of two was rightly spared."""
    def item(pid, pages, price, victim):
        return {"pid": pid, "comm": "x", "uid": 0, "weight_pages": pages,
                "utility": price // 64, "price_64ths": price,
                "source": "job", "tasks": 1, "shared_cap": False,
                "victim": victim, "status": "gone" if victim else "",
                "errno": 0, "signals": 2 if victim else 0, "signal_us": 5}

    return {"cycle": 1, "cause": "hard_watermark", "level": "hard",
            "start_ns": 1, "need_pages": 90, "freeable_pages": 310,
            "pending_pages": 0, "items_omitted": 0, "reason": "proven",
            "victims": 1, "tasks": 1, "freed_pages": 100,
            "lost_price_64ths": 640, "bound_price_64ths": 640,
            "back_pages": 100, "overshoot_pages": 10, "undershoot_pages": 0,
            "spared": 0, "signal_us": 5, "end_us": 9, "kernel_kills": 0,
            "backstop": False, "outcome": "killed",
            "items": [item(7, 100, 640, True), item(8, 110, 6400, False),
                      item(9, 100, 640 * 2, False)]}


def judged(change):
    """Complaints about a record that was changed, as one text."""
    changed = copy.deepcopy(record())
    change(changed)
    bad, _ = rounds_check.judge_cycle(changed)
    return "; ".join(bad)


def choose(number):
    """A change: another item was the victim, and the sums follow."""
    def change(changed):
        for i, item in enumerate(changed["items"]):
            item["victim"] = i == number
            item["signals"] = 2 * item["victim"]
        chosen = changed["items"][number]
        changed["lost_price_64ths"] = chosen["price_64ths"]
        changed["freed_pages"] = chosen["weight_pages"]
    return change


def one_more(changed):
    """A change: a second victim, who cost nothing and was not needed."""
    changed["items"][2].update(victim=True, signals=2, price_64ths=0,
                               weight_pages=80)
    changed["freeable_pages"] -= 20


def test_right():
    """A right record is accepted"""
    expect("complaints", rounds_check.judge_cycle(record()), ([], 0))
    spared = record()
    spared.update(spared=1, outcome="spared", lost_price_64ths=0)
    for signals, status in ((0, "spared"), (1, "spared"), (0, "vanished")):
        spared["items"][0].update(signals=signals, status=status)
        expect(status, rounds_check.judge_cycle(spared), ([], 0))


def test_wrong():
    """A record that is wrong in any one way is refused"""
    def set_to(**values):
        return lambda changed: changed.update(values)

    def drop(key):
        return lambda changed: changed.pop(key)

    cases = (
        (choose(2), "640 for 1 would do"),
        (choose(1), "640 for 1 would do"),
        (one_more, "costs 640 for 2 victims; 640 for 1 would do"),
        (set_to(need_pages=105), "weigh 100 of 105"),
        (set_to(items_omitted=1), "not recorded"),
        (set_to(lost_price_64ths=641), "the cycle says 641"),
        (set_to(bound_price_64ths=641), "above the best"),
        (set_to(freeable_pages=311), "the cycle says 311"),
        (set_to(reason="infeasible"), "but all weigh"),
        (set_to(reason="infeasible", need_pages=999), "but has victims"),
        (set_to(need_pages=999), "all weigh 310 of 999"),
        (drop("backstop"), "lacks backstop"),
        (lambda changed: changed["items"][1].pop("victim"), "lacks item"),
    )
    for change, words in cases:
        complaints = judged(change)
        if words not in complaints:
            raise AssertionError(f"no {words!r} in {complaints!r}")


def test_unproven():
    """What is not proven may be dearer, and by how much is told"""
    dear = record()
    choose(2)(dear)
    dear["reason"] = "budget"
    expect("beyond the best", rounds_check.judge_cycle(dear), ([], 640))


def test_worlds():
    """A seed is a world, a third has an innocent, hogs can always pay"""
    innocents = 0
    for seed in range(600):
        world = rounds_world.World(seed)
        expect("again", list(rounds_world.World(seed).lines()),
               list(world.lines()))
        innocents += world.innocent
        if world.innocent and "innocent" not in world.protected_names():
            raise AssertionError(f"seed {seed}: the innocent may die")
        if world.hogs_utility() >= rounds_world.PRECIOUS_UTILITY:
            raise AssertionError(f"seed {seed}: hogs are dearer than precious")
        sizes = sum(int(line.split("@")[1]) *
                    (int(line.split("--width ")[1].split()[0]) + 1
                     if "--width" in line else 1)
                    for line in (p.line() for p in world.honest))
        if sizes > rounds_world.HONEST + 20:
            raise AssertionError(f"seed {seed}: {sizes} per mille stay")
    expect("innocents", innocents, 200)


def test_figures():
    """Median and percentiles are values that were there"""
    expect("median", rounds_check.median([5, 1, 9, 7]), 5)
    expect("p50", rounds_check.percentile(range(1, 101), 50), 50)
    expect("p99", rounds_check.percentile(range(1, 101), 99), 99)
    expect("p99 of few", rounds_check.percentile([3, 4], 99), 4)
    expect("of none", rounds_check.percentile([], 99), 0)


def run(scope):
    """Run all tests of a module; return the exit status."""
    tests = [test for name, test in scope.items() if name.startswith("test_")]
    failed = 0
    print("TAP version 13")
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} {test.__doc__}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} {test.__doc__}")
            print(f"# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(globals()))
