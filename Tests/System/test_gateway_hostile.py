"""Hostile clients, and clients that behave like them: memory stays bounded, others are answered, the gateway
survives."""

import os
import re
import signal
import socket
import struct
import threading
import xmlrpc.client

import pytest

import procfs
from gateways import EXECUTABLE
from http_sides import Side, read_answer
from waiting import wait_until

#: KB: the limits for the gateway during all of this, for the gateway after normal work, and for init.
MOST = 64 * 1024
USUAL = 12 * 1024
INIT = 2 * 1024

BODY = xmlrpc.client.dumps((), "supervisor.getState").encode()


def request(body=BODY, headers=b"", line=b"POST /RPC2 HTTP/1.1", length=None):
    length = b"Content-Length: %d\r\n" % len(body) if length is None else length
    return line + b"\r\nHost: localhost\r\n" + headers + length + b"\r\n" + body


@pytest.fixture
def side(start, folder):
    """init with its gateway, which must be the same process afterwards, and have logged nothing."""
    one = Side("init", start, folder / "i")
    yield one
    assert one.gateway.is_running(), one.story()
    assert one.ask("supervisor.getState")[1]["statename"] == "RUNNING"
    assert one.gateway.peak_rss() < MOST
    assert procfs.peak_rss(one.one.pid) < INIT
    assert one.gateway.log() == ""
    one.stop()


def assert_answers(side):
    """While the situation of the test lasts."""
    assert side.post(BODY)[0] == 200


def test_it_is_as_small_as_it_was_meant_to_be(side):
    assert os.path.getsize(EXECUTABLE) <= 14 * 1000 * 1000
    with side.connect() as connection:
        for _ in range(1000):
            connection.sendall(request())
            assert read_answer(connection)[0] == 200
    assert side.gateway.rss() <= USUAL
    # The loop, the reader of init's answers, and the reader of /proc.
    assert len(os.listdir(f"/proc/{side.gateway.pid}/task")) == 3


@pytest.mark.parametrize("data,status", [
    (b"\0" * 1000 + b"\r\n\r\n", 400), (b"x\r\n\r\n", 400), (b"GET\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n\r\n", 400),
    (b"NOTHING / HTTP/1.1\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 600, 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400), (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\nx", 413),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", None), (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", None),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", None),
    # The end of the request is ambiguous: reject it.
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nxxxxx", 400), (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\n Content-Length: 5\r\n\r\nxxxxx", 400),
])
def test_what_is_no_request_is_refused(side, data, status):
    with side.connect() as connection:
        try:
            connection.sendall(data)
            answer = read_answer(connection)
        except OSError:
            answer = None  # closed while it was being sent
        if status is not None:
            assert answer and answer[0] == status
        if answer:
            assert 400 <= answer[0] < 500
            try:
                assert connection.recv(65536) == b"", "nothing that follows may be taken for a request"
            except ConnectionResetError:
                pass  # it was still being sent
    assert_answers(side)


def test_a_refused_request_never_becomes_two(side):
    second = request()
    for first in (
            b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(second),
            b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n"):
        with side.connect() as connection:
            connection.sendall(first + second)
            data = b""
            while part := connection.recv(65536):
                data += part
        assert data.count(b"HTTP/1.1") == 1 and b"methodResponse" not in data, first


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize("first", [
    # Whether there is a body, and where it ends.
    b"Content-Length: 3, 3\r\n\r\nabc", b"Content-Length: +3\r\n\r\nabc", b"Content-Length: 0x3\r\n\r\nabc",
    b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"Content-Length: 3 \0\r\n\r\nabc", b"Content-Length:\r\n\r\nabc",
    b"Content-Length: 18446744073709551619\r\n\r\nabc", b"Content-Length: 3_0\r\n\r\nabc", b"Content-Length: 3.0\r\n\r\nabc",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", b"Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\nabc",
    CHUNKED + b"\r\n\r\n-1\r\n\r\n", CHUNKED + b"\r\n\r\nfffffffffffffffff\r\n\r\n", CHUNKED + b"\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    CHUNKED + b"\r\n\r\n1\r\nab\r\n0\r\n\r\n", CHUNKED + b"\r\n\r\n1\na\r\n0\r\n\r\n", CHUNKED + b"\r\n\r\n0\r\nContent-Length: 3\r\n\r\nabc",
    # The syntax of a line.
    b"X: a\rGET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"X: a\nContent-Length: 3\n\nabc", b"X: a\0b\r\nContent-Length: 3\r\n\r\nabc",
    b"X y: a\r\nContent-Length: 3\r\n\r\nabc", b": a\r\nContent-Length: 3\r\n\r\nabc", b"X\r\nContent-Length: 3\r\n\r\nabc",
    b"Content-Length: 3\r\n\rabc\r\n", b"\rContent-Length: 3\r\n\r\nabc",
])
def test_what_may_be_read_in_two_ways_is_the_last_thing_that_is_read(side, first):
    """A proxy in front may have passed it as one request: what follows may be another client's, and must not be
    answered."""
    for path in (b"/RPC2", b"/nothing"):
        with side.connect() as connection:
            connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + first + request())
            data = b""
            try:
                while part := connection.recv(65536):
                    data += part
            except ConnectionResetError:
                pass
        assert data.startswith(b"HTTP/1.1 4") and data.count(b"HTTP/1.1") == 1, data
    assert_answers(side)


