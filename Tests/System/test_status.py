"""`ctl status NAME` for scripts and for people, and `ctl status --watch`."""

import os
import re
import signal
import subprocess
import sys

import pytest

from supervised import DIST, INIT, SCRIPTS
from test_ctl_more import Running, begin, inside, on_terminal, program  # noqa: F401
from test_top import Tmux, top  # noqa: F401
from waiting import wait_until

CTL = str(DIST / "ctl")
WAIT = "{actor} wait"
BROKEN = "sh -c 'echo bind: Address in use >&2; exit 3'"


@pytest.fixture(autouse=True)
def only_init(engine, monkeypatch):
    if engine is not INIT:
        pytest.skip("supervisorctl has no options")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def some():
    return (program("web", "sh -c 'echo serving; echo oh >&2; sleep 1000 & exec sleep 999'", healthcheck_command="true")
            + program("broken", BROKEN, startretries=0, autorestart=False, startsecs=1)
            + program("lazy", WAIT, autostart=False)
            + "[program:pool]\ncommand={actor} wait\nnumprocs=2\nprocess_name=p%(process_num)d\nstartsecs=0\n")


def started(begin):
    run = begin(some(), wait=False)
    wait_until(lambda: run.state("broken") == "FATAL" and run.info("web")["pid"])
    wait_until(lambda: "serving" in run.rpc_log("web", "stdout") and "oh" in run.rpc_log("web", "stderr"))
    return run


def plain(text):
    """Without what the passage of time changes."""
    return re.sub(r"uptime \d+:\d\d:\d\d", "uptime T", text)


@pytest.mark.parametrize("names, code", [
    (["web"], 0), (["lazy"], 3), (["broken"], 3), (["web", "lazy"], 3), (["pool:*"], 0), (["pool:p1"], 0), (["nix"], 4), (["nix:*"], 4),
    (["web", "nix"], 4), (["pool:*", "web"], 0), (["all"], 3), ([], 3),
])
def test_scripts_get_the_line_of_supervisord(begin, names, code):
    """From a pipe: whether they call supervisorctl, or ctl, with or without a terminal's name in TERM."""
    run = started(begin)
    url = f"unix://{run.folder}/s.sock"
    # The program of supervisord, as the client of init.
    expected = subprocess.run([sys.executable, SCRIPTS / "supervisorctl", "-s", url, "status", *names], capture_output=True, text=True, timeout=60)
    assert expected.returncode == code, expected
    # A healthy program says so, to any client.
    for words in ["ctl"], ["supervisorctl"], ["ctl", "--short"]:
        said = subprocess.run([DIST / words[0], "-c", run.configuration, "status", *words[1:], *names], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "TERM": "xterm"})
        assert (plain(said.stdout), said.returncode) == (plain(expected.stdout), code), words


def test_people_get_all_that_is_known(begin):
    run = started(begin)
    where = [CTL, "-c", str(run.configuration), "status"]
    wait_until(lambda: "healthy" in run.info("web")["description"])
    said = on_terminal([*where, "web"], TERM="xterm", LC_ALL="C.UTF-8")
    assert "\33[0;32mRUNNING\33[0m" in said and "\33[0;1mweb\33[0m" in said
    lines = re.sub("\33\\[[0-9;]*m", "", said).splitlines()
    pid = run.info("web")["pid"]
    assert re.fullmatch(rf"● web  RUNNING  pid {pid}, uptime 0:\d\d:\d\d, healthy", lines[0])
    rows = "\n".join(lines[1:])
    assert "command    sh -c 'echo serving; echo oh >&2; sleep 1000 & exec sleep 999'\n" in rows
    assert re.search(r"\nhealth     healthy\n           \d+s ago: success", rows)
    assert re.search(r"\nstdout     \S+\n           serving\n", rows) and re.search(r"\nstderr     \S+\n           oh$", rows)
    # supervisorctl's words don't change, and neither do those of --short, and of a terminal that can't do more.
    short = run.ctl("status", "web").out
    for words, environment in ([str(DIST / "supervisorctl"), *where[1:], "web"], {"TERM": "xterm"}), ([*where, "web"], {"TERM": "dumb"}), ([*where, "web"], {}):
        assert plain(on_terminal(words, **environment)) == plain(short)
    table = plain(on_terminal([*where, "--short", "web"], TERM="xterm", NO_COLOR="1"))
    assert table.splitlines() == ["PROGRAM  STATE     DESCRIPTION", f"web      RUNNING   pid {pid}, uptime T, healthy"]
    # All programs are still a table.
    assert "PROGRAM" in on_terminal(where, TERM="xterm") and "PROGRAM" in on_terminal([*where, "all"], TERM="xterm")


