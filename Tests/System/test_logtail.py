"""/logtail and /mainlogtail: following logs over HTTP, as with supervisord."""

import os
import subprocess

import pytest

import procfs
from streams import Stream
from supervised import SUPERVISORD, section
from waiting import holds_for, wait_until

PATHS = [
    "/logtail/talker", "/logtail/talker/stdout", "/logtail/talker/stderr", "/logtail/talker/", "/logtail/talker/stdin",
    "/logtail/talker/main", "/logtail/talker/stdout/x", "/logtail/nobody", "/logtail/nobody/stderr", "/logtail/off",
    "/logtail/cat:cat", "/logtail/cat%3acat/stdout", "/logtail/t%61lker", "/logtail/g:*", "/logtail/g",
    "/logtail/", "/logtail//talker", "/logtail/talker?x=1", "/logtailx/talker", "//logtail/talker", "/mainlogtail",
    "/mainlogtail/x", "/mainlogtailx",
]
SHOWN = ("content-type", "transfer-encoding", "x-accel-buffering")


def test_the_same_paths_are_there(sides):
    theirs, ours = sides()
    different = []
    for path in PATHS:
        answers = []
        for side in (theirs, ours):
            with Stream(side, path) as stream:
                shown = {name: stream.headers.get(name) for name in SHOWN} if stream.status == 200 else {}
                shown.pop("x-accel-buffering", None) if path.startswith("/mainlogtail") else None
                answers.append((stream.status, "last-modified" in stream.headers, shown))
        if answers[0] != answers[1]:
            different.append(f"{path}\n   supervisord: {answers[0]}\n   here:        {answers[1]}")
    assert not different, "\n".join(different)


def test_output_that_goes_to_no_file_is_followed_too(reeve):
    side = reeve(programs=section("program", "cat", command="/bin/cat", startsecs=0, stdout_logfile="NONE"))
    with Stream(side, "/logtail/cat") as stream:
        side.ask("supervisor.sendProcessStdin", "cat", "x\n")
        stream.until(lambda body: body == b"x\n")


@pytest.mark.parametrize("kind,password", [("unix", "none"), ("inet", "sha")])
def test_the_last_kilobyte_and_then_everything(sides, kind, password):
    bodies = []
    for side in sides(kind, password):
        written = "".join(f"line {number}\n" for number in range(500))
        side.ask("supervisor.sendProcessStdin", "cat", written)
        wait_until(lambda: side.ask("supervisor.readProcessStdoutLog", "cat", -9, 0) == ("value", "line 499\n"))
        with Stream(side, "/logtail/cat") as stream:
            assert stream.until(lambda body: len(body) >= 1024) == written.encode()[-1024:]
            for text in ("more\n", "no end", " now\n"):
                side.ask("supervisor.sendProcessStdin", "cat", text)
                stream.until(lambda body: body.endswith(text.encode()))
            side.ask("supervisor.clearProcessLogs", "cat")
            side.ask("supervisor.sendProcessStdin", "cat", "after\n")
            bodies.append(stream.until(lambda body: body.endswith(b"after\n")))
    assert bodies[0] == bodies[1]


def test_the_supervisors_own_log(sides):
    for side in sides():
        with Stream(side, "/mainlogtail") as stream:
            assert 0 < len(stream.until(bool)) <= 1024
            side.ask("supervisor.startProcess", "off")
            stream.until(lambda body: b"spawned: 'off'" in body)


def test_other_methods_are_refused(sides):
    for side in sides():
        for path in ("/logtail/cat", "/mainlogtail"):
            for method in ("POST", "PUT", "HEAD"):
                with Stream(side, path, method=method, headers=b"Content-Length: 0\r\n") as stream:
                    assert stream.status == 400


def test_old_clients_get_it_until_the_end_of_the_connection(reeve):
    """supervisord answers them only after the log has grown by more than it holds back."""
    side = reeve()
    with Stream(side, "/logtail/talker", version="1.0") as stream:
        assert "transfer-encoding" not in stream.headers and stream.headers["connection"] == "close"
        assert stream.until(lambda body: body.endswith("vär\n".encode())) == "one\ntwo <&> three\nvär\n".encode()


def test_a_stream_ends_with_its_group(reeve):
    side = reeve()
    with Stream(side, "/logtail/cat") as stream:
        side.ask("supervisor.sendProcessStdin", "cat", "last\n")
        stream.until(lambda body: body == b"last\n")
        side.ask("supervisor.stopProcess", "cat")
        assert side.ask("supervisor.removeProcessGroup", "cat") == ("value", True)
        assert stream.until_end() == b"last\n"
        # The connection stays usable.
        stream.connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert stream.connection.recv(1000).startswith(b"HTTP/1.1 404 ")


def test_what_was_sent_ahead_waits_for_the_end(reeve):
    side = reeve()
    with Stream(side, "/logtail/cat", headers=b"\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n") as stream:
        side.ask("supervisor.sendProcessStdin", "cat", "x\n")
        assert stream.until(bool) == b"x\n"
        side.ask("supervisor.stopProcess", "cat")
        side.ask("supervisor.removeProcessGroup", "cat")
        stream.until_end()
        while b"404" not in stream.rest:
            received = stream.connection.recv(1000)
            assert received, stream.rest
            stream.rest += received


def test_an_open_stream_keeps_the_gateway_and_a_client_that_goes_does_not(reeve):
    side = reeve(settings="gateway_idle_timeout=1")
    pid = side.gateway.pid
    before = len(procfs.descriptors(pid))
    for headers in (b"", b"\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n"):
        with Stream(side, "/logtail/cat", headers=headers) as stream:
            assert stream.status == 200
            holds_for(1.5, side.gateway.is_running)
            assert len(procfs.descriptors(pid)) > before
    # Nothing is written to that log, so only the end of the connection can tell.
    side.gateway.wait()


def test_a_client_that_does_not_read_costs_little(reeve, actor):
    side = reeve(programs=section(
        "program", "loud", command=f"{actor} flood", startsecs=0, stdout_logfile="NONE"))
    base = side.gateway.rss()
    slow = [Stream(side, "/logtail/loud") for _ in range(20)]
    with Stream(side, "/logtail/loud") as stream:
        stream.until(lambda body: len(body) > 5_000_000, 30)
    assert side.gateway.rss() - base < 16 << 20
    for stream in slow:
        stream.connection.close()


def test_streams_leave_room_for_others(reeve):
    side = reeve()
    streams = [Stream(side, "/logtail/cat") for _ in range(128)]
    assert all(stream.status == 200 for stream in streams)
    with Stream(side, "/logtail/cat") as one:
        assert one.status == 503
    assert side.ask("supervisor.getState")[0] == "value"
    side.ask("supervisor.sendProcessStdin", "cat", "to all\n")
    for stream in streams:
        assert stream.until(bool) == b"to all\n"
        stream.connection.close()

    def has_room():
        with Stream(side, "/logtail/cat") as one:
            return one.status == 200
    wait_until(has_room)


def test_upstreams_supervisorctl_follows(reeve):
    side = reeve("inet", "plain")
    process = subprocess.Popen(
        [*SUPERVISORD.client, "-c", side.one.configuration, "tail", "-f", "cat"], stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert process.stdout.readline().startswith(b"==> Press Ctrl-C to exit <==")
        side.ask("supervisor.sendProcessStdin", "cat", "hello\n")
        assert process.stdout.readline() == b"hello\n"
    finally:
        process.kill()
        process.wait()
