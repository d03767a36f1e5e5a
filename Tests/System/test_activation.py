"""HTTP servers: init opens their sockets, and the first connection starts the gateway, here a stand-in in Python."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess

import pytest

import procfs
from ports import free_port
from supervised import DIST, SUPERVISORD, section
from waiting import holds_for, takes_at_least, wait_until

HERE = pathlib.Path(__file__).resolve().parent
IS_ROOT = os.getuid() == 0
NOBODY = 65534
#: The gateway's user if root starts init and no program is 65529.
GATEWAY = 65529
OCCUPIED = ("Another program is already listening on a port that one of our HTTP servers is configured to use.  "
            "Shut this program down first before starting supervisord.")


class Stand:
    """The stand-in in the test's folder: its orders, and how clients reach it."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "gateway"
        shutil.copy(HERE / "control.py", folder)
        # Debian's Python: the tests' own may be in a home directory that other users can't enter.
        text = (HERE / "fake_gateway.py").read_text()
        self.path.write_text(text.replace("#!/usr/bin/env python3", "#!/usr/bin/python3 -B", 1))
        self.path.chmod(0o755)

    @property
    def key(self):
        return f"gateway={self.path}"

    def orders(self, *lines):
        (self.folder / "gateway.orders").write_text("".join(f"{line}\n" for line in lines))

    def connect(self, place=None, timeout=60):
        place = place or str(self.folder / "s.sock")
        if isinstance(place, str):
            connection = socket.socket(socket.AF_UNIX)
        else:
            connection = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET)
        connection.settimeout(timeout)
        try:
            connection.connect(place)
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self, request="who", place=None, timeout=60):
        with self.connect(place, timeout) as connection:
            connection.sendall(request.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                got = connection.recv(65536)
                if not got:
                    break
                answer += got
            return answer.decode().rstrip("\n")

    def call(self, method, *parameters):
        return json.loads(self.ask(f"call {method} {json.dumps(parameters)}"))


@pytest.fixture
def stand(folder, engine):
    if engine is SUPERVISORD:
        pytest.skip("supervisord serves HTTP itself")
    return Stand(folder)


def gateways(run):
    """The gateway's processes, by their pids outside."""
    found = []
    for pid in procfs.children_now(run.pid):
        try:
            if procfs.alive(pid) and any(word.endswith("/gateway") for word in procfs.cmdline(pid)):
                found.append(pid)
        except OSError:
            pass
    return found


def gateway(run):
    """The only gateway, once it has been executed."""
    return wait_until(lambda: next(iter(gateways(run)), None), what=lambda: f"a gateway; {run.story()}")


def none_runs(run):
    wait_until(lambda: not gateways(run), what=lambda: f"no gateway; {run.story()}")


# -- the first connection

def test_the_first_connection_starts_it(start, actor, folder, stand, pid1):
    run = start(section("program", "a", command=f"{actor} wait"), supervisord=stand.key, pid1=pid1)
    assert gateways(run) == [] and stat.S_ISSOCK((folder / "s.sock").stat().st_mode)
    first = stand.ask().split()
    pid = gateway(run)
    assert first == ["gateway", str(procfs.inner_pid(pid)), "unix_http_server:control"]
    assert stand.ask().split() == first, "the same one serves the next"
    assert gateways(run) == [pid]
    run.wait_state("a", "RUNNING")


def test_what_it_gets(start, folder, stand):
    """Another user, no capability and no way to gain one, its sockets and nothing else, its own environment."""
    port = free_port()
    extra = f"[inet_http_server:second]\nport=127.0.0.1:{port}\nusername=u\npassword=secret\n"
    run = start(extra, supervisord=stand.key, environment={"SECRET": "x", "TZ": "UTC", "LANG": "C.UTF-8"})
    stand.ask(place=("127.0.0.1", port))
    pid = gateway(run)
    status = procfs.status(pid)
    user = GATEWAY if IS_ROOT else os.getuid()
    assert status["Uid"].split() == [str(user)] * 4 and (not IS_ROOT or status["Gid"].split() == [str(GATEWAY)] * 4)
    if IS_ROOT:
        assert status["Groups"].split() == [str(GATEWAY)]
        assert int(status["CapBnd"], 16) == 0
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert int(status["SigBlk"], 16) == 0
    # The connection that asked is closed after the answer.
    wait_until(lambda: set(procfs.descriptors(pid)) == set(range(6)), what=lambda: f"six descriptors: {procfs.descriptors(pid)}")
    descriptors = procfs.descriptors(pid)
    assert descriptors[0] == "/dev/null" and descriptors[1] == descriptors[2] and descriptors[1].startswith("pipe:")
    assert all(descriptors[number].startswith("socket:") for number in (3, 4, 5))
    assert os.getpgid(pid) == pid and os.readlink(f"/proc/{pid}/cwd") == "/"
    environment = dict(
        entry.split("=", 1) for entry in pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0") if entry)
    assert environment == {
        "SWIFT_BACKTRACE": "enable=no,swift-backtrace=/", "LISTEN_FDS": "3", "LISTEN_PID": str(procfs.inner_pid(pid)),
        "LISTEN_FDNAMES": "inet_http_server.second:unix_http_server:control",
        "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"}
    assert "secret" not in " ".join(procfs.cmdline(pid))


def test_its_questions(start, folder, stand):
    port = free_port()
    extra = f"[inet_http_server]\nport={port}\nusername=u\npassword={{SHA}}abc\nhealth_public=true\n"
    run = start(extra, supervisord=f"{stand.key}\ngateway_idle_timeout=7\nidentifier=me")
    answer = stand.call("reeve.servers")
    assert answer == [
        {"name": "inet_http_server", "kind": "inet", "address": f"*:{port}", "descriptor": 3, "username": "u",
         "password": "{SHA}abc", "authenticated": True, "web_get_actions": False, "health_public": True, "base_path": "", "allowed_hosts": []},
        {"name": "unix_http_server", "kind": "unix", "address": f"{folder}/s.sock", "descriptor": 4, "username": "",
         "password": "", "authenticated": False, "web_get_actions": False, "health_public": False, "base_path": "", "allowed_hosts": []}]
    assert stand.call("reeve.gatewaySettings") == {"idle_timeout": 7, "identifier": "me"}
    assert stand.call("supervisor.getState")["statename"] == "RUNNING"
    for method in ("reeve.servers", "reeve.gatewaySettings"):
        with pytest.raises(Exception, match="UNKNOWN_METHOD"):
            run.rpc(method)
    assert "secret" not in run.log() and "{SHA}abc" not in run.log()


def test_several_requests_at_a_time(start, actor, folder, stand):
    """More than other clients may have open; a late answer doesn't delay others."""
    run = start(section("program", "a", command=f"{actor} wait", autostart=False, startsecs=2), supervisord=stand.key)
    late = stand.connect()
    late.sendall(b'call supervisor.startProcess ["a"]\n')
    run.wait_state("a", "STARTING")
    assert json.loads(late.makefile().readline()) is True
    late.close()
    assert stand.call("supervisor.getProcessInfo", "a")["statename"] == "RUNNING"


def test_asleep_when_nobody_is_there(start, folder, stand):
    """init doesn't wake up while it waits for the first connection, or while a gateway runs."""
    run = start(supervisord=stand.key)
    for _ in range(2):
        run.assert_sleeps(1.5)
        stand.ask()


def test_idle_gateways_leave(start, folder, stand):
    stand.orders("idle 1.2")
    run = start(supervisord=f"{stand.key}\nloglevel=debug")
    first = stand.ask()
    none_runs(run)
    wait_until(lambda: "exit status 0" in run.log())
    assert stand.ask() != first
    assert "ERRO" not in run.log() and "the gateway failed" not in run.log()


def test_what_it_says_is_logged(start, folder, stand):
    stand.orders(r"say one\n\ntwo\nrest")
    run = start(supervisord=stand.key)
    stand.ask()
    wait_until(lambda: "INFO gateway: two\n" in run.log())
    stand.ask("quit")
    wait_until(lambda: "INFO gateway: rest\n" in run.log())
    assert "INFO gateway: one\n" in run.log() and "gateway: \n" not in run.log()
    stand.orders("say " + "x" * 10000 + r"\n")
    stand.ask()
    wait_until(lambda: run.log().count("x") >= 10000)
    assert max(len(line) for line in run.log().splitlines()) < 4200


# -- its end

def test_fifty_murders(start, actor, folder, stand):
    """No program is affected, the next connection is answered, and init loses nothing."""
    port = free_port()
    programs = section("program", "a", command=f"{actor} wait", startsecs=0)
    run = start(programs + f"[inet_http_server]\nport=127.0.0.1:{port}\n", supervisord=stand.key)
    stand.ask()
    program, uptime = run.pid_of("a"), run.info("a")["start"]
    descriptors, memory = None, None
    places = [None, ("127.0.0.1", port)]
    for number in range(50):
        pid = gateway(run)
        if number % 3 == 0:
            with stand.connect(places[number % 2]) as connection:
                connection.sendall(b"in the middle")
                os.kill(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
        answer = stand.ask(place=places[number % 2])
        assert answer.startswith("gateway "), (number, answer, run.story())
        assert len(gateways(run)) == 1 and gateway(run) != pid
        if number == 4:
            descriptors, memory = len(procfs.descriptors(run.pid)), procfs.rss(run.pid)
    assert len(procfs.descriptors(run.pid)) == descriptors
    assert procfs.rss(run.pid) <= memory + 32
    assert run.pid_of("a") == program and run.info("a")["start"] == uptime
    assert procfs.zombies(run.pid) == []


def test_one_that_fails_at_its_start(start, folder, stand):
    """The reason is logged once, init stays idle, and once the cause is fixed, the waiting connection is answered."""
    stand.orders("exit 3")
    run = start(supervisord=f"{stand.key}\nloglevel=debug")
    waiting = stand.connect()
    waiting.sendall(b"who\n")
    wait_until(lambda: run.log().count("the gateway failed again") >= 2, timeout=60)
    log = run.log()
    assert log.count("the gateway failed (pid ") == 1 and "exit status 3" in log
    assert "gateway: I fail" in log
    assert "ERRO the gateway failed" in log and "DEBG the gateway failed again" in log
    run.assert_calm(1.0, share=0.1)
    run.assert_answers()
    stand.orders()
    assert waiting.makefile().readline().startswith("gateway ")
    waiting.close()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_one_that_crashes_at_once(start, actor, folder, stand, number):
    stand.orders(f"die {int(number)}")
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    program = run.pid_of("a")
    waiting = stand.connect()
    wait_until(lambda: "the gateway failed" in run.log())
    assert f"terminated by {number.name}" in run.log()
    holds_for(0.5, lambda: len(gateways(run)) <= 1)
    assert run.pid_of("a") == program
    waiting.close()


def test_one_that_crashes_later(start, folder, stand):
    run = start(supervisord=stand.key)
    first = stand.ask()
    wait_until(lambda: procfs.cpu_seconds(gateway(run)) >= 0 and age(gateway(run)) > 1.1)
    assert stand.ask("crash") == ""
    # One that fails within a second of its start delays the next one, which would be logged.
    assert stand.ask() not in ("", first)
    assert "terminated by SIGSEGV" in run.log() and "the gateway failed" not in run.log()


def age(pid):
    """Seconds since the process was started."""
    with open(f"/proc/{pid}/stat") as file:
        began = int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    with open("/proc/uptime") as file:
        return float(file.read().split()[0]) - began


def test_one_that_closes_its_control_connection(start, folder, stand):
    stand.orders("deaf")
    run = start(supervisord=stand.key)
    with stand.connect():
        pid = gateway(run)
        wait_until(lambda: not procfs.alive(pid))
    stand.orders()
    assert stand.ask().startswith("gateway ")


def test_one_that_hangs_does_not_hold_up_the_end(start, actor, folder, stand):
    stand.orders("hang")
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    with stand.connect():
        pid = gateway(run)
        wait_until(lambda: signal.SIGTERM in ignored(pid))
        run.assert_answers()
        with takes_at_least(1.5):  # it has two seconds to exit
            run.stop()
    assert not (folder / "s.sock").exists()


def ignored(pid):
    bits = int(procfs.status(pid)["SigIgn"], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1}


def test_it_leaves_last(start, actor, folder, stand):
    """Clients see the end of the programs: they are answered while one is still stopping."""
    run = start(section("program", "a", command=f"{actor} ignore TERM wait", stopwaitsecs=2, startsecs=0), supervisord=stand.key)
    first = stand.ask()
    run.wait_state("a", "RUNNING")
    wait_until(lambda: signal.SIGTERM in ignored(run.pid_of("a")))
    run.send(signal.SIGTERM)
    wait_until(lambda: "waiting for a to die" in run.log())
    assert stand.ask() == first
    run.stop()
    log = run.log()
    assert log.index("stopped: a (terminated by SIGKILL)") < log.index("gateway: leaving")
    assert not (folder / "s.sock").exists()


def test_a_program_is_never_the_gateway(start, actor, folder, stand):
    """The gateway doesn't appear as a program's child."""
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    stand.ask()
    assert list(run.states()) == ["a:a"]
    assert "unknown pid" not in run.log()


# -- another configuration

def test_it_stays_through_a_restart(start, actor, folder, stand):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    first = stand.ask()
    pid, entry = gateway(run), (folder / "s.sock").stat().st_ino
    with stand.connect() as connection:
        run.send(signal.SIGHUP)
        wait_until(lambda: run.log().count("spawned: 'a'") == 2)
        connection.sendall(b"call supervisor.getState\n")
        assert json.loads(connection.makefile().readline())["statename"] == "RUNNING"
    assert stand.ask() == first and gateways(run) == [pid]
    assert (folder / "s.sock").stat().st_ino == entry
    assert "leaving" not in run.log()
    descriptors = len(procfs.descriptors(run.pid))
    for count in range(3, 8):
        run.send(signal.SIGHUP)
        wait_until(lambda: run.log().count("spawned: 'a'") == count)
        assert stand.call("supervisor.getState")["statename"] == "RUNNING"
    assert len(procfs.descriptors(run.pid)) == descriptors


def test_other_servers_after_a_restart(start, folder, stand):
    """The same port at another address is free only after the old gateway, which has the old socket, too, has
    exited."""
    port = free_port()
    run = start(f"[inet_http_server]\nport=127.0.0.1:{port}\n", supervisord=stand.key)
    first = stand.ask(place=("127.0.0.1", port))
    run.configure(f"[inet_http_server]\nport={port}\nusername=u\npassword=p\n")
    run.send(signal.SIGHUP)
    second = wait_until(lambda: stand.ask(place=("127.0.0.1", port)))
    wait_until(lambda: stand.ask().split()[1] != first.split()[1])
    assert second and "gateway: leaving" in run.log()
    run.configure("")
    run.send(signal.SIGHUP)
    wait_until(lambda: run.log().count("received SIGHUP") == 2 and stand.ask())
    wait_until(lambda: len(stand.call("reeve.servers")) == 1)
    with pytest.raises(ConnectionRefusedError):
        stand.ask(place=("127.0.0.1", port))


def test_no_server_any_more(start, folder, stand):
    run = start(supervisord=stand.key)
    stand.ask()
    text = run.configuration.read_text().replace(f"[unix_http_server]\nfile={folder}/s.sock\n", "")
    run.configure("", raw=text.replace("[supervisord]", f"[supervisord]\ncontrol_socket={folder}/s.sock.ctl"))
    run.send(signal.SIGHUP)
    wait_until(lambda: not (folder / "s.sock").exists())
    none_runs(run)
    wait_until(lambda: run.rpc("supervisor.getState")["statename"] == "RUNNING")


def test_other_settings_mean_another_gateway(start, folder, stand):
    run = start(supervisord=stand.key)
    entry = (folder / "s.sock").stat().st_ino
    assert stand.call("reeve.gatewaySettings")["idle_timeout"] == 60
    run.configure("", supervisord=f"{stand.key}\ngateway_idle_timeout=9")
    run.send(signal.SIGHUP)
    wait_until(lambda: stand.call("reeve.gatewaySettings")["idle_timeout"] == 9)
    assert (folder / "s.sock").stat().st_ino == entry


def test_a_socket_taken_meanwhile_is_said(start, actor, folder, stand):
    """Programs come back after a restart, even if another process has taken a port."""
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run.configure(section("program", "a", command=f"{actor} wait", startsecs=0)
                      + f"[inet_http_server]\nport=127.0.0.1:{port}\n")
        run.send(signal.SIGHUP)
        wait_until(lambda: f"CRIT [inet_http_server]: {OCCUPIED}" in run.log())
        run.wait_state("a", "RUNNING")
        assert [server["name"] for server in stand.call("reeve.servers")] == ["unix_http_server"]


# -- sockets

def begin(folder, text, name="init", **options):
    """Starts it outside of any namespace, to see how it refuses to start: the exit code and the output."""
    path = folder / "t.conf"
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nchildlogdir={folder}\n"
                    f"control_socket={folder}/t.ctl\n{text}")
    done = subprocess.run([DIST / name, "-n", "-c", path], capture_output=True, text=True, timeout=60, cwd=folder, **options)
    return done


def test_a_live_socket_is_refused(folder, stand):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "x.sock"))
        other.listen()
        done = begin(folder, f"{stand.key}\n[unix_http_server]\nfile={folder}/x.sock\n")
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"Error: {OCCUPIED}")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(folder / "x.sock"))
    assert not (folder / "t.pid").exists()


