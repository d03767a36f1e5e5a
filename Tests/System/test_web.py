"""The pages without JavaScript: the same addresses as supervisord's, and the same answers."""

import html
import re
import urllib.parse

import pytest

import procfs
from http_sides import Side
from waiting import wait_until

MOMENT = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")


def get(side, path, method="GET", headers=b"", body=b""):
    """(status, headers, body as text)."""
    if body:
        headers += b"Content-Length: %d\r\n" % len(body)
    answer = side.raw(
        f"{method} {path} HTTP/1.1\r\nHost: x.example:9001\r\n".encode() + side.authorization() + headers + b"\r\n" + body)
    assert answer, f"{method} {path}: no answer\n{side.story()}"
    return answer[0], answer[1], answer[2].decode()


def message(side, answer):
    """The target of a redirect, and the message that it shows."""
    where = urllib.parse.urljoin("http://x.example:9001/index.html", answer[1][b"location"].decode())
    parts = urllib.parse.urlsplit(where)
    words = urllib.parse.parse_qs(parts.query)["message"][0]
    return parts.scheme, parts.netloc, parts.path, MOMENT.sub("MOMENT", words.replace(str(side.folder), "FOLDER"))


def preformatted(text):
    return html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>|class=\"refused\">(.*?)</p>", text, re.S).expand(r"\1\2"))


def settled(side):
    """Waits until no program is starting or stopping, and all that run have been executed: supervisord loses an
    earlier signal, and then waits for stopwaitsecs."""
    wait_until(lambda: all(
        info["statename"] not in ("STARTING", "BACKOFF", "STOPPING") for info in side.ask("supervisor.getAllProcessInfo")[1]))
    for info in side.ask("supervisor.getAllProcessInfo")[1]:
        if info["pid"]:
            wait_until(lambda: "supervisord" not in str(procfs.cmdline(info["pid"])))


@pytest.fixture
def sides(start, folder):
    """supervisord and init with its gateway, which acts on links as supervisord does."""
    made = []
    for name in ("supervisord", "init"):
        made.append(Side(name, start, folder / name[0], server_keys="web_get_actions=true"))
    for side in made:
        wait_until(lambda: "v\u00e4r" in str(side.ask("supervisor.readProcessStdoutLog", "talker", 0, 0)[1]))
    yield made
    for side in made:
        side.stop()


@pytest.fixture
def reeve(start, folder):
    made = []

    def make(**options):
        made.append(Side("init", start, folder / f"i{len(made)}", **options))
        wait_until(lambda: "v\u00e4r" in str(made[-1].ask("supervisor.readProcessStdoutLog", "talker", 0, 0)[1]))
        return made[-1]

    yield make
    for side in made:
        side.stop()


#: In this order: later ones depend on the effects of earlier ones.
ACTIONS = [
    "action=refresh", "processname=off&action=start", "processname=off&action=start", "processname=off&action=restart",
    "processname=off&action=stop", "processname=off&action=stop", "processname=g%3Aa&action=stop",
    "processname=g:a&action=start", "processname=g:*&action=stop", "processname=nobody&action=start",
    "processname=nobody:a&action=clearlog", "processname=missing&action=start", "processname=quits&action=start",
    "processname=talker&action=clearlog", "action=restart&processname=off&processname=nobody", "action=stopall",
    "processname=t%C3%A4lker%26&action=stop",
]


FAULTS = {10: "no such program or group", 70: "the program is not running"}


def in_words(text):
    """supervisord's text, with the sentence of a fault in place of its number and name."""
    return re.sub(r"(ERROR: )?unexpected rpc fault \[(\d+)\] [A-Z_]+", lambda match: f"ERROR: {FAULTS[int(match[2])]}", text)


def test_links_and_forms_do_what_supervisords_do(sides):
    different = []
    for action in ACTIONS:
        for method in ("GET", "POST"):
            if method == "POST" and "&processname=nobody" in action:
                continue  # of repeated fields, supervisord uses the first in an address, and the last in a form
            answers = []
            for side in sides:
                if method == "GET":
                    answer = get(side, "/index.html?" + action)
                else:
                    answer = get(side, "/index.html", "POST", body=action.encode())
                answers.append((answer[0], message(side, answer)))
                settled(side)
            (status, theirs), (ours_status, ours) = answers
            theirs = (*theirs[:-1], in_words(theirs[-1]))
            # After a POST, the client must use GET: 301 says that the form itself has moved.
            if theirs != ours or (status, ours_status) not in ((301, 301 if method == "GET" else 303),):
                different.append(f"{method} {action}\n   supervisord: {status} {theirs}\n   here:        {ours_status} {ours}")
    assert not different, "\n".join(different)


