"""ctl over HTTP: the commands of test_ctl_text, for a supervisord without a control socket and for an init with its
gateway; then what only HTTP has: passwords, servers that answer garbage, the translator."""

import contextlib
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest

import procfs
import test_ctl_text as text
from http_sides import PASSWORD, USER, Side, free_port
from supervised import DIST
from terminal import Terminal
from test_ctl_text import (  # noqa: F401  fixtures, and tests that run here for other servers
    CTL, ENVIRONMENT, LIVES, LOGS, MISTAKES, NAMED, STATUS, SUPERVISORCTL, Said, compare, patience, same, sides,
    test_configuration, test_logs, test_programs_live, test_reload, test_the_own_log, warm)
from test_shell import (  # noqa: F401
    both, shell, supervisord, test_an_interrupt_ends_following_but_not_the_shell, test_an_interrupt_ends_what_waits,
    test_completion, test_questions)
from waiting import wait_until


@pytest.fixture(scope="module")
def server():
    """For the tests of the shell: without a control socket."""
    with supervisord() as folder:
        yield folder


@pytest.fixture
def engines():
    return ["foreign", "http"]


def test_words(sides):
    compare(sides, [*STATUS[::4], *MISTAKES[::3]])


@pytest.mark.parametrize("engines, patience", [(["foreign"], 120)])
def test_shutdown(sides):
    text.test_shutdown(sides)


def test_sessions(sides):
    for stdin in text.SESSIONS[2::3]:
        same(sides, [], stdin=stdin)
    same(sides, ["-i", "shutdown"], stdin=b"YES\n")


def translators(pid):
    return [child for child in procfs.children(pid) if "client" in procfs.cmdline(child)]


def test_following(sides):
    text.test_following_ends_with_an_interrupt(sides, ["tail", "-f", "writer", "stderr"], "writer.err", b"line 199")
    text.test_following_shows_what_is_new(sides)
    text.test_following_what_is_not_there(sides)
    text.test_the_own_log_can_be_followed(sides)


# -- passwords

@pytest.fixture
def guarded(start, folder):
    """supervisord, and init with its gateway, both with a password."""
    opened = []
    try:
        for name in ("supervisord", "init"):
            opened.append(Side(name, start, folder / name, kind="inet", password="plain"))
        yield opened
    finally:
        for side in opened:
            side.stop()


def run(command, *words, folder="/", stdin="", **options):
    return subprocess.run(
        [*command, *map(str, words)], cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, text=True, timeout=60,
        **options)


THEIRS, OURS = [sys.executable, "-u", SUPERVISORCTL], [NAMED]
# Under its own name, with its own messages.
PLAIN = [CTL]


def outcome(said, folder):
    return Said.plain(said.stdout.encode(), folder), said.returncode


CREDENTIALS = [
    [], ["-u", USER], ["-p", PASSWORD], ["-u", USER, "-p", "wrong"], ["-u", "nobody", "-p", PASSWORD], ["-u", USER, "-p", PASSWORD]]


def test_passwords(guarded):
    for side in guarded:
        for credentials in CREDENTIALS:
            line = ["-s", side.url, *credentials, "status", "cat"]
            theirs, ours = run(THEIRS, *line), run([NAMED], *line)
            assert outcome(ours, side.folder) == outcome(theirs, side.folder), (side.name, line)
        file = side.folder / "client.conf"
        file.write_text(f"[supervisorctl]\nserverurl={side.url}\nusername={USER}\npassword={PASSWORD}\n")
        said = run(OURS, "-c", file, "status", "cat")
        assert said.returncode == 0 and "RUNNING" in said.stdout
        said = run(OURS, "-c", file, "-p", "wrong", "status", "cat")
        assert said.returncode == 1 and said.stdout.startswith("Server requires authentication\n")


