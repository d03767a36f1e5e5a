"""How programs and the whole container are stopped: signals in a row, budgets, modes, delays."""

import re
import signal

import pytest

from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def killed_with(run, name):
    """The signals that a program got after the first, in order."""
    return re.findall(rf"killing '{name}' \(\d+\) with (\w+)", run.log())


# -- stopsignal

STUBBORN = "{actor} ignore TERM ignore INT on QUIT {folder}/told told 3 append {folder}/up up wait"


def test_one_signal_after_the_other(begin, folder):
    run = begin(program("web", STUBBORN, stopsignal="TERM INT QUIT", stopwaitsecs=1))
    wait_until((folder / "up").exists)
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert killed_with(run, "web") == ["SIGINT", "SIGQUIT"]
    assert (folder / "told").read_text().split() == ["told"]
    assert "stopped: web (exit status 3)" in run.log()


def test_sigkill_comes_after_the_last(begin, folder):
    run = begin(program("web", STUBBORN.replace("on QUIT {folder}/told told 3", "ignore QUIT"), stopsignal="TERM quit SIGINT", stopwaitsecs=1))
    wait_until((folder / "up").exists)
    run.stop()
    assert killed_with(run, "web") == ["SIGQUIT", "SIGINT", "SIGKILL"]
    assert "stopped: web (terminated by SIGKILL)" in run.log()


def test_who_heeds_the_first_gets_no_other(begin):
    run = begin(program("web", stopsignal="USR1 INT"))
    assert run.ctl("restart", "web").out == "web: stopped\nweb: started\n"
    assert killed_with(run, "web") == [] and "stopped: web (terminated by SIGUSR1)" in run.log()
    # supervisord's clients see the first one.
    assert run.rpc("supervisor.getAllConfigInfo")[0]["stopsignal"] == signal.SIGUSR1
