"""The steps of scenarios. Each function returns a `Step`; names of programs, states and files are text."""

import fnmatch
import json
import os
import re
import shlex
import signal as signals

from compare import moments, of_program
from scenario import Step
from waiting import holds_for, wait_until


def _pairs(text):
    """Parses "a RUNNING, g:b STOPPED" into pairs; `STARTING|BACKOFF` matches either state."""
    return [(name, states.split("|")) for name, states in (pair.split() for pair in text.split(","))]


def _are(side, pairs):
    states = side.run.states()
    return all(states.get(name if ":" in name else f"{name}:{name}") in wanted for name, wanted in pairs)


def wait(text, timeout=60):
    """Waits until each program is in its state."""
    def perform(side):
        wait_until(lambda: _are(side, _pairs(text)), timeout, what=lambda: f"{text}; {side.run.states()}", poll=0.05)
        side.settle()
    return Step(f"wait {text}", perform)


def exists(name):
    """Waits until a file exists, which a program creates to report its progress."""
    def perform(side):
        wait_until((side.folder / name).exists, what=name, poll=0.02)
    return Step(f"exists {name}", perform)


def stays(text, seconds):
    """Checks that the programs keep their states for a time."""
    def perform(side):
        assert _are(side, _pairs(text)), side.run.states()
        holds_for(seconds, lambda: _are(side, _pairs(text)), f"{text} does not stay", poll=0.1)
    return Step(f"stays {text}", perform)


def ctl(line, stdin="", unordered=False):
    """Runs a command of the client: exit code and stdout. `unordered` is for answers in the order in which programs
    end."""
    def perform(side):
        code, out = side.ctl(shlex.split(side.fill(line)), side.fill(stdin))
        return code, sorted(out.splitlines()) if unordered else out
    return Step(f"ctl {line}", perform)


def usage(line):
    """Runs a wrong command: exit code and error. Each client has its own usage texts."""
    def perform(side):
        code, out = side.ctl(shlex.split(side.fill(line)))
        return code, out.splitlines()[:1]
    return Step(f"usage {line}", perform)


def rpc(method, *parameters):
    """Calls a method: the answer or the fault."""
    def perform(side):
        return side.call(method, *[side.fill(one) if isinstance(one, str) else one for one in parameters])
    return Step(f"rpc {method} {' '.join(map(str, parameters))}".rstrip(), perform)


def rpc_of_all(method, *parameters):
    """Calls a method for several processes, whose order in the answer depends on timing."""
    def perform(side):
        answer = side.call(method, *parameters)
        return sorted(answer, key=lambda one: (one["group"], one["name"])) if all(isinstance(one, dict) for one in answer) else answer
    return Step(f"rpc {method} {' '.join(map(str, parameters))}".rstrip(), perform)


def info():
    """The answer of getAllProcessInfo."""
    return rpc("getAllProcessInfo")


def signal(name):
    """Sends a signal to the supervisor."""
    def perform(side):
        side.settle()
        side.run.send(getattr(signals, f"SIG{name}"))
    return Step(f"signal {name}", perform)


def kill(program, name="KILL"):
    """Sends a signal to a program, bypassing the supervisor."""
    return Step(f"kill {program}", lambda side: os.kill(side.run.pid_of(program), getattr(signals, f"SIG{name}")))


def configure(text, supervisord=None):
    """Writes a new configuration, without telling the supervisor."""
    def perform(side):
        keys = None if supervisord is None else side.fill("loglevel=debug\n" + supervisord)
        side.run.configure(side.fill(text), keys)
    return Step("configure", perform)


