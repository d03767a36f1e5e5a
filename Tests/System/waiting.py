"""Waiting with a deadline: the only way in which a test lets time pass.

Deadlines are generous, since the processors may be shared with many others. Whether something takes too long is
decided by the order of events, by the kernel's counters, or by a test with its own clock, never by a stopwatch.
`Tests/habits.py` checks this.
"""

import contextlib
import time

#: The minimum of all deadlines, in seconds.
PATIENCE = 60


class Overdue(AssertionError):
    """An expected event did not happen; names the event."""


def wait_until(predicate, timeout=PATIENCE, what=None, poll=0.01, exactly=False):
    """Polls until `predicate` returns a true value, and returns it. An exception of the predicate counts as "not
    yet".

    - parameter timeout: a deadline in seconds, if more than `PATIENCE` is needed; a lower one is raised to
      `PATIENCE`.
    - parameter exactly: don't raise the deadline.
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
        except Exception as error:  # noqa: BLE001  a log that doesn't exist yet, a process that has just exited
            result, problem = None, error
        if time.monotonic() >= deadline:  # clock: deadline
            name = what() if callable(what) else what or getattr(predicate, "__name__", "the condition")
            raise Overdue(f"after {timeout} s still not: {name} (last: {problem or result!r})")
        time.sleep(poll)  # sleep: poll


def holds_for(seconds, predicate, what=None, poll=0.02):
    """Asserts that `predicate` stays true for a while, to show that something doesn't happen."""
    deadline = time.monotonic() + seconds  # clock: observation
    while True:
        assert predicate(), what or "it did not stay that way"
        if time.monotonic() >= deadline:  # clock: observation
            return
        time.sleep(poll)  # sleep: observation


def passes(seconds):
    """Lets time pass, if the test is about that, or to observe the kernel's counters.

    Returns the seconds that have passed, never fewer.
    """
    began = time.monotonic()  # clock: observation
    time.sleep(seconds)  # sleep: observation
    return time.monotonic() - began  # clock: observation


@contextlib.contextmanager
def takes_at_least(seconds):
    """Asserts that the body takes no less; how much more it takes depends on the machine."""
    began = time.monotonic()  # clock: lower bound
    yield
    taken = time.monotonic() - began  # clock: lower bound
    assert taken >= seconds, f"it took {taken:.2f} s, which is less than {seconds}"
