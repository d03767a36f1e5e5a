"""`[program-default]`, variables with defaults, and as many processes as there are processors, with real programs."""

import os
import shutil

import pytest

import procfs
from supervised import INIT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of this")


def program(name, **keys):
    return section("program", name, command="{actor} wait", **{"startsecs": 0, **keys})


def environment(run, name):
    return procfs.environment(run.pid_of(name))


def test_programs_have_what_they_lack(begin, actor):
    defaults = "[program-default]\nenvironment=A=\"1\"\ndirectory=/\nstopwaitsecs=5\n"
    run = begin(defaults + program("web") + program("own", directory="/tmp", environment='B="2"'))
    run.wait_all()
    assert environment(run, "web")["A"] == "1"
    assert environment(run, "own")["B"] == "2" and "A" not in environment(run, "own")
    assert os.readlink(f"/proc/{run.pid_of('web')}/cwd") == "/" and os.readlink(f"/proc/{run.pid_of('own')}/cwd") == "/tmp"
    pids = {name: run.pid_of(name) for name in ("web", "own")}
    # A change of a default is one of those that use it.
    text = run.configuration.read_text()
    run.configuration.write_text(text.replace("stopwaitsecs=5", "stopwaitsecs=6"))
    assert run.ctl("reread").out == "own: changed (nothing stops)\nweb: changed (nothing stops)\n"
    run.configuration.write_text(text.replace("\ndirectory=/\n", "\ndirectory=/usr\n"))
    assert run.ctl("update").out == "web: stopped\nweb: updated process group\n"
    run.wait_all()
    assert run.pid_of("own") == pids["own"] and run.pid_of("web") != pids["web"]


def test_an_own_health_check_takes_the_place_of_the_default(begin, folder):
    run = begin("[program-default]\nhealthcheck_tcp=127.0.0.1:1\nhealthcheck_retries=1\nhealthcheck_start_interval=0.1\n"
                + program("web") + program("own", healthcheck_command="true"))
    wait_until(lambda: "unhealthy" in run.info("web")["description"])
    wait_until(lambda: run.ctl("health", "own").code == 0)
    assert run.ctl("health", "web").code != 0


def test_a_variable_has_a_default(begin):
    run = begin(program("web", environment='A="%(ENV_NOBODY_SETS_THIS:-a text)s",B="%(ENV_THIS_IS_SET:-another)s"'),
                prepare="export THIS_IS_SET=here")
    run.wait_all()
    assert environment(run, "web")["A"] == "a text" and environment(run, "web")["B"] == "here"


@pytest.mark.skipif(not shutil.which("taskset"), reason="taskset is not installed")
def test_a_process_for_each_processor(begin):
    """The affinity mask limits them to one; a quota can't make it less."""
    processor = min(os.sched_getaffinity(0))
    run = begin(program("web", numprocs="auto", process_name="web_%(process_num)d", environment='COUNT="%(cpu_count)d"'),
                prepare=f"taskset -p -c {processor} $$ >/dev/null")
    run.wait_all()
    assert [info["name"] for info in run.rpc("supervisor.getAllProcessInfo")] == ["web_0"]
    assert environment(run, "web:web_0")["COUNT"] == "1"