TAILS = [
    "processname=talker", "processname=talker&limit=5", "processname=talker&limit=5000", "processname=talker&limit=-3",
    "processname=talker&limit=x", "processname=nobody", "processname=off", "processname=g:*", "processname=", "",
    "processname=g:a", "processname=talker&limit=99999999",
]


def test_tails_are_supervisords(sides):
    different = []
    for query in TAILS:
        answers = [get(side, "/tail.html?" + query) for side in sides]
        # init remembers a log that goes to no file.
        if query == "processname=g:a":
            assert preformatted(answers[1][2]) == ""
            continue
        seen = [(answer[0], answer[1][b"content-type"], in_words(preformatted(answer[2]))) for answer in answers]
        title = [re.search(r"<title>(.*?)( · \w+)?</title>", answer[2])[1] for answer in answers]
        if seen[0] != seen[1] or title[0] != title[1]:
            different.append(f"{query}\n   supervisord: {title[0]} {seen[0]}\n   here:        {title[1]} {seen[1]}")
    assert not different, "\n".join(different)


PATHS = {
    "/": 200, "/index.html": 200, "/ok.html": 200, "/tail.html": 200, "/?message=hello": 200,
    "/stylesheets/supervisor.css": 200, "/nothing.html": 404, "/images/": 404}


def test_paths_are_supervisords(sides):
    for path, status in PATHS.items():
        theirs, ours = (get(side, path) for side in sides)
        assert (theirs[0], ours[0]) == (status, status), path
        if status == 200:
            assert ours[1][b"content-type"].split(b";")[0] == theirs[1][b"content-type"].split(b";")[0], path
        if path == "/ok.html":
            assert ours[2] == theirs[2] == "OK"


def test_links_do_nothing_unless_the_configuration_says_so(reeve):
    side = reeve()
    status, headers, text = get(side, "/index.html?processname=off&action=start")
    assert status == 405 and headers[b"allow"] == b"POST"
    # The page asks, and its button acts.
    assert "Start off?" in text and 'name="processname" value="off"' in text and 'name="action" value="start"' in text
    assert side.ask("supervisor.getProcessInfo", "off")[1]["statename"] == "STOPPED"
    assert get(side, "/index.html?action=refresh")[0] == 301
    assert get(side, "/index.html", "POST", body=b"processname=off&action=start")[0] == 303
    assert side.ask("supervisor.getProcessInfo", "off")[1]["statename"] == "RUNNING"


ORIGINS = [
    (b"Origin: http://evil.example\r\n", False), (b"Origin: null\r\n", False), (b"Origin: http://x.example\r\n", False),
    (b"Sec-Fetch-Site: cross-site\r\n", False), (b"Sec-Fetch-Site: same-site\r\n", False),
    (b"Sec-Fetch-Site: cross-site\r\nOrigin: http://x.example:9001\r\n", False),
    (b"Origin: http://x.example:9001\r\n", True), (b"Sec-Fetch-Site: same-origin\r\n", True),
    (b"Sec-Fetch-Site: none\r\n", True), (b"", True)]


@pytest.mark.parametrize("links", [False, True])
def test_pages_of_other_sites_change_nothing(reeve, links):
    side = reeve(server_keys="web_get_actions=true" if links else "")
    for headers, allowed in ORIGINS:
        if links:
            answer = get(side, "/?processname=off&action=start", headers=headers)
        else:
            answer = get(side, "/index.html", "POST", headers, b"processname=off&action=start")
        assert answer[0] == ((301 if links else 303) if allowed else 403), headers
        state = side.ask("supervisor.getProcessInfo", "off")[1]["statename"]
        assert state == ("RUNNING" if allowed else "STOPPED"), headers
        side.ask("supervisor.stopProcess", "off")


def test_what_comes_from_outside_is_text(reeve):
    side = reeve()
    bad = urllib.parse.quote("</p><script>alert('1')</script>\"&")
    for path in (f"/?message={bad}", f"/?filter={bad}&show={bad}", f"/tail.html?processname={bad}&limit={bad}&channel={bad}",
                 f"/?action=start&processname={bad}", f"/tail.html?processname=talker&message={bad}"):
        text = get(side, path)[2]
        assert "alert" not in text or "&lt;script&gt;alert(&#39;1&#39;)" in text, path
        assert "<script>" not in text, path
    assert "two &lt;&amp;&gt; three" in get(side, "/tail.html?processname=talker")[2]


