"""`ctl top` in real terminals (tmux), of all sizes, while programs, logs and the server change under it."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

import procfs
from supervised import DIST, INIT, section
from test_ctl_more import begin, inside  # noqa: F401
from waiting import wait_until

CTL = DIST / "ctl"


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisorctl has no top")


class Tmux:
    """A command in a terminal of its own; a context manager."""

    numbers = itertools.count()

    def __init__(self, folder, command, columns=100, rows=24, **environment):
        self.socket = folder / f"tmux-{next(self.numbers)}"
        self.command = " ".join(map(str, command))
        self.size = columns, rows
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **environment}

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-u", "-f", "/dev/null", "-S", self.socket, *map(str, words)], capture_output=True, text=True,
                              env=self.environment, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def __enter__(self):
        columns, rows = self.size
        # A shell stays, so that what ctl leaves behind can be seen.
        self.tmux("new-session", "-d", "-x", columns, "-y", rows, "env PS1='$ ' sh")
        self.tmux("set", "-g", "status", "off")
        self.tmux("resize-window", "-x", columns, "-y", rows)
        wait_until(lambda: "$" in self.screen)
        self.type(self.command + "\n")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    @property
    def screen(self):
        return self.tmux("capture-pane", "-p")

    @property
    def coloured(self):
        return self.tmux("capture-pane", "-p", "-e")

    @property
    def rows(self):
        return self.screen.split("\n")

    def shows(self, text):
        wait_until(lambda: text in self.screen, what=lambda: f"{text!r} in\n{self.screen}")

    def lacks(self, text):
        wait_until(lambda: text not in self.screen, what=lambda: f"no {text!r} in\n{self.screen}")

    @property
    def selected(self):
        """The row in reverse."""
        found = [line for line in self.coloured.split("\n") if "\x1b[7m" in line]
        return re.sub(r"\x1b\[[0-9;]*m", "", found[0]).strip() if found else ""


@pytest.fixture
def top(begin, folder):
    """`top(run, words)` runs it in a terminal."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    opened = []

    def one(run, *words, beside=True, action=("top",), **options):
        # Beside PID 1, as `docker exec` runs it.
        within = ["nsenter", "--target", run.pid, "--pid", "--mount"] if beside else []
        screen = Tmux(folder, [*within, CTL, "-c", run.configuration, *action, *words], **options)
        opened.append(screen)
        return screen.__enter__()

    yield one
    for screen in opened:
        screen.__exit__()


