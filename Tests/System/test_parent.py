"""`notify_parent`: the process that has started init hears when everything is ready, over a real socket."""

import json
import os
import re
import socket
import time

import pytest

from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from waiting import PATIENCE, wait_until

WANTED = "notify_parent=true"


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no notify_parent")


class Listener:
    """The parent's end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name[0] == "@" else name)
        self.socket.settimeout(PATIENCE)
        self.name = name
        self.heard = []

    def next(self):
        self.heard.append(self.socket.recv(4096).decode())
        return self.heard[-1]

    def until(self, start):
        while not self.next().startswith(start):
            pass
        return self.heard[-1]


@pytest.fixture(params=["path", "abstract"])
def listener(request, folder):
    listener = Listener(str(folder / "notify") if request.param == "path" else f"@reeve-test-{os.getpid()}-{folder.name}")
    yield listener
    listener.socket.close()


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def test_a_whole_life(begin, listener, folder):
    programs = (program("db", "sh -c 'until test -e {folder}/gate; do sleep 0.01; done; echo up; exec sleep 1000'", notify="log:up")
                + program("web", "{actor} wait", depends_on="db")
                + program("later", autostart=False))
    run = begin(programs, supervisord=WANTED, environment={"NOTIFY_SOCKET": listener.name})
    assert listener.next().startswith("STATUS=0 of 2 programs are ready; waiting for db, web")
    # Nothing happens, and nothing is said.
    run.assert_sleeps(1)
    (folder / "gate").touch()
    assert listener.until("READY=1") == "READY=1\nSTATUS=all programs are ready"
    assert all(text.startswith("STATUS=") for text in listener.heard[:-1])
    assert len(set(listener.heard)) == len(listener.heard), "only news"
    for name in ("web", "later"):
        if name == "later":
            run.ctl("start", "later")
        with open(f"/proc/{run.pid_of(name)}/environ", "rb") as file:
            assert b"NOTIFY_SOCKET" not in file.read()
    # A restart is a reload, with the time that systemd compares with.
    before = time.monotonic()  # clock: lower bound
    run.ctl("reload")
    reloading = listener.until("RELOADING=1")
    microseconds = int(re.search(r"MONOTONIC_USEC=(\d+)", reloading)[1])
    assert before * 1e6 <= microseconds
    listener.until("READY=1")
    run.stop()
    assert listener.until("STOPPING=1") == "STOPPING=1\nSTATUS=shutting down"


def test_what_is_down_is_named(begin, folder):
    listener = Listener(str(folder / "notify"))
    programs = program("bad", "{actor} exit 3", startsecs=1, startretries=0) + program("web")
    run = begin(programs, supervisord=WANTED, environment={"NOTIFY_SOCKET": listener.name})
    assert listener.until("STATUS=1 of 2 programs are ready; waiting for bad (FATAL)")
    assert not any("READY=1" in text for text in listener.heard)
    assert run.ctl("health").code == 1


def test_nobody_listens(begin, folder):
    run = begin(program("web"), supervisord=WANTED, environment={"NOTIFY_SOCKET": str(folder / "none")})
    run.wait_state("web", "RUNNING")
    run.ctl("restart", "web")
    assert run.log().count("can't tell the parent process") == 1
    run.stop()


def test_a_full_queue_delays_nothing(begin, folder):
    listener = Listener(str(folder / "notify"))
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    filler.connect(listener.name)
    try:
        while True:
            filler.send(b"X_FILL=1")
    except BlockingIOError:
        pass
    run = begin(program("web"), supervisord=WANTED, environment={"NOTIFY_SOCKET": listener.name})
    run.wait_state("web", "RUNNING")
    run.assert_answers()
    listener.until("READY=1")


def test_without_the_key_or_the_variable(begin, folder):
    listener = Listener(str(folder / "notify"))
    run = begin(program("web"), environment={"NOTIFY_SOCKET": listener.name})
    run.wait_state("web", "RUNNING")
    with open(f"/proc/{run.pid_of('web')}/environ", "rb") as file:
        assert f"NOTIFY_SOCKET={listener.name}".encode() in file.read()
    listener.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.socket.recv(4096)


def test_without_the_variable(begin):
    run = begin(program("web"), supervisord=WANTED)
    run.wait_state("web", "RUNNING")
    assert "parent" not in run.log()


def test_init_in_init(begin, folder, actor):
    """Reeve is a good parent of itself."""
    inner = folder / "inner.conf"
    inner.write_text(f"[supervisord]\nnotify_parent=true\nnodaemon=true\npidfile={folder}/inner.pid\nlogfile={folder}/inner.log\n"
                     f"control_socket={folder}/inner.ctl\nchildlogdir={folder}\n"
                     + section("program", "job", command=f"sh -c 'until test -e {folder}/gate; do sleep 0.01; done'", type="oneshot"))
    run = begin(program("inner", f"{INIT.daemon[0]} -c {inner}", notify="sd"))
    wait_until(lambda: run.info("inner")["description"] == "0 of 1 programs are ready; waiting for job")
    assert run.state("inner") == "STARTING"
    (folder / "gate").touch()
    run.wait_state("inner", "RUNNING")
    assert json.loads(run.ctl("status", "--json", "inner").out)[0]["status_text"] == "all programs are ready"
