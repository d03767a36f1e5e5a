"""docs/security.md: every test that it names exists; and tests of boundaries that no other file covers."""

import os
import re
import socket
import stat
import subprocess

import pytest

import control
import procfs
from supervised import DIST, INIT, ROOT, section
from waiting import wait_until

NOBODY = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs another user")


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("about Reeve's own boundaries")


def test_every_named_test_exists():
    text = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(\w+\.(?:py|swift))::(\w+)`", text))
    assert len(named) > 40
    texts = {path.name: path.read_text() for path in (ROOT / "Tests").rglob("test_*.py")}
    texts.update({path.name: path.read_text() for path in (ROOT / "Tests").rglob("*Tests.swift")})
    for file, name in sorted(named):
        assert file in texts, file
        assert re.search(rf"\b(?:def|func) {name}\(", texts[file]), f"{file}::{name}"
    for path in re.findall(r"`(Tests/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    # Every row of a boundary names a test.
    for line in text.split("## Boundaries")[1].split("## What is not")[0].splitlines():
        if line.startswith("| ") and "tested by" not in line and "---" not in line:
            assert re.search(r"`[\w/.]+(?:::\w+)?` *\|$", line), line


@needs_root
@pytest.mark.parametrize("mode", [None, "0777"])
def test_the_control_socket_is_its_owners(start, actor, folder, mode):
    programs = section("program", "a", command=f"{actor} wait", startsecs=0)
    run = start(programs, wait=False) if mode is None else start(
        text=f"[unix_http_server]\nfile={folder}/s.sock\nchmod={mode}\n[supervisord]\nlogfile={folder}/s.log\n", wait=False)
    run.wait_ready()
    assert stat.S_IMODE(run.control_path.stat().st_mode) == int(mode or "0700", 8)
    done = subprocess.run([DIST / "ctl", "-s", f"unix://{run.control_path}", "shutdown"], capture_output=True, text=True,
                          user=NOBODY, group=NOBODY, extra_groups=[], timeout=60)
    if mode is None:
        assert done.returncode == 1 and "permission denied" in done.stderr
        assert run.state("a") == "RUNNING"
    else:
        assert done.returncode == 0
        assert run.wait() == 0


NONSENSE = [b"\0", b"\xff" * 9, b"status\n", b"\x01" + b"\xff" * 8 + b"x" * 100, os.urandom(60000)]


def test_nonsense_ends_its_sender_only(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    with run.control() as other:
        for data in NONSENSE:
            with run.control() as hostile:
                hostile.socket.send(data)
                with pytest.raises((EOFError, ConnectionResetError)):
                    hostile.packet()
        assert other.call("supervisor.getState")["statename"] == "RUNNING"
    assert run.log().count("control socket: a message could not be understood, its sender is cut off") == len(NONSENSE)


def test_more_than_are_served(start):
    run = start()
    with run.control() as first:
        first.call("supervisor.getState")
        # A full backlog of waiting connections is not enough.
        crowd = [wait_until(run.control) for _ in range(200)]
        cut = 0
        for one in crowd:
            try:
                one.call("supervisor.getState")
            except (EOFError, OSError):
                cut += 1
        assert cut == 200 - 127
        assert first.call("supervisor.getState")["statename"] == "RUNNING"
        for one in crowd:
            one.close()
    run.assert_answers()


SECRET = "tomatoes-are-blue"
SERVER = f"[unix_http_server:second]\nfile={{folder}}/second.sock\nusername=u\npassword={SECRET}\n"


def test_passwords_are_for_the_gateway(start, folder):
    run = start(SERVER.format(folder=folder))
    for method in ("reeve.servers", "reeve.gatewaySettings"):
        with pytest.raises(control.Fault) as fault:
            run.rpc(method)
        assert fault.value.code == 1


def test_passwords_are_nowhere(start, actor, folder):
    """Not in the most detailed log, not in an argument, not in a program's environment."""
    run = start(SERVER.format(folder=folder) + section("program", "a", command=f"{actor} wait", startsecs=0), supervisord="loglevel=blather")
    run.wait_state("a", "RUNNING")
    run.ctl("status")
    for pid in [run.pid, *run.processes()]:
        assert SECRET not in " ".join(procfs.cmdline(pid))
        with open(f"/proc/{pid}/environ") as file:
            assert SECRET not in file.read()
    assert "spawned: 'a'" in run.log() and SECRET not in run.log() and SECRET.encode() not in run.stdout()


@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_of_ctl(start, actor, closed):
    """ctl's output must not go to the connection that got the number of its stdout."""
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    run.wait_state("a", "RUNNING")
    before = run.pid_of("a")
    for action in ("status", "restart a"):
        subprocess.run(["sh", "-c", f'exec "$0" -c "$1" {action} {closed}', DIST / "ctl", run.configuration], timeout=60)
    wait_until(lambda: run.pid_of("a") not in (0, before))
    assert "could not be understood" not in run.log()
