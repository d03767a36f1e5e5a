"""Limits that leave no descriptor to accept a client, not even to disconnect it: init doesn't spin, and TERM ends
it."""

import contextlib
import os
import signal
import socket
import subprocess

import procfs
from supervised import INIT
from waiting import passes, wait_until

CONFIGURATION = "[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nminfds=1\ncontrol_socket={folder}/c.sock\nnodaemon=true\n"


def rests(pid, seen):
    """Whether the process is asleep in several checks in a row, with little CPU time in between; one that spins is
    never asleep for long."""
    for _ in range(4):
        seen.append((procfs.wakeups(pid), procfs.cpu_seconds(pid)))
        passes(0.05)
    return seen[-1] == seen[-4]


def test_clients_that_nobody_can_take(folder):
    (folder / "s.conf").write_text(CONFIGURATION.format(folder=folder))
    served = 0
    for limit in range(6, 24):
        init = subprocess.Popen(
            ["prlimit", f"--nofile={limit}:{limit}", *INIT.daemon, "-s", "-c", folder / "s.conf"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        clients = []
        try:
            # With the fewest descriptors it has no control socket.
            wait_until(lambda: init.poll() is not None or (folder / "c.sock").exists() or rests(init.pid, []), 20)
            for _ in range(8):
                client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                client.setblocking(False)
                with contextlib.suppress(OSError):
                    client.connect(str(folder / "c.sock"))
                clients.append(client)
            if init.poll() is None:
                served += 1
                seen = []
                wait_until(lambda: rests(init.pid, seen), 30, what=lambda: f"it rests with {limit} descriptors; {seen[-5:]}")
                init.send_signal(signal.SIGTERM)
            init.wait(60)
        finally:
            for client in clients:
                client.close()
            if init.poll() is None:
                init.kill()
                init.wait()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / "c.sock")
    assert served > 0
