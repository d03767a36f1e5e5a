"""REST under /api/v1: its answers, and its OpenAPI document."""

import json
import re

import pytest

from streams import Stream
from supervised import ROOT, section
from waiting import wait_until

JSON = b"Content-Type: application/json\r\n"


class API:
    """A server's API: `api.get(path)` and `api.post(path, body)` return (status, document)."""

    def __init__(self, side):
        self.side = side

    def ask(self, method, path, body=b"", headers=b""):
        status, headers, answer = self.side.raw(
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: here\r\n".encode() + self.side.authorization() + headers
            + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.headers = headers
        if status >= 400:
            assert headers[b"content-type"] == b"application/problem+json", (status, answer)
            problem = json.loads(answer)
            assert problem["status"] == status and problem["type"] == "about:blank" and problem["title"]
            return status, problem
        if headers.get(b"content-type") == b"application/json":
            return status, json.loads(answer)
        return status, answer

    def get(self, path, headers=b""):
        return self.ask("GET", path, headers=headers)

    def post(self, path, body=None, headers=b""):
        return self.ask("POST", path, b"" if body is None else json.dumps(body).encode(), (JSON if body is not None else b"") + headers)


@pytest.fixture
def api(reeve):
    return lambda *words, **options: API(reeve(*words, **options))


def test_processes(api):
    one = api()
    status, processes = one.get("/processes")
    assert status == 200
    assert [process["fullname"] for process in processes] == ["cat", "g:a", "g:b", "missing", "off", "quits", "talker"]
    for process in processes:
        status, same = one.get(f"/processes/{process['fullname']}")
        assert status == 200 and {**same, "now": 0, "uptime": 0} == {**process, "now": 0, "uptime": 0 if process["uptime"] is not None else None} or same["uptime"] is None
    theirs = one.side.ask("supervisor.getProcessInfo", "cat")[1]
    ours = one.get("/processes/cat")[1]
    assert set(ours) == set(theirs) | {
        "fullname", "uptime", "restarts", "unstable", "depends_on", "waiting_for", "substate", "health", "health_checks", "status_text",
        "last_exit"}
    assert one.get("/processes/g%3Aa")[1]["fullname"] == "g:a"
    for name in ("nobody", "g:*", "g", "g:", ":", "%00", "%ff", "a%2fb", "*"):
        status, problem = one.get(f"/processes/{name}")
        assert (status, problem["fault"], problem["fault_name"]) == (404, 10, "BAD_NAME"), name
    for path in ("/processes/", "/processes//start", "/nothing", "", "/", "/processes/cat/"):
        assert one.get(path)[0] == 404, path


def test_start_stop_restart_signal(api):
    one = api()
    assert one.post("/processes/off/start")[1]["statename"] == "RUNNING"
    status, problem = one.post("/processes/off/start", {})
    assert (status, problem["fault_name"]) == (409, "ALREADY_STARTED")
    pid = one.get("/processes/off")[1]["pid"]
    status, process = one.post("/processes/off/restart", {"wait": True})
    assert status == 200 and process["statename"] == "RUNNING" and process["pid"] != pid
    assert one.post("/processes/off/signal", {"signal": "CONT"})[0] == 200
    assert one.post("/processes/off/signal", {"signal": "18"})[0] == 200
    assert one.post("/processes/off/stop", {"wait": False})[0] == 202
    wait_until(lambda: one.get("/processes/off")[1]["statename"] == "STOPPED")
    status, problem = one.post("/processes/off/stop")
    assert (status, problem["fault_name"], problem["detail"]) == (409, "NOT_RUNNING", "NOT_RUNNING: off")
    assert one.post("/processes/off/restart")[1]["statename"] == "RUNNING"
    assert one.post("/processes/missing/start")[1]["fault_name"] == "NO_FILE"
    assert one.post("/processes/quits/start", {"wait": True})[0] in (200, 409)
    for action in ("start", "stop", "restart", "reload", "clear-logs"):
        for name in ("nobody", "g:*", "g:"):
            assert one.post(f"/processes/{name}/{action}")[1]["fault_name"] == "BAD_NAME", (name, action)


def test_reload(api, folder):
    one = api(programs=section("program", "web", command="sleep 1000", reload_command=f"sh -c 'echo twice; test -e {folder}/good'")
              + section("program", "other", command="sleep 1000"))
    status, problem = one.post("/processes/web/reload")
    assert (status, problem["fault_name"]) == (409, "FAILED") and "reload_command failed (exit status 1): twice" in problem["detail"]
    (folder / "good").touch()
    status, process = one.post("/processes/web/reload")
    assert status == 200 and process["statename"] == "RUNNING"
    status, problem = one.post("/processes/other/reload")
    assert (status, problem["fault_name"]) == (409, "FAILED")
    one.post("/processes/web/stop")
    assert one.post("/processes/web/reload")[0] == 409


def test_input_and_logs(api):
    one = api()
    assert one.post("/processes/cat/stdin", {"data": "wörld\n" * 3000})[0] == 204
    whole = ("wörld\n" * 3000).encode()
    wait_until(lambda: one.get("/processes/cat/logs/stdout?offset=-1")[1] and int(one.headers[b"x-log-size"]) == len(whole))
    assert one.headers[b"content-type"] == b"text/plain;charset=utf-8"
    for query, expected, offset in (
            ("", whole, 0), ("?offset=7", whole[7:], 7), ("?offset=7&length=7", whole[7:14], 7), ("?offset=-7", whole[-7:], len(whole) - 7),
            ("?offset=-14&length=7", whole[-14:-7], len(whole) - 14), ("?length=3", whole[:3], 0),
            ("?offset=99999999", b"", len(whole)), ("?offset=-99999999&length=1", whole[:1], 0)):
        assert one.get(f"/processes/cat/logs/stdout{query}") == (200, expected), query
        assert int(one.headers[b"x-log-offset"]) == offset
    assert one.get("/processes/cat/logs/stderr")[0] in (200, 404)
    assert one.get("/processes/off/logs/stdout")[1]["fault_name"] == "NO_FILE"
    assert one.get("/processes/nobody/logs/stdout")[1]["fault_name"] == "BAD_NAME"
    assert one.get("/processes/cat/logs/stdin")[0] == 404
    assert one.post("/processes/cat/clear-logs")[0] == 200
    assert one.get("/processes/cat/logs/stdout") == (200, b"")
    assert one.post("/processes/off/stdin", {"data": "x"})[1]["fault_name"] == "NOT_RUNNING"


def test_a_log_is_read_in_pieces(api):
    one = api()
    path = one.side.folder / "cat.log"
    content = bytes(range(256)) * 80_000
    path.write_bytes(content)
    base = one.side.gateway.rss()
    with Stream(one.side, "/api/v1/processes/cat/logs/stdout") as stream:
        assert stream.headers["x-log-size"] == str(len(content)) and stream.is_chunked
        # Read nothing before the gateway has had the time to read it all.
        wait_until(lambda: one.get("/processes/cat")[0] == 200)
        assert one.side.gateway.rss() - base < 8 << 20
        assert stream.until_end(30) == content
    assert one.side.gateway.peak_rss() - base < 8 << 20


def lines(body):
    """The data of each complete event."""
    return [event.split(b"data: ", 1)[1].decode() for event in body.split(b"\n\n")[:-1] if event.startswith(b"data: ")]


def test_logs_are_followed_line_by_line(api):
    one = api()
    one.post("/processes/cat/stdin", {"data": "one\ntwo\n"})
    wait_until(lambda: one.get("/processes/cat/logs/stdout") == (200, b"one\ntwo\n"))
    with Stream(one.side, "/api/v1/processes/cat/logs/stdout/follow?backlog=4") as stream:
        assert stream.status == 200 and stream.headers["content-type"] == "text/event-stream"
        stream.until(lambda body: lines(body) == ["two"])
        one.post("/processes/cat/stdin", {"data": "a\rb\r\n\nhalf"})
        stream.until(lambda body: lines(body) == ["two", "a\ndata: b", ""])
        one.post("/processes/cat/stdin", {"data": " and half\n"})
        stream.until(lambda body: lines(body)[3:] == ["half and half"])
    with Stream(one.side, "/api/v1/log/follow") as stream:
        one.post("/processes/off/start")
        stream.until(lambda body: any("spawned: 'off'" in line for line in lines(body)))
    for path, status in (("/processes/nobody/logs/stdout/follow", 404), ("/log/follow?backlog=65537", 400), ("/log/follow?backlog=x", 400)):
        assert one.get(path)[0] == status


def test_groups(api):
    one = api()
    status, groups = one.get("/groups")
    assert [group["name"] for group in groups] == ["cat", "g", "missing", "off", "quits", "talker"]
    status, group = one.get("/groups/g")
    assert status == 200 and [process["fullname"] for process in group["processes"]] == ["g:a", "g:b"]
    status, results = one.post("/groups/g/stop")
    assert status == 200 and sorted((result["fullname"], result["status"]) for result in results) == [("g:a", 80), ("g:b", 80)]
    assert one.post("/groups/g/start", {"wait": False})[0] == 202
    assert one.post("/groups/g/restart")[0] == 200
    assert one.post("/groups/g/signal", {"signal": "SIGCONT"})[0] == 200
    assert one.post("/groups/g/remove")[1]["fault_name"] == "STILL_RUNNING"
    assert one.post("/groups/g/add")[1]["fault_name"] == "ALREADY_ADDED"
    one.post("/groups/g/stop")
    assert one.post("/groups/g/remove")[0] == 204
    assert one.get("/groups/g")[0] == 404
    assert [process["fullname"] for process in one.post("/groups/g/add")[1]["processes"]] == ["g:a", "g:b"]
    for action in ("start", "stop", "restart", "add", "remove"):
        assert one.post(f"/groups/nobody/{action}")[1]["fault_name"] == "BAD_NAME"


def test_the_supervisor(api):
    one = api()
    status, document = one.get("/supervisor")
    assert status == 200 and document["pid"] == int(one.side.ask("supervisor.getPID")[1])
    assert document["state"] == {"statecode": 1, "statename": "RUNNING"} and document["identification"] == "side"
    assert {row["fullname"] for row in one.get("/configuration")[1]} >= {"cat", "g:a"}
    assert b"spawned" in one.get("/log")[1]
    assert one.post("/supervisor/clear-log")[0] == 204 and b"spawned" not in one.get("/log")[1]
    assert {result["status"] for result in one.post("/supervisor/stop-all")[1]} == {80}
    assert one.post("/supervisor/start-all", {"wait": False})[0] == 202
    configuration = one.side.one.configuration
    text = configuration.read_text()
    configuration.write_text(text.replace("[program:off]\ncommand=/bin/sleep 1000", "[program:off]\ncommand=/bin/sleep 1001")
                             + "[program:new]\ncommand=/bin/sleep 1000\nstartsecs=0\n")
    changes = {"added": ["new"], "changed": ["off"], "removed": [], "hooks": []}
    assert one.post("/supervisor/reread") == (200, changes)
    assert one.get("/processes/new")[0] == 404
    assert one.post("/supervisor/update") == (200, changes)
    wait_until(lambda: one.get("/processes/new")[1]["statename"] == "RUNNING")
    configuration.write_text(text)
    assert one.post("/supervisor/update")[1]["removed"] == ["new"]
    # Only those of a group stop that have to.
    for name in ("g:a", "g:b"):
        wait_until(lambda: one.get(f"/processes/{name}")[1]["statename"] == "RUNNING")
    before = {name: one.get(f"/processes/{name}")[1]["pid"] for name in ("g:a", "g:b")}
    configuration.write_text(re.sub(r"(?m)^(\[program:a\]\n)", r"\1directory=/\n", text))
    assert one.post("/supervisor/update")[1]["changed"] == ["g"]
    wait_until(lambda: one.get("/processes/g:a")[1]["statename"] == "RUNNING")
    after = {name: one.get(f"/processes/{name}")[1]["pid"] for name in before}
    assert after["g:b"] == before["g:b"] and after["g:a"] != before["g:a"]
    assert one.get("/processes/new")[0] == 404
    configuration.write_text(text + "[program:broken]\n")
    status, problem = one.post("/supervisor/reread")
    assert (status, problem["fault_name"]) == (409, "CANT_REREAD")
    configuration.write_text(text)
    assert one.post("/supervisor/shutdown") == (202, {"state": "SHUTDOWN"})


def test_scale(api):
    one = api(programs=section("program", "web", command="/bin/sleep 1000", process_name="web_%(process_num)d", numprocs=2, startsecs=0)
              + section("program", "alone", command="/bin/sleep 1000", startsecs=0))

    def running():
        return [process["name"] for process in one.get("/groups/web")[1]["processes"] if process["statename"] == "RUNNING"]

    wait_until(lambda: running() == ["web_0", "web_1"])
    pid = one.get("/processes/web:web_0")[1]["pid"]
    assert one.post("/programs/web/scale", {"count": 4}) == (200, {"count": 4, "stopped": []})
    wait_until(lambda: running() == ["web_0", "web_1", "web_2", "web_3"])
    assert one.post("/programs/web/scale", {"count": 1}) == (200, {"count": 1, "stopped": ["web:web_1", "web:web_2", "web:web_3"]})
    assert running() == ["web_0"] and one.get("/processes/web:web_0")[1]["pid"] == pid
    assert one.side.one.ctl("scale", "web=2").out == "web: scaled to 2\n"
    # The configuration says that it has no number in its name.
    status, problem = one.post("/programs/alone/scale", {"count": 2})
    assert (status, problem["fault_name"]) == (409, "CANT_REREAD") and "process_num" in problem["detail"]
    assert one.post("/programs/nobody/scale", {"count": 2})[0] == 404
    for body in ({}, {"count": "2"}, {"count": -1}, {"count": 100_001}, {"number": 2}):
        assert one.post("/programs/web/scale", body)[0] == 400
    wait_until(lambda: running() == ["web_0", "web_1"])


def test_hooks_are_updated(api):
    one = api(programs=section("program", "web", command="/bin/sleep 1000", startsecs=0))
    configuration = one.side.one.configuration
    text = configuration.read_text()
    configuration.write_text(text + section("hook", "alert", events="PROCESS_STATE_STOPPED", command="touch %(here)s/said"))
    changes = {"added": [], "changed": [], "removed": [], "hooks": ["hook:alert"]}
    assert one.post("/supervisor/reread") == (200, changes)
    assert one.post("/supervisor/update") == (200, changes)
    assert one.post("/processes/web/stop")[0] == 200
    wait_until((configuration.parent / "said").exists)
    configuration.write_text(text)
    assert one.post("/supervisor/update") == (200, changes)
    assert one.post("/supervisor/update") == (200, {**changes, "hooks": []})


def test_requests_that_are_wrong(api):
    one = api()
    for path, body, status, word in (
            ("/processes/off/start", b"{", 400, "object"), ("/processes/off/start", b"[]", 400, "object"),
            ("/processes/off/start", b'{"wait":1}', 400, "`wait`"), ("/processes/off/start", b'{"wait":null}', 400, "`wait`"),
            ("/processes/off/start", b'{"x":1}', 400, "`x`"), ("/processes/off/signal", b"", 400, "`signal`"),
            ("/processes/off/signal", b'{"signal":"NO"}', 400, "`signal`"), ("/processes/off/stdin", b"{}", 400, "`data`"),
            ("/processes/off/clear-logs", b"{}", 400, "body"), ("/processes/off/start?x=1", b"", 400, "`x`"),
            ("/processes/off/start", b"[" * 100_000, 400, "object")):
        status_, problem = one.ask("POST", path, body, JSON)
        assert (status_, word in problem["detail"]) == (status, True), (path, body, problem)
    for query in ("offset=", "offset=x", "offset=1.0", "offset=99999999999999999999", "length=0", "length=-1", "x=1", "offset=1&offset=1"):
        assert one.get(f"/processes/cat/logs/stdout?{query}")[0] == 400, query
    assert one.ask("POST", "/processes/off/start", b"wait=0", b"Content-Type: application/x-www-form-urlencoded\r\n")[0] == 415
    assert one.get("/processes/off")[1]["statename"] == "STOPPED"
    for method, path, allowed in (
            ("DELETE", "/processes/off", b"GET, HEAD, OPTIONS"), ("POST", "/processes", b"GET, HEAD, OPTIONS"),
            ("GET", "/processes/off/start", b"POST, OPTIONS"), ("PUT", "/supervisor/shutdown", b"POST, OPTIONS"),
            ("TRACE", "/processes", b"GET, HEAD, OPTIONS")):
        assert one.ask(method, path)[0] == 405 and one.headers[b"allow"] == allowed, (method, path)
    assert one.ask("OPTIONS", "/processes/off") == (204, b"") and one.headers[b"allow"] == b"GET, HEAD, OPTIONS"


def test_head_is_answered_without_a_body(api):
    one = api()
    for path in ("/api/v1/processes", "/api/v1/processes/cat/logs/stdout/follow", "/api/v1/nothing"):
        with one.side.connect() as connection:
            connection.sendall(b"HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/v1/supervisor HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
            data = b""
            while part := connection.recv(65536):
                data += part
        first, _, rest = data.partition(b"\r\n\r\n")
        assert rest.startswith(b"HTTP/1.1 200 "), (path, data[:400])


ALLOWED = [
    b"", b"Origin: http://here\r\n", b"Origin: https://here\r\n", b"Origin: http://HERE:80\r\n", b"Sec-Fetch-Site: same-origin\r\n",
    b"Sec-Fetch-Site: none\r\n", b"Sec-Fetch-Site: same-origin\r\nOrigin: http://other\r\n"]
REFUSED = [
    b"Origin: http://other\r\n", b"Origin: null\r\n", b"Origin: http://here.other\r\n", b"Origin: http://here:8080\r\n", b"Origin:\r\n",
    b"Origin: here\r\n", b"Sec-Fetch-Site: cross-site\r\n", b"Sec-Fetch-Site: same-site\r\n",
    b"Sec-Fetch-Site: cross-site\r\nOrigin: http://here\r\n"]


def test_pages_of_other_sites_change_nothing(api):
    one = api()
    for headers in REFUSED:
        for path in ("/processes/off/start", "/supervisor/shutdown"):
            assert one.post(path, headers=headers)[0] == 403, headers
        assert one.get("/processes/off", headers=headers)[1]["statename"] == "STOPPED"
    for headers in ALLOWED:
        assert one.post("/processes/off/restart", headers=headers)[0] == 200, headers


def test_a_password_is_asked_for(api):
    one = api("inet", "sha")
    assert one.get("/supervisor")[0] == 200
    assert API(one.side).side.raw(b"GET /api/v1/supervisor HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 401


def test_every_path_is_documented(api):
    one = api()
    document = one.get("/openapi.json")[1]
    table = {}
    for line in (ROOT / "docs/http.md").read_text().splitlines():
        if line.startswith("| `/api/"):
            path, methods = line.split("|")[1:3]
            table[path.strip().strip("`")] = {method.strip().lower() for method in methods.split(",")}
    assert len(table) > 20
    assert table == {path: set(methods) for path, methods in document["paths"].items()}
