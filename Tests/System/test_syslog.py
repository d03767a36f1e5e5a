"""Programs' output and the supervisor's own log in syslog: what a daemon receives from supervisord and from init."""

import os
import re
import signal
import socket

import pytest

import masks
import procfs
from supervised import ENGINES, INIT, section
from waiting import wait_until

# A separate /dev for the supervisor, whose /dev/log leads to the test's socket.
OWN_DEV = """\
mkdir -p {folder}/dev && mount --rbind /dev {folder}/dev && mount -t tmpfs own /dev
for name in null zero full random urandom tty; do touch /dev/$name && mount --bind {folder}/dev/$name /dev/$name; done
ln -s /proc/self/fd /dev/fd; ln -s /proc/self/fd/0 /dev/stdin; ln -s /proc/self/fd/1 /dev/stdout; ln -s /proc/self/fd/2 /dev/stderr
ln -s {folder}/log.sock /dev/log"""


class Daemon:
    """Receives what is sent to /dev/log."""

    def __init__(self, folder):
        self.path = folder / "log.sock"
        self.socket = None
        self.texts = []
        self.begin()

    def begin(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.path.chmod(0o777)
        self.socket.setblocking(False)

    def end(self):
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def received(self):
        """Everything so far, with times masked."""
        while True:
            try:
                text = self.socket.recv(1 << 18).decode("utf-8", "surrogateescape")
            except BlockingIOError:
                return self.texts
            stamped = re.fullmatch(r"(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (.*)", text, re.DOTALL)
            assert stamped, text
            self.texts.append(masks.masked(f"{stamped[1]}{stamped[2]}"))

    def wait(self, count):
        return wait_until(lambda: len(self.received()) >= count and self.texts, what=lambda: f"{count} lines: {self.texts}")


@pytest.fixture
def daemon(folder):
    one = Daemon(folder)
    yield one
    one.end()


def begin(start, folder, engine, programs, **options):
    """In its own folder; the socket is in the test's."""
    inner = folder / engine
    inner.mkdir()
    inner.chmod(0o777)
    return start(programs, folder=inner, engine=ENGINES[engine], prepare=OWN_DEV.format(folder=folder), **options)


# name: (keys, the program's arguments, lines that arrive)
OUTPUTS = {
    "lines": ({"stdout_syslog": True}, "say hello say 'two  words' wait", 2),
    "both channels": ({"stdout_syslog": True, "stderr_syslog": True}, "say out sleep 0.1 err oops wait", 2),
    "redirected": ({"stdout_syslog": True, "redirect_stderr": True}, "say out sleep 0.1 err oops wait", 2),
    "deprecated": ({"stdout_logfile": "syslog"}, "say hello wait", 1),
    "deprecated, in capitals": ({"stderr_logfile": "SYSLOG"}, "err hello wait", 1),
    "empty lines": ({"stdout_syslog": True}, "say '' say x sleep 0.1 say '' wait", None),
    "without an end": ({"stdout_syslog": True}, "blob 5 wait", 1),
    "umlauts": ({"stdout_syslog": True}, "say grüße wait", 1),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_same_output(start, actor, folder, daemon, name):
    keys, words, count = OUTPUTS[name]
    told = []
    for engine in ("supervisord", "init"):
        daemon.texts = []
        keys = {"stdout_logfile": "NONE", "stderr_logfile": "NONE", **keys}
        run = begin(start, folder, engine, section("program", "web", command=f"{actor} {words}", startsecs=0, **keys))
        run.wait_all()
        if count:
            daemon.wait(count)
        else:
            wait_until(lambda: daemon.received() and daemon.texts[-1] == "<14>supervisord: web " and len(daemon.texts) > 1)
        run.stop()
        told.append(daemon.received())
    if count:
        assert told[0] == told[1] and len(told[1]) == count
    else:  # one read is one piece, without its last empty lines
        assert set(told[0]) == set(told[1])
    assert all(line.startswith("<14>supervisord: web ") for line in told[1])


def test_to_syslog_and_to_a_file(start, actor, folder, daemon, engine):
    log = folder / "web.log"
    run = begin(start, folder, engine.name, section(
        "program", "web", command=f"{actor} say hello say again wait", startsecs=0, stdout_syslog=True, stdout_logfile=str(log)))
    daemon.wait(2)
    assert daemon.texts == ["<14>supervisord: web hello", "<14>supervisord: web again"]
    wait_until(lambda: log.read_text() == "hello\nagain\n")
    run.stop()


OWN_CONFIGURATION = """\
[unix_http_server]
file={folder}/s.sock
[supervisord]
logfile=syslog
pidfile={folder}/s.pid
nodaemon=true
silent={silent}
{keys}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:a]
command={command}
startsecs=0
stdout_logfile=NONE
"""


@pytest.mark.parametrize("level", ["info", "debug"])
def test_its_own_log(start, actor, folder, daemon, level):
    """The message is the whole line with its time and its newline; each line of a text is a message of its own."""
    told = []
    for engine in ("supervisord", "init"):
        daemon.texts = []
        text = OWN_CONFIGURATION.format(folder=folder / engine, silent="true", command=f"{actor} say hello wait", keys=f"loglevel={level}")
        run = begin(start, folder, engine, None, text=text)
        run.wait_all()
        if level == "debug":
            wait_until(lambda: any("hello" in line for line in daemon.received()))
        # A signal before its execve is lost, since supervisord has a handler.
        wait_until(lambda: procfs.executable(run.pid_of("a")) == os.path.realpath(actor))
        run.send(signal.SIGTERM)
        # supervisord waits for the daemon, and a datagram socket holds about ten lines.
        wait_until(lambda: daemon.received() and run.process.poll() is not None)
        run.stop()
        # A death may be noticed before its signal.
        told.append([line for line in daemon.received() if "SIGCHLD" not in line
                     and any(word in line for word in ("spawned", "success", "hello", "output:", "indicating", "stopped:"))])
        assert run.stdout() == b""
    assert sorted(told[0]) == sorted(told[1])
    assert "<14>supervisord: TIME INFO spawned: 'a' with pid N\n" in told[1]
    if level == "debug":
        assert "<14>supervisord: TIME DEBG hello\n" in told[1]


def test_a_daemon_that_comes_and_goes(start, actor, folder, daemon, engine):
    if engine is not INIT:
        pytest.skip("supervisord says nothing and may wait")
    daemon.end()
    run = begin(start, folder, "init", section(
        "program", "cat", command="cat", startsecs=0, stdout_syslog=True, stdout_logfile="NONE"))
    run.wait_all()

    def say(text):
        run.rpc("supervisor.sendProcessStdin", "cat", f"{text}\n")
        wait_until(lambda: text in run.rpc_log("cat"))

    say("one")
    say("two")
    wait_until(lambda: "can't write to syslog (/dev/log: " in run.log())
    daemon.begin()
    say("three")
    assert daemon.wait(1) == ["<14>supervisord: cat three"]
    assert "syslog can be written again; 2 lines for it were dropped" in run.log()
    daemon.end()
    daemon.begin()
    say("four")
    assert daemon.wait(2)[-1] == "<14>supervisord: cat four"
    assert run.log().count("can't write to syslog") == 1
    run.stop()


def test_a_daemon_that_stalls(start, actor, folder, daemon, engine):
    """Lines that exceed its queue wait, many more are dropped, and nothing else is affected."""
    if engine is not INIT:
        pytest.skip("supervisord waits for it")
    run = begin(start, folder, "init", section(
        "program", "many", command=f"{actor} count 20000 wait", startsecs=0, stdout_syslog=True, stdout_logfile=f"{folder}/many.log")
        + section("program", "b", command=f"{actor} wait", startsecs=0))
    wait_until(lambda: (folder / "many.log").stat().st_size == 20000 * 64, 20)
    run.assert_answers()
    run.assert_calm(0.5)
    assert procfs.rss(run.pid) < 4096
    wait_until(lambda: daemon.received() and "lines for syslog were dropped: its reader had stalled" in run.log())
    numbers = [int(line.split()[2]) for line in daemon.received()]
    assert numbers == list(range(len(numbers))) and len(numbers) > 500, "the first ones, in order"
    assert all(len(line.split(" ", 2)[2]) == 63 for line in daemon.texts), "each is whole"
    run.rpc("supervisor.stopProcess", "many")
    run.stop()


def test_lines_that_a_buffer_cuts(start, folder, daemon, engine):
    """A program that writes full blocks: each line arrives complete, and the last one when the program exits."""
    if engine is not INIT:
        pytest.skip("supervisord sends the two halves of such a line as two")
    script = "import sys,time\\nfor number in range(1000): sys.stdout.write(f'{number:04d} and some more\\\\n')\\nsys.stdout.write('the end')"
    program = folder / "blocks.py"
    program.write_text(script.replace("\\n", "\n").replace("\\\n", "\\n"))
    run = begin(start, folder, "init", section(
        "program", "py", command=f"python3 {program}", startsecs=0, autorestart=False, stdout_syslog=True, stdout_logfile="NONE"))
    daemon.wait(1001)
    assert daemon.texts == [f"<14>supervisord: py {number:04d} and some more" for number in range(1000)] + ["<14>supervisord: py the end"]
    run.stop()


def test_the_last_lines_of_all(start, folder, daemon, engine):
    """Lines that wait for the daemon when everything has stopped are still sent."""
    if engine is not INIT:
        pytest.skip("supervisord waits for each line")
    text = OWN_CONFIGURATION.format(folder=folder / "init", silent="false", command="sleep 1000", keys="")
    run = begin(start, folder, "init", None, text=text)
    run.wait_all()
    run.send(signal.SIGTERM)
    wait_until(lambda: any("stopped: a" in line for line in daemon.received()))
    assert run.wait() == 0
    assert any("WARN received SIGTERM" in line for line in daemon.texts)
    assert b"stopped: a" in run.stdout()
