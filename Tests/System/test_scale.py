"""Large numbers, and idleness: growth, time, and sleep."""

import os

import pytest

import procfs
from supervised import INIT, section
from waiting import wait_until


def test_twenty_thousand_orphans_at_once(start, actor, engine):
    if engine is not INIT:
        pytest.skip("supervisord reaps a hundred a second")
    run = start(section("program", "a", command=f"{actor} orphans 20000 wait", startsecs=0)
                + section("program", "b", command=f"{actor} wait", startsecs=0))
    run.wait_all()
    wait_until(lambda: "orphans" in run.rpc_log("a"), 120, poll=0.1)
    assert "orphans 20000" in run.rpc_log("a")
    wait_until(lambda: sorted(procfs.children(run.pid)) == sorted([run.pid_of("a"), run.pid_of("b")]), poll=0.1)
    run.assert_answers()
    assert procfs.peak_rss(run.pid) < 4096
    run.assert_calm()


def test_thousands_of_restarts_without_growth(start, actor, folder, engine):
    if engine is not INIT:
        pytest.skip("supervisord restarts once a second")
    run = start(section("program", "a", command=f"{actor} say hello wait", autorestart=True, startsecs=0,
                        stdout_logfile=f"{folder}/a.log"), supervisord="loglevel=warn")
    log = folder / "a.log"

    def restart(connection, times):
        for _ in range(times):
            assert connection.call("supervisor.stopProcess", "a") is True
            assert connection.call("supervisor.startProcess", "a") is True
    with run.control(120) as connection:
        restart(connection, 500)
        memory, descriptors = procfs.rss(run.pid), len(procfs.descriptors(run.pid))
        restart(connection, 3000)
        wait_until(lambda: len(procfs.descriptors(run.pid)) <= descriptors)
    assert procfs.rss(run.pid) <= memory + 64
    assert log.read_text().count("hello\n") <= 3501
    assert procfs.zombies(run.pid) == []


def test_a_crash_loop_does_not_spin(start, actor):
    """Ten programs that fail at once, again and again: init sleeps between their starts."""
    run = start("".join(section("program", f"p{number}", command=f"{actor} exit 1", startretries=100, startsecs=1)
                        for number in range(10)))
    run.wait_state("p0", "BACKOFF")
    run.assert_answers()
    run.assert_calm(3, share=0.1)


def test_sleeps_while_nothing_happens(start, actor, engine, pid1):
    if engine is not INIT:
        pytest.skip("supervisord wakes once a second")
    run = start(section("program", "w", command=f"{actor} wait", process_name="w%(process_num)d", numprocs=20, startsecs=1),
                pid1=pid1)
    run.wait_all()
    run.assert_sleeps(5)


def test_a_silent_connection_costs_nothing(start, engine):
    if engine is not INIT:
        pytest.skip("supervisord wakes once a second")
    run = start()
    with run.control() as connection:
        connection.call("supervisor.getState")
        run.assert_sleeps(2)


def test_a_thousand_programs(start, actor, engine):
    if engine is not INIT:
        pytest.skip("supervisord runs out of the descriptors that select takes")
    run = start(section("program", "w", command=f"{actor} wait", process_name="w%(process_num)d", numprocs=1000, startsecs=0,
                        stdout_logfile="NONE", stderr_logfile="NONE"))
    run.wait_all(timeout=60)
    assert len(procfs.children(run.pid)) == 1000
    assert procfs.rss(run.pid) < 8192
    killed = [pid for pid in procfs.children(run.pid)][::10]
    for pid in killed:
        os.kill(pid, 9)
    wait_until(lambda: not any(procfs.alive(pid) for pid in killed))
    run.wait_all(timeout=60)
    run.stop()


def test_many_connections(start, engine):
    """Clients that connect, ask and disconnect, and clients that only connect: no descriptor stays open."""
    run = start()
    if engine is not INIT:
        pytest.skip("supervisord speaks another protocol")
    before = len(procfs.descriptors(run.pid))
    for _ in range(1000):
        with run.control() as connection:
            assert connection.call("supervisor.getState")["statecode"] == 1
    crowd = [run.control() for _ in range(40)]
    for connection in crowd:
        connection.send("supervisor.getState")
        connection.close()
    wait_until(lambda: len(procfs.descriptors(run.pid)) <= before)
    run.assert_calm()
