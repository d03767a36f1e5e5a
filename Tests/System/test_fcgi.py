"""FastCGI programs: one listening socket for all processes of a pool, as their descriptor 0."""

import http.client
import os
import pathlib
import pwd
import shutil
import signal
import socket
import stat

import pytest

import control
import masks
import procfs
from ports import free_port
from supervised import ENGINES, INIT, UnixConnection, section
from waiting import wait_until


@pytest.fixture(params=["unix", "tcp"])
def place(request, folder):
    """A socket that a client can reach: its URL, and how to connect."""
    return Place(f"unix://{folder}/pool.sock") if request.param == "unix" else Place(f"tcp://127.0.0.1:{free_port()}")


class Place:
    def __init__(self, url):
        self.url = url
        self.kind, _, self.address = url.partition("://")

    def connect(self):
        if self.kind == "unix":
            connection = socket.socket(socket.AF_UNIX)
            address = self.address
        else:
            connection = socket.socket()
            host, _, port = self.address.partition(":")
            address = host, int(port)
        connection.settimeout(60)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self):
        """The answer of one of the processes."""
        with self.connect() as connection:
            return connection.recv(100).decode()

    def is_there(self):
        try:
            self.connect().close()
            return True
        except OSError:
            return False


def pool(actor, url, kind="fcgi-program", name="pool", **keys):
    keys = {"command": f"{actor} serve hello", "numprocs": 2, "process_name": "p%(process_num)d", "startsecs": 0, **keys}
    return section(kind, name, socket=url, **keys)


def test_all_processes_answer(start, actor, place):
    run = start(pool(actor, place.url))
    run.wait_all()
    pids = {str(run.info(f"pool:p{number}")["pid"]) for number in range(2)}
    answers = set()
    wait_until(lambda: answers.add(place.ask()) or len(answers) == 2)
    assert answers == {f"hello {pid}\n" for pid in pids}
    for number in range(2):
        pid = run.pid_of(f"pool:p{number}")
        # The connection that it has answered stays open for a moment.
        wait_until(lambda: set(procfs.descriptors(pid)) == {0, 1, 2})
        assert procfs.descriptors(pid)[0].startswith("socket:")
    with pytest.raises(control.Fault) as fault:
        run.rpc("supervisor.sendProcessStdin", "pool:p0", "x")
    assert fault.value.code == 20, "there is no stdin"


def words(run):
    return [masks.masked(text) for _, text in masks.log_lines(run.log())
            if any(word in text for word in ("Creating socket", "Closing socket", "spawned", "stopped: p", "success"))]


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_the_same_words(start, actor, folder, kind):
    """Created for the first process, closed after the last; supervisord also creates it once at its start, to test
    it."""
    told = []
    for engine in ("supervisord", "init"):
        inner = folder / engine
        inner.mkdir()
        place = Place(f"unix://{inner}/p.sock" if kind == "unix" else f"tcp://127.0.0.1:{free_port()}")
        run = start(pool(actor, place.url, autostart=False), folder=inner, engine=ENGINES[engine], pid1=False)
        for name in ("pool:p0", "pool:p1"):
            run.rpc("supervisor.startProcess", name)
        # supervisord loses a signal that arrives before a child has been executed.
        wait_until(lambda: all("serve" in procfs.cmdline(run.pid_of(f"pool:p{number}")) for number in range(2)))
        assert place.ask().startswith("hello")
        for name in ("pool:p0", "pool:p1"):
            run.rpc("supervisor.stopProcess", name)
        wait_until(lambda: not place.is_there())
        told.append([line.replace(place.url, "URL") for line in words(run)])
        run.stop()
    assert told[0][:2] == ["Creating socket URL", "Closing socket URL"]
    assert told[0][2:] == told[1]
    assert told[1][0] == "Creating socket URL" and told[1][-1] == "Closing socket URL"


OWNERS = {
    "by_default": ({}, 0o700, None),
    "mode": ({"socket_mode": "0666"}, 0o666, None),
    "user": ({"user": "nobody"}, 0o700, "nobody"),
    "owner": ({"socket_owner": "www-data:daemon", "socket_mode": "0660"}, 0o660, "www-data"),
    "owner_of_another_user": ({"socket_owner": "www-data", "user": "nobody"}, 0o700, "www-data"),
}


@pytest.mark.parametrize("name", OWNERS)
def test_mode_and_owner(start, actor, folder, name):
    keys, mode, owner = OWNERS[name]
    if os.getuid() != 0 and owner:
        pytest.skip("only root gives files away")
    found = []
    for engine in ("supervisord", "init"):
        inner = folder / engine
        inner.mkdir()
        inner.chmod(0o777)
        path = inner / "p.sock"
        run = start(pool(actor, f"unix://{path}", **keys), folder=inner, engine=ENGINES[engine], pid1=False)
        run.wait_all()
        assert Place(f"unix://{path}").ask().startswith("hello")
        status = path.stat()
        found.append((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid))
        run.stop()
    assert found[0] == found[1]
    assert found[1][:2] == (mode, pwd.getpwnam(owner).pw_uid if owner else os.getuid())


