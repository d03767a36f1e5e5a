"""ctl only controls the server that was named; if none is named, it controls the running init."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

import procfs
from ports import free_port
from supervised import DIST
from test_ctl_finds import SERVER, Answering, configure, inet, unix
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="mounts a /run of its own")

INNER = """\
set -e
mount -t tmpfs none /run
mount -t tmpfs none /dev/shm
mkdir /run/kept /run/dist
mount --bind {0} /run/kept
mount --bind {1} /run/dist
mount -t tmpfs -o mode=1777 none /tmp
# What is below /tmp and is needed.
mkdir -p {0} {1}
mount --move /run/kept {0}
mount --move /run/dist {1}
rmdir /run/kept /run/dist
exec sleep 1000
"""


class Place:
    """A mount namespace with its own /run, /tmp and /dev/shm: only the test uses the default places there."""

    def __init__(self, folder):
        self.folder = folder
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", INNER.format(folder, DIST)], stdout=subprocess.DEVNULL)
        self.children = []
        wait_until(lambda: procfs.cmdline(self.holder.pid)[:1] == ["sleep"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.terminate()
        codes = [child.wait(60) for child in self.children]
        self.holder.kill()
        self.holder.wait()
        assert not any(codes), codes

    def command(self, *words):
        return ["nsenter", "--mount", f"--target={self.holder.pid}", f"--wdns={self.folder}", *map(str, words)]

    def path(self, path):
        return pathlib.Path(f"/proc/{self.holder.pid}/root{path}")

    def ctl(self, *words, name="ctl", environment=None, user=None):
        who = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
        return subprocess.run(
            self.command(*who, DIST / name, *words), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], **(environment or {})})

    def start(self, text, name="s", folder=None, wait=True):
        """Starts an init with this configuration; returns its pid."""
        folder = folder or self.folder
        file = folder / f"{name}.conf"
        text = text if "[supervisord]" in text else text + "[supervisord]\n"
        file.write_text(text.replace("[supervisord]\n", f"[supervisord]\nlogfile={folder}/{name}.log\npidfile={folder}/{name}.pid\n"
                                     f"childlogdir={folder}\nidentifier={name}\n"))
        with open(folder / f"{name}.err", "wb") as err:
            child = subprocess.Popen(self.command(DIST / "init", "-c", file), stdout=subprocess.DEVNULL, stderr=err)
        if not wait:
            return child
        self.children.append(child)
        pidfile = folder / f"{name}.pid"
        wait_until(lambda: pidfile.exists() and pidfile.read_text().strip(), what=lambda: (folder / f"{name}.err").read_text())
        return int(pidfile.read_text())


@pytest.fixture
def place(folder):
    with Place(folder) as place:
        yield place


def pid(said):
    assert said.returncode == 0, said
    return int(said.stdout)


def stale(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
        one.bind(str(path))


# -- a named server is the only one

def test_a_file_that_names_a_server_never_reaches_another(place, folder):
    other = place.start("")
    assert pid(place.ctl("pid")) == other
    client = configure(folder, f"[supervisorctl]\nserverurl=unix://{folder}/x.sock\n", "client.conf")
    for words in (["-c", client], ["-s", f"unix://{folder}/x.sock"], ["-s", f"unix://{folder}/x.sock.ctl"]):
        said = place.ctl(*words, "shutdown")
        assert said.returncode == 1 and f"unix://{folder}/x.sock" in said.stdout and "no such file" in said.stdout, said
    said = place.ctl("shutdown", environment={"CTL_SOCKET": f"{folder}/x.ctl"})
    assert said.returncode == 1 and f"unix://{folder}/x.ctl no such file" in said.stdout
    said = place.ctl("-s", f"http://localhost:{free_port()}", "shutdown")
    assert said.returncode == 1 and "refused connection" in said.stdout
    assert pid(place.ctl("pid")) == other, "it runs"


def test_the_supervisor_says_what_it_serves(place, folder):
    """A control socket beside the named one that belongs to another init is only asked for its identity."""
    with Answering(folder / "x.sock.ctl", unix(folder / "y.sock"), inet("127.0.0.1", 9)) as other:
        said = place.ctl("-s", f"unix://{folder}/x.sock", "shutdown")
        assert said.returncode == 1
        assert f"{folder}/x.sock.ctl (-s): init with pid 4711 answers there, and does not serve this address" in said.stderr
        assert set(other.asked) == {"reeve.identify"}
    (folder / "x.sock.ctl").unlink()
    # An older init doesn't report it.
    with Answering(folder / "x.sock.ctl") as other:
        other.identity = 3
        said = place.ctl("-s", f"unix://{folder}/x.sock", "shutdown")
        assert said.returncode == 1 and "does not say that it serves this address" in said.stderr
        assert place.ctl("-s", f"unix://{folder}/x.sock.ctl", "pid").returncode == 0, "named itself, it is good"


def test_a_name_that_another_has_taken(place, folder):
    """The control socket is still init's, the HTTP socket is not: the URL means the other server."""
    place.start(SERVER.format(folder))
    url = f"unix://{folder}/s.sock"
    assert place.ctl("-s", url, "pid").returncode == 0
    (folder / "s.sock").unlink()
    assert place.ctl("-s", url, "pid").returncode == 0, "nobody has it"
    with socket.socket(socket.AF_UNIX) as thief:
        thief.bind(f"{folder}/s.sock")
        thief.listen()
        thief.settimeout(60)
        asking = subprocess.Popen(place.command(DIST / "ctl", "-s", url, "shutdown"), stdout=subprocess.PIPE, text=True)
        connection, _ = thief.accept()  # the probe's, or the translator's
        thief.close()
        connection.close()
        assert "Shut down" not in asking.communicate(timeout=60)[0]
    assert place.ctl("-c", folder / "s.conf", "pid").returncode == 0


