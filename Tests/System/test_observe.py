"""Monitoring over the control socket: `reeve.metrics` and `reeve.events`."""

import os
import re
import select
import signal
import time

import pytest

import control
import procfs
from supervised import section
from test_events import heard, listener
from waiting import wait_until


def process(one, name):
    """The metrics of one process."""
    return next(row for row in one.rpc("reeve.metrics")["processes"] if row["name"] == name)


def pipes(one):
    return sum(target.startswith("pipe:") for target in procfs.descriptors(one.pid).values())


class Stream:
    """The reading end of a stream of events."""

    def __init__(self, one, *types):
        with one.control() as connection:
            value, self.descriptor = connection.call("reeve.events", list(types))
        assert value is True
        self.left = b""

    def close(self):
        os.close(self.descriptor)

    def read(self, timeout=60):
        """Reads more bytes; b"" at the end."""
        ready, _, _ = select.select([self.descriptor], [], [], timeout)
        assert ready, f"nothing came; so far: {self.left!r}"
        return os.read(self.descriptor, 1 << 20)

    def event(self, timeout=60):
        """(header, payload) of the next event; None at the end."""
        end = time.monotonic() + timeout  # clock: deadline
        while True:
            head, newline, rest = self.left.partition(b"\n")
            if newline:
                header = dict(pair.split(":", 1) for pair in head.decode().split())
                length = int(header["len"])
                text = rest.decode("utf-8", "ignore")
                if len(text) >= length:
                    payload = text[:length]
                    self.left = rest[len(payload.encode()):]
                    return header, payload
            data = self.read(max(end - time.monotonic(), 0))  # clock: deadline
            if not data:
                return None
            self.left += data

    def until(self, name, part="", timeout=60):
        end = time.monotonic() + timeout  # clock: deadline
        while True:
            header, payload = self.event(max(end - time.monotonic(), 0))  # clock: deadline
            if header["eventname"] == name and part in payload:
                return header, payload


def test_starts_restarts_and_ways_to_die_are_counted(start, actor):
    one = start(
        section("program", "web", command="sleep 600")
        + section("program", "again", command="sh -c 'exit 3'", startsecs=0, autorestart="true", startretries=0)
        + section("program", "never", command="sh -c 'exit 5'", startretries=1)
        + section("program", "once", command="true", startsecs=0, autorestart="false", autostart="false"))
    wait_until(lambda: process(one, "again")["starts"] >= 3)
    one.rpc("supervisor.stopProcess", "again")
    wait_until(lambda: one.state("never") == "FATAL")
    again = process(one, "again")
    assert again["restarts"] == again["starts"] - 1
    assert {way["status"] for way in again["exits"]} <= {3, -signal.SIGTERM}
    assert sum(way["count"] for way in again["exits"]) == again["starts"]
    never = process(one, "never")
    assert (never["starts"], never["restarts"], never["exits"]) == (2, 1, [{"status": 5, "count": 2}])
    once = process(one, "once")
    assert (once["starts"], once["restarts"], once["exits"]) == (0, 0, [])
    # A start by a user is not a restart.
    one.wait_state("web", "RUNNING")
    os.kill(one.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: process(one, "web")["exits"])
    one.wait_state("web", "RUNNING")
    one.rpc("supervisor.stopProcess", "web")
    one.rpc("supervisor.startProcess", "web")
    web = process(one, "web")
    assert (web["group"], web["starts"], web["restarts"]) == ("web", 3, 1)
    assert sorted((way["status"], way["count"]) for way in web["exits"]) == [(-15, 1), (-9, 1)]


def test_bytes_are_counted_by_channel(start):
    one = start(
        section("program", "echo", command="sh -c 'printf 12345; printf 1234567 >&2; cat'", redirect_stderr=False)
        + section("program", "both", command="sh -c 'printf 12345; printf 1234567 >&2; cat'", redirect_stderr=True))
    for name in ("echo", "both"):
        assert one.rpc("supervisor.sendProcessStdin", name, "x" * 1000) is True
    wait_until(lambda: process(one, "echo")["stdout_bytes"] == 1005, what=lambda: process(one, "echo"))
    wait_until(lambda: process(one, "both")["stdout_bytes"] == 1012, what=lambda: process(one, "both"))
    assert (process(one, "echo")["stderr_bytes"], process(one, "echo")["stdin_bytes"]) == (7, 1000)
    assert process(one, "both")["stderr_bytes"] == 0
    # A new child continues the count.
    one.rpc("supervisor.stopProcess", "echo")
    one.rpc("supervisor.startProcess", "echo")
    wait_until(lambda: process(one, "echo")["stderr_bytes"] == 14)


