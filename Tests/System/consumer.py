"""The other end of a container's stdout: a pipe, a socket, a file or a terminal, read as fast as a test wants."""

import os
import pty
import socket
import threading
import time
import tty


class Consumer:
    """`out` becomes the supervisor's stdout. Reads from the start, or after `go()` with `stalled`."""

    def __init__(self, kind, folder, stalled=False):
        self.bytes = bytearray()
        self.path = None
        if kind == "pipe":
            self.fd, self.out = os.pipe()
        elif kind == "socket":
            ours, theirs = socket.socketpair()
            self.fd, self.out = ours.detach(), theirs.detach()
        elif kind == "terminal":
            self.fd, self.out = pty.openpty()
            tty.setraw(self.out)
        elif kind == "file":
            self.path = folder / "consumed"
            self.out = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            self.fd = os.open(self.path, os.O_RDONLY)
        else:
            raise ValueError(kind)
        self.running = threading.Event()
        self.closed = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        if not stalled:
            self.go()

    def go(self):
        self.running.set()

    def stall(self):
        self.running.clear()

    def read(self):
        while not self.closed:
            self.running.wait()
            try:
                data = os.read(self.fd, 1 << 20)
            except OSError:
                return
            if data:
                self.bytes += data
            elif self.path:
                time.sleep(0.01)  # sleep: poll
            else:
                return

    def given(self):
        """The supervisor has its own copy now: closes this one, so that its exit ends the stream."""
        if not self.path:
            os.close(self.out)
        self.out = -1

    def lines(self):
        return bytes(self.bytes).split(b"\n")[:-1]

    def close(self):
        self.closed = True
        self.go()
