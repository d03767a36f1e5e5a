#!/usr/bin/env python3
"""Checks that no test sleeps or looks at a clock without saying why. `make lint` runs it.

A test waits for an event, a line of a log, a state or a counter of the kernel, with a deadline (`waiting.py` and `Rig.run`
do that). A sleep makes it slow on a quick machine and red on a busy one; so does an assertion that something
takes no longer than so many seconds. A line that needs one all the same ends with a comment that gives the reason:

    time.sleep(poll)                   # sleep: poll          inside a loop with a deadline
    time.sleep(seconds)                # sleep: observation   nothing may happen meanwhile, or counters are compared
    time.sleep(0.5)                    # sleep: role          a stand-in or a program under supervision does this
    time.sleep(dice.uniform(0, 0.05))  # sleep: parameter     the moment is what the test varies

    time.monotonic()                   # clock: deadline, observation, lower bound, rate, parameter, printed, or data

Usage: Tests/habits.py [FILE...]    all tests when none is named; the exit status is 1 when something is found
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
#: Words of the rules themselves: this file, and the test that shows that they find something.
EXEMPT = ("habits.py", "test_habits.py")


def reason_given(line, kind):
    return re.search(rf"(?:#|//|/\*) {kind}: (?:{'|'.join(REASONS[kind])})\b", line) is not None


def findings(text):
    """(line number, what is wrong) of each line that breaks a rule."""
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
