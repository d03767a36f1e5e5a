"""The interactive shell on a terminal: ctl and supervisorctl side by side, with the same keys.

Both control the same supervisord: ctl through a control socket in front of it.
"""

import contextlib
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import tempfile
from random import Random

import pytest

import procfs
from fake_init import FakeInit
from supervised import HEAD
from terminal import Terminal
from test_ctl_text import ENVIRONMENT, INIT, NAMED, SUPERVISORCTL, SUPERVISORD
from waiting import wait_until

CONFIGURATION = HEAD.replace("{log}", "{folder}/s.log").replace("{supervisord}\n", "") + """\
[program:web]
command=/bin/sleep 1000
startsecs=0
[program:my-worker]
command=/bin/sleep 1000
startsecs=0
[program:slow]
command=/bin/sleep 1000
startsecs=60
autostart=false
[program:echo]
command=/bin/sh -c 'while read line; do echo "heard $line"; echo "err $line" >&2; [ "$line" = end ] && sleep 1 && exit; done'
startsecs=0
autorestart=false
autostart=false
stdout_logfile={folder}/echo.out
[program:one]
command=/bin/sleep 1000
startsecs=0
[program:two]
command=/bin/sleep 1000
startsecs=0
[group:pair]
programs=one,two
"""

HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
ENV = {**ENVIRONMENT, "TERM": "xterm", "INPUTRC": "/dev/null"}
# First from PyPI, then ours.
COMMANDS = {"supervisorctl": [sys.executable, "-u", SUPERVISORCTL], "ctl": [NAMED]}


