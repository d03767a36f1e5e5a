"""Accessibility and looks of every page, in a real browser.

axe-core checks each page, light and dark, at two widths, against all of its rules: WCAG 2.2 A and AA, and best
practices.

How pages look is compared in two ways, at three widths, light and dark:

- Facts about the layout that hold with whatever fonts a machine has: nothing is wider than the window, nothing that can
  be clicked lies on another such thing or is cut off, and on a phone nothing of it is less than 24 pixels high.
- A picture of blocks of 16 x 16 pixels, whose mean colours are compared with a reference in Tests/System/looks (a few
  kilobytes each). Blocks average away how letters are drawn, which differs between versions of a browser, but not where
  things are, how large, and in which colour. The font is pinned to DejaVu Sans, and times, pids and measurements are
  constants. `LOOKS=write` in the environment writes the references anew, and fails so that nobody forgets it there.

References of whole screenshots would be megabytes, and differ in every letter with each version of Chromium.
"""

import base64
import json
import os
import pathlib
import time
import urllib.parse

import axe_playwright_python
import pytest

from http_sides import Side
from waiting import wait_until

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
LOOKS = pathlib.Path(__file__).parent / "looks"
PROGRAMS = """\
[program:web]
command=/bin/sh -c 'echo "GET /health 200"; echo "a warning" >&2; exec sleep 1000'
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
healthcheck_command=/bin/true
[program:broken]
command=/bin/sh -c 'printf "no such \\033[31mtable\\033[0m\\n" >&2; exit 3'
startsecs=0
autorestart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:off]
command=/bin/sleep 1000
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:job]
command=/bin/sleep 1000
type=oneshot
stdout_logfile=NONE
stderr_logfile=NONE
[program:waits]
command=/bin/sleep 1000
depends_on=job:completed
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:worker]
command=/bin/sleep 1000
process_name=%(program_name)s-%(process_num)d
numprocs=2
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:a-program-with-a-name-that-is-longer-than-most-of-them-are]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
"""
PAGES = {
    "list": "/", "details": "/program.html?processname=web", "log": "/tail.html?processname=web",
    "both": "/tail.html?processname=web&channel=both", "all": "/logs.html", "graph": "/graph.html", "main": "/mainlog.html",
    "ill": "/program.html?processname=broken", "nobody": "/program.html?processname=nobody", "filtered": "/?show=ill",
    "empty": "/?filter=zzz", "message": "/?message=Process%20off%20started", "question": "/?action=stopall",
    "none": "/tail.html?processname=nobody"}
COMPARED = ["list", "details", "graph", "both", "question"]
WIDTHS = [360, 800, 1440]
SCHEMES = ["light", "dark"]


@pytest.fixture
def side(start, folder):
    one = Side("init", start, folder / "i", kind="inet", programs=PROGRAMS)
    settle(one)
    yield one
    one.stop()


def settle(side):
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "broken")[1]["statename"] == "EXITED")
    wait_until(lambda: "warning" in str(side.ask("supervisor.readProcessStderrLog", "web", 0, 0)[1]))
    wait_until(lambda: b'"healthy"' in side.raw(b"GET /api/v1/processes/web HTTP/1.1\r\nHost: localhost\r\n\r\n")[2])


def opened(browser, side, name, width=1200, **options):
    page = browser.open(side.url + PAGES[name], width=width, height=900, phone=width < 500, **options)
    if name not in ("nobody", "question"):
        page.wait("document.querySelector('#live').textContent === 'Live'" if name != "none" else "!!document.querySelector('h1')")
    if name in ("both", "all"):
        page.wait("document.querySelector('#log').innerText.includes('From here on')")
    return page


# -- accessibility

def violations(page):
    page.run(AXE + "; undefined")
    found = page.run("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {one['help']}\n    " + "\n    ".join(node["html"][:160] + " " + (node.get("failureSummary") or "")[:300] for node in one["nodes"][:4])
            for one in found]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser, side, name, scheme):
    for width in (360, 1200):
        page = opened(browser, side, name, width, dark=scheme == "dark")
        found = violations(page)
        page.close()
        assert not found, "\n".join(found)


