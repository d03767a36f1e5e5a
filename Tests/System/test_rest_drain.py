"""Drains over REST, and events about what supervisord's states don't tell."""

import pytest

from streams import Stream
from supervised import section
from test_event_streams import events, names
from test_rest import API
from waiting import wait_until


@pytest.fixture
def api(reeve):
    return lambda *words, **options: API(reeve(*words, **options))


def metric(side, name):
    status, _, body = side.raw(b"GET /metrics HTTP/1.1\r\nHost: here\r\n" + side.authorization() + b"\r\n")
    assert status == 200
    return [line.split()[1] for line in body.decode().splitlines() if line.startswith(f"{name} ")]


def ready(side):
    return side.raw(b"GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n")[0] == 200


SLEEP = section("program", "web", command="/bin/sleep 1000", startsecs=0)


def test_a_drain_over_rest(api):
    one = api(programs=SLEEP)
    wait_until(lambda: ready(one.side))
    idle = {"draining": False, "seconds_left": None}
    assert one.get("/supervisor/drain") == (200, idle)
    assert metric(one.side, "reeve_draining") == ["0"]
    # Without an end.
    assert one.post("/supervisor/drain") == (200, {"draining": True, "seconds_left": None})
    assert not ready(one.side)
    wait_until(lambda: metric(one.side, "reeve_draining") == ["1"])
    assert one.ask("DELETE", "/supervisor/drain") == (200, idle)
    assert ready(one.side)
    # With one; a second replaces the first, and ctl can end it.
    status, drain = one.post("/supervisor/drain", {"seconds": 3600})
    assert status == 200 and drain["draining"] and 3000 < drain["seconds_left"] <= 3600
    assert one.post("/supervisor/drain", {"seconds": 60})[1]["seconds_left"] <= 60
    assert one.side.one.ctl("drain", "--off").out == "drained\n"
    assert one.get("/supervisor/drain") == (200, idle)
    assert one.post("/supervisor/drain", {"seconds": 1})[0] == 200
    wait_until(lambda: one.get("/supervisor/drain") == (200, idle))
    # To end none is no error.
    assert one.ask("DELETE", "/supervisor/drain") == (200, idle)


@pytest.mark.parametrize("body", [{"seconds": 0}, {"seconds": 86401}, {"seconds": "10"}, {"second": 10}, []])
def test_wrong_drains(api, body):
    one = api(programs=SLEEP)
    assert one.post("/supervisor/drain", body)[0] == 400
    assert one.get("/supervisor/drain")[1]["draining"] is False


def test_methods_of_a_drain(api):
    one = api(programs=SLEEP)
    assert one.ask("PUT", "/supervisor/drain")[0] == 405
    assert one.headers[b"allow"] == b"GET, HEAD, POST, DELETE, OPTIONS"
    # A page of another site may not end one.
    assert one.ask("DELETE", "/supervisor/drain", headers=b"Sec-Fetch-Site: cross-site\r\n")[0] == 403
    assert one.ask("DELETE", "/processes/web")[0] == 405
    assert set(one.get("/openapi.json")[1]["paths"]["/api/v1/supervisor/drain"]) == {"get", "post", "delete"}


#: Healthy while the file `well` is there; waits for `job`, which waits for the file `gate`.
PROGRAMS = (
    section("program", "job", command="/bin/sh -c 'until test -e {folder}/gate; do sleep 0.01; done'", type="oneshot")
    + section("program", "skip", command="/bin/true", start_condition="/bin/false", autostart=False)
    + section("program", "off", command="/bin/sleep 1000", enabled=False, startsecs=0)
    + section("program", "web", command="/bin/sleep 1000", startsecs=0, depends_on="job:completed", autostart=False,
              healthcheck_command="test -e {folder}/well", healthcheck_interval=0.1, healthcheck_start_interval=0.1,
              healthcheck_retries=1))


def of(body, name):
    return [event.removeprefix("REEVE_") for event, process in names(body) if process == name]


def test_events_of_our_own(reeve):
    side = reeve(programs=PROGRAMS)
    with Stream(side, "/api/v1/events?types=REEVE") as stream:
        stream.until(bool)
        side.ask("supervisor.startProcess", "web", False)
        stream.until(lambda body: of(body, "web") == ["SUBSTATE_WAITING"])
        assert events(stream.body)[-1][2] == {"processname": "web", "groupname": "web", "pid": 0, "data": "job to complete"}
        (side.folder / "gate").touch()
        stream.until(lambda body: of(body, "job") == ["SUBSTATE_COMPLETED", "READINESS_READY"])
        stream.until(lambda body: "HEALTH_UNHEALTHY" in of(body, "web"))
        assert "exit status 1" in events(stream.body)[-1][2]["data"] or events(stream.body)[-1][0] != "REEVE_HEALTH_UNHEALTHY"
        (side.folder / "well").touch()
        stream.until(lambda body: of(body, "web")[-2:] == ["HEALTH_HEALTHY", "READINESS_READY"])
        (side.folder / "well").unlink()
        stream.until(lambda body: of(body, "web")[-2:] == ["HEALTH_UNHEALTHY", "READINESS_NOT_READY"])
        assert "exit status 1" in events(stream.body)[-1][2]["data"]
        side.ask("supervisor.startProcess", "skip")
        stream.until(lambda body: of(body, "skip") == ["SUBSTATE_SKIPPED", "READINESS_READY"])
        side.ask("supervisor.startProcess", "off")
        side.ask("supervisor.stopProcess", "off")
        stream.until(lambda body: of(body, "off") == ["READINESS_READY", "READINESS_NOT_READY", "SUBSTATE_DISABLED"])


def test_EVENT_is_what_supervisord_has(reeve):
    side = reeve(programs=PROGRAMS)
    with Stream(side, "/api/v1/events?types=EVENT") as old, Stream(side, "/api/v1/events") as everything:
        old.until(bool)
        everything.until(bool)
        side.ask("supervisor.startProcess", "skip")
        side.ask("supervisor.startProcess", "off")
        everything.until(lambda body: ("REEVE_SUBSTATE_SKIPPED", "skip") in names(body) and ("PROCESS_STATE_RUNNING", "off") in names(body))
        old.until(lambda body: ("PROCESS_STATE_RUNNING", "off") in names(body))
        assert not any(name.startswith("REEVE") for name, _ in names(old.body))


def test_a_listener_may_ask_for_them(reeve):
    listener = section("eventlistener", "ears", events="REEVE_SUBSTATE", command=(
        "/bin/sh -c 'printf \"READY\\n\"; read -r line; echo \"$line\" > {folder}/heard; exec sleep 1000'"))
    side = reeve(programs=PROGRAMS + listener)
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "ears")[1]["statename"] == "RUNNING")
    side.ask("supervisor.startProcess", "skip")
    wait_until(lambda: (side.folder / "heard").exists() and (side.folder / "heard").read_text())
    assert "eventname:REEVE_SUBSTATE_SKIPPED" in (side.folder / "heard").read_text()
