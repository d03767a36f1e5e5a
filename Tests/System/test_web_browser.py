"""The pages in a real browser."""

import os
import signal

import pytest

from http_sides import Side
from waiting import wait_until

PROGRAMS = """\
[program:web]
command=/bin/sleep 1000
startsecs=0
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:broken]
command=/bin/sh -c 'echo "no such table" >&2; exit 3'
startsecs=0
autorestart=false
stderr_logfile={folder}/broken.err
[program:talker]
command=/bin/sh -c 'printf "\\033[31mred\\033[0m <b>plain</b>\\n"; while read line; do echo "$line"; done'
startsecs=0
stdout_logfile={folder}/talker.log
[program:many]
command=/bin/sh -c 'seq 1 20000; sleep 1000'
startsecs=0
autostart=false
stdout_logfile={folder}/many.log
[program:worker]
command=/bin/sleep 1000
process_name=%(program_name)s-%(process_num)d
numprocs=2
startsecs=0
"""


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    wait_until(lambda: one.ask("supervisor.getProcessInfo", "broken")[1]["statename"] == "EXITED")
    wait_until(lambda: "red" in str(one.ask("supervisor.readProcessStdoutLog", "talker", 0, 0)[1]))
    yield one
    one.stop()


def state(side, name):
    return side.ask("supervisor.getProcessInfo", name)[1]["statename"]


def row(name):
    return f"document.getElementById('row-{name}').innerText"


def test_start_and_stop_without_leaving_the_page(side, visit):
    page = visit()
    page.run("window.stayed = true")
    assert "1 of 7 programs needs attention" in page.text() and "no such table" in page.text()
    page.click("#row-off button[value=start]")
    page.wait(f"{row('off')}.includes('running')")
    assert state(side, "off") == "RUNNING"
    page.click("#row-off button[value=stop]")
    page.wait(f"{row('off')}.includes('stopped')")
    assert state(side, "off") == "STOPPED"
    # Changes by others show, too, and the summary follows when the broken program is fixed.
    side.ask("supervisor.stopProcess", "web")
    page.wait(f"{row('web')}.includes('stopped')")
    assert page.run("window.stayed")


def test_the_verdict_follows(side, visit):
    page = visit()
    page.wait("document.querySelector('#live').textContent === 'Live'")
    side.ask("supervisor.removeProcessGroup", "broken")
    page.wait("document.querySelector('h1').textContent === 'All is well'")
    assert page.run("!document.querySelector('#attention') && !document.getElementById('row-broken')")
    assert page.run("document.title").startswith("All is well") and page.run("document.querySelector('link[rel=icon]').href").endswith("icon.svg")
    side.ask("supervisor.addProcessGroup", "broken")
    page.wait("document.querySelector('#attention')?.innerText.includes('no such table')")


def test_everything_can_be_stopped_after_a_question(side, visit):
    page = visit()
    page.click("[popovertarget=sure-stopall]")
    page.wait("document.querySelector('#sure-stopall').matches(':popover-open')")
    assert state(side, "web") == "RUNNING"
    page.click("#sure-stopall button[value=stopall]")
    page.wait(f"{row('web')}.includes('stopped') && {row('worker:worker-1')}.includes('stopped')")


def test_filter_and_keyboard(side, visit):
    page = visit()
    visible = "[...document.querySelectorAll('#programs tr[data-name]')].filter(r => r.checkVisibility()).map(r => r.dataset.name).join()"
    page.press("/", text="/")
    page.type("work")
    page.wait(f"{visible} === 'worker:worker-0,worker:worker-1'")
    assert "filter=work" in page.run("location.search")
    page.press("Escape")
    page.wait(f"{visible}.includes('web')")
    page.click("#tools [data-show=ill]")
    page.wait(f"{visible} === 'broken'")
    page.click("#tools [data-show=all]")
    # Without the mouse: from the filter to a program's button, which acts and keeps the focus.
    page.run("document.querySelector('#row-off a').focus()")
    page.press("Tab")
    assert page.run("document.activeElement.getAttribute('aria-label')") == "Start off"
    page.press("Enter", text="\r")
    page.wait(f"{row('off')}.includes('running')")
    assert page.run("document.activeElement.closest('tr').id") == "row-off"


def test_a_log_is_followed_and_searched(side, visit):
    page = visit("/tail.html?processname=talker")
    page.wait("document.querySelector('#log div')?.textContent.includes('<b>plain</b>')")
    assert page.run("document.querySelector('#log .c1').textContent") == "red"
    for text in ("one apple", "two pears", "three apples"):
        side.ask("supervisor.sendProcessStdin", "talker", text + "\n")
    page.wait("document.querySelector('#log').textContent.includes('three apples')")
    page.press("/", text="/")
    page.type("apple")
    page.wait("document.querySelector('#found').textContent === '2 lines'")
    shown = "[...document.querySelectorAll('#log div')].filter(l => l.checkVisibility()).length"
    assert page.run(shown) == 2
    side.ask("supervisor.sendProcessStdin", "talker", "apple four\nnothing\n")
    page.wait("document.querySelector('#found').textContent === '3 lines'")
    page.press("Escape")
    page.wait(f"{shown} === 6")
    page.click("#subject button[value=stop]")
    page.wait("document.querySelector('#subject').innerText.includes('stopped')")


