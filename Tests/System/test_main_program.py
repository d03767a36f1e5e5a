"""`init -c FILE -- COMMAND`: the command is the main program, with init's own streams, terminal and signals."""

import os
import signal
import subprocess

import pytest

import procfs
from supervised import DIST, INIT, section
from test_ctl_more import begin  # noqa: F401
from test_endings import SERVICE, last_line
from test_single import terminal  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no main program")


def command(actor, *words):
    return ("--", str(actor), *words)


@pytest.mark.parametrize("words, code, why", [
    (("sh", "-c", "exit 0"), 0, "INFO exit code 0: sh succeeded (exit status 0; on_success=shutdown)"),
    (("sh", "-c", "exit 7"), 7, "WARN exit code 7: sh failed (exit status 7; on_failure=shutdown)"),
    (("sh", "-c", "kill -9 $$"), 137, "WARN exit code 137: sh failed (terminated by SIGKILL; on_failure=shutdown)"),
    (("/nosuch/main", "it's"), 127, "WARN exit code 127: main is FATAL (can't find command '/nosuch/main'; on_fatal=shutdown)"),
    (("/etc/passwd",), 126,
     "WARN exit code 126: passwd is FATAL (command at '/etc/passwd' is not executable; on_fatal=shutdown)"),
], ids=["0", "7", "killed", "missing", "not executable"])
def test_the_container_ends_with_it(begin, words, code, why):
    run = begin(SERVICE, options=("--", *words), wait=False)
    assert run.wait() == code
    run.assert_nothing_left()
    assert last_line(run) == why
    assert "stopped: service" in run.log()


def test_its_streams_are_inits(begin, folder):
    with open(folder / "main.out", "wb") as out, open(folder / "main.err", "wb") as err:
        run = begin(SERVICE, options=("--", "sh", "-c", "read line; echo \"got $line\"; echo \"'err'\" >&2; exit 4"), wait=False,
                    stdin=subprocess.PIPE, stdout=out, stderr=err, supervisord="silent=true\n")
        run.process.stdin.write(b"it\n")
        run.process.stdin.close()
        assert run.wait() == 4
    assert (folder / "main.out").read_bytes() == b"got it\n"
    assert (folder / "main.err").read_bytes() == b"'err'\n"


def test_a_request_does_not_end_the_container(begin, actor):
    # It has the name of a program.
    run = begin(section("program", "actor", command="{actor} wait", startsecs=0), options=command(actor, "wait"))
    run.wait_all()
    assert run.states() == {"actor:actor": "RUNNING", "actor-2:actor-2": "RUNNING"}
    assert run.ctl("restart", "actor-2").code == 0
    run.wait_all()
    assert run.ctl("reload").code == 0
    wait_until(lambda: run.log().count("spawned: 'actor-2'") == 3)
    run.wait_all()
    assert run.ctl("update").out == ""
    assert run.ctl("stop", "actor-2").out == "actor-2: stopped\n"
    run.assert_answers()


def test_it_starts_last_and_stops_first(begin, actor):
    run = begin(SERVICE, options=command(actor, "wait"))
    run.wait_all()
    run.stop()
    text = run.log()
    assert text.index("spawned: 'service'") < text.index("spawned: 'actor'")
    assert text.index("stopped: actor (terminated by SIGTERM)") < text.index("stopped: service (terminated by SIGTERM)")
    assert "exit code" not in text


def test_signals_that_mean_nothing_to_init_are_its(begin, actor, folder):
    told = str(folder / "told")
    run = begin(SERVICE, options=command(actor, "on", "USR1", told, "usr1", "-1", "on", "ALRM", told, "alarm", "8", "wait"))
    run.wait_all()
    run.send(signal.SIGUSR1)
    wait_until(lambda: (folder / "told").exists() and "usr1" in (folder / "told").read_text())
    assert run.state("actor") == "RUNNING"
    run.send(signal.SIGUSR2)
    wait_until(lambda: "received SIGUSR2 indicating log reopen request" in run.log())
    run.send(signal.SIGALRM)
    assert run.wait() == 8


# -- On a terminal

@pytest.fixture
def on_terminal(terminal, folder):
    """`on_terminal(words)` runs init as a session leader with this main program."""
    def one(*words, keys=""):
        path = folder / "t.conf"
        path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nsilent=true\ncontrol_socket={folder}/t.ctl\n{keys}"
                        "[program:service]\ncommand=sleep 1000\n")
        return terminal(DIST / "init", "-c", path, "--", *words)
    return one


def main_pid(one):
    found = [pid for pid in procfs.children(one.pid) if "sleep" not in procfs.cmdline(pid)]
    return found[0] if found else None


def test_ctrl_c_reaches_it(on_terminal, actor):
    one = on_terminal(actor, "say", "on", "wait")
    one.read_until("on")
    assert one.foreground() == main_pid(one)
    os.write(one.master, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 130


def test_an_interactive_shell(on_terminal):
    one = on_terminal("/bin/bash", "--norc", "-i")
    os.write(one.master, b"echo a$((1+1))b\n")
    one.read_until("a2b")
    os.write(one.master, b"exit 7\n")
    wait_until(lambda: procfs.state(one.pid) == "Z")
    assert os.waitstatus_to_exitcode(os.waitpid(one.pid, 0)[1]) == 7


def test_the_terminal_is_handed_over_again(on_terminal, actor, folder):
    one = on_terminal("/bin/sh", "-c", "echo ready; read line; echo got $line; exec sleep 1000")
    one.read_until("ready")
    first = one.foreground()
    ctl = [str(DIST / "ctl"), "-c", str(folder / "t.conf")]
    assert subprocess.run([*ctl, "restart", "sh"], capture_output=True, timeout=60).returncode == 0
    one.read_until("ready")
    wait_until(lambda: one.foreground() not in (first, one.pid))
    os.write(one.master, b"hello\n")
    one.read_until("got hello")


def test_the_terminal_is_given_back(terminal, folder):
    path = folder / "t.conf"
    path.write_text(f"[supervisord]\nlogfile={folder}/t.log\npidfile={folder}/t.pid\nsilent=true\n[program:service]\ncommand=sleep 1000\n")
    one = terminal("/bin/sh", "-c", f"{DIST}/init -c {path} -- true; echo done; read line; echo got $line")
    one.read_until("done")
    os.write(one.master, b"hello\n")
    one.read_until("got hello")
