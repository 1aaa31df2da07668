#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Test what judges the soak: a world in which all is well, the same with one
thing wrong each time, growth with and without noise, and the worlds. Speaks
TAP.
"""

import copy
import random
import sys

import rounds_world
import soak_check
import soak_world
from rounds_test import expect, record, run

MEMBERS = 3


def cast_of(name, utility, command="idle --size @5", kind="honest", adj=0):
    """Somebody of a world."""
    one = rounds_world.Process(name, kind, command)
    one.utility, one.adj = utility, adj
    return one


def told():
    """Of a world in which pid 7 was chosen, 8 and its child 18 and 9 were not,
    and nobody harmed the protected 10."""
    world = soak_world.World(1)
    world.policy["safety_net"] = "on"
    world.cast = [cast_of("first", 10), cast_of("second", 100, adj=300),
                  cast_of("third", 20), cast_of("safe", "protected")]
    world_told = soak_check.Told(world)
    names = {7: "first", 8: "second", 18: "second", 9: "third", 10: "safe"}
    adjs = {"second": 300}
    world_told.records = [record()]
    for pid, name in names.items():
        adj = adjs.get(name, 0)
        world_told.hear("is", f"{name} {pid} {adj}")
        if pid != 7:
            world_told.hear("lives", f"{name} {pid} {adj}")
    world_told.hear("oomkd", "99 2000 9")
    world_told.hear("rest", f"0 1 {MEMBERS} {MEMBERS} 0")
    world_told.hear("run", "adjusted")
    world_told.hear("run", "oomkd.pid")
    world_told.hear("run", "members")
    world_told.hear("oom_kill", "0")
    return world_told


def complaints(change):
    """About that world after it was changed, as one text."""
    changed = copy.deepcopy(told())
    change(changed)
    bad, _ = soak_check.judge_world(changed, MEMBERS)
    return "; ".join(bad)


def test_right():
    """A world in which all is well is accepted"""
    expect("judgement", soak_check.judge_world(told(), MEMBERS), ([], [0]))


def test_wrong():
    """A world that is wrong in any one way is refused"""
    def lost(pid):
        return lambda t: t.lives.pop(pid)

    def item(number, **values):
        return lambda t: t.records[0]["items"][number].update(values)

    def told_of(word, rest):
        return lambda t: t.hear(word, rest)

    cases = (
        (lost(9), "third was not chosen, and is dead"),
        (lost(10), "safe is protected, and somebody of it is dead"),
        (told_of("lives", "first 7 0"), "first was chosen, and lives"),
        (told_of("lives", "second 18 1000"),
         "pid 18, was 300 and is 1000"),
        (told_of("lives", "third 9 -5"), "pid 9, was 0 and is -5"),
        (item(1, price_64ths=6401), "was priced 6401/64"),
        (item(1, pid=10), "is protected, and was weighed"),
        (item(0, victim=False), "victims weigh 0 of 90"),
        (lambda t: t.records.clear(), "no cycle"),
        (lambda t: setattr(t, "gone", 2), "2 cycles are not remembered"),
        (lambda t: t.records[0].update(kernel_kills=1), "1 killed by"),
        (told_of("oom_kill", "1"), "the kernel's killer killed 1"),
        (told_of("rest", "4 1 3 3 0"), "[4, 1, 3, 3, 0], not [0, 1, 3, 3, 0]"),
        (told_of("rest", "0 2 3 3 0"), "[0, 2, 3, 3, 0], not"),
        (told_of("rest", "0 1 4 3 0"), "[0, 1, 4, 3, 0], not"),
        (told_of("rest", "0 1 3 4 0"), "[0, 1, 3, 4, 0], not"),
        (told_of("rest", "0 1 3 3 8"), "[0, 1, 3, 3, 8], not"),
        (told_of("run", "core"), "'core'"),
        (told_of("error", "world 1: x"), "world 1: x"),
        (lambda t: setattr(t, "executor", None), "no executor"),
    )
    for change, words in cases:
        seen = complaints(change)
        if words not in seen:
            raise AssertionError(f"no {words!r} in {seen!r}")


def test_items():
    """Who dies with whom depends on what he is"""
    tree = told()
    tree.world.cast[1].utility = None
    tree.records[0]["items"][1].update(pid=18)
    expect("a child", soak_check.judge_deaths(tree), [])
    tree.records[0]["items"][1].update(victim=True)
    expect("a child alone", soak_check.judge_deaths(tree), [])
    tree.world.cast[1].command = "sharedmm --procs 2 --size @5"
    expect("one mm", soak_check.judge_deaths(tree),
           ["second was chosen, and lives"])
    spared = told()
    spared.records[0]["items"][0].update(status="spared", signals=1)
    expect("obeyed", soak_check.judge_deaths(spared), [])
    spared.records[0]["items"][0].update(signals=0)
    expect("spared before", soak_check.judge_deaths(spared),
           ["first was not chosen, and is dead"])
    group = told()
    for one in group.world.cast[1:3]:
        one.kind, one.utility = "group", None
    group.lives.pop(8)
    expect("one of a group", soak_check.judge_deaths(group),
           ["second was not chosen, and is dead"])
    group.records[0]["items"][2].update(victim=True)
    expect("half of a group", soak_check.judge_deaths(group),
           ["third was chosen, and lives"])


def gauged(values, key="slab pid", size=128):
    """Complaints about a figure that was looked at each ten worlds."""
    gauges = soak_check.Gauges()
    for number, value in enumerate(values):
        gauges.begin(str(number), 10 * number)
        word, name = key.split(" ", 1)
        gauges.hear(word, f"{name} {value} {size}")
        gauges.hear("kb", "other 5")
    return gauges.judge_growth()[0]


def test_growth():
    """Growth is found in noise, and noise is no growth"""
    draw = random.Random(4)
    for _ in range(100):
        noise = [draw.randint(0, 64) for _ in range(100)]
        expect("noise", gauged([900 + n for n in noise]), [])
    for _ in range(100):
        expect("noise of small ones", gauged(
            [900 + draw.choice((0, 512, 1024)) for _ in range(100)],
            size=8), [])
    expect("caches that fill", gauged([min(900, 300 * i)
                                       for i in range(100)]), [])
    for each in (0.1, 1, 5):
        found = gauged([900 + int(10 * each * i) + n
                        for i, n in enumerate(noise)])
        if len(found) != 1 or "slab pid grows" not in found[0]:
            raise AssertionError(f"{each} a world: {found}")
    expect("20 gauges of one leak a world",
           len(gauged([900 + 10 * i + noise[i] // 2 for i in range(20)])), 1)
    expect("memory that is gone",
           len(gauged([9000 - 10 * i for i in range(100)], "kb unused")), 1)
    expect("memory that comes back",
           gauged([9000 + 10 * i for i in range(100)], "kb unused"), [])


def test_unload():
    """What is not given back is found"""
    gauges = soak_check.Gauges()
    expect("nothing", len(gauges.judge_unload()), 1)
    for name, areas, threads in (("before", 50, 0), ("after", 60, 1)):
        gauges.begin(name, 0)
        gauges.hear("count", f"areas {areas}")
        gauges.hear("count", f"threads {threads}")
        gauges.hear("count", "caches 0")
    expect("a thread", gauges.judge_unload(),
           ["count threads was 0 before loading and is 1 after unloading"])


def test_executors():
    """An executor that grows is found, a new one is none that grew"""
    steady = [(5, 2000, 9)] * 60 + [(6, 3000, 9)] * 30
    expect("steady", soak_check.judge_executors(steady), ([], 60))
    grows = [(5, 2000 + 10 * i, 9) for i in range(60)]
    expect("memory", len(soak_check.judge_executors(grows)[0]), 1)
    opens = [(5, 2000, 9 + i // 10) for i in range(60)]
    expect("files", len(soak_check.judge_executors(opens)[0]), 1)


def test_worlds():
    """A seed is a world; sizes and words are within what the guest takes"""
    shapes = set()
    for seed in range(1000):
        world = soak_world.World(seed)
        expect("again", list(soak_world.World(seed).lines()),
               list(world.lines()))
        if not 1 <= len(world.cast) <= 12:
            raise AssertionError(f"seed {seed}: {len(world.cast)} are there")
        shapes |= {one.command.split("@")[0] for one in world.cast}
        for one in world.cast:
            if len(one.line().split()) > 24:
                raise AssertionError(f"seed {seed}: {one.line()}")
    if len(shapes) < len(soak_world.SHAPES):
        raise AssertionError(f"only {sorted(shapes)}")


if __name__ == "__main__":
    sys.exit(run(globals()))
