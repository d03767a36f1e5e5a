"""The life of programs and the order in which they stop, observed from outside."""

import json
import os
import pwd
import re
import signal

import pytest

import masks
import procfs
from supervised import INIT, section
from waiting import holds_for, takes_at_least, wait_until


def test_starts_restarts_and_stops(start, actor, pid1):
    run = start(section("program", "web", command=f"{actor} wait", startsecs=0), pid1=pid1)
    run.wait_state("web", "RUNNING")
    assert (procfs.inner_pid(run.pid) == 1) == pid1
    first = run.pid_of("web")
    assert procfs.parent(first) == run.pid
    os.kill(first, signal.SIGKILL)
    second = wait_until(lambda: run.state("web") == "RUNNING" and run.pid_of("web") not in (0, first) and run.pid_of("web"))
    assert not procfs.alive(first)
    run.stop()
    assert not procfs.alive(second)
    lines = [message for _, message in masks.log_lines(masks.masked(run.log()).replace("TIME", "2000-01-01 00:00:00,000"))]
    for wanted in ["spawned: 'web' with pid N", "exited: web (terminated by SIGKILL; not expected)",
                   "received SIGTERM indicating exit request", "waiting for web to die", "stopped: web (terminated by SIGTERM)",
                   "success: web entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)"]:
        assert wanted in lines


def test_a_child_gets_what_it_should(start, actor, folder, engine):
    (folder / "work").mkdir()
    run = start(section("program", "a", command=f"{actor} report {folder}/r.json wait", directory=f"{folder}/work",
                        umask="027", environment='A="1",B="two words"', startsecs=0), pass_fds=(extra := os.dup(0),))
    os.close(extra)
    child = wait_until(lambda: json.loads((folder / "r.json").read_text()))
    assert child["pid"] == child["pgid"] == run.info("a")["pid"]
    assert child["sid"] != child["pid"], "its own process group, not its own session"
    assert child["ppid"] == 1
    assert child["cwd"] == f"{folder}/work" and child["umask"] == 0o27
    assert child["blocked"] == []
    # Python ignores SIGPIPE and SIGXFSZ, and supervisord's children inherit that.
    assert child["ignored"] == ([] if engine is INIT else [signal.SIGPIPE, signal.SIGXFSZ])
    assert set(child["descriptors"]) == {"0", "1", "2"}
    assert child["descriptors"]["0"].startswith("pipe:")
    assert all(child["descriptors"][number].startswith("pipe:") for number in "12")
    environment = child["environment"]
    assert environment["A"] == "1" and environment["B"] == "two words"
    assert environment["SUPERVISOR_ENABLED"] == "1"
    assert environment["SUPERVISOR_PROCESS_NAME"] == environment["SUPERVISOR_GROUP_NAME"] == "a"
    assert environment["SUPERVISOR_SERVER_URL"] == f"unix://{folder}/s.sock"


def test_a_child_of_another_user(start, actor, folder):
    folder.chmod(0o777)
    run = start(section("program", "a", command=f"{actor} report {folder}/r.json wait", user="games", startsecs=0))
    child = wait_until(lambda: json.loads((folder / "r.json").read_text()))
    run.wait_state("a", "RUNNING")
    games = pwd.getpwnam("games")
    assert (child["uid"], child["euid"], child["gid"], child["egid"]) == (games.pw_uid, games.pw_uid, games.pw_gid, games.pw_gid)
    assert set(child["groups"]) == set(os.getgrouplist("games", games.pw_gid))


@pytest.mark.parametrize("code, expected, state", [(0, "expected", "EXITED"), (3, "not expected", "EXITED")])
def test_exit_codes(start, actor, code, expected, state):
    run = start(section("program", "a", command=f"{actor} exit {code}", startsecs=0, autorestart=False))
    run.wait_state("a", state)
    assert run.info("a")["exitstatus"] == code
    assert f"exited: a (exit status {code}; {expected})" in run.log()


def test_too_quick_an_exit_ends_in_fatal(start, actor):
    run = start(section("program", "a", command=f"{actor} exit 0", startsecs=1, startretries=1))
    run.wait_state("a", "BACKOFF")
    run.wait_state("a", "FATAL")
    assert run.log().count("spawned: 'a'") == 2
    assert "gave up: a entered FATAL state, too many start retries too quickly" in run.log()


def test_a_missing_program_is_fatal_and_said(start):
    run = start(section("program", "a", command="/no/such/file", startsecs=0, startretries=0))
    run.wait_state("a", "FATAL")
    assert "/no/such/file" in run.info("a")["spawnerr"]
    assert run.info("a")["pid"] == 0


