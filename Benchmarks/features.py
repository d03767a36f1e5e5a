"""What Reeve's own features cost: rows for Reeve alone. The caller is that of rows.py."""

import json
import os
import subprocess
import time

import measure
from http_client import Client
from rows import Stamped
from terminal import Terminal  # of the tests

# Each program depends on two of the layer before, as services depend on a database and a cache.
LAYERS = 10
CHECKS, INTERVAL = 100, 10


def dependent_of(count):
    return f"all of {count} programs with dependencies started, ms"


def beside_of(count):
    return f"starting {count} programs with dependencies, times the same without"


TOP = "ctl top while nothing happens, CPU of the screen and init, %"
HEALTH = f"{CHECKS} health checks every {INTERVAL} s, CPU of init and the checks, %"


def metrics_of(count):
    return f"/metrics with {count} programs, time of the gateway's loop, ms"


def edges(index, count):
    """The line of a program in a graph of layers."""
    size = count // LAYERS
    layer, place = divmod(index, size)
    if layer == 0:
        return []
    first = (layer - 1) * size
    return [f"depends_on=p{first + place}, p{first + (place + 1) % size}"]


def depend(peer, plan):
    taken = []
    for more in ({}, {"more": [edges(index, plan.many) for index in range(plan.many)]}):
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many, **more) as session:
            taken.append((max(session.await_stamps(plan.many)) - session.began()) * 1000)
    yield dependent_of(plan.many), taken[1], "less"
    yield beside_of(plan.many), taken[1] / taken[0], "less"


def health(peer, plan):
    """A check is `healthcheck_tcp` against a listener in the same network namespace. It is made by a process of the one
    that makes all checks, and all three count. The listener's own processor time isn't counted."""
    listener = subprocess.Popen([plan.load, "accept", "-"], stdout=subprocess.PIPE)
    try:
        port = int(listener.stdout.readline())
        keys = [f"healthcheck_tcp=127.0.0.1:{port}", f"healthcheck_interval={INTERVAL}"]
        with Stamped(peer, plan, [["sleep", "STAMPS"]] * CHECKS, more=[keys] * CHECKS) as session:
            session.await_stamps(CHECKS)
            names = [f"p{index}" for index in range(CHECKS)]
            subprocess.run([*peer.status(session)[:-2], "wait", *names, "--for=healthy", f"--timeout={plan.patience}"], check=True,
                           stdout=subprocess.DEVNULL)
            time.sleep(2)  # in the middle of an interval
            service, = [pid for pid in measure.tree(session.pid) if "--serve" in measure.arguments(pid)]
            both = [session.pid, service]
            own, checks = measure.cpu_seconds(both), measure.children_cpu_seconds(service)
            began = time.monotonic()
            time.sleep(plan.checking)  # the measurement itself
            passed = time.monotonic() - began
            own, checks = measure.cpu_seconds(both) - own, measure.children_cpu_seconds(service) - checks
            said = subprocess.run([*peer.status(session)[:-2], "status", "--json", names[0]], check=True, capture_output=True).stdout
            if json.loads(said)[0]["health_checks"][-1]["time"] < time.time() - INTERVAL - 2:
                raise measure.Overdue("no check has run")
            yield HEALTH, (own + checks) / passed * 100, "less"
    finally:
        listener.kill()
        listener.wait()


def metrics(peer, plan):
    """The CPU time of the gateway's only loop, which runs on the main thread, for one answer: probes wait meanwhile, a
    little at a time."""
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * plan.many) as session:
        session.await_stamps(plan.many)
        time.sleep(1.5)  # every program is RUNNING
        with Client(session) as client:
            times = []
            for _ in range(plan.scrapes):
                gateway, = [pid for pid in session.own() if measure.executable(pid) == "gateway"]
                before = measure.cpu_seconds([gateway])
                answer = client.get("/metrics")
                times.append((measure.cpu_seconds([gateway]) - before) * 1000)
                if answer.count(b"reeve_program_starts_total{") != plan.many:
                    raise measure.Overdue(f"an answer about {plan.many} programs")
                time.sleep(1.1)  # the answer is shared for a second
    yield metrics_of(plan.many), measure.median(times), "less"


def top(peer, plan):
    """A screen with ten programs: `ctl` looks at them every second, and reads their use from /proc."""
    with Stamped(peer, plan, [["sleep", "STAMPS"]] * 10) as session:
        session.await_stamps(10)
        with Terminal([*peer.status(session)[:-2], "top"], columns=80, env={**os.environ, "TERM": "xterm-256color"}) as terminal:
            measure.wait_until(lambda: all(b"p%d" % index in terminal.raw for index in range(10)), plan.patience, "list of the programs")
            time.sleep(3)  # the first looks are over
            both = [session.pid, terminal.process.pid]
            before, began = measure.cpu_seconds(both), time.monotonic()
            time.sleep(plan.idle)  # the measurement itself
            yield TOP, (measure.cpu_seconds(both) - before) / (time.monotonic() - began) * 100, "less"


ROWS = {
    "top": (top, {"reeve"}),
    "depend": (depend, {"reeve"}),
    "health": (health, {"reeve"}),
    "metrics": (metrics, {"reeve"}),
}
