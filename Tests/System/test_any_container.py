"""init works in any container: users without a name, nothing to write to, no capabilities, no /proc, any streams,
other inits in front, tiny limits. In each the programs run, `ctl status` answers or says why it can't, and init
exits cleanly.

More about some of these: streams of any kind and stalled ones in test_output.py and test_pressure.py, the
supervisor's own user and limits that can't be raised in test_boot.py, limits that are lowered later in
test_shortage.py, terminals of a single command in test_single.py.
"""

import contextlib
import os
import pathlib
import pty
import shutil
import socket
import subprocess
import termios
import uuid

import pytest

import limited
import procfs
import supervised
from containers import HEAD, Container
from supervised import section
from waiting import holds_for, wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="makes containers as root does; what is in them needs no root")

UID = 54321
OUT = {"stdout_logfile": "/dev/stdout", "stdout_logfile_maxbytes": 0, "redirect_stderr": True}
NO_RUN = ("control socket /run/init.ctl: Read-only file system (EROFS); ctl cannot reach this init "
          "(control_socket= in [supervisord] names another place)")


def program(name, *words, **keys):
    return section("program", name, command=" ".join(["/actor", *(words or ("say", f"hello-of-{name}", "wait"))]),
                   **{"startsecs": 0, **OUT, **keys})


TWO = program("a") + program("b")


@pytest.fixture
def contain(actor, folder):
    running = []

    def begin(text=TWO, **options):
        one = folder / str(len(running))
        one.mkdir()
        running.append(Container(one, actor, f"REEVE_TEST={uuid.uuid4()}", text, **options))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


def assert_works(container, said=True):
    """Both programs run, ctl can ask and control init, and init exits cleanly."""
    container.wait_status(a="RUNNING", b="RUNNING")
    if said:
        container.wait_said("hello-of-a")
        container.wait_said("hello-of-b")
    answer = container.ctl("restart", "a")
    assert answer.returncode == 0 and answer.stdout == "a: stopped\na: started\n", answer
    container.wait_status(a="RUNNING", b="RUNNING")
    container.stop()


# -- Users


@pytest.mark.parametrize("tmpfs, place", [(("/run", "/tmp"), "/run/init.ctl"), (("/tmp",), f"/tmp/init-{UID}.ctl")])
def test_a_user_without_a_name(contain, tmpfs, place):
    """`--user 54321` in an image without /etc/passwd; /run often belongs to root."""
    container = contain(program("a", "report", "-", "wait") + program("b"), uid=UID, tmpfs=tmpfs)
    container.wait_said('"uid"' if '"uid"' in container.said() else "hello-of-b")
    container.wait_programs(2)
    inner = procfs.status(container.pid)
    assert inner["Uid"].split() == [str(UID)] * 4
    assert pathlib.Path(f"/proc/{container.pid}/root{place}").is_socket()
    assert_works(container, said=False)


def test_a_user_that_it_cannot_become(contain):
    """If init may not change users, it doesn't run another user's program as someone else."""
    for options in ({"uid": UID}, {"capabilities": False}):
        container = contain(program("a", user="12345", startretries=0) + program("b"), **options)
        container.wait_status(a="FATAL", b="RUNNING")
        assert "couldn't setuid to 12345: Could not set groups of effective user" in container.ctl("status").stdout
        assert "couldn't setuid to 12345" in container.said()
        container.stop()


# -- File systems


@pytest.mark.parametrize("uid", [None, UID])
def test_nothing_can_be_written(contain, uid):
    """A read-only root without a tmpfs: programs run, and everything that can't be written is logged."""
    container = contain(TWO + program("c", "say", "kept", "wait", stdout_logfile="AUTO"), uid=uid, readonly=True,
                        tmpfs=(), shm=False)
    container.wait_programs(3)
    for text in ("hello-of-a", "hello-of-b", NO_RUN, "could not write pidfile /run/init.pid: Read-only file system (EROFS)",
                 "c: can't make a log file in /tmp: Read-only file system (EROFS); only the last output is kept, in memory"):
        container.wait_said(text)
    answer = container.ctl("status")
    assert answer.returncode == 4
    assert "/run/init.ctl (default): no such file" in answer.stderr
    assert f"/tmp/init-{uid or 0}.ctl (default): no such file" in answer.stderr
    assert f"/dev/shm/init-{uid or 0}.ctl (default): no such file" in answer.stderr
    container.stop()


@pytest.mark.parametrize("uid", [None, UID])
def test_only_what_runtimes_give(contain, uid):
    """`--read-only` and nothing else: every container has a /dev/shm."""
    container = contain(uid=uid, readonly=True, tmpfs=())
    container.wait_said("hello-of-b")
    assert pathlib.Path(f"/proc/{container.pid}/root/dev/shm/init-{uid or 0}.ctl").is_socket()
    assert_works(container)