def ending(actor, folder, name, **keys):
    """A program that records when the stop signal reached it."""
    return section("program", name, command=f"{actor} on TERM {folder}/order {name} 0 append {folder}/up {name} wait",
                   startsecs=0, **keys)


def test_shutdown_goes_by_priority(start, actor, folder):
    programs = [("a", 3), ("b", 1), ("c", 2), ("d", 2)]
    run = start("".join(ending(actor, folder, name, priority=number) for name, number in programs))
    run.wait_all()
    wait_until(lambda: len((folder / "up").read_text().split()) == 4)
    run.stop()
    order = (folder / "order").read_text().split()
    assert order[0] == "a" and order[3] == "b" and set(order[1:3]) == {"c", "d"}


def test_start_goes_by_priority_then_name(start, actor, folder):
    run = start("".join(ending(actor, folder, name, priority=number)
                        for name, number in [("z", 1), ("b", 5), ("a", 5), ("m", 2)]))
    run.wait_all()
    assert re.findall(r"spawned: '(\w)'", run.log()) == ["z", "m", "a", "b"]


def test_the_next_priority_waits_for_the_last(start, actor, folder):
    slow = section("program", "slow", command=f"/bin/sh -c 'trap \"sleep 1; echo slow >> {folder}/order; exit 0\" TERM; "
                   f"echo up > {folder}/ready; while :; do sleep 0.05; done'", priority=2, startsecs=0)
    run = start(slow + ending(actor, folder, "last", priority=1))
    run.wait_all()
    wait_until((folder / "ready").exists)
    wait_until((folder / "up").exists)
    run.stop()
    assert (folder / "order").read_text().split() == ["slow", "last"]


def assert_they_end_together(log, count):
    """All of them take as long as one: they are signalled in one turn, so all deadlines pass in one turn."""
    ends = [word for line in log.splitlines() for word in ("with SIGKILL", "stopped: ") if word in line]
    assert ends == ["with SIGKILL"] * count + ["stopped: "] * count


def test_ten_that_ignore_term_take_the_time_of_one(start, actor, engine):
    if engine is not INIT:
        pytest.skip("supervisord stops one group after the other")
    run = start("".join(section("program", f"p{number}", command=f"{actor} ignore TERM say up wait", stopwaitsecs=2,
                                startsecs=0) for number in range(10)))
    run.wait_all()
    wait_until(lambda: all("up" in run.rpc_log(f"p{number}") for number in range(10)))
    with takes_at_least(1.9):
        run.stop()
    assert_they_end_together(run.log(), 10)


def test_members_of_a_group_stop_together(start, actor):
    run = start(section("program", "w", command=f"{actor} ignore TERM say up wait", process_name="w%(process_num)d", numprocs=5,
                        stopwaitsecs=2, startsecs=0))
    run.wait_all()
    wait_until(lambda: all("up" in run.rpc_log(f"w:w{number}") for number in range(5)))
    with takes_at_least(1.5):
        run.rpc("supervisor.stopProcessGroup", "w")
    assert_they_end_together(run.log(), 5)
    assert set(run.states().values()) == {"STOPPED"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_ends_on_each_of_its_signals(start, actor, number, pid1):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), pid1=pid1)
    run.wait_state("a", "RUNNING")
    run.stop(number=number)
    assert f"received {signal.Signals(number).name} indicating exit request" in run.log()


def test_a_broken_configuration_is_refused_at_hup(start, actor, engine):
    if engine is not INIT:
        pytest.skip("supervisord ends")
    good = section("program", "a", command=f"{actor} wait", startsecs=0)
    run = start(good)
    run.wait_state("a", "RUNNING")
    before = run.pid_of("a")
    for broken in [good + "[program:b]\nautostart=maybe\ncommand=x\n", "[program:a]\ncommand=%(nope)s\n", None]:
        if broken is None:
            run.configuration.unlink()
        else:
            run.configure(broken)
        seen = len(run.log())
        run.send(signal.SIGHUP)
        wait_until(lambda: "SIGHUP" in run.log()[seen:] and masks.log_lines(run.log()[seen:], "ERRO") + masks.log_lines(run.log()[seen:], "CRIT"),
                   what=lambda: f"a line that refuses; {run.story()}")
        holds_for(0.5, lambda: procfs.alive(before) and run.state("a") == "RUNNING")
    run.configure(section("program", "c", command=f"{actor} wait", startsecs=0))
    run.send(signal.SIGHUP)
    wait_until(lambda: run.states() == {"c:c": "RUNNING"})
    assert not procfs.alive(before)