def test_a_shell_asks_who_it_is(guarded):
    # No secret shows meanwhile; ctl also asks if stdin is not a terminal.
    for side, stdin in zip(guarded, [f"{USER}\n{PASSWORD}\nversion\n", f"{USER}\nwrong\n{USER}\n{PASSWORD}\nversion\n"]):
        with Terminal([*OURS, "-s", side.url], cwd="/", env=ENVIRONMENT) as terminal:
            for line in stdin.splitlines():
                terminal.expect_last("Username:" if line == USER else "supervisor>" if line == "version" else "Password:")
                terminal.type(line + "\r")
            terminal.expect("4.3.0")
            assert PASSWORD not in terminal.text and "wrong" not in terminal.text
            pid, = translators(terminal.process.pid)
            seen = " ".join(procfs.cmdline(pid)).encode() + pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            assert PASSWORD.encode() not in seen and side.url.encode() not in seen
            terminal.expect_last("supervisor>")
            terminal.type("\x04")
            assert terminal.wait() == 0 and terminal.is_restored
    said = run(OURS, "-s", side.url, stdin=f"{USER}\n{PASSWORD}\npid off\nquit\n", start_new_session=True)
    assert said.stdout.startswith("Server requires authentication\nUsername:Password:\n") and "\n0\n" in said.stdout.replace("> ", "\n")


# -- servers of another kind

class Saying:
    """Listens at `url` and gives the same answer to every request. If the answer keeps the connection alive, more
    requests may follow: a client may have sent its next one already."""

    def __init__(self, answer, folder=None):
        self.answer = answer
        head, _, body = answer.rpartition(b"\r\n\r\n") if b"chunked" not in answer else (b"", b"", b"")
        length = b"Content-Length: %d" % len(body)
        self.lasts = answer == CHUNKED or answer.startswith(b"HTTP/1.1") and head.endswith(length)
        self.listener = socket.socket(socket.AF_UNIX if folder else socket.AF_INET)
        self.listener.bind(str(folder / "h.sock") if folder else ("127.0.0.1", 0))
        self.listener.listen()
        self.url = f"unix://{folder}/h.sock" if folder else "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while self.answered(connection) and self.lasts:
                    pass
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    def answered(self, connection):
        """False if the client disconnected before it sent a request."""
        request = b""
        while b"</methodCall>" not in request and b"GET" not in request:
            part = connection.recv(65536)
            if not part:
                break
            request += part
        connection.sendall(self.answer)
        return bool(request)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(60)


