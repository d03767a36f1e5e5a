"""A VNC client over a websocket, as noVNC is one: `vnc_client.py PORT PASSWORD [FILE]` reads one frame, prints
{"name", "width", "height", "colours"}, and writes the frame to FILE, as PPM.

RFB is RFC 6143, websockets are RFC 6455. It only imports the standard library; openssl encrypts the challenge.
"""

import base64
import json
import os
import socket
import struct
import subprocess
import sys


class Websocket:
    """A client's end with binary messages, as a stream of bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.stream = self.socket.makefile("rb")
        self.buffer = b""
        self.socket.sendall((
            f"GET /websockify HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.exactly(1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            sys.exit(f"no websocket: {head.decode()}")

    def exactly(self, count):
        data = self.stream.read(count)
        if len(data) != count:
            sys.exit("the connection has ended")
        return data

    def send(self, data):
        """Clients mask what they send; a mask of zeros changes nothing."""
        self.socket.sendall(struct.pack("!BBH", 0x82, 0x80 | 126, len(data)) + bytes(4) + data)

    def read(self, count):
        while len(self.buffer) < count:
            kind, length = self.exactly(2)
            if length == 126:
                length, = struct.unpack("!H", self.exactly(2))
            elif length == 127:
                length, = struct.unpack("!Q", self.exactly(8))
            data = self.exactly(length)
            if kind & 15 in (0, 1, 2):
                self.buffer += data
            elif kind & 15 == 8:
                sys.exit(f"closed: {data[2:].decode(errors='replace')}")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


def encrypted(challenge, password):
    """DES with the bits of each byte of the password reversed; triple DES with three equal keys is the same."""
    key = "".join(f"{int(f'{byte:08b}'[::-1], 2):02x}" for byte in password.encode()[:8].ljust(8, b"\0"))
    return subprocess.run(
        ["openssl", "enc", "-des-ede3", "-nopad", "-K", key * 3], input=challenge, capture_output=True, check=True).stdout


def frame(stream, password):
    """(name, width, height, bytes of a frame, four a pixel)"""
    stream.send(stream.read(12))
    kinds = stream.read(stream.read(1)[0])
    if 2 not in kinds:
        sys.exit(f"no authentication with a password, but {list(kinds)}")
    stream.send(b"\x02")
    stream.send(encrypted(stream.read(16), password))
    if stream.read(4) != bytes(4):
        sys.exit("the password is refused")
    stream.send(b"\x01")
    width, height = struct.unpack("!HH", stream.read(4))
    stream.read(16)
    name = stream.read(struct.unpack("!I", stream.read(4))[0]).decode()
    # 32 bits a pixel, true colour, red first; raw encoding only; all of the screen.
    stream.send(struct.pack("!BxxxBBBBHHHBBBxxx", 0, 32, 24, 1, 1, 255, 255, 255, 24, 16, 8))
    stream.send(struct.pack("!BxHi", 2, 1, 0))
    stream.send(struct.pack("!BBHHHH", 3, 0, 0, 0, width, height))
    pixels = bytearray(width * height * 4)
    kind, count = struct.unpack("!BxH", stream.read(4))
    if kind != 0:
        sys.exit(f"not a frame, but a message of type {kind}")
    for _ in range(count):
        left, top, wide, high, encoding = struct.unpack("!HHHHi", stream.read(12))
        if encoding != 0:
            sys.exit(f"not raw, but encoding {encoding}")
        for row in range(top, top + high):
            start = (row * width + left) * 4
            pixels[start:start + wide * 4] = stream.read(wide * 4)
    return name, width, height, bytes(pixels)


def main(port, password, file=None):
    name, width, height, pixels = frame(Websocket(int(port)), password)
    colours = {pixels[place:place + 3] for place in range(0, len(pixels), 4)}
    print(json.dumps({"name": name, "width": width, "height": height, "colours": sorted(colour.hex() for colour in colours)}))
    if file:
        with open(file, "wb") as out:
            out.write(f"P6 {width} {height} 255\n".encode() + b"".join(pixels[place:place + 3] for place in range(0, len(pixels), 4)))


main(*sys.argv[1:])