@pytest.mark.parametrize("name", ["init", "supervisord"])
def test_a_port_that_is_taken(folder, stand, name):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = begin(folder, f"{stand.key}\n[unix_http_server]\nfile={folder}/x.sock\n"
                     f"[inet_http_server]\nport=127.0.0.1:{port}\n", name)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"Error: {OCCUPIED}")
    assert not (folder / "x.sock").exists()


REFUSED = {
    "not ours": ("[inet_http_server]\nport=192.0.2.1:9001\nusername=u\npassword=p\n",
                 "Cannot open an HTTP server: socket.error reported errno.EADDRNOTAVAIL (99)"),
    "no such folder": ("[unix_http_server]\nfile=/no/such/folder/x.sock\n",
                       "Cannot open an HTTP server: socket.error reported errno.ENOENT (2)"),
    "a file": ("[unix_http_server]\nfile={folder}/file\n",
               "Cannot open an HTTP server: socket.error reported errno.EEXIST (17)"),
    "no such host": ("[inet_http_server]\nport=no.such.host.invalid:9001\nusername=u\npassword=p\n",
                     "Cannot open an HTTP server: socket.error reported -2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_one_that_cannot_be_opened(folder, stand, name):
    (folder / "file").write_text("precious")
    text, sentence = REFUSED[name]
    done = begin(folder, f"{stand.key}\n" + text.format(folder=folder))
    assert done.returncode == 2 and done.stderr.startswith(f"Error: {sentence}"), done.stderr
    assert (folder / "file").read_text() == "precious"


def test_an_owner_that_may_not_be(folder, stand):
    if not IS_ROOT:
        pytest.skip("changes users")
    (folder / "d").mkdir()
    os.chown(folder / "d", 1234, 1234)
    folder.chmod(0o777)
    done = begin(folder, f"user=1234\n{stand.key}\n[unix_http_server]\nfile={folder}/d/x.sock\nchown=root\n")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"Error: Not permitted to chown {folder}/d/x.sock to uid/gid (0, -1); adjust \"sockchown\" value in config file "
        "or on command line to values that the current user (1234) can successfully chown"), done.stderr
    assert list((folder / "d").iterdir()) == []


@pytest.mark.parametrize("keys, mode, owner", [
    ("", 0o700, None), ("chmod=0766", 0o766, None), ("chmod=0660\nchown=nobody:daemon", 0o660, NOBODY)])
def test_mode_and_owner_and_a_stale_socket(start, folder, stand, keys, mode, owner):
    if owner and not IS_ROOT:
        pytest.skip("only root gives files away")
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(folder / "w.sock"))
    run = start(f"[unix_http_server:w]\nfile={folder}/w.sock\n{keys}\n", supervisord=stand.key, prepare="umask 077")
    status = (folder / "w.sock").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (mode, owner or os.getuid())
    assert stand.ask(place=str(folder / "w.sock")).split()[2] == "unix_http_server:unix_http_server.w:control"
    run.stop()
    assert not (folder / "w.sock").exists() and not list(folder.glob(".ctl-*"))