#: What a page looks like in the middle of something.
MOMENTS = {
    "keys": lambda page: page.press("?", text="?"),
    "timeline": lambda page: page.press("t", text="t"),
    "folded": lambda page: page.click("#group-worker .fold"),
    "asks": lambda page: page.click("#group-worker button[value=stopgroup]"),
    "usage": lambda page: page.wait("!!document.querySelector('[data-usage=web] polyline')"),
    "said": lambda page: (page.press("s", text="s"), page.wait("document.querySelector('#toast.shown') && getComputedStyle(document.querySelector('#toast')).opacity === '1'")),
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_axe_finds_nothing_in_the_middle(browser, side, moment, scheme):
    page = opened(browser, side, "list", dark=scheme == "dark")
    MOMENTS[moment](page)
    found = violations(page)
    page.close()
    assert not found, "\n".join(found)


def test_axe_would_find_something(browser, side):
    page = opened(browser, side, "list")
    page.run("document.querySelector('#filter').removeAttribute('aria-label'), document.querySelector('#filter').removeAttribute('placeholder')")
    page.run("document.querySelector('.brand').style.color = '#c8c8c8'")
    found = " ".join(violations(page))
    page.close()
    assert "label" in found and "color-contrast" in found


# -- layout

FACTS = """(() => {
    const problems = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) problems.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
    const scrolls = (element) => element.closest('pre, .canvas, .timeline ol, .processes ul, .skip, .heard, dialog, [popover]');
    const all = [...document.querySelectorAll('a, button, input, summary')].filter((one) => one.checkVisibility() && !scrolls(one))
        .map((element) => ({ element, rect: element.getBoundingClientRect(), name: element.textContent.trim() || element.getAttribute('aria-label') || element.id }));
    for (const [index, { element, rect, name }] of all.entries()) {
        if (rect.left < -0.5 || rect.right > width + 0.5) problems.push(`${name} is cut off`);
        if (width < 500 && rect.height < 24 && element.tagName !== 'A') problems.push(`${name} is ${rect.height} high`);
        for (const other of all.slice(index + 1)) {
            if (element.contains(other.element) || other.element.contains(element)) continue;
            const [w, h] = [Math.min(rect.right, other.rect.right) - Math.max(rect.left, other.rect.left), Math.min(rect.bottom, other.rect.bottom) - Math.max(rect.top, other.rect.top)];
            if (w > 1 && h > 1) problems.push(`${name} lies on ${other.name}`);
        }
    }
    for (const element of document.querySelectorAll('main *, header *, footer *')) {
        const style = getComputedStyle(element);
        if (/hidden|clip/.test(style.overflowX) && !element.closest('.heard, thead') && element.scrollWidth > element.clientWidth + 1) problems.push(`${element.tagName} ${element.className} cuts its text`);
    }
    return problems;
})()"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_overlaps_or_is_cut(browser, side, name, width):
    page = opened(browser, side, name, width)
    if name in ("list", "details", "log"):
        page.wait("!!document.querySelector('[data-usage=web] polyline')")
    problems = page.run(FACTS)
    page.close()
    assert problems == []


def test_an_overlap_would_be_found(browser, side):
    page = opened(browser, side, "list")
    page.run("Object.assign(document.querySelector('#theme').style, { position: 'fixed', left: '24px', top: '20px' })")
    page.run("document.querySelector('footer').style.minWidth = '2000px'")
    problems = " ".join(page.run(FACTS))
    page.close()
    assert "the page is" in problems and "lies on" in problems


# -- looks

STILL = """(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { font-family: 'DejaVu Sans' !important; animation: none !important; transition: none !important; caret-color: transparent !important; }");
    document.adoptedStyleSheets = [sheet];
    // What has been asked for may still come; nothing else is asked for.
    window.fetch = () => new Promise(() => {});
    for (const time of document.querySelectorAll('time')) time.replaceWith(Object.assign(document.createElement('span'), { textContent: time.dataset.at ? '12:00:00' : '9 s', className: 'time' }));
    for (const pid of document.querySelectorAll('.pid')) pid.textContent = 'pid 42';
    for (const usage of document.querySelectorAll('[data-usage]')) { usage.replaceChildren(); usage.removeAttribute('data-usage'); }
    for (const item of document.querySelectorAll('#runs li, .tree')) for (const node of item.childNodes) node.textContent = node.textContent.replace(/\\d\\d+/g, '42');
    scrollTo(0, 0);
    return document.fonts.ready.then(() => document.fonts.check("12px 'DejaVu Sans'"));
})()"""
SHRINK = """(async (data) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + data;
    await image.decode();
    const [w, h] = [Math.ceil(image.width / 16), Math.ceil(image.height / 16)];
    const whole = new OffscreenCanvas(image.width, image.height).getContext('2d');
    whole.drawImage(image, 0, 0);
    const small = document.createElement('canvas');
    [small.width, small.height] = [w, h];
    const target = small.getContext('2d');
    const result = target.createImageData(w, h);
    const pixels = whole.getImageData(0, 0, image.width, image.height).data;
    for (let y = 0; y < h; y += 1) for (let x = 0; x < w; x += 1) {
        const sums = [0, 0, 0];
        let count = 0;
        for (let v = y * 16; v < Math.min(y * 16 + 16, image.height); v += 1) for (let u = x * 16; u < Math.min(x * 16 + 16, image.width); u += 1) {
            const at = (v * image.width + u) * 4;
            for (let c = 0; c < 3; c += 1) sums[c] += pixels[at + c];
            count += 1;
        }
        result.data.set([...sums.map((sum) => sum / count), 255], (y * w + x) * 4);
    }
    target.putImageData(result, 0, 0);
    return small.toDataURL('image/png').split(',')[1];
})"""
#: The mean difference of all blocks in 1/255, and the share of blocks that differ by more than 24.
DIFFERENCE = """(async (one, other) => {
    const pixels = async (data) => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + data;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(0, 0, image.width, image.height);
    };
    const [a, b] = [await pixels(one), await pixels(other)];
    if (a.width !== b.width || a.height !== b.height) return [255, 1];
    let [sum, far] = [0, 0];
    for (let at = 0; at < a.data.length; at += 4) {
        const here = Math.max(...[0, 1, 2].map((c) => Math.abs(a.data[at + c] - b.data[at + c])));
        sum += here;
        if (here > 24) far += 1;
    }
    const count = a.data.length / 4;
    return [sum / count, far / count];
})"""
#: Another version of the browser, or of the font, stays below; a table that is 16 pixels lower doesn't.
MEAN, FAR = 0.7, 0.006


def blocks(browser, page):
    data = page.call("Page.captureScreenshot", format="png")["data"]
    bench = browser.open("about:blank")
    small = bench.run(f"{SHRINK}({json.dumps(data)})")
    bench.close()
    return small


def difference(browser, one, other):
    bench = browser.open("about:blank")
    found = bench.run(f"{DIFFERENCE}({json.dumps(one)}, {json.dumps(other)})")
    bench.close()
    return found


def still(browser, side, name, width, scheme):
    page = browser.open(side.url + PAGES[name], width=width, height=900, dark=scheme == "dark")
    if name in ("both", "all"):
        page.wait("document.querySelector('#log').innerText.includes('From here on')")
    elif name != "question":
        page.wait("document.querySelector('#live').textContent === 'Live'")
    page.run(STILL)
    time.sleep(0.5)  # sleep: observation   the answer to a request that was on its way, which would be painted
    assert page.run(STILL), "the font DejaVu Sans is missing: `scripts/deps test` installs it"
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_look_as_before(browser, side, width, scheme):
    different = []
    for name in COMPARED:
        page = still(browser, side, name, width, scheme)
        small = blocks(browser, page)
        page.close()
        reference = LOOKS / f"{name}-{width}-{scheme}.png"
        if os.environ.get("LOOKS") == "write":
            LOOKS.mkdir(exist_ok=True)
            reference.write_bytes(base64.b64decode(small))
            continue
        mean, far = difference(browser, small, base64.b64encode(reference.read_bytes()).decode())
        print(f"{name} {width} {scheme}: {mean:.2f} {far:.4f}")
        if mean > MEAN or far > FAR:
            different.append(f"{name}: blocks differ by {mean:.2f} of 255, {far:.1%} by more than 24")
    assert os.environ.get("LOOKS") != "write", "the references are written: look at them, and run this without LOOKS"
    assert not different, "\n".join(different)


CHANGES = {
    "lower": "document.querySelector('#programs').style.marginTop = '16px'",
    "narrow": "document.querySelector('#programs').style.width = '80%'",
    "no button": "document.querySelector('.all').remove()",
    "colour": "document.querySelector('#programs').style.background = 'rgb(230 220 200)'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_would_be_seen(browser, side, change):
    page = still(browser, side, "list", 800, "light")
    before = blocks(browser, page)
    assert difference(browser, before, blocks(browser, page)) == [0, 0]
    page.run(f"{CHANGES[change]}, 0")
    mean, far = difference(browser, before, blocks(browser, page))
    page.close()
    assert mean > MEAN or far > FAR, (mean, far)


def test_references_are_small():
    files = list(LOOKS.glob("*.png"))
    assert len(files) == len(COMPARED) * len(WIDTHS) * len(SCHEMES)
    assert sum(file.stat().st_size for file in files) < 150_000 and max(file.stat().st_size for file in files) < 16_000


# -- what the page consists of

def test_the_page_is_light_and_asks_nobody_else(browser, side):
    """Less than 120 KB with everything that any page loads, uncompressed, and no request to another host."""
    page = browser.open(side.url + "/")
    for path in PAGES.values():
        page.go(side.url + path)
        page.wait("document.readyState === 'complete'")
    with browser.changed:
        requests = [event["params"]["request"]["url"] for event in browser.events
                    if event.get("sessionId") == page.session and event["method"] == "Network.requestWillBeSent"]
    page.close()
    hosts = {urllib.parse.urlsplit(url).netloc for url in requests if not url.startswith("data:")}
    assert hosts == {urllib.parse.urlsplit(side.url).netloc}
    paths = {urllib.parse.urlsplit(url).path for url in requests}
    files = {path for path in paths if path.startswith(("/scripts/", "/stylesheets/", "/images/"))} | {"/images/icon.svg", "/images/icon-ill.svg"}
    assert len(files) >= 10
    fetch = lambda path: side.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())[2]
    assert sum(len(fetch(path)) for path in [*files, "/"]) < 120_000