def test_xml_that_grows(side):
    bomb = b"<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (number + 1, b"&a%d;" % number * 10) for number in range(20)) + b"]>"
    for body in (
            bomb + b"<methodCall><methodName>&a20;</methodName></methodCall>",
            b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><methodCall><methodName>x</methodName></methodCall>",
            b"<a>" * 300_000, b"<a>" * 100_000 + b"</a>" * 100_000, b"<a " + b" ".join(b"a%d=''" % n for n in range(50_000)) + b"/>"):
        assert side.post(body)[0] == 400
    # As many values as fit.
    values = b"<param><value/></param>" * 40_000
    assert side.post(b"<a><methodName>supervisor.getState</methodName><params>" + values + b"</params></a>")[0] == 200
    assert_answers(side)


def test_a_hundred_megabytes(side):
    with side.connect() as connection:
        sent = 0
        try:
            connection.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n")
            while sent < 100 << 20:
                sent += connection.send(b"x" * 65536)
        except OSError:
            pass  # the gateway need not wait for all of it
    assert_answers(side)


@pytest.mark.parametrize("beginning, more", [
    (b"", b"\r\n"), (b"GET /", b"a"), (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"a"), (b"GET / HTTP/1.1\r\n", b"X: yyyyyyyy\r\n"),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"8\r\nxxxxxxxx\r\n"),
    (b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a=b;"),
    (b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: yyyyyyyy\r\n")])
def test_without_an_end(side, beginning, more):
    """Closed at once, or after two seconds in which the gateway discards bytes; after thirty if it isn't a request
    yet."""
    block = more * (262144 // len(more))
    with side.connect() as connection:
        connection.sendall(beginning)
        closed = False
        for _ in range(400 if beginning == b"" else 1_000_000):
            try:
                connection.sendall(block)
            except OSError:
                closed = True
                break
        assert closed == (beginning != b"")
    assert side.gateway.rss() < 20 * 1024
    assert_answers(side)


def test_a_multicall_of_everything_is_bounded(side):
    calls = [{"methodName": "supervisor.getAllConfigInfo"}] * 6000
    assert side.ask("system.multicall", calls) == ("fault", 30, "FAILED: the results are too long")
    answer = side.ask("system.multicall", [{"methodName": "system.methodSignature", "params": ["supervisor.getPID"]}] * 3000)
    assert answer == ("value", [["int"]] * 3000)
    assert_answers(side)


def test_slow_senders_by_the_hundred_and_five_hundred_connections(side):
    slow = []
    for number in range(500):
        connection = side.connect()
        connection.send([b"", b"P", b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nX: y\r\n", request()[:-5], request(length=b"Content-Length: 900000\r\n")][number % 5])
        slow.append(connection)
        if number % 50 == 0:
            assert_answers(side)
    assert_answers(side)
    assert len(procfs.descriptors(side.gateway.pid)) < 600
    for connection in slow:
        connection.close()
    wait_until(lambda: len(procfs.descriptors(side.gateway.pid)) < 20)


def test_init_sleeps_on(side):
    """Only calls reach init."""
    with side.connect() as connection:
        connection.sendall(request())
        read_answer(connection)
        init = side.one.pid
        before, memory = procfs.wakeups(init), procfs.rss(init)
        slow = []
        for number in range(300):
            one = side.connect()
            one.sendall([b"", b"POST /RPC2 HTT", request()[:-1], b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0\r\n\r\n"][number % 5])
            slow.append(one)
        for body in (b"<a>" * 1000, b"<!DOCTYPE x>", b"<methodCall><methodName>reeve.servers</methodName></methodCall>"):
            connection.sendall(request(body))
            read_answer(connection)
        # init has ticks of its own.
        assert procfs.wakeups(init) - before <= 4
        assert procfs.rss(init) <= memory + 64
        for one in slow:
            one.close()


def retransmitted(connection):
    """The number of retransmitted segments: the last field of the oldest `struct tcp_info`."""
    return struct.unpack_from("I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]


@pytest.mark.parametrize("kind", ["unix", "inet"])
def test_a_thousand_at_once_are_let_in(start, folder, kind):
    """As many clients as init's backlog holds connect without a retransmission, which the kernel would count."""
    side = Side("init", start, folder / "i", kind=kind)
    os.kill(side.gateway.pid, signal.SIGSTOP)
    connections = [side.connect() for _ in range(900)]
    if kind == "inet":
        assert sum(map(retransmitted, connections)) == 0
    os.kill(side.gateway.pid, signal.SIGCONT)
    connections[-1].sendall(request())
    assert read_answer(connections[-1])[0] == 200
    for connection in connections:
        connection.close()
    assert_answers(side)
    side.stop()


def test_a_client_that_does_not_read_costs_one_answer(side):
    log = side.folder / "talker.log"
    with open(log, "ab") as file:
        file.write(b"x" * (2 << 20))
    body = xmlrpc.client.dumps(("talker", 0, 0), "supervisor.readProcessStdoutLog").encode()
    connections = []
    for _ in range(5):
        connection = side.connect()
        connection.sendall(request(body) * 20)
        connections.append(connection)
    assert_answers(side)
    wait_until(lambda: side.gateway.rss() < MOST)
    for connection in connections:
        connection.close()
    wait_until(lambda: len(procfs.descriptors(side.gateway.pid)) < 20)


def test_thousands_of_requests_sent_ahead(side):
    for data, answer in ((b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404 Not Found\n"), (request(), b"</methodResponse>")):
        with side.connect(timeout=60) as connection:
            sender = threading.Thread(target=connection.sendall, args=(data * 5000,))
            sender.start()
            got, count = b"", 0
            while count < 5000:
                part = connection.recv(1 << 20)
                assert part, count
                got += part
                count += got.count(answer)
                got = got[-len(answer) + 1:] if answer not in got else got.rpartition(answer)[2]
            sender.join()


def test_clients_that_vanish_at_any_point(side):
    data = request()
    for length in range(1, len(data) + 1, 3):
        connection = side.connect()
        connection.sendall(data[:length])
        if length % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert_answers(side)
    wait_until(lambda: len(procfs.descriptors(side.gateway.pid)) < 20)


def test_clients_that_reset_leave_nothing_behind(start, folder):
    side = Side("init", start, folder / "i", kind="inet")

    def reset():
        for data in (b"", request()[:-1], b"GET / HT", request()):
            for _ in range(500):
                connection = side.connect()
                connection.sendall(data)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    # The most that are open at once, which depends on how busy the machine is, determine what it keeps.
    reset()
    before = side.gateway.rss()
    reset()
    assert_answers(side)
    wait_until(lambda: len(procfs.descriptors(side.gateway.pid)) < 20)
    assert side.gateway.rss() < before + 1000
    side.stop()


def test_who_has_said_everything_is_still_answered(side):
    with side.connect() as connection:
        connection.sendall(request())
        connection.shutdown(socket.SHUT_WR)
        assert read_answer(connection)[0] == 200
        assert connection.recv(1) == b""


def test_out_of_descriptors_it_serves_who_is_there(start, folder):
    side = Side("init", start, folder / "i", files=80)
    connections = [side.connect() for _ in range(150)]
    # Each connection is taken by a client that sends nothing, and has two seconds.
    assert_answers(side)
    assert_answers(side)
    for connection in connections:
        connection.close()
    assert_answers(side)
    assert side.gateway.is_running()
    side.stop()


#: Characters of two, three and four bytes, what XML escapes, what XML can't represent, and invalid UTF-8: 23 bytes, so
#: that any of them occurs at any offset.
MIXED = "aä€😀<&>\r\x1b\n".encode() + b"\xff\xe2\x82\xf0\x9fbc"


def as_text(data):
    """A byte that isn't part of a character becomes one U+FFFD."""
    text = data.decode("utf-8", "surrogateescape").replace("\x1b", "␛")
    return re.sub("[\udc80-\udcff]", "\ufffd", text)


def test_fifty_megabytes_of_a_log_cost_a_piece(side):
    """Eight clients at once, some of which stop reading."""
    data = MIXED * (50_000_000 // len(MIXED))
    (side.folder / "talker.log").write_bytes(data)
    before = side.gateway.peak_rss()
    body = xmlrpc.client.dumps(("talker", 0, 0), "supervisor.readProcessStdoutLog").encode()
    stopped = [side.connect() for _ in range(6)]
    for connection in stopped:
        connection.sendall(request(body))
    result = {}

    def ask(name, *call):
        result[name] = side.ask(*call)

    threads = [threading.Thread(target=ask, args=arguments) for arguments in (
        ("read", "supervisor.readProcessStdoutLog", "talker", 3, 4_000_001),
        ("tail", "supervisor.tailProcessStdoutLog", "talker", 0, 2_000_001))]
    for thread in threads:
        thread.start()
    assert_answers(side)
    for thread in threads:
        thread.join()
    assert result["read"] == ("value", as_text(data[3:4_000_004]))
    assert result["tail"] == ("value", [as_text(data[-2_000_001:]), len(data), True])
    for connection in stopped:
        connection.close()
    assert side.gateway.peak_rss() < before + 8 * 1024
    # The results of a multicall are kept until the last is there, so it asks for parts that fit.
    calls = [{"methodName": "supervisor.readProcessStdoutLog", "params": ["talker", 0, length]} for length in (0, 1000)]
    fault, value = side.ask("system.multicall", calls)[1]
    assert fault["faultCode"] == 30 and "read them in parts" in fault["faultString"] and value == as_text(data[:1000])


def test_a_log_that_is_emptied_while_it_is_read(side):
    log = side.folder / "talker.log"
    log.write_bytes(MIXED * 100_000)
    connection = side.connect()
    connection.sendall(request(
        xmlrpc.client.dumps(("talker", 0, 0), "supervisor.readProcessStdoutLog").encode(), line=b"POST /RPC2 HTTP/1.0"))
    got = connection.recv(100_000)
    assert side.ask("supervisor.clearProcessLogs", "talker") == ("value", True)
    while part := connection.recv(1 << 20):
        got += part
    (text,), _ = xmlrpc.client.loads(got.partition(b"\r\n\r\n")[2])
    assert as_text(MIXED * 100_000).startswith(text.rstrip("\ufffd")) and len(text) < 2_300_000


def test_many_who_wait_hold_up_nobody(start, folder):
    side = Side("init", start, folder / "i", programs=(
        "[program:slow]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=600\n"))
    body = xmlrpc.client.dumps(("slow",), "supervisor.startProcess").encode()
    waiting = [side.connect() for _ in range(200)]
    waiting[0].sendall(request(body))
    wait_until(lambda: side.ask("supervisor.getProcessInfo", "slow")[1]["statename"] == "STARTING")
    group = xmlrpc.client.dumps(("slow", False), "supervisor.startProcess").encode()
    for connection in waiting[1:]:
        connection.sendall(request(group))
    for connection in waiting[1:]:
        assert b"ALREADY_STARTED: slow" in read_answer(connection)[2]
    assert_answers(side)
    assert side.ask("supervisor.stopProcess", "slow") == ("value", True)
    assert b"ABNORMAL_TERMINATION: slow" in read_answer(waiting[0])[2]
    side.stop()


def test_many_at_once_are_all_answered(side):
    wrong = []

    def ask():
        with side.connect(timeout=60) as connection:
            for _ in range(100):
                connection.sendall(request())
                answer = read_answer(connection)
                if not answer or answer[0] != 200:
                    wrong.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_when_init_is_gone_it_ends(side, start, folder):
    other = Side("init", start, folder / "o", programs="")
    other.one.send(signal.SIGKILL)
    other.one.wait()
    assert other.gateway.wait() == 0
    other.stop()
