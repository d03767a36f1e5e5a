"""/api/v1/events: events as server-sent events."""

import json
import os
import signal

import procfs
from streams import Stream
from supervised import section
from waiting import wait_until


def events(body):
    """(event, id, data) of each complete event, without comments."""
    found = []
    for part in body.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in part.split("\n") if not line.startswith(":"))
        if fields:
            found.append((fields["event"], int(fields.get("id", 0)), json.loads(fields["data"])))
    return found


def names(body):
    return [(name, data.get("processname")) for name, _, data in events(body)]


def test_states_of_programs(reeve):
    side = reeve()
    with Stream(side, "/api/v1/events?types=PROCESS_STATE") as stream:
        assert stream.status == 200 and stream.headers["content-type"] == "text/event-stream"
        stream.until(bool)
        side.ask("supervisor.startProcess", "off")
        side.ask("supervisor.stopProcess", "off")
        stream.until(lambda body: names(body) == [
            (f"PROCESS_STATE_{state}", "off") for state in ("STARTING", "RUNNING", "STOPPING", "STOPPED")])
        found = events(stream.body)
        assert found[0][2] == {"processname": "off", "groupname": "off", "from_state": "STOPPED", "tries": 0}
        assert isinstance(found[1][2]["pid"], int)
        assert [identity for _, identity, _ in found] == sorted({identity for _, identity, _ in found})


def test_everybody_gets_what_was_asked_for(reeve):
    side = reeve()
    asked = {"": None, "?types=EVENT": None, "?types=REMOTE_COMMUNICATION": "REMOTE", "?types=PROCESS_GROUP,PROCESS_STATE_STOPPED": "PROCESS",
             "?types=REMOTE_COMMUNICATION,TICK_3600": "REMOTE"}
    streams = {query: Stream(side, f"/api/v1/events{query}") for query in [*asked] for _ in range(1)}
    twins = [Stream(side, "/api/v1/events?types=REMOTE_COMMUNICATION") for _ in range(40)]
    for stream in [*streams.values(), *twins]:
        stream.until(bool)
    side.ask("supervisor.sendRemoteCommEvent", "kind", "wörld\nline two")
    side.ask("supervisor.stopProcess", "cat")
    side.ask("supervisor.removeProcessGroup", "cat")
    for query, beginning in asked.items():
        last = "REMOTE" if beginning == "REMOTE" else "PROCESS_GROUP_REMOVED"
        body = streams[query].until(lambda body: any(name.startswith(last) for name, _ in names(body)))
        if beginning:
            assert all(name.startswith(beginning) for name, _ in names(body)), (query, body)
    for stream in twins:
        stream.until(lambda body: [(name, data) for name, _, data in events(body)] == [
            ("REMOTE_COMMUNICATION", {"type": "kind", "data": "wörld\nline two"})])
    for stream in [*streams.values(), *twins]:
        stream.connection.close()


def test_types_that_are_none_are_refused(reeve):
    side = reeve()
    for query in ("types=", "types=NONSENSE", "types=PROCESS_STATE,", "types=process_state", "type=EVENT"):
        with Stream(side, f"/api/v1/events?{query}") as stream:
            assert stream.status == 400, query


def test_a_client_that_does_not_read_is_told_that_it_has_missed_something(reeve):
    side = reeve()
    base = side.gateway.rss()
    with Stream(side, "/api/v1/events?types=REMOTE_COMMUNICATION") as slow:
        slow.until(bool)
        calls = [{"methodName": "supervisor.sendRemoteCommEvent", "params": ["t", "x" * 8000]} for _ in range(100)]
        for _ in range(10):
            assert side.ask("system.multicall", calls)[0] == "value"
        body = slow.until_end(20)
    last = events(body)[-1]
    assert last[0] == "lost" and "missed" not in last[2] and len(events(body)) < 1000
    assert side.gateway.rss() - base < 16 << 20
    with Stream(side, "/api/v1/events?types=REMOTE_COMMUNICATION") as again:
        again.until(bool)
        side.ask("supervisor.sendRemoteCommEvent", "t", "d")
        again.until(lambda body: len(events(body)) == 1)


def test_nobody_left_no_stream_left(reeve):
    side = reeve(settings="gateway_idle_timeout=1")
    before = len(procfs.descriptors(side.one.pid))
    with Stream(side, "/api/v1/events") as stream:
        stream.until(bool)
        assert len(procfs.descriptors(side.one.pid)) > before
    wait_until(lambda: len(procfs.descriptors(side.one.pid)) <= before)
    side.gateway.wait()


def test_output_as_it_comes(reeve):
    side = reeve(programs=section(
        "program", "cat", command="/bin/cat", startsecs=0, stdout_events_enabled=True, stdout_logfile="NONE"))
    with Stream(side, "/api/v1/events?types=PROCESS_LOG") as stream:
        stream.until(bool)
        side.ask("supervisor.sendProcessStdin", "cat", "one\ntwö\n")
        stream.until(lambda body: "".join(data["data"] for _, _, data in events(body)) == "one\ntwö\n")


def test_a_stream_ends_with_the_gateway_and_init_goes_on(reeve):
    side = reeve()
    with Stream(side, "/api/v1/events") as stream:
        stream.until(bool)
        os.kill(side.gateway.pid, signal.SIGKILL)
        wait_until(stream.is_over)
    assert side.ask("supervisor.getState")[0] == "value"
