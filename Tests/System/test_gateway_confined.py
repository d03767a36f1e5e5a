"""What the gateway's process can do after an attacker has taken it over: the tests inject system calls into the real
one."""

import errno
import os
import signal
import socket

import pytest

import injected
import procfs
from gateways import Started
from supervised import UnixConnection, section
from test_landlock import has_landlock
from test_limits import limits
from waiting import wait_until

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="puts calls into another user's process"),
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="puts calls of this machine into a process"),
    pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")]

OPEN, KILL, SOCKET, CONNECT, BIND, EXECVE, SETUID, GETUID, CLOSE, PTRACE = 2, 62, 41, 42, 49, 59, 105, 102, 3, 101
O_WRONLY_CREAT = os.O_WRONLY | os.O_CREAT


@pytest.fixture
def gateway(start, actor, folder):
    """A real gateway that serves clients, beside a program of its own user."""
    (folder / "readable").write_text("for everybody\n")
    (folder / "readable").chmod(0o644)
    folder.chmod(0o777)
    run = start(section("program", "a", command=f"{actor} wait") +
                section("program", "same", command=f"{actor} wait", user="nobody"))
    run.wait_all()
    connection = UnixConnection(str(folder / "s.sock"), 10)
    connection.request("GET", "/livez")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read()
    started = Started(run)
    yield run, started, connection
    # It was not harmed, and continues to serve.
    connection.request("GET", "/livez")
    assert connection.getresponse().read()
    assert started.is_running()
    connection.close()


def test_files_are_out_of_reach(gateway, folder):
    run, started, _ = gateway
    with injected.into(started.pid) as inside:
        assert inside.call(GETUID) == 65529
        for path in (b"/etc/passwd", b"/etc/shadow", str(folder / "readable").encode(), b"/", b"/dev/null", b"/tmp"):
            assert inside.call(OPEN, path, os.O_RDONLY, 0) == -errno.EACCES, path
        assert inside.call(OPEN, b"/tmp/reeve-of-gateway", O_WRONLY_CREAT, 0o600) == -errno.EACCES
        assert inside.call(OPEN, f"/proc/{procfs.inner_pid(started.pid)}/oom_score_adj".encode(), os.O_WRONLY, 0) == -errno.EACCES
        # Programs of its own user are as inaccessible to it as others'.
        same = run.info("same")["pid"]
        for path in (f"/proc/{same}/environ", f"/proc/{same}/mem", "/proc/1/environ"):
            assert inside.call(OPEN, path.encode(), os.O_RDONLY, 0) == -errno.EACCES, path
        # The check can fail: the files that metrics and trees need can be read.
        number = inside.call(OPEN, f"/proc/{same}/stat".encode(), os.O_RDONLY, 0)
        assert number > 2
        assert inside.call(CLOSE, number) == 0


def test_programs_are_out_of_reach(gateway):
    run, started, _ = gateway
    with injected.into(started.pid) as inside:
        for name in ("a", "same"):
            assert inside.call(KILL, run.info(name)["pid"], signal.SIGTERM) == -errno.EPERM, name
            assert inside.call(PTRACE, injected.ATTACH, run.info(name)["pid"], 0, 0) == -errno.EPERM, name
        assert inside.call(KILL, 1, signal.SIGTERM) == -errno.EPERM
        assert inside.call(KILL, procfs.inner_pid(started.pid), 0) == 0
    assert run.states() == {"a:a": "RUNNING", "same:same": "RUNNING"}


def test_the_network_is_out_of_reach(gateway):
    _, started, _ = gateway
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        address = b"\x02\x00" + port.to_bytes(2, "big") + b"\x7f\x00\x00\x01" + bytes(8)
        free = b"\x02\x00\x00\x00\x7f\x00\x00\x01" + bytes(8)
        with injected.into(started.pid) as inside:
            number = inside.call(SOCKET, socket.AF_INET, socket.SOCK_STREAM, 0)
            assert number > 2
            assert inside.call(CONNECT, number, address, 16) == -errno.EACCES
            assert inside.call(BIND, number, free, 16) == -errno.EACCES
            assert inside.call(CLOSE, number) == 0


def test_there_is_no_way_back(gateway, actor):
    _, started, _ = gateway
    with injected.into(started.pid) as inside:
        assert inside.call(SETUID, 0) == -errno.EPERM
        assert inside.call(EXECVE, actor.encode(), 0, 0) == -errno.EACCES
        assert inside.call(EXECVE, b"/proc/self/exe", 0, 0) == -errno.EACCES


def test_what_it_may_use(gateway):
    _, started, _ = gateway
    own = limits(started.pid)
    assert own["data"] == (str(512 << 20), str(512 << 20))
    assert own["nofile"] == ("4096", "4096")
    assert own["core"] == ("0", "0")
    status = procfs.status(started.pid)
    assert [int(status[key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0] * 5
    assert status["NoNewPrivs"] == "1"


def test_what_it_serves_is_all_there(gateway, folder):
    """Metrics and trees come from /proc, local times from a time zone that was read before."""
    _, _, connection = gateway
    for path, part in (("/metrics", b"process_resident_memory_bytes"), ("/", b"</html>"), ("/api/v1/processes", b'"same"')):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200 and part in answer.read(), path
