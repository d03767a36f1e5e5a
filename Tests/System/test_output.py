"""The output of programs: files, rotation, shared streams, tails, and the supervisor's own log."""

import fcntl
import os
import pathlib
import re
import signal
import time

import pytest

import procfs
from consumer import Consumer
from supervised import INIT, SUPERVISORD, section
from waiting import holds_for, wait_until

OURS = pytest.mark.usefixtures("only_init")


@pytest.fixture
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord is known to fail here")


@pytest.fixture
def consume(folder):
    all = []

    def make(kind="pipe", **options):
        all.append(Consumer(kind, folder, **options))
        return all[-1]
    yield make
    for one in all:
        one.close()


def once(name, command, **keys):
    """A program that runs once."""
    return section("program", name, command=command, autorestart=False, startsecs=0,
                   **{"stderr_logfile": "NONE", **keys})


def lines_of(tag, count, width=40):
    return "".join(f"{tag} {number} {'x' * width}\n" for number in range(count))


def writer(folder, tag, count, width=40):
    """A command that writes these lines in pieces that end anywhere."""
    path = folder / f"{tag}.txt"
    path.write_text(lines_of(tag, count, width))
    path.chmod(0o644)
    return f"dd status=none bs=777 if={path}"


def assert_untorn(got, wanted):
    """Each line arrived completely and once, and each program's lines in order."""
    mine = {}
    for line in got:
        mine.setdefault(line.split(b" ")[0].decode(), []).append(line)
    for tag, text in wanted.items():
        assert mine.get(tag) == text.encode().split(b"\n")[:-1], f"lines of {tag}"


def ended(run, *names):
    for name in names:
        run.wait_state(name, "EXITED", timeout=60)


# -- shared streams