def test_it_goes_with_the_last(start, actor, folder, engine):
    if engine is not INIT:
        pytest.skip("supervisord leaves the file behind")
    path = folder / "p.sock"
    run = start(pool(actor, f"unix://{path}", autostart=False))
    before = None
    for _ in range(3):
        run.rpc("supervisor.startProcessGroup", "pool")
        identity = path.stat().st_ino
        run.rpc("supervisor.stopProcess", "pool:p0")
        run.rpc("supervisor.startProcess", "pool:p0")
        assert path.stat().st_ino == identity
        run.rpc("supervisor.stopProcessGroup", "pool")
        before = before or len(procfs.descriptors(run.pid))
        wait_until(lambda: len(procfs.descriptors(run.pid)) <= before)
        assert not path.exists()


def test_in_a_group(start, actor, folder, engine):
    if engine is not INIT:
        pytest.skip("supervisord loses the socket of a program in a group, and ends")
    first, second = (Place(f"unix://{folder}/{name}.sock") for name in ("a", "b"))
    names = {"process_name": "%(program_name)s%(process_num)d"}
    run = start(pool(actor, first.url, name="a", **names) + pool(actor, second.url, name="b", numprocs=1, **names)
                + section("program", "c", command="cat", startsecs=0) + section("group", "all", programs="a,c,b"))
    run.wait_all()
    assert first.ask().split()[1] in {str(run.info(f"all:a{number}")["pid"]) for number in range(2)}
    assert second.ask().split()[1] == str(run.info("all:b0")["pid"])
    assert run.rpc("supervisor.sendProcessStdin", "all:c", "x") is True
    run.rpc("supervisor.stopProcess", "all:b0")
    assert first.is_there() and not second.is_there()
    run.rpc("supervisor.stopProcessGroup", "all")
    run.rpc("supervisor.removeProcessGroup", "all")
    assert not list(folder.glob("[ab].sock"))


def test_it_stays_through_restarts(start, actor, folder, engine):
    """Connections wait in its queue while the process is restarted."""
    if engine is not INIT:
        pytest.skip("supervisord closes the socket of a lone process")
    path = folder / "p.sock"
    place = Place(f"unix://{path}")
    run = start(pool(actor, place.url, numprocs=1, process_name="p", command=f"{actor} exit 1", startsecs=1, startretries=20))
    run.wait_state("pool:p", "BACKOFF")
    identity = path.stat().st_ino
    with place.connect():
        wait_until(lambda: run.log().count("spawned:") >= 2)
        assert path.stat().st_ino == identity
    run.rpc("supervisor.stopProcess", "pool:p")
    assert not path.exists()
    assert words(run)[0].startswith("Creating") and words(run)[-1].startswith("Closing")


def test_one_that_dies_and_comes_back(start, actor, place):
    run = start(pool(actor, place.url, numprocs=1, process_name="p", autorestart=True))
    run.wait_all()
    old = run.pid_of("pool:p")
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: run.pid_of("pool:p") not in (0, old))
    wait_until(lambda: place.ask() == f"hello {run.info('pool:p')['pid']}\n")


