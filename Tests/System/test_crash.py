"""A crash of init leaves a report on stderr and in the log, and scripts/symbolize turns it into lines."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from supervised import section

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBUG = ROOT / "dist" / "debug" / "init.debug"
REPORT = r"init: crashed: {}, at 0x[0-9a-f]+, build [0-9a-f]{{40}}, while [a-z ]+"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="commands PID 1 of another namespace")


def crash(started, act):
    """init's output when `act` crashes it: on stderr, and in its log."""
    act()
    assert started.wait() != 0
    return (started.folder / "stderr").read_text(errors="replace"), started.log()


def symbolized(report, folder):
    path = folder / "report"
    path.write_text(report)
    return subprocess.run([sys.executable, ROOT / "scripts" / "symbolize", path], capture_output=True, text=True)


def test_a_signal_from_outside_is_reported(start):
    init = start(section("program", "web", command="/bin/sleep 1000"))
    init.wait_all()
    stderr, log = crash(init, lambda: os.kill(init.pid, signal.SIGSEGV))
    for text in stderr, log:
        assert re.search(REPORT.format("SIGSEGV sent by process 0"), text), text


def test_the_same_signal_from_inside_is_not_heard(start):
    init = start(section("program", "web", command="/bin/sh -c 'kill -SEGV 1; kill -ILL 1; kill -ABRT 1; exec sleep 1000'"))
    init.wait_all()
    init.assert_answers()


def trap(pid, function):
    """Overwrites the beginning of a function in a process with an illegal instruction."""
    names = subprocess.run(["llvm-nm", DEBUG], capture_output=True, text=True, check=True).stdout
    address = int(re.search(rf"^([0-9a-f]+) [tT] {function}$", names, re.M)[1], 16)
    refused = b"\0\0\0\0" if os.uname().machine == "aarch64" else b"\x0f\x0b"
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(address)
        memory.write(refused)


def test_a_trap_is_reported_and_becomes_lines(start, tmp_path):
    # A program that ignores TERM: init has to set a timer for its KILL.
    init = start(section("program", "web", command="/bin/sh -c 'trap \"\" TERM; exec sleep 1000'"))
    init.wait_all()

    def act():
        trap(init.pid, "linux_timer_set")
        os.kill(init.pid, signal.SIGTERM)

    stderr, log = crash(init, act)
    assert re.search(REPORT.format("SIGILL for address 0x[0-9a-f]+"), stderr), stderr
    assert "init: crashed: SIGILL" in log
    said = symbolized(log, tmp_path)
    assert said.returncode == 0, said.stderr
    assert "linux_timer_set" in said.stdout and re.search(r"event\.c:\d+", said.stdout), said.stdout
    assert re.search(r"Start\.swift:\d+", said.stdout), said.stdout


def test_symbols_of_another_build_are_refused(tmp_path):
    said = symbolized(f"init: crashed: SIGILL for address 0x1, at 0x1, build {'0' * 40}, while waiting\ninit: calls: 0x1\n", tmp_path)
    assert said.returncode != 0
    assert "is of build" in said.stderr
