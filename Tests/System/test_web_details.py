"""The page of one program: what it says is what init and the kernel say."""

import html
import json
import re
import subprocess
import urllib.parse

import pytest

from http_sides import Side
from supervised import DIST
from test_web_live import get, live, state
from waiting import wait_until

PROGRAMS = """\
[program:web]
command=/bin/sh -c 'echo "<hello>"; echo "oh & no" >&2; exec sleep 1000'
environment=API_TOKEN="hush-hush",SAID="hush"
depends_on=listens:started:optional
no_restart_exitcodes=64,65
backoff_factor=1.5
startsecs=0
stopwaitsecs=17
healthcheck_command=/bin/sh -c 'echo it says; test ! -e {folder}/ill'
healthcheck_interval=1
healthcheck_retries=1
stdout_logfile={folder}/web.out
stderr_logfile={folder}/web.err
[program:quits]
command=/bin/sh -c 'read code; exit $code'
autostart=false
autorestart=false
startsecs=0
[program:g-0]
command=/bin/sleep 1000
autostart=false
stdout_logfile=NONE
[eventlistener:listens]
command=/bin/sleep 1000
events=TICK_60,PROCESS_STATE
startsecs=0
[fcgi-program:serves]
command=/bin/sleep 1000
socket=unix://{folder}/fcgi.sock
autostart=false
[group:<g>]
programs=g-0
"""


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    wait_until(lambda: "oh" in str(one.ask("supervisor.readProcessStderrLog", "web", 0, 0)[1]))
    yield one
    one.stop()


