"""What is measured. Each row is a generator of (label, value, better), one sample for one supervisor; `better` is
"less" or "more". The caller takes the supervisors in turn, as often as the plan says, and computes medians, so that
other activity of the machine affects all of them."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import measure
from http_client import Client
from measure import Session, median
from peers import weight

# The tests have a file system that hangs, and a terminal.
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "Tests" / "System"))
import fuse  # noqa: E402


class Plan:
    """How much of each: the quick plan shows that a row works, the whole one gives numbers."""

    def __init__(self, quick, load):
        self.load = load
        self.counts = (1, 10, 100) if quick else (1, 10, 100, 1000)
        self.many = 100 if quick else 1000
        self.orphans = 2000 if quick else 20000
        self.patience = 10 if quick else 60
        self.bytes = (64 if quick else 1024) << 20
        self.idle = 3 if quick else 10
        self.crashing = 3 if quick else 10
        self.calls = 20 if quick else 200
        self.lines = (4 if quick else 32) << 20
        self.fanned = 2 if quick else 5
        self.checking = 10 if quick else 30
        self.scrapes = 3 if quick else 7
        self.rounds = {
            "start": 5, "first": 21, "term": 5, "status": 3, "block": 5, "lines": 3, "fanin": 1, "rpc": 3, "growth": 1, "depend": 5, "health": 3, "metrics": 3, "top": 3,
            "size": 1, "memory": 1, "restart": 7, "orphans": 3, "logfile": 5, "idle": 1, "gateway": 7,
            "processors": 5, "crash": 3, "besidecrash": 3, "besidehung": 3,
        }
        if quick:
            self.rounds = {name: min(count, 2) for name, count in self.rounds.items()}


class Stamped(Session):
    """A session whose programs get the path of the stamps in place of the word STAMPS."""

    def __init__(self, peer, plan, programs, **keys):
        super().__init__(_Substituting(peer), plan.load, programs, **keys)


class _Substituting:
    def __init__(self, peer):
        self.peer, self.name = peer, peer.name

    def prepare(self, session, programs, **keys):
        return self.peer.prepare(
            session, [[str(session.stamps) if word == "STAMPS" else word for word in words] for words in programs], **keys)

    def status(self, session):
        return self.peer.status(session)

    def status_of_all(self, session, count):
        return self.peer.status_of_all(session, count)


def size(peer, plan):
    yield "executables, KB", weight(peer.files()) / 1024, "less"


def memory(peer, plan):
    for count in plan.counts if "many" in peer.takes else (1,):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            time.sleep(1.5)  # the start is over, and its buffers have been freed if they ever are
            rss, pss, private = measure.memory(session.own())
            yield f"RSS with {count}, KB", rss, "less"
            yield f"PSS with {count}, KB", pss, "less"
            yield f"private with {count}, KB", private, "less"



def processors(peer, plan):
    """A second processor shows whether starts run concurrently. The supervisor and its programs share the
    processors."""
    own = sorted(os.sched_getaffinity(0))
    for count in (1, 2):
        if len(own) < count:
            return
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many, processors=own[:count]) as session:
            taken = (max(session.await_stamps(plan.many)) - session.began()) * 1000
            yield f"all of {plan.many} started, {count} processor{'s' if count > 1 else ''}, ms", taken, "less"


def crash(peer, plan):
    """A program that ends at once, with startsecs=0: only the supervisor itself limits the rate."""
    with Stamped(peer, plan, [["fail", "STAMPS"]]) as session:
        session.await_stamps(1)
        own = session.own()
        cpu, starts = measure.cpu_seconds(own), len(session.moments())
        time.sleep(plan.crashing)  # the measurement itself
        yield f"CPU of a crash loop in {plan.crashing} s, ms", (measure.cpu_seconds(own) - cpu) * 1000, "less"
        yield f"starts of a crash loop in {plan.crashing} s", len(session.moments()) - starts, "less"


def beside(peer, plan, what, others, **keys):
    """How long `status` takes at worst, and how long after TERM a healthy program ends that is stopped first."""
    with Stamped(peer, plan, [["sleep", "STAMPS"], *others], healthy=0, **keys) as session:
        def healthy():
            return [pid for pid in session.programs() if "sleep" in measure.arguments(pid)]
        try:
            pid = measure.wait_until(healthy, plan.patience, f"healthy program beside {what}", poll=0.01)[0]
        except measure.Overdue:
            yield f"status beside {what}, worst, ms", f"> {plan.patience * 1000}", "less"
            return
        worst = 0
        for _ in range(max(plan.calls // 20, 3)):
            began = time.monotonic()
            try:
                subprocess.run(peer.status(session), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=plan.patience)
            except subprocess.TimeoutExpired:
                worst = None
                break
            worst = max(worst, (time.monotonic() - began) * 1000)
        yield f"status beside {what}, worst, ms", f"> {plan.patience * 1000}" if worst is None else worst, "less"
        began = time.monotonic()
        os.kill(session.pid, signal.SIGTERM)
        try:
            measure.wait_until(lambda: not measure.alive(pid), plan.patience, "end")
            yield f"TERM acted on beside {what}, ms", (time.monotonic() - began) * 1000, "less"
        except measure.Overdue:
            yield f"TERM acted on beside {what}, ms", f"> {plan.patience * 1000}", "less"


def besidecrash(peer, plan):
    yield from beside(peer, plan, "100 crash loops", [["fail", "STAMPS"]] * 100)


def besidehung(peer, plan):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-hung-"))
        stack.enter_context(fuse.hanging(folder))
        yield from beside(peer, plan, "40 hung starts", [["sleep", "STAMPS"]] * 40, directory=f"{folder}/there")


def restart(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]]) as session:
        session.await_stamps(1)
        # s6 and runit wait until a program has run for a second, which must not count.
        time.sleep(1.3)
        victim, = session.programs()
        began = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        yield "death to restart, ms", (session.await_stamps(2, poll=0.0005)[-1] - began) * 1000, "less"


def orphans(peer, plan):
    with Stamped(peer, plan, [["orphans", str(plan.orphans), "STAMPS"]]) as session:
        try:
            began, ended = session.await_stamps(2, plan.patience + 30, poll=0.05)[:2]
            yield f"{plan.orphans} orphans reaped, ms", (ended - began) * 1000, "less"
        except measure.Overdue:
            yield f"{plan.orphans} orphans reaped, ms", f"> {plan.patience * 1000}", "less"


def logfile(peer, plan):
    with Stamped(peer, plan, [["write", str(plan.bytes), "STAMPS"]], log="file") as session:
        began, ended = session.await_stamps(2, 300, poll=0.01)
        yield "log to a rotated file, MB/s", plan.bytes / (ended - began) / 1e6, "more"


def idle(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * (10 if "many" in peer.takes else 1)) as session:
        session.await_stamps(10 if "many" in peer.takes else 1)
        time.sleep(2)  # the start is over
        own = session.own()
        before, cpu = measure.switches(own), measure.cpu_seconds(own)
        time.sleep(plan.idle)  # the measurement itself
        yield f"wake-ups in {plan.idle} s, 10 programs", measure.switches(own) - before, "less"
        yield f"CPU in {plan.idle} s, 10 programs, ms", (measure.cpu_seconds(own) - cpu) * 1000, "less"


def gateway(peer, plan):
    """The cost of XML-RPC for the first caller: its process isn't running yet."""
    with Stamped(peer, plan, [["sleep", "STAMPS"]]) as session:
        session.await_stamps(1)
        time.sleep(0.5)  # the start is over
        began = time.monotonic()
        with Client(session) as client:
            client.call("supervisor.getState")
            yield "first connection to its answer, ms", (time.monotonic() - began) * 1000, "less"
            for _ in range(999):
                client.call("supervisor.getState")
            rss, _, private = measure.memory(session.own())
            yield "RSS after 1000 XML-RPC calls, KB", rss, "less"
            yield "private after 1000 XML-RPC calls, KB", private, "less"


# Name, measurement, and the kinds of peers that take part.
ROWS = {
    "size": (size, {"many", "one"}),
    "memory": (memory, {"many", "one"}),
    "processors": (processors, {"many"}),
    "restart": (restart, {"many"}),
    "crash": (crash, {"beside"}),
    "besidecrash": (besidecrash, {"beside"}),
    "besidehung": (besidehung, {"beside"}),
    "orphans": (orphans, {"orphans"}),
    "logfile": (logfile, {"log"}),
    "idle": (idle, {"many", "one"}),
    "gateway": (gateway, {"http"}),
}


def cat(plan, command):
    began = time.monotonic()
    subprocess.run(["sh", "-c", command], check=True)
    return plan.bytes / (time.monotonic() - began) / 1e6


# The limit of copying from a pipe: the label of a row, and a function that takes one sample.
LIMITS = {
    "logfile": ("log to a rotated file, MB/s",
                lambda plan, folder: cat(plan, f"{plan.load} writeonly {plan.bytes} | cat > {folder}/cat")),
}
