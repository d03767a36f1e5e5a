"""How the container ends: exit codes, the last line of the log, and the termination log, with real programs."""

import os
import pathlib
import re
import signal
import stat

import pytest

from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from test_nobody_waits import mount, needs_fuse  # noqa: F401
from waiting import wait_until

ROOT = pathlib.Path(__file__).parents[2]
SERVICE = section("program", "service", command="{actor} wait", startsecs=0)
END = {"startsecs": 0, "autorestart": False, "startretries": 0}


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def program(name, command, **keys):
    return section("program", name, command=command, **{**END, **keys})


def last_line(run):
    """Without the time."""
    return run.log().rstrip("\n").split("\n")[-1].split(" ", 2)[2]


@pytest.fixture
def ended(begin):
    """`ended(programs, supervisord)` returns the run and its exit code, when nothing is left of it."""
    def one(programs, supervisord="", **options):
        run = begin(programs, supervisord=supervisord, wait=False, **options)
        code = run.wait()
        run.assert_nothing_left()
        return run, code
    return one


CASES = {
    "success": ("{actor} exit 0", {"on_success": "shutdown"}, 0, "INFO exit code 0: web succeeded (exit status 0; on_success=shutdown)"),
    "failure": ("{actor} exit 3", {"on_failure": "shutdown"}, 3, "WARN exit code 3: web failed (exit status 3; on_failure=shutdown)"),
    "signal": ("sh -c 'kill -9 $$'", {"on_failure": "shutdown"}, 137, "WARN exit code 137: web failed (terminated by SIGKILL; on_failure=shutdown)"),
    "success of a failure": ("{actor} exit 3", {"on_failure": "shutdown-success"}, 0,
                             "INFO exit code 0: web failed (exit status 3; on_failure=shutdown-success)"),
    "failure of a success": ("{actor} exit 0", {"on_success": "shutdown-failure"}, 1,
                             "WARN exit code 1: web succeeded (exit status 0; on_success=shutdown-failure)"),
    "missing": ("/nosuch/command", {"on_fatal": "shutdown"}, 127,
                "WARN exit code 127: web is FATAL (can't find command '/nosuch/command'; on_fatal=shutdown)"),
    "not executable": ("/etc/passwd", {"on_fatal": "shutdown"}, 126,
                       "WARN exit code 126: web is FATAL (command at '/etc/passwd' is not executable; on_fatal=shutdown)"),
    "too quick": ("{actor} exit 5", {"on_fatal": "shutdown", "startsecs": 60}, 5,
                  "WARN exit code 5: web is FATAL (exit status 5 before startsecs; on_fatal=shutdown)"),
    "no folder": ("{actor} wait", {"on_fatal": "shutdown", "directory": "/nosuch"}, 1,
                  "WARN exit code 1: web is FATAL (couldn't chdir to /nosuch: ENOENT; on_fatal=shutdown)"),
}


@pytest.mark.parametrize("case", CASES)
def test_exit_codes(ended, case):
    command, keys, code, line = CASES[case]
    run, found = ended(program("web", command, **keys) + SERVICE)
    assert (found, last_line(run)) == (code, line)
    # The others were stopped, in order.
    assert "stopped: service (terminated by SIGTERM)" in run.log() or "stopped: service (before it was started)" in run.log()


def test_exit_codes_where_init_is_not_pid_1(ended, pid1):
    run, code = ended(program("web", "{actor} exit 3", on_failure="shutdown") + SERVICE, pid1=pid1)
    assert code == 3


def test_defaults_of_supervisord_and_codes_that_are_successes(ended):
    run, code = ended(
        program("web", "sh -c 'kill -TERM $$'") + program("other", "{actor} exit 4", on_failure="ignore"),
        "on_failure=shutdown\nsuccess_exit_codes=1, 143\n")
    assert code == 0
    assert last_line(run) == "INFO exit code 0: web failed (terminated by SIGTERM; on_failure=shutdown)"