def test_headers_forbid_what_the_page_does_not_need(reeve):
    side = reeve()
    for path in ("/", "/tail.html?processname=talker", "/mainlog.html", "/?action=stopall"):
        _, headers, text = get(side, path)
        policy = headers[b"content-security-policy"].decode()
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers[b"x-content-type-options"] == b"nosniff" and b"no-store" in headers[b"cache-control"]
        # Everything is in the executable, and the page contains nothing that the policy would block.
        assert not re.search(r"(src|href|action)=\"(https?:)?//", text) and " style=" not in text and " onclick" not in text
        assert not re.search(r"<script(?! src| type=\"module\" src)", text)


def test_the_files_of_the_page(reeve):
    side = reeve()
    text = get(side, "/")[2] + get(side, "/tail.html?processname=talker")[2]
    files = set(re.findall(r"(?:src|href)=\"((?:stylesheets|scripts|images)/[^\"]+)\"", text))
    assert len(files) >= 5
    for name in list(files):
        if name.endswith(".js"):
            files |= {"scripts/" + other for other in re.findall(r'from "\./(.*?)"', get(side, "/" + name)[2])}
    size = 0
    for name in files | {"images/icon-ill.svg"}:
        status, headers, body = get(side, "/" + name)
        assert status == 200, name
        size += len(body.encode())
        status, _, body = get(side, "/" + name, headers=b"If-None-Match: " + headers[b"etag"] + b"\r\n")
        assert (status, body) == (304, ""), name
        assert get(side, "/" + name, "POST", body=b"x")[0] == 405
    assert size <= 120_000


def test_programs_that_are_ill_say_why(reeve):
    side = reeve(programs="""\
[program:talker]
command=/bin/sh -c 'printf "v\\303\\244r\\n"; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/talker.log
[program:fine]
command=/bin/sleep 1000
startsecs=0
[program:done]
command=/bin/true
startsecs=0
autorestart=false
[program:broken]
command=/bin/sh -c 'printf "\\033[31mno <such> table\\033[0m\\n" >&2; exit 3'
startsecs=0
autorestart=false
stderr_logfile={folder}/broken.err
""")
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "broken")[1]["statename"] == "EXITED")
    wait_until(lambda: "table" in get(side, "/")[2])
    text = get(side, "/")[2]
    assert "1 of 4 programs needs attention" in text
    attention = re.search(r"<section class=\"attention\".*?</section>", text, re.S)[0]
    assert "broken" in attention and "exit status 3" in attention and "<pre>no &lt;such&gt; table</pre>" in attention
    assert "done" not in attention and "finished" in text
    # Filters without JavaScript.
    rows = lambda path: re.findall(r"data-name=\"(.*?)\"", get(side, path)[2])
    assert rows("/") == ["broken", "done", "fine", "talker"]
    assert rows("/?show=ill") == ["broken"] and rows("/?filter=FIN") == ["fine"]
    assert rows("/?part=1&only=done&only=fine") == ["done", "fine"] and rows("/?filter=zzz") == []


def test_a_message_for_scripts(reeve):
    side = reeve()
    plain = b"Accept: text/plain\r\n"
    assert get(side, "/index.html", "POST", plain, b"processname=off&action=start")[::2] == (200, "Starting off")
    status, _, text = get(side, "/index.html", "POST", plain, b"processname=missing&action=start")
    assert (status, text) == (409, "ERROR: Process missing: no such file")
    assert get(side, "/index.html", "POST", body=b"processname=off&action=dance")[0] == 400


def test_a_restart_is_done_to_its_end_though_nobody_waits(reeve):
    side = reeve(settings="gateway_idle_timeout=1", programs="""\
[program:talker]
command=/bin/sh -c 'printf "v\\303\\244r\\n"; exec sleep 1000'
startsecs=0
stdout_logfile={folder}/talker.log
[program:slow]
command=/bin/sh -c 'trap "sleep 3; exit" TERM; echo ready; while :; do sleep 0.1; done'
startsecs=0
stdout_logfile={folder}/slow.log
""")
    wait_until(lambda: "ready" in str(side.ask("supervisor.readProcessStdoutLog", "slow", 0, 0)[1]))
    first = side.ask("supervisor.getProcessInfo", "slow")[1]["pid"]
    body = b"processname=slow&action=restart"
    with side.connect() as connection:
        connection.sendall(b"POST /index.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        state = lambda: side.one.ctl("status", "slow").out
        wait_until(lambda: "STOPPING" in state())
    # The gateway would exit after a second without a connection, and the program takes three.
    wait_until(lambda: "RUNNING" in state() and str(first) not in state(), 15)