@OURS
@pytest.mark.parametrize("target", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("uid", [None, 4321])
@pytest.mark.parametrize("kind", ["pipe", "socket", "file", "terminal"])
def test_stdout_of_any_kind(start, folder, consume, kind, uid, target):
    if uid and os.getuid():
        pytest.skip("changing the user needs root")
    consumer = consume(kind)
    names = ["one", "two", "three"]
    texts = {name: lines_of(name, 2000) for name in names}
    programs = "".join(
        once(name, writer(folder, name, 2000), stdout_logfile=target, stdout_logfile_maxbytes=size)
        for name, size in zip(names, ["0", "1KB", "50MB"]))
    run = start(programs, stdout=consumer.out, uid=uid, pid1=uid is None)
    ended(run, *names)
    total = sum(map(len, texts.values()))
    wait_until(lambda: sum(len(line) + 1 for line in consumer.lines() if line.split(b" ")[0].decode() in names) >= total)
    assert_untorn(consumer.lines(), texts)
    assert not re.search(" ERRO |Illegal seek", run.log()), run.log()


@OURS
def test_stderr_too(start, folder, consume):
    consumer = consume()
    run = start(once("one", f"sh -c 'cat {folder}/one.txt >&2'", stdout_logfile="NONE", stderr_logfile="/dev/stderr",
                     stderr_logfile_maxbytes=10) + f"; {writer(folder, 'one', 500)}\n", stderr=consumer.out)
    ended(run, "one")
    wait_until(lambda: len(consumer.lines()) >= 500)
    assert_untorn(consumer.lines(), {"one": lines_of("one", 500)})


@OURS
def test_a_closed_stdout_harms_nobody(start, folder):
    run = start(once("one", writer(folder, "one", 20000), stdout_logfile="/dev/stdout")
                + section("program", "two", command="sleep 1000", startsecs=0), wrapper=["sh", "-c", 'exec "$@" >&-', "sh"])
    ended(run, "one")
    assert run.state("two") == "RUNNING"
    run.assert_calm()


@OURS
def test_a_reader_that_leaves_is_said_once(start, folder, consume):
    consumer = consume(stalled=True)
    run = start(section("program", "one", command=f"sh -c 'while :; do cat {folder}/one.txt; sleep 0.05; done'",
                        stdout_logfile="/dev/stdout") + f"; {writer(folder, 'one', 10)}\n", stdout=consumer.out)
    consumer.given()
    os.close(consumer.fd)
    wait_until(lambda: "can't write to /dev/stdout" in run.log())
    pid = run.pid_of("one")
    holds_for(0.5, lambda: run.pid_of("one") == pid)
    assert run.log().count("can't write to") == 1
    run.assert_calm()


@OURS
def test_ten_programs_at_once(start, folder, consume):
    consumer = consume()
    names = [f"p{number}" for number in range(10)]
    run = start("".join(once(name, writer(folder, name, 20000, width=number * 17 + 1), stdout_logfile="/dev/stdout")
                        for number, name in enumerate(names)), stdout=consumer.out)
    ended(run, *names)
    run.stop()
    consumer.given()
    consumer.thread.join(60)
    assert_untorn(consumer.lines(), {name: lines_of(name, 20000, number * 17 + 1) for number, name in enumerate(names)})


@OURS
@pytest.mark.parametrize("kind, uid", [("pipe", None), ("pipe", 4321), ("socket", 4321), ("terminal", None),
                                       ("terminal", 4321)])
def test_a_stalled_consumer(start, folder, consume, kind, uid):
    """Programs wait, and everything else continues; when the consumer reads again, nothing is missing."""
    if uid and os.getuid():
        pytest.skip("changing the user needs root")
    consumer = consume(kind, stalled=True)
    names = ["one", "two"]
    programs = "".join(once(name, writer(folder, name, 30000), stdout_logfile="/dev/stdout") for name in names)
    programs += once("free", writer(folder, "free", 30000), stdout_logfile=f"{folder}/free.log")
    programs += section("program", "idle", command="sleep 1000", startsecs=0)
    run = start(programs, stdout=consumer.out, uid=uid, pid1=uid is None)
    ended(run, "free")
    run.assert_calm(seconds=1, share=0.05)
    run.assert_answers()
    pid = run.pid_of("idle")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: run.pid_of("idle") not in (0, pid), timeout=60)
    run.rpc("supervisor.stopProcess", "idle", True)
    assert [run.state(name) for name in names] == ["RUNNING", "RUNNING"]
    assert (folder / "free.log").read_text() == lines_of("free", 30000)
    consumer.go()
    ended(run, *names)
    wait_until(lambda: len([line for line in consumer.lines() if line[:4] in (b"one ", b"two ")]) == 60000)
    assert_untorn(consumer.lines(), {name: lines_of(name, 30000) for name in names})


@OURS
def test_a_dead_program_s_last_words_wait_for_the_consumer(start, folder, consume):
    consumer = consume(stalled=True)
    run = start(once("big", writer(folder, "big", 30000), stdout_logfile="/dev/stdout")
                + once("small", writer(folder, "small", 20), stdout_logfile="/dev/stdout", autostart=False),
                stdout=consumer.out)
    run.assert_calm(seconds=0.5)
    assert run.state("big") == "RUNNING"
    run.rpc("supervisor.startProcess", "small", True)
    ended(run, "small")
    consumer.go()
    ended(run, "big")
    wait_until(lambda: sum(line.startswith(b"small ") for line in consumer.lines()) == 20)
    assert_untorn(consumer.lines(), {"small": lines_of("small", 20), "big": lines_of("big", 30000)})


@OURS
def test_a_stop_does_not_wait_for_a_stalled_consumer(start, folder, consume):
    consumer = consume(stalled=True)
    run = start(section("program", "one", command="cat /dev/zero", stdout_logfile="/dev/stdout"), stdout=consumer.out)
    run.wait_state("one", "RUNNING")
    run.stop()
    assert "with SIGKILL" not in run.log()


