"""ctl finds the right init, and if there is none, it says where it looked and why that failed."""

import contextlib
import os
import socket
import struct
import subprocess
import threading

import pytest

import control
from ports import free_port
from supervised import DIST

CTL = str(DIST / "ctl")


def unix(path, of=None):
    """A server of `reeve.identify`; `of`: the existing socket that belongs to it."""
    entry = os.stat(of) if of else None
    return {"kind": "unix", "path": str(path), "device": entry.st_dev if entry else 0, "inode": entry.st_ino if entry else 0,
            "open": entry is not None}


def inet(host, port):
    return {"kind": "inet", "host": host, "port": port, "open": True}


class Answering:
    """A control socket with nothing behind it: answers `getVersion` and `getPID`, so that ctl can tell it from
    others, and claims to have these servers; by default the one beside its socket. `asked` has the methods."""

    def __init__(self, path, *servers, pid=4711, network=None, configuration="", control_sockets=None):
        self.path, self.pid = path, pid
        beside = str(path).removesuffix(".ctl")
        self.identity = {
            "pid": pid, "configuration": str(configuration), "servers": list(servers) or [unix(beside)],
            "control_sockets": [str(path) for path in control_sockets or [path]],
            "network": os.readlink("/proc/self/ns/net") if network is None else network, "challenge": b""}
        self.asked = []

    def answer(self, packet):
        name, _ = control.raw(packet, 5)
        self.asked.append(name.decode())
        values = {b"supervisor.getVersion": "3.0", b"reeve.identify": self.identity}
        return control.encode(values.get(name, self.pid))

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen()

        def serve():
            while True:
                try:
                    connection, _ = self.listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    while packet := connection.recv(control.LARGEST_PACKET):
                        connection.send(struct.pack("<BIB", 1, struct.unpack_from("<I", packet, 1)[0], 0) + self.answer(packet))

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(60)


