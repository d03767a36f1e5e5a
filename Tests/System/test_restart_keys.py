"""Keys about restarts: real programs that fail, and what events, states and the log say."""

import re

import pytest

from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def program(name, command, **keys):
    return section("program", name, command=command, **keys)


def spawned(run, name):
    return len(re.findall(rf"spawned: '{name}'", run.log()))


def test_a_program_that_is_never_given_up(begin):
    run = begin(program("bad", "{actor} exit 1", startsecs=5, startretries=-1, backoff_delay=0.01, backoff_limit=0.02))
    # supervisord's would be FATAL after the first, and one with three retries after the fourth.
    wait_until(lambda: spawned(run, "bad") >= 8)
    assert run.state("bad") in ("BACKOFF", "STARTING")
    assert "FATAL" not in run.log()
    assert run.ctl("stop", "bad").out == "bad: stopped\n"
    assert run.state("bad") == "STOPPED"


def test_pauses_after_exits(begin):
    """It stays EXITED for as long as its pause is, which a request ends."""
    run = begin(program("job", "{actor} exit 0", startsecs=0, autorestart=True, backoff_delay=86400))
    wait_until(lambda: run.state("job") == "EXITED")
    assert spawned(run, "job") == 1
    assert run.ctl("start", "job").code == 0
    wait_until(lambda: spawned(run, "job") == 2 and run.state("job") == "EXITED")
    assert run.ctl("stop", "job").out == "job: stopped\n"
    assert run.state("job") == "STOPPED"


def test_fatal_is_tried_again(begin, folder):
    run = begin(program("web", f"sh -c 'test -e {folder}/ready && exec sleep 1000'", startsecs=1, startretries=0, fatal_retry_secs=1))
    wait_until(lambda: len(re.findall("web entered FATAL state", run.log())) >= 2)
    (folder / "ready").touch()
    wait_until(lambda: run.state("web") == "RUNNING")


def test_wait_goes_on_while_it_will_be_tried_again(begin, folder):
    run = begin(program("web", f"sh -c 'test -e {folder}/ready && exec sleep 1000'", startsecs=1, startretries=0, fatal_retry_secs=1)
                + program("bad", "{actor} exit 1", startretries=0))
    wait_until(lambda: run.state("web") == "FATAL" and run.state("bad") == "FATAL")
    assert run.ctl("wait", "bad").code == 7
    with run.ctl_running("wait", "web", "--timeout=60") as pending:
        (folder / "ready").touch()
        assert pending.end() == (0, b"")


def test_codes_after_which_it_stays_down(begin):
    run = begin(program("early", "{actor} exit 78", startsecs=5, no_restart_exitcodes=78)
                + program("late", "{actor} exit 78", startsecs=0, autorestart=True, no_restart_exitcodes="3,78"))
    wait_until(lambda: run.state("early") == "FATAL" and run.state("late") == "EXITED")
    assert "gave up: early entered FATAL state, its exit status is one of no_restart_exitcodes" in run.log()
    assert (spawned(run, "early"), spawned(run, "late")) == (1, 1)
    run.assert_sleeps(1)
    assert (spawned(run, "early"), spawned(run, "late")) == (1, 1)


def test_nothing_wakes_it_while_it_waits(begin):
    run = begin(program("job", "{actor} exit 0", startsecs=0, autorestart=True, backoff_delay=86400))
    wait_until(lambda: run.state("job") == "EXITED")
    run.assert_sleeps(1)


def test_a_shutdown_does_not_wait_for_a_retry(begin):
    run = begin(program("bad", "{actor} exit 1", startretries=0, fatal_retry_secs=1))
    wait_until(lambda: run.state("bad") == "FATAL")
    run.stop()
    assert spawned(run, "bad") <= 2
