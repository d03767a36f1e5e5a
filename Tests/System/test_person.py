"""What users see: suggestions, plain words in place of Python's, a table that fits the terminal."""

import os
import re
import shlex
import subprocess
import unicodedata

import pytest

from supervised import DIST, section
from terminal import Terminal
from waiting import wait_until

CTL, SUPERVISORCTL = str(DIST / "ctl"), str(DIST / "supervisorctl")
PYTHON = ["<class", "<Fault", "Errno", "Error'>", "invalid literal", "rpc fault", "xmlrpc", "ProtocolError", "Traceback"]


def program(name, command="/bin/sleep 1000", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


PROGRAMS = (
    program("chatty") + program("one") + section("group", "pair", programs="one") + program("off", autostart=False)
    + program("web", numprocs=12, process_name="%(program_name)s%(process_num)d")
    + program("typo", "nosuch-command -x", autostart=False) + program("lost", "/nowhere/at/all", autostart=False)
    + program("denied", "/etc/passwd", autostart=False)
    + program("nodir", directory="/nowhere", autostart=False, startretries=0)
    + program("unwritten", autostart=False, stdout_logfile="%(here)s/unwritten.log", redirect_stderr=True)
)


@pytest.fixture
def run(start):
    one = start(PROGRAMS)
    wait_until(lambda: re.search(r"^web:web9 +RUNNING", one.ctl("status").out, re.M))
    return one


def as_supervisorctl(one, *words):
    return subprocess.run([SUPERVISORCTL, "-c", one.configuration, *words], capture_output=True, text=True, timeout=60)


# -- did you mean

MEANT = [
    ("statsu", 1, "status"), ("re-read", 1, "reread"), ("reload-progam chatty", 1, "reload-program"), ("restart cahtty", 1, "chatty"), ("status cahtty", 4, "chatty"),
    ("status --json cahtty", 4, "chatty"), ("stop chatt", 1, "chatty"), ("pid chtty", 1, "chatty"),
    ("tail chattty", 1, "chatty"), ("tail -f chattty", 1, "chatty"), ("fg chattty", 1, "chatty"),
    ("logs cahtty", 1, "chatty"), ("clear cahtty", 1, "chatty"), ("tree cahtty", 1, "chatty"),
    ("signal HUP cahtty", 1, "chatty"), ("signal HPU chatty", 1, "HUP"),
    ("wait cahtty --timeout=1", 1, "chatty"), ("health cahtty", 1, "chatty"),
    # A process of a group, a whole group, a misspelt group.
    ("restart one", 1, "pair:one"), ("restart pair:oen", 1, "pair:one"), ("stop web", 1, "web:*"),
    ("status wbe:*", 4, "web:*"), ("start piar:*", 2, "pair:*"), ("remove wbe", 1, "web"), ("add wbe", 1, "web"),
    ("update wbe", 1, "web"),
    ("wait chatty --for=runing", 2, "running"), ("wait chatty --for=stopped,Faatl", 2, "fatal"),
    ("wait chatty --timeuot=3", 2, "--timeout"), ("status --jsno", 2, "--json"), ("health --level=raedy", 2, "ready"),
    ("logs --folow", 2, "--follow"), ("tail chatty stdrer", 1, "stderr"), ("--serverurll=unix:///x status", 2, "--serverurl"),
    ("help statsu", 1, "status"),
]


def test_did_you_mean(run):
    for words, code, meant in MEANT:
        said = run.ctl(*words.split())
        assert said.code == code, (words, said)
        text = said.out + said.err
        assert f"did you mean {meant}?" in text, (words, said)
        assert text.count("did you mean") == 1, (words, said)
        assert not any(mark in text for mark in PYTHON), (words, said)


def test_what_is_not_close_is_not_suggested(run):
    for words in ["start nix", "statisticalphysics", "wait chatty --for=elsewhere", "signal XYZZY chatty"]:
        said = run.ctl(*words.split())
        assert said.code != 0 and "did you mean" not in said.out + said.err, (words, said)


def test_scripts_get_the_lines_they_know(run):
    """stdout is the same under both names; supervisorctl adds nothing."""
    for words in ["start cahtty", "stop web", "status cahtty", "pid cahtty", "start typo", "clear cahtty", "remove wbe"]:
        own, theirs = run.ctl(*words.split()), as_supervisorctl(run, *words.split())
        assert (own.out, own.code) == (theirs.stdout, theirs.returncode), words
        assert theirs.stderr == "" and own.err, words
    assert as_supervisorctl(run, "statsu").stdout == "*** Unknown syntax: statsu\n"
    assert as_supervisorctl(run, "restart", "cahtty").stdout == "cahtty: ERROR (no such process)\n" * 2


def test_a_restart_says_once_what_does_not_exist(run):
    assert run.ctl("restart", "cahtty", "nix").out == "cahtty: ERROR (no such process)\nnix: ERROR (no such process)\n"


@pytest.mark.parametrize("words, meant", [(["--chek"], "--check"), (["--check", "--stric"], "--strict"), (["--dump_config"], "--dump-config")])
def test_misspelt_options_of_init(words, meant):
    said = subprocess.run([DIST / "init", *words], capture_output=True, text=True)
    assert said.returncode == 2 and f"did you mean {meant}?" in said.stderr
    said = subprocess.run([DIST / "supervisord", *words], capture_output=True, text=True)
    assert said.returncode == 2 and "did you mean" not in said.stderr


# -- why a program does not start, why there is no output

def test_a_start_says_what_is_missing(run):
    said = run.ctl("start", "typo")
    assert said.code == 1 and said.out == "typo: ERROR (no such file)\n"
    assert re.fullmatch(r"typo: can't find command 'nosuch-command' in its PATH, /\S+\n", said.err), said
    said = run.ctl("start", "lost")
    assert (said.out, said.err) == ("lost: ERROR (no such file)\n", "lost: can't find command '/nowhere/at/all'\n")
    said = run.ctl("start", "denied")
    assert said.out == "denied: ERROR (file is not executable)\n" and "'/etc/passwd' is not executable" in said.err
    said = run.ctl("start", "nodir")
    assert said.out == "nodir: ERROR (spawn error)\n" and "/nowhere" in said.err


def test_the_path_is_the_program_s_own(start):
    one = start(program("typo", "nosuch", autostart=False, environment='PATH="/own/bin:/own/sbin"'))
    assert one.ctl("start", "typo").err == "typo: can't find command 'nosuch' in its PATH, /own/bin:/own/sbin\n"


def test_tail_of_nothing(run):
    said = run.ctl("tail", "off")
    assert (said.code, said.out, said.err) == (0, "", "off: nothing on stdout yet; it has not been started\n")
    run.ctl("start", "off")
    run.ctl("stop", "off")
    assert run.ctl("tail", "off", "stderr").err == "off: nothing on stderr yet; it is STOPPED\n"
    assert run.ctl("tail", "chatty").err == "chatty: nothing on stdout yet\n"
    assert as_supervisorctl(run, "tail", "off").stdout == "\n"


def test_logs_that_are_not_there(run):
    said = run.ctl("tail", "-f", "nosuch")
    assert (said.code, said.out) == (1, "nosuch: ERROR (no such process name)\n")
    said = run.ctl("tail", "unwritten")
    assert (said.code, said.out) == (1, "unwritten: ERROR (no log file)\n")
    for words in (["logs", "unwritten"], ["logs", "unwritten", "chatty"]):
        said = run.ctl(*words)
        assert said.code == 1 and said.err == "unwritten: no log file\n", words
    # Of all programs, some have logs.
    assert run.ctl("logs").code == 0
    theirs = as_supervisorctl(run, "tail", "-f", "nosuch")
    assert theirs.returncode == 0 and "Cannot read, status code 404" in theirs.stderr


@pytest.mark.parametrize("words", ["status -x", "status chatty -x", "start -x", "stop --now chatty", "restart -f chatty", "pid -x",
                                   "clear -x", "add -x", "remove -x", "update -x", "signal HUP -x"])
def test_options_that_are_none(run, words):
    said = run.ctl(*words.split())
    assert said.code == 2 and "unknown option -" in said.out, said


def test_a_dash_that_is_no_option(run):
    assert run.ctl("signal", "-CONT", "chatty").out == "chatty: signalled\n"
    assert run.ctl("status", "--", "-x").out == "-x: ERROR (no such process)\n"


# -- plain words

def test_nobody_there(folder):
    for words in ["status", "restart x", "shutdown", "update", "reread", "avail", "add x", "health", "wait x", "version"]:
        said = subprocess.run([CTL, "-s", f"unix://{folder}/nobody.sock", *words.split()], capture_output=True, text=True)
        assert said.returncode != 0
        assert not any(mark in said.stdout + said.stderr for mark in PYTHON), (words, said)
        lines = (said.stdout + said.stderr).splitlines()
        assert len(lines) == len(set(lines)), (words, said)


@pytest.mark.parametrize("words", [["-s", "ftp://localhost", "status"], ["-s", "http://127.0.0.1:70000", "status"]])
def test_no_address(words):
    said = subprocess.run([CTL, *words], capture_output=True, text=True)
    assert said.returncode and said.stdout.startswith("error: ") and not any(mark in said.stdout for mark in PYTHON), said


def test_a_broken_configuration_is_read_again(run):
    run.configuration.write_text(run.configuration.read_text() + "[program:new]\ncommand=x\nstartsecs=abc\n")
    for words in (["reread"], ["update"], ["reload"]):
        said = run.ctl(*words)
        assert said.code == 1 and said.out.startswith("ERROR: the configuration can't be read: 'abc' is no whole number"), said
        assert f"{run.configuration}:" in said.err
        assert not any(mark in said.out + said.err for mark in PYTHON)


# -- the table

@pytest.fixture
def table(run):
    """`table(columns)` gives the rows of `ctl status` on a terminal of that width."""
    return lambda columns, *words, command=CTL: shown(run, columns, *words, command=command)


def shown(run, columns, *words, command=CTL):
    line = shlex.join([command, "-c", str(run.configuration), "status", *words])
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    with Terminal(["sh", "-c", f"{line}; echo END"], columns=columns, height=100, env=environment) as terminal:
        terminal.expect("END")
        return [row.rstrip() for row in terminal.text.splitlines() if row.strip()][:-1]


def width(text):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_status_fits(table, columns):
    rows = table(columns)
    # As many rows as programs, and the header: no row was wrapped.
    assert len(rows) == 1 + 20 and all(width(row) < columns for row in rows), rows
    assert rows[0].split() == ["PROGRAM", "STATE", "DESCRIPTION"]
    column = rows[0].index("STATE")
    assert all(row[column:].split()[0] in ("RUNNING", "STOPPED") for row in rows[1:])
    names = [row.split()[0] for row in rows[1:] if row.startswith("web")]
    assert names == [f"web:web{number}" for number in range(12)]


def test_long_names_lose_their_middle(start):
    name = "a-program-with-a-name-that-is-longer-than-any-terminal-" + "x" * 30
    one = start(program(name + "-first") + program(name + "-second") + program("日本語の名前のプログラム" * 3))
    rows = shown(one, 60)
    assert len(rows) == 4 and all(width(row) < 60 for row in rows), rows
    assert re.match(r"a-pro\S*…\S*first ", rows[1]) and re.match(r"a-pro\S*…\S*econd ", rows[2]), rows


def test_as_before_where_it_is_no_terminal(run, table):
    lines = run.ctl("status").out.splitlines()
    assert not any("PROGRAM" in line for line in lines) and lines[0].startswith("chatty" + " " * 27 + "RUNNING   pid ")
    assert [line.split()[0] for line in lines if line.startswith("web")][:3] == ["web:web0", "web:web1", "web:web10"]
    rows = table(80, command=SUPERVISORCTL)
    assert rows[0].startswith("chatty" + " " * 27 + "RUNNING   pid ")


def test_named_programs_come_as_they_are_named(table):
    assert [row.split()[0] for row in table(80, "--short", "web:web11", "web:web2", "chatty")] == ["PROGRAM", "web:web11", "web:web2", "chatty"]


# -- Ctrl-C

@pytest.mark.parametrize("columns", [30, 80])
def test_an_interrupt_at_the_prompt_drops_the_line(run, columns):
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    with Terminal([CTL, "-c", str(run.configuration)], columns=columns, env=environment) as terminal:
        terminal.expect_last("supervisor>")
        terminal.type("pid and a line that takes more than a row\x03")
        terminal.expect("^C")
        terminal.expect_last("supervisor>")
        terminal.type("\x03")
        terminal.type("pid nobody\r")
        terminal.expect("No such process nobody")
        # Ctrl-D before the prompt arrives as NUL, as in every shell that edits its lines: the terminal wasn't raw yet.
        terminal.expect_last("supervisor>")
        terminal.type("\x04")
        assert terminal.wait() == 0
        assert terminal.is_restored


def test_supervisorctl_s_shell_ends(run):
    with Terminal([SUPERVISORCTL, "-c", str(run.configuration)], columns=80, env={**os.environ, "TERM": "xterm"}) as terminal:
        terminal.expect_last("supervisor>")
        terminal.type("abc\x03")
        assert terminal.wait() == 0