OVERLAY = """\
mkdir -p {0}/layers {0}/merged
mount -t tmpfs layers {0}/layers
mkdir -p {0}/layers/lower/run {0}/layers/upper {0}/layers/work
cp -a {0}/stale.sock {0}/layers/lower/run/h.sock
mount -t overlay container -o lowerdir={0}/layers/lower,upperdir={0}/layers/upper,workdir={0}/layers/work {0}/merged
"""


def test_on_the_file_system_of_a_container(start, folder, stand):
    """Hard links to sockets fail, and the image may contain a stale socket."""
    if not IS_ROOT:
        pytest.skip("mounts")
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(folder / "stale.sock"))
    path = folder / "merged/run/h.sock"
    run = start(f"[unix_http_server:h]\nfile={path}\nchmod=0620\nchown=1234:2345\n", supervisord=stand.key,
                prepare=OVERLAY.format(folder))
    status = run.inside(path).stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o620, 1234, 2345)
    assert stand.ask(place=str(run.inside(path))).startswith("gateway ")
    names = run.inside(path.parent)
    assert os.listdir(names) == ["h.sock"]
    kept = os.open(names, os.O_RDONLY | os.O_DIRECTORY)
    try:
        run.stop()
        assert os.listdir(kept) == []
    finally:
        os.close(kept)


