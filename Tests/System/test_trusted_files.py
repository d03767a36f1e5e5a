"""Links, hard links and pipes that a program's user places at the path of a log or the pidfile, which root's init
opens."""

import os
import stat
import subprocess
import sys

import pytest

import control
from supervised import INIT, section
from waiting import wait_until

NOBODY = 65534
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs another user")


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord follows them")


@pytest.fixture
def prey(folder):
    """A file of root's that must not be touched."""
    path = folder / "prey"
    path.write_text("root's own\n")
    path.chmod(0o600)
    return path


@pytest.fixture(params=["owned", "world", "sticky", "group", "below"])
def theirs(request, folder):
    """A folder in which another user can place things, in each way that allows it."""
    path = folder / "theirs"
    path.mkdir()
    if request.param in ("owned", "below"):
        os.chown(path, NOBODY, NOBODY)
    else:
        path.chmod({"world": 0o777, "sticky": 0o1777, "group": 0o775}[request.param])
        os.chown(path, 0, NOBODY if request.param == "group" else 0)
    if request.param == "below":
        path = path / "roots"
        path.mkdir()
    return path


def program(actor, log, user="nobody", **keys):
    keys = {"startsecs": 0, "autorestart": False, "startretries": 0, **keys}
    return section("program", "a", command=f"{actor} say hello wait", stdout_logfile=log, user=user, **keys)


def refused(run, path, reason):
    run.wait_state("a", "FATAL")
    error = run.info("a")["spawnerr"]
    assert str(path) in error and reason in error, error
    assert str(path) in run.log() and reason in run.log()


def test_a_link_is_not_followed(start, actor, folder, theirs, prey):
    log = theirs / "a.log"
    log.symlink_to(prey)
    run = start(program(actor, log))
    refused(run, log, "is a symbolic link, in a folder that others can write to")
    with pytest.raises(control.Fault):
        run.rpc("reeve.openLog", "a", "stdout")
    assert prey.read_text() == "root's own\n"


def test_a_link_makes_no_file(start, actor, folder, theirs):
    log = theirs / "a.log"
    log.symlink_to(folder / "new")
    run = start(program(actor, log))
    refused(run, log, "is a symbolic link")
    assert not (folder / "new").exists()


def test_a_link_to_a_folder_on_the_way(start, actor, folder, theirs):
    (folder / "safe").mkdir()
    (theirs / "logs").symlink_to(folder / "safe")
    run = start(program(actor, theirs / "logs/a.log"))
    refused(run, theirs / "logs", "is a symbolic link")
    assert os.listdir(folder / "safe") == []


def test_a_hard_link_is_not_written(start, actor, folder, theirs, prey):
    log = theirs / "a.log"
    os.link(prey, log)
    run = start(program(actor, log))
    refused(run, log, "has 2 hard links")
    with pytest.raises(control.Fault):
        run.rpc("reeve.openLog", "a", "stdout")
    assert prey.read_text() == "root's own\n"


def test_a_pipe_is_not_opened(start, actor, folder, theirs):
    log = theirs / "a.log"
    os.mkfifo(log)
    run = start(program(actor, log))
    refused(run, log, "is not a regular file")


@pytest.mark.parametrize("owner, good", [(0, True), (NOBODY, True), (1234, False)])
def test_whose_file_it_may_be(start, actor, folder, theirs, owner, good):
    log = theirs / "a.log"
    log.touch()
    os.chown(log, owner, owner)
    run = start(program(actor, log))
    if good:
        wait_until(lambda: log.read_text() == "hello\n", what=run.story)
        assert run.rpc_log("a") == "hello\n"
    else:
        refused(run, log, "belongs to uid 1234")
        with pytest.raises(control.Fault):
            run.rpc("reeve.openLog", "a", "stdout")


def test_a_new_log_works_there(start, actor, folder, theirs):
    log = theirs / "a.log"
    run = start(section("program", "a", command=f"{actor} every 0.01 line", stdout_logfile=log, user="nobody", startsecs=0,
                        stdout_logfile_maxbytes=50, stdout_logfile_backups=3))
    wait_until(lambda: (theirs / "a.log.3").exists(), what=run.story)
    run.rpc("supervisor.clearProcessLogs", "a")
    assert sorted(os.listdir(theirs)) == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert "can't" not in run.log()


def test_a_link_that_comes_later(start, actor, folder, theirs, prey):
    """Placed while the program runs: no rotation, no clear, no USR2 and no reading follows it."""
    log = theirs / "a.log"
    go = folder / "go"
    run = start(section("program", "a", command=f"sh -c 'echo first; while [ ! -e {go} ]; do sleep 0.02; done; "
                        f"head -c 5000 /dev/zero; echo; while [ ! -e {go}2 ]; do sleep 0.02; done; echo last; sleep 1000'",
                        stdout_logfile=log, startsecs=0, user="nobody", stdout_logfile_maxbytes=1000))
    wait_until(lambda: log.read_text() == "first\n", what=run.story)
    log.unlink()
    log.symlink_to(prey)
    # Renaming also uses the folder's descriptor: a link in the place of a backup is only a name.
    (theirs / "a.log.1").symlink_to(prey)
    go.touch()
    wait_until(lambda: f"can't rotate {log}" in run.log(), what=run.story)
    with pytest.raises(control.Fault):
        run.rpc("reeve.openLog", "a", "stdout")
    run.send(12)
    wait_until(lambda: f"can't open {log} again" in run.log(), what=run.story)
    assert prey.read_text() == "root's own\n"
    # The link itself is removed, not its target, and a new log begins.
    run.rpc("supervisor.clearProcessLogs", "a")
    assert not log.is_symlink()
    (folder / "go2").touch()
    wait_until(lambda: log.read_text().endswith("last\n"), what=run.story)
    assert prey.read_text() == "root's own\n"


