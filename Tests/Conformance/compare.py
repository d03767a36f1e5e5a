"""What two runs of a scenario did differently.

Words are compared exactly. Times are compared in slices: supervisord looks at its processes once a second, so what it does at a
deadline it does up to a second later than it could; Reeve does it at once. A time of Reeve is right when it isn't later
than supervisord's, nor more than a slice earlier, give or take a little, and what the kernel says that the two had to wait for
a processor: on a busy machine that is what makes either of them late.
"""

import dataclasses
import re
import time

import masks
from side import SLICE

JITTER = 0.6  # seconds

# Lines about a program: what happened, and the pattern of the line with the program's name.
LIFE = [re.compile(pattern) for pattern in (
    r"spawned: '(?P<name>[^']+)' with pid",
    r"(?:success|exited|stopped|gave up): (?P<name>\S+)",
    r"[Kk]illing '?(?P<name>[^\s']+)'? \(",
    r"waiting for (?P<name>\S+) to stop",
    r"sending (?P<name>\S+) \(pid",
    r"Attempted to (?:kill|send) (?P<name>\S+?),",
)]

# Lines of one side only that no user acts on: what the two are made of.
OWN = [re.compile(pattern) for pattern in (
    r"RPC interface 'supervisor' initialized",
    r"Server '\w+' running without any HTTP authentication checking",
    r"HTTP servers are not opened",
    r"Increased RLIMIT_",
    r"received SIGCHLD indicating a child quit",
    # Of orphans: where it isn't PID 1, they come to Reeve only.
    r"reaped unknown pid",
    # Up to who runs the tests; test_signals.py looks at it.
    r"Supervisor is running as root\.",
    # Said again every three seconds, and by Reeve in the order of the signals.
    r"waiting for .* to die",
)]


@dataclasses.dataclass
class Difference:
    where: str
    upstream: object
    ours: object

    def __str__(self):
        lines = [self.where]
        for where, left, right in leaves(self.upstream, self.ours):
            lines.append(f"    {where}supervisord: {left!r}\n    {where}Reeve:       {right!r}")
        return "\n".join(lines)


def leaves(left, right, where=""):
    """(where, left, right) of the smallest parts that differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = [(f"{where}[{key}] ", left.get(key, "(nothing)"), right.get(key, "(nothing)")) for key in {**left, **right}]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = [(f"{where}[{index}] ", *pair) for index, pair in enumerate(zip(left, right))]
    else:
        return [] if repr(left) == repr(right) else [(where, left, right)]
    return [leaf for name, *pair in pairs for leaf in leaves(*pair, name)]


def moments(log):
    """(time, level, text) of the lines of a log."""
    for line in log.splitlines():
        match = re.match(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]{4}) (.*)$", line)
        if match:
            yield time.mktime(time.strptime(match[1], "%Y-%m-%d %H:%M:%S")) + int(match[2]) / 1000, match[3], match[4]


def of_program(text):
    """The program that a line is about."""
    for pattern in LIFE:
        match = pattern.match(text)
        if match:
            return match["name"]
    return None


def chronicle(side):
    """({program: [(time, text)]}, [text of the other lines])."""
    programs, others = {}, []
    for moment, level, text in moments(side.log):
        if any(pattern.match(text) for pattern in OWN):
            continue
        name = of_program(text)
        line = f"{level} {side.masked(text)}"
        if name:
            programs.setdefault(name, []).append((moment, line))
        elif level not in ("DEBG", "TRAC", "BLAT"):
            others.append(line)
    return {name: told(lines) for name, lines in programs.items()}, others


def told(lines):
    """The lines without what supervisord says of a stop only if the program hasn't ended while it was being signalled, and
    only if that could be done; and without its repetition after two seconds, give or take a slice."""
    kept = []
    for one, (_, following) in zip(lines, [*lines[1:], (None, "")]):
        if "to stop" in one[1]:
            repeated = kept and kept[-1][1] == one[1]
            if repeated or "stopped:" in following or not following:
                continue
        kept.append(one)
    return kept


def by_command(before, line):
    """Whether the line follows from something that was asked for, so that its time is that of the question."""
    if before is None:
        return True
    if "killing" in line or "sending" in line or "Attempted" in line:
        return "SIGKILL" not in line
    return "spawned" in line and ("stopped" in before or "gave up" in before)


def gaps(lines):
    """[(what to what, seconds)] of the supervisor's own doing: each counts from what it waited for, so that of two
    moments that supervisord may be late with only the second counts."""
    found = []
    started = asked = None
    for (earlier, before), (later, line) in zip([(None, None), *lines], lines):
        origin = (earlier, before)
        if "spawned:" in line:
            started, asked = (later, line), None
        elif "killing" in line and asked is None:
            asked = (later, line)
        elif asked is not None and ("SIGKILL" in line or "stopped:" in line):
            origin = asked
        elif started is not None and ("success:" in line or "exited:" in line):
            origin = started
        if not by_command(before, line):
            found.append((f"{origin[1]} -> {line}", later - origin[0]))
    return found


def same_time(upstream, ours, waited=0):
    """Whether two durations are as alike as they have to be, when the sides waited so long for a processor."""
    return -SLICE - JITTER - waited <= ours - upstream <= JITTER + waited


def differences(upstream, ours):
    """All of them, for two sides that have lived."""
    found = []
    for label in dict.fromkeys([*upstream.seen, *ours.seen]):
        left, right = upstream.seen.get(label), ours.seen.get(label)
        if repr(left) != repr(right):
            found.append(Difference(label, left, right))
    if upstream.scenario.refused:
        return found
    (programs, others), (our_programs, our_others) = chronicle(upstream), chronicle(ours)
    if others != our_others:
        found.append(Difference("log", others, our_others))
    for name in sorted({*programs, *our_programs}):
        left, right = programs.get(name, []), our_programs.get(name, [])
        if [line for _, line in left] != [line for _, line in right]:
            found.append(Difference(f"log of {name}", [line for _, line in left], [line for _, line in right]))
            continue
        for (what, seconds), (_, our_seconds) in zip(gaps(left), gaps(right)):
            if not same_time(seconds, our_seconds, upstream.waited + ours.waited):
                found.append(Difference(f"time of {name}: {what}", round(seconds, 2), round(our_seconds, 2)))
    return found


def unexplained(found, differs):
    """What is left of the differences when those on purpose are taken out, and those on purpose that did not show."""
    left = []
    declared = dict(differs)
    for difference in found:
        expected = declared.pop(difference.where, None)
        if expected is None:
            left.append(difference)
            continue
        for wanted, value in zip(expected, (difference.upstream, difference.ours)):
            if wanted is not ... and repr(wanted) != repr(value):
                left.append(difference)
                break
    left += [Difference(f"{where}: said to differ, but is the same", *expected) for where, expected in declared.items()]
    return left
