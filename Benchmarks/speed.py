"""The rows of docs/performance.md: what a supervisor does most, compared with a program that does only the kernel's
work."""

import contextlib
import dataclasses
import os
import subprocess
import time

import features
import measure
from http_client import Client
from measure import median
from rows import Stamped


@dataclasses.dataclass(frozen=True)
class Goal:
    """The goal: `value` itself, or `value` times what `against` has."""

    value: float
    against: str | None = None

    def text(self, better):
        sign = "≤" if better == "less" else "≥"
        return f"{sign} {self.value:g}" + (f" × {self.against}" if self.against else "")

    def is_met(self, values, better):
        """Whether the goal is reached; None if it wasn't measured."""
        own, other = values.get("init"), values.get(self.against) if self.against else 1
        if own is None or not isinstance(other, (int, float)):
            return None
        return own <= self.value * other if better == "less" else own >= self.value * other


def limit(factor):
    return Goal(factor, "limit")


def first_of(count):
    return f"exec to the first child, {count} programs, ms"


def all_of(count):
    return f"all of {count} programs started, ms"


def end_of(count):
    return f"TERM to exit, {count} programs, ms"


def status_of(count):
    return f"ctl status, {count} programs, ms"


def answer_of(count):
    return f"getAllProcessInfo, {count} programs, calls a second"


BLOCK = "blocks to a pipe on stdout, MB/s"
SPLICED = "the same beside splice, which looks at nothing, MB/s"
LINES = "lines to a pipe on stdout, MB/s"
LINES_CPU = "lines to a pipe on stdout, CPU for a million, ms"
FANNED = 50
FANIN = f"{FANNED} programs with 100 lines a second each, CPU, %"
GROWTH = "private memory for one more program, KB"

# Label in the whole plan: (better, goal).
SPEED = {
    first_of(1): ("less", limit(1.3)),
    first_of(1000): ("less", Goal(15)),
    all_of(1000): ("less", limit(1.2)),
    end_of(100): ("less", limit(1.3)),
    end_of(1000): ("less", limit(1.3)),
    status_of(1): ("less", limit(1.2)),
    status_of(100): ("less", limit(1.8)),
    BLOCK: ("more", limit(0.95)),
    SPLICED: ("more", None),
    LINES: ("more", limit(0.95)),
    LINES_CPU: ("less", limit(1.3)),
    FANIN: ("less", Goal(5)),
    answer_of(1): ("more", Goal(3, "supervisord")),
    answer_of(100): ("more", Goal(20, "supervisord")),
    answer_of(1000): ("more", Goal(100, "supervisord")),
    GROWTH: ("less", Goal(1.5)),
    features.dependent_of(1000): ("less", None),
    features.beside_of(1000): ("less", Goal(1.3)),
    features.HEALTH: ("less", Goal(0.5)),
    features.TOP: ("less", Goal(0.5)),
    features.metrics_of(1000): ("less", Goal(20)),
}


def is_speed(label):
    """Whether it is one of the rows here, including those of a quick run with its smaller numbers."""
    return label in SPEED or label in {make(100) for make in (first_of, all_of, features.dependent_of, features.beside_of, features.metrics_of)}


def first(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]]) as session:
        yield first_of(1), (session.await_stamps(1)[0] - session.began()) * 1000, "less"


def start(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many) as session:
        stamps = session.await_stamps(plan.many)
        yield first_of(plan.many), (min(stamps) - session.began()) * 1000, "less"
        yield all_of(plan.many), (max(stamps) - session.began()) * 1000, "less"


def term(peer, plan):
    for count in sorted({100, plan.many}):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            time.sleep(1)  # the start is over
            yield end_of(count), measure.end(session) * 1000, "less"