@OURS
@pytest.mark.parametrize("target", ["/dev/stdout", "NONE", "{folder}/big.log"])
def test_a_gigabyte_without_a_newline(start, folder, consume, target):
    consumer = consume()
    run = start(once("big", "head -c 1073741824 /dev/zero", stdout_logfile=target.format(folder=folder),
                     stdout_logfile_maxbytes="100MB", stdout_logfile_backups=1), stdout=consumer.out)
    wait_until(lambda: run.state("big") == "EXITED", timeout=60)
    assert procfs.peak_rss(run.pid) < 3000
    run.assert_answers()
    if target == "/dev/stdout":
        wait_until(lambda: consumer.bytes.count(b"\0") == 1 << 30)


@OURS
@pytest.mark.parametrize("writes, before, after", [
    ("cat /dev/zero", 65536, 262144), ("cat /dev/zero", 1 << 20, 1 << 20), ("sh -c 'while sleep 0.01; do echo hello; done'", 65536, 65536)],
    ids=["a flood", "a flood to a wide pipe", "lines"])
def test_a_flood_widens_the_pipe_on_stdout(start, folder, consume, writes, before, after):
    consumer = consume()
    fcntl.fcntl(consumer.fd, fcntl.F_SETPIPE_SZ, before)
    start(section("program", "one", command=writes, stdout_logfile="/dev/stdout"), stdout=consumer.out)
    wait_until(lambda: len(consumer.bytes) > (1 << 20 if "zero" in writes else 60))
    assert fcntl.fcntl(consumer.fd, fcntl.F_GETPIPE_SZ) == after


@OURS
def test_lines_with_the_name_of_the_program(start, folder, consume):
    """Like the Python listener supervisor_stdout, in addition to the program's own log."""
    consumer = consume()
    listener = ("[eventlistener:stdout]\ncommand=supervisor_stdout\nbuffer_size=100\nevents=PROCESS_LOG\n"
                "result_handler=supervisor_stdout:event_handler\n")
    run = start(once("one", "printf 'a\\n\\nb'", stdout_events_enabled=True, stdout_logfile=f"{folder}/x.log")
                + once("two", "echo c", stdout_events_enabled=True, stdout_logfile="/dev/stdout")
                + once("three", "echo d", stdout_logfile="NONE") + listener, stdout=consumer.out)
    ended(run, "one", "two", "three")
    run.stop()
    consumer.given()
    consumer.thread.join(60)
    lines = [line.decode() for line in bytes(consumer.bytes).split(b"\n") if b" | " in line]
    assert sorted(lines) == ["one stdout | ", "one stdout | a", "one stdout | b", "two stdout | c"]
    assert (folder / "x.log").read_text() == "a\n\nb"
    assert b"\nd\n" not in consumer.bytes


# -- files

ROTATIONS = [
    (100, 3, ["a" * 40 + "\n"] * 12),
    (100, 0, ["b" * 60 + "\n"] * 5),
    (0, 3, ["c" * 60 + "\n"] * 5),
    (50, 1, ["d" * 200 + "\n", "e\n", "f" * 49 + "\n"]),
    (41, 10, ["g" * 40 + "\n"] * 14),
]


@pytest.mark.parametrize("maxbytes, backups, chunks", ROTATIONS)
def test_rotation_as_supervisord_does_it(start, folder, maxbytes, backups, chunks):
    """The same writer and configuration give the same files with the same bytes."""
    found = {}
    for one in (INIT, SUPERVISORD):
        own = folder / one.name
        own.mkdir()
        # Writes one chunk, then waits until it has been read, so that both sides see the same reads.
        script = own / "writer.py"
        script.write_text(
            "import array,fcntl,os,termios,time\n"
            f"for chunk in {chunks!r}:\n"
            "    os.write(1, chunk.encode())\n"
            "    left = array.array('i', [1])\n"
            "    while left[0]:\n"
            "        time.sleep(0.002)\n"  # sleep: poll
            "        fcntl.ioctl(1, termios.FIONREAD, left)\n"
            "    time.sleep(0.02)\n")  # sleep: role
        run = start(once("w", f"python3 {script}", stdout_logfile=f"{own}/x.log", stdout_logfile_maxbytes=maxbytes,
                         stdout_logfile_backups=backups), folder=own, engine=one, pid1=False)
        ended(run, "w")
        run.stop()
        found[one.name] = {path.name: path.read_text() for path in sorted(own.glob("x.log*"))}
    assert found["init"] == found["supervisord"]
    assert len(found["init"]) >= 1