@pytest.mark.parametrize("uid", [None, UID])
def test_one_folder_can_be_written(contain, uid):
    """`--read-only --tmpfs /run` is all that it needs."""
    container = contain(uid=uid, readonly=True, tmpfs=("/run",))
    assert_works(container)
    assert " CRIT c" not in container.said() and " ERRO " not in container.said()


@pytest.mark.parametrize("uid", [None, UID])
def test_an_image_without_folders(contain, uid):
    """FROM scratch: no /tmp for automatic logs, no /run for the control socket."""
    container = contain(TWO + program("c", "say", "kept", "wait", stdout_logfile="AUTO", stdout_logfile_maxbytes="1MB"),
                        uid=uid, bare=True, tmpfs=(), head=HEAD.replace("pidfile=/run/init.pid\n", ""))
    container.wait_status(a="RUNNING", b="RUNNING", c="RUNNING")
    container.wait_said("c: can't make a log file in /tmp: No such file or directory (ENOENT); only the last output is kept")
    wait_until(lambda: container.ctl("tail", "c").stdout == "kept\n\n", what=lambda: container.ctl("tail", "c"))
    container.stop()


def test_an_http_server_without_a_place(contain, actor):
    """As supervisord, it doesn't start if it can't open a configured server: the last line has the reason."""
    container = contain("[unix_http_server]\nfile=/run/s.sock\n" + TWO, readonly=True, tmpfs=(), files={"/gateway": actor})
    assert container.wait() == 2
    assert container.said().splitlines()[-1] == (
        "Error: Cannot open an HTTP server: socket.error reported errno.EROFS (30)")
    assert "/run/s.sock.ctl: Read-only file system (EROFS)" in container.said()


@pytest.mark.parametrize("uid", [None, UID])
@pytest.mark.parametrize("proc", ["hidden", "hidepid"])
def test_proc(contain, proc, uid):
    container = contain(proc=proc, uid=uid)
    container.wait_status(a="RUNNING", b="RUNNING")
    tree = container.ctl("tree")
    assert tree.returncode == 0
    if proc == "hidden":
        assert "/proc does not show 2 of these programs' processes (hidepid=, another user's, or just ended)" in tree.stderr
    else:
        assert "S /actor say hello-of-a wait" in tree.stdout
    assert_works(container)


def test_the_gateway_without_proc(contain):
    container = contain("[unix_http_server]\nfile=/run/s.sock\n" + TWO, proc="hidden",
                        files={"/gateway": supervised.DIST / "gateway"})
    container.wait_status(a="RUNNING", b="RUNNING")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(f"/proc/{container.pid}/root/run/s.sock")
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(9) == b"HTTP/1.1 ", container.said()
    container.stop()


def test_no_gateway_in_the_image(contain):
    container = contain("[unix_http_server]\nfile=/run/s.sock\n" + TWO)
    container.wait_said("HTTP servers are not opened: there is no gateway at /gateway (gateway= in [supervisord]")
    assert_works(container)


# -- Capabilities


@pytest.mark.parametrize("uid", [None, UID])
def test_no_capability_at_all(contain, uid):
    """`--cap-drop ALL --security-opt no-new-privileges`."""
    container = contain(capabilities=False, uid=uid)
    container.wait_programs(2)
    status = procfs.status(container.pid)
    assert all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"))
    assert status["NoNewPrivs"] == "1"
    assert_works(container)


# -- PID 1


@pytest.mark.parametrize("uid", [None, UID])
def test_not_pid_1(contain, uid):
    """A shared PID namespace: orphans are adopted all the same."""
    container = contain(TWO + program("c", "daemon", "wait"), joined=True, uid=uid)
    container.wait_programs(4)
    assert procfs.namespace(container.pid) == procfs.namespace(os.getpid())
    wait_until(lambda: [procfs.parent(pid) for pid in procfs.marked(container.mark)].count(container.pid) == 4,
               what=lambda: f"four children; {container.said()}")
    assert container.ctl("shutdown").returncode == 0
    assert container.wait() == 0


@pytest.mark.skipif(not pathlib.Path("/usr/bin/tini-static").exists(), reason="no tini-static")
def test_another_init_in_front(contain):
    """`docker run --init`: PID 1 is tini."""
    container = contain(before=("/tini", "--"), files={"/tini": "/usr/bin/tini-static"})
    container.wait_said("supervisord started with pid")
    assert "supervisord started with pid 1\n" not in container.said()
    assert_works(container)


# -- Streams


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (1, 2), (0, 1, 2)], ids=str)
def test_closed_streams(contain, closed):
    container = contain(closed=closed)
    assert_works(container, said=1 not in closed)
    if closed == (1,):
        assert "can't write the log to /dev/stdout: it is not open" in container.said()


