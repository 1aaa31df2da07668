#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Throw words at oomkctl, with a kernel behind it that answers anything.

usage: ctl_fuzz.py [--runs N] [--seed N]

oomkctl runs under sanitizers (ctl_fuzz_door.c). It must not crash, ends with a
status that is documented, sends nothing if its words are wrong, and writes JSON
that parses and tables without control characters. Speaks TAP.
"""

import argparse
import json
import os
import random
import re
import struct
import subprocess
import sys
import unicodedata

import spec_check

BUILD = os.environ.get("OOMK_BUILD", os.path.join(spec_check.TOP, "build"))
DOOR = os.path.join(BUILD, "selftests", "oomkctl-fuzz")
U64 = (1 << 64) - 1
PID_MAX = (1 << 31) - 1
PAGE = os.sysconf("SC_PAGESIZE")

NUMBERS = [b"0", b"1", b"5", b"00012", b"-1", b"+1", b"-0", b"1000", b"1001",
           b"2147483647", b"2147483648", b"4294967295", b"4294967297",
           b"18446744073709551615", b"18446744073709551616", b"9" * 400, b"",
           b" 5", b"5 ", b"\t5", b"5\n", b"0x10", b"010", b"1e9", b"1.5", b"5.",
           b".5", b"1,000", b"NaN", b"inf", b"-9223372036854775808", b"1_0",
           "\N{ARABIC-INDIC DIGIT THREE}".encode(),
           "\N{FULLWIDTH DIGIT FIVE}".encode(), b"5\x00"[:1] + b"\x01"]
SIZES = [b"2G", b"1.5G", b"-1", b"7KiB", b"7MB", b"3g", b"3b", b"9B", b"1T",
         b"16777215T", b"16777216T", b"G", b"4096", b"4095", b"5M5", b"5kib",
         b"5KIB", b"5Gi", b"5\xe2\x80\xb0"]
TIMES = [b"1s", b"1000ms", b"600s", b"601s", b"5m", b"5 s", b"5S", b"5ss",
         b"18446744073709551s", b"18446744073709552s", b"5msx"]
SHARES = [b"1%", b"50%", b"51%", b"%", b"5%%", b"900pm", b"1\xe2\x80\xb0",
          b"0pm", b"1001pm", b"5p", b"dynamic", b"DYNAMIC"]
ODD = [b"-", b"--", b"---", b"-x", b"--json=1", b"--js", b"--need", b"-n",
       b"-nn", b"--help=", b"-h", b"set", b"last", b"=", b"==", b"soft=",
       b"soft==5", b"\xff\xfe", b"\x1b[31m", b"%s%n%d", b"'", b"a" * 100000,
       b"\n", b"policy", b"NULL"]
VERBS = [b"set-utility", b"get-utility", b"clear-utility", b"protect",
         b"unprotect", b"list", b"plan", b"policy", b"status", b"monitor",
         b"history", b"show"]
JSON_VERBS = [b"get-utility", b"list", b"plan", b"policy", b"status",
              b"monitor", b"history", b"show"]


def number(word, most=U64, least=0, units=rb""):
    """Whether a word is a number within limits, with one of the units."""
    found = re.fullmatch(rb"([0-9]+)(?:" + units + rb")?", word)
    return bool(found) and least <= int(found.group(1)) <= most


def is_pids(word):
    """Whether a word is a list of pids."""
    return all(number(part, PID_MAX, 1) for part in word.split(b","))


def size_of(word):
    """Bytes that a word stands for, None if it is no size."""
    found = re.fullmatch(rb"([0-9]+)(?:B|([KMGTkmgt])(?:iB)?)?", word)
    if not found:
        return None
    power = b"KMGT".index(found.group(2).upper()) + 1 if found.group(2) else 0
    size = int(found.group(1)) << 10 * power
    return size if size <= U64 else None


class Policy:
    """What the keys of the policy take, by the specification."""

    def __init__(self):
        self.rows = {}
        contract = spec_check.Contract()
        for name, attr in contract.sets["policy"].items():
            key = re.sub("-(percent|points)$", "", name).replace("-", "_")
            _, least, most = contract.limits("policy", name)
            words = [entry["name"].encode() for entry in
                     contract.enums[attr["enum"]]["entries"]] \
                if "enum" in attr else None
            units = rb"%" if name.endswith(("-percent", "-points")) else \
                rb"ms" if name.endswith("-ms") else rb""
            self.rows[key.encode()] = (least, most, words, units)
        for key in (b"pad", b"capacity_pages", b"capacity_permille"):
            del self.rows[key]

    def takes(self, key, value):
        """Whether a key takes a value."""
        if key == b"capacity":
            size = size_of(value)
            share = re.fullmatch("([0-9]+)(\u2030|pm)".encode(), value)
            return value == b"dynamic" or \
                (size is not None and size >= PAGE) or \
                (bool(share) and 1 <= int(share.group(1)) <= 1000)
        if key not in self.rows:
            return False
        least, most, words, units = self.rows[key]
        if words:
            return value in words
        if units == rb"ms" and value.endswith(b"s") and \
                not value.endswith(b"ms"):
            return number(value[:-1]) and \
                least <= int(value[:-1]) * 1000 <= most
        return number(value, most, least, units)

    def all_taken(self, words):
        """Whether a line of KEY=VALUE words is taken."""
        pairs = [word.split(b"=", 1) for word in words]
        keys = [pair[0] for pair in pairs]
        return bool(words) and len(set(keys)) == len(keys) and \
            all(len(pair) == 2 and self.takes(*pair) for pair in pairs)


class Words:
    """Draws command lines, and knows which are right."""

    def __init__(self, draw):
        self.draw = draw
        self.policy = Policy()

    def any(self):
        """Any word."""
        draw = self.draw
        if draw.random() < 0.15:
            return bytes(draw.randrange(1, 256)
                         for _ in range(draw.randrange(12)))
        return draw.choice(draw.choice(
            [NUMBERS, SIZES, TIMES, SHARES, ODD, VERBS]))

    def pids(self):
        """A word in the place of pids."""
        draw = self.draw
        if draw.random() < 0.3:
            return self.any()
        parts = [str(draw.randrange(1, 70000)).encode()
                 for _ in range(draw.randrange(1, 5))]
        if draw.random() < 0.2:
            parts.append(draw.choice(NUMBERS))
        return b",".join(parts)

    def value(self, key):
        """A word in the place of a value of the policy."""
        draw = self.draw
        if draw.random() < 0.5 or key not in self.policy.rows:
            return draw.choice(NUMBERS + SIZES + TIMES + SHARES)
        least, most, words, units = self.policy.rows[key]
        if words:
            return draw.choice(words + [b"on", b"none", b"0", b"NOW"])
        edge = draw.choice([least, most, least - 1, most + 1,
                            draw.randint(least, most)])
        return str(edge).encode() + draw.choice([b"", units, b"s", b" "])

    def pair(self):
        """A word in the place of KEY=VALUE."""
        draw = self.draw
        key = draw.choice(sorted(self.policy.rows) + [b"capacity", b"", b"Soft"])
        if draw.random() < 0.05:
            return self.any()
        return key + b"=" + self.value(key)

    def right_or_wrong(self):
        """A line of the common form, and whether it is right."""
        draw = self.draw
        verb = draw.choice(VERBS)
        options, words = [], []
        right = True
        if verb in JSON_VERBS and draw.random() < 0.6:
            options.append(b"--json")
        if verb in (b"list", b"plan") and draw.random() < 0.3:
            options += [b"--sort", draw.choice([b"weight", b"price", b"pid",
                                                b"", b"PID"])]
            right &= options[-1] in (b"weight", b"price", b"pid")
        if verb == b"plan" and draw.random() < 0.6:
            options += [b"--need", draw.choice(SIZES + NUMBERS)]
            right &= size_of(options[-1]) is not None
        if verb == b"history" and draw.random() < 0.5:
            options += [b"-n", draw.choice(NUMBERS)]
            right &= number(options[-1], U64, 1)
        if verb.endswith((b"utility", b"protect")):
            words = [self.pids() for _ in range(draw.randrange(4))]
            right &= bool(words) and all(is_pids(word) for word in words)
        if verb == b"set-utility":
            words.append(draw.choice(NUMBERS + [
                str(draw.randrange(990, 1010)).encode()] * len(NUMBERS)))
            right &= number(words[-1], 1000)
        if verb == b"policy" and b"--json" not in options:
            words = [self.pair() for _ in range(draw.randrange(3))]
            right &= not words or self.policy.all_taken(words)
            words = [b"set"] * bool(words) + words
        if verb == b"show":
            words = [draw.choice(NUMBERS + [b"last"])]
            right &= words[0] == b"last" or number(words[0], U64, 1)
        return [verb] + options + [b"--"] + words, right

    def wild(self):
        """A line of any words, and that nobody knows whether it is right."""
        line = [self.any() for _ in range(self.draw.randrange(7))]
        if self.draw.random() < 0.7:
            line.insert(0, self.draw.choice(VERBS))
        return line, None

    def line(self):
        """A line, and whether it is right, if that is known."""
        if self.draw.random() < 0.7:
            return self.right_or_wrong()
        return self.wild()


class Crash(Exception):
    """The program ended."""


class Door:
    """oomkctl, running."""

    def __init__(self, locale):
        self.run = subprocess.Popen(
            [DOOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL=locale))

    def read(self, size):
        """Bytes of the answer."""
        data = self.run.stdout.read(size)
        if len(data) < size:
            self.run.stdin.close()
            raise Crash(self.run.stderr.read().decode(errors="replace"))
        return data

    def number(self):
        """A number of the answer."""
        return struct.unpack("=I", self.read(4))[0]

    def ask(self, seed, words):
        """Run a line: exit status, messages sent, stdout, stderr."""
        record = struct.pack("=II", seed, len(words))
        for word in words:
            record += struct.pack("=I", len(word)) + word
        self.run.stdin.write(record)
        self.run.stdin.flush()
        status, sent = self.number(), self.number()
        out = self.read(self.number())
        return status, sent, out, self.read(self.number())

    def close(self):
        """End it: what sanitizers say at the end."""
        self.run.stdin.close()
        said = self.run.stderr.read().decode(errors="replace")
        return said if self.run.wait() else ""


def faults_of_output(words, locale, status, out):
    """What is wrong with what was printed."""
    if b"--json" in words and status != 2 and out and b"--help" not in words:
        documents = out.splitlines() if words[0] == b"monitor" else [out]
        try:
            for document in documents:
                json.loads(document.decode("utf-8"))
        except ValueError as error:
            return f"JSON: {error}"
        return None
    try:
        text = out.decode("ascii" if locale == "C" else "utf-8")
    except ValueError as error:
        return f"text: {error}"
    for char in text:
        if unicodedata.category(char) == "Cc" and char != "\n":
            return f"control character {char!r}"
    return None


def fault(words, right, locale, answer):
    """What is wrong with an answer, or None."""
    status, sent, out, err = answer
    if status not in (0, 1, 2):
        return f"status {status}"
    if status == 2 and (sent or out or not err):
        return f"wrong usage: {sent} sent, {out[:80]!r}, {err[:80]!r}"
    if status == 1 and not err:
        return "failed in silence"
    if right is False and status != 2:
        return f"taken, though it is wrong: status {status}, {sent} sent"
    if right and (status == 2 or not (sent or words[0] == b"monitor")):
        return f"refused, though it is right: {err[:200]!r}"
    if right and not status and b"--json" in words and not out:
        return "no JSON"
    return faults_of_output(words, locale, status, out)


def run(locale, seed, runs):
    """A number of lines; returns how often what was seen, and faults."""
    draw = random.Random(seed)
    words = Words(draw)
    door = Door(locale)
    seen, faults = {}, []
    for _ in range(runs):
        line, right = words.line()
        answers = draw.randrange(1 << 32)
        try:
            answer = door.ask(answers, [b"oomkctl"] + line)
        except Crash as crash:
            faults.append(f"{line!r} (answers {answers}): crash\n{crash}")
            return seen, faults
        key = (right, answer[0])
        seen[key] = seen.get(key, 0) + 1
        what = fault(line, right, locale, answer)
        if what:
            faults.append(f"{line!r} (answers {answers}): {what}"[:600])
    said = door.close()
    return seen, faults + [said] * bool(said)


def main():
    """Fuzz in two locales."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = 0
    print("TAP version 13\n1..4")
    for at, locale in enumerate(("C.UTF-8", "C")):
        seen, faults = run(locale, options.seed + at, options.runs)
        for key in sorted(seen, key=str):
            print(f"# right {key[0]}, status {key[1]}: {seen[key]}")
        for text in faults[:8]:
            for line in text.splitlines()[:25]:
                print("# " + line)
        missing = {(True, 0), (True, 1), (False, 2), (None, 0),
                   (None, 2)} - set(seen)
        for number_of, bad, what in ((1, faults, "nothing wrong"),
                                     (2, missing, "every status was seen")):
            failed += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {2 * at + number_of} "
                  f"{locale}, seed {options.seed + at}: {what}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
