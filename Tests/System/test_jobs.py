"""One-shots, programs that are disabled, and starts that a condition decides about."""

import json
import re
import subprocess

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from test_dependencies import GATED, order, states
from test_probes import ask
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no such keys")


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def job(name, command, **keys):
    return section("program", name, command=command, type="oneshot", **keys)


def shown(run, name):
    """The state and the description that `ctl` shows."""
    return run.ctl("status", name).out.split(maxsplit=2)[1:]


# -- one-shots

def test_it_is_starting_until_it_has_succeeded(begin, folder):
    run = begin(job("migrate", GATED.replace("exec {actor} wait", "exit 2"), exitcodes="0,2")
                + program("web", depends_on="migrate") + program("early", depends_on="migrate:started"))
    run.wait_state("early", "RUNNING")
    assert run.state("migrate") == "STARTING"
    assert run.info("web")["description"] == "waiting for migrate to be ready"
    (folder / "gate").touch()
    run.wait_state("web", "RUNNING")
    assert shown(run, "migrate")[0] == "COMPLETED"
    assert run.ctl("status", "migrate").code == 0
    assert run.state("migrate") == "EXITED"
    assert order(run, "completed") == ["migrate"]
    found = {one["name"]: (one["statename"], one["substate"]) for one in json.loads(run.ctl("status", "--json").out)}
    assert found == {"migrate": ("EXITED", "COMPLETED"), "web": ("RUNNING", None), "early": ("RUNNING", None)}
    client = subprocess.run([ROOT / "dist/supervisorctl", "-c", run.configuration, "status", "migrate"], capture_output=True, text=True)
    assert client.stdout.split()[:2] == ["migrate", "EXITED"] and client.returncode == 3
    run.assert_sleeps(1)


def test_a_start_returns_when_it_has_succeeded(begin, folder):
    run = begin(job("migrate", "sh -c 'echo x >> {folder}/ran'", autostart=False))
    for _ in range(2):
        assert run.ctl("start", "migrate").out == "migrate: started\n"
        assert run.state("migrate") == "EXITED"
    assert (folder / "ran").read_text() == "x\nx\n"


def test_a_failure_is_a_failed_start(begin, folder):
    run = begin(job("migrate", "sh -c 'echo x >> {folder}/ran; exit 3'", startretries=1) + program("web", depends_on="migrate"))
    run.wait_state("web", "FATAL")
    assert (folder / "ran").read_text() == "x\nx\n"
    assert run.state("migrate") == "FATAL"
    assert run.info("migrate")["spawnerr"] == "Bad exit code 3"
    assert run.info("web")["spawnerr"] == "dependency migrate is FATAL: Bad exit code 3"
    assert "failed: migrate (exit status 3; not expected)" in run.log()


def test_it_is_retried(begin, folder):
    run = begin(job("migrate", "sh -c 'test -e {folder}/again || { touch {folder}/again; exit 1; }'") + program("web", depends_on="migrate"))
    run.wait_state("web", "RUNNING")
    assert shown(run, "migrate")[0] == "COMPLETED"


def test_the_container_ends_with_its_code(begin):
    run = begin(job("migrate", "sh -c 'exit 7'", startretries=0, on_fatal="shutdown") + program("web", depends_on="migrate"), wait=False)
    assert run.wait() == 7
    assert "migrate is FATAL (exit status 7; on_fatal=shutdown)" in run.log()


def test_a_container_of_jobs(begin):
    run = begin(job("one", "true") + job("two", "true", depends_on="one"), supervisord="exit_when_done=true\n", wait=False)
    assert run.wait() == 0
    assert order(run, "completed") == ["one", "two"]


def test_it_can_be_stopped(begin):
    run = begin(job("migrate", "{actor} wait"))
    wait_until(lambda: run.info("migrate")["pid"])
    assert run.ctl("stop", "migrate").out == "migrate: stopped\n"
    assert run.state("migrate") == "STOPPED"


# -- disabled

def test_disabled_programs(begin):
    run = begin(program("web", depends_on="cache:optional") + program("cache", enabled=False) + program("extra", depends_on="cache", enabled=False))
    run.wait_state("web", "RUNNING")
    assert states(run) == {"web": "RUNNING", "cache": "STOPPED", "extra": "STOPPED"}
    assert shown(run, "cache") == ["DISABLED", "enabled=false\n"]
    assert run.ctl("status").code == 0
    assert "web starts without cache, which is disabled" in run.log()
    # `all` doesn't mean them, and a name does, with what it needs.
    assert run.ctl("start", "all").code == 0
    assert run.state("cache") == "STOPPED"
    assert run.ctl("start", "extra").out == "extra: started\n"
    assert states(run) == {"web": "RUNNING", "cache": "RUNNING", "extra": "RUNNING"}
    assert run.ctl("stop", "extra", "cache").code == 0
    assert shown(run, "cache")[0] == "DISABLED"


@pytest.mark.parametrize("active, expected", [
    (None, {"web": "RUNNING", "debug": "STOPPED", "both": "STOPPED"}),
    ("dev", {"web": "RUNNING", "debug": "RUNNING", "both": "RUNNING"}),
    ("test,other", {"web": "RUNNING", "debug": "STOPPED", "both": "RUNNING"}),
])
def test_profiles(begin, monkeypatch, active, expected):
    if active:
        monkeypatch.setenv("INIT_PROFILES", active)
    run = begin(program("web") + program("debug", profiles="dev") + program("both", profiles="dev, test"))
    wait_until(lambda: states(run) == expected)
    if not active:
        assert shown(run, "debug") == ["DISABLED", "none of its profiles is in INIT_PROFILES\n"]


