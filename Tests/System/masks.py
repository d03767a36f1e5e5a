"""Masks what differs between runs, so that the texts of two supervisors can be compared."""

import re

_MASKS = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"), "TIME"),
    (re.compile(r"\bpid \d+"), "pid N"),
    (re.compile(r"\buptime \d+:\d\d:\d\d|uptime \d+ days?, +\d+:\d\d:\d\d"), "uptime T"),
    (re.compile(r"[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M"), "WHEN"),
]


def masked(text, **names):
    """`names`: NAME=value replaces each value by its name, for example a folder."""
    # Before the names: a pid may be the number of a port.
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    for name, value in sorted(names.items(), key=lambda item: -len(str(item[1]))):
        text = re.sub(rf"(?<!\d){value}(?!\d)" if isinstance(value, int) else re.escape(str(value)), lambda _: name, text)
    return text


def log_lines(text, level=None, containing=None):
    """(level, message) of each line of a supervisor's log."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]{4}) (.*)$", line)
        if match and level in (None, match[1]) and (containing is None or containing in match[2]):
            found.append((match[1], match[2]))
    return found
