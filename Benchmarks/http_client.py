"""A cheap HTTP client: one connection, requests built once, answers as bytes."""

import socket

import measure


class Client:
    """A persistent connection over the Unix socket of a session."""

    def __init__(self, session):
        path = session.folder / "s.sock"
        measure.wait_until(path.exists, 10, f"socket of {session.peer.name}")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.buffer = bytearray(4 << 20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def call(self, method):
        """Calls a method by XML-RPC; returns the body of the answer."""
        body = f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params></params></methodCall>".encode()
        return self.ask(
            b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body, method)

    def get(self, path):
        return self.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), path)

    def ask(self, request, name):
        self.socket.sendall(request)
        have, view = 0, memoryview(self.buffer)
        while (end := self.buffer.find(b"\r\n\r\n", 0, have)) < 0:
            have += self.receive(view[have:])
        head = bytes(self.buffer[:end]).lower()
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise measure.Overdue(f"{name}: {head.decode()}")
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        while have < end + 4 + length:
            have += self.receive(view[have:])
        return bytes(self.buffer[end + 4:have])

    def receive(self, room):
        count = self.socket.recv_into(room)
        if not count:
            raise measure.Overdue("the connection was closed")
        return count