def test_redirect_stderr(start, folder):
    run = start(once("one", "sh -c 'echo out; echo err >&2; echo out'", redirect_stderr=True,
                     stdout_logfile=f"{folder}/x.log"))
    ended(run, "one")
    assert (folder / "x.log").read_text() == "out\nerr\nout\n"


def test_bytes_are_bytes(start, folder):
    (folder / "data").write_bytes(bytes(range(256)) * 100)
    run = start(once("one", f"cat {folder}/data", stdout_logfile=f"{folder}/x.log"))
    ended(run, "one")
    wait_until(lambda: (folder / "x.log").read_bytes() == bytes(range(256)) * 100)


def test_escapes_are_stripped(start, folder):
    text = b"plain \x1b[1mbold\x1b[0m \x1b[38;5;196mred\x1b[39m end\n"
    (folder / "data").write_bytes(text * 3000)
    run = start(once("one", f"dd status=none bs=7 if={folder}/data", stdout_logfile=f"{folder}/x.log"),
                supervisord="strip_ansi=true", engine=INIT)
    ended(run, "one")
    assert (folder / "x.log").read_bytes() == b"plain bold red end\n" * 3000


def test_automatic_logs(start, folder):
    left = folder / "old-stdout---supervisor-abc_12.log"
    left.write_text("x")
    kept = folder / "old-stdout---other-abc_12.log"
    kept.write_text("x")
    run = start(section("program", "web", command="sh -c 'echo hello; sleep 100'", startsecs=0)
                + section("program", "later", command="sleep 100", autostart=False))
    run.wait_state("web", "RUNNING")
    assert len(list(folder.glob("later-std*---supervisor-*.log"))) == 2
    logs = wait_until(lambda: list(folder.glob("web-stdout---supervisor-*.log")))
    assert len(logs) == 1 and len(list(folder.glob("web-stderr---supervisor-*.log"))) == 1
    wait_until(lambda: logs[0].read_text() == "hello\n")
    assert logs[0].stat().st_mode & 0o777 == 0o600
    assert not left.exists() and kept.exists()
    # After a restart, the program continues in the same file.
    run.rpc("supervisor.stopProcess", "web", True)
    run.rpc("supervisor.startProcess", "web", True)
    wait_until(lambda: logs[0].read_text() == "hello\nhello\n")
    assert list(folder.glob("web-stdout---supervisor-*.log")) == logs


def test_automatic_logs_are_kept_with_nocleanup(start, folder):
    left = folder / "old-stdout---supervisor-abc_12.log"
    left.write_text("x")
    start(section("program", "web", command="sleep 100", startsecs=0), supervisord="nocleanup=true")
    assert left.exists()


def test_reopening_on_usr2(start, folder):
    run = start(section("program", "web", command=f"sh -c 'while :; do cat {folder}/in; sleep 0.02; done'", startsecs=0,
                        stdout_logfile=f"{folder}/x.log") + f"; {(folder / 'in').write_text('line' + chr(10))}\n")
    wait_until(lambda: (folder / "x.log").read_text())
    (folder / "x.log").rename(folder / "x.log.moved")
    (folder / "s.log").rename(folder / "s.log.moved")
    run.send(signal.SIGUSR2)
    wait_until(lambda: (folder / "x.log").read_text())
    wait_until(lambda: (folder / "s.log").exists())
    assert "supervisord logreopen" in (folder / "s.log.moved").read_text()
    size = (folder / "x.log.moved").stat().st_size
    holds_for(0.2, lambda: (folder / "x.log.moved").stat().st_size == size)


