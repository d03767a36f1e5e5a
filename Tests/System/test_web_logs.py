"""Logs together: both streams of a program, and those of all programs, as server-sent events and in a real browser."""

import json
import urllib.parse

import pytest

from http_sides import Side
from streams import Stream
from waiting import wait_until

#: `both` writes each line that it reads to the stream that the line names.
PROGRAMS = """\
[program:both]
command=/bin/sh -c 'echo "old out"; echo "old err" >&2; while read line; do case $line in err*) echo "$line" >&2;; *) echo "$line";; esac; done'
startsecs=0
stdout_logfile={folder}/both.out
stderr_logfile={folder}/both.err
[program:one]
command=/bin/sh -c 'echo "one begins"; while read -r line; do printf "$line" >&2; done'
redirect_stderr=true
startsecs=0
stdout_logfile={folder}/one.log
[program:late]
command=/bin/sh -c 'echo "late begins"; exec sleep 1000'
autostart=false
startsecs=0
stdout_logfile={folder}/late.log
stderr_logfile=NONE
[program:none]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
"""


def begin(start, folder, programs=PROGRAMS, **options):
    side = Side("init", start, folder / "i", kind="inet", programs=programs, **options)
    wait_until(lambda: "old err" in str(side.ask("supervisor.readProcessStderrLog", "both", 0, 0)[1]))
    wait_until(lambda: "one begins" in str(side.ask("supervisor.readProcessStdoutLog", "one", 0, 0)[1]))
    return side


@pytest.fixture
def side(start, folder):
    one = begin(start, folder)
    yield one
    one.stop()


def events(body):
    """(type, data) of each complete event."""
    found = []
    for text in body.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
        if "data" in fields:
            found.append((fields.get("event", "message"), json.loads(fields["data"])))
    return found


def lines(body, past=None):
    return [(data["name"], data["stream"], line) for kind, data in events(body) if kind == "message"
            and past in (None, data.get("past", False)) for line in data["lines"]]


def say(side, name, *texts):
    for text in texts:
        side.ask("supervisor.sendProcessStdin", name, text + "\n")


def test_both_streams_come_in_the_order_of_their_arrival(side):
    with Stream(side, "/api/v1/processes/both/logs/follow") as stream:
        assert stream.status == 200 and stream.headers["content-type"] == "text/event-stream"
        body = stream.until(lambda body: b"event: live" in body)
        assert events(body)[0] == ("sources", {"followed": [["both", "stdout"], ["both", "stderr"]], "left_out": 0})
        assert lines(body, past=True) == [("both", "stdout", "old out"), ("both", "stderr", "old err")]
        # One after the other has arrived: the order is that in which they were written.
        expected = []
        for number in range(20):
            stream_name, text = ("stderr", f"err {number}") if number % 3 == 0 else ("stdout", f"out {number}")
            say(side, "both", text)
            expected.append(("both", stream_name, text))
            stream.until(lambda body: text.encode() in body)
        assert lines(stream.body, past=False) == expected


def test_one_pipe_keeps_the_exact_order(side):
    with Stream(side, "/api/v1/processes/one/logs/follow?backlog=0") as stream:
        body = stream.until(lambda body: b"event: live" in body)
        assert events(body)[0][1] == {"followed": [["one", "stdout"]], "left_out": 0} and lines(body) == []
        say(side, "one", *[rf"line {number}\n" for number in range(50)])
        stream.until(lambda body: b"line 49" in body)
        assert [line for _, _, line in lines(stream.body)] == [f"line {number}" for number in range(50)]


def test_the_logs_of_all_programs(side):
    with Stream(side, "/api/v1/logs/follow") as stream:
        body = stream.until(lambda body: b"event: live" in body)
        followed = {tuple(source) for source in events(body)[0][1]["followed"]}
        # init remembers what goes to no file; one that hasn't started has no file yet, and both streams of `one` are one.
        assert followed == {("both", "stdout"), ("both", "stderr"), ("one", "stdout"), ("none", "stdout"), ("none", "stderr"), ("late", "stderr")}
        assert {("both", "stdout", "old out"), ("both", "stderr", "old err"), ("one", "stdout", "one begins")} == set(lines(body, past=True))
        for name, text in [("one", "a"), ("both", "b"), ("both", "err c"), ("one", "d")]:
            say(side, name, text + r"\n" if name == "one" else text)
            stream.until(lambda body: f'"{text}"'.encode() in body)
        assert [(name, line) for name, _, line in lines(stream.body, past=False)] == [
            ("one", "a"), ("both", "b"), ("both", "err c"), ("one", "d")]


