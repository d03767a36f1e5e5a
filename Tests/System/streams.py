"""Reads an endless HTTP answer."""

import contextlib

from waiting import wait_until


class Stream:
    """The answer to one request, read as it arrives; closed with the `with` block."""

    def __init__(self, side, path, version="1.1", method="GET", headers=b"", timeout=60):
        self.connection = side.connect(timeout)
        self.connection.sendall(
            f"{method} {path} HTTP/{version}\r\nHost: localhost\r\n".encode() + side.authorization() + headers + b"\r\n")
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            part = self.connection.recv(65536)
            assert part, (path, self.rest)
            self.rest += part
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.is_chunked = self.headers.get("transfer-encoding") == "chunked"
        self.body, self.has_ended = b"", False
        self.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def decode(self):
        """Decodes the complete chunks."""
        if not self.is_chunked:
            self.body, self.rest = self.body + self.rest, b""
            return
        while b"\r\n" in self.rest and not self.has_ended:
            size, _, data = self.rest.partition(b"\r\n")
            length = int(size, 16)
            if len(data) < length + 2:
                return
            assert data[length:length + 2] == b"\r\n", data[length:length + 20]
            self.body, self.rest = self.body + data[:length], data[length + 2:]
            if length == 0:
                self.has_ended = True

    def more(self):
        """Reads once; False at the end of the connection."""
        part = self.connection.recv(65536)
        self.rest += part
        if not part:
            self.has_ended = True
        self.decode()
        return bool(part)

    def until(self, condition, timeout=60):
        """Reads until `condition(body)`; returns the body."""
        self.connection.settimeout(timeout)
        with contextlib.suppress(TimeoutError):
            while not condition(self.body) and not self.has_ended and self.more():
                pass
        assert condition(self.body), self.body[-2000:]
        return self.body

    def until_end(self, timeout=60):
        self.connection.settimeout(timeout)
        while not self.has_ended:
            self.more()
        return self.body

    def is_over(self):
        """Whether the other side has closed."""
        self.connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            return not self.more()
        return False


def wait_for_end(stream, timeout=60):
    wait_until(stream.is_over, timeout)