def program(name, command, **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


WAIT = "{actor} wait"
CHATTY = "sh -c 'while :; do echo tick $$; sleep 0.2; done'"
BROKEN = "sh -c 'echo bind: Address in use >&2; exit 3'"


def some():
    return (program("web", CHATTY, healthcheck_command="true") + program("broken", BROKEN, startretries=0, autorestart=False, startsecs=1)
            + program("lazy", WAIT, autostart=False) + program("top-of-it", WAIT, depends_on="web"))


def test_the_table(begin, top):
    run = begin(some(), wait=False)
    wait_until(lambda: run.state("broken") == "FATAL")
    screen = top(run, columns=120)
    screen.shows("● RUNNING  web")
    wait_until(lambda: re.search(r"web +yes +\d+ +\d+s +0 +\d+\.\d +[\d.]+[KM] tick \d+", screen.screen), what=lambda: screen.screen)
    wait_until(lambda: re.search(r"✖ FATAL +broken +no +- +- +0 +- +- exit 3, \d+s ago: bind: Address in use", screen.screen),
               what=lambda: screen.screen)
    screen.shows("○ STOPPED  lazy")
    assert re.search(r"2/4 ready +load [\d.]+ .*restarts/h 0", screen.rows[0]), screen.rows[0]
    assert screen.rows[1].split() == ["STATE", "NAME▾", "READY", "PID", "UP", "RST", "CPU%", "MEM", "LAST"]
    assert screen.selected.startswith("✖ FATAL    broken")
    os.kill(run.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: "restarts/h 1" in screen.rows[0], what=lambda: screen.screen)


@pytest.mark.parametrize("columns, rows, there, gone", [
    (40, 10, ["STATE", "NAME▾", "UP"], ["READY", "PID", "CPU%", "LAST"]),
    (50, 10, ["STATE", "NAME▾", "READY", "PID", "UP"], ["RST", "CPU%", "LAST"]),
    (70, 12, ["STATE", "NAME▾", "READY", "PID", "UP", "RST", "CPU%", "MEM"], ["LAST"]),
    (80, 24, ["STATE", "NAME▾", "READY", "PID", "UP", "RST", "CPU%", "MEM", "LAST"], []),
    (200, 60, ["STATE", "NAME▾", "READY", "PID", "UP", "RST", "CPU%", "MEM", "LAST"], []),
])
def test_sizes(begin, top, columns, rows, there, gone):
    run = begin(some(), wait=False)
    screen = top(run, columns=columns, rows=rows)
    screen.shows("web")
    assert screen.rows[1].split() == there and not set(gone) & set(screen.rows[1].split())
    assert screen.rows[rows - 1].startswith("? help"), screen.screen
    assert all(len(row) <= columns for row in screen.rows)
    # And resized in each view.
    for key in "", "l", "i", "?":
        screen.press("g")
        if key:
            screen.type(key)
        for width, height in (60, 15), (columns, rows):
            screen.tmux("resize-window", "-x", width, "-y", height)
            wait_until(lambda: screen.rows[height - 1].strip() and all(len(row) <= width for row in screen.rows),
                       what=lambda: f"{key!r} at {width}x{height}:\n{screen.screen}")
        if key:
            screen.press("q")
        screen.shows("STATE")


def test_programs_are_controlled(begin, top):
    run = begin(some(), wait=False)
    screen = top(run, columns=120)
    screen.shows("RUNNING  web")
    screen.press("End")
    wait_until(lambda: "web" in screen.selected, what=lambda: screen.screen)
    # It asks, with the command.
    screen.type("x")
    screen.shows("ctl stop web ? y/N")
    screen.type("n")
    screen.shows("nothing was done")
    assert run.state("web") == "RUNNING"
    screen.type("x")
    screen.shows("ctl stop web ? y/N")
    screen.type("y")
    screen.shows("web: stopped")
    screen.shows("STOPPED  web")
    screen.type("s")
    screen.shows("web: started")
    assert run.state("web") == "RUNNING"
    before = run.info("web")["pid"]
    screen.type("r")
    screen.shows("ctl restart web ? y/N")
    screen.type("y")
    wait_until(lambda: run.info("web")["pid"] not in (0, before))
    screen.shows("web: started")
    # Marked ones: two at once.
    screen.press("Home")
    screen.press("Down")
    wait_until(lambda: "lazy" in screen.selected, what=lambda: screen.screen)
    screen.type(" ")
    screen.press("End")
    screen.type(" ")
    screen.type("x")
    screen.shows("ctl stop lazy web ? y/N")
    screen.type("y")
    wait_until(lambda: run.state("web") == "STOPPED")
    screen.press("Escape")  # forgets the marks
    screen.lacks("+")
    screen.press("Home")
    screen.press("Down")
    screen.type("s")
    wait_until(lambda: run.state("lazy") == "RUNNING")
    # A signal; KILL asks.
    screen.type("K")
    screen.shows("signal lazy: ")
    screen.type("k")
    screen.shows("ctl signal KILL lazy ? y/N")
    screen.type("y")
    wait_until(lambda: run.state("lazy") != "RUNNING" or run.info("lazy")["start"])
    screen.shows("signalled")


def test_read_only(begin, top):
    run = begin(some(), wait=False)
    screen = top(run, "--read-only")
    screen.shows("RUNNING  web")
    screen.press("End")
    for key in "sxrRK":
        screen.type(key)
        screen.shows("--read-only: nothing is changed")
        screen.press("Down")
    assert run.state("web") == "RUNNING"
    assert "stop" not in screen.rows[-2]


def test_filter_and_order(begin, top):
    run = begin("".join(program(f"w{number}", WAIT) for number in range(12)) + program("api", WAIT))
    screen = top(run)
    screen.shows("api")
    screen.type("/")
    screen.type("^w1")
    screen.shows("programs that match (! inverts): ^w1_")
    screen.lacks("api")
    screen.press("Enter")
    names = [row.split()[2] for row in screen.rows[2:-2] if "RUNNING" in row]
    assert names == ["w1", "w10", "w11"]
    screen.press("Escape")
    screen.shows("api")
    screen.type("/")
    screen.type("!^w")
    screen.press("Enter")
    screen.lacks("w1 ")
    screen.shows("api")
    screen.press("Escape")
    screen.shows("w11")
    names = [row.split()[2] for row in screen.rows[2:-2] if "RUNNING" in row]
    assert names == ["api"] + [f"w{number}" for number in range(12)]
    screen.type("o")
    screen.shows("sorted by state")
    screen.type("M")
    screen.shows("MEM▾")
    screen.type("t")
    screen.type("c")
    wait_until(lambda: screen.rows[1].split()[-1] == "CPU", what=lambda: screen.screen)


def test_the_log(begin, top, folder):
    lines = "; ".join(f"echo line {number} [x]" for number in range(200))
    run = begin(program("web", f"sh -c '{lines}; printf \"\\033[32mgreen\\033[0m \\033]0;title\\007 \\033[2Jend\\n\"; echo bad >&2; sleep 1000'"))
    screen = top(run)
    screen.shows("RUNNING  web")
    screen.press("Enter")
    screen.shows("line 199 [x]")
    screen.shows("! bad")
    assert re.search(r"\x1b\[(0;)?32mgreen", screen.coloured) and "green  end" in screen.screen, screen.screen
    # Up leaves the end, End goes back.
    screen.press("PageUp")
    screen.shows("scrolled: End follows again")
    screen.lacks("line 199")
    screen.press("End")
    screen.shows("line 199 [x]")
    screen.type("/")
    screen.type("line 42 ")
    screen.press("Enter")
    wait_until(lambda: screen.rows[1].strip() == "line 42 [x]", what=lambda: screen.screen)
    screen.type("f")
    screen.type("line .*7 ")
    screen.press("Enter")
    wait_until(lambda: [row.strip() for row in screen.rows[1:4]] == ["line 7 [x]", "line 17 [x]", "line 27 [x]"], what=lambda: screen.screen)
    # What is shown goes into a file, and into the pager.
    screen.type("S")
    screen.type(f"{folder}/saved")
    screen.press("Enter")
    screen.shows("20 lines are in")
    assert (folder / "saved").read_text().split("\n")[:2] == ["line 7 [x]", "line 17 [x]"]
    assert (folder / "saved").stat().st_mode & 0o777 == 0o600
    screen.press("q")
    screen.shows("STATE")


def test_the_pager(begin, top):
    run = begin(program("web", "sh -c 'echo one; echo two; sleep 1000'"))
    for pager, sign in ("cat; echo paged; read x </dev/tty", "paged"), ("", "-- Enter goes back to ctl top --"):
        screen = top(run, PAGER=pager)
        screen.shows("RUNNING  web")
        screen.press("Enter")
        screen.shows("two")
        screen.type("v")
        screen.shows(sign)
        assert "one" in screen.screen
        screen.press("Enter")
        screen.shows("q back")


def test_details(begin, top):
    run = begin(some(), wait=False)
    wait_until(lambda: run.state("broken") == "FATAL")
    screen = top(run)
    screen.shows("FATAL    broken")
    screen.type("i")
    screen.shows("ago: exit code 3")
    screen.press("q")
    screen.press("End")
    screen.type("i")
    screen.shows("healthy")
    screen.shows("success")
    screen.shows("sleep 0.2")  # its tree


def test_the_server_restarts(begin, top):
    run = begin(program("web", WAIT))
    screen = top(run, beside=False)  # it would die with the PID namespace
    screen.shows("RUNNING  web")
    os.kill(run.pid, signal.SIGSTOP)
    screen.press("Down")
    # It doesn't hang while init does: Ctrl-C leaves.
    screen.press("C-c")
    screen.shows("ctl top has ended; the programs go on")
    os.kill(run.pid, signal.SIGCONT)
    screen.type(screen.command + "\n")
    screen.shows("RUNNING  web")
    pid = run.info("web")["pid"]
    run.ctl("reload")
    wait_until(lambda: run.info("web")["pid"] not in (0, pid))
    wait_until(lambda: f" {run.info('web')['pid']} " in screen.screen, what=lambda: screen.screen)
    run.ctl("shutdown")
    screen.shows("no answer, asking again")
    screen.press("q")
    screen.lacks("STATE")


def test_changes_show_at_once(begin, top):
    """Events wake the screen: it doesn't wait for its next sample."""
    run = begin(program("web", WAIT) + program("other", WAIT))
    screen = top(run)
    screen.shows("RUNNING  web")
    run.ctl("stop", "web")
    screen.shows("STOPPED  web")
    run.ctl("start", "web")
    screen.shows("RUNNING  web")


def test_five_hundred_programs_and_a_flood(begin, top, folder):
    run = begin(section("program", "many", command="{actor} wait", numprocs=500, process_name="many%(process_num)d", startsecs=0)
                + program("flood", "sh -c 'exec 2>/dev/null; while :; do yes \"a line of the flood with some length to it\" | head -c 1000000; sleep 0.1; done'",
                          stdout_logfile_maxbytes="1MB"), wait=False)
    wait_until(lambda: run.state("many:many499") == "RUNNING")
    screen = top(run, columns=100, rows=30)
    screen.shows("many:many0")
    screen.press("End")
    screen.shows("many:many499")
    screen.press("Home")
    wait_until(lambda: "flood" in screen.selected, what=lambda: screen.screen)
    screen.press("Enter")
    screen.shows("a line of the flood")
    screen.press("PageUp")
    screen.shows("scrolled")
    screen.press("q")
    screen.shows("STATE")


@pytest.mark.parametrize("name", ["数据库服务", "ñandú", "a" * 60])
def test_names(begin, top, name):
    run = begin(program(name, WAIT))
    screen = top(run, columns=80)
    screen.shows("RUNNING")
    row = next(row for row in screen.rows if "RUNNING" in row)
    assert name[:8] in row and " yes " in row
    header = screen.rows[1]
    width = sum(2 if ord(character) > 0x2E80 else 1 for character in row[:row.index(" yes ")])
    assert header.index("READY") == width + 1, screen.screen


@pytest.mark.parametrize("environment, sign, colours", [
    ({"NO_COLOR": "1"}, "● RUNNING", False), ({"LC_ALL": "C"}, "* RUNNING", True), ({"TERM": "vt100"}, "● RUNNING", True),
])
def test_terminals(begin, top, environment, sign, colours):
    run = begin(program("web", WAIT))
    screen = top(run, **environment)
    screen.shows(sign)
    screen.type("j")
    # The summary's number of programs that are ready is green.
    assert bool(re.search(r"\x1b\[[0-9;]*\b3[1-7]m", screen.coloured)) is colours


def test_what_is_no_screen(begin):
    """--once, --json, and where there is no terminal or a dumb one."""
    run = begin(some(), wait=False)
    wait_until(lambda: run.state("broken") == "FATAL")
    said = run.ctl("top", "--once", "--sort=state")
    assert said.code == 0 and "\x1b" not in said.out
    lines = said.out.split("\n")
    assert lines[1].split()[0].startswith("STATE") and lines[1].split()[1] == "NAME" and "broken" in lines[2], said.out
    assert run.ctl("top").out.split("\n")[1:2] == run.ctl("top", "--once").out.split("\n")[1:2]
    listed = json.loads(inside(run, "top", "--json", "--once", "web").stdout)
    assert [one["name"] for one in listed] == ["web"] and listed[0]["memory_bytes"] > 0
    with subprocess.Popen(["nsenter", "--target", str(run.pid), "--pid", "--mount", CTL, "-c", run.configuration, "top", "--json", "web"],
                          stdout=subprocess.PIPE, text=True) as stream:
        first, second = (json.loads(stream.stdout.readline()) for _ in range(2))
        stream.send_signal(signal.SIGINT)
        assert stream.wait(30) in (0, -signal.SIGINT)
    assert first[0]["cpu_thousandths"] is None and second[0]["cpu_thousandths"] >= 0
    said = run.ctl("top", "--sort=restart")
    assert said.code == 2 and "did you mean restarts?" in said.out
    said = run.ctl("top", "--filter=^b", "--once")
    assert "broken" in said.out and "web" not in said.out


def test_the_terminal_is_restored(begin, top):
    """After Ctrl-Z, after Ctrl-C, and after a crash."""
    run = begin(program("web", WAIT))
    screen = top(run, beside=False)  # nsenter stops itself a second time
    screen.shows("RUNNING  web")

    def pid():
        found = [pid for pid in procfs.descendants(int(screen.tmux("display", "-p", "#{pane_pid}"))) if procfs.cmdline(pid)[:1] == [str(CTL)] and "top" in procfs.cmdline(pid)]
        return found[0] if found else None

    screen.press("C-z")
    screen.lacks("RUNNING")
    screen.type("stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon\n")
    wait_until(lambda: "\nicanon" in screen.screen, what=lambda: screen.screen)
    screen.type("fg\n")
    screen.shows("RUNNING  web")
    os.kill(wait_until(pid), signal.SIGSEGV)
    screen.lacks("RUNNING  web")
    screen.type("stty -a | tr ' ' '\\n' | grep -c -x icanon\n")
    wait_until(lambda: screen.rows and re.search(r"^1$", screen.screen, re.M), what=lambda: screen.screen)
