# SPDX-License-Identifier: GPL-2.0
"""Worlds for the soak: small, quick, of any shape, each from one number.

Sizes are per mille of MemTotal, as in rounds_world.py. What the guest is told
of a world, a line each (soak_stage.c reads them):

    world SEED
    policy KEY=VALUE...
    proc NAME KIND UTILITY EACH USER ADJ PROGRAM ARG...
    harm KIND WHEN DELAY_MS AWAY_MS
    press soft|hard NEED | press hog
    go

KIND is honest; full, which has its memory when it says so; stopped, by SIGSTOP
once it has it; group, in a cgroup with memory.oom.group; or hog, which grows
until it dies. UTILITY is a number, "-" for who is not named, or "protected".
"""

import random

import rounds_world

# Lives all the time, and protected: together with the least world it is more
# than half of the guest, so that marks can be above what is available.
PRECIOUS = 330
WORLD = 230
LEAST = 60

# Executors live for so many worlds in a row before they are killed often: only
# one that lives for long can be seen to grow.
SPELL = 50

# Programs, "@" being their size, and how often they are drawn; "%" is how many
# share it or have as much each.
SHAPES = (
    (6, "honest", "idle --size @"),
    (2, "honest", "stubborn --size @"),
    (2, "honest", "idle --block-term --size @"),
    (4, "honest", "forktree --tied --width % --size @"),
    (2, "honest", "forktree --tied --width 2 --depth 2 --size @"),
    (2, "full", "hog --hold --shared --size @"),
    (1, "full", "hog --hold --memfd --size @"),
    (2, "honest", "sharedmm --tied --procs % --size @"),
    (2, "honest", "leaderless --threads % --size @"),
    (1, "honest", "vforked --size @"),
    (3, "honest", "hydra --heirs % --size @"),
    (1, "honest", "hydra --generations 2 --size @"),
    (2, "stopped", "idle --size @"),
    (1, "stopped", "forktree --tied --width % --size @"),
    (2, "group", "idle --size @"),
)


class World:
    """All that one world is made of."""

    def __init__(self, seed):
        self.seed = seed
        draw = random.Random(f"oomk soak {seed}")
        self.policy = self.draw_policy(draw)
        self.cast = self.draw_cast(draw)
        self.harm = self.draw_harm(draw)
        self.press = self.draw_press(draw)

    def draw_policy(self, draw):
        """Times are short, so that there is time for many worlds."""
        return {
            "grace_ms": draw.choice((0, 50, 200, 200, 1000)),
            "kill": draw.choice(("term", "term", "now")),
            "executor_timeout_ms": draw.choice((100, 300, 1000)),
            "executor_timeout_hard_ms": draw.choice((50, 100)),
            "cooldown_ms": draw.choice((0, 20, 100)),
            "weight": draw.choice(("freeable", "freeable", "badness")),
            "safety_net": draw.choice(("on", "on", "on", "off")),
            "executor_sched": draw.choice(("nice", "nice", "fifo")),
            "psi_full": draw.choice((0, 0, 30)),
            "period_max_ms": draw.choice((100, 200)),
        }

    def draw_cast(self, draw):
        """Who is there: a few of any shape, a hog now and then."""
        cast = []
        room = draw.randint(LEAST, WORLD)
        self.weight = room
        number = draw.randint(2, 9)
        for i in range(number):
            size = room if i == number - 1 else \
                draw.randint(room // number // 2, 2 * room // number)
            size = max(2, min(size, room))
            room -= size
            cast.append(self.draw_one(draw, i, size))
            if room <= 0:
                break
        if draw.random() < 0.15:
            hog = rounds_world.Process(
                "hog", "hog", "hog --every 60000" +
                draw.choice(("", "", " --random", " --block-term",
                             " --shared", " --incompressible")))
            hog.utility = draw.choice((None, draw.randint(0, 100)))
            cast.append(hog)
        return cast

    def draw_one(self, draw, i, size):
        """Of any shape, named or not, by anybody."""
        _, kind, command = draw.choices(SHAPES, [s[0] for s in SHAPES])[0]
        width = draw.randint(1, 4)
        if "forktree" in command:
            # Each of a tree has that size.
            size //= 7 if "depth" in command else width + 1
        command = command.replace("%", str(width))
        command = command.replace("@", f"@{max(1, size)}")
        one = rounds_world.Process(f"{kind}{i}", kind, command)
        one.user = draw.choice(rounds_world.USERS)
        one.adj = draw.choice((0, 0, 0, 300, -300))
        if kind == "group":
            return one
        chance = draw.random()
        if chance < 0.1:
            one.utility = "protected"
        elif chance < 0.75:
            one.utility = draw.choice((draw.randint(0, 1000),
                                       draw.randint(0, 200)))
            one.each = draw.random() < 0.3
        return one

    def draw_harm(self, draw):
        """What happens to the executor, when, after and for how long, ms."""
        kinds = ("none", "none", "none", "stop")
        if self.seed // SPELL % 2:
            kinds = ("none", "kill", "kill", "absent", "stop", "restart")
        kind = draw.choice(kinds)
        when = draw.choice(("now", "cycle", "cycle"))
        delay = draw.choice((0, draw.randint(0, 300)))
        away = draw.choice((0, 100, draw.randint(0, 1500)))
        if kind == "absent":
            # It is healed when the world is over.
            return ("kill", "now", 0, 600000)
        return (kind, when, delay, away)

    def draw_press(self, draw):
        """How it becomes tight; a need beyond all that is there is rare."""
        if self.cast[-1].kind == "hog":
            return ("hog",)
        need = draw.randint(10, self.weight * 8 // 10)
        if draw.random() < 0.05:
            need = self.weight * 2
        return (draw.choice(("soft", "soft", "hard")), need)

    def lines(self):
        """The world as the guest is told, without line ends."""
        yield f"world {self.seed}"
        yield "policy " + " ".join(f"{k}={v}" for k, v in self.policy.items())
        for one in self.cast:
            yield one.line()
        yield "harm " + " ".join(str(word) for word in self.harm)
        yield "press " + " ".join(str(word) for word in self.press)
        yield "go"