FAILURES = {
    "no folder": ("unix:///no/such/folder/s", "No such file or directory (ENOENT)"),
    "a file": ("unix://{folder}/file", "File exists (EEXIST)"),
    "a folder": ("unix://{folder}/sub", "File exists (EEXIST)"),
    "not ours": ("tcp://192.0.2.1:9000", "Cannot assign requested address (EADDRNOTAVAIL)"),
    "no such host": ("tcp://no.such.host.invalid:9000", "the host is neither a number nor in /etc/hosts"),
    "taken": ("tcp://127.0.0.1:{port}", "Address already in use (EADDRINUSE)"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_one_that_cannot_be_made(start, actor, folder, engine, name):
    if engine is not INIT:
        pytest.skip("supervisord ends")
    (folder / "file").write_text("precious")
    (folder / "sub").mkdir()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        url, reason = FAILURES[name]
        url = url.format(folder=folder, port=other.getsockname()[1])
        run = start(pool(actor, url, numprocs=1, process_name="p", startretries=0)
                    + section("program", "b", command=f"{actor} wait", startsecs=0))
        run.wait_state("pool:p", "FATAL")
        said = run.info("pool:p")["spawnerr"]
        assert said.startswith(f"can't create socket {url}: ") and reason.split(" (")[-1].rstrip(")") in said, said
        run.wait_state("b", "RUNNING")
    assert (folder / "file").read_text() == "precious"
    if name == "taken":
        run.rpc("supervisor.startProcess", "pool:p")
        assert Place(url).ask().startswith("hello")


def test_a_name_of_localhost(start, actor):
    port = free_port()
    run = start(pool(actor, f"tcp://LocalHost:{port}"))
    run.wait_all()
    assert Place(f"tcp://127.0.0.1:{port}").ask().startswith("hello")
    assert f"Creating socket tcp://localhost:{port}" in run.log()


def test_a_socket_that_was_left_behind(start, actor, folder):
    """Left by a supervisor that was killed, whether or not its children still hold it."""
    path = folder / "p.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
        old.listen()
        run = start(pool(actor, f"unix://{path}"))
        run.wait_all()
        assert Place(f"unix://{path}").ask().startswith("hello")


def test_removed_and_changed(start, actor, folder, engine):
    """After update, nothing of the old socket is left."""
    old, new = folder / "old.sock", folder / "new.sock"
    run = start(pool(actor, f"unix://{old}"))
    run.wait_all()
    before = len(procfs.descriptors(run.pid))
    run.configure(pool(actor, f"unix://{new}"))
    assert "pool: updated process group" in run.ctl("update").out
    run.wait_all()
    assert Place(f"unix://{new}").ask().startswith("hello")
    assert engine is not INIT or not old.exists()
    wait_until(lambda: len(procfs.descriptors(run.pid)) <= before)  # ctl's connection is closed, too
    run.configure("")
    assert "pool: removed process group" in run.ctl("update").out
    assert not Place(f"unix://{new}").is_there()
    assert engine is not INIT or not new.exists()


def test_restart_of_everything(start, actor, folder, place):
    run = start(pool(actor, place.url))
    run.wait_all()
    run.send(signal.SIGHUP)
    wait_until(lambda: run.log().count("Closing socket") >= 1 and run.log().count("spawned:") == 4)
    run.wait_all()
    assert place.ask().startswith("hello")
    run.stop()
    assert not place.is_there()


# name: (command, the file that it serves, its content)
SERVERS = {
    "php-cgi": ("php-cgi", "page.php", "<?php echo 'pid ', getmypid(), ' says ', $_GET['what'], \"\\n\";"),
    "fcgiwrap": ("fcgiwrap -f", "page.cgi", "#!/bin/sh\necho 'Content-Type: text/plain'\necho\necho \"pid $PPID says ${QUERY_STRING#what=}\"\n"),
}

NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {user}
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen unix:{folder}/web.sock;
        location / {{
            fastcgi_pass {upstream};
            fastcgi_param SCRIPT_FILENAME {folder}/{page};
            fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REDIRECT_STATUS 200; fastcgi_param SERVER_PROTOCOL $server_protocol;
        }}
    }}
}}
"""


def tool(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@pytest.mark.parametrize("server", SERVERS)
def test_behind_nginx(start, folder, place, server):
    """Real servers that accept on descriptor 0, two processes each."""
    command, page, text = SERVERS[server]
    nginx, program = tool("nginx"), tool(command.split()[0])
    assert nginx and program, "scripts/deps test installs them"
    (folder / page).write_text(text)
    (folder / page).chmod(0o755)
    upstream = f"unix:{place.address}" if place.kind == "unix" else place.address
    (folder / "nginx.conf").write_text(NGINX.format(
        folder=folder, page=page, upstream=upstream, user="user root;" if os.getuid() == 0 else ""))
    run = start(section("fcgi-program", "app", command=command.replace(command.split()[0], program), socket=place.url, numprocs=2,
                        process_name="app%(process_num)d", startsecs=0, environment='PHP_FCGI_CHILDREN="0"')
                + section("program", "nginx", command=f"{nginx} -e {folder}/nginx.log -c {folder}/nginx.conf", startsecs=0))
    run.wait_all()

    def ask():
        connection = UnixConnection(str(folder / "web.sock"), 10)
        try:
            connection.request("GET", "/?what=hello")
            answer = connection.getresponse()
            body = answer.read().decode()
            assert answer.status == 200, (answer.status, body)
            return body
        finally:
            connection.close()

    answers = set()
    wait_until(lambda: answers.add(ask()) or len(answers) == 2, what=lambda: f"{answers}; {run.rpc_log('app:app0', 'stderr')}")
    pids = {run.info(f"app:app{number}")["pid"] for number in range(2)}
    assert {answer.split(" says ")[1] for answer in answers} == {"hello\n"}
    assert {int(answer.split()[1]) for answer in answers} == pids
    victim = run.pid_of("app:app0")
    os.kill(victim, signal.SIGKILL)
    # A connection that it accepts while it dies is lost.
    wait_until(lambda: not procfs.alive(victim))
    for _ in range(20):
        assert ask().endswith("hello\n")