def test_a_name_appears_with_its_owner_and_mode(folder, stand):
    """No client gets in before: the name appears only when the socket is complete."""
    path, trace = folder / "t.conf", folder / "trace"
    owner = "\nchown=1234:2345" if IS_ROOT else ""
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nchildlogdir={folder}\n{stand.key}\n"
                    f"[unix_http_server]\nfile={folder}/h.sock\nchmod=0620{owner}\n")
    process = subprocess.Popen(
        ["strace", "-qq", "-o", trace, "-e", "trace=bind,listen,chmod,fchmod,fchmodat,chown,lchown,fchownat,rename,renameat,renameat2",
         DIST / "init", "-c", path], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: (folder / "h.sock").exists())
    finally:
        for child in procfs.children(process.pid):
            os.kill(child, signal.SIGTERM)
        assert process.wait(60) == 0
    lines = trace.read_text().splitlines()
    last = next(index for index, line in enumerate(lines) if "rename" in line and "h.sock\"" in line)
    temporary = re.search(r'"([^"]*\.ctl-\w+)"', lines[last])[1]
    # The mode is set through a descriptor: chmod would follow a link that another process has put in its place.
    about = [line for line in lines if temporary in line or "listen(" in line or 'chmod("/proc/self/fd/' in line]
    before = [line.partition("(")[0] for line in about[:about.index(lines[last])]]
    number = re.search(r"bind\((\d+)", next(line for line in about if "bind(" in line))[1]
    first = next(index for index, line in enumerate(lines) if line.startswith(f"bind({number},") and temporary in line)
    assert any(line.startswith(f"fchmod({number}, 000)") for line in lines[:first]), "nobody may connect before"
    assert {"bind", "listen"} <= set(before) and any("chmod" in name for name in before), lines
    assert not IS_ROOT or any("chown" in name for name in before), lines
    assert not any("h.sock\"" in line and ("chmod" in line or "chown" in line) for line in lines)