def write(name, text):
    def perform(side):
        (side.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (side.folder / name).write_text(side.fill(text))
    return Step(f"write {name}", perform)


def remove(name):
    return Step(f"remove {name}", lambda side: (side.folder / name).unlink())


def move(name, to):
    def perform(side):
        (side.folder / name).rename(side.folder / to)
    return Step(f"move {name}", perform)


def read(name, until=None, timeout=60):
    """Reads a file, once it contains `until`."""
    def perform(side):
        path = side.folder / name
        if until is not None:
            wait_until(lambda: side.fill(until) in path.read_text(errors="replace"), timeout, what=f"{until} in {name}", poll=0.05)
        return path.read_bytes() if path.exists() else "no such file"
    return Step(f"read {name}", perform)


def sizes(pattern, until=None):
    """The files that match the pattern with their sizes, once there are `until` of them."""
    def perform(side):
        def now():
            return {side.masked(path.name): path.stat().st_size for path in sorted(side.folder.glob(pattern))}
        if until is not None:
            wait_until(lambda: len(now()) == until, what=lambda: f"{until} files {pattern}: {now()}", poll=0.05)
        return now()
    return Step(f"sizes {pattern}", perform)


def names(pattern):
    """The names of the files that match the pattern, with random parts masked."""
    def perform(side):
        return sorted(side.masked("/" + path.name) for path in side.folder.glob(pattern))
    return Step(f"names {pattern}", perform)


def mode(name):
    """The permissions, and whether the file exists."""
    def perform(side):
        path = side.folder / name
        return oct(path.stat().st_mode) if path.exists() else "no such file"
    return Step(f"mode {name}", perform)


def logged(pattern, times=1, timeout=60):
    """Waits until the supervisor's log contains a text this many times."""
    def perform(side):
        wait_until(lambda: len(re.findall(pattern, side.run.log())) >= times, timeout,
                   what=lambda: f"{times} x {pattern} in the log: {side.run.log()[-1500:]}", poll=0.05)
    return Step(f"logged {pattern}", perform)


def order(word, count=None):
    """The programs in the order of their lines with that word."""
    def perform(side):
        def now():
            return [name for _, _, text in moments(side.run.log())
                    if re.match(word, text) and (name := of_program(text))]
        if count is not None:
            wait_until(lambda: len(now()) >= count, what=lambda: f"{count} x {word}: {now()}", poll=0.05)
        return now()
    return Step(f"order {word}", perform)


KIND = re.compile(r"(pipe|socket):\[\d+\]")


def child(name="r.json", keys=("environment", "descriptors", "cwd", "umask", "argv", "uid", "euid", "gid", "egid", "groups",
                               "blocked", "nofile", "no_new_privs"), only=None):
    """What a program that ran `actor report` was given. `only`: the variables of interest."""
    def perform(side):
        path = side.folder / name
        wait_until(path.exists, what=f"{name} of the program", poll=0.05)
        said = json.loads(path.read_text())
        said["descriptors"] = {number: KIND.sub(r"\1", target) for number, target in said["descriptors"].items()}
        said["environment"].pop("REEVE_TEST", None)
        if only is not None:
            said["environment"] = {key: value for key, value in said["environment"].items()
                                   if any(fnmatch.fnmatch(key, pattern) for pattern in only)}
        said["leads its group"] = said["pid"] == said["pgid"]
        said["leads its session"] = said["pid"] == said["sid"]
        said["environment"] = dict(sorted(said["environment"].items()))
        return {key: said[key] for key in (*keys, "leads its group", "leads its session")}
    return Step(f"child {name}", perform)


def events(count, name="events", timeout=60):
    """The first `count` events that a recorder got, once they are there. Pids and times are masked."""
    def perform(side):
        path = side.folder / name

        def now():
            return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        wait_until(lambda: len(now()) >= count, timeout, what=lambda: f"{count} events: {now()}", poll=0.05)
        told = now()[:count]
        for one in told:
            one["payload"] = re.sub(r"\bpid:[1-9]\d*", "pid:N", one["payload"])
            if (tick := re.fullmatch(r"TICK_(\d+)", one["header"]["eventname"])) and (when := re.fullmatch(r"when:(\d+)", one["payload"])):
                one["payload"] = f"when:T, {int(when[1]) % int(tick[1])} s after a slice began"
        return told
    return Step(f"events {name}", perform)


def ends(timeout=60):
    """Waits until the supervisor has exited: its exit code."""
    return Step("ends", lambda side: side.wait_for_end(timeout))


def ask(label, perform):
    """Any other observation: the result of `perform(side)` is compared."""
    return Step(label, perform)
