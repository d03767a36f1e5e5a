"""What the gateway lets through: the Host header, pages of other sites, password guessers, crowds, and probes among
them."""

import os
import select
import socket
import xmlrpc.client

import pytest

from http_sides import Side, free_port, read_answer
from supervised import section
from waiting import wait_until

STATE = xmlrpc.client.dumps((), "supervisor.getState").encode()


def call(host=b"Host: localhost\r\n", headers=b"", line=b"POST /RPC2 HTTP/1.1", body=STATE):
    return line + b"\r\n" + host + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


# -- the Host header

def test_a_server_without_a_password_answers_to_names_that_no_other_site_can_take(reeve):
    side = reeve(kind="inet")
    port = side.url.rpartition(":")[2].encode()
    for host in (b"localhost", b"localhost:" + port, b"127.0.0.1:" + port, b"[::1]:" + port, b"x.localhost"):
        assert side.raw(call(b"Host: " + host + b"\r\n"))[0] == 200, host
    for host in (b"evil.example", b"evil.example:" + port, b"10.9.8.7", b"localhost.evil.example", b"", b"evil"):
        for line in (b"POST /RPC2 HTTP/1.1", b"GET / HTTP/1.1", b"GET /api/v1/processes HTTP/1.1", b"GET /livez HTTP/1.1"):
            status, headers, text = side.raw(call(b"Host: " + host + b"\r\n", line=line))
            assert status == 421, (host, line)
            assert b"allowed_hosts=" in text and b"password=" in text and b"[inet_http_server]" in text
    # HTTP/1.0 has none, and no browser uses it.
    assert side.raw(call(b"", line=b"POST /RPC2 HTTP/1.0"))[0] == 200


@pytest.mark.parametrize("kind, password", [("inet", "plain"), ("unix", "none"), ("unix", "plain")])
def test_with_a_password_or_at_a_unix_socket_any_name_does(reeve, kind, password):
    side = reeve(kind=kind, password=password)
    for host in (b"evil.example", b"", b"%2Frun%2Fsupervisor.sock", b"/run/supervisor.sock"):
        assert side.raw(call(b"Host: " + host + b"\r\n", side.authorization()))[0] == 200, host


@pytest.mark.parametrize("kind, password", [("inet", "none"), ("inet", "plain"), ("unix", "none")])
def test_host_is_there_once(reeve, kind, password):
    side = reeve(kind=kind, password=password)
    for host in (b"", b"Host: localhost\r\nHost: localhost\r\n", b"Host: localhost\r\nX: y\r\nhost: evil.example\r\n"):
        with side.connect() as connection:
            connection.sendall(call(host, side.authorization()) + call())
            assert read_answer(connection)[0] == 400, host
            assert connection.recv(65536) == b"", "nothing follows"
    assert side.raw(call(b"Host: a\r\nHost: b\r\n", side.authorization(), line=b"POST /RPC2 HTTP/1.0"))[0] == 400
    assert side.raw(call(headers=side.authorization()))[0] == 200


def test_a_server_that_is_open_to_everybody(start, folder):
    """If it is bound to every interface, it accepts any address, and the names of the local network."""
    port = free_port()
    run = start(f"[inet_http_server]\nport=*:{port}\nallow_unauthenticated=true\nallowed_hosts=dash.example, Other.Example\n"
                + section("program", "a", command="/bin/sleep 1000"))
    run.wait_all()

    def status(host):
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(call(b"Host: " + host + b"\r\n"))
            return read_answer(connection)[0]

    for host in (b"127.0.0.1", b"10.9.8.7:9001", b"[fe80::1]", b"box:9001", b"dash.example:80", b"OTHER.example", b"localhost"):
        assert status(host) == 200, host
    for host in (b"evil.example", b"box.evil.example", b"x.dash.example"):
        assert status(host) == 421, host


# -- pages of other sites

FOREIGN = (b"Origin: http://evil.example\r\n", b"Origin: null\r\n", b"Sec-Fetch-Site: cross-site\r\n", b"Sec-Fetch-Site: same-site\r\n",
           b"Origin: http://localhost\r\nSec-Fetch-Site: cross-site\r\n", b"Origin: http://localhost.evil.example\r\n")


@pytest.mark.parametrize("password", ["none", "plain"])
def test_a_page_of_another_site_calls_no_method(reeve, password):
    """Even with the password that the browser keeps."""
    side = reeve(kind="inet", password=password)
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "cat")[1]["statename"] == "RUNNING")
    stop = xmlrpc.client.dumps(("cat",), "supervisor.stopProcess").encode()
    for headers in FOREIGN:
        status, _, text = side.raw(call(headers=side.authorization() + headers, body=stop))
        assert status == 403 and b"another site" in text, headers
    assert side.ask("supervisor.getProcessInfo", "cat")[1]["statename"] == "RUNNING"
    # The page itself, an address that the user typed, and clients that are not browsers.
    for headers in (b"Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n", b"Sec-Fetch-Site: none\r\n",
                    b"Origin: http://localhost\r\n", b""):
        assert side.raw(call(headers=side.authorization() + headers))[0] == 200, headers


# -- guessing