def run(folder, *words, environment=None, **options):
    environment = {"PATH": os.environ["PATH"], **(environment or {})}
    return subprocess.run(
        [CTL, *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, **options)


def asks(folder, *words, **options):
    said = run(folder, *words, "pid", **options)
    return said.stdout == "4711\n" and said.returncode == 0


def configure(folder, text, name="supervisord.conf"):
    (folder / name).write_text(text)
    return folder / name


SERVER = "[unix_http_server]\nfile={0}/s.sock\n"


@pytest.mark.parametrize("text, name, servers", [(text, name, servers) for text, name, *servers in [
    ("[supervisord]\ncontrol_socket={0}/x.ctl\n", "x.ctl"),
    ("[supervisord]\ncontrol_socket={0}/x.ctl\n[supervisorctl]\nserverurl=unix://{0}/s.sock\n", "x.ctl", unix("{0}/s.sock")),
    (SERVER, "s.sock.ctl"),
    ("[unix_http_server]\nfile=%(here)s/s.sock\n[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n", "s.sock.ctl"),
    ("[supervisorctl]\nserverurl=unix://{0}/s.sock\n", "s.sock.ctl"),
    (SERVER + "[inet_http_server]\nport=127.0.0.1:9001\n[supervisorctl]\nserverurl=http://127.0.0.1:9001\n", "s.sock.ctl", inet("127.0.0.1", 9001)),
    (SERVER + "[inet_http_server]\nport=*:80\n[supervisorctl]\nserverurl=http://localhost\nusername=u\npassword=p\n", "s.sock.ctl", inet("0.0.0.0", 80)),
    (SERVER + "[program:broken]\nstartsecs=never\n", "s.sock.ctl"),
]])
def test_by_configuration(folder, text, name, servers):
    file = configure(folder, text.format(folder), "some.conf")
    assert not asks(folder, "-c", file)
    servers = [{**server, "path": server["path"].format(folder)} if "path" in server else server for server in servers]
    with Answering(folder / name, *servers):
        assert asks(folder, "-c", file)
        assert asks("/", "-c", file)
        configure(folder, text.format(folder))
        assert asks(folder), "./supervisord.conf is looked for"


def test_by_environment_and_option(folder):
    configure(folder, SERVER.format(folder))
    with Answering(folder / "other.ctl"), Answering(folder / "url.ctl"):
        assert asks(folder, environment={"CTL_SOCKET": f"{folder}/other.ctl"})
        assert asks(folder, "-s", f"unix://{folder}/url")
        assert asks(folder, "-s", f"unix://{folder}/url.ctl"), "the control socket itself is understood too"
        assert asks(folder, "-s", f"unix://{folder}/url", environment={"CTL_SOCKET": f"{folder}/nothing"}), "-s wins"


def test_a_control_socket_that_comes_after_the_first_look(folder):
    """init creates its control socket before the HTTP socket: ctl looks for it again before it uses HTTP, which
    nothing serves here."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/s.sock")
        server.listen()
        with Answering(folder / "s.sock.ctl", unix(folder / "s.sock", of=folder / "s.sock")):
            said = subprocess.run(
                ["strace", "-o", "/dev/null", "-e", "trace=connect", "-e", "inject=connect:error=ENOENT:when=1",
                 CTL, "-s", f"unix://{folder}/s.sock", "pid"], capture_output=True, text=True, timeout=60)
            assert (said.stdout, said.returncode) == ("4711\n", 0), said


def test_a_long_path(folder):
    deep = folder / ("d" * 100)
    deep.mkdir()
    with Answering(folder / "s.ctl"):
        (folder / "s.ctl").rename(deep / "socket.ctl")
        assert asks(folder, environment={"CTL_SOCKET": f"{deep}/socket.ctl"})


@pytest.mark.parametrize("words, status", [
    ("status", 4), ("pid", 7), ("start x", 7), ("avail", 1), ("shutdown", 1),
])
def test_no_socket(folder, words, status):
    said = run(folder, "-s", f"unix://{folder}/s.sock", *words.split())
    assert said.returncode == status
    assert f"{folder}/s.sock.ctl (-s): no such file" in said.stderr
    assert "CTL_SOCKET=PATH" in said.stderr


def test_a_stale_socket(folder):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
        stale.bind(f"{folder}/s.sock.ctl")
    said = run(folder, "-s", f"unix://{folder}/s.sock", "status")
    assert (said.returncode, said.stdout) == (4, f"unix://{folder}/s.sock refused connection\n")
    assert "stale socket" in said.stderr


def test_a_socket_of_another_kind(folder):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/s.ctl")
        server.listen()
        said = run(folder, "-s", f"unix://{folder}/s.ctl", "status")
    assert said.returncode == 1
    assert "not a control socket" in said.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="needs another user")
def test_no_permission(folder):
    with Answering(folder / "s.ctl"):
        os.chmod(folder / "s.ctl", 0o700)
        said = run(folder, "-s", f"unix://{folder}/s.ctl", "status", user=65534)
    assert said.returncode == 1
    assert said.stdout == f"error: cannot connect to unix://{folder}/s.ctl: Permission denied\n"
    assert "permission denied: ask as the socket's owner" in said.stderr


@pytest.mark.parametrize("words, sentence", [
    (["-s", "ftp://localhost"], "Unknown protocol for serverurl ftp://localhost"),
])
def test_what_nothing_reaches(folder, words, sentence):
    said = run(folder, *words, "pid")
    assert said.returncode == 1 and sentence in said.stdout


def test_http_of_the_configurations_server_is_its_init(folder):
    ports = [free_port(), free_port()]
    servers = "".join(f"[inet_http_server:{port}]\nport=127.0.0.1:{port}\n" for port in ports)
    file = configure(folder, SERVER.format(folder) + servers)
    other = f"http://localhost:{free_port()}"
    for url in [f"http://localhost:{ports[0]}", f"http://127.0.0.1:{ports[1]}/"]:
        said = run(folder, "-c", file, "-s", url, "status")
        assert (said.returncode, said.stdout) == (4, f"{url} refused connection\n")
        assert f"{folder}/s.sock.ctl" not in said.stderr, "nobody named it"
        assert f"{url} (-s): Connection refused" in said.stderr
        with Answering(folder / "s.sock.ctl", *(inet("127.0.0.1", port) for port in ports)):
            assert asks(folder, "-c", file, "-s", url)
            said = run(folder, "-s", "unix:///nowhere", input=f"open {url}\npid\n")
            assert "supervisor> 4711\n" in said.stdout
            said = run(folder, "-c", file, "-s", other, "status")
            assert (said.returncode, said.stdout) == (4, f"{other} refused connection\n"), "another server's port"
        (folder / "s.sock.ctl").unlink()


def test_a_configuration_that_is_not_there(folder):
    said = run(folder, "-c", f"{folder}/absent.conf", "status")
    assert said.returncode == 2
    assert said.stderr.startswith(f"Error: could not find config file {folder}/absent.conf\n")
    assert said.stderr.endswith(f"For help, use {CTL} -h\n")


def test_the_prompt_is_the_configurations(folder):
    file = configure(folder, SERVER.format(folder) + "[supervisorctl]\nprompt=mine\n")
    said = run(folder, "-c", file, input="quit\n")
    assert said.stdout.endswith("mine> \n") and said.returncode == 0


# Whatever a server sends, ctl exits with an error and not with a trap.
ANSWERS = [
    b"", b"\0", b"\2" + b"\0" * 5, b"\1ID\7", b"\1ID\0", b"\1ID\0\3\xff\xff\xff\xff", b"\1ID\0\4\5\0\0\0\1",
    b"\1ID\2", b"\1ID\3\1", b"\1ID\1\0", b"\1ID\0\2" + b"\xff" * 8, b"\1ID\0\3\0\0\0\0",
    b"\1ID\0\4\1\0\0\0\5\0\0\0\0", b"\1ID\0\4\1\0\0\0\1", b"\1ID\0" + b"\4\1\0\0\0" * 40 + b"\1",
    b"\1ID\1" + b"\x80" * 8 + b"\3\0\0\0\xff\xfe\n", b"x" * 65000, b"x" * 70000,
]
WORDS = [
    "status", "status x", "pid", "pid x", "start x", "stop all", "restart x:*", "signal HUP x", "tail x", "tail -f x",
    "maintail", "clear all", "reread", "update", "update x", "add x", "remove x", "avail", "version", "fg x", "shutdown",
    "reload",
]


@pytest.mark.parametrize("words", WORDS)
def test_no_answer_is_a_trap(folder, words):
    answer = None
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{folder}/s.ctl")
        listener.listen()

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        while packet := connection.recv(65536):
                            if b"getVersion" in packet:
                                connection.send(b"\1" + packet[1:5] + b"\0\3\3\0\0\0003.0")
                            elif answer:
                                connection.send(answer.replace(b"ID", packet[1:5]))
                            else:
                                break
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        for answer in ANSWERS:
            said = run(folder, "-s", f"unix://{folder}/s.ctl", *words.split())
            assert 0 <= said.returncode <= 7, (answer, said)
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(60)