@pytest.mark.parametrize("host, family", [
    ("127.0.0.1", socket.AF_INET), ("LocalHost", socket.AF_INET), ("*", socket.AF_INET), ("[::1]", socket.AF_INET6)])
def test_hosts(start, folder, stand, host, family):
    if family == socket.AF_INET6 and not pathlib.Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    port = free_port(family)
    run = start(f"[inet_http_server]\nport={host}:{port}\nusername=u\npassword=p\n", supervisord=stand.key)
    address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    assert stand.ask(place=(address, port)).startswith("gateway ")
    # A port whose connections are still in TIME_WAIT can be bound again.
    run.stop()
    again = start(f"[inet_http_server]\nport={host}:{port}\nusername=u\npassword=p\n", supervisord=stand.key)
    assert stand.ask(place=(address, port)).startswith("gateway ")
    again.stop()


# -- without a password

def test_a_server_for_everybody_is_refused(folder, stand):
    port = free_port()
    done = begin(folder, f"{stand.key}\n[inet_http_server]\nport={port}\n")
    assert done.returncode == 2
    assert f"{folder}/t.conf:8" in done.stderr and "allow_unauthenticated=true" in done.stderr
    assert "[inet_http_server] has no password and is not bound to loopback" in done.stderr
    done = begin(folder, f"{stand.key}\n[inet_http_server]\nport={port}\nallow_unauthenticated=perhaps\n")
    assert done.returncode == 2 and "not a valid boolean value: 'perhaps'" in done.stderr


