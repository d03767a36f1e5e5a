"""Signals at bad moments, too many of them, and a supervisor that is stopped for a while."""

import os
import random
import signal
import time

import pytest

import masks
import procfs
from supervised import INIT, section
from waiting import passes, takes_at_least, wait_until

MANY = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD, signal.SIGWINCH, signal.SIGALRM, signal.SIGPIPE,
        signal.SIGCONT, signal.SIGURG, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGPWR, signal.SIGTSTP,
        signal.SIGTTIN, signal.SIGTTOU, signal.SIGRTMIN, signal.SIGRTMAX]


def test_term_is_kept_from_the_moment_it_is_blocked(start, engine, actor):
    """PID 1 has no default actions: the kernel drops a TERM before the first instruction, and a later one must end
    it."""
    if engine is not INIT:
        pytest.skip("supervisord loses a TERM in its first 100 ms")
    for _ in range(20):
        run = start(section("program", "a", command=f"{actor} wait", startsecs=0), wait=False)
        try:
            wait_until(lambda: signal.SIGTERM in procfs.blocked_signals(run.pid), 5, poll=0)
        except AssertionError:
            raise AssertionError(f"TERM is never blocked; {run.story()}") from None
        run.stop(timeout=60)


def test_term_in_the_first_millisecond(start, engine, actor):
    if engine is not INIT:
        pytest.skip("supervisord loses a TERM in its first 100 ms")
    rest = random.Random(4711)
    for _ in range(40):
        run = start(section("program", "a", command=f"{actor} wait", startsecs=0), wait=False)
        until = time.perf_counter() + rest.uniform(0, 0.001)  # clock: parameter
        while time.perf_counter() < until:  # clock: parameter
            pass
        kept = signal.SIGTERM in procfs.blocked_signals(run.pid)
        run.send(signal.SIGTERM)
        if not kept:
            # The kernel may have dropped it, before the first instruction; another one follows.
            try:
                run.process.wait(0.3)
            except Exception:  # noqa: BLE001
                pass
        run.stop(timeout=60)


def test_a_pending_term_at_exec_ends_it(start, engine, actor):
    """Blocked and pending when it is executed: it must not get lost, whatever the first instructions do."""
    if engine is not INIT:
        pytest.skip("supervisord loses a TERM in its first 100 ms")
    script = ("import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {15}); os.kill(os.getpid(), 15); "
              "os.execv(sys.argv[1], sys.argv[1:])")
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), wait=False, pid1=False,
                wrapper=["/usr/bin/env", "python3", "-c", script])
    assert run.wait(60) == 0
    run.assert_nothing_left()


def test_term_while_it_starts_programs(start, engine, actor, pid1):
    if engine is not INIT:
        pytest.skip("supervisord loses a TERM in its first 100 ms")
    programs = section("program", "w", command=f"{actor} wait", process_name="w%(process_num)d", numprocs=200, startsecs=0)
    rest = random.Random(7)
    for _ in range(8):
        run = start(programs, pid1=pid1, wait=False)
        wait_until(lambda: signal.SIGTERM in procfs.blocked_signals(run.pid), poll=0)
        time.sleep(rest.uniform(0, 0.05))  # sleep: parameter
        run.stop(timeout=60)


def test_a_thousand_mixed_signals(start, actor, engine):
    if engine is not INIT:
        pytest.skip("supervisord dies of the first one that it does not handle, where it is not PID 1")
    run = start(section("program", "w", command=f"{actor} wait", process_name="w%(process_num)d", numprocs=5, startsecs=0))
    run.wait_all()
    rest = random.Random(1)
    for _ in range(1000):
        run.send(rest.choice(MANY))
        if rest.random() < 0.05:
            time.sleep(0.002)  # sleep: parameter (lets some be handled one by one)
    run.assert_answers()
    run.wait_all(timeout=60)
    wait_until(lambda: procfs.zombies(run.pid) == [])
    run.assert_calm()


def test_a_thousand_mixed_signals_when_not_pid_1(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), pid1=False)
    run.wait_all()
    rest = random.Random(2)
    for _ in range(1000):
        run.send(rest.choice([signal.SIGHUP, signal.SIGUSR2, signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT, signal.SIGURG]))
        if rest.random() < 0.05:
            time.sleep(0.002)  # sleep: parameter (lets some be handled one by one)
    run.wait_all(timeout=60)
    run.assert_calm()


def test_stopped_and_continued(start, actor):
    run = start(section("program", "w", command=f"{actor} wait", process_name="w%(process_num)d", numprocs=10, startsecs=0))
    run.wait_all()
    before = {name: run.pid_of(name) for name in run.states()}
    run.send(signal.SIGSTOP)
    wait_until(lambda: procfs.state(run.pid) == "T")
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(procfs.zombies(run.pid)) == 10)
    passes(1.5)  # it misses this time
    run.send(signal.SIGCONT)
    wait_until(lambda: procfs.zombies(run.pid) == [])
    run.wait_all()
    assert not set(before.values()) & {run.pid_of(name) for name in before}
    run.assert_calm()


def test_a_deadline_passes_while_stopped(start, actor):
    run = start(section("program", "a", command=f"{actor} ignore TERM say up wait", stopwaitsecs=1, startsecs=0))
    wait_until(lambda: "up" in run.rpc_log("a"))
    run.rpc("supervisor.stopProcess", "a", False)
    run.send(signal.SIGSTOP)
    wait_until(lambda: procfs.state(run.pid) == "T")
    passes(2)  # longer than stopwaitsecs
    assert procfs.alive(run.processes()[0])
    run.send(signal.SIGCONT)
    run.wait_state("a", "STOPPED", timeout=60)


def test_a_stopped_child_is_not_a_dead_one(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", stopwaitsecs=1, startsecs=0))
    run.wait_state("a", "RUNNING")
    child = run.pid_of("a")
    for _ in range(20):
        os.kill(child, signal.SIGSTOP)
        wait_until(lambda: procfs.state(child) == "T")
        os.kill(child, signal.SIGCONT)
        wait_until(lambda: procfs.state(child) != "T")
    os.kill(child, signal.SIGSTOP)
    wait_until(lambda: procfs.state(child) == "T")
    assert run.pid_of("a") == child and run.state("a") == "RUNNING"
    with takes_at_least(0.9):  # TERM does not reach a stopped process, KILL does
        run.rpc("supervisor.stopProcess", "a")
    assert not procfs.alive(child)


def test_two_terms_are_one_shutdown(start, actor):
    run = start(section("program", "a", command=f"{actor} ignore TERM say up wait", stopwaitsecs=1, startsecs=0))
    wait_until(lambda: "up" in run.rpc_log("a"))
    run.send(signal.SIGTERM)
    wait_until(lambda: "waiting for a to die" in run.log())
    run.send(signal.SIGTERM)
    run.send(signal.SIGINT)
    run.send(signal.SIGHUP)
    run.stop(timeout=60)
    assert len(masks.log_lines(run.log(), containing="stopped: a")) == 1