def test_guessing_is_slowed_down_and_told_once(reeve):
    side = reeve(kind="inet", password="plain")
    wrong = b"Authorization: Basic d3Jvbmc6d3Jvbmc=\r\n"
    trusted = side.connect()
    trusted.sendall(call(headers=side.authorization()))
    assert read_answer(trusted)[0] == 200
    for _ in range(10):
        assert side.raw(call(headers=wrong))[0] == 401
    # From now on they wait, in order; if there are too many, the rest are rejected.
    guesses = [side.connect(timeout=60) for _ in range(24)]
    for guess in guesses:
        guess.sendall(call(headers=wrong))
    readable = wait_until(lambda: (found := select.select(guesses, [], [], 0)[0]) and len(found) >= 8 and found)
    assert [read_answer(guess)[0] for guess in readable].count(429) >= 7
    # A trusted connection is not delayed, and other servers are not affected.
    trusted.sendall(call(headers=side.authorization()))
    assert read_answer(trusted)[0] == 200
    assert side.raw(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 401, "without a password nothing is guessed"
    # The right password is accepted when its turn comes.
    for guess in guesses:
        guess.close()
    assert side.raw(call(headers=side.authorization()), timeout=60)[0] == 200
    lines = [line for line in side.one.log().splitlines() if "wrong passwords" in line]
    assert len(lines) == 1 and "WARN" in lines[0] and "from 127.0.0.1 for [inet_http_server]" in lines[0]
    trusted.close()


def test_at_a_unix_socket_peers_are_users(reeve):
    side = reeve(password="plain")
    for _ in range(10):
        assert side.raw(call(headers=b"Authorization: Basic d3Jvbmc6d3Jvbmc=\r\n"))[0] == 401
    wait_until(lambda: f"10 wrong passwords from uid {os.getuid()} for [unix_http_server]" in side.one.log())


# -- crowds

@pytest.mark.parametrize("kind", ["unix", "inet"])
@pytest.mark.parametrize("count", [500, 2000])
def test_all_of_a_crowd_are_answered(reeve, kind, count):
    """Every fifth client is slow: it sends part of the request, and the rest once all are there."""
    side = reeve(kind=kind)
    request = call()
    connections = []
    for number in range(count):
        connection = side.connect(timeout=60)
        connection.sendall(request[:20] if number % 5 == 0 else request)
        connections.append(connection)
    for connection in connections[::5]:
        connection.sendall(request[20:])
    statuses = [read_answer(connection)[0] for connection in connections]
    assert statuses == [200] * count
    for connection in connections:
        connection.close()
    assert side.gateway.is_running()


def test_what_exceeds_the_connections_waits_in_the_backlog(start, folder):
    """With fewer descriptors than clients, each is answered once those before it have gone."""
    side = Side("init", start, folder / "i", files=120)
    connections = [side.connect(timeout=60) for _ in range(300)]
    for connection in connections:
        connection.sendall(call(headers=b"Connection: close\r\n"))
    assert [read_answer(connection)[0] for connection in connections] == [200] * 300
    for connection in connections:
        connection.close()
    side.stop()


STUBBORN = """\
[program:stubborn]
command=/bin/sh -c 'trap "" TERM; : >{folder}/deaf_%(process_num)s; while :; do sleep 5; done'
process_name=%(program_name)s_%(process_num)s
numprocs=40
stopwaitsecs=600
autorestart=false
startsecs=0
stdout_logfile=NONE
"""


def test_probes_are_answered_whatever_others_wait_for(start, folder):
    """Twenty clients wait for answers that don't end; four hundred more want a stream, many more than allowed."""
    side = Side("init", start, folder / "i", files=120, programs=STUBBORN.format(folder=folder))
    wait_until(lambda: len(list(folder.glob("deaf_*"))) == 40)
    waiting = [side.connect(timeout=60) for _ in range(20)]
    for number, connection in enumerate(waiting):
        stop = xmlrpc.client.dumps((f"stubborn:stubborn_{number}",), "supervisor.stopProcess").encode()
        connection.sendall(call(body=stop))
    wait_until(lambda: sum(state == "STOPPING" for state in side.one.states().values()) == len(waiting), timeout=60)
    streams = [side.connect(timeout=60) for _ in range(400)]
    for connection in streams:
        connection.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for path in (b"/livez", b"/healthz", b"/metrics", b"/livez"):
        status, _, _ = side.raw(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", timeout=60)
        assert status == 200, path
    assert not select.select(waiting, [], [], 0)[0], "they still wait"
    # A stream over the limit is rejected at once, and its connection makes room for the next without waiting for the
    # client. A few wait for their turn.
    statuses = [int(connection.recv(65536).split()[1]) for connection in select.select(streams, [], [], 0)[0]]
    assert set(statuses) == {200, 503} and len(statuses) > len(streams) - 16
    for connection in waiting + streams:
        connection.close()
    side.ask("supervisor.signalProcessGroup", "stubborn", "KILL")
    side.stop()


# -- addresses

def test_slashes_in_front_as_supervisord_takes_them(sides):
    theirs, ours = sides(kind="inet")
    for path in (b"/", b"//", b"///", b"/index.html", b"//index.html", b"///index.html?x=y", b"//ok.html", b"//stylesheets/supervisor.css",
                 b"//tail.html?processname=cat", b"//RPC2", b"//nothing"):
        request = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert ours.raw(request)[0] == theirs.raw(request)[0], path
    page = ours.raw(b"GET // HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert page[0] == 200 and b'id="programs"' in page[2]
    # What the page requests from that address.
    for path in (b"//scripts/status.js", b"//api/v1/processes", b"//images/icon.svg"):
        assert ours.raw(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 200, path