def test_one_that_is_allowed(start, folder, stand):
    port = free_port()
    run = start(f"[inet_http_server]\nport={port}\nallow_unauthenticated=true\n", supervisord=stand.key)
    assert stand.ask(place=("127.0.0.1", port)).startswith("gateway ")
    assert "CRIT Server 'inet_http_server' running without any HTTP authentication checking" in run.log()
    assert "CRIT Server 'unix_http_server' running without any HTTP authentication checking" in run.log()


def test_a_restart_that_would_open_it_to_everybody(start, actor, folder, stand):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=stand.key)
    program = run.pid_of("a")
    run.configure(f"[inet_http_server]\nport={free_port()}\n")
    run.send(signal.SIGHUP)
    wait_until(lambda: "the restart is refused" in run.log() and "allow_unauthenticated=true" in run.log())
    assert run.pid_of("a") == program and stand.ask().startswith("gateway ")


def test_under_the_name_supervisord(folder, stand):
    """Allowed under this name, as in supervisord, with a loud warning."""
    port = free_port()
    path = folder / "t.conf"
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nchildlogdir={folder}\nnodaemon=true\n"
                    f"control_socket={folder}/t.ctl\n{stand.key}\n[inet_http_server]\nport=*:{port}\n")
    process = subprocess.Popen([DIST / "supervisord", "-c", path], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: stand.ask(place=("127.0.0.1", port))).startswith("gateway ")
        log = (folder / "t.log").read_text()
        assert "CRIT Server 'inet_http_server' running without any HTTP authentication checking" in log
        assert re.search(r"WARN .*t\.conf:9.*\[inet_http_server\] has no password .* commands this supervisor", log), log
    finally:
        process.terminate()
        assert process.wait(60) == 0