def answer(body, head=b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


VERSION = b"<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><string>%s</string></value>\n</param>\n</params>\n</methodResponse>\n"
FAULT = (b"<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>%d</int></value></member><member>"
         b"<name>faultString</name><value><string>%s</string></value></member></struct></value></fault></methodResponse>")
OK = VERSION % b"3.0"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x;x=y\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (
    10, OK[:10], len(OK) - 10, OK[10:])

ANSWERS = {
    "404": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "500": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nxyz",
    "302": b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "401": b"HTTP/1.0 401 Unauthorized\r\n\r\n",
    "nothing": b"",
    "another protocol": b"220 mail.example.com ESMTP\r\n",
    "another version": answer(VERSION % b"2.0"),
    "an unknown method": answer(FAULT % (1, b"UNKNOWN_METHOD")),
    "a fault": answer(FAULT % (30, b"FAILED: it's so")),
    "an int": answer(b"<methodResponse><params><param><value><int>3</int></value></param></params></methodResponse>"),
}
#: supervisorctl accepts these, too.
GOOD = {
    "a length": answer(OK), "chunks": CHUNKED, "the end": b"HTTP/1.0 200 OK\r\n\r\n" + OK,
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(OK),
    "no reason": answer(OK, b"HTTP/1.1 200\r\n"), "folded": answer(OK, b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n"),
    "reverse names": answer(OK.replace(b"<string>", b"").replace(b"</string>", b"")),
}
#: Some words differ, but both fail for the same reason.
BAD = {
    "no XML": answer(b"xyz"), "half": answer(OK)[:-30], "an empty body": answer(b""),
    "half a head": b"HTTP/1.1 200 OK\r\nContent-", "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "half of the chunks": CHUNKED[:-40], "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
    "entities": answer(b'<!DOCTYPE x [<!ENTITY e "3.0">]>' + OK.replace(b"3.0", b"&e;")),
    "no fault": answer(b"<methodResponse><fault><value><int>1</int></value></fault></methodResponse>"),
    "depth": answer(b"<methodResponse>" + b"<x>" * 100_000),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_supervisor(name, tmp_path):
    with Saying(ANSWERS[name]) as server:
        for words in (["status"], ["pid"], ["avail"], ["shutdown"]):
            theirs, ours = (run(command, "-s", server.url, *words) for command in (THEIRS, [NAMED]))
            assert ours.returncode == theirs.returncode, words
            if name != "an int":  # Python's messages about values of another type
                assert ours.stdout.replace("ctl speaks", "").split(",")[0] == theirs.stdout.split(",")[0] or name.startswith("an"), words


@pytest.mark.parametrize("name", GOOD)
def test_answers_in_any_form(name, tmp_path):
    for where in (None, tmp_path):
        with Saying(GOOD[name], where) as server:
            theirs, ours = (run(command, "-s", server.url, "version") for command in (THEIRS, OURS))
            assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode) == ("3.0\n", 0), ours


@pytest.mark.parametrize("name", BAD)
def test_no_answer_is_taken_for_another(name):
    with Saying(BAD[name]) as server:
        ours = run([NAMED], "-s", server.url, "version")
        assert ours.returncode == 1 and ours.stdout.startswith("error: <class '"), ours
        assert not ours.stderr
        plain = run(PLAIN, "-s", server.url, "version")
        assert plain.returncode == 1 and plain.stdout.startswith(f"error: {server.url}: ") and "<class" not in plain.stdout


NOBODY = ["status", "pid", "start x", "stop x", "version", "shutdown", "reload", "avail", "reread", "update", "tail x", "fg x", "maintail"]


def test_nobody_listens():
    url = f"http://127.0.0.1:{free_port()}"
    for line in NOBODY:
        theirs, ours, plain = (run(command, "-s", url, *line.split()) for command in (THEIRS, OURS, PLAIN))
        assert outcome(ours, "/") == outcome(theirs, "/"), line
        assert plain.returncode == ours.returncode and "<class" not in plain.stdout and url in plain.stdout, line
        assert f"{url} (-s): Connection refused" in ours.stderr


@pytest.mark.parametrize("url, words", [
    ("http://no..host:9001", "socket.gaierror"), ("http://127.0.0.1:x", "ValueError"), ("http://127.0.0.1:70000", "ValueError"),
])
def test_what_is_no_address(url, words):
    said = run(OURS, "-s", url, "status")
    assert said.returncode == 1 and said.stdout.startswith(f"error: <class '{words}'>, "), said
    said = run(PLAIN, "-s", url, "status")
    assert said.returncode == 1 and said.stdout.startswith(f"error: {url}: ") and "Err" not in said.stdout, said


# -- the translator

def test_without_the_gateway(tmp_path):
    shutil.copy(CTL, tmp_path / "ctl")
    command = [tmp_path / "ctl"]
    with Saying(answer(OK), tmp_path) as server:
        for url in (server.url, "http://192.0.2.1"):
            said = run(command, "-s", url, "version")
            assert said.returncode == 1
            assert f"{url} needs the gateway executable, which speaks HTTP and is not at {tmp_path}/gateway" in said.stdout
        (tmp_path / "s.conf").write_text(f"[supervisord]\ngateway={DIST}/gateway\n")
        said = run(command, "-c", tmp_path / "s.conf", "-s", server.url, "version")
        assert (said.stdout, said.returncode) == ("3.0\n", 0), "the configuration names it"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_translator_ends_with_ctl(folder, number):
    with socket.socket(socket.AF_UNIX) as server:  # accepts the request and never answers
        server.bind(f"{folder}/h.sock")
        server.listen()
        process = subprocess.Popen(
            [*OURS, "-s", f"unix://{folder}/h.sock", "status"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(lambda: translators(process.pid), what="a translator")
        pid, = translators(process.pid)
        process.send_signal(number)
        assert process.wait(60) == -number
        wait_until(lambda: not procfs.alive(pid), what="its end")


# -- ctl's own actions

@pytest.mark.parametrize("engines", [["foreign"]])
def test_what_supervisord_does_not_have(sides):
    """The server is supervisord: what it lacks a method for is derived from what it has."""
    supervisord = sides[1]
    supervisord.command = [CTL]

    def says(line, stdout, status=0):
        said = supervisord.say(line.split())
        assert (said.stdout, said.status) == (stdout, status), line

    says("health sleeper", "ready\n")
    says("health sleeper manual", "not ready: manual STOPPED\n", 1)
    says("health nobody", "not ready: BAD_NAME: nobody\n", 1)
    says("health --level=live", "live\n")
    says("wait sleeper pair:one", "")
    says("wait manual --for=down", "")
    says("wait manual --timeout=0.3", "manual: STOPPED, not running in time\n", 124)
    says("wait nobody", "nobody: ERROR (no such process)\n", 1)
    says("logs -n 2 writer sleeper", "writer  | line 198 of stdout\nwriter  | line 199 of stdout\n"
         "writer  ! line 198 of stderr\nwriter  ! line 199 of stderr\n")
    everything = supervisord.say(["logs", "-n", "all", "writer"]).stdout
    assert everything == supervisord.say(["logs", "-n", "200", "writer"]).stdout
    assert everything.splitlines()[:1] == ["writer | line 0 of stdout"] and len(everything.splitlines()) == 400
    tree = supervisord.say(["tree", "sleeper"]).stdout
    assert "/bin/sleep 1000" in tree and "supervisord" in tree.splitlines()[0]
    processes = json.loads(supervisord.say(["status", "--json", "sleeper"]).stdout)
    assert [(one["fullname"], one["statename"]) for one in processes] == [("sleeper", "RUNNING")]
    late = threading.Timer(0.5, supervisord.say, [["start", "manual"]])
    late.start()
    says("wait manual --timeout=10", "")
    late.join()
    said = text.follow(supervisord, ["logs", "-f", "-n", "3", "writer"], b"line 199 of stderr\n")
    assert said.stdout.startswith("writer | line 197 of stdout\n") and said.status == 0


@pytest.mark.parametrize("engines", [["foreign"]])
def test_the_shell(sides):
    folder = sides[1].folder
    url = f"unix://{folder}/s.sock"
    with Terminal([CTL, "-s", url], cwd=folder, env=ENVIRONMENT) as terminal:
        terminal.expect_last("supervisor>")
        pid, = translators(terminal.process.pid)  # a single one for all actions
        terminal.type("stop slee\t\r")
        terminal.expect("sleeper: stopped")
        terminal.type("tail -f writer\r")
        terminal.expect("line 199 of stdout")
        terminal.type("\x03")
        terminal.expect_last("supervisor>")
        terminal.type("fg writer\r")
        terminal.expect("line 199 of stderr")
        terminal.type("\x03")
        terminal.expect("Exiting foreground\nsupervisor>")
        terminal.type(f"open {url}\r")
        wait_until(lambda: translators(terminal.process.pid) not in ([pid], []) and not procfs.alive(pid), what="another one")
        terminal.expect_last("supervisor>")
        terminal.type("wait manual\r")
        wait_until(lambda: not terminal.is_raw)
        terminal.type("\x03")
        assert terminal.wait() == 0 and terminal.is_restored
