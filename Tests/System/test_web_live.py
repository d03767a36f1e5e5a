"""What the list of programs shows while somebody looks: usage, groups, keys, and what has happened; in a real browser."""

import json
import re
import time
import urllib.request

import pytest

import procfs
from http_sides import Side
from waiting import wait_until

PROGRAMS = """\
[program:idle]
command=/bin/sleep 1000
startsecs=0
[program:busy]
command=/bin/sh -c 'while :; do :; done'
startsecs=0
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:quits]
command=/bin/sh -c 'read code; exit $code'
autorestart=false
startsecs=0
[program:worker]
command=/bin/sleep 1000
process_name=%(program_name)s-%(process_num)d
numprocs=2
startsecs=0
[program:<i>]
command=/bin/sleep 1000
autostart=false
startsecs=0
"""


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    yield one
    one.stop()


def get(side, path, method="GET", body=b""):
    """(status, headers, body as text)."""
    status, headers, text = side.raw(
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return status, headers, text.decode()


def state(side, name):
    return side.ask("supervisor.getProcessInfo", name)[1]["statename"]


def live(page):
    page.wait("document.querySelector('#live').textContent === 'Live'")
    return page


def used(side):
    answer = json.loads(get(side, "/api/v1/usage")[2])
    return answer["time"], {program["fullname"]: program for program in answer["programs"]}


def test_usage_is_the_kernels(side):
    first, programs = used(side)
    assert set(programs) == {"idle", "busy", "quits", "worker:worker-0", "worker:worker-1"}
    pids = {name: side.ask("supervisor.getProcessInfo", name)[1]["pid"] for name in programs}
    assert {name: program["pid"] for name, program in programs.items()} == pids
    outside = {procfs.inner_pid(pid): pid for pid in procfs.children(side.one.pid)}
    for name in ("idle", "worker:worker-0"):
        resident = procfs.rss(outside[pids[name]]) * 1024
        assert abs(programs[name]["memory_bytes"] - resident) <= resident / 2 and programs[name]["processes"] == 1
    # Another sample, and in it more of what works; never more than the time that has passed, on one processor.
    later, after = wait_until(lambda: (lambda two: two[0] > first and two)(used(side)))
    spent = after["busy"]["cpu_seconds"] - programs["busy"]["cpu_seconds"]
    assert 0 < spent <= later - first + 0.05
    assert after["idle"]["cpu_seconds"] == programs["idle"]["cpu_seconds"] == 0


def reads(side):
    """System calls of the gateway that read: nothing is sampled without them."""
    with open(f"/proc/{side.gateway.pid}/io") as file:
        return int(re.search(r"syscr: (\d+)", file.read())[1])


def test_usage_is_drawn_and_sampled_only_while_somebody_looks(side, visit):
    page = live(visit())
    cell = "document.querySelector('[data-usage={}]')"
    page.wait(f"{cell.format('busy')}.querySelectorAll('polyline').length === 2")
    page.wait(f"{cell.format('busy')}.querySelector('polyline').getAttribute('points').split(' ').length >= 2")
    percent = "parseFloat({}.querySelector('.cpu').textContent)"
    page.wait(f"{percent.format(cell.format('busy'))} > 5 && {percent.format(cell.format('idle'))} === 0")
    assert re.fullmatch(r"[\d.]+ [KM]B", page.run(cell.format("idle") + ".querySelector('.memory').textContent"))
    assert page.run(cell.format("off") + ".childElementCount") == 0
    # A program that has stopped uses nothing.
    side.ask("supervisor.stopProcess", "busy")
    page.wait(f"{cell.format('busy')}.childElementCount === 0")
    # Samples go on as long as the page is seen, and end with it.
    before = reads(side)
    wait_until(lambda: reads(side) > before + 20)
    page.go("about:blank")
    time.sleep(3)  # sleep: observation   a sample that has begun comes to its end
    before = reads(side)
    time.sleep(6)  # sleep: observation   three times the page's interval
    assert reads(side) - before < 5


def test_nothing_is_sampled_in_a_hidden_tab(side, visit):
    page = live(visit())
    page.wait("!!document.querySelector('[data-usage=idle] polyline')")
    asked = lambda: re.search(r'route="/api/v1/usage",code="200"} (\d+)', get(side, "/metrics")[2])[1]
    before = asked()
    wait_until(lambda: asked() != before)
    page.run("Object.defineProperty(document, 'hidden', { get: () => window.isHidden }), window.isHidden = true, document.dispatchEvent(new Event('visibilitychange'))")
    time.sleep(1)  # sleep: observation   one that is on its way
    before = asked()
    time.sleep(6)  # sleep: observation   three times the page's interval
    assert asked() == before
    page.run("window.isHidden = false, document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(lambda: asked() != before)


def test_many_who_ask_at_once_share_a_sample(side):
    def times():
        answers = []
        connections = [side.connect() for _ in range(20)]
        for connection in connections:
            connection.sendall(b"GET /api/v1/usage HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for connection in connections:
            data = b""
            while part := connection.recv(65536):
                data += part
            answers.append(json.loads(data.partition(b"\r\n\r\n")[2])["time"])
            connection.close()
        return answers

    wait_until(lambda: len(set(times())) == 1)


VISIBLE = "[...document.querySelectorAll('#programs tr[data-name]')].filter(r => r.checkVisibility()).map(r => r.dataset.name).join()"


def test_groups_fold_and_stay_so(side, visit):
    page = live(visit())
    heading = "document.getElementById('group-worker')"
    assert "2 running" in page.run(f"{heading}.innerText")
    page.click("#group-worker .fold")
    page.wait(f"!{VISIBLE}.includes('worker')")
    assert page.run(f"{heading}.querySelector('.fold').getAttribute('aria-expanded')") == "false"
    # What is looked for is shown all the same.
    page.press("/", text="/")
    page.type("work")
    page.wait(f"{VISIBLE} === 'worker:worker-0,worker:worker-1'")
    page.press("Escape")
    page.wait(f"!{VISIBLE}.includes('worker')")
    # It is remembered, and the sum is right though its programs aren't shown.
    page.go(side.url + "/")
    live(page)
    page.wait(f"!{VISIBLE}.includes('worker')")
    side.ask("supervisor.stopProcess", "worker:worker-1")
    page.wait(f"{heading}.innerText.includes('1 running, 1 stopped')")
    page.click("#group-worker .fold")
    page.wait(f"{VISIBLE}.includes('worker:worker-1')")


def test_groups_act(side, visit):
    page = live(visit())
    page.click("#group-worker button[value=stopgroup]")
    page.wait("document.querySelector('dialog[open]')?.innerText.includes('Stop all of worker?')")
    assert state(side, "worker:worker-0") == "RUNNING"
    page.click("dialog .grave")
    wait_until(lambda: {state(side, f"worker:worker-{number}") for number in (0, 1)} == {"STOPPED"})
    page.wait("document.getElementById('group-worker').innerText.includes('2 stopped')")
    page.click("#group-worker button[value=startgroup]")
    page.wait("document.getElementById('group-worker').innerText.includes('2 running')")
    before = side.ask("supervisor.getProcessInfo", "worker:worker-0")[1]["pid"]
    page.click("#group-worker button[value=restartgroup]")
    page.click("dialog .grave")
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "worker:worker-0")[1]["pid"] not in (0, before))


def test_groups_act_without_a_script(side, visit):
    page = visit(script=False)
    page.forgive("405")  # the page that asks
    assert page.run("!document.querySelector('.fold').checkVisibility() && !document.querySelector('td.usage').checkVisibility()")
    page.click("#group-worker button[value=stopgroup]")
    page.wait("document.querySelector('h1')?.textContent === 'Stop all of worker?'")
    assert state(side, "worker:worker-0") == "RUNNING"
    page.click(".confirm .grave")
    page.wait("document.querySelector('.message')?.textContent === 'Group worker stopped'")
    assert {state(side, f"worker:worker-{number}") for number in (0, 1)} == {"STOPPED"}
    # A group that isn't there, and what is no action of a group.
    answer = get(side, "/index.html", "POST", body=b"groupname=<b>&action=startgroup")
    assert answer[0] == 303 and answer[1][b"location"] == b"./?message=No%20such%20group%20named%20%3Cb%3E"
    assert get(side, "/index.html", "POST", body=b"groupname=worker&action=start")[0] == 400
    assert get(side, "/index.html?groupname=worker&action=startgroup")[0] == 405
    assert state(side, "worker:worker-0") == "STOPPED"


def test_keys(side, visit):
    page = live(visit())
    focused = "document.activeElement.closest('tr')?.id ?? ''"
    page.press("?", text="?")
    page.wait("!!document.querySelector('dialog.keys[open]')")
    listed = page.run("[...document.querySelectorAll('dialog.keys kbd')].map((key) => key.textContent)")
    assert {"?", "j", "↓", "k", "s", "x", "r", "f", "/", "t"} <= set(listed)
    # While it is open, no other key does anything.
    page.press("j", text="j")
    page.press("?", text="?")
    page.wait("!document.querySelector('dialog')")
    order = page.run("[...document.querySelectorAll('#programs :is(tr[data-name], tr.heading)')].map((row) => row.id)")
    page.press("j", text="j")
    assert page.run(focused) == order[0]
    page.press("ArrowDown")
    assert page.run(focused) == order[1]
    page.press("k", text="k")
    assert page.run(focused) == order[0]
    for _ in range(order.index("row-off")):
        page.press("j", text="j")
    page.press("s", text="s")
    wait_until(lambda: state(side, "off") == "RUNNING")
    page.wait("document.getElementById('row-off').innerText.includes('running')")
    assert page.run(focused) == "row-off"
    page.press("x", text="x")
    page.wait("document.querySelector('dialog[open]')?.innerText.includes('Stop off?')")
    assert state(side, "off") == "RUNNING"
    page.click("dialog .grave")
    wait_until(lambda: state(side, "off") == "STOPPED")
    page.run("document.querySelector('#group-worker .fold').focus()")
    page.press("f", text="f")
    page.wait(f"!{VISIBLE}.includes('worker')")
    # In a field, keys are letters.
    page.press("/", text="/")
    page.type("fxs?")
    assert page.run("document.querySelector('#filter').value") == "fxs?"
    assert page.run("!document.querySelector('dialog') && location.pathname") == "/"


def test_the_timeline_has_what_is_known_and_what_happens(side, visit):
    side.ask("supervisor.sendProcessStdin", "quits", "3\n")
    wait_until(lambda: state(side, "quits") == "EXITED")
    page = live(visit())
    lines = ("[...document.querySelectorAll('#timeline li')].map((line) => [...line.childNodes].filter((part) => part.tagName !== 'TIME')"
             ".map((part) => part.textContent).join('').trim()).join('\\n')")
    page.press("t", text="t")
    page.wait("document.querySelector('#timeline').open")
    page.wait(f"{lines}.includes('quits exit status 3') && {lines}.includes('idle was started')")
    side.ask("supervisor.startProcess", "off")
    side.ask("supervisor.startProcess", "quits")
    side.ask("supervisor.sendProcessStdin", "quits", "4\n")
    side.ask("supervisor.stopProcess", "off")
    side.ask("supervisor.startProcess", "<i>")
    page.wait(f"{lines}.includes('off has stopped') && {lines}.includes('quits has exited unexpectedly') && {lines}.includes('<i> is running')")
    # The latest comes first, with its time.
    text = page.run(lines).split("\n")
    assert text.index("off has stopped") < text.index("off is stopping") < text.index("off is running") < text.index("idle was started")
    assert page.run("[...document.querySelectorAll('#timeline time')].every((time) => time.dateTime && time.title)")
    assert page.run("document.querySelectorAll('#timeline i').length") == 0
    # Without a script it is there, too.
    assert "off</a> has stopped" in get(side, "/")[2] and "&lt;i&gt;</a> is running" in get(side, "/")[2]


def test_nobody_listens_before_a_page_is_opened(side):
    streams = lambda: int(re.search(r"^reeve_event_streams (\d+)$", get(side, "/metrics")[2], re.M)[1])
    side.ask("supervisor.getAllProcessInfo")
    assert streams() == 0
    get(side, "/")
    wait_until(lambda: streams() == 1)
    with urllib.request.urlopen(side.url + "/"):
        assert streams() == 1
