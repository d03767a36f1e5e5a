"""init's own log: one line per event, whatever file names contain; its levels, and what is left after `clearLog`."""

import os
import re
import subprocess

import pytest

import supervised
from supervised import INIT, SUPERVISORD, section
from waiting import wait_until

FORGED = "2026-01-01 00:00:00,000 CRIT forged"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]{4} ")
ESCAPED = "\\n" + FORGED


@pytest.fixture
def evil(folder):
    """A folder whose name contains a fake log line and terminal commands."""
    path = folder / f"evil\n{FORGED}\r\x1b[2Jx"
    path.mkdir()
    return path


def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord writes it as it is")


def assert_lines(text, name):
    assert ESCAPED in text, text
    assert not any(line.startswith(FORGED) for line in text.splitlines()), text
    assert "\x1b" not in text and "\r" not in text
    assert "\\r\\x1b[2Jx" in text
    if name == "log":
        assert all(LINE.match(line) for line in text.splitlines()), text


def test_names_of_files_forge_no_line(start, engine, actor, folder, evil):
    only_init(engine)
    (evil / "dir").mkdir()
    (evil / "s.conf").write_text(
        f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nunknown=1\n[unix_http_server]\nfile={folder}/s.sock\n"
        "[program:gone]\ncommand=%(here)s/gone\nstartretries=0\nstartsecs=0\n"
        "[program:log]\ncommand=sleep 1\nstdout_logfile=%(here)s/dir\nstartretries=0\nstartsecs=0\n")
    run = start(text="", wait=False, wrapper=("sh", "-c", f'exec {engine.daemon[0]} -c "$EVIL/s.conf"'),
                environment={"EVIL": str(evil)}, pid1=False)
    wait_until(lambda: "can't find command" in run.log() and "gave up: log" in run.log(), what=run.story)
    assert_lines(run.log(), "log")


@pytest.mark.parametrize("options", [("--check",), ()])
@pytest.mark.parametrize("text", ["[supervisord]\nunknown=1\n[program:a]\ncommand=sleep 1\n", "[supervisord]\nnodaemon=no way\n", None])
def test_what_is_said_at_the_start(engine, folder, evil, text, options):
    only_init(engine)
    if text and "unknown" in text and not options:
        pytest.skip("it would run")
    if text:
        (evil / "s.conf").write_text(text)
    done = subprocess.run([*engine.daemon, "-c", evil / "s.conf", *options], capture_output=True, text=True, timeout=60)
    assert_lines(done.stdout + done.stderr, "start")


def test_names_of_events_forge_no_line(start, engine):
    """Neither does text from the control socket."""
    only_init(engine)
    run = start(supervisord="loglevel=blather")
    for method, parameters in (("supervisor.sendRemoteCommEvent", (f"x\n{FORGED}", "y")), ("supervisor.startProcess", (f"x\n{FORGED}",)),
                               ("supervisor.addProcessGroup", (f"x\n{FORGED}",)), (f"x\n{FORGED}", ())):
        try:
            run.rpc(method, *parameters)
        except supervised.control.Fault:
            pass
    assert all(LINE.match(line) for line in run.log().splitlines()), run.log()


def test_what_a_program_writes_is_untouched(start, actor, folder):
    script = folder / "say"
    script.write_text("#!/bin/sh\nprintf 'one\\r\\033[1m\\ntwo\\n'\nsleep 1000\n")
    script.chmod(0o755)
    run = start(section("program", "a", command=script, startsecs=0, stdout_logfile=f"{folder}/out"), supervisord="loglevel=debug")
    wait_until(lambda: (folder / "out").read_bytes() == b"one\r\x1b[1m\ntwo\n", what=run.story)
    wait_until(lambda: b"'a' stdout output:\none\r\x1b[1m\ntwo\n" in run.log_path.read_bytes(), what=run.story)


# These run under supervisord as well (--engine supervisord).


def test_after_clear_the_log_is_empty(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    run.wait_state("a", "RUNNING")
    assert "spawned: 'a'" in run.log()
    assert run.rpc("supervisor.clearLog")
    assert run.log_path.read_text() == ""
    # Readers of stdout see that the log was cleared.
    wait_until(lambda: b"INFO reopening log file" in run.stdout())
    run.rpc("supervisor.stopProcess", "a")
    wait_until(lambda: "stopped: a" in run.log(), what=run.story)


def test_the_rpc_interface(start):
    run = start()
    lines = [line[24:] for line in run.log().splitlines()]
    index = lines.index("INFO RPC interface 'supervisor' initialized")
    assert lines[index + 1] == "CRIT Server 'unix_http_server' running without any HTTP authentication checking"


def test_unknown_children(start, actor):
    run = start(section("program", "a", command=f"{actor} orphans 2 exit 0", startsecs=0, autorestart=False))
    wait_until(lambda: len(re.findall(r"INFO reaped unknown pid \d+ \((?:exit status 0|terminated by SIG\w+)", run.log())) == 2, what=run.story)


@pytest.mark.skipif(os.getuid() != 0, reason="is about root")
@pytest.mark.parametrize("engine_of", [INIT, SUPERVISORD], ids=["init", "supervisord"])
@pytest.mark.parametrize("named", [False, True])
def test_a_configuration_that_root_found(folder, engine_of, named):
    (folder / "supervisord.conf").write_text("[supervisord]\nuser=nosuchuser\nnodaemon=true\n")
    options = ("-c", "supervisord.conf") if named else ()
    done = subprocess.run([*engine_of.daemon, *options], cwd=folder, capture_output=True, text=True, timeout=60)
    warning = ("Supervisord is running as root and it is searching for its configuration file in default locations (including its "
               'current working directory); you probably want to specify a "-c" argument specifying an absolute path to a '
               "configuration file for improved security.")
    assert (warning in done.stderr) == (not named), done.stderr
    assert done.returncode == 2 and warning not in done.stdout
