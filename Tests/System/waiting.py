"""Waiting with a deadline: the only way in which a test lets time pass.

Deadlines are generous, for what is waited for may share its processors with many others; that something takes
no longer than it should is decided by the order of events, by counters of the kernel or by a test with a clock
of its own, never by a stopwatch. `Tests/habits.py` looks after that.
"""

import contextlib
import time

#: The least that anything is waited for, in seconds.
PATIENCE = 60


class Overdue(AssertionError):
    """What was waited for did not come; names it."""


def wait_until(predicate, timeout=PATIENCE, what=None, poll=0.01, exactly=False):
    """Polls until `predicate` gives something true, and returns it. An exception of the predicate counts as "not yet".

    - parameter timeout: a deadline in seconds, for what may take longer than `PATIENCE`; a lower one is raised to that.
    - parameter exactly: the deadline is meant as it is.
    """
    timeout = timeout if exactly else max(timeout, PATIENCE)
    deadline = time.monotonic() + timeout  # clock: deadline
    problem = None
    while True:
        try:
            result = predicate()
            problem = None
            if result:
                return result
        except Exception as error:  # noqa: BLE001  a log that is not there yet, a process that has just gone
            result, problem = None, error
        if time.monotonic() >= deadline:  # clock: deadline
            name = what() if callable(what) else what or getattr(predicate, "__name__", "the condition")
            raise Overdue(f"after {timeout} s still not: {name} (last: {problem or result!r})")
        time.sleep(poll)  # sleep: poll


def holds_for(seconds, predicate, what=None, poll=0.02):
    """Asserts that `predicate` stays true for a while: for what must not happen."""
    deadline = time.monotonic() + seconds  # clock: observation
    while True:
        assert predicate(), what or "it did not stay that way"
        if time.monotonic() >= deadline:  # clock: observation
            return
        time.sleep(poll)  # sleep: observation


def passes(seconds):
    """Lets time pass where its passing is what the test is about, or while counters of the kernel are observed.

    Gives the seconds that have passed, never fewer.
    """
    began = time.monotonic()  # clock: observation
    time.sleep(seconds)  # sleep: observation
    return time.monotonic() - began  # clock: observation


@contextlib.contextmanager
def takes_at_least(seconds):
    """Asserts that the body doesn't take less; how much more it takes is up to the machine."""
    began = time.monotonic()  # clock: lower bound
    yield
    taken = time.monotonic() - began  # clock: lower bound
    assert taken >= seconds, f"it took {taken:.2f} s, which is less than {seconds}"
