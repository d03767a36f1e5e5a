#!/usr/bin/env python3
"""Checks that no test sleeps or measures time without giving a reason. `make lint` runs it.

A test waits for an event, a log line, a state or a kernel counter, with a deadline (as `waiting.py` and `Rig.run`
do). A sleep makes it slow on a fast machine and fail on a busy one, and so does an assertion that something takes at
most so many seconds. A line that needs one anyway ends with a comment that gives the reason:

    time.sleep(poll)                   # sleep: poll          inside a loop with a deadline
    time.sleep(seconds)                # sleep: observation   nothing may happen meanwhile, or counters are compared
    time.sleep(0.5)                    # sleep: role          a stand-in or a supervised program does this
    time.sleep(dice.uniform(0, 0.05))  # sleep: parameter     the test varies the time

    time.monotonic()                   # clock: deadline, observation, lower bound, rate, parameter, printed, or data

Usage: Tests/habits.py [FILE...]    default: all tests; the exit status is 1 if it finds anything
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent
SLEEP = re.compile(r"(?<!def )\b(?:sleep|usleep|nanosleep|sleep_for)\(|\bTask\.sleep\b|\bThread\.sleep\b")
CLOCK = re.compile(
    r"\btime\.(?:monotonic|perf_counter|time|process_time)(?:_ns)?\(|\bStopwatch\b|\bwatch\.seconds\b|\btimeit\b|\bdatetime\.now\("
    r"|\bDate\(\)|\bDispatchTime\b|\b(?:Continuous|Suspending)Clock\b|\bclock_gettime\(|\bSystemClock\.(?:boottime|monotonic|realtime)\b")
REASONS = {
    "sleep": ("poll", "observation", "role", "parameter"),
    "clock": ("deadline", "observation", "lower bound", "rate", "parameter", "printed", "data"),
}
#: Contains the forbidden words themselves: this file, and the test for it.
EXEMPT = ("habits.py", "test_habits.py")


def reason_given(line, kind):
    return re.search(rf"(?:#|//|/\*) {kind}: (?:{'|'.join(REASONS[kind])})\b", line) is not None


def findings(text):
    """(line number, problem) of each line that breaks a rule."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.lstrip()
        if code.startswith(("#", "//", "///", '"""')):
            continue
        if SLEEP.search(line) and not reason_given(line, "sleep"):
            found.append((number, "a bare sleep: wait for an event instead (waiting.wait_until)"))
        if CLOCK.search(line) and not reason_given(line, "clock"):
            found.append((number, "a stopwatch: decide by the order of events or by a counter instead"))
    return found


def main(names):
    paths = [pathlib.Path(name) for name in names] or sorted(
        path for suffix in ("py", "swift", "c") for path in TESTS.rglob(f"*.{suffix}") if path.name not in EXEMPT)
    count = 0
    for path in paths:
        for number, problem in findings(path.read_text()):
            print(f"{path}:{number}: {problem}")
            count += 1
    if count:
        print(f"{count} found; a line that is right as it is says why: see the top of Tests/habits.py")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
