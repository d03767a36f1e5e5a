"""Probes over HTTP: /livez, /readyz and /healthz."""

import http.client
import json
import os
import signal

import pytest

from waiting import wait_until

PROGRAMS = """\
[program:web]
command=/bin/sh -c 'test -e {folder}/good && exec sleep 1000; exit 1'
startsecs=1
startretries=100
stdout_logfile=NONE
stderr_logfile=NONE
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:a]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[group:g]
programs=a
"""


class Probe(http.client.HTTPConnection):
    """Makes one request."""

    def __init__(self, side):
        super().__init__("x")
        self.sock = side.connect()


def ask(side, path, method="GET", headers=None, authorized=True):
    """(status, headers, text)"""
    connection = Probe(side)
    try:
        headers = dict(headers or {})
        if authorized and side.authorization():
            headers["Authorization"] = side.authorization().decode().partition(": ")[2].strip()
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def short(side, path, **options):
    status, headers, text = ask(side, path, **options)
    assert headers["Content-Type"] == "text/plain;charset=utf-8" and headers["Cache-Control"] == "no-store"
    return status, text


def test_what_probes_are_told(reeve, folder):
    side = reeve(programs=PROGRAMS)
    assert short(side, "/livez") == (200, "live\n")
    wait_until(lambda: short(side, "/readyz") == (
        503, "not ready: web BACKOFF (Exited too quickly (process log may have details))\n"))
    assert short(side, "/healthz") == (
        503, "not healthy: web BACKOFF (Exited too quickly (process log may have details))\n")
    assert short(side, "/readyz?program=g:a") == (200, "ready\n")
    assert short(side, "/readyz?program=g:*&program=off") == (503, "not ready: off STOPPED\n")
    assert short(side, "/readyz?program=nobody%20x") == (503, "not ready: BAD_NAME: nobody x\n")
    assert short(side, "/healthz?program=off&program=g:a") == (200, "healthy\n")
    assert short(side, "/healthz?program=nobody") == (503, "not healthy: BAD_NAME: nobody\n")
    (side.folder / "good").touch()
    wait_until(lambda: short(side, "/readyz") == (200, "ready\n"), 20)
    assert short(side, "/healthz") == (200, "healthy\n")
    # The same text as for exec probes.
    assert side.one.ctl("health").out == "ready\n"


def test_as_json_and_without_a_body(reeve):
    side = reeve(programs=PROGRAMS)
    wanted = {"status": "not ready", "programs": [{"name": "off", "statename": "STOPPED", "reason": ""}]}
    for options in ({"path": "/readyz?program=off&format=json"},
                    {"path": "/readyz?program=off", "headers": {"Accept": "application/json"}}):
        status, headers, text = ask(side, **options)
        assert (status, headers["Content-Type"], json.loads(text)) == (503, "application/json", wanted)
    assert json.loads(ask(side, "/livez?format=json")[2]) == {"status": "live"}
    assert json.loads(ask(side, "/healthz?format=json&program=g:a")[2]) == {"status": "healthy", "programs": []}
    assert json.loads(ask(side, "/readyz?format=json&program=z")[2]) == {
        "status": "not ready", "problem": "BAD_NAME: z", "programs": []}
    assert short(side, "/livez?format=text", headers={"Accept": "application/json"}) == (200, "live\n")
    status, headers, text = ask(side, "/readyz?program=off", method="HEAD")
    assert (status, text, headers["Content-Length"]) == (503, "", str(len("not ready: off STOPPED\n")))
    for path in ("/livez", "/readyz", "/healthz", "/metrics"):
        status, headers, _ = ask(side, path, method="POST")
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
    for path in ("/livez/", "/livezx", "/readyz/web"):
        assert ask(side, path)[0] == 404


@pytest.mark.parametrize("public", [False, True])
def test_probes_need_the_password_unless_health_is_public(reeve, public):
    side = reeve(password="sha", programs=PROGRAMS, server_keys="health_public=true" if public else "")
    for path in ("/livez", "/livez?x", "/healthz?program=g:a", "/readyz?program=g:a"):
        for method in ("GET", "HEAD"):
            assert ask(side, path, method=method)[0] == 200
            assert ask(side, path, method=method, authorized=False)[0] == (200 if public else 401)
    # A wrong password is not checked, and neither is a missing one.
    wrong = {"Authorization": "Basic eDp5"}
    assert ask(side, "/livez", headers=wrong, authorized=False)[0] == (200 if public else 401)
    # Nothing else is open, however it is spelt.
    for path in ("/", "/metrics", "/livez/", "/livez/../metrics", "//livez", "/LIVEZ", "/%6civez", "/livez%3f", "/livez#x",
                 "http://x/livez", "/livez;x", "/RPC2"):
        assert ask(side, path, authorized=False)[0] == 401, path
    assert ask(side, "/livez", method="POST", authorized=False)[0] == (405 if public else 401)


def test_an_init_that_hangs_is_not_live(reeve):
    side = reeve(programs=PROGRAMS)
    assert short(side, "/livez") == (200, "live\n")
    os.kill(side.one.pid, signal.SIGSTOP)
    try:
        assert short(side, "/livez") == (503, "not live: init does not answer\n")
    finally:
        os.kill(side.one.pid, signal.SIGCONT)
    assert short(side, "/livez") == (200, "live\n")


def test_while_it_shuts_down_it_is_live_and_not_ready(reeve):
    slow = "[program:slow]\ncommand=/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'\nstopwaitsecs=3\nstartsecs=0\n"
    side = reeve(programs=slow)
    wait_until(lambda: short(side, "/readyz") == (200, "ready\n"))
    side.one.send(signal.SIGTERM)
    wait_until(lambda: short(side, "/readyz") == (503, "not ready: init is shutting down\n"), 3)
    assert short(side, "/livez") == (200, "live\n")
