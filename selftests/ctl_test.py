#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Test oomkctl with a kernel of canned answers behind it (ctl_test_door.c).

What is typed, what would be sent, what is printed and the exit status; every
JSON output is held against its schema. Speaks TAP.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import jsonschema

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
BUILD = os.environ.get("OOMK_BUILD", os.path.join(TOP, "build"))
DOOR = os.path.join(BUILD, "selftests", "oomkctl-door")
SET, CLEAR, GET, ITEMS, PLAN, POLICY, POLICY_SET, STATUS = range(1, 9)
HISTORY = 15
MIB = 1048576 // os.sysconf("SC_PAGESIZE")


class Result:
    """One run: exit status, output, errors and the requests as lines."""

    def __init__(self, words, door="", locale="C.UTF-8"):
        with tempfile.NamedTemporaryFile("r") as log:
            env = dict(os.environ, OOMK_DOOR=door, OOMK_DOOR_LOG=log.name,
                       LC_ALL=locale, TZ="UTC")
            run = subprocess.run([DOOR] + words, env=env, timeout=60,
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, check=False)
            self.sent = log.read().splitlines()
        self.status = run.returncode
        self.out = run.stdout.decode()
        self.err = run.stderr.decode(errors="replace")


def ctl(line, **kwargs):
    """Run oomkctl with the words of a line."""
    return Result(line.split(), **kwargs)


def expect(what, seen, wanted):
    """Fail if a value is not the one that is wanted."""
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r}, not {wanted!r}")


def expect_in(what, text, part):
    """Fail if a text lacks a part."""
    if part not in text:
        raise AssertionError(f"{what}: no {part!r} in {text!r}")


def sends(line, *requests):
    """The line succeeds in silence and sends these requests."""
    run = ctl(line)
    expect(line + ": status", run.status, 0)
    expect(line + ": sent", run.sent, list(requests))
    expect(line + ": output", run.out + run.err, "")


def wrong(line, part):
    """The line is wrong usage, sends nothing and says what is wrong."""
    run = ctl(line)
    expect(line + ": status", run.status, 2)
    expect(line + ": sent", run.sent, [])
    expect(line + ": output", run.out, "")
    expect_in(line, run.err, part)


