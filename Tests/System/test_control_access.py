"""Who may control init over its control socket if a server has a password; lost names; and a second init."""

import hashlib
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

import control
import procfs
from ports import free_port
from supervised import DIST, INIT, ROOT, section
from terminal import Terminal
from waiting import wait_until

NOBODY = 65534
PASSWORD = "blue tomatoes"
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs other users")


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("about Reeve's control socket")


def server(folder, name="", file="s.sock", user="admin", password=PASSWORD, **keys):
    lines = "".join(f"{key}={value}\n" for key, value in keys.items())
    secret = f"username={user}\npassword={password}\n" if user else ""
    return f"[unix_http_server{name}]\nfile={folder}/{file}\nchmod=0777\n{secret}{lines}"


def begin(start, folder, text, **options):
    return start(text=f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\n{text}", wait=False, **options)


@pytest.fixture
def locked(start, folder, actor):
    """An init with a password, whose sockets every user may connect to."""
    run = begin(start, folder, server(folder) + section("program", "a", command=f"{actor} wait", startsecs=0))
    run.wait_ready()
    return run


class As:
    """A peer of the control socket that is another user."""

    def __init__(self, path, uid=NOBODY):
        # Credentials are recorded when the connection is made.
        os.setresuid(-1, uid, 0)
        try:
            self.control = control.Control(path)
        finally:
            os.setresuid(-1, 0, 0)

    def __enter__(self):
        return self.control

    def __exit__(self, *_):
        self.control.close()


def ctl(run, *words, uid=NOBODY, stdin="", name="ctl", environment=None):
    return subprocess.run(
        [DIST / name, *map(str, words)], input=stdin, capture_output=True, text=True, timeout=60, user=uid, group=uid,
        extra_groups=[], cwd="/", env={"PATH": os.environ["PATH"], **(environment or {})}, start_new_session=True)


METHODS = [
    ("supervisor.getState",), ("supervisor.getAllProcessInfo",), ("supervisor.shutdown",), ("supervisor.stopProcess", "a"),
    ("supervisor.sendRemoteCommEvent", "a", "b"), ("reeve.openLog", "", "stdout"), ("reeve.events", ["EVENT"]), ("reeve.metrics",),
    ("reeve.servers",), ("reeve.replacedSocket", 3), ("no.such",), ("reeve.ready", [])]


def refused(peer, *call):
    with pytest.raises(control.Fault) as fault:
        peer.call(*call)
    return fault.value.code


def test_the_control_socket_needs_the_password(locked):
    with As(locked.control_path) as peer:
        for call in METHODS:
            assert refused(peer, *call) == 401, call
        who = peer.identify()
        assert len(who["challenge"]) == 32 and who["pid"] == 1
        assert peer.authenticate("admin", PASSWORD) is True
        assert peer.call("supervisor.getState")["statename"] == "RUNNING"
        assert peer.identify()["challenge"] == b""
        assert refused(peer, "reeve.servers") == 1, "passwords stay the gateway's"
    with As(locked.control_path) as peer:
        assert refused(peer, "supervisor.getState") == 401, "each connection for itself"
    with locked.control() as root:
        assert root.identify()["challenge"] == b""
        assert root.call("supervisor.getProcessInfo", "a")["statename"] == "RUNNING"


def test_a_challenge_is_good_once_and_for_one(locked):
    with As(locked.control_path) as peer, As(locked.control_path) as other:
        challenge = peer.identify()["challenge"]
        assert other.identify()["challenge"] != challenge
        good = control.proof(challenge, "admin", PASSWORD)
        assert refused(other, "reeve.authenticate", good) == 401, "another connection's"
        assert refused(peer, "reeve.authenticate", control.proof(challenge, "admin", "x")) == 401
        assert refused(peer, "reeve.authenticate", good) == 401, "it was used up"
        assert peer.authenticate("admin", PASSWORD) is True


@pytest.mark.parametrize("parameters", [[], [3], ["", ""], [b""], [b"\0" * 20], [[]], [b"x" * 20000]])
def test_no_proof_is_none(locked, parameters):
    with As(locked.control_path) as peer:
        peer.identify()
        assert refused(peer, "reeve.authenticate", *parameters) in (2, 401)
        assert refused(peer, "supervisor.getState") == 401
    with As(locked.control_path) as peer:
        assert refused(peer, "reeve.authenticate", hashlib.sha1(b"").digest()) in (401, 429), "without a challenge"


SHA = "{SHA}" + hashlib.sha1(PASSWORD.encode()).hexdigest()


@pytest.mark.parametrize("text, good, bad", [
    (lambda folder: server(folder, password=SHA), [("admin", PASSWORD)], [("admin", SHA), ("admin", SHA[5:])]),
    (lambda folder: server(folder) + server(folder, ":b", "b.sock", "other", "second"),
     [("admin", PASSWORD), ("other", "second")], [("admin", "second"), ("other", PASSWORD)]),
    (lambda folder: server(folder, user=None) + f"[inet_http_server]\nport=127.0.0.1:{free_port()}\nusername=n\npassword=p\n",
     [("n", "p")], [("", ""), ("admin", PASSWORD)]),
    (lambda folder: server(folder, password=SHA.upper().replace("SHA", "SHA")), [], [("admin", PASSWORD)]),
    (lambda folder: server(folder, password="{SHA}"), [], [("admin", ""), ("admin", "{SHA}")]),
], ids=["sha", "two", "inet", "upper", "empty"])
def test_any_section_counts(start, folder, text, good, bad):
    run = begin(start, folder, text(folder))
    run.wait_ready()
    for username, password in bad:
        with As(run.control_path) as peer, pytest.raises(control.Fault):
            peer.authenticate(username, password)
    for username, password in good:
        with As(run.control_path, uid=1) as peer:
            assert peer.authenticate(username, password) is True
            assert peer.call("supervisor.getPID") == 1


def test_without_a_password_the_mode_is_all(start, folder):
    run = begin(start, folder, server(folder, user=None))
    run.wait_ready()
    with As(run.control_path) as peer:
        assert peer.identify()["challenge"] == b"" and peer.call("supervisor.getPID") == 1


def test_the_owner_needs_none(start, folder):
    run = begin(start, folder, server(folder, chown="nobody"))
    run.wait_ready()
    with As(run.control_path) as owner:
        assert owner.call("supervisor.getPID") == 1
    with As(run.control_path, uid=1) as other:
        assert refused(other, "supervisor.getPID") == 401


def test_an_init_of_another_user(start, folder):
    run = begin(start, folder, server(folder), uid=NOBODY)
    run.wait_ready()
    with As(run.control_path) as own:
        assert own.call("supervisor.getPID") == 1
    with As(run.control_path, uid=1) as other:
        assert refused(other, "supervisor.getPID") == 401


def test_guessing_is_slowed_down_and_said_once(locked):
    codes = []
    with As(locked.control_path) as peer, locked.control() as root:
        for number in range(40):
            # init answers at once, and serves others meanwhile.
            with pytest.raises(control.Fault) as fault:
                peer.authenticate("admin", f"guess {number}")
            codes.append(fault.value.code)
            assert root.call("supervisor.getState")["statename"] == "RUNNING"
        assert codes[:3] == [401] * 3 and codes.count(429) > 25
        assert 0 < int(fault.value.text) <= 4000, "milliseconds"
        # The right password is checked once the delay is over.
        wait_until(lambda: not_too_soon(peer), 30)
        assert peer.call("supervisor.getPID") == 1
    with As(locked.control_path, uid=1) as other:
        assert other.authenticate("admin", PASSWORD) is True, "another user never had to wait"
    lines = [line for line in locked.log().splitlines() if "wrong user name or password" in line]
    assert len(lines) == 1 and f"uid {NOBODY} " in lines[0] and PASSWORD not in locked.log()


def not_too_soon(peer):
    try:
        return peer.authenticate("admin", PASSWORD)
    except control.Fault as fault:
        assert fault.code == 429
        return False


def test_strangers_keep_nobody_out(locked):
    crowd = []
    try:
        for _ in range(140):
            crowd.append(As(locked.control_path).control)
        with locked.control() as root:
            assert root.call("supervisor.getState")["statename"] == "RUNNING"
    finally:
        for one in crowd:
            one.close()


# -- ctl

def test_ctl_gives_the_password(locked, folder):
    url = ["-s", f"unix://{folder}/s.sock"]
    said = ctl(locked, *url, "-u", "admin", "-p", PASSWORD, "status")
    assert said.returncode == 0 and "RUNNING" in said.stdout, said
    client = folder / "client.conf"
    client.write_text(f"[supervisorctl]\nserverurl=unix://{folder}/s.sock\nusername=admin\npassword={PASSWORD}\n")
    assert ctl(locked, "-c", client, "pid").stdout == "1\n"
    assert ctl(locked, "-u", "admin", "-p", PASSWORD, "pid", environment={"CTL_SOCKET": f"{folder}/s.sock.ctl"}).stdout == "1\n"
    assert ctl(locked, *url, "-u", "admin", "-p", PASSWORD, "health", "a").stdout == "ready\n"
    assert ctl(locked, *url, "-u", "admin", "-p", PASSWORD, stdin="stop a\nstart a\nquit\n").returncode == 0
    # Root needs none.
    assert ctl(locked, *url, "pid", uid=0).stdout == "1\n"
    assert not procfs.children(locked.pid) or all("gateway" not in procfs.cmdline(child)[0] for child in procfs.children(locked.pid))


def test_ctl_without_it_is_refused_as_over_http(locked, folder):
    supervisorctl = [ROOT / ".build/venv/bin/python", "-u", ROOT / ".build/venv/bin/supervisorctl"]
    for words in (["status"], ["stop", "a"], ["shutdown"], ["pid"]):
        for credentials in ([], ["-u", "admin"], ["-u", "admin", "-p", "wrong"], ["-u", "x", "-p", PASSWORD]):
            line = ["-s", f"unix://{folder}/s.sock", *credentials, *words]
            ours = ctl(locked, *line, name="supervisorctl")
            theirs = subprocess.run([*supervisorctl, *line], capture_output=True, text=True, timeout=60, cwd="/")
            # Without the position in Python's source.
            plain = re.sub(r": file: .* line: \d+\n", "\n", theirs.stdout)
            assert (ours.stdout, ours.returncode) == (plain, theirs.returncode), line
    said = ctl(locked, "-s", f"unix://{folder}/s.sock.ctl", "stop", "a")
    assert said.returncode == 1 and "needs the user name and the password" in said.stdout and "<" not in said.stdout
    assert "needs the user name and the password" in said.stdout
    assert locked.state("a") == "RUNNING"


def test_a_shell_asks(locked, folder):
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", DIST / "ctl", "-s", f"unix://{folder}/s.sock.ctl"]
    with Terminal([str(word) for word in command], cwd="/") as terminal:
        for prompt, line in (("Username:", "admin"), ("Password:", "wrong"), ("Username:", "admin"), ("Password:", PASSWORD)):
            terminal.expect_last(prompt)
            terminal.type(line + "\r")
        terminal.expect("RUNNING")
        assert PASSWORD not in terminal.text
        terminal.expect_last("supervisor>")
        terminal.type("pid a\r")
        # Wait for the prompt after the answer: at the one before, ctl doesn't read the next line yet.
        wait_until(lambda: re.search(r"pid a\s+\d+\s+supervisor>\s*$", terminal.text), what=lambda: terminal.text)
        terminal.type("\x04")
        assert terminal.wait() == 0


def test_ctl_waits_when_others_have_guessed(locked, folder):
    with As(locked.control_path) as peer:
        for number in range(5):
            with pytest.raises(control.Fault):
                peer.authenticate("admin", f"{number}")
    assert ctl(locked, "-s", f"unix://{folder}/s.sock", "-u", "admin", "-p", PASSWORD, "pid").stdout == "1\n"


# -- lost names

def test_hup_makes_lost_sockets_again(start, folder):
    """Names that were removed, or replaced by a socket without a listener, come back; others are left alone, and so
    is the gateway."""
    names = ["s.sock", "b.sock", "c.sock"]
    text = "".join(server(folder, f":{name}", name, user=None) for name in names)
    run = begin(start, folder, text)
    run.wait_ready()

    def ask(name):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(f"{folder}/{name}")
            return live(client)

    def live(client):
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = client.recv(4096)
            assert part, answer
            answer += part
        return b" 200 " in answer.split(b"\r\n")[0]

    def gateway():
        return [child for child in procfs.children(run.pid) if procfs.cmdline(child)[0].endswith("gateway")]

    def restart(number):
        run.send(signal.SIGHUP)
        wait_until(lambda: run.log().count("supervisord started") == number)
        wait_until(lambda: run.rpc("supervisor.getState")["statename"] == "RUNNING")

    def inodes():
        return {name: (folder / name).stat().st_ino for name in names}

    with socket.socket(socket.AF_UNIX) as steady:
        steady.settimeout(60)
        steady.connect(f"{folder}/c.sock")
        assert live(steady)
        first, before = gateway(), inodes()
        (folder / "s.sock").unlink()
        (folder / "s.sock.ctl").unlink()
        (folder / "b.sock").unlink()
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(f"{folder}/b.sock")
        restart(2)
        after = inodes()
        assert after["c.sock"] == before["c.sock"] and after["s.sock"] != before["s.sock"]
        assert all(ask(name) for name in names) and live(steady)
        assert gateway() == first, "the one that ran took them over"
        # Again: a live socket of another process is left alone, and the name is taken back once it is gone.
        (folder / "s.sock").unlink()
        with socket.socket(socket.AF_UNIX) as thief:
            thief.bind(f"{folder}/s.sock")
            thief.listen()
            stolen = (folder / "s.sock").stat().st_ino
            restart(3)
            assert (folder / "s.sock").stat().st_ino == stolen
            assert "[unix_http_server:s.sock]: Another program is already listening" in run.log()
        restart(4)
        assert all(ask(name) for name in names) and live(steady) and gateway() == first
    run.stop()
    assert not any((folder / name).exists() for name in [*names, "s.sock.ctl"])


def test_hup_makes_lost_sockets_again_while_no_gateway_runs(start, folder):
    run = begin(start, folder, server(folder, user=None))
    run.wait_ready()
    (folder / "s.sock").unlink()
    run.send(signal.SIGHUP)
    wait_until((folder / "s.sock").exists)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(f"{folder}/s.sock")
        client.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        assert b" 200 " in client.recv(100)


# -- a second init

def snapshot(folder):
    """The inode, size and modification time of everything in a folder."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_ino, path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in sorted(pathlib.Path(folder).rglob("*"))}


@pytest.mark.parametrize("servers", ["", "[inet_http_server]\nport=127.0.0.1:{port}\n", "unix"])
def test_a_second_init_touches_nothing(start, folder, actor, servers):
    """The same configuration, started again: it reports that another init is running, before it has changed
    anything."""
    keys = "" if servers == "unix" else f"control_socket={folder}/x.ctl\n"
    extra = server(folder) if servers == "unix" else servers.format(port=free_port())
    text = (f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nchildlogdir={folder}\nlogfile_maxbytes=100\n{keys}{extra}"
            + section("program", "a", command="sh -c 'echo one; exec sleep 1000'", startsecs=0)
            + section("program", "off", command=f"{actor} wait", autostart=False))
    run = start(text=text, wait=False)
    socket_path = folder / ("s.sock.ctl" if servers == "unix" else "x.ctl")
    wait_until(lambda: socket_path.exists() and (folder / "s.pid").exists())
    logs = wait_until(lambda: found if len(found := list(folder.glob("*---supervisor-*.log"))) == 4 else None)
    with control.Control(socket_path) as peer:
        wait_until(lambda: any(log.stat().st_size for log in logs) and procfs.state(run.pid) == "S")
        before = snapshot(folder)
        for _ in range(2):
            said = subprocess.run(
                [DIST / "init", "-c", run.configuration], capture_output=True, text=True, timeout=60, cwd=folder)
            assert said.returncode == 2 and said.stderr.startswith("Error: Another program is already listening"), said
        assert snapshot(folder) == before
        assert all(log.exists() for log in logs)
        assert peer.call("supervisor.getState")["statename"] == "RUNNING"
