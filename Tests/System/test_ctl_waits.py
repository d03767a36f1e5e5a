"""A ctl that waits for an answer sleeps."""

import socket
import subprocess
import time

import pytest

import procfs
from supervised import DIST
from waiting import wait_until


@pytest.mark.parametrize("scheme", ["http", "unix"])
def test_it_sleeps_until_the_server_answers(folder, scheme):
    """The server accepts the connection and never answers: ctl and the process that speaks HTTP for it sleep."""
    server = socket.socket(socket.AF_UNIX if scheme == "unix" else socket.AF_INET)
    server.bind(str(folder / "s.sock") if scheme == "unix" else ("127.0.0.1", 0))
    server.listen()
    url = f"unix://{folder}/s.sock" if scheme == "unix" else "http://127.0.0.1:%d" % server.getsockname()[1]
    ctl = subprocess.Popen([DIST / "ctl", "-s", url, "pid"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.settimeout(60)
        connection, _ = server.accept()
        # It may only have checked whether something listens.
        while not connection.recv(65536).startswith(b"POST"):
            connection, _ = server.accept()
        processes = [ctl.pid, *wait_until(lambda: procfs.children(ctl.pid))]
        wait_until(lambda: all(procfs.state(pid) == "S" for pid in processes), what="all of them sleep")
        before = [procfs.wakeups(pid) for pid in processes]
        time.sleep(1)  # sleep: observation
        assert [procfs.wakeups(pid) for pid in processes] == before
    finally:
        ctl.kill()
        ctl.wait()