def test_the_same_socket_under_another_name(place, folder):
    (folder / "run").mkdir()
    (folder / "var").symlink_to(folder / "run")
    running = place.start(SERVER.format(folder / "run"))
    for url in (f"unix://{folder}/var/s.sock", "unix://var/s.sock", f"unix://{folder}/run/../run/s.sock"):
        assert pid(place.ctl("-s", url, "pid")) == running
    (folder / "run/s.sock").unlink()
    assert pid(place.ctl("-s", f"unix://{folder}/var/s.sock", "pid")) == running


def test_a_control_socket_elsewhere(place, folder):
    """serverurl names the HTTP socket, and the control socket is at another place, even if a client's file doesn't
    mention it."""
    running = place.start(f"[supervisord]\ncontrol_socket={folder}/elsewhere.ctl\n" + SERVER.format(folder))
    client = configure(folder, f"[supervisorctl]\nserverurl=unix://{folder}/s.sock\n", "client.conf")
    assert pid(place.ctl("-c", client, "pid")) == running
    assert not procfs.children(running), "no gateway was needed"
    assert pid(place.ctl("-s", f"unix://{folder}/s.sock", "-c", folder / "s.conf", "pid")) == running
    assert not procfs.children(running)


def test_without_a_gateway_the_configured_url_is_enough(place, folder):
    for name in ("init", "ctl"):
        shutil.copy(DIST / name, folder / name)
    running = place.start(SERVER.format(folder) + f"[supervisord]\ngateway={folder}/none\n")
    url = f"unix://{folder}/s.sock"
    assert not (folder / "s.sock").exists()
    assert pid(place.ctl("-s", url, "pid")) == running
    stale(folder / "s.sock")
    (folder / "s.sock").unlink()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{folder}/s.sock")
    assert pid(place.ctl("-s", url, "pid")) == running, "what somebody has left behind serves nothing"