def card(text, name):
    """A part of the page as text."""
    part = re.search(rf'<section class="card" id="{name}".*?</section>', text, re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", part[0])) if part else None


def said(value):
    """A value of `init --dump-config` as the page shows it."""
    if isinstance(value, dict):
        return "<br>".join(f"{name}={said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(said, value))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return html.escape(str(value)).replace("&#x27;", "&#39;")


def rows(side, name):
    text = get(side, f"/program.html?processname={urllib.parse.quote(name)}")[2]
    part = re.search(r'<section class="card" id="settings".*?</section>', text, re.S)[0]
    assert "hush" not in text
    return dict(re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', part))


def test_the_configuration_is_the_effective_one_without_secrets(side):
    """As init prints it for the same file."""
    dump = json.loads(subprocess.run([DIST / "init", "-c", side.one.configuration, "--dump-config"], capture_output=True, timeout=60).stdout)
    for group in dump["groups"]:
        for process in group["processes"]:
            name = process["name"] if process["name"] == group["name"] else f"{group['name']}:{process['name']}"
            of_group = {key: value for key, value in group.items() if key not in ("name", "priority", "processes")}
            wanted = {key: said(value) for key, value in {**of_group, **process}.items() if key != "name"}
            # Their values are in no answer: see test_secrets.py.
            wanted["environment"] = said({variable: "********" for variable in process["environment"]})
            told = side.ask("supervisor.getProcessInfo", name)[1]
            for key in ("stdout_logfile", "stderr_logfile"):
                if wanted[key] == "AUTO" and told[key]:
                    wanted[key] = f"AUTO: {told[key]}"
            assert rows(side, name) == wanted, name
    web = rows(side, "web")
    assert web["stopwaitsecs"] == "17" and web["backoff_factor"] == "1.5" and web["depends_on"] == "listens:started:optional"
    assert web["environment"] == "API_TOKEN=********<br>SAID=********"
    assert rows(side, "listens")["events"] == "PROCESS_STATE, TICK_60" and "fcgi.sock" in rows(side, "serves")["socket"]
    assert "depends_on" not in rows(side, "serves")


def test_the_configuration_is_that_of_what_runs(side):
    """Not what the file says by now, before an update."""
    path = side.one.configuration
    path.write_text(path.read_text().replace("stopwaitsecs=17", "stopwaitsecs=18"))
    side.ask("supervisor.reloadConfig")
    assert rows(side, "web")["stopwaitsecs"] == "17"
    assert side.one.ctl("update").code == 0
    assert rows(side, "web")["stopwaitsecs"] == "18"


def test_how_runs_have_ended(side):
    text = get(side, "/program.html?processname=quits")[2]
    assert "It has not run yet." in card(text, "runs") and card(text, "health") is None
    for code in (3, 0, 4):
        side.ask("supervisor.startProcess", "quits")
        side.ask("supervisor.sendProcessStdin", "quits", f"{code}\n")
        wait_until(lambda: state(side, "quits") == "EXITED")
        wait_until(lambda: f"exit status {code}" in card(get(side, "/program.html?processname=quits")[2], "runs"))
    side.ask("supervisor.startProcess", "quits")
    side.ask("supervisor.signalProcess", "quits", "KILL")
    wait_until(lambda: state(side, "quits") == "EXITED")
    # The latest first.
    assert ends(side, "quits") == ["ended by SIGKILL", "exit status 4", "exit status 0", "exit status 3"]


def ends(side, name):
    return re.findall(r"(exit status \d|ended by SIG\w+)", card(get(side, f"/program.html?processname={name}")[2], "runs"))


def test_ends_before_a_page_was_opened(side):
    """The last ten, as init has them."""
    for count in range(12):
        side.ask("supervisor.startProcess", "quits")
        side.ask("supervisor.sendProcessStdin", "quits", f"{count % 5}\n")
        wait_until(lambda: state(side, "quits") == "EXITED")
    assert ends(side, "quits") == [f"exit status {count % 5}" for count in reversed(range(2, 12))]
    assert "init keeps the last 10 ends" in card(get(side, "/program.html?processname=quits")[2], "runs")
    exits = side.one.rpc("reeve.processInfo", "quits")["exits"]
    assert [exit["code"] for exit in exits] == [count % 5 for count in range(2, 12)] and exits == sorted(exits, key=lambda exit: exit["time"])
    assert exits[-1] == side.one.rpc("reeve.processInfo", "quits")["last_exit"]


def test_health_last_lines_and_processes(side):
    text = wait_until(lambda: (lambda text: "succeeded" in (card(text, "health") or "") and text)(get(side, "/program.html?processname=web")[2]))
    assert "Health: healthy" in card(text, "health") and "it says" in card(text, "health")
    assert "<hello>" in card(text, "lines") and "oh & no" in card(text, "lines") and "<hello>" not in text
    assert "sleep 1000" in card(text, "tree") and "pid" in card(text, "runs")
    (side.folder / "ill").touch()
    wait_until(lambda: "failed: " in card(get(side, "/program.html?processname=web")[2], "health"))


def test_one_that_is_not_there(side):
    status, _, text = get(side, "/program.html?processname=%3Cb%3E")
    assert status == 404 and "There is no program named &lt;b&gt;" in text
    assert get(side, "/program.html")[0] == 404


def test_it_follows_and_its_buttons_act(side, browser):
    page = live(browser.open(side.url + "/program.html?processname=web"))
    page.run("window.stayed = true")
    page.wait("document.querySelector('#subject [data-usage] polyline') && document.querySelector('#runs li')?.innerText.includes('was started')")
    (side.folder / "ill").touch()
    page.wait("document.querySelector('#health')?.innerText.includes('failed') && document.querySelector('#subject').innerText.includes('unhealthy')")
    page.click("#subject button[value=stop]")
    page.wait("document.querySelector('#runs').innerText.includes('ended by SIGTERM') && !document.querySelector('#tree')")
    assert state(side, "web") == "STOPPED"
    page.press("s", text="s")
    wait_until(lambda: state(side, "web") == "RUNNING")
    page.wait("!!document.querySelector('#tree')")
    assert page.run("window.stayed")
    # From the list by a key, and on to the log.
    page.go(side.url + "/")
    live(page)
    page.run("document.querySelector('#row-web a').focus()")
    page.press("i", text="i")
    page.wait("location.pathname === '/program.html' && document.querySelector('h1').textContent === 'web'")
    live(page)
    page.press("b", text="b")
    page.wait("location.search.includes('channel=both')")
    assert page.complaints() == []
    page.close()
