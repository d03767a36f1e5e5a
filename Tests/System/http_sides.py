"""Sends the same requests to supervisord and to Reeve's gateway, and compares the answers."""

import base64
import hashlib
import re
import socket
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

import supervised
from gateways import Gateway, Server, Started
from ports import free_port
from waiting import wait_until

PASSWORD = "pässword:with colon"
PASSWORDS = {"none": None, "plain": PASSWORD, "sha": "{SHA}" + hashlib.sha1(PASSWORD.encode()).hexdigest()}
USER = "admin"

PROGRAMS = """\
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile={folder}/cat.log
stderr_logfile=NONE
[program:talker]
command=/bin/sh -c 'printf "one\\ntwo <&> three\\nv\\303\\244r\\n"; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/talker.log
stderr_logfile={folder}/talker.err
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
stdout_logfile={folder}/off.log
stderr_logfile=NONE
[program:missing]
command=/does/not/exist
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:quits]
command=/bin/false
autostart=false
startretries=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:a]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:b]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[group:g]
programs=a,b
"""

TEXT = """\
[supervisord]
logfile={folder}/s.log
pidfile={folder}/s.pid
childlogdir={folder}
nodaemon=true
identifier=side
{settings}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl={url}
username={user}
password={password}
{servers}
"""


def server_section(kind, address, password):
    key = "file" if kind == "unix" else "port"
    lines = [f"[{kind}_http_server]", f"{key}={address}"]
    if password:
        lines += [f"username={USER}", f"password={password}"]
    return "\n".join(lines)


class Side:
    """One of the two servers, with its programs."""

    def __init__(
            self, name, start, folder, kind="unix", password="none", programs=PROGRAMS, settings="", files=None,
            server_keys=""):
        """`settings`: lines for [supervisord]. `server_keys`: lines for init's server. `files`: use a gateway beside
        init with this limit of open files."""
        self.name, self.kind, self.password = name, kind, password
        self.folder = folder
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self.gateway = None
        stored = PASSWORDS[password]
        if files:
            server = Server(kind, folder / "h.sock", USER if stored else None, stored)
            self.url = server.url
            servers = server_section("unix", folder / "s.sock", None)
        else:
            address = str(folder / "h.sock") if kind == "unix" else f"127.0.0.1:{free_port()}"
            self.url = f"unix://{address}" if kind == "unix" else f"http://{address}"
            servers = server_section(kind, address, stored)
            if name == "init" and server_keys:
                servers += "\n" + server_keys
            if kind == "inet":  # what the harness asks for its own purposes
                servers += "\n" + server_section("unix", folder / "s.sock", None)
            elif stored is None:
                servers = servers.replace("h.sock", "s.sock")
                self.url = self.url.replace("h.sock", "s.sock")
            elif name == "init":  # where the harness looks for the control socket
                settings += f"\ncontrol_socket={folder}/s.sock.ctl"
        text = TEXT.format(
            folder=folder, url=self.url, user=USER, password=PASSWORD, servers=servers, settings=settings)
        self.one = start(
            folder=folder, engine=supervised.ENGINES[name], text=text + programs.format(folder=folder), pid1=False,
            wait=name == "init" or (kind == "inet" or stored is None))
        if files:
            self.gateway = Gateway(self.one.control_path, [server], folder, mark=self.one.mark, files=files)
        wait_until(lambda: self.ask("supervisor.getState")[0] == "value", 10, what=lambda: self.story())
        if name == "init" and not files:
            self.gateway = Started(self.one)

    def story(self):
        return self.one.story() + (self.gateway.log() if self.gateway else "")

    def proxy(self, password=PASSWORD):
        user = USER if self.password != "none" else None
        return xmlrpc.client.ServerProxy(
            "http://127.0.0.1", SupervisorTransport(user, password if user else None, self.url))

    def ask(self, method, *parameters):
        """("value", value), ("fault", code, text) or ("http", status), as Python's client sees it through
        supervisor's transport."""
        proxy = self.proxy()
        try:
            return "value", getattr(proxy, method)(*parameters)
        except xmlrpc.client.Fault as fault:
            return "fault", fault.faultCode, fault.faultString
        except xmlrpc.client.ProtocolError as error:
            return "http", error.errcode
        finally:
            proxy("close")()

    def connect(self, timeout=60):
        family = socket.AF_UNIX if self.kind == "unix" else socket.AF_INET
        connection = socket.socket(family)
        host = self.url.partition("//")[2]
        # Without a timeout, which would turn a full backlog into an error.
        connection.connect(host if self.kind == "unix" else (host.split(":")[0], int(host.split(":")[1])))
        connection.settimeout(timeout)
        return connection

    def authorization(self):
        if self.password == "none":
            return b""
        return b"Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()) + b"\r\n"

    def raw(self, data, timeout=60):
        """Sends bytes and returns (status, headers, body) of the first answer; None if the connection is closed
        without one."""
        with self.connect(timeout) as connection:
            connection.sendall(data)
            return read_answer(connection)

    def post(self, body, path="/RPC2", headers=b""):
        return self.raw(
            b"POST " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + self.authorization() + headers
            + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def stop(self):
        """Both have the test's mark, so the check that nothing is left waits until both have exited."""
        if self.gateway:
            self.gateway.kill()
        if not self.one.ended:
            self.one.process.terminate()
            self.one.wait()


def read_answer(connection, rest=b""):
    """(status, headers, body), or None if there is no answer."""
    data = rest
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    length = int(headers.get(b"content-length", b"0"))
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return int(lines[0].split()[1]), headers, body[:length]


#: Values that always differ: pids and times.
MOMENTS = {"pid", "start", "stop", "now"}


def comparable(value, folder):
    """The value in a form that is equal on both sides if they behave the same."""
    if isinstance(value, (list, tuple)):
        return [comparable(element, folder) for element in value]
    if isinstance(value, dict):
        return {key: (bool(element) if key in MOMENTS else comparable(element, folder)) for key, element in value.items()}
    if isinstance(value, str):
        value = value.replace(str(folder), "FOLDER")
        value = re.sub(r"pid \d+, uptime .*", "pid N, uptime T", value)
        return re.sub(r"^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M$", "DATE", value)
    return value