def test_requests_end_nothing(begin):
    every = {"on_success": "shutdown", "on_failure": "shutdown", "on_fatal": "shutdown"}
    run = begin(section("program", "web", command="{actor} wait", startsecs=0, **every) + SERVICE)
    run.wait_state("web", "RUNNING")
    assert run.ctl("restart", "web").code == 0
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert run.ctl("start", "web").code == 0
    run.wait_state("web", "RUNNING")
    # TERM ends the program, which changes nothing: `stop` asserts that the code is 0.
    run.stop()
    assert "exit code" not in run.log() and "shutting down" not in run.log()


def test_the_first_cause_decides(begin):
    """A program that dies of the shutdown, and a TERM that comes too late, change nothing."""
    run = begin(
        program("web", "{actor} on TERM - bye 9 wait", on_failure="shutdown", stopwaitsecs=60)
        + program("job", "sh -c 'read line; exit 4'", on_failure="shutdown")
        + section("program", "slow", command="{actor} ignore TERM wait", startsecs=0, stopwaitsecs=5))
    run.wait_all()
    assert run.rpc("supervisor.sendProcessStdin", "job", "go\n")
    wait_until(lambda: "shutting down: job failed (exit status 4; on_failure=shutdown)" in run.log())
    run.send(signal.SIGTERM)
    assert run.wait() == 4
    assert last_line(run) == "WARN exit code 4: job failed (exit status 4; on_failure=shutdown)"


def test_after_a_restart_and_an_update(begin):
    run = begin(program("job", "sh -c 'read line; exit 4'", on_failure="ignore") + SERVICE)
    run.wait_all()
    assert run.ctl("reload").code == 0
    wait_until(lambda: run.log().count("spawned: 'job'") == 2)
    run.wait_all()
    text = run.configuration.read_text()
    run.configuration.write_text(text.replace("on_failure=ignore", "on_failure=shutdown"))
    assert "job: updated process group" in run.ctl("update").out
    run.wait_all()
    assert run.rpc("supervisor.sendProcessStdin", "job", "go\n")
    assert run.wait() == 4


# -- exit_when_done

DONE = "exit_when_done=true\n"


def test_it_leaves_when_all_jobs_are_done(ended):
    listener = section("eventlistener", "listener", command="{actor} wait", events="TICK_3600", startsecs=0)
    run, code = ended(
        program("a", "{actor} sleep 0.2 exit 0") + program("b", "{actor} exit 0", exitcodes="0,7")
        + program("manual", "{actor} wait", autostart=False) + listener, DONE)
    assert code == 0
    assert last_line(run) == "INFO exit code 0: no program runs or will run again (exit_when_done=true)"
    assert "exited: a (exit status 0; expected)" in run.log()


def test_the_first_failed_job_is_the_exit_code(ended):
    run, code = ended(
        program("a", "{actor} sleep 0.4 exit 5") + program("b", "{actor} sleep 0.2 exit 3")
        + program("c", "{actor} exit 9", on_failure="ignore") + program("d", "{actor} sleep 0.6 exit 0"), DONE)
    assert code == 3
    assert last_line(run) == (
        "WARN exit code 3: no program runs or will run again (exit_when_done=true); b failed (exit status 3)")


def test_fatal_jobs_are_done(ended):
    run, code = ended(program("a", "/nosuch/command") + program("b", "{actor} exit 0"), DONE)
    assert code == 127


def test_what_is_retried_is_not_done(begin, folder):
    run = begin(program("a", f"sh -c 'test -e {folder}/ready'", startsecs=1, fatal_retry_secs=1)
                + program("b", f"sh -c 'test -e {folder}/ready'", autorestart="unexpected", backoff_delay=0.2),
                supervisord=DONE)
    wait_until(lambda: run.log().count("spawned: 'a'") >= 2 and run.log().count("spawned: 'b'") >= 3)
    (folder / "ready").touch()
    # `a` is too quick for its `startsecs` even then, and tried again for ever: the request ends that.
    wait_until(lambda: run.state("b") == "EXITED")
    wait_until(lambda: run.ctl("stop", "a").out == "a: stopped\n")
    assert run.wait() == 0