@OURS
def test_the_log_folder_is_removed_and_comes_back(start, folder):
    (folder / "in").write_text("line\n")
    logs = folder / "logs"
    logs.mkdir()
    run = start(section("program", "web", command=f"sh -c 'while :; do cat {folder}/in; sleep 0.02; done'", startsecs=0,
                        stdout_logfile=f"{logs}/x.log"))
    wait_until(lambda: (logs / "x.log").read_text())
    pid = run.pid_of("web")
    (logs / "x.log").unlink()
    logs.rmdir()
    run.send(signal.SIGUSR2)
    wait_until(lambda: "can't open" in run.log())
    run.assert_answers()
    logs.mkdir()
    wait_until(lambda: (logs / "x.log").read_text())
    assert run.log().count("can't open") == 1
    assert run.pid_of("web") == pid


def test_clearing(start, folder):
    run = start(section("program", "web", command="sh -c 'echo hello; sleep 100'", startsecs=0,
                        stdout_logfile=f"{folder}/x.log"))
    wait_until(lambda: (folder / "x.log").read_text())
    run.rpc("supervisor.clearProcessLogs", "web")
    assert (folder / "x.log").read_text() == ""
    run.rpc("supervisor.clearLog")
    assert (folder / "s.log").exists() and "spawned" not in (folder / "s.log").read_text()


@OURS
def test_clearing_a_stopped_program(start, folder):
    run = start(once("web", "echo hello", stdout_logfile=f"{folder}/x.log"))
    ended(run, "web")
    run.rpc("supervisor.clearProcessLogs", "web")
    assert (folder / "x.log").read_text() == ""


@OURS
def test_a_full_disk(start, folder):
    """For a program's log and the supervisor's own: it is logged and counted, and ends when there is room again."""
    disk = folder / "disk"
    disk.mkdir()
    run = start(section("program", "web", command=f"sh -c 'while :; do cat {folder}/in; sleep 0.01; done'", startsecs=0,
                        stdout_logfile=f"{disk}/x.log", stdout_logfile_maxbytes=0)
                + f"; {(folder / 'in').write_text('x' * 4095 + chr(10))}\n",
                prepare=f"mount -t tmpfs -o size=64k none {disk}", log=disk / "s.log")
    wait_until(lambda: run.inside(disk / "x.log").stat().st_size >= 32768)
    pid = run.pid_of("web")
    wait_until(lambda: b"can't write to" in run.stdout())
    run.assert_answers()
    run.assert_calm(seconds=0.5)
    assert run.pid_of("web") == pid
    os.truncate(run.inside(disk / "x.log"), 0)
    wait_until(lambda: b"can be written again" in run.stdout())
    dropped = re.search(rb"web: .*x.log can be written again; (\d+) bytes", run.stdout())
    assert dropped and int(dropped[1]) % 4096 == 0 and int(dropped[1]) > 0
    wait_until(lambda: run.inside(disk / "x.log").stat().st_size > 0)


@OURS
def test_a_limit_of_the_size_of_files(start, folder, consume, pid1):
    """Reaching RLIMIT_FSIZE is a signal as well as an error."""
    run = start(once("one", writer(folder, "one", 1000), stdout_logfile=f"{folder}/x.log"), pid1=pid1,
                stdout=consume().out, wrapper=["prlimit", "--fsize=10240"])
    ended(run, "one")
    assert (folder / "x.log").stat().st_size == 10240
    assert "EFBIG" in run.log()


@OURS
def test_a_named_pipe_without_a_reader(start, folder):
    os.mkfifo(folder / "fifo")
    (folder / "fifo").chmod(0o666)
    run = start(once("one", writer(folder, "one", 10), stdout_logfile=f"{folder}/fifo")
                + section("program", "two", command="cat /dev/zero", startsecs=0, stdout_logfile=f"{folder}/fifo2"),
                prepare=f"mkfifo {folder}/fifo2")
    ended(run, "one")
    run.wait_state("two", "RUNNING")
    run.assert_answers()
    run.assert_calm()


