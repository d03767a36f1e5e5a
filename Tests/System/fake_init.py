"""A control socket in front of a supervisord from PyPI: it forwards every method to XML-RPC.

It allows comparing ctl with supervisorctl against the same server. Other tests cover Reeve's own server.
"""

import http.client
import os
import pathlib
import socket
import struct
import threading
import xmlrpc.client

import control

NO_FILE, BAD_NAME = 20, 10


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    def make_connection(self, host):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        return connection


class FakeInit:
    """Listens at `path` while the `with` block lasts.

    - parameter server: the socket on which supervisord serves XML-RPC.
    - parameter log: supervisord's own log.
    """

    def __init__(self, path, server, log):
        self.path, self.server, self.log = pathlib.Path(path), server, pathlib.Path(log)
        self.ending = threading.Event()

    def __enter__(self):
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(60)
        self.path.unlink(missing_ok=True)

    def accept(self):
        while not self.ending.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            while packet := connection.recv(control.LARGEST_PACKET):
                version, identity, length = struct.unpack_from("<BII", packet)
                assert version == control.VERSION
                method = packet[9:9 + length].decode()
                parameters, end = control.decode(packet, 9 + length)
                assert end == len(packet)
                try:
                    self.answer(connection, identity, method, parameters)
                except BrokenPipeError:
                    # The client has not waited.
                    return

    def answer(self, connection, identity, method, parameters):
        try:
            self.perform(connection, identity, method, parameters)
        except xmlrpc.client.Fault as fault:
            text = fault.faultString.encode()
            head = struct.pack("<BIBqI", control.VERSION, identity, 1, fault.faultCode, len(text))
            connection.send(head + text)

    def perform(self, connection, identity, method, parameters):
        if method == "reeve.openLog":
            path = self.log_path(*control.texts(parameters))
            with open(path, "rb") as file:
                value = {"path": str(path), "size": path.stat().st_size}
                self.reply(connection, identity, 3, value, file.fileno())
            return
        if method == "reeve.follow":
            name, channel, backlog = control.texts(parameters)
            path = self.log_path(name, channel)
            output, into = os.pipe()
            threading.Thread(target=self.follow, args=(path, backlog, into), daemon=True).start()
            self.reply(connection, identity, 3, {"path": str(path)}, output)
            os.close(output)
            return
        server = xmlrpc.client.ServerProxy("http://localhost", transport=UnixTransport(self.server))
        value = control.encode(getattr(server, method)(*control.texts(parameters)))
        if len(value) < control.LARGEST_PACKET - 64:
            connection.send(struct.pack("<BIB", control.VERSION, identity, 0) + value)
            return
        memory = os.memfd_create("answer")
        os.write(memory, value)
        socket.send_fds(connection, [struct.pack("<BIB", control.VERSION, identity, 2)], [memory])
        os.close(memory)

    def reply(self, connection, identity, kind, value, descriptor):
        head = struct.pack("<BIB", control.VERSION, identity, kind)
        socket.send_fds(connection, [head + control.encode(value)], [descriptor])

    def log_path(self, name, channel):
        if not name:
            return self.log
        server = xmlrpc.client.ServerProxy("http://localhost", transport=UnixTransport(self.server))
        info = server.supervisor.getProcessInfo(name)
        path = pathlib.Path(info[f"{channel}_logfile"] or "/")
        if not path.is_file():
            raise xmlrpc.client.Fault(NO_FILE, "NO_FILE")
        return path

    def follow(self, path, backlog, into):
        with open(path, "rb") as file, open(into, "wb", buffering=0) as pipe:
            file.seek(max(0, path.stat().st_size - backlog))
            while not self.ending.wait(0.02):
                try:
                    if data := file.read():
                        pipe.write(data)
                except BrokenPipeError:
                    return
