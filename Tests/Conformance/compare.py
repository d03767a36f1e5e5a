"""Finds the differences between two runs of a scenario.

Texts are compared exactly, times with a tolerance: supervisord checks its processes once a second, so it acts up to
a second after a deadline; Reeve acts at once. A time of Reeve's is right if it is not later than supervisord's and
at most a second earlier, plus some jitter and the time that the two had to wait for a processor according to the
kernel, which is what makes either of them late on a busy machine.
"""

import dataclasses
import re
import time

import masks
from side import SLICE

JITTER = 0.6  # seconds

# Lines about a program: the event, and the pattern of the line, which contains the program's name.
LIFE = [re.compile(pattern) for pattern in (
    r"spawned: '(?P<name>[^']+)' with pid",
    r"(?:success|exited|stopped|gave up): (?P<name>\S+)",
    r"[Kk]illing '?(?P<name>[^\s']+)'? \(",
    r"waiting for (?P<name>\S+) to stop",
    r"sending (?P<name>\S+) \(pid",
    r"Attempted to (?:kill|send) (?P<name>\S+?),",
)]

# Lines that only one side logs, and that no user needs: they depend on the implementation.
OWN = [re.compile(pattern) for pattern in (
    r"RPC interface 'supervisor' initialized",
    r"Server '\w+' running without any HTTP authentication checking",
    r"HTTP servers are not opened",
    r"Increased RLIMIT_",
    r"received SIGCHLD indicating a child quit",
    # About orphans: if the supervisor isn't PID 1, only Reeve adopts them.
    r"reaped unknown pid",
    # Depends on the user who runs the tests; test_signals.py checks it.
    r"Supervisor is running as root\.",
    # Repeated every three seconds; Reeve names programs in the order of the signals.
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
    """Yields (where, left, right) for the smallest parts that differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = [(f"{where}[{key}] ", left.get(key, "(nothing)"), right.get(key, "(nothing)")) for key in {**left, **right}]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = [(f"{where}[{index}] ", *pair) for index, pair in enumerate(zip(left, right))]
    else:
        return [] if repr(left) == repr(right) else [(where, left, right)]
    return [leaf for name, *pair in pairs for leaf in leaves(*pair, name)]


def moments(log):
    """(time, level, text) of each line of a log."""
    for line in log.splitlines():
        match = re.match(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]{4}) (.*)$", line)
        if match:
            yield time.mktime(time.strptime(match[1], "%Y-%m-%d %H:%M:%S")) + int(match[2]) / 1000, match[3], match[4]


def of_program(text):
    """The name of the program that a line is about."""
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
    """The lines without those that supervisord logs about a stop only if the program didn't end while it was being
    signalled, and only if the signal could be sent; and without its repetition after two seconds, give or take a
    second."""
    kept = []
    for one, (_, following) in zip(lines, [*lines[1:], (None, "")]):
        if "to stop" in one[1]:
            repeated = kept and kept[-1][1] == one[1]
            if repeated or "stopped:" in following or not following:
                continue
        kept.append(one)
    return kept


def by_command(before, line):
    """Whether the line follows from a request, so that its time depends on the request's."""
    if before is None:
        return True
    if "killing" in line or "sending" in line or "Attempted" in line:
        return "SIGKILL" not in line
    return "spawned" in line and ("stopped" in before or "gave up" in before)


def gaps(lines):
    """[(from what to what, seconds)] for what the supervisor does by itself. Each duration counts from the event
    that it waited for, so that a late first event doesn't affect the second."""
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
    """Whether two durations are close enough, given how long the sides waited for a processor."""
    return -SLICE - JITTER - waited <= ours - upstream <= JITTER + waited


def differences(upstream, ours):
    """All differences between two sides that have ended."""
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
    """The differences that are not deliberate, and the deliberate ones that did not occur."""
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