@OURS
def test_a_tail_in_memory(start, folder):
    run = start(once("one", writer(folder, "one", 1000), stdout_logfile="NONE"))
    ended(run, "one")
    with run.control() as control:
        value, fd = control.call("reeve.openLog", "one", "stdout")
    with open(fd, "rb") as file:
        data = file.read()
    assert value == {"path": "", "size": 8192}
    assert data == lines_of("one", 1000).encode()[-8192:]


@OURS
def test_following(start, folder):
    run = start(section("program", "web", command=f"sh -c 'echo first; while [ ! -e {folder}/go ]; do sleep 0.01; done; "
                        "echo second; sleep 1000'", startsecs=0, stdout_logfile=f"{folder}/x.log"))
    wait_until(lambda: (folder / "x.log").read_text() == "first\n")
    with run.control() as control:
        _, fd = control.call("reeve.follow", "web", "stdout", 4)
    with open(fd, "rb", buffering=0) as stream:
        assert stream.read(100) == b"rst\n"
        (folder / "go").touch()
        assert stream.read(100) == b"second\n"
        run.stop()
        assert stream.read(100) == b""


# -- the supervisor's own log

LINE = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (CRIT|ERRO|WARN|INFO|DEBG|TRAC|BLAT) .+$")


def test_own_lines_have_supervisords_form(start, folder):
    run = start(section("program", "web", command="sleep 100", startsecs=0))
    run.wait_state("web", "RUNNING")
    lines = (folder / "s.log").read_bytes().splitlines()
    assert lines and all(LINE.match(line) for line in lines)
    assert any(b"INFO spawned: 'web' with pid " in line for line in lines)
    # nodaemon: stdout has the same lines.
    assert run.stdout().splitlines()[:len(lines)] == lines


@OURS
def test_own_lines_to_stdout_come_once(start, consume):
    consumer = consume()
    run = start(section("program", "web", command="sleep 100", startsecs=0), stdout=consumer.out, log="/dev/stdout")
    run.wait_state("web", "RUNNING")
    wait_until(lambda: sum(b"spawned: 'web'" in line for line in consumer.lines()))
    run.stop()
    consumer.given()
    consumer.thread.join(60)
    assert sum(b"spawned: 'web'" in line for line in consumer.lines()) == 1
    assert all(LINE.match(line) for line in consumer.lines())


@OURS
@pytest.mark.parametrize("log", ["NONE", "syslog", "/nowhere/s.log"])
def test_own_log_that_is_no_file(start, folder, log):
    if log == "/nowhere/s.log":
        # A missing folder is an error of the configuration; a folder without permission is not.
        closed = folder / "closed"
        closed.mkdir()
        log = str(closed / "s.log")
        run = start(section("program", "web", command="sleep 100", startsecs=0), log=log,
                    prepare=f"mount -t tmpfs -o ro none {closed}")
        assert "can't open the log file" in (folder / "stderr").read_text()
    else:
        run = start(section("program", "web", command="sleep 100", startsecs=0), log=log)
    run.wait_state("web", "RUNNING")
    wait_until(lambda: b"spawned: 'web'" in run.stdout())


def test_own_log_rotates(start, folder):
    run = start(section("program", "web", command="sleep 100", startsecs=0),
                supervisord="logfile_maxbytes=400\nlogfile_backups=2")
    run.wait_state("web", "RUNNING")
    for _ in range(6):
        run.rpc("supervisor.stopProcess", "web", True)
        run.rpc("supervisor.startProcess", "web", True)
    names = {path.name for path in folder.glob("s.log*")}
    assert names == {"s.log", "s.log.1", "s.log.2"}
    assert 400 <= (folder / "s.log.1").stat().st_size < 600


def test_debug_shows_output(start, folder):
    run = start(once("web", "echo hello", stdout_logfile="NONE"), supervisord="loglevel=debug")
    ended(run, "web")
    assert "DEBG 'web' stdout output:\nhello\n" in run.log()