def test_events_of_pools_are_counted(start, folder):
    record = folder / "heard"
    one = start(
        listener(record, events="PROCESS_STATE", buffer_size=2, autostart=False)
        + section("program", "web", command="sh -c 'exit 0'", startsecs=0, autostart=False))
    before = one.rpc("reeve.metrics")["events"]
    for index in range(3):
        one.rpc("supervisor.startProcess", "web")
        wait_until(lambda: sum(way["count"] for way in process(one, "web")["exits"]) == index + 1)
    after = one.rpc("reeve.metrics")["events"]
    assert (after["streams"], after["lost_streams"]) == (0, 0)
    assert after["pools"][0]["name"] == "ear"
    assert after["pools"][0]["waiting"] == 2
    # STARTING, RUNNING and EXITED for each run; the listener's buffer holds two.
    wait_until(lambda: one.rpc("reeve.metrics")["events"]["published"] == before["published"] + 9)
    assert one.rpc("reeve.metrics")["events"]["pools"][0]["discarded"] == before["published"] + 9 - 2
    assert 0 <= one.rpc("reeve.metrics")["uptime"] < 100


def test_a_stream_tells_what_listeners_are_told(start, folder):
    record = folder / "heard"
    one = start(
        listener(record, events="PROCESS_STATE,REMOTE_COMMUNICATION")
        + section("program", "web", command="sleep 600", startsecs=0, autostart=False))
    wait_until(lambda: heard(record))
    stream = Stream(one, "PROCESS_STATE", "REMOTE_COMMUNICATION")
    one.rpc("supervisor.startProcess", "web")
    one.rpc("supervisor.sendRemoteCommEvent", "größe", "ä€🐧\nzwei")
    one.rpc("supervisor.stopProcess", "web")
    names = ["STARTING", "RUNNING", None, "STOPPING", "STOPPED"]
    got = [stream.event() for _ in names]
    assert [header["eventname"] for header, _ in got] == [
        f"PROCESS_STATE_{name}" if name else "REMOTE_COMMUNICATION" for name in names]
    assert [int(header["serial"]) for header, _ in got] == [1, 2, 3, 4, 5]
    assert got[2][1] == "type:größe\nä€🐧\nzwei"
    assert got[0][0] | {"len": ""} == {
        "ver": "3.0", "server": "supervisor", "serial": "1", "pool": "stream", "poolserial": "1",
        "eventname": "PROCESS_STATE_STARTING", "len": ""}
    wait_until(lambda: [event["payload"] for event in heard(record)][-5:] == [payload for _, payload in got],
               what=lambda: (heard(record), got))
    stream.close()


def test_a_stream_gets_what_it_asked_for_and_goes_on_after_a_restart(start):
    one = start(section("program", "web", command="sleep 600", startsecs=0))
    wait_until(lambda: one.state("web") == "RUNNING")
    states, ticks = Stream(one, "SUPERVISOR_STATE_CHANGE"), Stream(one, "TICK_5")
    one.rpc("supervisor.stopProcess", "web")
    one.send(signal.SIGHUP)
    assert states.event()[0]["eventname"] == "SUPERVISOR_STATE_CHANGE_STOPPING"
    assert states.event()[0]["eventname"] == "SUPERVISOR_STATE_CHANGE_RUNNING"
    header, payload = ticks.event()
    assert header["eventname"] == "TICK_5" and re.fullmatch(r"when:\d+[05]", payload)
    states.close()
    ticks.close()
    one.wait_ready()
    wait_until(lambda: one.rpc("reeve.metrics")["events"]["streams"] == 0)


def test_a_stream_that_nobody_reads_ends_and_no_other(start):
    one = start(section("program", "web", command="sleep 600", startsecs=0))
    one.wait_state("web", "RUNNING")
    slow, quick = Stream(one, "EVENT"), Stream(one, "REMOTE_COMMUNICATION")
    # Three of the program, and one for each stream; that of the start's report may still be there for a moment.
    wait_until(lambda: pipes(one) == 5)
    for index in range(400):
        one.rpc("supervisor.sendRemoteCommEvent", "flood", "x" * 1000)
        assert quick.event()[1] == "type:flood\n" + "x" * 1000
    assert one.rpc("reeve.metrics")["events"]["lost_streams"] == 1
    assert "a stream of events ends" in one.log()
    # What it got before is still there, and then the end.
    count = 0
    while slow.event():
        count += 1
    assert 50 < count < 400
    wait_until(lambda: pipes(one) == 4)
    quick.close()
    slow.close()


def test_streams_are_few_and_a_bad_request_is_refused(start):
    one = start()
    streams = [Stream(one, "TICK_3600") for _ in range(32)]
    with pytest.raises(control.Fault, match="^30 FAILED: .*EMFILE"):
        one.rpc("reeve.events", ["EVENT"])
    streams.pop().close()
    wait_until(lambda: one.rpc("reeve.metrics")["events"]["streams"] == 31)
    Stream(one, "EVENT").close()
    for stream in streams:
        stream.close()
    for parameters in ([[]], [["PROCESS_STAT"]], [], [["EVENT"], 1], ["EVENT"]):
        with pytest.raises(control.Fault, match="^2 INCORRECT_PARAMETERS"):
            one.rpc("reeve.events", *parameters)


def test_nothing_wakes_init_once_the_readers_of_ticks_are_gone(start):
    one = start()
    Stream(one, "TICK_5").close()
    wait_until(lambda: pipes(one) == 0)
    one.assert_sleeps(5.2)