def test_a_restart_is_no_end(begin):
    run = begin(program("web", "{actor} wait"), supervisord=DONE)
    run.wait_all()
    for number in (2, 3):
        assert run.ctl("restart", "web").code == 0
        wait_until(lambda: run.log().count("spawned: 'web'") == number)
        run.wait_all()
    run.configuration.write_text(run.configuration.read_text().replace("startsecs=0", "startsecs=0\nstopwaitsecs=9"))
    assert "web: updated process group" in run.ctl("update").out
    run.wait_all()
    # A program that was stopped is done.
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert run.wait() == 0
    assert last_line(run) == "INFO exit code 0: no program runs or will run again (exit_when_done=true)"


# -- termination_log

SAYS = "sh -c 'echo to stdout; echo to stderr >&2; exit 3'"
HEAD = "web failed (exit status 3; on_failure=shutdown)\n"


@pytest.mark.parametrize("keys", [
    {}, {"stdout_logfile": "NONE", "stderr_logfile": "NONE"}, {"stdout_logfile": "/dev/stdout", "stderr_logfile": "/dev/stderr"},
    {"stdout_logfile": "{folder}/out", "stderr_logfile": "{folder}/err"},
], ids=["auto", "none", "inherited", "files"])
def test_termination_log(ended, folder, keys):
    log = folder / "termination"
    log.write_text("what an earlier container has left, which is longer than the new message" * 20)
    run, code = ended(program("web", SAYS, on_failure="shutdown", **keys) + SERVICE, f"termination_log={log}\n")
    assert code == 3
    assert log.read_text() == HEAD + "stderr:\nto stderr\nstdout:\nto stdout\n"
    assert "termination_log" not in run.log()


def test_much_output_that_is_no_text(ended, folder):
    log = folder / "termination"
    command = "sh -c 'for i in $(seq 2000); do printf \"line \\\\377 %%d\\\\n\" $i; done; exit 3'"
    ended(program("web", command, on_failure="shutdown"), f"termination_log={log}\n")
    assert 4000 < log.stat().st_size <= 4096
    lines = log.read_text().split("\n")
    assert lines[0] + "\n" == HEAD and lines[1] == "stdout:" and lines[-2:] == ["line \ufffd 2000", ""]
    assert re.fullmatch(r"line \ufffd \d+", lines[2])


def test_the_first_failed_job_is_in_the_termination_log(ended, folder):
    log = folder / "termination"
    ended(program("a", SAYS) + program("b", "{actor} sleep 0.3 exit 4"), f"{DONE}termination_log={log}\n")
    assert log.read_text() == (
        "no program runs or will run again (exit_when_done=true); a failed (exit status 3)\n"
        "stderr:\nto stderr\nstdout:\nto stdout\n")


def test_success_leaves_no_termination_log(ended, folder):
    log = folder / "termination"
    ended(program("web", "{actor} exit 0", on_success="shutdown"), f"termination_log={log}\n")
    assert not log.exists()


@pytest.mark.parametrize("place", ["missing/folder/log", "file/log", ""])
def test_a_termination_log_that_cannot_be_written(ended, folder, place):
    (folder / "file").touch()
    run, code = ended(
        program("web", "{actor} exit 3", on_failure="shutdown"), f"termination_log={folder}/{place}\n")
    assert code == 3
    assert len(re.findall(rf"ERRO can't write termination_log {folder}/?{place}: ", run.log())) == 1


def test_a_named_pipe_without_a_reader(ended, folder):
    os.mkfifo(folder / "pipe")
    run, code = ended(program("web", "{actor} exit 3", on_failure="shutdown"), f"termination_log={folder}/pipe\n")
    assert code == 3
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