# -- no gateway

def test_without_a_gateway(start, actor, folder, engine):
    if engine is SUPERVISORD:
        pytest.skip("supervisord serves HTTP itself")
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), supervisord=f"gateway={folder}/none")
    run.wait_state("a", "RUNNING")
    assert not (folder / "s.sock").exists()
    assert run.log().count(f"HTTP servers are not opened: there is no gateway at {folder}/none") == 1


def test_it_is_looked_for_beside_init(start, folder, stand):
    shutil.copy(DIST / "init", folder / "init")
    path = folder / "t.conf"
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nchildlogdir={folder}\n"
                    f"[unix_http_server]\nfile={folder}/s.sock\n")
    process = subprocess.Popen([folder / "init", "-c", path], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: stand.ask()).startswith("gateway ")
    finally:
        process.terminate()
        assert process.wait(60) == 0
    assert not (folder / "s.sock").exists()


def test_one_that_cannot_be_executed(start, folder, stand):
    stand.path.chmod(0o700 if IS_ROOT else 0o600)
    run = start(supervisord=stand.key)
    with stand.connect() as waiting:
        waiting.sendall(b"who\n")
        wait_until(lambda: "ERRO the gateway failed (couldn't exec " in run.log(), what=run.story)
        assert "EACCES" in run.log()
        stand.path.chmod(0o755)
        assert waiting.makefile().readline().startswith("gateway ")


# -- init has few rights

def test_a_root_that_may_not_change_users(start, folder, stand):
    """As in a container without CAP_SETUID: the gateway has no capabilities in any case."""
    if not IS_ROOT:
        pytest.skip("drops capabilities")
    run = start(supervisord=stand.key, pid1=False, wrapper=["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"])
    assert stand.ask().startswith("gateway ")
    status = procfs.status(gateway(run))
    assert status["NoNewPrivs"] == "1"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"):
        assert int(status[name], 16) == 0, name
    assert run.log().count("the gateway runs as root, without capabilities: couldn't setuid") == 1
    os.kill(gateway(run), signal.SIGKILL)
    stand.ask()
    assert run.log().count("the gateway runs as root") == 1


def test_another_user(start, folder, stand):
    if not IS_ROOT:
        pytest.skip("changes users")
    run = start(supervisord=stand.key, pid1=False, uid=1234)
    assert stand.ask().startswith("gateway ")
    status = procfs.status(gateway(run))
    assert status["Uid"].split() == ["1234"] * 4 and status["NoNewPrivs"] == "1" and int(status["CapPrm"], 16) == 0


def test_nothing_is_kept_for_servers_that_are_not_there(folder, engine):
    """Without servers, init has no sockets except those for ctl."""
    if engine is SUPERVISORD:
        pytest.skip("memory of init")
    path = folder / "t.conf"
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nchildlogdir={folder}\n"
                    f"control_socket={folder}/t.ctl\n")
    process = subprocess.Popen([DIST / "init", "-c", path], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: (folder / "t.pid").exists())
        sockets = [target for target in procfs.descriptors(process.pid).values() if target.startswith("socket:")]
        # It listens at the default place unless another init does.
        assert len(sockets) in (1, 2)
    finally:
        process.terminate()
        assert process.wait(60) == 0
