"""`stop_command` instead of the first stop signal, and starts that wait for the old process group."""

import pathlib
import re

import pytest

from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no stop_command, and starts at once")


def program(name="web", command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


# -- stop_command

def test_the_command_ends_the_program(begin, folder):
    command = "{actor} on USR1 {folder}/told told 4 append {folder}/up up wait"
    run = begin(program(command=command, stopwaitsecs=60,
                        stop_command="sh -c 'echo $REEVE_HOOK $REEVE_PROGRAM $REEVE_REASON > {folder}/said; kill -USR1 $REEVE_PID'"))
    wait_until((folder / "up").exists)
    run.wait_state("web", "RUNNING")  # init knows that it runs
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert (folder / "said").read_text() == "stop web stop\n"
    assert "stopped: web (exit status 4)" in run.log()
    assert "SIG" not in run.log()
    (folder / "up").unlink()
    assert run.ctl("start", "web").out == "web: started\n"
    wait_until((folder / "up").exists)  # it expects the signal from now on
    run.wait_state("web", "RUNNING")  # init knows that it runs
    run.stop()
    assert run.log().count("stopped: web (exit status 4)") == 2


@pytest.mark.parametrize("command, line", [
    ("sh -c 'echo cannot; exit 3'", "web: stop_command failed (exit status 3): cannot"),
    ("/nosuch", "web: stop_command was not started: can't find command '/nosuch'"),
])
def test_signals_follow_a_failing_command_at_once(begin, command, line):
    run = begin(program(stop_command=command, stopwaitsecs=3600))
    run.wait_state("web", "RUNNING")
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert line in run.log()
    assert "stopped: web (terminated by SIGTERM)" in run.log()


def test_a_command_without_effect(begin):
    run = begin(program(stop_command="true", stopwaitsecs=1, stopsignal="QUIT"))
    run.wait_state("web", "RUNNING")
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert re.findall(r"killing 'web' \(\d+\) with (\w+)", run.log()) == ["SIGQUIT"]
    assert "stopped: web (terminated by SIGQUIT)" in run.log()


def test_a_command_that_hangs_is_ended_with_its_group(begin, folder):
    run = begin(program(command="{actor} ignore TERM append {folder}/up up wait", stopwaitsecs=1,
                        stop_command="sh -c '{actor} keep append {folder}/hangs hangs wait & wait'"))
    wait_until((folder / "up").exists)
    run.wait_state("web", "RUNNING")  # init knows that it runs
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert re.findall(r"killing 'web' \(\d+\) with (\w+)", run.log()) == ["SIGTERM", "SIGKILL"]
    assert re.search(r"web: stop_command (was cancelled|took longer than 1 seconds \(stopwaitsecs\))", run.log())
    assert [process for process in run.processes() if process != run.pid] == [], "nothing of the command is left"


def test_a_shutdown_has_less_time(begin, folder):
    run = begin(program(command="{actor} ignore TERM append {folder}/up up wait", stopwaitsecs=3600,
                        stop_command="sh -c 'exec sleep 1000'"), supervisord="shutdown_timeout=5")
    wait_until((folder / "up").exists)
    run.wait_state("web", "RUNNING")  # init knows that it runs
    run.stop()
    assert re.findall(r"killing 'web' \(\d+\) with (\w+)", run.log()) == ["SIGTERM", "SIGKILL"]


# -- the old process group

#: Leaves a process of its group behind when it exits with 1.
LEAVES = "{actor} keep append {folder}/runs run on USR1 {folder}/told told 1 wait"
#: The same, and what it leaves behind ignores SIGTERM.
STUBBORN = LEAVES.replace("{actor}", "{actor} ignore TERM")
GROUP = {"stopasgroup": True, "autorestart": True}


def runs(folder):
    """How often the program was started."""
    try:
        return len((folder / "runs").read_text().split())
    except FileNotFoundError:
        return 0


def members(run, group):
    """Living processes of a group, by its number inside."""
    return [pid for pid in run.processes() if inner_group(pid) == group]


def inner_group(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return 0 if re.search(r"^State:\s+Z", status, re.M) else int(re.search(r"^NSpgid:.*?(\d+)$", status, re.M)[1])


def test_autorestart_waits_for_the_group(begin, folder):
    run = begin(program(command=LEAVES, **GROUP))
    wait_until(lambda: runs(folder) == 1)
    old = run.info("web")["pid"]
    wait_until(lambda: len(members(run, old)) == 2)
    run.ctl("signal", "USR1", "web")
    wait_until(lambda: runs(folder) == 2)
    assert members(run, old) == []
    assert "sending SIGTERM to the rest of the process group of web" in run.log()
    assert "SIGKILL" not in run.log()


def test_restart_kills_what_ignores_the_signal(begin, folder):
    run = begin(program(command=STUBBORN, stopwaitsecs=4, **GROUP))
    wait_until(lambda: runs(folder) == 1)
    old = run.info("web")["pid"]
    run.ctl("signal", "USR1", "web")
    wait_until(lambda: run.info("web")["description"] == "waiting for its old process group to end")
    assert run.state("web") == "STARTING" and runs(folder) == 1
    wait_until(lambda: runs(folder) == 2)
    assert members(run, old) == []
    assert re.findall(r"sending (\w+) to the rest of the process group of web", run.log()) == ["SIGTERM", "SIGKILL"]


def test_stop_works_while_it_waits(begin, folder):
    run = begin(program(command=STUBBORN, stopwaitsecs=3600, **GROUP))
    wait_until(lambda: runs(folder) == 1)
    run.ctl("signal", "USR1", "web")
    wait_until(lambda: run.info("web")["description"] == "waiting for its old process group to end")
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert run.state("web") == "STOPPED" and runs(folder) == 1
    run.stop()


def test_ctl_restart(begin, folder):
    run = begin(program(command=LEAVES, killasgroup=True, stopwaitsecs=1))
    wait_until(lambda: runs(folder) == 1)
    old = run.info("web")["pid"]
    wait_until(lambda: len(members(run, old)) == 2)
    assert run.ctl("restart", "web").out == "web: stopped\nweb: started\n"
    assert members(run, old) == []
    assert "sending SIGKILL to the rest of the process group of web" in run.log()


def test_other_programs_start_at_once(begin, folder):
    run = begin(program(command=LEAVES, autorestart=True))
    wait_until(lambda: runs(folder) == 1)
    old = run.info("web")["pid"]
    wait_until(lambda: len(members(run, old)) == 2)
    run.ctl("signal", "USR1", "web")
    wait_until(lambda: runs(folder) == 2)
    assert len(members(run, old)) == 1
    run.stop()