@needs_fuse
@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_a_termination_log_on_a_file_system_that_hangs(begin, folder, mount):
    run = begin(program("web", "{actor} exit 3", on_failure="shutdown") + SERVICE,
                supervisord=f"termination_log={mount}/log\n", pid1=False, wait=False)
    assert run.wait() == 3
    text = run.log()
    # The others were stopped meanwhile.
    assert text.index("stopped: service (terminated by SIGTERM)") < text.index(f"ERRO can't write termination_log {mount}/log: ")
    assert last_line(run) == "WARN exit code 3: web failed (exit status 3; on_failure=shutdown)"


def test_a_planted_link_is_not_followed(ended, folder):
    shared, target = folder / "shared", folder / "target"
    shared.mkdir()
    shared.chmod(0o777)
    target.write_text("precious")
    (shared / "log").symlink_to(target)
    run, code = ended(program("web", "{actor} exit 3", on_failure="shutdown"), f"termination_log={shared}/log\n")
    assert code == 3 and target.read_text() == "precious"
    assert f"can't write termination_log {shared}/log: {shared}/log is a symbolic link" in run.log()


# -- docs/guide/ending.md

def example(number, folder):
    """A configuration of the page, with its folders in `folder`."""
    blocks = re.findall(r"```ini\n(.*?)```", (ROOT / "docs/guide/ending.md").read_text(), re.S)
    return blocks[number].replace("/srv/app", str(folder)).replace("/dev/termination-log", f"{folder}/termination")


def put(folder, **scripts):
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


GUIDE = {
    "web succeeds": ({"web": "sleep 1.5; exit 0"}, 0, "web succeeded (exit status 0; on_success=shutdown)"),
    "web fails": ({"web": "sleep 1.5; exit 3"}, 3, "web failed (exit status 3; on_failure=shutdown)"),
    "web is killed": ({"web": "sleep 1.5; kill -9 $$"}, 137, "web failed (terminated by SIGKILL; on_failure=shutdown)"),
    "web is ended": ({"web": "sleep 1.5; kill -15 $$"}, 0, "web failed (terminated by SIGTERM; on_failure=shutdown)"),
    "migrate fails": ({"migrate": "exit 1"}, 1, "migrate failed (exit status 1; on_failure=shutdown)"),
    "worker is missing": ({"worker": None}, 127, "worker is FATAL (can't find command '{folder}/worker'; on_fatal=shutdown)"),
}


@pytest.mark.parametrize("case", GUIDE)
def test_the_guide(ended, folder, case):
    scripts, code, why = GUIDE[case]
    put(folder, **{"migrate": "exit 0", "web": "exec sleep 1000", "worker": "exec sleep 1000",
                   **{name: text for name, text in scripts.items() if text}})
    if None in scripts.values():
        (folder / "worker").unlink()
    text = example(0, folder).replace("[supervisord]\n", f"[supervisord]\nlogfile={folder}/s.log\n")
    run, found = ended("", text=text)
    why = why.replace("{folder}", str(folder))
    assert (found, last_line(run).split(" ", 1)[1]) == (code, f"exit code {code}: {why}")
    if code != 0:
        assert (folder / "termination").read_text().split("\n")[0] == why


def test_jobs_of_the_guide(ended, folder):
    put(folder, **{"import": "exit 0", "report": "exit 1",
                   "thumbnails": f"test $1 != 2 || mkdir {folder}/once 2>/dev/null || exit 0; test $1 != 2"})
    text = example(1, folder).replace("[supervisord]\n", f"[supervisord]\nlogfile={folder}/s.log\n")
    run, code = ended("", text=text.replace("backoff_delay=5", "backoff_delay=0.1"))
    assert code == 0 and run.log().count("spawned: 'thumbnails_2'") == 2