def test_the_long_form_in_a_pipe(begin):
    run = started(begin)
    said = run.ctl("status", "--long", "broken", "lazy", "pool:*")
    assert said.code == 3 and "\33" not in said.out
    broken, lazy, first, second = said.out.split("\n\n")
    assert broken.startswith("✖ broken  FATAL  Exited too quickly (process log may have details)\n")
    assert re.search(r"\nlast exit  \d+s ago: exit code 3\n", broken) and "\n           bind: Address in use" in broken
    assert re.match(r"○ lazy  STOPPED  Not started\n", lazy) and "last exit" not in lazy
    assert first.startswith("● pool:p0  RUNNING  pid ") and second.startswith("● pool:p1  RUNNING  pid ")
    assert run.ctl("status", "-l", "web").code == 0
    assert run.ctl("status", "--long").out.count("command    ") == 5
    said = run.ctl("status", "--long", "web", "nix")
    assert said.code == 4 and said.out.startswith("nix: ERROR (no such process)\n● web  RUNNING  ")


def test_the_tree_has_what_processes_use(begin):
    run = started(begin)
    wait_until(lambda: "-- " in inside(run, "status", "-l", "web").stdout)
    said = inside(run, "status", "--long", "web", environment={"LC_ALL": "C"}).stdout
    assert said.startswith("* web  RUNNING  ")
    assert re.search(r"\nuses       \d+\.\d % of a processor, [\d.]+[KM] resident\n", said), said
    assert re.search(r"\nprocesses  \d+  \d+\.\d %  [\d.]+[KM]  sleep 999\n           `-- \d+  \d+\.\d %  [\d.]+[KM]  sleep 1000\n", said), said
    said = inside(run, "status", "-l", "web", environment={"LC_ALL": "C.UTF-8"}).stdout
    assert said.startswith("● web") and "└── " in said


def test_a_busy_process_is_told_from_an_idle_one(begin):
    run = begin(program("busy", "sh -c 'sh -c \"while :; do :; done\" & exec sleep 1000'"))
    wait_until(lambda: re.search(r"`-- \d+ +[1-9]\d*\.\d %  [\d.]+[KM]  sh -c while :; do :; done\n", inside(run, "status", "-l", "busy").stdout))
    assert re.search(r"processes  \d+  0\.0 % ", inside(run, "status", "-l", "busy").stdout)


ENDS = {
    "exit 0": "exit code 0", "exit 7": "exit code 7", "kill -9 $$": "ended by SIGKILL",
    "exit 126": "exit code 126 (in a shell: the command can't be executed)", "nonsense": "exit code 127 (in a shell: there is no such command)",
    "sh -c \"kill -15 \\$\\$\"; exit $?": "exit code 143 (in a shell: ended by SIGTERM)",
}


def test_the_last_exit_in_words(begin):
    run = begin("".join(program(f"e{index}", f"sh -c '{command}'", autorestart=False, exitcodes="0,1") for index, command in enumerate(ENDS)), wait=False)
    wait_until(lambda: all(run.state(f"e{index}") == "EXITED" for index in range(len(ENDS))))
    for index, words in enumerate(ENDS.values()):
        assert re.search(rf"\nlast exit  \d+s ago: {re.escape(words)}\n", run.ctl("status", "-l", f"e{index}").out), words


def test_why_a_program_does_not_run(begin):
    run = begin(program("missing", "/no/such/command", startretries=0) + program("later", WAIT, depends_on="slow:healthy")
                + program("slow", WAIT, healthcheck_command="sh -c 'echo not yet; exit 1'", healthcheck_interval=1, healthcheck_start_period=1)
                + program("again", "false", startsecs=1, startretries=100, backoff_delay=100), wait=False)
    wait_until(lambda: run.state("missing") == "FATAL" and run.state("again") == "BACKOFF" and "unhealthy" in run.info("slow")["description"])
    assert run.ctl("status", "-l", "missing").out.startswith("✖ missing  FATAL  can't find command '/no/such/command'\n")
    assert run.ctl("status", "-l", "later").out.startswith("◌ later  WAITING  for slow")
    again = run.ctl("status", "-l", "again").out
    assert again.startswith("↻ again  BACKOFF  Exited too quickly") and ": exit code 1\n" in again
    assert re.search(r"\nhealth     unhealthy\n +\d+s ago: exit status 1: not yet\n", run.ctl("status", "-l", "slow").out), run.ctl("status", "-l", "slow").out


