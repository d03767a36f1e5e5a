"""Programs that have completed, programs that restart again and again, and how the last run ended: status --json,
REST, the page."""

import json
import subprocess
import urllib.request

import pytest

from ports import free_port
from supervised import DIST, section
from waiting import wait_until


def program(name, command="/bin/sleep 1000", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


DONE = (
    program("web") + program("job", "/bin/true", autorestart=False) + program("once", "/bin/sh -c 'exit 3'", exitcodes="3")
)


def state(one, name):
    return one.rpc("supervisor.getProcessInfo", name)["statename"]


@pytest.fixture
def done(start):
    one = start(DONE)
    wait_until(lambda: state(one, "job") == state(one, "once") == "EXITED" and state(one, "web") == "RUNNING")
    return one


def test_what_is_done_is_ready(done):
    said = done.ctl("health")
    assert (said.code, said.out) == (0, "ready\n")
    assert done.ctl("health", "job", "once").code == 0
    for words in (["all"], ["job"], ["web", "job"], ["job", "--for=ready"], ["job", "--for=exited"]):
        said = done.ctl("wait", *words, "--timeout=20")
        assert (said.code, said.out) == (0, ""), (words, said)
    # A wait for running requires that state.
    assert done.ctl("wait", "job", "--for=running", "--timeout=0").code == 124


def test_what_has_failed_is_not_ready(start):
    one = start(program("bad", "/bin/sh -c 'exit 4'", autorestart=False) + program("stopped", autostart=False))
    wait_until(lambda: state(one, "bad") == "EXITED")
    said = one.ctl("health")
    assert said.code == 1 and said.out.startswith("not ready: bad EXITED (Bad exit code 4)")
    # It can't become ready by itself, so the wait ends at once.
    said = one.ctl("wait", "bad", "--timeout=60")
    assert said.code == 7 and said.out.startswith("bad: EXITED, will not be running by itself"), said
    assert one.ctl("wait", "stopped", "--timeout=0").code == 124


def rows(one, *names):
    return {row["name"]: row for row in json.loads(one.ctl("status", "--json", *names).out)}


def test_status_tells_restarts_and_the_last_exit(start):
    one = start(
        program("web") + program("killed", "/bin/sh -c 'kill -9 $$'", autorestart=False)
        + program("bad", "/bin/sh -c 'sleep 0.1; exit 4'", autorestart=False) + program("off", autostart=False)
        + program("loop", "/bin/sh -c 'sleep 0.2; exit 5'", autorestart=True))
    wait_until(lambda: rows(one)["loop"]["restarts"] >= 3 and state(one, "bad") == state(one, "killed") == "EXITED")
    seen = rows(one)
    assert seen["web"]["restarts"] == 0 and seen["web"]["last_exit"] is None and seen["web"]["unstable"] is False
    assert seen["off"]["last_exit"] is None
    assert seen["killed"]["last_exit"] == {
        "code": None, "signal": "SIGKILL", "core": False, "time": seen["killed"]["stop"]}
    assert seen["bad"]["last_exit"]["code"] == 4 and seen["bad"]["restarts"] == 0 and not seen["bad"]["unstable"]
    assert seen["loop"]["last_exit"]["code"] == 5 and seen["loop"]["unstable"] is True
    # supervisord's clients get supervisord's struct.
    info = one.rpc("supervisor.getProcessInfo", "loop")
    assert len(info) == 14 and not {"restarts", "unstable", "last_exit"} & set(info)
    assert all(len(info) == 14 for info in one.rpc("supervisor.getAllProcessInfo"))
    # What `ctl status` asks for is a part of that.
    part = {info["name"]: info for info in one.rpc("reeve.allStates")}
    assert set(part) == set(seen)
    assert part["off"] == {"name": "off", "group": "off", "state": 0, "statename": "STOPPED", "description": "Not started"}


def test_a_person_s_restart_begins_anew(start):
    """The count and the last exit stay; earlier exits no longer count as a loop."""
    one = start(program("loop", "/bin/sh -c 'test -e go && touch gone && exec sleep 1000; sleep 0.2; exit 5'",
                        autorestart=True, directory="%(here)s"))
    wait_until(lambda: rows(one)["loop"]["unstable"])
    (one.folder / "go").touch()
    # Loops until it sees the file. Its uptime says nothing: it is the difference of two whole seconds.
    wait_until(lambda: (one.folder / "gone").exists() and state(one, "loop") == "RUNNING")
    before = rows(one)["loop"]
    assert before["unstable"], "it has come up, but came back again and again a moment ago"
    assert one.ctl("restart", "loop").code == 0
    after = rows(one)["loop"]
    assert not after["unstable"] and after["restarts"] == before["restarts"]
    assert after["last_exit"]["signal"] == "SIGTERM"


@pytest.fixture
def served(start):
    """With an HTTP server: (init, its URL)."""
    port = free_port()
    one = start(
        f"[inet_http_server]\nport=127.0.0.1:{port}\n" + program("web")
        + program("loop", "/bin/sh -c 'sleep 0.2; exit 5'", autorestart=True) + program("job", "/bin/true", autorestart=False))
    wait_until(lambda: rows(one)["loop"]["unstable"] and state(one, "job") == "EXITED")
    return one, f"http://127.0.0.1:{port}"


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def test_rest_tells_them(served):
    one, url = served
    processes = {row["name"]: row for row in json.loads(get(f"{url}/api/v1/processes"))}
    assert processes["loop"]["unstable"] and processes["loop"]["restarts"] >= 3
    assert processes["loop"]["last_exit"]["code"] == 5 and processes["loop"]["last_exit"]["signal"] is None
    assert processes["web"]["last_exit"] is None and processes["web"]["restarts"] == 0
    single = json.loads(get(f"{url}/api/v1/processes/loop"))
    assert set(single) == set(processes["loop"]) and single["unstable"]
    exits = json.loads(get(f"{url}/api/v1/processes/loop/exits"))
    assert len(exits) >= 3 and all(exit["code"] == 5 and exit["signal"] is None and exit["time"] > 0 for exit in exits)
    assert json.loads(get(f"{url}/api/v1/processes/web/exits")) == []
    groups = {row["name"]: row for row in json.loads(get(f"{url}/api/v1/groups"))}
    assert groups["loop"]["processes"][0]["restarts"] >= 3
    assert set(rows(one)["loop"]) == set(single), "as ctl status --json"
    schema = json.loads(get(f"{url}/api/v1/openapi.json"))["components"]["schemas"]
    assert {"restarts", "unstable", "last_exit"} <= set(schema["Process"]["required"])
    assert set(schema["LastExit"]["properties"]) == {"code", "signal", "core", "time"}


def test_the_page_shows_them(served):
    _, url = served
    page = get(f"{url}/")
    row = page.split('id="row-loop"')[1].split("</tr>")[0]
    assert 'data-health="ill"' in row and "comes back again and again" in row
    assert " restarts</span>" in row and "last: exit status 5" in row
    assert 'id="ill-loop"' in page, "it needs attention"
    assert 'data-health="well"' in page.split('id="row-web"')[1].split("</tr>")[0]
    assert "rpc fault" not in get(f"{url}/tail.html?processname=nobody")


def test_probes_take_what_is_done_for_ready(served):
    one, url = served
    assert get(f"{url}/readyz?program=job&program=web") == "ready\n"
    # Over HTTP, ctl only uses supervisord's methods, and gets the same result.
    def over_http(*words):
        return subprocess.run([DIST / "ctl", "-s", url, *words], capture_output=True, text=True, cwd="/", timeout=60)

    said = over_http("wait", "job", "--timeout=20")
    assert said.returncode == 0, said
    assert over_http("health", "job").returncode == 0
    row = json.loads(over_http("status", "--json", "job").stdout)[0]
    assert row["restarts"] is None and row["unstable"] is None and row["last_exit"] is None and row["depends_on"] is None