def test_five_instances_on_five_ports(place, folder):
    ports = [free_port() for _ in range(5)]
    instances = {}
    for port in ports:
        text = f"[inet_http_server]\nport=127.0.0.1:{port}\n[supervisorctl]\nserverurl=http://localhost:{port}\n"
        instances[port] = place.start(text, f"i{port}")
    for port, running in instances.items():
        assert pid(place.ctl("-c", folder / f"i{port}.conf", "pid")) == running, port
    asked_quickly = [port for port, running in instances.items() if not procfs.children(running)]
    assert asked_quickly[:3] == ports[:3], "three have control sockets"
    for port, running in instances.items():
        for words in (["-s", f"http://localhost:{port}"], ["-s", f"http://127.0.0.1:{port}/"]):
            assert pid(place.ctl(*words, "pid")) == running, (port, words)
    # Also if the files name nothing.
    for port, running in instances.items():
        file = folder / f"i{port}.conf"
        file.write_text(file.read_text().split("[supervisorctl]")[0] + "[supervisord]\n")
        assert pid(place.ctl("-c", file, "pid")) == running, port


def test_a_port_of_another_network_is_another(place, folder):
    port = free_port()
    file = configure(folder, f"[inet_http_server]\nport=127.0.0.1:{port}\n", "client.conf")
    with Answering(place.path("/run/init.ctl"), inet("127.0.0.1", port), network="net:[1]") as other:
        said = place.ctl("-c", file, "-s", f"http://localhost:{port}", "shutdown")
        assert said.returncode == 1 and "refused connection" in said.stdout
        assert "supervisor.shutdown" not in other.asked
    place.path("/run/init.ctl").unlink()
    with Answering(place.path("/run/init.ctl"), inet("127.0.0.1", port)) as other:
        assert place.ctl("-c", file, "-s", f"http://localhost:{port}", "shutdown").returncode == 0
        assert "supervisor.shutdown" in other.asked


def test_a_stale_default_socket_changes_no_error(place, folder):
    url = f"http://localhost:{free_port()}"
    client = configure(folder, f"[supervisorctl]\nserverurl=unix://{folder}/x.sock\n", "client.conf")
    lines = [[], ["-s", url], ["-s", f"unix://{folder}/x.sock"], ["-c", client]]

    def outcomes():
        return [(said.stdout, said.returncode) for said in (place.ctl(*line, "status") for line in lines)]

    before = outcomes()
    assert [code for _, code in before] == [4, 4, 4, 4]
    assert before[0][0] == "http://localhost:9001 refused connection\n"
    stale(place.path("/run/init.ctl"))
    assert outcomes() == before


# -- no server is named

@pytest.mark.parametrize("text", [
    "[supervisord]\ncontrol_socket={0}/deep.ctl\n", SERVER, f"[inet_http_server]\nport=127.0.0.1:{{1}}\n", ""])
def test_the_init_that_runs_is_found(place, folder, text):
    running = place.start(text.format(folder, free_port()))
    assert pid(place.ctl("pid")) == running
    assert pid(place.ctl("-c", folder / "s.conf", "pid")) == running
    # A file that was found by searching names no server, either.
    configure(folder, SERVER.format(folder).replace("s.sock", "other.sock"))
    assert pid(place.ctl("pid")) == running
    # A file that is named reveals where its init is.
    said = place.ctl("-c", folder / "supervisord.conf", "shutdown")
    assert said.returncode == 1 and "refused connection" in said.stdout and f"{folder}/other.sock.ctl" in said.stderr
    assert pid(place.ctl("pid")) == running


def test_the_default_place_is_for_init_alone(place, folder):
    """The folder of the other place may be closed to users whom its mode lets in."""
    closed = folder / "closed"
    closed.mkdir(0o700)
    place.start(f"[unix_http_server]\nfile={closed}/s.sock\nchmod=0777\n")
    assert os.stat(place.path("/run/init.ctl")).st_mode & 0o777 == 0o700
    said = place.ctl("status", user=65534)
    assert said.returncode == 1 and "cannot connect to unix:///run/init.ctl: Permission denied" in said.stdout
    assert "permission denied: ask as the socket's owner" in said.stderr