def check(folder, text, **environment):
    path = folder / "checked.conf"
    path.write_text(f"[supervisord]\n{text}")
    done = subprocess.run([ROOT / "dist/init", "--check", "-c", path], capture_output=True, text=True, env={"PATH": "/bin", **environment})
    return done.stdout + done.stderr


WEB = "[program:web]\ncommand=true\n"
CACHE = "[program:cache]\ncommand=true\n"


@pytest.mark.parametrize("text, expected", [
    (WEB + "depends_on=cache\n" + CACHE + "enabled=false\n", "depends_on names cache, which is disabled: enabled=false"),
    (WEB + "depends_on=cache\n" + CACHE + "profiles=dev\n", "depends_on names cache, which is disabled: none of its profiles is in INIT_PROFILES"),
    (WEB + "depends_on=cache:optional\n" + CACHE + "enabled=false\n", "good: 2 groups"),
    (WEB + "profiles=dev\ndepends_on=cache\n" + CACHE + "profiles=dev\n", "good: 2 groups"),
    (WEB + "profiles=\n", "not a valid profiles value: ''"),
    (WEB + "profiles=a b\n", "not a valid profiles value: 'a b'"),
    (WEB + "profiles=production\n", "no program has the profile prodction, which is in INIT_PROFILES; did you mean `production`?"),
    (WEB + "type=one-shot\n", "Did you mean oneshot?"),
    (WEB + "type=oneshot\nautorestart=true\n", "autorestart has no effect: a one-shot that has succeeded isn't restarted"),
    (WEB + "type=oneshot\nstartsecs=3\n", "startsecs has no effect: a one-shot is STARTING until it has succeeded"),
    (WEB + "enabled=false\nprofiles=dev\n", "profiles has no effect: with enabled=false this program is disabled anyway"),
    (CACHE + "type=oneshot\nautorestart=true\n" + WEB + "depends_on=cache:completed\n", "good: 2 groups"),
])
def test_what_is_found_in_a_file(folder, text, expected):
    assert expected in check(folder, text, INIT_PROFILES="prodction")


# -- conditions

def test_a_condition_decides(begin, folder):
    run = begin(program("web", depends_on="cache") + program("cache", start_condition="sh -c 'echo no cache; test -e {folder}/wanted'"))
    run.wait_state("web", "RUNNING")
    assert shown(run, "cache") == ["SKIPPED", "its start_condition doesn't hold\n"]
    assert run.state("cache") == "EXITED" and run.ctl("status").code == 0
    assert "INFO skipped: cache (start_condition: exit status 1)" in run.log()
    assert run.ctl("start", "cache").code == 0
    assert shown(run, "cache")[0] == "SKIPPED"
    (folder / "wanted").touch()
    assert run.ctl("start", "cache").out == "cache: started\n"
    assert run.state("cache") == "RUNNING"
    run.assert_sleeps(1)


@pytest.mark.parametrize("command, expected", [
    ("sh -c 'echo broken; exit 255'", "start_condition failed (exit status 255): broken"),
    ("sh -c 'kill -9 $$'", "start_condition failed (terminated by SIGKILL)"),
    ("{actor} wait", "start_condition took longer than 1 seconds (start_condition_timeout)"),
    ("/nosuch/test", "start_condition was not started: can't find command '/nosuch/test'"),
])
def test_a_condition_fails(begin, command, expected):
    run = begin(program("web", start_condition=command, start_condition_timeout=1, startretries=0))
    run.wait_state("web", "FATAL")
    assert run.info("web")["spawnerr"] == expected


def test_only_jobs_that_are_skipped(begin):
    run = begin(job("one", "true", start_condition="false"), supervisord="exit_when_done=true\n", wait=False)
    assert run.wait() == 0


# -- everywhere

def test_everywhere(reeve):
    side = reeve(programs=job("migrate", "true") + program("cache", "sleep 1000", start_condition="false")
                 + program("off", "sleep 1000", enabled=False) + job("slow", "sleep 1000"))
    wait_until(lambda: side.one.state("migrate") == "EXITED" and side.one.state("cache") == "EXITED")
    found = {one["name"]: one["substate"] for one in json.loads(ask(side, "/api/v1/processes")[2])}
    assert found == {"migrate": "COMPLETED", "cache": "SKIPPED", "off": "DISABLED", "slow": None}
    status, _, text = ask(side, "/readyz?verbose")
    assert status == 503 and "slow" in text and not re.search("migrate|cache|off", text), text
    _, _, page = ask(side, "/")
    for word in ("completed", "skipped", "disabled"):
        assert word in page


def test_the_guide(begin, folder, monkeypatch):
    """The configuration that opens it, as it stands there."""
    page = (ROOT / "docs/guide/jobs.md").read_text()
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1]
    run = begin(text.split("file=/tmp/reeve.sock\n")[1])
    run.wait_state("web", "RUNNING")
    assert {name: shown(run, name)[0] for name in states(run)} == {
        "cache": "SKIPPED", "migrate": "COMPLETED", "profiler": "DISABLED", "web": "RUNNING"}
