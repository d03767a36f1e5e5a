"""The gateway of a running init: the one that init starts, or one beside it with other limits.

`Started` finds the process that init has started. `Gateway` binds sockets and passes them, as init does, and is a
proxy on the private connection: it answers `reeve.servers` and `reeve.gatewaySettings` itself, and forwards
everything else, including descriptors.
"""

import os
import pathlib
import select
import socket
import struct
import subprocess
import threading

import control
import procfs
import supervised
from waiting import wait_until

EXECUTABLE = supervised.DIST / "gateway"
LARGEST = control.LARGEST_PACKET * 2


class Started:
    """The gateway that init, running as `one`, has started for the first connection."""

    def __init__(self, one):
        self.one = one
        self.pid = next(pid for pid in procfs.children(one.pid) if str(EXECUTABLE) in procfs.cmdline(pid))

    def log(self):
        """Its log lines, and init's lines about it."""
        return "".join(line for line in self.one.log().splitlines(True) if "gateway" in line)

    def rss(self):
        return procfs.rss(self.pid)

    def peak_rss(self):
        return procfs.peak_rss(self.pid)

    def is_running(self):
        return self.pid in procfs.children(self.one.pid)

    def wait(self, timeout=60):
        """Waits until it has exited, and init has logged no problem."""
        wait_until(lambda: not self.is_running(), timeout, what=self.one.story)
        assert not self.log()
        return 0

    def kill(self):
        """Does nothing: it exits with init."""


class Server:
    """One HTTP server of a test: a bound socket and its description."""

    def __init__(self, kind, address, username=None, password=None, backlog=1024):
        self.kind, self.username, self.password = kind, username, password
        if kind == "unix":
            self.address = str(address)
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(self.address)
        else:
            self.socket = socket.socket(socket.AF_INET)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.socket.listen(backlog)

    @property
    def url(self):
        return f"unix://{self.address}" if self.kind == "unix" else f"http://{self.address}"

    def description(self):
        return {
            "name": f"{self.kind}_http_server", "kind": self.kind, "address": self.address,
            "username": self.username or "", "password": self.password or "", "authenticated": self.username is not None}


class Gateway:
    """A running gateway. `control_path`: init's control socket."""

    def __init__(self, control_path, servers, folder, settings=None, mark="", files=None, **environment):
        self.servers, self.settings = servers, {"idle_timeout": 60, "identifier": "supervisor", **(settings or {})}
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.init = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.init.connect(str(control_path))
        self.log_path = pathlib.Path(folder) / "gateway.log"
        given = [*(server.socket.fileno() for server in servers), theirs.fileno()]
        script = " ".join(f"{3 + index}<&{100 + index}" for index in range(len(given)))
        closes = " ".join(f"{100 + index}<&-" for index in range(len(given)))
        names = ":".join([server.description()["name"] for server in servers] + ["control"])
        limit = f"ulimit -n {files}; " if files else ""
        # Copies at numbers that nothing else uses: the shell moves them to 3, 4, ... and is replaced.
        copies = []
        for index, number in enumerate(given):
            copies.append(os.dup2(number, 100 + index, inheritable=True))
        name, _, value = mark.partition("=")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f"{limit}LISTEN_PID=$$ exec {EXECUTABLE} {script} {closes}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=copies,
                env={**os.environ, "LISTEN_FDS": str(len(given)), "LISTEN_FDNAMES": names, **environment,
                     **({name: value} if name else {})})
        for copy in copies:
            os.close(copy)
        theirs.close()
        self.pid = self.process.pid
        self.between = threading.Thread(target=self.pass_on, daemon=True)
        self.between.start()

    def pass_on(self):
        """Forwards packets in both directions, until one side closes."""
        try:
            while True:
                ready, _, _ = select.select([self.ours, self.init], [], [])
                for side in ready:
                    data, fds, _, _ = socket.recv_fds(side, LARGEST, 4)
                    if not data:
                        return
                    answer = self.own_answer(data) if side is self.ours else None
                    target = self.ours if answer or side is self.init else self.init
                    socket.send_fds(target, [answer or data], fds)
                    for fd in fds:
                        os.close(fd)
        except OSError:
            pass  # one side is gone in the middle of a packet
        finally:
            self.ours.close()
            self.init.close()

    def own_answer(self, request):
        _, identity = struct.unpack_from("<BI", request)
        name, _ = control.raw(request, 5)
        values = {
            b"reeve.servers": lambda: [server.description() for server in self.servers],
            b"reeve.gatewaySettings": lambda: self.settings}
        if name not in values:
            return None
        return struct.pack("<BIB", control.VERSION, identity, 0) + control.encode(values[name]())

    # -- state

    def log(self):
        return self.log_path.read_text(errors="replace")

    def rss(self):
        return procfs.rss(self.pid)

    def peak_rss(self):
        return procfs.peak_rss(self.pid)

    def is_running(self):
        return self.process.poll() is None

    def wait(self, timeout=60):
        return self.process.wait(timeout)

    def kill(self):
        if self.is_running():
            self.process.kill()
        self.process.wait()
        try:
            self.ours.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the thread has closed it already
        self.between.join(60)
        for server in self.servers:
            server.socket.close()
