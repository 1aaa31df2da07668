# SPDX-License-Identifier: GPL-2.0
"""What must hold after a world of the soak, and what must not grow over all.

A world's cycles are held against the best choice by rounds_check.py; here is
what became of each process, and the figures of the kernel in between.
"""

import collections
import math

import rounds_check

IDLE = 0
# Files of the executor: what it changed, of victims and of jobs; who it is.
RUN_FILES = ["adjusted", "members", "oomkd.pid"]

# Growth is judged by the slope of the least squares through all gauges but the
# first ones: caches fill at first. Less than one object in so many worlds, or
# than so many in all, is what a kernel at rest does by itself; neither is a
# slope that is no more than so many times its own standard error. A slab that
# a CPU works with counts as full, so a slab's worth of objects is noise.
WARM = 5
WORLDS_AN_OBJECT = 20
OBJECTS = 40
WORLDS_A_KB = 2
KB = 512
ERRORS = 5
SLAB_BYTES = 4096

# Of an executor that lived for so many worlds.
SPAN = 20
RSS_KB = 128


class Told:
    """What a guest told of one world."""

    def __init__(self, world):
        self.world = world
        self.records = []
        self.gone = 0
        self.tasks = {}
        self.lives = {}
        self.errors = []
        self.run = []
        self.executor = None
        self.rest = None
        self.oom_kill = None
        self.ms = 0

    def hear(self, word, rest):
        """Take one line in; false if it is none of ours."""
        words = rest.split()
        if word == "is":
            self.tasks[int(words[1])] = words[0]
        elif word == "lives":
            self.lives[int(words[1])] = (words[0], int(words[2]))
        elif word == "error":
            self.errors.append(rest)
        elif word == "run":
            self.run.append(rest)
        elif word == "oomkd":
            self.executor = [int(number) for number in words]
        elif word == "rest":
            self.rest = [int(number) for number in words]
        elif word == "oom_kill":
            self.oom_kill = int(rest)
        else:
            return False
        return True


def judge_world(told, members):
    """Complaints about a world, after which the precious have so many members,
    and the prices beyond the best choice, one for each choice."""
    bad, gaps = list(told.errors), []
    if not told.records:
        bad.append("no cycle")
    for record in told.records:
        wrong, gap = rounds_check.judge_cycle(record)
        if not wrong and record["kernel_kills"]:
            wrong = [f"{record['kernel_kills']} killed by the kernel's"]
        if not wrong:
            wrong = judge_items(told, record["items"])
        bad += [f"cycle {record.get('cycle')}: {what}" for what in wrong]
        if gap is not None:
            gaps.append(gap)
    if told.gone and not any(record["outcome"] == "infeasible"
                             for record in told.records):
        bad.append(f"{told.gone} cycles are not remembered")
    bad += judge_deaths(told) + judge_adjs(told) + judge_rest(told, members)
    return bad, gaps


def judge_items(told, items):
    """Nobody protected was weighed, and prices are as they were drawn."""
    bad = []
    casts = {one.name: one for one in told.world.cast}
    for item in items:
        one = casts.get(told.tasks.get(item["pid"]))
        if one is None or one.utility is None:
            continue
        if one.utility == "protected":
            bad.append(f"{one.name} is protected, and was weighed")
        elif item["price_64ths"] != 64 * one.utility:
            bad.append(f"{one.name} of utility {one.utility} was priced "
                       f"{item['price_64ths']}/64")
    return bad


def chosen(records):
    """Pids by which victims go that were not spared, and of those that were
    after a signal: of these it is open who obeyed it."""
    victims = [item for record in records for item in record["items"]
               if item["victim"]]
    spared = {item["pid"] for item in victims if item["status"] == "spared"
              and item["signals"]}
    return {item["pid"] for item in victims
            if item["status"] != "spared"}, spared


def one_item(one):
    """All processes of a cast live or die together."""
    return (one.utility is not None and not one.each) or \
        "sharedmm" in one.command or "vforked" in one.command


def judge_deaths(told):
    """Who is dead was chosen, and who was chosen is dead."""
    bad = []
    victims, spared = chosen(told.records)
    pids = collections.defaultdict(set)
    for pid, name in told.tasks.items():
        pids[name].add(pid)
    group = set().union(*(pids[one.name] for one in told.world.cast
                          if one.kind == "group"))
    for one in told.world.cast:
        if not pids[one.name]:
            bad.append(f"{one.name} was never seen")
            continue
        # The first one is the root: a cast is forked by it.
        root = min(pids[one.name])
        mine = group if one.kind == "group" else \
            pids[one.name] if one_item(one) else {root}
        if mine & victims and root in told.lives:
            bad.append(f"{one.name} was chosen, and lives")
        if not mine & (victims | spared) and root not in told.lives:
            bad.append(f"{one.name} was not chosen, and is dead")
        if one.utility == "protected" and \
                not pids[one.name] <= told.lives.keys():
            bad.append(f"{one.name} is protected, and somebody of it is dead")
        if one.kind == "hog" and root in told.lives:
            bad.append(f"{one.name} lives")
    return bad


