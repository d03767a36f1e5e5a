"""Who waits for whom: the picture, the list, and the pages of programs say what the configuration says."""

import html
import json
import re
import subprocess

import pytest

from http_sides import Side
from supervised import DIST
from test_web_details import card
from test_web_live import get, live, state
from waiting import wait_until

PROGRAMS = """\
[program:db]
command=/bin/sleep 1000
startsecs=0
[program:migrate]
command=/bin/true
type=oneshot
depends_on=db
[program:web]
command=/bin/sleep 1000
process_name=%(program_name)s-%(process_num)d
numprocs=3
startsecs=0
depends_on=migrate:completed, db:ready:restart
[program:mail]
command=/bin/sh -c 'exit 3'
startsecs=0
autorestart=false
depends_on=web:started, cache:optional
[program:cache]
command=/bin/sleep 1000
autostart=false
[program:late]
command=/bin/sleep 1000
depends_on=<g>:one
startsecs=0
[program:one]
command=/bin/sleep 1000
startsecs=0
[program:two]
command=/bin/sleep 1000
startsecs=0
[group:<g>]
programs=one,two
[program:alone]
command=/bin/sleep 1000
startsecs=0
"""
#: (who, for whom): how it waits, of the nodes of the picture.
EDGES = {
    ("migrate", "db"): "ready", ("web", "migrate"): "completed", ("web", "db"): "ready, restart", ("mail", "web"): "started",
    ("mail", "cache"): "ready, optional", ("late", "<g>:one"): "ready"}


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    wait_until(lambda: state(one, "mail") == "EXITED")
    wait_until(lambda: state(one, "late") == "RUNNING")
    yield one
    one.stop()


def test_rest_tells_what_a_program_depends_on(side):
    said = {one["fullname"]: one["depends_on"] for one in json.loads(get(side, "/api/v1/processes")[2])}
    assert said["web:web-1"] == ["migrate:completed", "db:ready:restart"] and said["late"] == ["<g>:one:ready"] and said["db"] == []
    # supervisord's clients get what they have always got.
    assert "depends_on" not in side.ask("supervisor.getProcessInfo", "web:web-1")[1]


def test_the_picture_has_what_init_says_of_the_configuration(side):
    text = get(side, "/graph.html")[2]
    drawn = re.findall(r"<title>(.*?) waits for (.*?): (.*?)</title>", text)
    assert {(html.unescape(one), html.unescape(other)): how for one, other, how in drawn} == EDGES
    listed = {}
    for name, waits in re.findall(r'<tr><th scope="row"><a href="[^"]*">(.*?)</a>.*?<ul>(.*?)</ul>', text, re.S):
        for other, how in re.findall(r"<a href=\"[^\"]*\">(.*?)</a> \((.*?)\)", waits):
            listed[html.unescape(name), html.unescape(other)] = how
    assert listed == EDGES
    # The same as `init --graph`.
    printed = subprocess.run([DIST / "init", "--graph=dot", "-c", side.folder / "s.conf"], capture_output=True, text=True, check=True).stdout
    known = {tuple(pair) for pair in re.findall(r'"(.*?)" -> "(.*?)"', printed)}
    assert len(known) >= len(EDGES) and all(re.search(rf'"{re.escape(one)}[^"]*" -> "{re.escape(other)}[^"]*"|"{re.escape(other)}[^"]*" -> "{re.escape(one)}[^"]*"', printed)
                                            for one, other in EDGES), printed
    assert "2 others without dependencies" in text


def boxes(page):
    return page.run("""Object.fromEntries([...document.querySelectorAll('.canvas g')].map((box) => {
        const { left, right, top, bottom } = box.querySelector('rect').getBoundingClientRect();
        return [box.querySelector('.name').textContent, { left, right, top, bottom, word: box.querySelector('.word').textContent,
            sign: [...box.children].filter((part) => ['circle', 'path'].includes(part.tagName)).map((part) => part.tagName + (part.classList.contains('full') ? ' full' : '')).join() }];
    }))""")


def test_layers_go_from_left_to_right_and_states_have_shapes(side, browser):
    # It was started because `mail` depends on it.
    side.ask("supervisor.stopProcess", "cache")
    page = live(browser.open(side.url + "/graph.html"))
    placed = boxes(page)
    assert set(placed) == {name for pair in EDGES for name in pair}
    for one, other in EDGES:
        assert placed[other]["right"] < placed[one]["left"], (one, other)
    together = list(placed.values())
    for index, one in enumerate(together):
        for other in together[index + 1:]:
            assert one["right"] < other["left"] or other["right"] < one["left"] or one["bottom"] < other["top"] or other["bottom"] < one["top"]
    assert placed["db"]["sign"] == "circle full" and placed["cache"]["sign"] == "circle" and placed["mail"]["sign"] == "path full"
    assert placed["web"]["word"] == "3 of 3 running"
    # It follows.
    side.ask("supervisor.stopProcess", "web:web-1")
    page.wait("[...document.querySelectorAll('.canvas .word')].some((word) => word.textContent === '1 of 3 stopped')")
    side.ask("supervisor.startProcess", "cache")
    page.wait("[...document.querySelectorAll('.canvas g')].some((box) => box.querySelector('.name').textContent === 'cache' && box.querySelector('.word').textContent === 'running')")
    page.click(".canvas a[href='program.html?processname=db']")
    page.wait("document.querySelector('h1').textContent === 'db'")
    assert page.complaints() == []
    page.close()


def test_the_page_of_a_program_has_both_directions(side):
    needs = card(get(side, "/program.html?processname=db")[2], "needs")
    assert "Waits for" not in needs and re.search(r"Is needed by.*migrate \(ready\).*web \(ready, restart\): 3 of 3 running", needs, re.S)
    needs = card(get(side, "/program.html?processname=web:web-2")[2], "needs")
    assert re.search(r"Waits for.*migrate \(completed\).*db \(ready, restart\): running.*Is needed by.*mail \(started\)", needs, re.S)
    assert card(get(side, "/program.html?processname=alone")[2], "needs") is None


def test_without_dependencies_it_says_so(start, folder):
    side = Side("init", start, folder / "i", kind="inet", programs="[program:a]\ncommand=/bin/sleep 1000\n")
    assert "No program depends on another one" in get(side, "/graph.html")[2]
    side.stop()
