"""The page below a path of another site (`base_path=`), behind a real nginx that strips the path, and one that doesn't."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from http_sides import Side
from ports import free_port
from supervised import ROOT
from waiting import wait_until

PROGRAMS = """\
[program:web]
command=/bin/sh -c 'echo hello; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/web.log
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
"""
GUIDE = (ROOT / "docs" / "guide" / "page.md").read_text()
#: What the guide shows of nginx, with the places of one test.
LOCATION = re.search(r"^```nginx\n(.*?)^```", GUIDE, re.M | re.S)[1]
BASE = re.search(r"^base_path=.*$", GUIDE, re.M)[0]
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""

pytestmark = pytest.mark.skipif(not shutil.which("nginx") and not shutil.which("/usr/sbin/nginx"), reason="nginx is not installed")


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine.name != "init":
        pytest.skip("supervisord has no such key")


@pytest.fixture
def proxied(start, folder):
    """`proxied(strips, kind)` returns the URL that clients use, and the side behind it."""
    made = []

    def proxied(strips=False, kind="inet", base=BASE):
        side = Side("init", start, folder / "i", kind=kind, programs=PROGRAMS, server_keys=base)
        made.append(side)
        target = side.url if kind == "inet" else f"http://unix:{side.url.removeprefix('unix://')}:"
        port, place = free_port(), folder / "nginx"
        place.mkdir()
        # With a path behind it, nginx replaces what `location` matched.
        location = LOCATION if strips else LOCATION.replace("location /ops/reeve/", "location /ops/")
        assert "http://127.0.0.1:9001;" in location
        location = location.replace("http://127.0.0.1:9001", target + ("/" if strips else ""))
        text = NGINX.format(folder=place, port=port, location=location)
        (place / "nginx.conf").write_text(text)
        with open(place / "log", "wb") as log:
            made.append(subprocess.Popen(
                [shutil.which("nginx") or "/usr/sbin/nginx", "-c", place / "nginx.conf", "-p", place], stdout=log, stderr=log))
        url = f"http://127.0.0.1:{port}/ops/reeve"
        wait_until(lambda: urllib.request.urlopen(url + "/livez").status == 200, what=lambda: (place / "log").read_text())
        return url, side

    yield proxied
    for one in reversed(made):
        if isinstance(one, Side):
            one.stop()
        else:
            one.terminate()
            one.wait()


def fetch(url, data=None, headers={}):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(url, data, headers), timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("strips", [True, False], ids=["strips", "passes"])
def test_everything_works_below_the_path(proxied, browser, strips):
    url, side = proxied(strips)
    page = browser.open(url + "/")
    page.run("window.stayed = true")
    # Styles, scripts, the stream of events and the samples come from below the path.
    page.wait("document.querySelector('#live').textContent === 'Live'")
    page.wait("!!document.querySelector('[data-usage=web] polyline')")
    assert page.run("getComputedStyle(document.querySelector('#programs')).borderTopLeftRadius") != "0px"
    page.click("#row-off button[value=start]")
    page.wait("document.querySelector('#row-off').innerText.includes('running')")
    assert page.run("window.stayed")
    # What happens elsewhere shows, so events get through.
    side.ask("supervisor.stopProcess", "off")
    page.wait("document.querySelector('#row-off').innerText.includes('stopped')")
    page.click("#row-web a")
    page.wait("document.querySelector('#log div')?.textContent === 'hello'")
    for path in ("/program.html?processname=web", "/logs.html", "/mainlog.html"):
        page.go(url + path)
        page.wait("document.querySelector('#live').textContent === 'Live'")
        assert page.run("location.pathname").startswith("/ops/reeve/")
        assert page.run("[...document.querySelectorAll('a[href], form[action]')].every((one) => new URL(one.getAttribute('href') ?? one.getAttribute('action'), location).pathname.startsWith('/ops/reeve/'))")
    assert page.complaints() == []
    page.close()


@pytest.mark.parametrize("strips", [True, False], ids=["strips", "passes"])
def test_without_a_script_forms_and_redirects_stay_below_the_path(proxied, browser, strips):
    url, side = proxied(strips)
    page = browser.open(url + "/", script=False)
    page.click("#row-off button[value=start]")
    page.wait("document.querySelector('.message')?.textContent === 'Process off started'")
    assert page.run("location.pathname") == "/ops/reeve/"
    page.close()


@pytest.mark.parametrize("kind", ["inet", "unix"])
def test_clients_and_probes(proxied, kind):
    url, side = proxied(kind=kind)
    status, headers, _ = fetch(url + "/index.html", b"processname=off&action=start")
    assert (status, headers["Location"]) == (303, "./?message=Process%20off%20started")
    assert fetch(url + "/api/v1/processes/off/stop", b"", {"Content-Type": "application/json"})[0] == 200
    assert json.loads(fetch(url + "/api/v1/openapi.json")[2])["servers"] == [{"url": "/ops/reeve"}]
    body = b"<?xml version='1.0'?><methodCall><methodName>supervisor.getState</methodName></methodCall>"
    assert b"RUNNING" in fetch(url + "/RPC2", body, {"Content-Type": "text/xml"})[2]
    for path in ("/readyz", "/healthz", "/metrics", "/stylesheets/supervisor.css", "/logtail"):
        assert fetch(url + path)[0] == (404 if path == "/logtail" else 200), path
    # The path itself is the page, whose links need the slash.
    status, headers, _ = fetch(url)
    assert status == 308 and headers["Location"].endswith("/ops/reeve/")
    # What only begins with it is another path; without it everything is there, too, as for a proxy that strips it.
    assert fetch(url + "x/livez")[0] == 404 and fetch(url + "/ops/reeve/livez")[0] == 404
    assert side.ask("supervisor.getState")[0] == "value"


@pytest.mark.parametrize("written", ["/ops/reeve/", "ops/reeve", "/ops/reeve"])
def test_slashes_around_it_do_not_matter(proxied, written):
    url, _ = proxied(base=f"base_path={written}")
    assert fetch(url + "/livez")[0] == 200


def test_the_password_is_asked_for_below_it(start, folder):
    side = Side("init", start, folder / "i", kind="inet", password="plain", programs=PROGRAMS, server_keys="base_path=/ops\nhealth_public=true")
    get = lambda path, more=b"": side.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + more + b"\r\n")[0]
    for path in ("/ops/", "/ops", "/ops/api/v1/processes", "/ops/metrics", "/"):
        assert get(path) == 401, path
    assert get("/ops/", side.authorization()) == 200 and get("/ops/livez") == get("/livez") == 200
    assert get("/ops//livez") != 200 and get("/%6fps/metrics") == 401
    side.stop()
