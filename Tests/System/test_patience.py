"""A child that doesn't get to its program delays init only for a limited time, in which the two share memory."""

import contextlib
import os
import shutil
import signal
import subprocess

import pytest

import control
import fuse
import procfs
from supervised import section
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="mounts, and starts programs as others")

LATE = "couldn't start it within 5 seconds: the file system of its directory or its executable hangs"


@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE here")
def test_a_file_system_that_hangs(start, actor, folder):
    (folder / "mount").mkdir()
    programs = section("program", "b", command=f"{actor} wait")
    with fuse.hanging(folder / "mount"):
        run = start(section("program", "a", command=f"{actor} wait", startretries=0, autostart=False, directory=f"{folder}/mount/x") + programs)
        run.wait_state("b", "RUNNING")
        with pytest.raises(control.Fault, match="SPAWN_ERROR"):
            run.rpc("supervisor.startProcess", "a", timeout=60)
        assert run.state("a") == "FATAL" and run.info("a")["spawnerr"] == LATE
        assert f"spawnerr: a: {LATE}" in run.log()
        # And it continues as if nothing had happened.
        before = run.pid_of("b")
        assert run.ctl("restart", "b").out == "b: stopped\nb: started\n"
        assert run.pid_of("b") != before
        wait_until(lambda: not procfs.zombies(run.pid), 5, what=run.story)
    run.configure(section("program", "a", command=f"{actor} wait", startsecs=0) + programs)
    assert run.ctl("update").code == 0
    run.wait_state("a", "RUNNING")


@pytest.fixture
def slowly():
    """`slowly(pid)`: its children wait before and after each change of their user, so that the test can catch them
    there."""
    tracers = []

    def begin(pid):
        tracers.append(subprocess.Popen(
            ["strace", "-f", "-qq", "-p", str(pid), "-o", "/dev/null", "-e", "trace=setresuid", "-e",
             "inject=setresuid:delay_exit=500000"], stderr=subprocess.DEVNULL))
        wait_until(lambda: procfs.status(pid)["TracerPid"] != "0", 10)

    yield begin
    for tracer in tracers:
        tracer.terminate()
        tracer.wait(60)


@pytest.mark.skipif(not shutil.which("strace"), reason="strace holds the child where it can be met")
def test_a_child_that_is_stopped_is_continued(start, actor, slowly):
    """A process of a program's user can send SIGSTOP to the child between its change to that user and its execution."""
    run = start(section("program", "a", command=f"{actor} wait", user="nobody", autostart=False) +
                section("program", "b", command=f"{actor} wait"))
    run.wait_state("b", "RUNNING")
    own = os.readlink(f"/proc/{run.pid}/exe")
    slowly(run.pid)

    def changed():
        for pid in procfs.children(run.pid):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/exe") == own and procfs.status(pid)["Uid"].split() == ["65534"] * 4:
                    return pid
        return None

    with run.control(20) as connection:
        connection.send("supervisor.startProcess", "a")
        child = wait_until(changed, 10, what=run.story, poll=0.005)
        os.kill(child, signal.SIGSTOP)
        run.assert_answers()
    run.wait_state("a", "RUNNING")
    assert run.pid_of("a") == child and procfs.state(child) in ("R", "S")