def test_a_long_log_is_bounded_and_stays_where_one_reads(side, visit):
    side.ask("supervisor.startProcess", "many")
    page = visit("/tail.html?processname=many")
    page.wait("document.querySelector('#log').lastElementChild?.textContent === '20000'", timeout=60)
    assert page.run("document.querySelector('#log').childElementCount") <= 5000
    end = "(l => l.scrollHeight - l.scrollTop - l.clientHeight < 30)(document.querySelector('#log'))"
    page.wait(end)
    page.run("document.querySelector('#log').scrollTop = 1000")
    page.wait("document.querySelector('#following').getAttribute('aria-pressed') === 'false'")
    page.click("#following")
    page.wait(end)


#: A program's output, and how it is shown: text with its classes, or the colour that is mixed in.
COLOURS = [
    (r"\x1b[31mred\x1b[0m plain", [["red", "c1"], [" plain", None]]),
    (r"\x1b[1;92mok\x1b[m", [["ok", "b1 c10"]]),
    (r"\x1b[38;5;9mnine\x1b[39mnone", [["nine", "c9"], ["none", None]]),
    (r"\x1b[38;5;208morange", [["orange", "255 135 0"]]),
    (r"\x1b[38;2;1;2;3mrgb\x1b[38;2;900;0;0mbad", [["rgb", "1 2 3"], ["bad", None]]),
    (r"\x1b[2K\x1b[1Acut\x1b]0;title\x07 \x1b]8;;http://x\x1b\\link\x1b(B", [["cut", None], [" ", None], ["link", None]]),
    (r"end\x1b[", [["end", None]]),
    (r"<b>\x1b[4m<i>", [["<b>", None], ["<i>", "b4"]]),
]


def test_colours_of_terminals(side, visit):
    page = visit("/mainlog.html")
    for text, expected in COLOURS:
        shown = page.run(f"""import('/scripts/ansi.js').then(({{ Painter }}) => {{
            const line = document.createElement('div');
            new Painter().paint("{text}", line);
            return [...line.childNodes].map((node) => [node.textContent,
                node.style?.color ? /rgb\\(([^)]*)\\)/.exec(node.style.color)[1].replaceAll(',', '') : node.className || null]);
        }})""")
        assert shown == expected, text


def test_a_page_outlives_its_gateway(side, visit):
    pages = [visit(), visit("/tail.html?processname=talker")]
    for page in pages:
        page.wait("document.querySelector('#live').textContent === 'Live'")
        page.run("""(() => { const live = document.querySelector('#live');
            new MutationObserver(() => { window.lost ||= live.textContent !== 'Live'; })
                .observe(live, { childList: true, characterData: true, subtree: true }); })()""")
    pages[1].wait("!!document.querySelector('#log div')")
    os.kill(side.gateway.pid, signal.SIGKILL)
    for page in pages:
        page.wait("window.lost")
    side.ask("supervisor.stopProcess", "web")
    pages[0].wait(f"{row('web')}.includes('stopped')")
    for page in pages:
        page.wait("document.querySelector('#live').textContent === 'Live'")
    side.ask("supervisor.sendProcessStdin", "talker", "again\n")
    # The existing lines arrive again, once.
    pages[1].wait("[...document.querySelectorAll('#log div')].map((line) => line.textContent).join() === 'red <b>plain</b>,again'")
    # The browser reports that it has lost a connection, as expected.
    for page in pages:
        page.forgive("net::ERR_")


def test_without_script(side, visit):
    page = visit(script=False)
    page.click("#row-off button[value=start]")
    page.wait("document.querySelector('.message')?.textContent === 'Process off started'")
    assert state(side, "off") == "RUNNING"
    page.click("[popovertarget=sure-stopall]")
    page.click("#sure-stopall button[value=stopall]")
    page.wait("document.querySelector('.message')?.textContent.startsWith('All stopped at')")
    page.go(side.url + "/?show=ill")
    assert page.run("document.querySelectorAll('#programs tr[data-name]').length") == 1
    page.click("#row-broken a")
    page.wait("document.querySelector('h1').textContent === 'broken'")


def test_fits_a_phone(side, visit):
    for path in ("/", "/tail.html?processname=talker", "/mainlog.html"):
        page = visit(path, width=360, height=740, phone=True)
        assert page.run("document.documentElement.scrollWidth") <= 360, path


def test_light_and_dark(side, visit):
    page = visit(dark=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.run(ground)
    page.click("#theme")
    page.wait(f"{ground} !== '{dark}'")
    light = page.run(ground)
    page.go(side.url + "/mainlog.html")
    assert page.run(ground) == light
    page.click("#theme")
    page.wait(f"{ground} === '{dark}'")