def judge_adjs(told):
    """Whoever lives, and whoever he left behind, is as he was before."""
    casts = {one.name: one for one in told.world.cast}
    return [f"oom_score_adj of {name}, pid {pid}, was {casts[name].adj} and "
            f"is {adj}" for pid, (name, adj) in sorted(told.lives.items())
            if adj != casts[name].adj]


def judge_rest(told, members):
    """Nothing is in flight, and nothing is left of a world."""
    bad = []
    if told.oom_kill != 0:
        bad.append(f"the kernel's killer killed {told.oom_kill}")
    if told.executor is None:
        bad.append("no executor")
    if sorted(told.run) != RUN_FILES:
        bad.append(f"files of the executor: {told.run}")
    recorded = members if told.world.policy["safety_net"] == "on" else 0
    due = [IDLE, 1, members, recorded, 0]
    if told.rest != due:
        bad.append("request, jobs, members, what the executor has written "
                   f"down of these and of victims: {told.rest}, not {due}")
    return bad


def slope(points):
    """Of the least squares through (x, y), and its standard error."""
    number = len(points)
    mean_x = sum(x for x, _ in points) / number
    mean_y = sum(y for _, y in points) / number
    wide = sum((x - mean_x) ** 2 for x, _ in points)
    each = sum((x - mean_x) * (y - mean_y) for x, y in points) / wide
    off = sum((y - mean_y - each * (x - mean_x)) ** 2 for x, y in points)
    return each, math.sqrt(off / (number - 2) / wide)


def growth(points):
    """Slope, its error, and what it comes to in all, when warm."""
    points = points[WARM:]
    if len(points) < 4:
        return 0.0, 0.0, 0.0
    each, error = slope(points)
    return each, error, each * (points[-1][0] - points[0][0])


class Gauges:
    """Figures of the kernel over the cycles."""

    def __init__(self):
        self.series = collections.defaultdict(list)
        self.bytes = {}
        self.named = {}
        self.now = None
        self.cycle = 0

    def begin(self, name, cycle):
        """A gauge was taken: before loading, after so many cycles, or after
        unloading."""
        self.now = self.named[name] = {}
        self.cycle = cycle if name not in ("before", "after") else None

    def hear(self, word, rest):
        """Take in a line of one."""
        words = rest.split()
        if word == "slab":
            self.put(f"slab {words[0]}", int(words[1]))
            self.bytes[f"slab {words[0]}"] = int(words[2])
        elif word in ("kb", "count"):
            self.put(f"{word} {words[0]}", int(words[1]))

    def put(self, key, value):
        """One figure."""
        self.now[key] = value
        if self.cycle is not None:
            self.series[key].append((self.cycle, value))

    def limits(self, key):
        """How much growth of a figure is none, in all and in a world."""
        if key.startswith("kb"):
            return KB, 1 / WORLDS_A_KB
        return (max(OBJECTS, SLAB_BYTES // self.bytes.get(key, SLAB_BYTES)),
                1 / WORLDS_AN_OBJECT)

    def judge_growth(self):
        """Complaints about what grew, and all slopes, by name."""
        bad, slopes = [], {}
        for key, points in self.series.items():
            each, error, total = growth(points)
            # Memory that is not used any more is what must not shrink.
            if key == "kb unused":
                each, total = -each, -total
            slopes[key] = (each, total)
            most, most_each = self.limits(key)
            if total > most and each > max(most_each, ERRORS * error):
                bad.append(f"{key} grows by {each:.3f} a world, {total:.0f} "
                           "in all")
        return bad, slopes

    def judge_unload(self):
        """Complaints about what the module did not give back."""
        before, after = self.named.get("before"), self.named.get("after")
        if not before or not after:
            return ["no figures from before loading and after unloading"]
        bad = []
        for key, most in (("count caches", 0), ("count threads", 0),
                          ("count areas", 16)):
            if after[key] - before[key] > most:
                bad.append(f"{key} was {before[key]} before loading and is "
                           f"{after[key]} after unloading")
        return bad


def judge_executors(seen):
    """Complaints about executors that grew, from (pid, rss_kb, files) after
    each world, and the span that one was looked at for, the longest."""
    bad, span = [], 0
    lives = collections.defaultdict(list)
    for pid, rss_kb, files in seen:
        lives[pid].append((rss_kb, files))
    for pid, life in lives.items():
        span = max(span, len(life))
        # The first figures may be of one who has just started.
        files = {number for _, number in life[1:]}
        if len(files) > 1:
            bad.append(f"oomkd {pid} had {min(files)} to {max(files)} "
                       "descriptors")
        if len(life) >= SPAN and life[-1][0] - life[1][0] > RSS_KB:
            bad.append(f"oomkd {pid} grew from {life[1][0]} to {life[-1][0]} "
                       f"kB in {len(life)} worlds")
    return bad, span