@contextlib.contextmanager
def supervisord():
    """A running one; returns its folder."""
    with tempfile.TemporaryDirectory(prefix="shell.") as folder:
        folder = pathlib.Path(folder)
        (folder / "s.conf").write_text(CONFIGURATION.format(folder=folder))
        process = subprocess.Popen([SUPERVISORD, "-c", str(folder / "s.conf")], cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: b"spawned: 'web'" in (folder / "s.log").read_bytes())
            yield folder
        finally:
            process.send_signal(signal.SIGSTOP)
            for pid in procfs.children(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait(60)


@pytest.fixture(scope="module")
def server():
    """supervisord with a control socket in front of it."""
    with supervisord() as folder, FakeInit(folder / "s.sock.ctl", folder / "s.sock", folder / "s.log"):
        yield folder


@pytest.fixture
def shell(server, tmp_path):
    """Starts a shell and waits for its prompt."""
    opened = []

    def start(name, settings="", columns=100, prompt="supervisor> ", words=(), environment=ENV):
        configuration = tmp_path / f"{name}.conf"
        configuration.write_text(CONFIGURATION.format(folder=server).replace(
            "[program:web]", settings.format(folder=tmp_path, name=name) + "\n[program:web]"))
        terminal = Terminal([*COMMANDS[name], "-c", str(configuration), *words], columns=columns, cwd=tmp_path, env=environment)
        opened.append(terminal)
        if prompt:
            terminal.expect_last(prompt.rstrip())
        return terminal

    yield start
    for terminal in opened:
        terminal.__exit__()


@pytest.fixture
def both(shell):
    """supervisorctl's and ctl's shell."""
    return lambda **options: [shell(name, **options) for name in COMMANDS]


def plain(text):
    return re.sub(r"pid \d+, uptime \S+", "pid N, uptime T", text).rstrip("\n")


def look_the_same(ours, theirs):
    """Waits until they do: the last output may not have been read yet."""
    wait_until(lambda: plain(ours.text) == plain(theirs.text), what=lambda: f"{ours.text}\nis\n{theirs.text}")


def test_prompt_status_and_end(both):
    theirs, ours = both()
    for terminal in (theirs, ours):
        terminal.type("pid nobody\r")
        terminal.expect("No such process nobody")
        terminal.type("quit\r")
        assert terminal.wait() == 0
        assert terminal.is_restored
    look_the_same(ours, theirs)
    assert ours.text.count("supervisor> ") == 2


@pytest.mark.parametrize("keys", ["\x04", "\x03", "exit\r", "EOF\r", "abc\x03"], ids=repr)
def test_ends(both, keys):
    theirs, ours = both()
    for terminal in (theirs, ours):
        terminal.type(keys)
        assert terminal.wait() == 0
        assert terminal.is_restored
        terminal.expect(keys.strip() if keys.isprintable() else "supervisor>")
    look_the_same(ours, theirs)


EDITING = [
    ("abc", "abc"), ("abc" + LEFT + "x", "abxc"), ("abc\x01x", "xabc"), ("abc" + HOME + DELETE + END + "x", "bcx"),
    ("stop web\x17now", "stop now"), ("stop web\x15go", "go"), ("stop web\x01\x0bgo", "go"), ("stop\x7f\x7fart", "start"),
    ("ab\x14", "ba"), ("one two\x1bbx", "one xtwo"), ("one two\x01\x1bd", " two"),
    ("aé日\x7fx", "aéx"), ("日本" + LEFT + "x", "日x本"), ("é\x01日", "日é"), ("abc\x02\x02\x04", "ac"), ("abc\x0cd", "abcd"),
    ("abc\x01\x06x\x05y", "axbcy"), ("one two\x1b[1;5Dx", "one xtwo"),
]


def test_editing(both):
    theirs, ours = both()
    for keys, line in EDITING:
        for terminal in (theirs, ours):
            terminal.type(keys)
            terminal.expect_last(("supervisor> " + line).rstrip())
        assert ours.column == theirs.column, keys
        for terminal in (theirs, ours):
            terminal.type("\x05\x15")
            terminal.expect_last("supervisor>")
    look_the_same(ours, theirs)


@pytest.mark.parametrize("keys, line", [
    ("stop web\x17\x17\x19!", "stop web!"), ("stop web\x17x\x19", "stop xweb"), ("ab cd\x1bb\x0b\x01\x19", "cdab"),
    ("ab cd\x1b\x7f\x01\x19", "cdab"),
])
def test_what_is_killed_comes_back(both, keys, line):
    for terminal in both():
        terminal.type(keys)
        terminal.expect_last("supervisor> " + line)


def test_a_line_of_many_rows(both):
    theirs, ours = both(columns=34)
    word = "abcdefghij" * 3 + "é日本" * 10
    for keys in [word, "\x01", "x", "\x06y", "\x05", "\x7f" * 9, LEFT * 30 + "z", "\x0b", "日" * 7, "q", "\x7f" * 3]:
        for terminal in (theirs, ours):
            terminal.type(keys)
        wait_until(lambda: (plain(ours.text), ours.column) == (plain(theirs.text), theirs.column),
                   what=lambda: f"{keys!r}:\n{ours.text}\n{ours.column} is\n{theirs.text}\n{theirs.column}")
    for terminal in (theirs, ours):
        terminal.type("\x05\x15stat\x01x\r")
        terminal.expect("Unknown syntax: xstat")
        terminal.type("quit\r")
        assert terminal.wait() == 0
    look_the_same(ours, theirs)


COMPLETIONS = [
    ("he\t", "help"), ("sta\t", "sta"), ("stat\t", "status"), ("stop w\t", "stop web"), ("stop my-\t", "stop my-worker"),
    ("stop pa\t", "stop pair:"), ("stop pair:o\t", "stop pair:one"), ("update pa\t", "update pair"), ("add w\t", "add web"),
    ("status pair:\x2a\t", "status pair:*"), ("nonsense w\t", "nonsense w"), ("help rer\t", "help reread"), ("tail -f w\t", "tail -f web"),
    ("signal HUP my\t", "signal HUP my-worker"), ("xyz\t", "xyz"), ("sta\tt\t", "status"), ("version w\t", "version w"),
    ("stop web pair:t\t", "stop web pair:two"), ("fg ech\t", "fg echo"),
]


def test_completion(both):
    theirs, ours = both()
    for keys, line in COMPLETIONS:
        for terminal in (theirs, ours):
            terminal.type(keys)
            terminal.expect_last("supervisor> " + line)
            # A space that completion inserted shows only in front of the next character.
            terminal.type("|")
            terminal.expect("|")
        assert ours.last == theirs.last, keys
        for terminal in (theirs, ours):
            terminal.type("\x15")
            terminal.expect_last("supervisor>")


@pytest.mark.parametrize("keys, seen", [("st\t\t", "stop"), ("\t\t", "version"), ("stop \t\t", "web"), ("stop pair:\t\t", "pair:two"),
                                        ("update \t\t", "web")])
@pytest.mark.parametrize("columns", [100, 40])
def test_lists_of_completions(both, keys, seen, columns):
    theirs, ours = both(columns=columns)
    line = "supervisor> " + keys.strip("\t")
    for terminal in (theirs, ours):
        before = terminal.text.count(seen)
        terminal.type(keys)
        wait_until(lambda: terminal.text.count(seen) > before and terminal.last == line.rstrip(), what=lambda: terminal.text)
    look_the_same(ours, theirs)


HISTORY = "[supervisorctl]\nhistory_file={folder}/{name}.history"


def test_history(both, tmp_path):
    for name in COMMANDS:
        (tmp_path / f"{name}.history").write_text("version\npid web\n")
        (tmp_path / f"{name}.history").chmod(0o644)
    for terminal in both(settings=HISTORY):
        for keys, line in [(UP, "pid web"), (UP, "version"), (DOWN, "pid web"), (DOWN, ""), ("new" + UP, "pid web"), (DOWN, "new")]:
            terminal.type(keys)
            terminal.expect_last(("supervisor> " + line).rstrip())
        terminal.type("\x15pid nobody\r")
        terminal.expect("No such process nobody\nsupervisor>")
        terminal.type("\r\r  \rpid nobody\r")
        wait_until(lambda: terminal.text.endswith("nobody\nsupervisor>"))
        terminal.type(UP)
        terminal.expect_last("supervisor> pid nobody")
        terminal.type(UP + UP + "x\r")
        terminal.type("quit\r")
        assert terminal.wait() == 0
    theirs, ours = ((tmp_path / f"{name}.history").read_text() for name in COMMANDS)
    assert ours == theirs
    assert stat.S_IMODE((tmp_path / "ctl.history").stat().st_mode) == 0o600


def test_history_is_searched(both, tmp_path):
    for name in COMMANDS:
        (tmp_path / f"{name}.history").write_text("version\nstart nobody\nstatus nobody\n")
    theirs, ours = both(settings=HISTORY)
    for keys, row in [
        ("\x12", "(reverse-i-search)`':"), ("st", "(reverse-i-search)`st': status nobody"),
        ("\x12", "(reverse-i-search)`st': start nobody"), ("\x12", "(failed reverse-i-search)`st': start nobody"),
        ("\x07", "supervisor>"), ("\x12ver", "(reverse-i-search)`ver': version"), ("\x05!", "supervisor> version!"),
        ("\x15", "supervisor>"),
    ]:
        for terminal in (theirs, ours):
            terminal.type(keys)
            terminal.expect_last(row)
        assert ours.column == theirs.column, keys
    for terminal in (theirs, ours):
        # The search begins at the current position in the history: at its end again.
        terminal.type("\x1b>\x12art\r")
        terminal.expect("nobody: ERROR (no such process)\nsupervisor>")


def test_history_of_an_option(shell, tmp_path):
    terminal = shell("ctl", words=["-r", "here.history"])
    terminal.type("pid nobody\rquit\r")
    assert terminal.wait() == 0
    assert (tmp_path / "here.history").read_text() == "pid nobody\nquit\n"
    assert stat.S_IMODE((tmp_path / "here.history").stat().st_mode) == 0o600


def test_history_that_cannot_be_written(shell):
    terminal = shell("ctl", words=["-r", "/nonexistent/history"])
    terminal.type("quit\r")
    assert terminal.wait() == 0
    terminal.expect("the history is not kept")


def test_prompt_of_the_configuration(both):
    theirs, ours = both(settings="[supervisorctl]\nprompt=m é", prompt="m é> ")
    for terminal in (theirs, ours):
        terminal.type("ab" + LEFT + "c")
        terminal.expect_last("m é> acb")
    assert ours.column == theirs.column


def test_questions(both):
    theirs, ours = both()
    for terminal in (theirs, ours):
        terminal.type("shutdown\r")
        terminal.expect("down y/N?")
        terminal.type("nn\x7f\r")
        terminal.expect("N? n\nsupervisor>")
        terminal.type("reload\r")
        terminal.expect("process y/N?")
        terminal.type("\x03")
        assert terminal.wait() == 0
    look_the_same(ours, theirs)


def test_an_interrupt_ends_following_but_not_the_shell(both):
    theirs, ours = both()
    for terminal in (theirs, ours):
        terminal.type("maintail -f\r")
        terminal.expect("success: web entered RUNNING")
        assert terminal.is_restored
        terminal.type("\x03")
        wait_until(lambda: terminal.last == "supervisor>")
        terminal.type("quit\r")
        assert terminal.wait() == 0


def test_an_interrupt_ends_what_waits(both, server):
    for terminal in both():
        terminal.type("start slow\r")
        wait_until(lambda: terminal.is_restored)
        name = b"spawned: 'slow'"
        wait_until(lambda: name in (server / "s.log").read_bytes())
        terminal.type("\x03")
        assert terminal.wait() == 0
        assert terminal.is_restored
        subprocess.run([NAMED, "-s", f"unix://{server}/s.sock", "stop", "slow"], check=True, capture_output=True)


def without_noise(terminal):
    """supervisorctl's threads sometimes print errors at the end, in the middle of other output."""
    return re.sub(r"CLOSED Cannot connect, error: <class 'SystemExit'> \(\)\n?", "", terminal.text).rstrip()


def test_foreground(both, server):
    theirs, ours = both()
    for terminal in (theirs, ours):
        subprocess.run([NAMED, "-s", f"unix://{server}/s.sock", "start", "echo"], check=True, capture_output=True)
        terminal.type("fg echo\r")
        terminal.expect("==> Press Ctrl-C to exit <==")
        terminal.type("hello\r")
        terminal.expect("heard hello")
        terminal.expect("err hello")
        terminal.type("\x03")
        terminal.expect("Exiting foreground")
        wait_until(lambda: without_noise(terminal).endswith("supervisor>"), what=lambda: terminal.text)
        terminal.type("fg echo\r")
        wait_until(lambda: terminal.text.count("==> Press") == 2)
        terminal.type("\x04")
        wait_until(lambda: terminal.text.count("Exiting foreground") == 2)
        wait_until(lambda: without_noise(terminal).endswith("supervisor>"), what=lambda: terminal.text)
        terminal.type("fg echo\r")
        wait_until(lambda: terminal.text.count("==> Press") == 3)
        ends = (server / "s.log").read_bytes().count(b"exited: echo")
        terminal.type("end\r")
        terminal.expect("heard end")
        wait_until(lambda: (server / "s.log").read_bytes().count(b"exited: echo") > ends)
        terminal.type("more\r")
        wait_until(lambda: without_noise(terminal).endswith("Process got killed\nExiting foreground\nsupervisor>"))
    # supervisorctl may wait at its end for the threads that showed the output.
    ours.type("quit\r")
    assert ours.wait() == 0
    assert ours.is_restored


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_leaves_the_terminal_as_it_was(shell, tmp_path, number):
    terminal = shell("ctl", settings=HISTORY)
    terminal.type("pid nobody\r")
    terminal.expect("No such process nobody\nsupervisor>")
    wait_until(lambda: terminal.is_raw)
    terminal.type("half a li")
    terminal.expect_last("supervisor> half a li")
    terminal.process.send_signal(number)
    assert terminal.wait() == -number, "it ends by the signal"
    assert terminal.is_restored
    assert (tmp_path / "ctl.history").read_text() == "pid nobody\n"


def test_the_terminal_goes(server, tmp_path):
    """As when the window is closed: a hang-up, and nothing can be written any more."""
    terminal = Terminal([NAMED, "-s", f"unix://{server}/s.sock", "-r", "h"], cwd=tmp_path, env=ENV)
    terminal.expect_last("supervisor>")
    terminal.type("pid nobody\r")
    terminal.expect("No such process nobody\nsupervisor>")
    wait_until(lambda: terminal.is_raw)
    os.close(terminal.slave)
    terminal.close_master()
    assert terminal.wait() == -signal.SIGHUP
    assert (tmp_path / "h").read_text() == "pid nobody\n"


@pytest.mark.parametrize("seed", range(3))
def test_no_keys_are_a_trap(shell, seed, tmp_path):
    """Whatever is typed, the shell still runs and executes commands."""
    random = Random(seed)
    terminal = shell("ctl", settings=HISTORY, columns=random.choice([1, 7, 80]), prompt="")
    wait_until(lambda: terminal.is_raw)
    # Without those that end it or start something: Ctrl-C, Ctrl-D, Enter, Ctrl-O, Ctrl-Z, Ctrl-\, Ctrl-Q, Ctrl-S.
    keys = [key for key in range(256) if key not in (3, 4, 10, 13, 15, 17, 19, 26, 28)]
    pieces = [b"\x1b[", b"\x1bO", b"\x1b", b"\t", b"stop ", b"we", "日本é".encode(), b"\x12", b"\x1b[A", b"\x1b[3~"]
    for _ in range(60):
        data = b"".join(random.choice(pieces) if random.random() < 0.4 else bytes([random.choice(keys)]) for _ in range(30))
        os.write(terminal.master, data)
    # Before that, the terminal may be in the kernel's mode, for a completion: Ctrl-U would then take the key that ends
    # an open sequence.
    wait_until(lambda: terminal.is_awaiting_keys)
    # An open sequence takes one more key.
    terminal.type("~\x07\x05\x15\x05\x15quit\r")
    assert terminal.wait() == 0
    assert terminal.is_restored
    assert (tmp_path / "ctl.history").read_text() == "quit\n"


def test_another_size(shell):
    terminal = shell("ctl", columns=60)
    terminal.type("a" * 40)
    terminal.expect_last("supervisor> " + "a" * 40)
    terminal.resize(100)
    terminal.screen.columns = 100
    terminal.process.send_signal(signal.SIGWINCH)
    terminal.type("b" * 40)
    terminal.expect_last("supervisor> " + "a" * 40 + "b" * 40)


def test_stopped_and_continued(server, tmp_path):
    with Terminal(["bash", "--norc", "--noprofile", "-i"], cwd=tmp_path, env={**ENV, "PS1": "sh$ "}) as terminal:
        terminal.expect_last("sh$")
        terminal.type(f"{NAMED} -s unix://{server}/s.sock\r")
        terminal.expect_last("supervisor>")
        terminal.type("half")
        terminal.expect_last("supervisor> half")
        terminal.type("\x1a")
        terminal.expect("Stopped")
        terminal.expect_last("sh$")
        terminal.type("fg\r")
        terminal.expect_last("supervisor> half")
        terminal.type("x\r")
        terminal.expect("*** Unknown syntax: halfx")
        terminal.type("quit\r")
        terminal.expect_last("sh$")
        terminal.type("exit\r")
        assert terminal.wait() == 0


def test_a_terminal_that_cannot_move_its_cursor(shell):
    terminal = shell("ctl", environment={**ENV, "TERM": "dumb"})
    assert terminal.is_restored
    terminal.type("pid nobody\r")
    terminal.expect("No such process nobody")
    terminal.type("\x04")
    assert terminal.wait() == 0
    assert b"\x1b" not in terminal.raw


def start_init(folder):
    """An init with the programs of the configuration and its sockets in `folder`."""
    (folder / "s.conf").write_text(CONFIGURATION.format(folder=folder))
    process = subprocess.Popen([INIT, "-c", str(folder / "s.conf"), "-n"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: (folder / "s.sock.ctl").exists())
    return process


def test_foreground_of_init(tmp_path):
    server = start_init(tmp_path)
    words = [NAMED, "-s", f"unix://{tmp_path}/s.sock"]
    try:
        with Terminal([*words, "fg", "echo"], cwd=tmp_path, env=ENV) as terminal:
            assert terminal.wait() == 1
            terminal.expect("ERROR: process not running")
        subprocess.run([*words, "start", "echo"], check=True, capture_output=True)
        for key in ["\x03", "\x04"]:
            with Terminal([*words, "fg", "echo"], cwd=tmp_path, env=ENV) as terminal:
                terminal.expect("==> Press Ctrl-C to exit <==")
                terminal.type("hellö\r")
                terminal.expect("heard hellö\n")
                terminal.expect("err hellö\n")
                terminal.type(key)
                assert terminal.wait() == 0
                terminal.expect("Exiting foreground")
                assert terminal.is_restored
        with Terminal([*words, "fg", "echo"], cwd=tmp_path, env=ENV) as terminal:
            terminal.expect("==> Press Ctrl-C to exit <==")
            terminal.type("end\r")
            terminal.expect("heard end")
            wait_until(lambda: b"exited: echo" in (tmp_path / "s.log").read_bytes())
            terminal.type("more\r")
            assert terminal.wait() == 0
            terminal.expect("Process got killed\nExiting foreground")
        # Lines from a pipe are executed, too, and its end ends the shell.
        subprocess.run([*words, "start", "echo"], check=True, capture_output=True)
        said = subprocess.run([*words, "fg", "echo"], input="one\ntwo\n", capture_output=True, text=True, timeout=60)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.startswith("==> Press Ctrl-C to exit <==\n") and said.stdout.endswith("Exiting foreground\n")
        wait_until(lambda: (tmp_path / "echo.out").read_text().endswith("heard one\nheard two\n"))
    finally:
        server.terminate()
        server.wait(60)


def test_the_server_goes_and_comes_back(tmp_path):
    server = start_init(tmp_path)
    with Terminal([NAMED, "-s", f"unix://{tmp_path}/s.sock"], cwd=tmp_path, env=ENV) as terminal:
        try:
            terminal.expect("RUNNING")
            terminal.expect_last("supervisor>")
            server.terminate()
            assert server.wait(60) == 0
            terminal.type("stop w\tx\r")
            terminal.expect(f"unix://{tmp_path}/s.sock no such file")
            terminal.expect_last("supervisor>")
            server = start_init(tmp_path)
            terminal.type("version\r")
            terminal.expect("4.3.0\nsupervisor>")
            terminal.type("shutdown\r")
            terminal.expect("y/N?")
            terminal.type("y\r")
            terminal.expect("Shut down\nsupervisor>")
            terminal.type("quit\r")
            assert terminal.wait() == 0
            assert terminal.is_restored
        finally:
            server.terminate()
            server.wait(60)


def test_open(both, server):
    for terminal in both():
        terminal.type("open unix:///nowhere/s.sock\r")
        terminal.expect("unix:///nowhere/s.sock no such file")
        terminal.type("version\r")
        wait_until(lambda: terminal.text.count("unix:///nowhere/s.sock no such file") == 2)
        terminal.type(f"open unix://{server}/s.sock\r")
        wait_until(lambda: terminal.text.count("RUNNING") > 4)
        terminal.type("version\r")
        terminal.expect("4.3.0")
        terminal.type("quit\r")
        assert terminal.wait() == 0