def test_a_good_configuration_at_hup_restarts_everything(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    run.wait_state("a", "RUNNING")
    before, own = run.pid_of("a"), run.pid
    run.send(signal.SIGHUP)
    after = wait_until(lambda: run.state("a") == "RUNNING" and run.pid_of("a") not in (0, before) and run.pid_of("a"))
    assert after and not procfs.alive(before) and procfs.alive(own)
    assert "received SIGHUP indicating restart request" in run.log()


def test_logs_are_reopened_at_usr2(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} every 0.02 tick", stdout_logfile=f"{folder}/a.log", startsecs=0))
    wait_until(lambda: "tick" in (folder / "a.log").read_text())
    os.rename(folder / "a.log", folder / "a.old")
    os.rename(folder / "s.log", folder / "s.old")
    holds_for(0.3, lambda: not (folder / "a.log").exists())
    run.send(signal.SIGUSR2)
    wait_until(lambda: "tick" in (folder / "a.log").read_text())
    wait_until(lambda: (folder / "s.log").exists())
    assert "received SIGUSR2 indicating log reopen request" in (folder / "s.old").read_text() + (folder / "s.log").read_text()
    last = int((folder / "a.old").read_text().split()[-1])
    first = int((folder / "a.log").read_text().split()[1])
    assert first == last + 1, "no line is lost between the two files"


def test_output_goes_to_its_files(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} say out err bad wait", stdout_logfile=f"{folder}/out",
                        stderr_logfile=f"{folder}/err", startsecs=0)
                + section("program", "b", command=f"{actor} say out err bad wait", stdout_logfile=f"{folder}/both",
                          redirect_stderr=True, startsecs=0))
    run.wait_all()
    wait_until(lambda: (folder / "out").read_text() == "out\n" and (folder / "err").read_text() == "bad\n")
    wait_until(lambda: (folder / "both").read_text() == "out\nbad\n")


def test_adopts_and_reaps_orphans(start, actor, pid1):
    run = start(section("program", "a", command=f"{actor} orphans 50 wait", startsecs=0), pid1=pid1)
    run.wait_state("a", "RUNNING")
    wait_until(lambda: "orphans 50" in run.rpc_log("a"))
    wait_until(lambda: procfs.children(run.pid) == [run.pid_of("a")], what=lambda: f"{procfs.children(run.pid)}")


def test_a_program_of_another_user_opens_its_stdout_by_path(start, folder):
    """nginx and php-fpm open /dev/stdout as users that did not create the pipe behind it."""
    run = start(section("program", "a", command="""sh -c 'echo one > /dev/stdout; echo two > /dev/stderr; sleep 1000'""",
                        user="nobody", startsecs=0, stdout_logfile=f"{folder}/a.log", stderr_logfile=f"{folder}/a.err"))
    wait_until(lambda: (folder / "a.log").exists() and (folder / "a.log").read_text() == "one\n")
    wait_until(lambda: (folder / "a.err").read_text() == "two\n")
    run.wait_state("a", "RUNNING")


def test_a_misspelt_key_is_said_at_the_start(start, actor, engine):
    """The key is ignored, as in supervisord; a log line names its place and the key that was probably meant."""
    if engine is not INIT:
        pytest.skip("supervisord says nothing")
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0, autorestrat=True))
    run.wait_state("a", "RUNNING")
    assert re.search(r"WARN .*s\.conf:\d+:\d+: .*autorestrat.*autorestart", run.log())


def test_a_stop_right_behind_a_start_is_not_lost(start, actor):
    """supervisord's child ignores signals until it has executed the program: a stop at that moment waits for
    SIGKILL."""
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0, autostart=False, stopwaitsecs=30), pid1=False)
    with run.control() as connection:
        for number in range(200):
            begun = connection.send("supervisor.startProcess", "a", False)
            if number % 2:
                # By then there is a child, which may or may not have executed its program.
                connection.receive(connection.send("supervisor.getState"))
            ended = connection.send("supervisor.stopProcess", "a", True)
            assert connection.receive(begun) is True
            assert connection.receive(ended) is True
    log = run.log()
    assert log.count("stopped: a (terminated by SIGTERM)") + log.count("stopped: a (before it was started)") == 200
    assert log.count("stopped: a (terminated by SIGTERM)") >= 100 and "SIGKILL" not in log