def checked(verb, text):
    """Parse one JSON document and hold it against the verb's schema."""
    with open(os.path.join(TOP, "Documentation", "json", verb + ".json"),
              encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def test_pid_lists():
    """pids by words and by commas, each once, in order"""
    sends("set-utility 12 900", f"{SET} 1=12 2=900")
    sends("set-utility 5,6 7,5 0", *[f"{SET} 1={p} 2=0" for p in (5, 6, 7)])
    sends("set-utility --each 5 1000", f"{SET} 1=5 2=1000 4")
    sends("clear-utility 8 9", f"{CLEAR} 1=8", f"{CLEAR} 1=9")
    sends("protect 8,9", f"{SET} 1=8 3", f"{SET} 1=9 3")
    sends("unprotect 2147483647", f"{CLEAR} 1=2147483647 3")


def test_bad_pids():
    """one bad word and nothing is sent"""
    for word in ("0", "x", "5,", ",5", "5,,6", "5-6", "5 6x", "2147483648",
                 "99999999999999999999", "+5", "0x5", "5.", "\N{DIGIT FIVE}x"):
        wrong(f"protect 4 {word}", "no pid")
        wrong(f"set-utility 4 {word} 10", "no pid")
    wrong("protect", "no pid is given")
    wrong("get-utility", "no pid is given")
    wrong("clear-utility", "no pid is given")


def test_bad_utilities():
    """a utility is a whole number from 0 to 1000"""
    for word in ("1001", "x", "1e2", "5.5", "18446744073709551617"):
        wrong(f"set-utility 4 {word}", f"'{word}' is no utility")
    wrong("set-utility 4", "needs a pid and a utility")
    wrong("set-utility 4 -5", "unknown option '-5'")


def test_options():
    """a verb takes its own options only"""
    wrong("protect --json 4", "unknown option '--json'")
    wrong("list --each", "unknown option '--each'")
    wrong("plan --needs 4", "unknown option '--needs'")
    wrong("list --sort", "--sort needs an argument")
    wrong("list --sort comm", "'comm' is not weight, price or pid")
    wrong("list -x", "unknown option '-x'")
    wrong("list 5", "takes no arguments")
    wrong("status 5", "takes no arguments")
    wrong("plan 5", "takes no arguments")
    wrong("history 5", "takes no arguments")
    wrong("list -n 5", "unknown option '-n'")
    wrong("history -n", "-n needs an argument")
    wrong("show -n 5 last", "unknown option '-n'")
    wrong("monitor 5", "takes no arguments")
    run = ctl("dance")
    expect("unknown verb", (run.status, run.out), (2, ""))
    expect_in("unknown verb", run.err, "no verb 'dance'")


def test_sizes():
    """sizes: bytes or powers of 1024, rounded up to pages"""
    page = os.sysconf("SC_PAGESIZE")
    for word, size in (("1", 1), ("4096", 4096), (f"{page + 1}", page + 1),
                       ("0", 0), ("9B", 9), ("48K", 48 << 10),
                       ("48KiB", 48 << 10), ("7M", 7 << 20), ("7m", 7 << 20),
                       ("7MiB", 7 << 20), ("3G", 3 << 30), ("3g", 3 << 30),
                       ("2T", 2 << 40), ("16777215T", 16777215 << 40)):
        expect(word, ctl(f"plan --need {word}").sent,
               [f"{PLAN} 2={-(-size // page)}L"])
    for word in ("M", "5Q", "5MB", "5MiBs", "1.5G", "-5", "16777216T",
                 "18446744073709551616", "5M5", ""):
        run = Result(["plan", "--need", word])
        expect(f"--need {word}", (run.status, run.sent), (2, []))
        expect_in(f"--need {word}", run.err, "is no size")


def test_policy_set():
    """all of a policy in one message"""
    sends("policy set soft=20% hard=9 grace_ms=3s psi_window_ms=700ms "
          "cooldown_ms=0", f"{POLICY_SET} 2=20 3=9 6=700 10=3000 14=0")
    sends("policy set weight=badness kill=now infeasible=all",
          f"{POLICY_SET} 15=1 16=1 17=1")
    sends("policy set weight=freeable kill=term infeasible=none",
          f"{POLICY_SET} 15=0 16=0 17=0")
    sends("policy set capacity=900pm", f"{POLICY_SET} 18=0L 19=900")
    sends("policy set capacity=1\u2030", f"{POLICY_SET} 18=0L 19=1")
    sends("policy set capacity=dynamic", f"{POLICY_SET} 18=0L 19=0")
    sends("policy set capacity=6G", f"{POLICY_SET} 18={6144 * MIB}L 19=0")
    sends("policy set solve_steps=18446744073709551615",
          f"{POLICY_SET} 22=18446744073709551615L")


def test_policy_limits():
    """each limit of the specification, from both sides"""
    limits = {
        "soft": (2, 1, 50), "hard": (3, 0, 49), "recovery": (4, 0, 50),
        "psi_full": (5, 0, 100), "psi_window_ms": (6, 500, 10000),
        "psi_available": (7, 1, 100), "period_min_ms": (8, 10, 1000),
        "period_max_ms": (9, 50, 10000), "grace_ms": (10, 0, 600000),
        "executor_timeout_ms": (11, 10, 60000),
        "executor_timeout_hard_ms": (12, 10, 60000),
        "stuck_ms": (13, 1000, 600000), "cooldown_ms": (14, 0, 60000),
        "default_utility": (20, 0, 1000),
        "user_utility_max": (21, 0, 1000000),
        "backstop_hold_ms": (24, 0, 10000), "wedged_cycles": (28, 2, 64),
        "wedged_ms": (29, 1000, 3600000),
    }
    for key, (attr, least, most) in limits.items():
        for value in (least, most):
            sends(f"policy set {key}={value}", f"{POLICY_SET} {attr}={value}")
        wrong(f"policy set {key}={most + 1}", f"{key}={most + 1}")
        if least:
            wrong(f"policy set {key}={least - 1}", f"{key}={least - 1}")
        wrong(f"policy set {key}=x", f"{key}=x")
        wrong(f"policy set {key}=", f"{key}=")


def test_policy_words():
    """keys with two words, and with three"""
    wrong("policy set kill=later", "it is 'term' or 'now'")
    wrong("policy set backstop=of", "it is 'off', 'observe' or 'on'")


def test_policy_bad():
    """a bad key or value is named before anything is sent"""
    wrong("policy set", "no KEY=VALUE")
    wrong("policy get", "'get' is not 'set'")
    wrong("policy set soft", "'soft' is not KEY=VALUE")
    wrong("policy set soft=10 gracems=5", "'gracems' is no key")
    wrong("policy set =5", "'' is no key")
    wrong("policy set soft=10 soft=11", "soft is given twice")
    wrong("policy set capacity=1G capacity=5pm", "capacity is given twice")
    wrong("policy set weight=heavy", "'freeable' or 'badness'")
    wrong("policy set kill=1", "'term' or 'now'")
    wrong("policy set grace_ms=5%", "grace_ms=5%")
    wrong("policy set grace_ms=5m", "grace_ms=5m")
    wrong("policy set grace_ms=601s", "from 0ms to 600000ms")
    wrong("policy set soft=5s", "soft=5s")
    wrong("policy set solve_steps=18446744073709551616", "solve_steps=")
    for word in ("0", "1", "0pm", "1001pm", "5%", "static", ""):
        wrong(f"policy set capacity={word}", f"capacity={word}")
    wrong("policy --json set soft=10", "nothing to write as JSON")


def test_policy_round_trip():
    """what policy prints, policy set takes"""
    shown = ctl("policy")
    expect("status", (shown.status, shown.sent), (0, [str(POLICY)]))
    again = ctl("policy set " + shown.out)
    expect("again", (again.status, again.err), (0, ""))
    values = [10, 5, 4, 30, 3000, 15, 50, 1000, 5000, 1001, 101, 10000, 102,
              1, 1, 1, f"{512 * MIB}L", 0, 103, 1004, f"{1 << 32}L",
              1, 2005, 0, 1, 1, 6, 60007]
    expect("sent", again.sent,
           [" ".join([str(POLICY_SET)] +
                     [f"{attr}={v}" for attr, v in enumerate(values, 2)])])


def test_refusals():
    """every pid is tried; each refusal is told; status 1"""
    run = ctl("set-utility 5 666 404 7 12")
    expect("status", run.status, 1)
    expect("sent", run.sent, [f"{SET} 1={p} 2=12" for p in (5, 666, 404, 7)])
    expect("errors", run.err.splitlines(),
           ["oomkctl: pid 666: raising a utility takes CAP_SYS_RESOURCE "
            "(Operation not permitted)",
            "oomkctl: pid 404: No such process"])
    run = ctl("policy set soft=5 hard=6", door="deny")
    expect("policy", (run.status, run.err),
           (1, "oomkctl: policy: hard must be below soft "
               "(Invalid argument)\n"))
    for verb in ("list", "plan", "history"):
        for option in ("", " --json"):
            run = ctl(verb + option, door="busy")
            expect(verb, (run.status, run.out, run.err),
                   (1, "", f"oomkctl: {verb}: a cycle is using the sample "
                           "(Device or resource busy)\n"))


def test_no_module():
    """without the module: status 1 and how to load it, after usage errors"""
    for line in ("", "status", "list --json", "plan", "policy", "monitor",
                 "history", "show 7", "show last", "policy set soft=10", "set-utility 5 10", "get-utility 5"):
        run = ctl(line, door="absent")
        expect(line, (run.status, run.out), (1, ""))
        if not os.path.exists("/sys/module/oomk"):
            expect(line, run.err, "oomkctl: the oomk module is not loaded; "
                                  "load it with: modprobe oomk\n")
    expect("usage", ctl("policy set soft=99", door="absent").status, 2)


def test_list():
    """items grouped, sorted, aligned and safe to print"""
    run = ctl("list")
    expect("status", (run.status, run.sent), (0, [str(ITEMS)]))
    expect_in("omitted", run.err, "17 lightest tasks were left out")
    expect("rows", run.out.splitlines(), [
        "ITEM  COMM             WEIGHT  UTILITY   PRICE  SOURCE           "
        "STATE      PIDS",
        "   3  a\"b\\?[31m?\u00e9?  260.0 MiB        5    5.00  hint        "
        "     item       130",
        "   1  hog           250.0 MiB      100    0.50  default (share)  "
        "item       120",
        "   2  train         100.0 MiB      900  900.00  job              "
        "item       200,150,201",
        "   -  systemd         9.0 MiB        -       -  default          "
        "init       1",
        "   -  sshd            256 KiB        -       -  job              "
        "protected  90",
    ])
    for sort, ids in (("weight", [3, 1, 2, 0, 0]), ("price", [1, 3, 2, 0, 0]),
                      ("pid", [0, 0, 1, 3, 2])):
        document = checked("list", ctl(f"list --json --sort {sort}").out)
        expect(sort, [item["id"] for item in document["items"]], ids)
    expect("C locale", ctl("list", locale="C").out.isascii(), True)


def test_list_json():
    """list --json has every task with every figure"""
    text = ctl("list --json").out
    expect("control characters", [c for c in text if "\x7f" <= c < "\xa0"], [])
    document = checked("list", text)
    expect("omitted", document["omitted_tasks"], 17)
    job = document["items"][2]
    expect("tasks", [task["pid"] for task in job["tasks"]], [200, 150, 201])
    expect("weights", [task["weight_pages"] // MIB for task in job["tasks"]],
           [40, 30, 30])
    expect("job", (job["weight_pages"], job["utility"], job["price_64ths"],
                   job["source"], job["root_pid"], job["shared_cap"]),
           (100 * MIB, 900, 57600, "job", 200, False))
    expect("comm", document["items"][0]["tasks"][0]["comm"],
           "a\"b\\\x1b[31m\ufffd\u00e9\u009b")
    document = checked("list", ctl("list --json", door="quiet").out)
    expect("quiet", document["items"], [])


def test_plan():
    """plan: totals, and how far they can be trusted"""
    run = ctl("plan")
    expect("status", (run.status, run.sent), (0, [str(PLAN)]))
    for part in ("need     300.0 MiB", "2, which free 510.0 MiB",
                 "utility 5.50, not proven: 5.46 may be possible", "hog"):
        expect_in("plan", run.out, part)
    lines = ctl("plan", door="poor").out.splitlines()
    expect("poor", (lines[2], len(lines)),
           ("victims  none, infeasible: all items together are not enough",
            4))
    document = checked("plan", ctl("plan --json").out)
    expect("victims", [item["tasks"][0]["pid"]
                       for item in document["victims"]], [130, 120])
    expect("figures", (document["need_pages"], document["bound_price_64ths"],
                       document["lost_price_64ths"], document["reason"]),
           (300 * MIB, 350, 352, "budget"))


def test_status():
    """status: bare oomkctl shows it as well"""
    run = ctl("")
    expect("status", (run.status, run.sent), (0, [str(STATUS)]))
    for part in ("available   171.0 MiB of 2000.0 MiB (8.5 %)", "no swap",
                 "full avg10 12.34 %", "250 ms on a busy",
                 "pid 321, heard 1313 ms ago",
                 "7: killed, need 380.0 MiB, victims 400.0 MiB, back 391.0 MiB "
                 "(11.0 MiB too much)\n",
                 "9 failed allocations, 8 told to wait, 3 tasks killed"):
        expect_in("status", run.out, part)
    expect("bare", run.out, ctl("status").out)
    document = checked("status", ctl("status --json").out)
    expect("json", (document["level"], document["psi_armed"],
                    document["spared"], document["request_state"]),
           ("soft", True, 6, "accepted"))
    expect("balance", [document[key] for key in
                       ("need_pages", "overshoot_pages", "undershoot_pages")],
           [380 * MIB, 11 * MIB, 0])
    expect("killer", [document[key] for key in
                      ("executor_heard_ms", "oom_calls", "oom_held",
                       "kernel_kills")], [1313, 9, 8, 3])
    quiet = ctl("status", door="quiet")
    expect_in("never heard", quiet.out, "pid 321\n")
    expect_in("just enough", quiet.out, "back 391.0 MiB\n")
    document = checked("status", ctl("status --json", door="quiet").out)
    expect("never heard", "executor_heard_ms" in document, False)


def test_policy_json():
    """policy --json: every key with its unit"""
    document = checked("policy", ctl("policy --json").out)
    expect("json", (document["executor_timeout_hard_ms"], document["weight"],
                    document["capacity_pages"], document["solve_steps"]),
           (101, "badness", 512 * MIB, 1 << 32))


def test_get_utility():
    """get-utility: what is known is shown, what is refused is told"""
    run = ctl("get-utility 100,5 404")
    expect("status", (run.status, run.sent),
           (1, [f"{GET} 1=100", f"{GET} 1=5", f"{GET} 1=404"]))
    expect("rows", run.out.splitlines(), [
        "PID  UTILITY  PROTECTED  EACH  SOURCE   ROOT  TASKS",
        "100      900  yes        no    job        99      3",
        "  5      100  no         no    default     -      -",
    ])
    expect("error", run.err, "oomkctl: pid 404: No such process\n")
    document = checked("get-utility", ctl("get-utility --json 100 404 5").out)
    expect("json", [(task["pid"], task["utility"], task["protected"])
                    for task in document["tasks"]],
           [(100, 900, True), (5, 100, False)])


def test_monitor():
    """monitor: an event a line, a loss is told, the module's end ends it"""
    run = ctl("monitor")
    expect("status", run.status, 1)
    expect("errors", run.err.splitlines(),
           ["oomkctl: some events were lost",
            "oomkctl: the oomk module was unloaded"])
    expect("lines", [line.split(" ", 1)[1] for line in run.out.splitlines()], [
        "cycle 8 start: psi, level hard, available 9.8 %, free swap 4.1 %, "
        "psi full avg10 12.05 %, need 48.0 MiB",
        "cycle 8 solved: 2 victims (3 tasks), 400.0 MiB, utility 13.00 "
        "(bound 12.25), proven",
        "cycle 8 ready: offered to the executor, level soft",
        "cycle 8 backstop: the module signals the victims itself",
        "cycle 8 end: stuck, back 391.0 MiB (343.0 MiB too much), 4 spared, "
        "last signal after 5012 ms, end after 6000 ms, 1 killed by the "
        "kernel's killer",
    ])
    events = [checked("monitor", line)
              for line in ctl("monitor --json").out.splitlines()]
    expect("stages", [event.get("stage", event["event"]) for event in events],
           ["start", "solved", "ready", "backstop", "end"])
    expect("figures", (events[0]["cause"], events[0]["need_pages"],
                       events[1]["lost_price_64ths"], events[2]["level"],
                       events[4]["outcome"]),
           ("psi", 48 * MIB, 832, "soft", "stuck"))
    expect("start", [events[0][key] for key in
                     ("start_ns", "freeable_pages", "pending_pages", "items")],
           [1234567890123, 700 * MIB, 2 * MIB, 44])
    expect("end", [events[4][key] for key in
                   ("overshoot_pages", "undershoot_pages", "spared",
                    "signal_us", "end_us", "kernel_kills", "backstop")],
           [343 * MIB, 0, 4, 5012999, 6000001, 1, True])


def wall(seconds):
    """The clock time of a moment after boot, as oomkctl writes it."""
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(boot + seconds))


def test_history():
    """history: a cycle a line, oldest first; -n cuts the oldest"""
    run = ctl("history")
    expect("status", (run.status, run.sent, run.err), (0, [str(HISTORY)], ""))
    lines = run.out.splitlines()
    expect("lines", len(lines), 4)
    expect("heads", lines[0].split(),
           "CYCLE WHEN CAUSE LEVEL NEED VICTIMS TASKS WEIGHT BACK BALANCE "
           "LOST REASON OUTCOME SIGNALLED".split())
    expect("clock", lines[1].split()[1:3] in
           [wall(6 + slip).split() for slip in (-1, 0, 1)], True)
    for line, row in zip(lines[1:], (
            "6 soft-watermark soft 300.0 MiB 0 0 0.0 MiB 0.0 MiB -300.0 MiB "
            "0.00 infeasible infeasible -",
            "7 soft-watermark soft 300.0 MiB 2 3 350.0 MiB 340.0 MiB +40.0 MiB "
            "5.50 budget killed 12 ms",
            "8 soft-watermark hard 300.0 MiB 2 3 350.0 MiB 340.0 MiB +40.0 MiB "
            "5.50 budget killed (module) 12 ms")):
        words = line.split()
        expect("row", words[:1] + words[3:], row.split())
    expect("under way", ctl("history", door="hurt").out.splitlines()[3]
           .split()[-8:], "- - 5.50 budget under way (module) 12 ms".split()[-8:])
    for last, numbers in ((1, [8]), (2, [7, 8]), (3, [6, 7, 8]),
                          (64, [6, 7, 8]), (2 ** 64 - 1, [6, 7, 8])):
        document = checked("history", ctl(f"history --json -n {last}").out)
        expect(f"-n {last}", [cycle["cycle"] for cycle in document], numbers)
        rows = ctl(f"history -n {last}").out.splitlines()[1:]
        expect(f"-n {last}", [int(row.split()[0]) for row in rows], numbers)
    for word in ("0", "x", "-1", "1x", "18446744073709551616"):
        wrong(f"history -n {word}", f"-n: '{word}' is no number of cycles")
    run = ctl("history", door="quiet")
    expect("empty", (run.status, run.out), (0, "no cycle yet\n"))
    run = ctl("history --json", door="quiet")
    expect("empty", (run.status, checked("history", run.out)), (0, []))


def test_history_json():
    """history --json: every figure of a cycle"""
    document = checked("history", ctl("history --json").out)
    last = document[2]
    expect("words", [last[key] for key in
                     ("cause", "level", "reason", "outcome", "backstop")],
           ["soft-watermark", "hard", "budget", "killed", True])
    expect("numbers", [last[key] for key in
                       ("available_permille", "free_swap_permille",
                        "psi_full_avg10_percent_100ths", "start_ns", "items",
                        "items_omitted", "victims", "tasks",
                        "lost_price_64ths", "bound_price_64ths", "spared",
                        "signal_us", "end_us", "kernel_kills")],
           [98, 41, 1205, 8000000000, 5, 1, 2, 3, 352, 350, 0, 12345, 67890, 2])
    expect("pages", [last[key + "_pages"] // MIB for key in
                     ("need", "freeable", "pending", "freed", "back",
                      "overshoot", "undershoot")],
           [300, 610, 20, 350, 340, 40, 0])
    expect("executor", [cycle["backstop"] for cycle in document],
           [False, False, True])
    slip = last["time_ms"] - 1000 * (time.time() + 8 -
                                     time.clock_gettime(time.CLOCK_BOOTTIME))
    expect("clock", abs(slip) < 2000, True)


def test_show():
    """show: the cycle, why, what was weighed and what came of it"""
    run = ctl("show 7")
    expect("status", (run.status, run.sent, run.err),
           (0, [f"{HISTORY} 2=7L"], ""))
    lines = run.out.splitlines()
    expect("when", lines[0] in [f"cycle    7, {wall(7 + slip)}"
                                for slip in (-1, 0, 1)], True)
    expect("figures", lines[1:9], [
        "cause    soft-watermark at level soft",
        "found    available 9.8 %, free swap 4.1 %, psi full avg10 12.05 %",
        "need     300.0 MiB, beside 20.0 MiB that were dying already",
        "items    5, which could free 610.0 MiB; 1 of them are not remembered",
        "chosen   2 of 3 tasks, which weigh 510.0 MiB, utility 5.50, "
        "not proven: 5.46 may be possible",
        "signals  to 3 tasks of 2 items, by the executor, 1 tasks spared; the "
        "last after 12 ms",
        "back     340.0 MiB (+40.0 MiB), after 67 ms",
        "outcome  killed"])
    expect("items", lines[9:], [
        "",
        "PID  COMM           UID  TASKS     WEIGHT  UTILITY   PRICE  "
        "SOURCE           SIGNALS  FATE",
        "130  a\"b\\?[31m?\u00e9?     0      2  260.0 MiB        5    5.00  "
        "hint             KILL     failed (Operation not permitted), last "
        "signal after 12 ms",
        "120  hog           1000      1  250.0 MiB      100    0.50  "
        "default (share)  TERM     gone, last signal after 9 ms",
        "200  train         1001      7  100.0 MiB      900  900.00  "
        "job              -        not chosen",
        " 90  light            0      1    9.0 MiB      100  100.00  "
        "default          -        not chosen",
    ])
    run = ctl("show last")
    expect("last", run.sent, [str(HISTORY), f"{HISTORY} 2=8L"])
    expect_in("last", run.out, "by the module, 0 tasks spared; the last")
    expect_in("last", run.out, "killer killed 2 tasks meanwhile\n")
    run = ctl("show 8", door="hurt")
    expect_in("under way", run.out, "\noutcome  under way\n")


def test_show_json():
    """show --json: the figures of history, and every item"""
    cycle = checked("history", ctl("history --json").out)[1]
    document = checked("show", ctl("show 7 --json").out)
    items = document.pop("items")
    expect("items", len(items) + document["items_omitted"], cycle.pop("items"))
    for key in (set(cycle) | set(document)) - {"time_ms"}:
        expect(key, document[key], cycle[key])
    expect("order", [item["pid"] for item in items], [130, 120, 200, 90])
    expect("victim", items[0], {
        "pid": 130, "comm": "a\"b\\\x1b[31m\ufffd\u00e9\n", "uid": 0,
        "tasks": 2, "weight_pages": 260 * MIB, "utility": 5,
        "price_64ths": 320, "source": "hint", "shared_cap": False,
        "victim": True, "status": "failed", "errno": 1, "signals": 2,
        "signal_us": 12345})
    expect("share", (items[1]["shared_cap"], items[1]["status"]),
           (True, "gone"))
    expect("survivor", [items[2][key] for key in
                        ("victim", "status", "signals", "uid", "tasks")],
           [False, "none", 0, 1001, 7])


def test_show_refused():
    """show: what is no number, what is not there, what one may not see"""
    for word in ("x", "0", "-1", "7x", "18446744073709551616", "Last", "7,8"):
        wrong(f"show -- {word}", f"'{word}' is no number of a cycle")
    wrong("show", "needs the number of a cycle, or 'last'")
    wrong("show 7 8", "needs the number of a cycle, or 'last'")
    for line, sentence in (
            ("show 99", "cycle 99: the history holds no cycle of that number "
                        "(No such file or directory)"),
            ("show 6", "cycle 6: the items of a cycle need CAP_SYS_PTRACE "
                       "(Operation not permitted)")):
        for option in ("", " --json"):
            run = ctl(line + option)
            expect(line, (run.status, run.out, run.err),
                   (1, "", f"oomkctl: {sentence}\n"))
    for option in ("", " --json"):
        run = ctl("show last" + option, door="quiet")
        expect("empty", (run.status, run.out, run.err, run.sent),
               (1, "", "oomkctl: show: there was no cycle yet\n",
                [str(HISTORY)]))
    # A cycle that is forgotten between the question and the answer.
    run = ctl("show 7", door="quiet")
    expect("forgotten", (run.status, run.out, run.err),
           (1, "", "oomkctl: cycle 7: No such file or directory\n"))


def test_full_disk():
    """output that cannot be written is a failure"""
    env = dict(os.environ, OOMK_DOOR="", OOMK_DOOR_LOG="/dev/null")
    for verb in ("status", "list", "policy", "history"):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([DOOR, verb], env=env, stdout=full,
                                 stderr=subprocess.PIPE, check=False)
        expect(verb, run.returncode, 1)
        expect_in(verb, run.stderr.decode(), "No space left")


def test_help():
    """--help of the program and of each verb, --version"""
    run = ctl("--help")
    expect("status", (run.status, run.err), (0, ""))
    verbs = [line.split()[0] for line in run.out.splitlines()
             if line.startswith("  ")]
    expect("verbs", len(set(verbs)), 12)
    for verb in verbs:
        run = ctl(f"{verb} --help")
        expect(verb, (run.status, run.err, run.sent), (0, "", []))
        expect_in(verb, run.out, f"Usage: oomkctl {verb}")
    run = ctl("--version")
    expect("version", (run.status, run.out.split()[0]), (0, "oomkctl"))


def test_schemas_agree():
    """list and plan describe an item in the same words"""
    defs = []
    for verb in ("list", "plan"):
        with open(os.path.join(TOP, "Documentation", "json", verb + ".json"),
                  encoding="utf-8") as file:
            defs.append(json.load(file)["$defs"])
    expect("definitions", defs[0], defs[1])


def main():
    """Run every test of this file and speak TAP."""
    tests = [(name, test) for name, test in globals().items()
             if name.startswith("test_")]
    failed = 0
    print("TAP version 13")
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        verdict = "ok"
        try:
            test()
        except (AssertionError, KeyError, IndexError, ValueError,
                subprocess.SubprocessError,
                jsonschema.ValidationError) as error:
            verdict = "not ok"
            failed += 1
            for line in str(error).splitlines()[:12]:
                print("# " + line)
        print(f"{verdict} {number} {name[5:]}: {test.__doc__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
