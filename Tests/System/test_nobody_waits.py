"""Nothing that happens to programs keeps init from answering: file systems that hang, stopped children, crash loops.

No test measures time. An answer which shows that all the others still hang was given while they did; a signal that a
healthy program got while they hang was sent then.
"""

import contextlib
import os
import shutil
import signal
import subprocess

import pytest

import fuse
import procfs
from supervised import ENGINES, INIT, section
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="mounts, and starts programs as others")
needs_fuse = pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE here")
MANY = 40


def many(count=MANY, **keys):
    return section("program", "many", process_name="m%(process_num)02d", numprocs=count, **keys)


def states(run, group="many"):
    return [info["statename"] for info in run.rpc("supervisor.getAllProcessInfo") if info["group"] == group]


def healthy(actor, folder, **keys):
    return section("program", "healthy", command=f"{actor} on TERM {folder}/told told 0 wait", startsecs=0, **keys)


@pytest.fixture(params=["refused", "read"])
def mount(folder, request):
    """A file system that hangs: a process that accesses it can be killed, or not even that."""
    place = folder / "mount"
    place.mkdir()
    with fuse.hanging(place, reads=request.param == "read"):
        yield place


@needs_fuse
@pytest.mark.parametrize("key", ["directory", "command", "stdout_logfile", "env_file"])
def test_many_programs_on_a_file_system_that_hangs(start, actor, folder, mount, key):
    keys = {"command": f"{actor} wait", key: f"{mount}/x%(process_num)s"}
    run = start(many(**keys) + healthy(actor, folder, priority=1000), pid1=False)
    # Its start is queued behind forty that hang.
    run.wait_state("healthy", "RUNNING")
    for _ in range(50):
        # All of them hang for at least five seconds, so all these answers arrived in that time.
        assert states(run) == ["STARTING"] * MANY
        assert run.ctl("pid").code == 0
    # A stop of a hanging start takes effect at once, and init itself exits.
    assert run.ctl("stop", "many:m07").code == 0
    assert run.state("many:m07") == "STOPPED"
    run.send(signal.SIGTERM)
    wait_until(lambda: (folder / "told").exists(), 5, what=run.story)
    assert run.wait() == 0


@needs_fuse
def test_descriptors_and_memory_are_bounded(start, actor, folder, mount):
    run = start(many(command=f"{actor} wait", directory=f"{mount}/x", startretries=2) + healthy(actor, folder), pid1=False)
    run.wait_state("healthy", "RUNNING")
    before = len(procfs.descriptors(run.pid))
    # Each start is given up, again and again, until the program is FATAL.
    wait_until(lambda: states(run) == ["FATAL"] * MANY, 60, what=run.story)
    assert len(procfs.descriptors(run.pid)) <= before
    assert procfs.peak_rss(run.pid) < 6000
    assert run.log().count("couldn't start it within 5 seconds") == 3 * MANY
    assert procfs.zombies(run.pid) == []


@needs_fuse
def test_a_hanging_start_by_hand(start, actor, folder, mount):
    """The check before a start at a user's request has a time limit, too."""
    run = start(section("program", "a", command=f"{mount}/x", autostart=False, startretries=0) + healthy(actor, folder), pid1=False)
    run.wait_state("healthy", "RUNNING")
    with run.control(20) as connection:
        begun = connection.send("supervisor.startProcess", "a", True)
        assert connection.call("supervisor.getProcessInfo", "a")["statename"] == "STARTING"
        assert connection.call("supervisor.stopProcess", "a") is True
        with pytest.raises(Exception, match="ABNORMAL_TERMINATION"):
            connection.receive(begun)


