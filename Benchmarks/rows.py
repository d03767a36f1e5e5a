"""What is measured. Each row is a generator of (label, value, better) for one supervisor: one sample. `better` is "less" or
"more". Who calls goes round all supervisors, as often as the plan says, and takes medians: whatever else the machine does
meanwhile meets all of them."""

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

# A file system that hangs is the tests' as well.
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
        self.rounds = {
            "size": 1, "memory": 1, "first": 21, "many": 5, "restart": 7, "orphans": 3, "logfile": 5, "logstdout": 5, "idle": 1,
            "status": 3, "term": 5, "gateway": 7, "rpc": 3,
            "processors": 5, "crash": 3, "besidecrash": 3, "besidehung": 3,
        }
        if quick:
            self.rounds = {name: min(count, 2) for name, count in self.rounds.items()}


class Stamped(Session):
    """A session whose programs take the path of the stamps in place of the word STAMPS."""

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


def size(peer, plan):
    yield "executables, KB", weight(peer.files()) / 1024, "less"


def memory(peer, plan):
    seen = {}
    for count in plan.counts if "many" in peer.takes else (1,):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            time.sleep(1.5)  # the start is over, its buffers are given back where they are given back at all
            rss, pss, private = measure.memory(session.own())
            yield f"RSS with {count}, KB", rss, "less"
            yield f"PSS with {count}, KB", pss, "less"
            yield f"private with {count}, KB", private, "less"
            seen[count] = private
    if len(seen) > 1:
        few, most = plan.counts[1], plan.counts[-1]
        yield "private per further program, KB", (seen[most] - seen[few]) / (most - few), "less"


def first(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]]) as session:
        yield "exec to the first child, ms", (session.await_stamps(1)[0] - session.began()) * 1000, "less"


def many(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many) as session:
        yield f"all of {plan.many} started, ms", (max(session.await_stamps(plan.many)) - session.began()) * 1000, "less"


def processors(peer, plan):
    """Starts that go on side by side show with a second processor. The supervisor and its programs share them."""
    own = sorted(os.sched_getaffinity(0))
    for count in (1, 2):
        if len(own) < count:
            return
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many, processors=own[:count]) as session:
            taken = (max(session.await_stamps(plan.many)) - session.began()) * 1000
            yield f"all of {plan.many} started, {count} processor{'s' if count > 1 else ''}, ms", taken, "less"


def crash(peer, plan):
    """A program that ends at once, with startsecs=0: nothing but the supervisor itself slows it down."""
    with Stamped(peer, plan, [["fail", "STAMPS"]]) as session:
        session.await_stamps(1)
        own = session.own()
        cpu, starts = measure.cpu_seconds(own), len(session.moments())
        time.sleep(plan.crashing)  # the measurement itself
        yield f"CPU of a crash loop in {plan.crashing} s, ms", (measure.cpu_seconds(own) - cpu) * 1000, "less"
        yield f"starts of a crash loop in {plan.crashing} s", len(session.moments()) - starts, "less"


def beside(peer, plan, what, others, **keys):
    """How long `status` takes at worst, and how long after TERM a healthy program has ended, which is stopped first."""
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
        # s6 and runit wait until a program has lived for a second: this is not to be measured.
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


def logstdout(peer, plan):
    read, write = os.pipe()
    drained = subprocess.Popen([plan.load, "drain", "/dev/null"], stdin=read)
    os.close(read)
    with Stamped(peer, plan, [["write", str(plan.bytes), "STAMPS"]], log="stdout", stdout=write) as session:
        os.close(write)
        began, ended = session.await_stamps(2, 300, poll=0.01)
        yield "log to a pipe on stdout, MB/s", plan.bytes / (ended - began) / 1e6, "more"
    drained.wait()


def idle(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * (10 if "many" in peer.takes else 1)) as session:
        session.await_stamps(10 if "many" in peer.takes else 1)
        time.sleep(2)  # the start is over
        own = session.own()
        before, cpu = measure.switches(own), measure.cpu_seconds(own)
        time.sleep(plan.idle)  # the measurement itself
        yield f"wake-ups in {plan.idle} s, 10 programs", measure.switches(own) - before, "less"
        yield f"CPU in {plan.idle} s, 10 programs, ms", (measure.cpu_seconds(own) - cpu) * 1000, "less"


def status(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * 10) as session:
        session.await_stamps(10)
        time.sleep(1)  # the state is RUNNING everywhere
        done = subprocess.run([plan.load, "repeat", str(plan.calls if peer.name != "supervisord" else max(5, plan.calls // 10)),
                               *session.peer.status(session)], capture_output=True, text=True, check=True)
        lines = [line.split() for line in done.stdout.splitlines()]
        if any(code != "0" for _, code in lines):
            raise measure.Overdue(f"status ended with {lines[0][1]}: {done.stderr[-300:]}")
        yield "status of a program, whole process, ms", median([int(time) for time, _ in lines]) / 1e6, "less"


def term(peer, plan):
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many) as session:
        session.await_stamps(plan.many)
        time.sleep(1)  # the start is over
        yield f"SIGTERM to exit with {plan.many}, ms", measure.end(session) * 1000, "less"


def gateway(peer, plan):
    """What XML-RPC costs who hasn't asked before: here the process that speaks it is not running yet."""
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


def rpc(peer, plan):
    for count in plan.counts[::2] if plan.counts[-1] == 100 else (1, 100, 1000):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * count) as session:
            session.await_stamps(count)
            time.sleep(1)  # the state is RUNNING everywhere
            with Client(session) as client:
                times = []
                for _ in range(max(plan.calls // (1 if count < 1000 else 10), 5)):
                    began = time.monotonic()
                    answer = client.call("supervisor.getAllProcessInfo")
                    times.append((time.monotonic() - began) * 1000)
                if answer.count(b"<name>statename</name>") != count:
                    raise measure.Overdue(f"an answer about {count} programs")
                yield f"getAllProcessInfo of {count}, kept-alive, ms", median(times), "less"


# Name, measurement, and who competes: the peers that take part in one of these.
ROWS = {
    "size": (size, {"many", "one"}),
    "memory": (memory, {"many", "one"}),
    "first": (first, {"many", "one"}),
    "many": (many, {"many"}),
    "processors": (processors, {"many"}),
    "restart": (restart, {"many"}),
    "crash": (crash, {"beside"}),
    "besidecrash": (besidecrash, {"beside"}),
    "besidehung": (besidehung, {"beside"}),
    "orphans": (orphans, {"orphans"}),
    "logfile": (logfile, {"log"}),
    "logstdout": (logstdout, {"stdout"}),
    "idle": (idle, {"many", "one"}),
    "status": (status, {"status"}),
    "term": (term, {"term"}),
    "gateway": (gateway, {"http"}),
    "rpc": (rpc, {"http"}),
}


def cat(plan, command):
    began = time.monotonic()
    subprocess.run(["sh", "-c", command], check=True)
    return plan.bytes / (time.monotonic() - began) / 1e6


# What anything that copies from a pipe can reach: the label of a row, and one sample of it.
LIMITS = {
    "logfile": ("log to a rotated file, MB/s",
                lambda plan, folder: cat(plan, f"{plan.load} writeonly {plan.bytes} | cat > {folder}/cat")),
    "logstdout": ("log to a pipe on stdout, MB/s",
                  lambda plan, folder: cat(plan, f"{plan.load} writeonly {plan.bytes} | cat | {plan.load} drain /dev/null")),
}
