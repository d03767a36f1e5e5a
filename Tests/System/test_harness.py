"""Tests the harness against supervisord from PyPI: a test that passes there and fails with `init` shows a problem of
`init`."""

import json
import os
import signal

import pytest

import control
import masks
import procfs
from supervised import SUPERVISORD, section
from waiting import Overdue, holds_for, wait_until


@pytest.fixture
def oracle(start):
    return lambda *arguments, **options: start(*arguments, engine=SUPERVISORD, **options)


def test_runs_supervisord_as_pid_1_or_not(oracle, actor, pid1):
    run = oracle(section("program", "web", command=f"{actor} wait", startsecs=0), pid1=pid1)
    run.wait_state("web", "RUNNING")
    assert (procfs.inner_pid(run.pid) == 1) == pid1
    assert procfs.alive(run.pid_of("web"))
    assert procfs.parent(run.pid_of("web")) == run.pid
    assert run.ctl("status").out.split()[:2] == ["web", "RUNNING"]
    run.stop()
    assert ("WARN", "stopped: web (terminated by SIGTERM)") in masks.log_lines(run.log())


def test_the_actor_reports(oracle, actor, folder):
    run = oracle(section("program", "a", command=f"{actor} report {folder}/r.json wait", environment='X="y"'))
    report = wait_until(lambda: json.loads((folder / "r.json").read_text()))
    assert report["environment"]["X"] == "y"
    assert report["environment"]["SUPERVISOR_PROCESS_NAME"] == "a"
    assert report["pid"] == run.info("a")["pid"]
    assert set(report["descriptors"]) == {"0", "1", "2"}


def test_faults_come_through(oracle):
    with pytest.raises(control.Fault) as caught:
        oracle().rpc("supervisor.startProcess", "nobody")
    assert (caught.value.code, caught.value.text) == (10, "BAD_NAME: nobody")


def test_a_failed_start_tells_why(oracle):
    with pytest.raises(AssertionError, match="program.x.*does not specify a command"):
        oracle("[program:x]\nautostart=true\n")


def test_leftovers_are_seen(oracle, actor):
    run = oracle(section("program", "a", command=f"{actor} daemon wait", startsecs=0), pid1=False)
    run.wait_state("a", "RUNNING")
    # The daemon has its own session by then.
    wait_until(lambda: [pid for pid in procfs.marked(run.mark) if pid != run.pid and os.getsid(pid) == pid])
    with pytest.raises(AssertionError, match="no process is left"):
        run.stop()
    assert procfs.marked(run.mark)
    run.kill()
    wait_until(lambda: not procfs.marked(run.mark))


def test_waiting():
    with pytest.raises(Overdue):
        wait_until(lambda: False, 0.05, exactly=True)
    with pytest.raises(AssertionError):
        holds_for(0.05, lambda: False)


def test_values_survive_the_trip():
    value = {"a": [1, -5, True, False, b"\xff\0"], "b": {"c": []}}
    assert control.decode(control.encode(value)) == (value, len(control.encode(value)))


def test_masks():
    line = "2026-11-21 09:27:43,123 INFO spawned: 'web' with pid 4711"
    assert masks.masked(line) == "TIME INFO spawned: 'web' with pid N"
    assert masks.log_lines(line) == [("INFO", "spawned: 'web' with pid 4711")]


def test_the_idle_are_told_from_the_busy(oracle, actor):
    run = oracle(section("program", "busy", command="/bin/sh -c 'while :; do :; done'", startsecs=0))
    run.wait_state("busy", "RUNNING")
    run.assert_calm(0.3)
    run.pid, honest = run.pid_of("busy"), run.pid

    def is_told():
        try:
            run.assert_calm(0.3)
        except AssertionError as told:
            return "it used" in str(told)
        return False

    wait_until(is_told)  # others may be using the processor
    run.pid = honest
    os.kill(run.pid_of("busy"), signal.SIGKILL)
