"""Stdin of programs: a pipe that stays open while the program runs, and sendProcessStdin."""

import os

import pytest

import control
import procfs
from supervised import INIT, section
from waiting import wait_until

NOT_RUNNING, BAD_NAME, NO_FILE, FAILED, INCORRECT_PARAMETERS = 70, 10, 20, 30, 2


def send(run, name, text):
    return run.rpc("supervisor.sendProcessStdin", name, text)


def refused(run, *parameters):
    with pytest.raises(control.Fault) as caught:
        run.rpc("supervisor.sendProcessStdin", *parameters)
    return caught.value.code, caught.value.text


def test_a_program_that_reads_stays(start):
    """cat exits at the end of its stdin, which doesn't come while it runs; it returns what is sent to it."""
    run = start(section("program", "cat", command="cat"))
    run.wait_state("cat", "RUNNING")
    pid = run.pid_of("cat")
    assert procfs.descriptors(pid)[0].startswith("pipe:")
    assert send(run, "cat", "hello\n") is True
    assert send(run, "cat:cat", "grüße\n") is True
    wait_until(lambda: run.rpc_log("cat") == "hello\ngrüße\n", what=lambda: repr(run.rpc_log("cat")))
    assert run.pid_of("cat") == pid
    before = len(procfs.descriptors(run.pid))
    run.rpc("supervisor.stopProcess", "cat")
    assert len(procfs.descriptors(run.pid)) < before


def test_faults(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", autostart=False)
                + section("program", "slow", command=f"{actor} ignore TERM wait", startsecs=0, stopwaitsecs=30))
    run.wait_state("slow", "RUNNING")
    assert refused(run, "nix", "x") == (BAD_NAME, "BAD_NAME: nix")
    assert refused(run, "a", "x") == (NOT_RUNNING, "NOT_RUNNING: a")
    assert refused(run, "slow:*", "x") == (BAD_NAME, "BAD_NAME: slow:*")
    assert refused(run, "slow", 1)[0] == INCORRECT_PARAMETERS
    assert refused(run, "slow")[0] == INCORRECT_PARAMETERS
    run.rpc("supervisor.stopProcess", "slow", False)
    assert run.state("slow") == "STOPPING"
    assert refused(run, "slow", "x") == (NOT_RUNNING, "NOT_RUNNING: slow")
    os.kill(run.pid_of("slow"), 9)


def test_a_closed_stdin(start):
    run = start(section("program", "deaf", command="sh -c 'exec 0</dev/null; echo closed; exec sleep 1000'", startsecs=0))
    run.wait_state("deaf", "RUNNING")
    wait_until(lambda: "closed" in run.rpc_log("deaf"))
    for _ in range(2):
        assert refused(run, "deaf", "x") == (NO_FILE, "NO_FILE: deaf")


def test_one_that_never_reads(start, actor, engine):
    """What the pipe doesn't accept is kept, up to a limit, and discarded before the next run."""
    if engine is not INIT:
        pytest.skip("supervisord keeps any number of bytes")
    run = start(section("program", "deaf", command=f"{actor} wait", startsecs=0))
    run.wait_state("deaf", "RUNNING")
    memory = procfs.rss(run.pid)
    text = "x" * 16384
    taken = 0
    with run.control() as connection:
        while taken < 2 << 20:
            try:
                connection.call("supervisor.sendProcessStdin", "deaf", text)
            except control.Fault as fault:
                assert (fault.code, fault.text) == (
                    FAILED, "FAILED: deaf: it does not read its stdin, and no more is kept for it")
                break
            taken += len(text)
    assert taken == (64 + 256) * 1024
    assert procfs.rss(run.pid) < memory + 1024
    run.assert_calm()
    run.rpc("supervisor.stopProcess", "deaf")
    run.rpc("supervisor.startProcess", "deaf")
    assert send(run, "deaf", "x") is True


def test_one_that_reads_late(start, folder, engine):
    """More than a pipe holds arrives completely and in order, whenever it is read."""
    if engine is not INIT:
        pytest.skip("supervisord keeps the bytes and answers with an HTTP error")
    go = folder / "go"
    run = start(section("program", "late", command=f"sh -c 'while [ ! -e {go} ]; do sleep 0.05; done; exec cat'", startsecs=0,
                        stdout_logfile=f"{folder}/late.log"))
    run.wait_state("late", "RUNNING")
    parts = [f"{number:07d}\n" * 2000 for number in range(18)]
    for part in parts:
        assert send(run, "late", part) is True
    go.touch()
    wait_until(lambda: (folder / "late.log").read_text() == "".join(parts), 20,
               what=lambda: f"{(folder / 'late.log').stat().st_size} bytes arrived")
    assert send(run, "late", "the end\n") is True
    wait_until(lambda: (folder / "late.log").read_text().endswith("the end\n"))
    run.assert_calm(0.5)


def test_one_that_closes_late(start, folder, engine):
    """When a program closes its stdin, what is kept for it is discarded."""
    if engine is not INIT:
        pytest.skip("supervisord is asked the same in test_a_closed_stdin")
    go = folder / "go"
    run = start(section("program", "deaf", startsecs=0, command=(
        f"sh -c 'while [ ! -e {go} ]; do sleep 0.05; done; exec 0</dev/null; echo closed; exec sleep 1000'")))
    run.wait_state("deaf", "RUNNING")
    for _ in range(10):
        send(run, "deaf", "x" * 20000)
    go.touch()
    wait_until(lambda: "closed" in run.rpc_log("deaf"))
    run.assert_calm(0.5)
    assert refused(run, "deaf", "x") == (NO_FILE, "NO_FILE: deaf")


def test_it_ends_with_the_program(start, folder):
    """A grandchild with the same stdin reads its end when the program has exited."""
    ended = folder / "ended"
    run = start(section("program", "parent", autorestart=False, startsecs=0, command=(
        f"sh -c 'exec 3<&0; (echo up; cat <&3 >/dev/null; echo end > {ended}) & exec sleep 1000'")))
    run.wait_state("parent", "RUNNING")
    wait_until(lambda: "up" in run.rpc_log("parent"))
    assert not ended.exists()
    run.rpc("supervisor.stopProcess", "parent")
    wait_until(lambda: ended.exists() and ended.read_text() == "end\n")


@pytest.mark.skipif(os.getuid() != 0, reason="only root changes users")
def test_it_belongs_to_the_user(start, engine):
    if engine is not INIT:
        pytest.skip("supervisord's pipes are root's")
    run = start(section("program", "cat", command="sh -c 'exec cat /dev/stdin'", user="nobody"))
    run.wait_state("cat", "RUNNING")
    send(run, "cat", "hello\n")
    wait_until(lambda: run.rpc_log("cat") == "hello\n", what=lambda: run.rpc_log("cat") + run.rpc_log("cat", "stderr"))
