"""Waiting with a deadline: the only way in which a test lets time pass."""

import time


class Overdue(AssertionError):
    """What was waited for did not come; names it."""


def wait_until(predicate, timeout=10.0, what=None, poll=0.01):
    """Polls until `predicate` gives something true, and returns it. An exception of the predicate counts as "not yet"."""
    deadline = time.monotonic() + timeout
    problem = None
    while True:
        try:
            result = predicate()
            problem = None
            if result:
                return result
        except Exception as error:  # noqa: BLE001  a log that is not there yet, a process that has just gone
            result, problem = None, error
        if time.monotonic() >= deadline:
            name = what() if callable(what) else what or getattr(predicate, "__name__", "the condition")
            raise Overdue(f"after {timeout} s still not: {name} (last: {problem or result!r})")
        time.sleep(poll)


def holds_for(seconds, predicate, what=None, poll=0.02):
    """Asserts that `predicate` stays true for a while: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert predicate(), what or "it did not stay that way"
        time.sleep(poll)


class Stopwatch:
    """`with Stopwatch() as watch: ...` then `watch.seconds`."""

    def __enter__(self):
        self.began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