@needs_fuse
def test_a_single_command_that_hangs(folder, mount):
    """In front of one command: TERM ends init although the command never starts."""
    single = subprocess.Popen([*INIT.daemon, "--", f"{mount}/x"], stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        wait_until(lambda: procfs.children(single.pid) or procfs.state(single.pid) == "D" or None, 10)
        single.terminate()
        assert single.wait(60) != 0
    finally:
        single.kill()


@pytest.mark.skipif(not shutil.which("strace"), reason="strace holds the children where they can be met")
def test_many_children_that_are_stopped(start, actor, folder):
    """A process of a program's user can send SIGSTOP to its child between the change to that user and the execution."""
    run = start(many(command=f"{actor} wait", user="nobody", autostart=False) + healthy(actor, folder, autostart=False))
    own = os.readlink(f"/proc/{run.pid}/exe")
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-p", str(run.pid), "-o", "/dev/null", "-e", "trace=setresuid", "-e",
         "inject=setresuid:delay_exit=300000"], stderr=subprocess.DEVNULL)
    stopped = set()

    def stop_changed():
        for pid in procfs.children(run.pid):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/exe") == own and procfs.status(pid)["Uid"].split() == ["65534"] * 4:
                    os.kill(pid, signal.SIGSTOP)
                    stopped.add(pid)

    try:
        wait_until(lambda: procfs.status(run.pid)["TracerPid"] != "0", 10)
        with run.control(60) as connection, run.control(60) as other:
            begun = connection.send("supervisor.startProcessGroup", "many")

            def all_stopped_once():
                stop_changed()
                # It answers while children are stopped: none of them has executed its program.
                assert other.call("supervisor.getState")["statename"] == "RUNNING"
                return len(stopped) >= MANY // 2 or states(run) == ["RUNNING"] * MANY
            wait_until(all_stopped_once, 60, what=run.story)
            assert stopped
            tracer.terminate()
            tracer.wait(60)
            assert len(connection.receive(begun)) == MANY
    finally:
        tracer.kill()
    assert states(run) == ["RUNNING"] * MANY


def test_a_hundred_programs_that_end_at_once(start, actor, folder):
    run = start(many(100, command="/bin/true", startsecs=0, autorestart=True) + healthy(actor, folder))
    run.wait_state("healthy", "RUNNING")
    for _ in range(50):
        assert len(states(run)) == 100
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert (folder / "told").exists()


def make(path):
    path.mkdir()
    return path


def spawns(run, name):
    return run.log().count(f"spawned: '{name}'")


@pytest.mark.parametrize("command", ["/bin/false", "/bin/true"])
def test_a_crash_loop_is_braked_as_supervisord_brakes_it(start, folder, command):
    """supervisord's main loop turns once a second; init delays restarts itself, after three quick starts."""
    ours, theirs = [
        start(section("program", "a", command=command, startsecs=0, autorestart=True), folder=make(folder / name),
              engine=ENGINES[name]) for name in ("init", "supervisord")]
    wait_until(lambda: spawns(theirs, "a") >= 8, 60, what=theirs.story)
    assert 5 <= spawns(ours, "a") <= spawns(theirs, "a") + 8
    # The check that nothing is left would count the other side's processes.
    for run in (ours, theirs):
        run.kill()


def test_who_lived_longer_comes_back_at_once(start, actor, folder):
    """The delay only affects programs that exit within a second of their start."""
    run = start(section("program", "a", command=f"{actor} append {folder}/runs x sleep 1.2 exit 1", startsecs=0, autorestart=True))
    runs = folder / "runs"
    wait_until(lambda: runs.read_text().count("x") >= 4, 30, what=run.story)
    # Its exit and its next start have the same time in the log.
    log = run.log().splitlines()
    for index, line in enumerate(log):
        if "exited: a" in line and index + 1 < len(log):
            assert "spawned: 'a'" in log[index + 1]


def test_a_braked_program_can_be_stopped_and_started(start):
    run = start(section("program", "a", command="/bin/false", startsecs=0, autorestart=True))
    wait_until(lambda: run.state("a") == "EXITED" and spawns(run, "a") >= 3, 20, what=run.story)
    assert run.ctl("stop", "a").out == "a: stopped\n"
    count = spawns(run, "a")
    assert run.state("a") == "STOPPED"
    run.ctl("start", "a")
    wait_until(lambda: spawns(run, "a") > count, 10)


def test_a_listener_that_rejects_for_ever_is_braked(start, folder):
    listener = folder / "listener.sh"
    listener.write_text('#!/bin/sh\nwhile :; do printf "READY\\n"; read -r header || exit\n'
                        'dd bs=1 count="${header##*len:}" of=/dev/null 2>/dev/null; printf "RESULT 4\\nFAIL"; done\n')
    listener.chmod(0o755)
    run = start(section("eventlistener", "l", command=str(listener), events="REMOTE_COMMUNICATION", startsecs=0) +
                section("program", "clock", command="sleep 1.1", startsecs=0, autorestart=True))
    run.wait_state("l", "RUNNING")
    run.rpc("supervisor.sendRemoteCommEvent", "type", "data")
    # The other program's starts are the clock: one each 1.1 seconds.
    before = spawns(run, "clock")
    wait_until(lambda: spawns(run, "clock") >= before + 5, 60, what=run.story)
    assert 3 <= run.log().count("l: event was rejected") <= 3 + 12