def test_two_inits_and_the_default_place(place, folder):
    first = place.start(SERVER.format(folder))
    second = place.start(SERVER.format(folder).replace("s.sock", "t.sock"), "t")
    third = place.start("", "u")
    assert pid(place.ctl("pid")) == first
    for name, running in (("s", first), ("t", second), ("u", third)):
        assert pid(place.ctl("-c", folder / f"{name}.conf", "pid")) == running, name
    assert "ERRO" not in (folder / "t.log").read_text() and "control socket" not in (folder / "t.log").read_text()
    # When the first one exits, it removes only its own name.
    ended = place.children.pop(0)
    ended.terminate()
    assert ended.wait(60) == 0
    assert not place.path("/run/init.ctl").exists()
    assert pid(place.ctl("-c", folder / "t.conf", "pid")) == second
    assert pid(place.ctl("pid")) == third, "the next default place"
    # At its next start, the second uses it.
    os.kill(second, 1)
    wait_until(lambda: place.path("/run/init.ctl").exists())
    assert pid(place.ctl("pid")) == second


def test_a_restart_keeps_the_default_place(place, folder):
    running = place.start(SERVER.format(folder))
    assert place.ctl("reload").returncode == 0
    wait_until(lambda: (folder / "s.log").read_text().count("supervisord started") == 2)
    assert wait_until(lambda: pid(place.ctl("pid"))) == running


def test_root_finds_the_init_of_another_user(folder):
    """PID 1 belongs to another user; its socket is where that user could create one."""
    text = f"[supervisord]\nuser=nobody\nlogfile=NONE\npidfile=NONE\nchildlogdir={folder}\n"
    configure(folder, text, "n.conf")
    inner = subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
         INNER.replace("exec sleep 1000", "exec {1}/init -c {0}/n.conf").format(folder, DIST)], stdout=subprocess.DEVNULL)
    try:
        first = wait_until(lambda: (procfs.children(inner.pid) or [None])[0])
        ctl = ["nsenter", "--mount", "--pid", f"--target={first}", DIST / "ctl"]

        def found():
            said = subprocess.run([*ctl, "pid"], capture_output=True, text=True, timeout=60, cwd="/")
            return said if said.returncode == 0 else None
        assert pid(wait_until(found)) == 1
    finally:
        with contextlib.suppress(IndexError, ProcessLookupError):
            os.kill(first, 15)
        assert inner.wait(60) == 0


def test_a_default_place_that_somebody_else_has_taken(place, folder):
    """Every user can write to /tmp: a socket there counts only if it belongs to the user in its name."""
    path = place.path("/tmp/init-0.ctl")
    child = os.fork()
    if child == 0:
        try:
            os.chdir(path.parent)
            os.setgid(65534)
            os.setuid(65534)
            with Answering(path.name) as other:
                os.chmod(path.name, 0o777)
                other.thread.join()
        finally:
            os._exit(1)
    try:
        wait_until(lambda: path.exists() and path.stat().st_mode & 0o777 == 0o777)
        said = place.ctl("status")
        assert said.returncode == 4 and "/tmp/init-0.ctl (default): it belongs to the user with uid 65534" in said.stderr
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


# -- messages

def test_errors_are_plain_english(place, folder):
    url = f"http://127.0.0.1:{free_port()}"
    python = re.compile(r"<class|Errno|Error\(|error'")
    lines = [["avail"], ["shutdown"], ["status"], ["status", "--json"], ["start", "x"], ["tail", "x"], ["health"], ["logs"]]
    for server in (["-s", url], ["-s", f"unix://{folder}/x.sock"], ["-s", "ftp://x"], []):
        for line in lines:
            said = place.ctl(*server, *line)
            assert said.returncode != 0 and not python.search(said.stdout + said.stderr), said
            assert said.stdout or said.stderr
    said = place.ctl("-s", url, "avail", name="supervisorctl")
    assert "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused" in said.stdout


def test_one_that_takes_connections_and_says_nothing(place, folder):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.bind(str(place.path("/run/init.ctl")))
        silent.listen()
        port = free_port()
        url = f"http://localhost:{port}"
        file = configure(folder, f"[inet_http_server]\nport=127.0.0.1:{port}\n", "client.conf")
        said = place.ctl("-c", file, "-s", url, "status")
        assert (said.returncode, said.stdout) == (4, f"{url} refused connection\n"), "a shorter way is no reason to wait"
