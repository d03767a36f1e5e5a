"""ctl prints what supervisorctl prints, word for word, with the same exit status.

Three supervisors get the same configuration and the same commands: supervisord from PyPI through supervisorctl;
another supervisord through ctl, with a control socket in front of it, which tests only ctl; and init through ctl.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import procfs
from fake_init import FakeInit
from ports import free_port
from supervised import HEAD
from waiting import wait_until
from warm import Warm

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = pathlib.Path(sys.executable).parent
INIT = os.environ.get("REEVE_INIT", str(ROOT / "dist" / "init"))
CTL = os.environ.get("REEVE_CTL", str(ROOT / "dist" / "ctl"))
# The same executable; under this name it has no actions of its own, so the lists of `help` are equal.
NAMED = str(pathlib.Path(CTL).parent / "supervisorctl")
SUPERVISORD = os.environ.get("REEVE_SUPERVISORD", str(SCRIPTS / "supervisord"))
SUPERVISORCTL = str(pathlib.Path(shutil.which(SUPERVISORD) or SUPERVISORD).parent / "supervisorctl")

ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}

CONFIGURATION = HEAD.replace("{log}", "{folder}/s.log").replace("{supervisord}\n", "") + """
[program:sleeper]
command=/bin/sleep 1000
startsecs=0
[program:manual]
command=/bin/sleep 1000
autostart=false
startsecs=0
priority=5
[program:slow]
command=/bin/sh -c "trap '' TERM; while :; do sleep 1; done"
autostart=false
startsecs=0
stopwaitsecs={patience}
killasgroup=true
[program:crash]
command=/bin/false
autostart=false
startretries=0
[program:missing]
command=/nonexistent/program
autostart=false
[program:locked]
command=/etc/passwd
autostart=false
[program:unlogged]
command=/bin/sleep 1000
autostart=false
startretries=0
stdout_logfile={folder}/gone/x.log
[program:ends]
command=/bin/sleep 0.3
autostart=false
autorestart=false
startsecs=0
[program:writer]
command=/bin/sh -c "i=0; while [ $i -lt 200 ]; do echo line $i of stdout; echo line $i of stderr >&2; i=$((i+1)); done; trap 'echo and é more' USR1; while :; do sleep 0.1; done"
startsecs=0
stdout_logfile={folder}/writer.out
stderr_logfile={folder}/writer.err
[program:quiet]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:one]
command=/bin/sleep 1000
startsecs=0
[program:two]
command=/bin/sleep 1000
startsecs=0
autostart=false
[group:pair]
programs=one,two
[program:a_program_with_quite_a_long_name_indeed]
command=/bin/sleep 1000
startsecs=0
process_name=%(program_name)s_%(process_num)02d
numprocs=2
"""


class Said:
    """The output of a command, with what differs between runs masked."""

    def __init__(self, status, stdout, stderr, folder):
        self.status, self.stdout, self.stderr = status, self.plain(stdout, folder), self.plain(stderr, folder)

    @staticmethod
    def plain(data, folder):
        text = data.decode("utf-8", "backslashreplace").replace(str(folder), "DIR")
        text = re.sub(r"http://127\.0\.0\.1:\d+", "unix://DIR/s.sock", text)
        text = re.sub(r"pid \d+, uptime \d+:\d\d:\d\d", "pid N, uptime T", text)
        text = re.sub(r"^[1-9]\d*$", "PID", text, flags=re.MULTILINE)
        text = re.sub(r"[A-Z][a-z][a-z] \d\d \d\d:\d\d [AP]M", "DATE", text)
        # init adds the path.
        text = re.sub(r"(: E[A-Z]+) \(DIR/gone/x.log\)$", r"\1", text, flags=re.MULTILINE)
        # supervisorctl adds the position in Python's source.
        return re.sub(r": file: \S+ line: \d+$", "", text, flags=re.MULTILINE)


class Side:
    """A supervisor, and the client that is used with it.

    - parameter engine: `supervisord`; `forwarded`, supervisord with a control socket in front; `foreign`,
      supervisord through ctl; `init`; `http`, init over HTTP.
    """

    def __init__(self, folder, engine, patience, warm=None):
        self.folder, self.engine, self.patience, self.warm = folder, engine, patience, warm
        self.command = [sys.executable, "-u", SUPERVISORCTL] if engine == "supervisord" else [NAMED]
        self.url, self.more = f"unix://{folder}/s.sock", ""
        if engine == "http":
            port = free_port()
            self.url, self.more = f"http://127.0.0.1:{port}", f"\n[inet_http_server]\nport=127.0.0.1:{port}\n"
        (folder / "gone").mkdir(parents=True)
        self.write(CONFIGURATION)
        is_init = engine in ("init", "http")
        self.process = subprocess.Popen(
            [INIT if is_init else SUPERVISORD, "-c", str(folder / "s.conf")], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.fake = None
        self.ending = threading.Event()
        if not is_init:
            threading.Thread(target=self.nudge, daemon=True).start()

    def write(self, text):
        (self.folder / "s.conf").write_text(text.format(folder=self.folder, patience=self.patience) + self.more)

    def nudge(self):
        """supervisord takes each step of `clear all` or `stop all` a second after the last, or when a client
        connects."""
        while not self.ending.wait(0.02):
            with socket.socket(socket.AF_UNIX) as visitor:
                try:
                    visitor.connect(str(self.folder / "s.sock"))
                except OSError:
                    continue

    def wait(self):
        # The first programs are started a second after the socket exists.
        wait_until(lambda: b"spawned: 'writer'" in (self.folder / "s.log").read_bytes())
        wait_until(lambda: b"line 199" in (self.folder / "writer.err").read_bytes())
        shutil.rmtree(self.folder / "gone")
        if self.engine == "forwarded":
            self.fake = FakeInit(self.folder / "s.sock.ctl", self.folder / "s.sock", self.folder / "s.log").__enter__()

    def close(self):
        if self.fake:
            self.fake.__exit__()
            self.fake = None

    def kill_programs(self):
        for pid in procfs.children(self.process.pid):
            os.kill(pid, signal.SIGKILL)

    def end(self):
        self.close()
        self.ending.set()
        if self.process.poll() is None:
            # Stop it first, or it would restart what is killed.
            self.process.send_signal(signal.SIGSTOP)
            self.kill_programs()
            self.process.kill()
        self.process.wait(60)

    def words(self, words):
        return ["-s", self.url, *(word.replace("DIR", str(self.folder)) for word in words)]

    def start(self, words):
        return subprocess.Popen(
            [*self.command, *self.words(words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=self.folder, env=ENVIRONMENT)

    def say(self, words, stdin=b""):
        if self.warm:
            return Said(*self.warm.run(self.words(words), self.folder, stdin), self.folder)
        process = self.start(words)
        stdout, stderr = process.communicate(stdin, timeout=60)
        return Said(process.returncode, stdout, stderr, self.folder)


@pytest.fixture(scope="module")
def warm():
    one = Warm(sys.executable, ENVIRONMENT)
    yield one
    one.close()


@pytest.fixture
def engines():
    """The engines behind ctl."""
    return ["forwarded", "init"]


@pytest.fixture
def patience():
    """stopwaitsecs of the program that ignores the signal."""
    return 1


@pytest.fixture
def sides(engines, patience, warm, tmp_path):
    """supervisorctl's side, and ctl's."""
    all_sides = []
    try:
        all_sides.append(Side(tmp_path / "supervisord", "supervisord", patience, warm))
        for engine in engines:
            all_sides.append(Side(tmp_path / engine, engine, patience))
        for side in all_sides:
            side.wait()
        yield all_sides
    finally:
        for side in all_sides:
            side.end()


def in_any_order(words):
    """An answer about several programs names them in the order in which they finished."""
    return "all" in words or any(word.endswith((":*", ":")) for word in words)


def unordered(text):
    # `ends` may have ended by now or not. Whether `locked` and `missing` can be executed is checked in passing: if
    # everything starts at once on a busy machine, the answer may come too late to be the reason.
    return sorted(line for line in text.splitlines() if not line.startswith(("ends:", "locked:", "missing:")))


def all_say(sides, words, **options):
    """The outputs of all sides, run at the same time."""
    said = [None for _ in sides]

    def ask(index):
        said[index] = sides[index].say(words, **options)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(sides))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def same(sides, words, **options):
    """Asserts that every ctl prints and exits as supervisorctl does, and also compares stderr if it has output."""
    theirs, *others = all_say(sides, words, **options)
    for side, ours in zip(sides[1:], others):
        assert (ours.stdout, ours.status) == (theirs.stdout, theirs.status), (side.engine, words, options)
        assert not theirs.stderr or ours.stderr == theirs.stderr, (side.engine, words, options)


def compare(sides, table):
    """Runs each line on all sides, in order, and fails with all lines that differ."""
    differences = []
    for line in table:
        line, mode = line if isinstance(line, tuple) else (line, "")
        words = line.split(" ")
        theirs, *others = all_say(sides, words)
        a = theirs.stdout
        for side, ours in zip(sides[1:], others):
            b = ours.stdout
            if mode == "help":
                # The words differ, but it is never "No help on", and all of it is on stdout.
                equal = ours.stdout.startswith(words[-1] or words[-2]) if " " in line else bool(ours.stdout)
                equal = equal and "***" not in a + b and not ours.stderr
            elif mode == "usage":
                # The error is the same; the usage is in other words.
                assert len(ours.stdout.splitlines()) > 1
                equal = a.splitlines()[:1] == b.splitlines()[:1]
            elif in_any_order(words):
                equal = unordered(a) == unordered(b)
            else:
                equal = a == b
            if not equal or theirs.status != ours.status:
                differences.append(
                    f"{line!r}\n  supervisorctl {theirs.status}: {theirs.stdout!r}\n"
                    f"  ctl of {side.engine} {ours.status}: {ours.stdout!r} {ours.stderr!r}")
    assert not differences, "\n".join(differences)


STATUS = [
    "status", "status all", "status sleeper", "status sleeper manual", "status manual", "status pair:*", "status pair:",
    "status pair:one", "status pair:two pair:one", "status one", "status nobody", "status nobody:*", "status pair:three",
    "status sleeper nobody all", "status  sleeper ", "status sleeper:sleeper", "status sleeper:*", "status :", "status :x",
    "status-all", "status\tsleeper", "pid", "pid manual", "pid all", "pid nobody", "pid sleeper:*",
    "pid manual nobody", "version", "avail", "?", "?nothing", "!ls", "/bin/ls", "nonsense", "Status", "sta", "",
    "help", "help nothing", "help nothing at all", "EOF", "exit", "quit", "help status-", "open", "open ftp://x",
    "open /tmp/x", "open", "open unix:x", "open unix:///x y", "help EOF", "help start stop", "help  ", "? nothing", "?EOF",
    "help ?", "EOF x", "exit now", "quit now", "status\xe9", "9", "_x y", "-x", "start; stop", "status pair:* nobody pair:one",
    "status sleeper sleeper", "pid pair:one pair:two", "pid sleeper:sleeper", "pid pair", "avail  ", "version ",
    *((f"help {action}", "help") for action in (
        "add avail clear exit fg help maintail open pid quit reload remove reread restart shutdown signal start status stop "
        "tail update version").split()),
    ("?start", "help"), ("help  tail ", "help"),
]

MISTAKES = [
    ("start", "usage"), ("stop", "usage"), ("restart", "usage"), ("signal", "usage"), ("signal HUP", "usage"), ("clear", "usage"),
    ("tail", "usage"), ("tail -f a b c", "usage"), ("tail a b c d", "usage"), ("maintail a b", "usage"),
    ("version x", "usage"), ("shutdown x", "usage"), ("reload x", "usage"), ("avail x", "usage"),
    ("reread x", "usage"), ("fg", "usage"), ("start ", "usage"), ("signal  HUP ", "usage"), ("shutdown all", "usage"),
    "fg pair:*", "fg pair:nobody", "fg nobody nobody", "clear pair:*", "clear pair:", "clear sleeper:*", "clear nobody:*",
    "clear pair:one", "tail pair:one stdout", "tail -f -f", "tail -f writer stdin", ("tail -f writer x y", "usage"), "maintail -", "maintail f",
    "maintail --", "tail -0x10 writer", "add all", "add sleeper:*", "remove pair:*", "remove all", "update pair:*",
    "add", "remove", "tail -f", "tail -100", "tail -", "tail -x writer",
    "tail - writer", "tail -1.5 writer", "tail -1_0 writer", "tail -1__0 writer", "tail -_1 writer",
    "tail -+10 writer", "tail --10 writer", "tail writer stdin", "tail writer STDERR", "tail a'b \"c'd",
    "tail writer x\\y", "maintail x", "maintail -x", "fg a b", "fg nobody", "fg manual",
]

LIVES = [
    "start sleeper", "start manual", "start manual", "stop manual", "stop manual", "restart manual", "restart manual",
    "start crash", "status crash", "start missing", "start locked", "start unlogged", "restart ends",
    "start nobody", "start nobody:*", "start nobody:", "start nobody:x", "start pair:nobody",
    "start manual nobody", "start nobody crash", "start crash nobody", "stop nobody", "stop nobody:*", "stop crash",
    "start pair:*", "start pair:*", "stop pair:*", "stop pair:*", "stop pair:two", "start pair:one pair:two",
    "start pair", "stop pair", "restart pair:*", "restart nobody", "restart nobody:*", "restart one", "start sleeper:sleeper",
    "stop sleeper:", "start sleeper:*", "stop sleeper manual pair:*", "start sleeper", "signal HUP sleeper",
    "start sleeper", "signal 0 sleeper", "signal SIGCONT sleeper", "signal CONT pair:*", "signal NOPE sleeper",
    "signal NOPE manual", "signal CONT manual", "signal CONT nobody", "signal CONT nobody:*", "signal NOPE pair:*",
    "signal 99 sleeper", "signal CONT all", "signal NOPE all", "signal -1 sleeper", "stop all", "stop all", "status",
    "start all x", "restart all",
]

LOGS = [
    "tail writer", "tail writer stderr", "tail -100 writer", "tail -100 writer stderr", "tail -0 writer",
    "tail -1 writer", "tail --3000 writer", "tail --10 writer", "tail -100000 writer", "tail -2147483647 writer", "tail nobody",
    "tail pair:*", "tail pair:nobody", "tail sleeper", "tail -5 sleeper stderr",
    "tail unlogged", "tail writer stdout stderr", "clear writer", "tail writer", "clear nobody", "clear writer sleeper",
    "clear pair:one nobody", "clear all", "tail -10 writer", ("maintail -0 x", "usage"),
]

REREAD = [
    "reread", "update", "add sleeper", "add nobody", "remove nobody", "remove sleeper", "remove manual", "status manual",
    "add manual", "add manual manual", "update nobody", "update all", "avail", "remove pair", "remove manual ends",
    "add ends manual", "reread",
]

CHANGED = [
    "reread", "reread", "avail", "update nobody", "update fresh nobody", "reread", "update sleeper",
    "update", "update", "status", "add fresh", "reread",
]


def test_status_and_words(sides):
    compare(sides, STATUS)


def test_mistakes(sides):
    compare(sides, MISTAKES)


def test_programs_live(sides):
    compare(sides, LIVES)


def test_logs(sides):
    compare(sides, LOGS)


NOWHERE = ["tail quiet", "tail quiet stderr", "tail -5 quiet"]


@pytest.mark.parametrize("engines", [["forwarded"]])
def test_a_program_without_a_log_file(sides):
    compare(sides, NOWHERE)
    same(sides, ["tail", "-f", "quiet"])


@pytest.mark.parametrize("engines", [["init"]])
def test_init_has_a_tail_of_a_program_without_a_log_file(sides):
    for line in NOWHERE:
        said = sides[1].say(line.split())
        assert (said.stdout, said.status) == ("\n", 0)


def test_the_own_log(sides):
    # The two logs differ by now, so each is compared with its own expectation.
    for words, expected in [
        (["maintail"], lambda log: log[-1600:]), (["maintail", "-50"], lambda log: log[-50:]),
        (["maintail", "-0"], lambda log: log), (["maintail", "--60"], lambda log: log[60:]),
    ]:
        for side in sides:
            said = side.say(words)
            log = (side.folder / "s.log").read_text()
            assert said.status == 0
            assert said.stdout == Said.plain((expected(log) + "\n").encode(), side.folder)


def test_configuration(sides):
    compare(sides, REREAD)
    for side in sides:
        text = CONFIGURATION.replace("[program:ends]", "[program:fresh]")
        side.write(text.replace("command=/bin/sleep 1000\nstartsecs=0\n", "command=/bin/sleep 2000\nstartsecs=0\n", 1))
        (side.folder / "gone").mkdir()
    compare(sides, CHANGED)
    for side in sides:
        side.write(CONFIGURATION.replace("[program:sleeper]\ncommand=/bin/sleep 1000", "[program:sleeper]\nx=1"))
    compare(sides, ["reread", "update", "update all", "status sleeper"])


CLOSING = [
    "status", "status x", "start manual", "start", "stop sleeper", "restart sleeper", "signal HUP sleeper", "pid",
    "pid sleeper", "tail writer", "tail", "maintail", "clear writer", "version", "avail", "reread", "update", "add manual",
    "remove manual", "reload", "shutdown", "fg writer", "open unix://DIR/s.sock",
]

ENDED = [
    "status", "status x", "start manual", "stop all", "restart x", "signal HUP sleeper", "pid", "tail writer", "maintail",
    "clear writer", "version", "avail", "reread", "update", "add manual", "remove manual", "add", "reload", "shutdown",
    "fg writer", "tail", "start", "nonsense", "help nothing",
]


@pytest.mark.parametrize("patience", [30])
def test_shutdown(sides):
    compare(sides, ["start slow", "shutdown"])
    for side in sides:
        wait_until(lambda: b"waiting for" in (side.folder / "s.log").read_bytes(), what="shutdown")
    compare(sides, CLOSING)
    for side in sides:
        side.kill_programs()
        assert side.process.wait(60) == 0
        side.close()
    compare(sides, ENDED)
    for side in sides:
        for name, kind in [("s.sock", socket.SOCK_STREAM), ("s.sock.ctl", socket.SOCK_SEQPACKET)]:
            with socket.socket(socket.AF_UNIX, kind) as stale:
                stale.bind(str(side.folder / name))
    compare(sides, ENDED)


def test_reload(sides):
    for side in sides:
        (side.folder / "gone").mkdir()
    compare(sides, ["reload"])


@pytest.mark.parametrize("engines", [["init"]])
def test_reload_is_refused_with_a_broken_configuration(sides):
    ours = sides[1]
    said = ours.say(["reload"])
    sentence = "The directory named as part of the path DIR/gone/x.log does not exist in section 'program:unlogged'"
    assert said.status == 1
    assert said.stdout == f"ERROR: CANT_REREAD: {sentence} (file: 'DIR/s.conf')\n"
    assert "s.conf:41" in said.stderr
    assert ours.say(["status", "sleeper"]).status == 0


SESSIONS = [
    b"", b"\n\n", b"status sleeper\nquit\n", b"exit\nstatus\n", b"nonsense\n", b"help nothing\n?nothing\nEOF\nstatus\n",
    b"start manual\nstop manual\nstatus manual", b"shutdown\nn\n", b"shutdown\n\n", b"reload\nno\n", b"shutdown\n",
    b"open unix://nowhere\nstatus\n", b"open x\nhelp nothing\n?\n", b"clear pair:*\nfg pair:*\nfg nobody\nfg manual\nfg a b\n",
    b"add nobody\nremove nobody\nupdate nobody\navail\n", b"tail -f nobody\ntail -x a\nmaintail x\n", b"status\0\n", b"\tpid\tpair:two\t\n",
    b"reload\n", b"shutdown\nNo\nshutdown\nnever\n", b"signal HUP nobody\npid nobody\nquit", b"status one;quit\n", b"  status   pair:one  \n", b"pid nobody\nquit x\n",
]


def test_sessions(sides):
    for stdin in SESSIONS:
        same(sides, [], stdin=stdin)
    same(sides, ["-i", "shutdown"], stdin=b"n\n")
    same(sides, ["-i", "shutdown"], stdin=b"YES\n")


def follow(side, words, until, begun=None):
    """Starts a command that continues, and interrupts it once it has printed `until`.

    - parameter begun: called once it has printed the beginning of what it follows.
    """
    process = side.start(words)
    said = b""
    os.set_blocking(process.stdout.fileno(), False)

    def has_said():
        nonlocal said, begun
        said += process.stdout.read() or b""
        if begun and said.partition(b"<==\n")[2]:
            begun, begin = None, begun
            begin()
        return until in said
    wait_until(has_said, what=lambda: f"{until!r} in {said!r}")
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    return Said(process.returncode, said + stdout, stderr, side.folder)


@pytest.mark.parametrize("words, log, seen", [
    (["tail", "-f", "writer"], "writer.out", b"line 199"),
    (["tail", "-f", "writer", "stderr"], "writer.err", b"line 199"),
])
def test_following_ends_with_an_interrupt(sides, words, log, seen):
    theirs, *others = (follow(side, words, seen) for side in sides)
    for ours in others:
        assert (ours.stdout, ours.status, ours.stderr) == (theirs.stdout, theirs.status, theirs.stderr)
    assert theirs.stdout.startswith("==> Press Ctrl-C to exit <==\n")


def test_following_shows_what_is_new(sides):
    said = []
    for side in sides:
        said.append(follow(side, ["tail", "-f", "writer"], b"more\n", lambda: side.say(["signal", "USR1", "writer"])))
    assert len({(one.stdout, one.status) for one in said}) == 1, said


def test_the_own_log_can_be_followed(sides):
    for side in sides:
        said = follow(side, ["maintail", "-f"], b"spawned: 'writer'")
        assert said.status == 0 and said.stdout.startswith("==> Press Ctrl-C to exit <==\n")


def test_following_what_is_not_there(sides):
    same(sides, ["tail", "-f", "nobody"])
    same(sides, ["tail", "-f", "pair:nobody", "stderr"])


OPTIONS = [
    ["-x"], ["--nonsense"], ["-s"], ["--serverurl"], ["-s", "nonsense", "status"], ["--serverurl=x y", "status"],
    ["--serverurl", "it's", "status"], ["-i", "-i", "status"], ["-s", "unix:///a", "-s", "unix:///b"], ["--s"],
    ["--interactive=1"], ["-u"], ["-p"], ["-r"], ["-c"], ["--h"], ["-u", "a", "-u", "b"],
    ["-s", "localhost:9001", "status"], ["-s", "https://localhost", "status"], ["-s", "foo:bar", "avail"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_options(tmp_path, options):
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    theirs, ours = (
        subprocess.run([*command, *options], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        for command in ([sys.executable, SUPERVISORCTL], [NAMED]))
    assert ours.returncode == theirs.returncode

    def plain(said):
        return re.sub("For help, use .* -h", "For help, use NAME -h", said)

    assert plain(ours.stderr) == plain(theirs.stderr)
    assert Said.plain(ours.stdout.encode(), tmp_path) == Said.plain(theirs.stdout.encode(), tmp_path)