def test_what_is_no_text_and_no_line_yet(side):
    with Stream(side, "/api/v1/processes/one/logs/follow?backlog=4") as stream:
        body = stream.until(lambda body: b"event: live" in body)
        # The backlog begins in the middle of a line, which is left out.
        assert lines(body) == []
        say(side, "one", r'quote "\\ \377 <b> \033[31m\nno end yet')
        body = stream.until(lambda body: b"<b>" in body)
        assert lines(body) == [("one", "stdout", 'quote "\\ \ufffd <b> \x1b[31m')]
        say(side, "one", r", but now\n")
        body = stream.until(lambda body: b"but now" in body)
        assert lines(body)[1] == ("one", "stdout", "no end yet, but now")


def test_it_is_bounded(start, folder):
    """Fifty programs with two logs each: 64 of a hundred are followed."""
    many = PROGRAMS + """\
[program:w]
command=/bin/sh -c 'echo hello; exec sleep 1000'
process_name=%(program_name)s-%(process_num)d
numprocs=50
startsecs=0
stdout_logfile={folder}/w-%(process_num)d.out
stderr_logfile={folder}/w-%(process_num)d.err
"""
    side = begin(start, folder, many)
    wait_until(lambda: len([1 for info in side.ask("supervisor.getAllProcessInfo")[1] if info["statename"] == "RUNNING"]) == 53)
    with Stream(side, "/api/v1/logs/follow") as stream:
        body = stream.until(lambda body: b"event: live" in body)
        sources = events(body)[0][1]
        assert len(sources["followed"]) <= 64 and sources["left_out"] == 2 * 54 - 64
    side.stop()


def test_it_ends_with_its_programs_and_refuses_what_is_unknown(side):
    with Stream(side, "/api/v1/processes/late/logs/follow") as stream:
        stream.until(lambda body: b"event: live" in body)
    assert json.loads(side.raw(b"GET /api/v1/processes/nobody/logs/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")[2])["fault_name"] == "BAD_NAME"
    assert side.raw(b"GET /api/v1/logs/follow?backlog=x HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 400
    with Stream(side, "/api/v1/processes/one/logs/follow") as stream:
        stream.until(lambda body: b"event: live" in body)
        side.ask("supervisor.stopProcessGroup", "one")
        side.ask("supervisor.removeProcessGroup", "one")
        stream.until_end()


SHOWN = "[...document.querySelectorAll('#log div')].map((line) => line.innerText)"


def test_the_page_of_both_streams(side, visit):
    page = visit("/tail.html?processname=both&channel=both")
    page.wait(f"{SHOWN}.some((line) => line.startsWith('From here on'))")
    assert page.run(SHOWN) == [
        "stdout, before:", "stdout old out", "stderr, before:", "stderr old err",
        "From here on, in the order of arrival; before, one log after the other."]
    for text in ("err 1", "out 2", "err <3>"):
        say(side, "both", text)
        page.wait(f"{SHOWN}.at(-1).endsWith({json.dumps(text)})")
    assert page.run(SHOWN)[-3:] == ["stderr err 1", "stdout out 2", "stderr err <3>"]
    assert page.run("document.querySelector('.show [aria-current]').textContent") == "both"
    # Without a script, what is there stands one below the other.
    plain = visit("/tail.html?processname=both&channel=both", script=False)
    assert plain.run("document.querySelector('#log').textContent") == "stdout:\nold out\nout 2\nstderr:\nold err\nerr 1\nerr <3>\n"


def test_the_page_of_all_logs(side, visit):
    page = visit("/logs.html")
    page.wait(f"{SHOWN}.some((line) => line.startsWith('From here on'))")
    say(side, "both", "err x")
    page.wait(f"{SHOWN}.at(-1) === 'both ! err x'")
    # A program whose first start makes its log.
    side.ask("supervisor.startProcess", "late")
    page.wait(f"{SHOWN}.some((line) => line.includes('late begins')) || {SHOWN}.some((line) => line.startsWith('Connected again'))")
    say(side, "one", r"y\n")
    page.wait(f"{SHOWN}.at(-1) === 'one y'")
    # What was shown has stayed, once.
    assert page.run(SHOWN).count("both ! err x") == 1
    page.press("/", text="/")
    page.type("both")
    page.wait("[...document.querySelectorAll('#log div')].filter((line) => line.checkVisibility() && !line.innerText.includes('both')).length === 0")
    plain = visit("/logs.html", script=False)
    assert "one begins" in plain.run("document.querySelector('#log').textContent")


def test_names_are_text_in_addresses_too(start, folder, browser):
    side = begin(start, folder, PROGRAMS + """\
[program:a&c<d>'"]
command=/bin/sh -c 'echo here; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/odd.log
""")
    page = browser.open(side.url + "/tail.html?channel=both&processname=" + urllib.parse.quote("a&c<d>'\""))
    page.wait(f"{SHOWN}.includes('stdout here')")
    assert page.complaints() == []
    page.close()
    side.stop()