def test_the_supervisors_own_log(start, folder, theirs, prey):
    log = theirs / "init.log"
    log.symlink_to(prey)
    run = start(log=log)
    assert run.rpc("supervisor.getState")["statename"] == "RUNNING"
    assert f"{log} is a symbolic link" in (folder / "stderr").read_text()
    assert prey.read_text() == "root's own\n"


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "foreign"])
def test_the_pidfile(start, folder, theirs, prey, kind):
    path = theirs / "s.pid"
    if kind == "link":
        path.symlink_to(prey)
    elif kind == "hard link":
        os.link(prey, path)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.touch()
        os.chown(path, 1234, 1234)
    run = start(options=("-j", str(path)))
    wait_until(lambda: f"could not write pidfile {path}: {path} " in run.log(), what=run.story)
    run.stop()
    assert prey.read_text() == "root's own\n" and os.path.lexists(path)


def test_links_that_only_root_can_lay(start, actor, folder):
    """As before: links to a stream, to a file elsewhere, of a folder; and named pipes."""
    (folder / "elsewhere").mkdir()
    (folder / "folder").symlink_to("elsewhere")
    (folder / "b.log").symlink_to(folder / "elsewhere/b")
    (folder / "c.log").symlink_to("/dev/stdout")
    os.mkfifo(folder / "d.log")
    reader = os.open(folder / "d.log", os.O_RDONLY | os.O_NONBLOCK)
    names = {"a": folder / "folder/a", "b": folder / "b.log", "c": folder / "c.log", "d": folder / "d.log"}
    run = start("".join(section("program", name, command=f"{actor} say {name}{name} wait", stdout_logfile=path, startsecs=0,
                                user="nobody") for name, path in names.items()))
    wait_until(lambda: (folder / "elsewhere/a").read_text() == "aa\n" and (folder / "elsewhere/b").read_text() == "bb\n", what=run.story)
    wait_until(lambda: b"cc\n" in run.stdout(), what=run.story)
    wait_until(lambda: os.read(reader, 100) == b"dd\n", what=run.story)
    os.close(reader)


def test_a_link_to_a_stream_where_others_can_lay_it(start, actor, folder, theirs):
    log = theirs / "a.log"
    log.symlink_to("/dev/stdout")
    run = start(program(actor, log))
    refused(run, log, "is a symbolic link")


def test_automatic_logs(start, actor, folder, theirs, prey):
    (folder / "safe").mkdir()
    (folder / "safe/x-stdout---supervisor-abc.log").write_text("somebody's")
    (theirs / "logs").symlink_to(folder / "safe")
    run = start(program(actor, "AUTO"), options=("-q", str(theirs / "logs")))
    wait_until(lambda: "can't make a log file in" in run.log(), what=run.story)
    assert os.listdir(folder / "safe") == ["x-stdout---supervisor-abc.log"]


@pytest.mark.parametrize("init_user, owner, good", [(1000, 1000, True), (1000, 0, True), (1000, NOBODY, False)])
def test_an_init_that_is_not_root(start, actor, folder, init_user, owner, good):
    """The same with its own uid: it follows links of its own user, and not those of others."""
    logs = folder / "logs"
    logs.mkdir()
    os.chown(logs, owner, owner)
    target = folder / "target"
    target.touch()
    os.chown(target, init_user, init_user)
    (logs / "a.log").symlink_to(target)
    run = start(section("program", "a", command=f"{actor} say hello wait", stdout_logfile=logs / "a.log", startsecs=0, startretries=0),
                uid=init_user, pid1=False)
    if good:
        wait_until(lambda: target.read_text() == "hello\n", what=run.story)
    else:
        refused(run, logs / "a.log", "is a symbolic link")
        assert target.read_text() == ""


LOCK = """
import fcntl, os, sys
os.setgid(65534); os.setuid(65534)
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
fcntl.lockf(file, fcntl.LOCK_SH)
print("locked", flush=True)
sys.stdin.read()
"""


def test_nobody_can_keep_the_pidfile_from_being_written(start, folder):
    path = folder / "s.pid"
    path.write_text("1\n")
    path.chmod(0o644)
    with subprocess.Popen([sys.executable, "-c", LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as locker:
        assert locker.stdout.readline() == "locked\n"
        run = start(pid1=False)
        wait_until(lambda: path.read_text() == f"{run.pid}\n", what=run.story)
        assert "could not write pidfile" not in run.log()
        locker.stdin.close()


def test_a_socket_in_a_folder_of_others(start, actor, folder, theirs):
    """The mode of a socket is never applied to something that another user has put in its place: the socket works,
    and nothing else changes."""
    text = (f"[unix_http_server]\nfile={theirs}/s.sock\nchmod=0770\n[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\n")
    run = start(text=text, wait=False)
    wait_until(lambda: (theirs / "s.sock.ctl").is_socket(), what=run.story)
    assert (theirs / "s.sock.ctl").stat().st_mode & 0o777 == 0o770


def test_a_device_as_the_pidfile_stays(start, folder):
    null = folder / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    run = start(options=("-j", str(null)))
    wait_until(lambda: "supervisord started with pid" in run.log(), what=run.story)
    run.stop()
    assert null.is_char_device()