def status(peer, plan):
    for count in (1, 100):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            command = session.peer.status_of_all(session, count)
            if command is None:
                continue
            time.sleep(1)  # every program is RUNNING
            calls = plan.calls if peer.name != "supervisord" else max(5, plan.calls // 20)
            done = subprocess.run([plan.load, "repeat", str(calls), *command], capture_output=True, text=True, check=True)
            lines = [line.split() for line in done.stdout.splitlines()]
            if any(code != "0" for _, code in lines):
                raise measure.Overdue(f"status ended with {lines[0][1]}: {done.stderr[-300:]}")
            yield status_of(count), median([int(time) for time, _ in lines]) / 1e6, "less"


def drained(plan):
    """The writing end of a pipe, and the process that reads it."""
    read, write = os.pipe()
    process = subprocess.Popen([plan.load, "drain", "/dev/null"], stdin=read)
    os.close(read)
    return write, process


def block(peer, plan):
    labels = {"stdout": [BLOCK], "splice": [SPLICED]} if peer.name == "limit" else {"stdout": [BLOCK, SPLICED]}
    for log, names in labels.items():
        write, drain = drained(plan)
        with Stamped(peer, plan, [["write", str(plan.bytes), "STAMPS"]], log=log, stdout=write) as session:
            os.close(write)
            began, ended = session.await_stamps(2, 300, poll=0.01)
        drain.wait()
        for name in names:
            yield name, plan.bytes / (ended - began) / 1e6, "more"


def lines(peer, plan):
    write, drain = drained(plan)
    with Stamped(peer, plan, [["lines", str(plan.lines), "STAMPS"]], log="stdout", stdout=write) as session:
        os.close(write)
        measure.wait_until(session.programs, 30, "program", poll=0.01)
        time.sleep(0.2)  # the start is over, and the program is still waiting
        own = session.own()
        cpu = measure.cpu_seconds(own)
        began, ended = session.await_stamps(2, 300, poll=0.01)
        yield LINES, plan.lines / (ended - began) / 1e6, "more"
        yield LINES_CPU, (measure.cpu_seconds(own) - cpu) * 1000 * 1e6 * 64 / plan.lines, "less"
    drain.wait()


def fanin(peer, plan):
    write, drain = drained(plan)
    with Stamped(peer, plan, [["drip", "100", "STAMPS"]] * FANNED, log="stdout", stdout=write) as session:
        os.close(write)
        session.await_stamps(FANNED)
        time.sleep(1)  # the start is over
        own = session.own()
        cpu, began = measure.cpu_seconds(own), time.monotonic()
        time.sleep(plan.fanned)  # the measurement itself
        yield FANIN, (measure.cpu_seconds(own) - cpu) / (time.monotonic() - began) * 100, "less"
    drain.wait()


@contextlib.contextmanager
def on_one_processor():
    """Keeps this process on one processor, and yields its number."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield min(before)
    finally:
        os.sched_setaffinity(0, before)


def rpc(peer, plan):
    """Client and server take turns. They share a processor: waking another one takes a virtual machine longer than an answer."""
    for count in sorted({1, 100, plan.many}):
        with on_one_processor() as own, Stamped(peer, plan, [["sleep", "STAMPS"]] * count, processors=[own]) as session:
            session.await_stamps(count)
            time.sleep(1)  # every program is RUNNING
            with Client(session) as client:
                times = []
                # A short measurement shows how busy the machine was in these milliseconds.
                for _ in range(max(plan.calls * 5 if count < plan.many else plan.calls // 10, 5)):
                    began = time.monotonic()
                    answer = client.call("supervisor.getAllProcessInfo")
                    times.append(time.monotonic() - began)
                if answer.count(b"<name>statename</name>") != count:
                    raise measure.Overdue(f"an answer about {count} programs")
                yield answer_of(count), 1 / median(times), "more"


def growth(peer, plan):
    seen = {}
    few, most = 10, plan.many
    for count in (few, most):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            time.sleep(1.5)  # the start is over, and its buffers have been freed if they ever are
            seen[count] = measure.memory(session.own())[2]
    yield GROWTH, (seen[most] - seen[few]) / (most - few), "less"


ROWS = {
    "first": (first, {"many", "one", "limit"}),
    "start": (start, {"many", "limit"}),
    "term": (term, {"term", "limit"}),
    "status": (status, {"status", "limit"}),
    "block": (block, {"stdout", "limit"}),
    "lines": (lines, {"stdout", "limit"}),
    "fanin": (fanin, {"stdout", "limit"}),
    "rpc": (rpc, {"http"}),
    "growth": (growth, {"many"}),
    **features.ROWS,
}
