"""A log's file system answers when the log is opened, and hangs later: init goes on, and no line changes its place.

No test measures time: what init answers while the file system hangs, it has not waited for.
"""

import os
import re
import signal

import pytest

import fuse
import limited
import procfs
from supervised import section
from waiting import wait_until

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="mounts"),
    pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE here"),
]

MANY = 40
# What waits for a file system that doesn't answer.
MOST = 65536


@pytest.fixture
def files(folder):
    (folder / "files").mkdir()
    (folder / "mount").mkdir()
    with fuse.served(folder / "files", folder / "mount") as served:
        yield served


def echo(files, name="echo", **keys):
    return section("program", name, command="cat", startsecs=0, stdout_logfile=f"{files.mount}/{name}.log", **keys)


def received(run, name="echo"):
    return next(row for row in run.rpc("reeve.metrics")["processes"] if row["name"] == name)["stdout_bytes"]


def say(run, text, name="echo"):
    """Makes the program write a text, and waits until init has read it."""
    before = received(run, name)
    for start in range(0, len(text), 4096):
        assert run.rpc("supervisor.sendProcessStdin", name, text[start:start + 4096]) is True
        end = before + len(text[:start + 4096])
        wait_until(lambda: received(run, name) == end, what=run.story)


def refusal(files, name="echo"):
    return f"ERRO {name}: can't write to {files.mount}/{name}.log: its file system doesn't answer"


def test_lines_wait_and_keep_their_order(start, actor, folder, files):
    run = start(echo(files) + section("program", "other", command=f"{actor} wait"), pid1=False)
    run.wait_state("other", "RUNNING")
    say(run, "before\n")
    wait_until(lambda: files.text("echo.log") == "before\n", what=run.story)
    files.hang()
    lines = [f"line {number}\n" for number in range(100)]
    for line in lines:
        say(run, line)
    pid = run.pid_of("other")
    assert run.ctl("restart", "other").code == 0
    assert run.pid_of("other") != pid
    wait_until(lambda: refusal(files) in run.log(), what=run.story)
    files.answer()
    wait_until(lambda: files.text("echo.log") == "before\n" + "".join(lines), what=run.story)
    wait_until(lambda: "echo.log can be written again; 0 bytes of output were dropped" in run.log(), what=run.story)
    assert run.log().count(refusal(files)) == 1
    say(run, "after\n")
    wait_until(lambda: files.text("echo.log").endswith("line 99\nafter\n"), what=run.story)


def test_what_does_not_fit_is_counted(start, files):
    run = start(echo(files), pid1=False)
    run.wait_state("echo", "RUNNING")
    files.hang()
    lines = "".join(f"{number:063}\n" for number in range(4096))
    say(run, lines)
    wait_until(lambda: refusal(files) in run.log(), what=run.story)
    assert procfs.peak_rss(run.pid) < 6000
    files.answer()
    found = wait_until(lambda: re.search(r"can be written again; (\d+) bytes of output were dropped", run.log()), what=run.story)
    written = files.text("echo.log")
    assert lines.startswith(written)
    assert len(written) + int(found[1]) == len(lines)
    assert len(written) >= MOST


def test_logs_rotate_again_when_it_answers(start, files):
    run = start(echo(files, stdout_logfile_maxbytes=1000, stdout_logfile_backups=2), pid1=False)
    run.wait_state("echo", "RUNNING")
    files.hang()
    say(run, "x" * 500 + "\n")
    say(run, "y" * 900 + "\n")
    files.answer()
    wait_until(lambda: "y" in files.text("echo.log.1"), what=run.story)
    say(run, "z\n")
    wait_until(lambda: files.text("echo.log") == "z\n", what=run.story)
    assert files.text("echo.log.1") == "x" * 500 + "\n" + "y" * 900 + "\n"


@pytest.fixture
def crowd():
    """A cgroup with a limit of processes. Request it before `start`."""
    with limited.cgroup("pids", "pids.max", "pids.max", "max") as folder:
        yield folder


def test_no_process_can_be_made_that_writes(crowd, start, files):
    run = start(echo(files), pid1=False)
    run.wait_state("echo", "RUNNING")
    say(run, "one\n")
    (crowd / "cgroup.procs").write_text(str(run.pid))
    (crowd / "pids.max").write_text("1")
    before = procfs.descriptors(run.pid)
    say(run, "two\n")
    wait_until(lambda: refusal(files) in run.log(), what=run.story)
    say(run, "three\n")
    assert run.ctl("pid").code == 0
    assert procfs.descriptors(run.pid).keys() >= before.keys()
    assert files.text("echo.log") == "one\n"
    (crowd / "pids.max").write_text("max")
    wait_until(lambda: files.text("echo.log") == "one\ntwo\nthree\n", what=run.story)


def test_a_link_leads_to_a_file_system_that_hangs(start, folder, files):
    (folder / "link.log").symlink_to(files.mount / "echo.log")
    run = start(section("program", "echo", command="cat", startsecs=0, stdout_logfile=f"{folder}/link.log"), pid1=False)
    run.wait_state("echo", "RUNNING")
    files.hang()
    say(run, "one\n")
    say(run, "two\n")
    assert run.ctl("pid").code == 0
    files.answer()
    wait_until(lambda: files.text("echo.log") == "one\ntwo\n", what=run.story)


def test_a_log_is_closed_while_it_hangs(start, actor, folder, files):
    other = section("program", "other", command=f"{actor} wait")
    run = start(echo(files) + other, pid1=False)
    run.wait_state("other", "RUNNING")
    run.wait_state("echo", "RUNNING")
    before = len(procfs.descriptors(run.pid))
    files.hang()
    say(run, "one\n")
    say(run, "two\n")
    run.configure(other)
    assert run.ctl("update").out == "echo: stopped\necho: removed process group\n"
    assert run.ctl("pid").code == 0
    files.answer()
    wait_until(lambda: files.text("echo.log") == "one\ntwo\n", what=run.story)
    # The pipes of the program, and its log.
    wait_until(lambda: len(procfs.descriptors(run.pid)) < before and procfs.zombies(run.pid) == [], what=run.story)


def test_everything_is_on_the_file_system_that_hangs(start, actor, folder, files):
    """The supervisor's own log, too."""
    many = section(
        "program", "many", process_name="m%(process_num)02d", numprocs=MANY, command=f"{actor} every 0.05 text", startsecs=0,
        stdout_logfile=f"{files.mount}/%(process_num)s.log")
    healthy = section("program", "healthy", command=f"{actor} on TERM {folder}/told told 0 wait", startsecs=0)
    run = start(many + healthy, pid1=False, log=f"{files.mount}/own.log")
    for number in range(MANY):
        wait_until(lambda: files.text(f"{number}.log"), what=run.story)
    files.hang()
    rows = run.rpc("reeve.metrics")["processes"]
    wait_until(lambda: all(new["stdout_bytes"] > old["stdout_bytes"] for old, new in zip(rows, run.rpc("reeve.metrics")["processes"])
                           if new["name"] != "healthy"), what="output of all")
    assert run.ctl("signal", "USR1", "many:m00").code == 0
    assert run.ctl("stop", "many:m01").code == 0
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert (folder / "told").read_text() == "told\n"
