"""A client of the control socket, written only from the description of the protocol, so that it checks the Swift
code.

Values: bool, int, bytes (text is sent as UTF-8), list, dict. See Sources/Supervise/Wire.
"""

import hashlib
import hmac
import os
import socket
import struct

VERSION = 1
LARGEST_PACKET = 32 * 1024


class Fault(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


def encode(value):
    if value is False:
        return b"\0"
    if value is True:
        return b"\1"
    if isinstance(value, int):
        return b"\2" + struct.pack("<q", value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"\3" + struct.pack("<I", len(value)) + value
    if isinstance(value, (list, tuple)):
        return b"\4" + struct.pack("<I", len(value)) + b"".join(encode(element) for element in value)
    if isinstance(value, dict):
        members = (struct.pack("<I", len(name)) + name + encode(element)
                   for name, element in ((key.encode(), element) for key, element in value.items()))
        return b"\5" + struct.pack("<I", len(value)) + b"".join(members)
    raise TypeError(type(value))


def decode(data, position=0):
    """(value, position after it); strings are returned as bytes."""
    tag = data[position]
    position += 1
    if tag in (0, 1):
        return tag == 1, position
    if tag == 2:
        return struct.unpack_from("<q", data, position)[0], position + 8
    if tag == 3:
        return raw(data, position)
    count, = struct.unpack_from("<I", data, position)
    position += 4
    if tag == 4:
        values = []
        for _ in range(count):
            value, position = decode(data, position)
            values.append(value)
        return values, position
    if tag == 5:
        members = {}
        for _ in range(count):
            name, position = raw(data, position)
            members[name.decode()], position = decode(data, position)
        return members, position
    raise ValueError(f"tag {tag} at {position - 1}")


def raw(data, position):
    count, = struct.unpack_from("<I", data, position)
    position += 4
    assert position + count <= len(data)
    return bytes(data[position:position + count]), position + count


def texts(value):
    """The same value with text in place of bytes, which most tests compare."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [texts(element) for element in value]
    if isinstance(value, dict):
        return {name: texts(element) for name, element in value.items()}
    return value


class Control:
    """One connection. Several requests may be in flight: `send` and `receive` are the halves of `call`."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.last = 0
        self.waiting = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, method, *parameters):
        self.last += 1
        name = method.encode()
        self.socket.send(
            struct.pack("<BII", VERSION, self.last, len(name)) + name + encode(list(parameters)))
        return self.last

    def packet(self):
        """(id, kind, data after the header, descriptors) of the next packet; EOFError if the other side has closed."""
        data, fds, flags, _ = socket.recv_fds(self.socket, LARGEST_PACKET * 2, 4)
        if not data:
            raise EOFError("the supervisor closed the connection")
        assert not flags & socket.MSG_TRUNC
        version, identity, kind = struct.unpack_from("<BIB", data)
        assert version == VERSION
        return identity, kind, data[6:], fds

    def receive(self, identity):
        """The answer to a request: a value, or (value, descriptor) if a descriptor comes with it."""
        while identity not in self.waiting:
            answered, kind, data, fds = self.packet()
            self.waiting[answered] = (kind, data, fds)
        kind, data, fds = self.waiting.pop(identity)
        if kind == 1:
            code, = struct.unpack_from("<q", data)
            text, end = raw(data, 8)
            assert end == len(data) and not fds
            raise Fault(code, text.decode())
        if kind == 2:
            assert len(fds) == 1
            with open(fds[0], "rb") as file:
                data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
        value, end = decode(data)
        assert end == len(data)
        if kind == 3:
            assert len(fds) == 1
            return texts(value), fds[0]
        assert kind in (0, 2)
        return texts(value)

    def call(self, method, *parameters):
        return self.receive(self.send(method, *parameters))

    def identify(self):
        """The supervisor's identity; `challenge` is bytes, and empty if this peer needs no password."""
        data = self.raw_answer(self.send("reeve.identify"))
        who = texts(data)
        who["challenge"] = data["challenge"]
        return who

    def raw_answer(self, identity):
        answered, kind, data, _ = self.packet()
        assert (answered, kind) == (identity, 0)
        return decode(data)[0]

    def authenticate(self, username, password):
        """Answers a challenge with an HMAC of it and the name; the key is the SHA-1 of the password."""
        return self.call("reeve.authenticate", proof(self.identify()["challenge"], username, password))


def proof(challenge, username, password):
    return hmac.digest(hashlib.sha1(password.encode()).digest(), challenge + username.encode(), "sha1")
