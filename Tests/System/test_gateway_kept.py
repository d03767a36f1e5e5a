"""The gateway keeps the state of all programs for repeated requests, and never answers with an old one."""

import os
import signal

import pytest

import procfs
from http_sides import Side
from supervised import section
from waiting import wait_until

CALL = (b"<?xml version='1.0'?><methodCall><methodName>supervisor.getAllProcessInfo</methodName>"
        b"<params></params></methodCall>")


@pytest.fixture
def side(start, folder, actor):
    programs = "".join(section("program", name, command=f"{actor} wait", startsecs=0, autorestart=False) for name in "ab")
    side = Side("init", start, folder / "i", programs=programs)
    yield side
    side.stop()


def test_init_is_not_asked_again_for_what_it_has_just_said(side):
    side.one.wait_all()
    answers = {side.post(CALL)[2] for _ in range(3)}
    before = procfs.wakeups(side.one.pid)
    for _ in range(500):
        answers.add(side.post(CALL)[2])
    # Once per started second; otherwise the others would wake init 500 times.
    assert procfs.wakeups(side.one.pid) - before < 250
    assert len(answers) < 250 and all(b"RUNNING" in answer for answer in answers)


def test_what_was_done_is_seen_at_once(side):
    """Whatever caused it: another connection, the control socket, the kernel."""
    side.one.wait_all()

    def states():
        _, infos = side.ask("supervisor.getAllProcessInfo")
        return {info["name"]: (info["statename"], info["pid"]) for info in infos}

    with side.one.control() as control:
        for _ in range(100):
            states()
            control.call("supervisor.stopProcess", "a")
            assert states()["a"] == ("STOPPED", 0)
            control.call("supervisor.startProcess", "a")
            assert states()["a"] == ("RUNNING", control.call("supervisor.getProcessInfo", "a")["pid"])
            side.ask("supervisor.stopProcess", "b")
            assert states()["b"] == ("STOPPED", 0)
            side.ask("supervisor.startProcess", "b")
            assert states()["b"][0] == "RUNNING"
        os.kill(side.one.pid_of("a"), signal.SIGKILL)
        wait_until(lambda: control.call("supervisor.getProcessInfo", "a")["statename"] == "EXITED")
        assert states()["a"] == ("EXITED", 0)
        side.one.configure("")
        side.ask("supervisor.reloadConfig")
        side.ask("supervisor.stopProcess", "b")
        side.ask("supervisor.removeProcessGroup", "b")
        assert set(states()) == {"a"}
