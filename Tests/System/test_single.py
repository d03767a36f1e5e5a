"""One command under init: what tini and dumb-init do, compared with both."""

import contextlib
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess

import pytest

import procfs
import supervised
from waiting import holds_for, wait_until

INIT = str(supervised.DIST / "init")
TINI = shutil.which("tini")
DUMB_INIT = shutil.which("dumb-init")
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
# KILL and STOP can't be caught, init uses CHLD itself, and 32 to 34 belong to musl, which the actor is linked with.
CATCHABLE = [number for number in range(1, 65) if number not in (9, 17, 19, 32, 33, 34)]
# Without a handler, these do nothing, or stop the process: there is no death to check.
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGSTOP, signal.SIGTSTP,
            signal.SIGTTIN, signal.SIGTTOU}
DEADLY = [number for number in range(1, 65) if number not in HARMLESS | {32, 33}]


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TINI_", "DUMB_INIT_"))}
    return kept | more


class Running:
    """An init with a command, in the background; `init` and `command` are pids outside of the namespace."""

    def __init__(self, words, pid1=False, program=INIT, environment=None, **options):
        self.pid1 = pid1
        self.process = subprocess.Popen(
            (NAMESPACE if pid1 else []) + [program, *map(str, words)], env=clean_environment(**(environment or {})),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    @property
    def init(self):
        if not self.pid1:
            return self.process.pid
        return wait_until(lambda: procfs.children(self.process.pid), what="a process in the namespace")[0]

    @property
    def command(self):
        """The child that executes another program than init: a call on a file is also a child for a moment, and then
        a zombie."""
        def commands():
            return [pid for pid in procfs.children(self.init)
                    if procfs.executable(pid) not in (None, procfs.executable(self.init))]

        return wait_until(commands, what="the command")[0]

    def signal(self, number):
        os.kill(self.init, number)

    def end(self, timeout=60):
        self.out, self.err = self.process.communicate(timeout=timeout)
        return self.process.returncode


@pytest.fixture
def begin():
    """`begin(words, ...)` returns a `Running`, which is ended after the test with all its processes."""
    running = []

    def start(*words, **options):
        one = Running(words, **options)
        running.append(one)
        return one

    yield start
    for one in running:
        if one.process.poll() is None:
            for pid in [*procfs.descendants(one.process.pid), one.process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            one.process.communicate()


def run(*words, program=INIT, pid1=False, environment=None, **options):
    return subprocess.run(
        (NAMESPACE if pid1 else []) + [program, *map(str, words)], env=clean_environment(**(environment or {})),
        capture_output=True, text=True, timeout=60, **options)


def read(path):
    return path.read_text() if path.exists() else ""


def lines(path):
    return read(path).split()


# Exit


def test_every_exit_code_comes_back(pid1, actor):
    for code in range(256):
        assert run("--", actor, "exit", code, pid1=pid1).returncode == code


def test_death_by_signal_is_128_and_its_number(actor):
    for number in DEADLY:
        assert run("--", actor, "die", number).returncode == 128 + number, number


def test_death_by_signal_under_pid1(actor):
    for number in (1, 2, 6, 9, 11, 15):
        assert run("--", actor, "die", number, pid1=True).returncode == 128 + number


@pytest.mark.parametrize("options, code, expected", [
    (["-e", "143"], 143, 0), (["-e143"], 143, 0), (["-e", "3", "-e", "4"], 4, 0), (["-e", "3"], 4, 4), (["-e", "0"], 0, 0),
    (["-e", "255"], 255, 0)])
def test_tolerated_codes_become_0(options, code, expected, actor):
    assert run(*options, "--", actor, "exit", code).returncode == expected


def test_a_tolerated_death(begin, actor):
    one = begin("-e", "143", "--", actor, "wait")
    assert one.command
    one.signal(signal.SIGTERM)
    assert one.end() == 0


# Commands that can't be executed


@pytest.mark.parametrize("words, code", [
    (["/no/such/program"], 127), (["no-such-program-anywhere"], 127), (["/etc/passwd/x"], 127), ([""], 127),
    (["/etc/passwd"], 126), (["/etc"], 126)])
def test_what_cant_be_executed(words, code, pid1):
    done = run("--", *words, pid1=pid1)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith(f"init: {words[0]}: ") and done.stderr.count("\n") == 1


def test_path_goes_on_after_a_file_that_is_not_executable(folder):
    for name, mode in (("first", 0o644), ("second", 0o755)):
        (folder / name).mkdir()
        (folder / name / "thing").write_text(f"#!/bin/sh\necho {name}\n")
        (folder / name / "thing").chmod(mode)
    path = f"{folder}/first:/no/such/folder:{folder}/second"
    assert run("thing", environment={"PATH": path}).stdout == "second\n"
    done = run("thing", environment={"PATH": f"{folder}/first"})
    assert done.returncode == 126


def test_a_script_without_an_interpreter_line_is_the_shells(folder):
    script = folder / "script"
    script.write_text('echo "$0 $1"\nexit 5\n')
    script.chmod(0o755)
    done = run("--", script, "argument")
    assert (done.returncode, done.stdout) == (5, f"{script} argument\n")


# Signals


def listener(actor, path, numbers):
    words = [actor]
    for number in numbers:
        words += ["on", number, path, number, -1]
    return words + ["append", path, "ready", "wait"]


def test_every_catchable_signal_is_passed_on(pid1, begin, folder, actor):
    log = folder / "log"
    one = begin("--", *listener(actor, log, CATCHABLE), pid1=pid1)
    wait_until(lambda: lines(log) == ["ready"])
    expected = ["ready"]
    for number in CATCHABLE:
        one.signal(number)
        expected.append(str(number))
        wait_until(lambda: lines(log) == expected, what=lambda: f"signal {number}: {lines(log)[-3:]}")
    os.kill(one.command, signal.SIGKILL)
    assert one.end() == 137


def test_queued_real_time_signals_are_all_passed_on(begin, folder, actor):
    log = folder / "log"
    one = begin("--", *listener(actor, log, [40]))
    wait_until(lambda: lines(log) == ["ready"])
    for _ in range(200):
        one.signal(40)
    wait_until(lambda: lines(log).count("40") == 200)


def family(actor, path):
    """A command with a child in its group; both record SIGUSR1."""
    child = f"{actor} on USR1 {path} child -1 append {path} ready wait"
    return ["sh", "-c", f"{child} & exec {actor} on USR1 {path} parent -1 append {path} ready wait"]


@pytest.mark.parametrize("options, environment, expected", [
    ([], {}, {"parent"}), (["-g"], {}, {"parent", "child"}), ([], {"TINI_KILL_PROCESS_GROUP": ""}, {"parent", "child"}),
    (["--rewrite", "12:10"], {}, {"parent", "child"}), (["--single-child", "-r", "12:10"], {}, {"parent"})])
def test_who_gets_a_signal(options, environment, expected, begin, folder, actor):
    log = folder / "log"
    one = begin(*options, "--", *family(actor, log), environment=environment)
    wait_until(lambda: lines(log).count("ready") == 2)
    one.signal(signal.SIGUSR2 if "12:10" in options else signal.SIGUSR1)
    wait_until(lambda: set(lines(log)) - {"ready"} == expected)
    holds_for(0.2, lambda: set(lines(log)) - {"ready"} == expected)


@pytest.mark.parametrize("rewrite, sent, arrives", [
    ("15:3", 15, "3"), ("TERM:QUIT", 15, "3"), ("sigterm:3", 15, "3"), ("15:0", 15, None), ("15:3", 1, "1")])
def test_rewriting(rewrite, sent, arrives, begin, folder, actor):
    log = folder / "log"
    one = begin("-r", rewrite, "--", *listener(actor, log, [1, 2, 3, 15]))
    wait_until(lambda: lines(log) == ["ready"])
    one.signal(sent)
    one.signal(2)  # always, so that "nothing" ends, too
    wait_until(lambda: "2" in lines(log))
    assert set(lines(log)) - {"ready", "2"} == ({arrives} if arrives else set())


def test_a_burst_of_signals(pid1, begin, folder, actor):
    log = folder / "log"
    one = begin("--", *listener(actor, log, [1, 10, 12, 15]), pid1=pid1)
    wait_until(lambda: lines(log) == ["ready"])
    for _ in range(1000):
        for number in (1, 10, 12, 15, 17, 23):
            one.signal(number)
    one.signal(signal.SIGUSR1)
    wait_until(lambda: {"1", "10", "12", "15"} <= set(lines(log)))
    os.kill(one.command, signal.SIGKILL)
    assert one.end() == 137


def test_a_signal_at_any_time_ends_it(begin, actor):
    """TERM while init starts: the command gets it, or init dies from it; it is never lost."""
    for _ in range(50):
        one = begin("--", actor, "wait")
        one.signal(signal.SIGTERM)
        assert one.end() in (143, -15)


def test_death_of_the_parent(begin, folder, actor):
    log = folder / "log"
    parent = subprocess.Popen(
        ["sh", "-c", f"{INIT} -p SIGUSR1 -- {' '.join(map(str, listener(actor, log, [10])))} & wait"])
    wait_until(lambda: lines(log) == ["ready"])
    init = procfs.children(parent.pid)[0]
    parent.kill()
    parent.wait()
    wait_until(lambda: "10" in lines(log))
    os.kill(procfs.children(init)[0], signal.SIGKILL)
    wait_until(lambda: not procfs.alive(init))


# Adopted children


@pytest.mark.parametrize("quiet", [False, True])
def test_orphans_are_reaped(quiet, pid1, begin, folder, actor):
    one = begin(*(["-w"] if not quiet else []), "--", actor, "orphans", 50, "wait", pid1=pid1)
    assert one.process.stdout.readline() == "orphans 50\n"
    wait_until(lambda: procfs.children(one.init) == [one.command])
    one.signal(signal.SIGTERM)
    assert one.end() == 143
    assert one.err.count("reaped zombie process with pid=") == (0 if quiet else 50)


def test_thousands_of_orphans_at_once(begin, actor):
    one = begin("--", actor, "orphans", 5000, "wait", pid1=True)
    assert one.process.stdout.readline() == "orphans 5000\n"
    wait_until(lambda: procfs.children(one.init) == [one.command], timeout=60)
    assert procfs.alive(one.command)


@pytest.mark.parametrize("environment, warnings", [
    ({}, True), ({"TINI_VERBOSITY": "0"}, False), ({"TINI_VERBOSITY": "1"}, True), ({"TINI_VERBOSITY": "3"}, True)])
def test_verbosity(environment, warnings, begin, actor):
    one = begin("-w", "--", actor, "orphans", 1, "wait", environment=environment)
    assert one.process.stdout.readline() == "orphans 1\n"
    wait_until(lambda: procfs.children(one.init) == [one.command])
    one.signal(signal.SIGTERM)
    assert one.end() == 143
    assert ("reaped zombie" in one.err) == warnings
    assert ("SIGTERM" in one.err) == (environment.get("TINI_VERBOSITY") == "3")


def test_an_inherited_ignore_of_sigchld(actor):
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # noqa: E731
    assert run("--", actor, "exit", 5, preexec_fn=ignore).returncode == 5


def test_it_sleeps(pid1, begin, actor):
    one = begin("--", actor, "wait", pid1=pid1)
    assert one.command

    def switches():
        return procfs.status(one.init)["voluntary_ctxt_switches"]

    wait_until(lambda: procfs.state(one.init) == "S")
    before = switches()
    holds_for(1.5, lambda: switches() == before, poll=0.5)


# The command's surroundings


def test_the_command_has_what_init_had(folder, actor, pid1):
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    done = run("--", actor, "report", "-", "an argument", "", pid1=pid1, pass_fds=[reading], cwd=folder,
               environment={"MARK": "x=y"})
    os.close(reading)
    os.close(writing)
    assert done.returncode == 97, "the actor's word for the argument that is no verb"
    given = json.loads(done.stdout)
    assert given["argv"][2:] == ["-", "an argument", ""]
    assert given["environment"]["MARK"] == "x=y"
    assert given["cwd"] == str(folder)
    assert given["blocked"] == given["ignored"] == []
    assert set(given["descriptors"]) == {"0", "1", "2", str(reading)}
    assert given["pgid"] == given["pid"] and given["sid"] != given["pid"]


def test_dumb_inits_session(actor):
    given = json.loads(run("-r", "1:1", "--", actor, "report", "-").stdout)
    assert given["sid"] == given["pgid"] == given["pid"]
    given = json.loads(run("-c", "--", actor, "report", "-", start_new_session=True).stdout)
    assert given["sid"] == given["pgid"] == given["ppid"], "init's own"


def test_any_bytes_are_arguments(actor):
    done = subprocess.run([INIT, "--", "printf", "%s", b"\xff\xfe\x80"], capture_output=True, timeout=60)
    assert done.stdout == b"\xff\xfe\x80"


# Terminals


class OnTerminal:
    """A process with its own terminal."""

    def __init__(self, words):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(words[0], [str(word) for word in words], clean_environment())

    def foreground(self):
        return os.tcgetpgrp(self.master)

    def read_until(self, text):
        seen = b""

        def more():
            nonlocal seen
            if select.select([self.master], [], [], 0)[0]:
                seen += os.read(self.master, 4096)
            return text.encode() in seen

        wait_until(more, what=lambda: f"{text!r} in {seen!r}")
        return seen.decode()

    def close(self):
        for pid in [*procfs.descendants(self.pid), self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.close(self.master)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


@pytest.fixture
def terminal():
    opened = []

    def open_one(*words):
        opened.append(OnTerminal([str(word) for word in words]))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def test_the_terminal_is_handed_over(terminal, actor):
    one = terminal(INIT, "--", actor, "say", "on", "wait")
    one.read_until("on")
    command = procfs.children(one.pid)[0]
    assert one.foreground() == command
    os.write(one.master, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 130, "Ctrl-C reached the command"


def test_the_terminal_is_given_back(terminal):
    one = terminal("/bin/sh", "-c", f"{INIT} -- true; echo done; read line; echo got $line")
    one.read_until("done")
    os.write(one.master, b"hello\n")
    one.read_until("got hello")


def test_the_terminal_is_not_taken_from_somebody_else(terminal, actor):
    one = terminal("/bin/bash", "-c", f"set -m; {INIT} -- {actor} say on wait & wait")
    one.read_until("on")
    assert one.foreground() == one.pid


def test_an_interactive_shell(terminal):
    one = terminal(INIT, "--", "/bin/bash", "--norc", "-i")
    os.write(one.master, b"sleep 1000\n")
    wait_until(lambda: len(procfs.descendants(one.pid)) == 2)
    sleeper = max(procfs.descendants(one.pid))
    wait_until(lambda: one.foreground() == sleeper)
    os.write(one.master, b"\x1a")
    wait_until(lambda: procfs.state(sleeper) == "T")
    os.write(one.master, b"kill -9 %1\nexit 7\nexit 7\n")
    wait_until(lambda: procfs.state(one.pid) == "Z")
    assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 7


def test_dumb_inits_way_with_a_terminal(terminal, actor):
    one = terminal(INIT, "-r", "1:1", "--", actor, "on", "HUP", "/dev/stdout", "hung", "-1", "say", "on", "wait")
    said = one.read_until("on")
    command = procfs.children(one.pid)[0]
    assert one.foreground() == command
    assert "hung" not in said, "the kernel's SIGHUP for giving up the terminal is not the command's"
    os.write(one.master, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 130


def test_stopping_stops_both_and_continuing_continues_both(begin, actor):
    one = begin("-r", "1:1", "--", actor, "wait")
    command = one.command
    wait_until(lambda: procfs.state(command) == "S")
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        one.signal(number)
        wait_until(lambda: procfs.state(command) == "T" and procfs.state(one.init) == "T")
        one.signal(signal.SIGCONT)
        wait_until(lambda: procfs.state(command) == "S" and procfs.state(one.init) == "S")


def test_the_rest_of_the_session_is_told(begin, folder, actor):
    log = folder / "log"
    child = f"{actor} ignore USR1 on TERM {log} told 0 append {log} ready wait"
    one = begin("-r", "1:1", "--", "sh", "-c", f"{child} & exec {actor} on USR1 {log} going 3 append {log} ready wait")
    wait_until(lambda: lines(log).count("ready") == 2)
    one.signal(signal.SIGUSR1)
    assert one.end() == 3
    wait_until(lambda: "told" in lines(log))


# The command line


@pytest.mark.parametrize("words, sentence", [
    (["-e", "256", "--", "true"], "-e takes an exit code"), (["-e", "x", "--", "true"], "-e takes an exit code"),
    (["-p", "NOSUCH", "--", "true"], "-p takes the name of a signal"), (["-r", "15", "--", "true"], "-r takes FROM:TO"),
    (["--rewrite=99:1", "--", "true"], "--rewrite takes FROM:TO")])
def test_refused_options(words, sentence):
    done = run(*words)
    assert done.returncode == 1 and sentence in done.stderr and done.stdout == ""


@pytest.mark.parametrize("words", [["sh", "-c", "exit 3"], ["--", "sh", "-c", "exit 3"], ["-g", "sh", "-c", "exit 3"],
                                   ["-s", "--", "sh", "-c", "exit 3"], ["-wvg", "--", "sh", "-c", "exit 3"]])
def test_with_and_without_separator(words):
    assert run(*words).returncode == 3


# Side by side


def like(program, name, folder):
    """init under another program's name."""
    link = folder / name
    link.symlink_to(program)
    return str(link)


SCENARIOS = [
    ["sh", "-c", "exit 9"], ["sh", "-c", "kill -TERM $$"], ["sh", "-c", "kill -KILL $$"], ["true"], ["false"],
    ["sh", "-c", "(sleep 0.01 &) ; exit 4"], ["printf", "a\\nb"], ["cat", "/dev/null"],
    ["sh", "-c", "echo $0 $#; echo err >&2; exit 6", "a", "b"]]


@pytest.mark.parametrize("words", SCENARIOS, ids=lambda words: " ".join(words)[:30])
@pytest.mark.parametrize("name", ["tini", "dumb-init"])
def test_same_as(name, words, folder):
    theirs = run("--", *words, program=shutil.which(name), environment={"TINI_SUBREAPER": ""})
    ours = run("--", *words, program=like(INIT, name, folder))
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


@pytest.mark.parametrize("name, options", [("tini", []), ("tini", ["-g"]), ("dumb-init", []), ("dumb-init", ["-c"])])
def test_same_group_session_and_recipients(name, options, begin, folder, actor):
    seen = []
    for program in (shutil.which(name), like(INIT, name, folder)):
        log = folder / f"log{len(seen)}"
        one = begin(*options, "--", *family(actor, log), program=program, environment={"TINI_SUBREAPER": ""},
                    start_new_session=True)
        wait_until(lambda: lines(log).count("ready") == 2)
        command = one.command
        place = [os.getsid(command) == command, os.getpgid(command) == command, os.getpgid(command) == os.getpgid(one.init)]
        one.signal(signal.SIGUSR1)
        wait_until(lambda: "parent" in lines(log))
        if options == ["-g"] or (name, options) == ("dumb-init", []):
            wait_until(lambda: "child" in lines(log))
        one.signal(signal.SIGTERM)
        seen.append((place, sorted(lines(log)), one.process.wait(timeout=60)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("words, code", [(["/no/such/program"], 127), (["/etc/passwd"], 126)])
def test_tini_says_the_same_of_what_cant_be_executed(words, code):
    assert run("-s", "--", *words, program=TINI).returncode == run("-s", "--", *words).returncode == code


def test_every_passed_signal_is_tinis(folder, begin, actor):
    """tini doesn't forward signals that it can't survive; init forwards those, too."""
    kept = {4, 5, 6, 7, 8, 11, 21, 22, 31}
    for program in (TINI, INIT):
        log = folder / pathlib.Path(program).name
        one = begin("-s", "--", *listener(actor, log, CATCHABLE), program=program)
        wait_until(lambda: lines(log) == ["ready"])
        numbers = [number for number in CATCHABLE if number not in kept]
        for number in numbers:
            one.signal(number)
            wait_until(lambda: lines(log)[-1] == str(number), what=lambda: f"{program}: {number}")
        assert lines(log) == ["ready", *map(str, numbers)]
        os.kill(one.command, signal.SIGKILL)
        assert one.end() == 137