@pytest.mark.parametrize("kind", ["socket", "file", "pipe"])
def test_stdout_is(contain, folder, kind):
    with contextlib.ExitStack() as stack:
        if kind == "socket":
            reading, writing = (stack.enter_context(end) for end in socket.socketpair())
            reading.setblocking(False)
            number = reading.fileno()
        elif kind == "file":
            writing = stack.enter_context(open(folder / "out", "wb"))
            number = stack.enter_context(open(folder / "out", "rb")).fileno()
        else:
            number, end = os.pipe()
            os.set_blocking(number, False)
            stack.callback(os.close, number)
            writing = stack.enter_context(open(end, "wb"))
        container = contain(stdout=writing, uid=UID)
        data = bytearray()

        def came(text):
            with contextlib.suppress(BlockingIOError):
                data.extend(os.read(number, 65536))
            return text in data

        for text in (b"INFO spawned: 'a'", b"hello-of-a", b"hello-of-b"):
            wait_until(lambda text=text: came(text), what=lambda text=text: f"{text} in {bytes(data)}; {container.said()}")
        assert_works(container, said=False)
        wait_until(lambda: came(b"stopped: a"), what=lambda: f"the last words in {bytes(data)}")


def test_stdin_is_open(contain):
    """`-i`: init ignores what arrives there, and doesn't exit at its end."""
    reading, writing = os.pipe()
    container = contain(stdin=reading)
    os.close(reading)
    container.wait_status(a="RUNNING", b="RUNNING")
    os.write(writing, b"status\n" * 100)
    os.close(writing)
    before = container.programs()
    holds_for(0.3, lambda: container.process.poll() is None and container.programs() == before)
    assert procfs.cpu_seconds(container.pid) < 0.2
    assert_works(container)


@pytest.mark.parametrize("uid", [None, UID])
def test_a_terminal(contain, uid):
    """`-t`: Ctrl-C stops it cleanly; a hang-up of the terminal restarts it, as SIGHUP does."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    before = termios.tcgetattr(slave)
    container = contain(stdin=slave, stdout=slave, stderr=slave, terminal=True, uid=uid)
    seen = bytearray()

    def shows(text):
        with contextlib.suppress(BlockingIOError, OSError):
            seen.extend(os.read(master, 65536))
        return text in seen

    for text in (b"hello-of-a\r\n", b"hello-of-b\r\n"):
        wait_until(lambda text=text: shows(text), what=lambda text=text: f"{text} in {bytes(seen)}")
    container.wait_status(a="RUNNING", b="RUNNING")
    os.write(master, b"\x03")
    assert container.wait() == 0
    wait_until(lambda: shows(b"stopped: a"), what=lambda: f"its last words in {bytes(seen)}")
    assert b"received SIGINT indicating exit request" in seen
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


# -- Limits


SIX = "".join(program(name, startretries=0) for name in "abcdef")


def assert_crowded(container, count):
    """As many programs run as there is room for; the others say why they don't."""
    # ctl is a process, too: not before all starts have been tried.
    container.wait_said("gave up: f")
    wait_until(lambda: sorted(container.status().values()) == ["FATAL"] * (6 - count) + ["RUNNING"] * count,
               what=lambda: f"{count} run: {container.ctl('status')}; {container.said()}")
    status = container.ctl("status")
    assert status.stdout.count("Too many processes in process table to spawn") == 6 - count
    # The programs that end make room for ctl, and for those that found none.
    assert container.ctl("stop", "a", "b").returncode == 0
    assert container.ctl("start", "f").stdout == "f: started\n"
    container.stop()


def test_a_limit_of_processes(contain):
    container = contain(SIX, uid=int(uuid.uuid4()) % 100000 + 200000, processes=4)
    container.wait_said("WARN can't raise RLIMIT_NPROC from 4 to 200 (EPERM): going on with 4")
    assert_crowded(container, 3)


def test_no_process_but_itself(contain):
    container = contain(uid=int(uuid.uuid4()) % 100000 + 300000, processes=1)
    wait_until(lambda: set(container.status().values()) == {"BACKOFF"}, what=lambda: container.said())
    container.stop()


@pytest.fixture
def pids_cgroup():
    """The folder of a pids cgroup for the test, with room for four processes."""
    with limited.cgroup("pids", "pids.max", "pids.max", "4") as folder:
        yield folder


def test_a_pids_cgroup(contain, pids_cgroup):
    """`--pids-limit 4`."""
    assert_crowded(contain(SIX, cgroup=str(pids_cgroup)), 3)


# -- Everything


def test_everything_at_once(contain):
    """No name, no capability, no /proc, no streams, and only one writable folder."""
    container = contain(uid=UID, capabilities=False, proc="hidden", readonly=True, tmpfs=("/run",), closed=(0, 1, 2))
    assert_works(container, said=False)


def test_less_than_everything(contain):
    """The same without a folder: ctl can't reach it, but its programs run."""
    container = contain(uid=UID, capabilities=False, proc="hidden", readonly=True, tmpfs=(), shm=False,
                        closed=(0, 1, 2))
    container.wait_programs(2)
    container.stop()