def test_lines_of_logs_do_not_move_the_cursor(begin):
    run = begin(program("rude", "sh -c 'printf \"\\033[2J\\033[31mred\\033[0m\\007 end\\n\"; sleep 1000'"))
    wait_until(lambda: "end" in run.rpc_log("rude", "stdout"))
    said = on_terminal([CTL, "-c", str(run.configuration), "status", "rude"], TERM="xterm", NO_COLOR="1")
    assert "\33" not in said and "\a" not in said and "red? end" in said


def test_narrow_terminals(begin, top, folder):
    run = begin(program("web", "sh -c 'echo " + "x" * 200 + "; sleep 1000'"))
    wait_until(lambda: "x" in run.rpc_log("web", "stdout"))
    for columns, environment, sign in (40, {}, "…"), (60, {"LC_ALL": "C"}, "~"):
        with Tmux(folder, [CTL, "-c", run.configuration, "status", "web"], columns=columns, **environment) as screen:
            screen.shows("stderr")
            rows = [row for row in screen.rows if "xxx" in row]
            assert all(len(row) < columns and row.rstrip().endswith(sign) for row in rows[-1:]), screen.screen


@pytest.mark.parametrize("words, error", [
    (["--lng"], "Error: unknown option --lng; did you mean --long?"), (["--long", "--short"], "Error: --long and --short exclude each other"),
    (["--watch", "--json"], "Error: --watch has no JSON; ctl top --json has a line a second"),
    (["--watch=0"], "Error: --watch=0: a number of seconds is needed, from 1 to 86400"),
    (["--watch=x"], "Error: --watch=x: a number of seconds is needed, from 1 to 86400"),
    (["--watch", "-l"], "Error: --watch shows a line for each program, not --long"),
    (["--long=5"], "Error: unknown option --long=5; did you mean --long?"),
])
def test_mistakes(begin, words, error):
    run = begin(program("web", WAIT))
    said = run.ctl("status", *words)
    assert said.code == 2 and said.out.splitlines()[0] == error
    # supervisorctl has no options: they are names.
    said = subprocess.run([DIST / "supervisorctl", "-c", run.configuration, "status", "--watch"], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (4, "--watch: ERROR (no such process)\n")


def test_another_supervisor(begin, start, folder):
    """supervisord knows less, and its processes are asked for over HTTP."""
    from supervised import SUPERVISORD
    run = start(program("web", "sh -c 'echo serving; exec sleep 1000'") + program("lazy", "cat", autostart=False), engine=SUPERVISORD)
    run.wait_state("web", "RUNNING")
    wait_until(lambda: "serving" in run.rpc_log("web", "stdout"))
    said = subprocess.run([CTL, "-s", f"unix://{run.folder}/s.sock", "status", "-l", "web", "lazy"], capture_output=True, text=True, timeout=60)
    web, lazy = said.stdout.split("\n\n")
    assert said.returncode == 3 and re.match(r"● web  RUNNING  pid \d+, uptime ", web) and "\n           serving\n" in web, said
    assert "command    sh -c 'echo serving; exec sleep 1000'\n" in web and "restarts" not in web
    assert lazy.startswith("○ lazy  STOPPED  Not started\n")


# -- --watch

@pytest.fixture
def watch(begin, top):
    def one(run, *words, **options):
        return top(run, *words, action=["status", "--watch"], **options)
    return one


def test_watch_draws_at_changes(begin, watch):
    run = begin(program("web", WAIT) + program("other", WAIT, autostart=False))
    screen = watch(run, beside=False)  # nsenter would end by Ctrl-C, too
    screen.shows("PROGRAM  STATE     DESCRIPTION")
    wait_until(lambda: re.search(r"other +STOPPED +Not started\nweb +RUNNING +pid \d+, uptime", screen.screen), what=lambda: screen.screen)
    run.ctl("stop", "web")
    wait_until(lambda: re.search(r"web +STOPPED", screen.screen), what=lambda: screen.screen)
    run.ctl("start", "other")
    wait_until(lambda: re.search(r"other +RUNNING", screen.screen), what=lambda: screen.screen)
    # It leaves the terminal as it was, and tells success whatever is stopped.
    screen.press("C-c")
    screen.lacks("PROGRAM")
    screen.type("echo code=$?; stty -a | grep -o ' echo '\n")
    screen.shows("code=0")
    screen.shows("\n echo")


def test_watch_of_some_programs(begin, watch):
    run = begin("".join(program(f"w{number}", WAIT) for number in range(30)) + program("other", WAIT))
    screen = watch(run, "w1", "other", "--watch=1", rows=10)
    screen.shows("other")
    assert "w2" not in screen.screen
    screen.type("q")
    screen.lacks("PROGRAM")
    screen = watch(run, rows=10, columns=60)
    screen.shows("and 23 more: ctl top scrolls")
    screen.tmux("resize-window", "-x", 60, "-y", 40)
    screen.shows("w29")
    screen.lacks("more:")
    assert all(len(row) <= 60 for row in screen.rows)


def test_watch_survives_the_server(begin, watch):
    run = begin(program("web", WAIT))
    screen = watch(run, beside=False)
    screen.shows("web      RUNNING")
    pid = run.info("web")["pid"]
    run.ctl("reload")
    wait_until(lambda: run.info("web")["pid"] not in (0, pid))
    wait_until(lambda: f"pid {run.info('web')['pid']}," in screen.screen, what=lambda: screen.screen)
    run.ctl("shutdown")
    screen.shows("no answer, asking again")
    screen.press("C-c")
    screen.lacks("no answer")


def test_watch_into_a_pipe(begin):
    """A block when something has changed, and nothing because time passes."""
    run = begin(program("web", WAIT) + program("other", WAIT, autostart=False))
    with run.ctl_running("status", "--watch", "web", "other") as watching:
        wait_until(lambda: len(watching.lines()) >= 2)
        run.ctl("start", "other")
        wait_until(lambda: any(re.match(r"other +RUNNING", line) for line in watching.lines()))
        run.ctl("stop", "other")
        wait_until(lambda: re.match(r"other +STOPPED", watching.lines()[-1]), what=lambda: watching.lines())
        watching.process.send_signal(signal.SIGINT)
        assert watching.end() == (0, b"")
    text = plain(watching.out.decode())
    blocks = text.split("\n\n")
    pid = run.info("web")["pid"]
    assert all(re.match(rf"web +RUNNING   pid {pid}, uptime T\nother +[A-Z]+ ", block) for block in blocks), text
    assert len(set(zip(blocks, blocks[1:]))) == len(blocks) - 1 and all(one != two for one, two in zip(blocks, blocks[1:])), text


def test_watch_into_a_pipe_says_nothing_for_nothing(begin):
    run = begin(program("web", WAIT))
    with run.ctl_running("status", "--watch=1") as watching:
        wait_until(lambda: len(watching.lines()) == 1)
        # It has looked again when the uptime of the first line is long over: nothing else is printed.
        wait_until(lambda: run.info("web")["now"] - run.info("web")["start"] >= 4)
        assert len(watching.lines()) == 1
        run.ctl("stop", "web")
        wait_until(lambda: "STOPPED" in watching.lines()[-1])


def test_watch_into_a_pipe_tells_that_the_server_is_gone(begin, start, folder):
    run = begin(program("web", WAIT))
    with run.ctl_running("status", "--watch") as watching:
        wait_until(lambda: len(watching.lines()) == 1)
        run.ctl("reload")
        wait_until(lambda: len(watching.lines()) >= 3 and "RUNNING" in watching.lines()[-1])
        run.ctl("shutdown")
        os.set_blocking(watching.process.stderr.fileno(), False)
        said = b""

        def gone():
            nonlocal said
            said += watching.process.stderr.read() or b""
            return said.count(b"; asking again\n") >= 1
        wait_until(gone)
        watching.process.send_signal(signal.SIGINT)
        assert watching.end()[0] == 0


def test_watch_of_nothing(begin):
    run = begin(program("web", WAIT))
    said = run.ctl("status", "--watch", "wbe")
    assert (said.code, said.out) == (4, "wbe: ERROR (no such process)\n") and "did you mean web?" in said.err
    gone = subprocess.run([CTL, "-s", f"unix://{run.folder}/nobody.sock", "status", "--watch"], capture_output=True, text=True, timeout=60)
    assert gone.returncode == 4
