# SPDX-License-Identifier: GPL-2.0
"""Worlds for rounds: everything that a round needs, drawn from one number.

A world is drawn so that its processes called hogs outgrow the machine and can
always pay for it: they are worth less together than the precious process, and
what is not theirs leaves so much room that at any mark they weigh more than
the need. So in no best choice anybody dies who is worth more than all hogs.

Sizes are per mille of MemTotal, which only the guest knows; it reads "@120" as
that many KiB. What a guest is told, a line each:

    round SEED
    policy KEY=VALUE...
    proc NAME KIND UTILITY EACH USER ADJ PROGRAM ARG...
    harm KIND WHEN DELAY_MS AWAY_MS
    go
"""

import random

# Of MemTotal, in per mille: a fresh guest, the precious, and all that stays
# are below 85 % together, and hogs have what is above.
PRECIOUS = 400
HONEST = 190
PRECIOUS_UTILITY = 900
HOGS_UTILITY = 800

# Memory and compressed swap in MiB: which of them is a matter of the seed, so
# that rounds can share a guest.
SHAPES = ((512, 0), (640, 192), (768, 0), (512, 256))

USERS = (0, 0, 0, 1000, 1001, 65534)
INNOCENT_EVERY = 3


def shape(seed):
    """Memory and swap, in MiB, of the guest that a seed's round runs in."""
    return SHAPES[seed % len(SHAPES)]


class Process:
    """One line of a world: a process, or a tree of them."""

    def __init__(self, name, kind, command):
        self.name = name
        self.kind = kind
        self.command = command
        self.utility = None
        self.each = False
        self.user = 0
        self.adj = 0

    def line(self):
        """As the guest is told."""
        utility = "-" if self.utility is None else self.utility
        return (f"proc {self.name} {self.kind} {utility} {int(self.each)} "
                f"{self.user} {self.adj} {self.command}")


class World:
    """All that a round is made of."""

    def __init__(self, seed):
        self.seed = seed
        self.memory, self.swap = shape(seed)
        draw = random.Random(f"oomk round {seed}")
        self.innocent = seed // len(SHAPES) % INNOCENT_EVERY == 0
        self.policy = self.draw_policy(draw)
        self.hogs = self.draw_hogs(draw)
        self.honest = self.draw_honest(draw)
        self.harm = self.draw_harm(draw)

    def draw_policy(self, draw):
        """Times short enough for many rounds, and what else may differ."""
        return {
            "grace_ms": draw.choice((0, 200, 500, 1000, 2000)),
            "kill": draw.choice(("term", "term", "term", "now")),
            "executor_timeout_ms": draw.choice((200, 500, 1000)),
            "safety_net": draw.choice(("on", "off")),
            "executor_sched": draw.choice(("nice", "fifo")),
            "backstop": "on",
        }

    def draw_hogs(self, draw):
        """Who grows until he dies; unnamed ones count 100 each at the most."""
        hogs = []
        number = draw.choice((1, 1, 2, 2, 3, 4))
        left = HOGS_UTILITY - 100 * number
        for i in range(number):
            rate = draw.choice((0, 0, 24, 32, 48, 64, 96))
            command = "hog --every 60000"
            if rate:
                command += f" --rate {rate}M"
            if draw.random() < 0.5:
                command += f" --start @{draw.randint(10, 40)}"
            if rate and draw.random() < 0.3:
                command += " --random"
            if draw.random() < 0.15:
                command += " --shared"
            if draw.random() < 0.2:
                command += " --incompressible"
            if draw.random() < 0.35:
                command += " --block-term"
            if i and draw.random() < 0.2:
                command += f" --after {draw.randint(1, 3)}"
            hog = Process(f"hog{i}", "hog", command)
            if draw.random() < 0.7:
                hog.utility = draw.randint(0, 100 + left // number)
            else:
                hog.adj = draw.choice((0, 0, 200, 500))
            hog.user = draw.choice(USERS)
            hogs.append(hog)
        return hogs

    def hogs_utility(self):
        """What they are worth together, at the most."""
        return sum(100 if h.utility is None else h.utility for h in self.hogs)

    def draw_honest(self, draw):
        """Who stays as he is: jobs of many, single ones, named or not."""
        honest = []
        room = HONEST
        if self.innocent:
            size = draw.randint(110, 160)
            room -= size
            innocent = Process("innocent", "innocent", f"idle --size @{size}")
            innocent.utility = draw.randint(self.hogs_utility() + 1, 1000)
            honest.append(innocent)
        for i in range(draw.randint(2, 7)):
            size = draw.randint(4, 40)
            if size > room:
                break
            room -= size
            honest.append(self.draw_honest_one(draw, i, size))
        return honest

    def draw_honest_one(self, draw, i, size):
        if draw.random() < 0.35:
            width = draw.randint(2, 6)
            process = Process(f"job{i}", "honest", f"forktree --tied --width "
                              f"{width} --size @{max(1, size // (width + 1))}")
            process.each = draw.random() < 0.3
        elif draw.random() < 0.2:
            process = Process(f"stubborn{i}", "honest",
                              f"stubborn --size @{size}")
        else:
            process = Process(f"idle{i}", "honest", f"idle --size @{size}")
        if draw.random() < 0.6:
            process.utility = draw.choice((draw.randint(0, 1000),
                                           draw.randint(0, 200)))
        else:
            process.adj = draw.choice((0, 0, -300, 300))
        process.user = draw.choice(USERS)
        return process

    def draw_harm(self, draw):
        """What happens to the executor, when, after and for how long, ms."""
        kind = draw.choice(("none", "kill", "kill", "stop", "stop", "restart"))
        when = draw.choice(("now", "cycle", "cycle"))
        delay = draw.randint(0, 3000 if when == "now" else
                             self.policy["grace_ms"] + 150)
        away = draw.choice((0, 100, draw.randint(0, 1000),
                            draw.randint(0, 4000)))
        return (kind, when, delay, away)

    def lines(self):
        """The world as the guest is told, without line ends."""
        yield f"round {self.seed}"
        yield "policy " + " ".join(f"{k}={v}" for k, v in self.policy.items())
        for process in self.honest + self.hogs:
            yield process.line()
        yield "harm " + " ".join(str(word) for word in self.harm)
        yield "go"

    def protected_names(self):
        """Who is worth more than all hogs together, and so must live."""
        most = self.hogs_utility()
        return [p.name for p in self.honest if not p.each and
                p.utility is not None and p.utility > most]
