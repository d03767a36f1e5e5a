"""Event listeners and their events. If possible, the same happens under supervisord, and both send the same events."""

import json
import os
import re
import shlex
import signal
import sys

import pytest

import masks
import procfs
from supervised import ENGINES, INIT, section
from waiting import holds_for, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
BEGIN, END = "<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->"


def listener(record, *options, name="ear", **keys):
    """A section with a listener that records into `record`."""
    command = shlex.join([sys.executable, os.path.join(HERE, "listener.py"), str(record), *options])
    keys = {"events": "EVENT", "startsecs": 0, "buffer_size": 1000, "stderr_logfile": f"{record}.err", **keys}
    return section("eventlistener", name, command=command.replace("%", "%%"), **keys)


def script(folder, name, text):
    """A shell script as a program."""
    path = folder / name
    path.write_text(text)
    return f"sh {path}"


def heard(record):
    """The recorded events, as far as their lines are complete."""
    try:
        return [json.loads(line) for line in record.read_text(encoding="utf-8").split("\n")[:-1]]
    except FileNotFoundError:
        return []


def told(events, without=("ear",)):
    """(type, payload) without pids, without the fields that Reeve appends, and without events about the listener
    itself."""
    found = []
    for event in events:
        payload = re.sub(r"\bpid:[1-9]\d*", "pid:N", event["payload"])
        payload = re.sub(r" exitstatus:-?\d+( signal:\w+)?$", "", payload)
        is_tick = event["header"]["eventname"].startswith("TICK")
        if not is_tick and not any(f"processname:{name} " in payload for name in without):
            found.append((event["header"]["eventname"], payload))
    return found


def wait_told(run, record, *wanted, timeout=60, times=1):
    """Waits until each of `wanted`, parts of "TYPE payload", was recorded this many times."""
    def all_there():
        texts = [" ".join(one) for one in told(heard(record), without=())]
        return all(sum(want in text for text in texts) >= times for want in wanted)
    wait_until(all_there, timeout, what=lambda: f"{wanted}, there are {told(heard(record), without=())}; {run.story()}")


@pytest.fixture
def both(start, folder):
    """The same under supervisord and init: [(run, record)]. `text(record, place)` returns the sections."""
    runs = []

    def begin(text, **options):
        for engine in ("supervisord", "init"):
            place = folder / engine
            place.mkdir()
            record = place / "heard"
            run = start(text(record, place), folder=place, engine=ENGINES[engine], pid1=False, **options)
            runs.append((run, record))
        return runs

    yield begin
    for run, _ in runs:
        run.send(signal.SIGTERM)
    for run, _ in runs:
        assert run.wait() == 0


def by_process(events):
    """Groups events by process, since those of different processes may come in any order."""
    found = {}
    for kind, payload in events:
        match = re.match(r"processname:(\S+)", payload)
        found.setdefault(match[1] if match else kind, []).append((kind, payload))
    return found


# -- every type, side by side

LIVES = {
    "exits": (dict(command="{actor} exit 0", startsecs=0, autorestart=False), [], "PROCESS_STATE_EXITED"),
    "fails": (dict(command="{actor} exit 3", startsecs=0, autorestart=False), [], "PROCESS_STATE_EXITED"),
    "dies": (dict(command="{actor} die KILL", startsecs=0, autorestart=False), [], "PROCESS_STATE_EXITED"),
    "gives_up": (dict(command="{actor} exit 1", startretries=1, startsecs=30), [], "PROCESS_STATE_FATAL"),
    "missing": (dict(command="/no/such/thing", startretries=0), [], "PROCESS_STATE_FATAL"),
    "stopped": (dict(command="{actor} wait"), ["RUNNING", "stop p"], "PROCESS_STATE_STOPPED"),
    "stopped_early": (dict(command="{actor} wait", startsecs=60), ["STARTING", "stop p"], "PROCESS_STATE_STOPPED"),
    "killed": (dict(command="{actor} ignore TERM wait", startsecs=1, stopwaitsecs=1), ["RUNNING", "stop p"],
               "PROCESS_STATE_STOPPED"),
    "restarted": (dict(command="{actor} wait", startsecs=0), ["RUNNING", "restart p", "RUNNING", "stop p"],
                  "PROCESS_STATE_STOPPED processname:p groupname:p from_state:STOPPING"),
}


@pytest.mark.parametrize("name", LIVES)
def test_states_are_told_as_upstream_does(both, actor, name):
    keys, steps, last = LIVES[name]
    keys = {key: str(value).replace("{actor}", actor) for key, value in keys.items()}
    runs = both(lambda record, _: listener(record) + section("program", "p", **keys))
    words = []
    for run, record in runs:
        for step in steps:
            if step.isupper():
                run.wait_state("p", step)
            else:
                assert run.ctl(*step.split()).code == 0
        # A restart stops it, too.
        wait_told(run, record, last, times=sum(step.startswith(("stop", "restart")) for step in steps) or 1)
        words.append(by_process(told(heard(record))))
    assert words[1] == words[0]


def test_headers(both, actor):
    runs = both(lambda record, _: listener(record, name="mail") + section(
        "program", "p", command=f"{actor} wait", startsecs=0), supervisord="identifier=me-42")
    for run, record in runs:
        wait_told(run, record, "PROCESS_STATE_RUNNING processname:p")
        events = heard(record)
        for number, event in enumerate(events):
            kind, length = event["header"]["eventname"], len(event["payload"])
            assert event["line"] == (f"ver:3.0 server:me-42 serial:{number} pool:mail poolserial:{number} "
                                     f"eventname:{kind} len:{length}\n")


def test_serials_of_two_pools(both):
    """`serial` counts the events that any pool accepts, `poolserial` those of this pool."""
    def text(record, place):
        return (listener(record, events="REMOTE_COMMUNICATION") + listener(
            place / "other", name="other", events="REMOTE_COMMUNICATION,PROCESS_GROUP_ADDED"))
    counted = []
    for run, record in both(text):
        for number in range(3):
            assert run.rpc("supervisor.sendRemoteCommEvent", "t", f"{number}") is True
        other = record.parent / "other"
        for file in (record, other):
            wait_told(run, file, "type:t\n2")
        counted.append([[(event["header"]["eventname"], event["header"]["serial"], event["header"]["poolserial"])
                         for event in heard(file)] for file in (record, other)])
    assert counted[1] == counted[0]


@pytest.mark.parametrize("kind, data", [("plain", "some data"), ("ümlaut", "日本 🙂\nsecond"), ("", ""), ("a b", "x" * 20000)])
def test_remote_communication(both, kind, data):
    runs = both(lambda record, _: listener(record, events="REMOTE_COMMUNICATION"))
    lines = []
    for run, record in runs:
        assert run.rpc("supervisor.sendRemoteCommEvent", kind, data) is True
        assert run.rpc("supervisor.sendRemoteCommEvent", "after", "it") is True
        wait_told(run, record, "type:after")
        assert told(heard(record))[0] == ("REMOTE_COMMUNICATION", f"type:{kind}\n{data}")
        lines.append([event["line"] for event in heard(record)])
    assert lines[1] == lines[0]


def test_groups_come_and_go(both, actor):
    def one(name):
        return section("program", name, command=f"{actor} wait", startsecs=0)
    words = []
    for run, record in both(lambda record, _: listener(record, events="PROCESS_GROUP") + one("a")):
        text = run.configuration.read_text()
        wait_told(run, record, "groupname:a")
        run.configuration.write_text(text.replace("[program:a]", "[program:b]"))
        assert run.ctl("update").code == 0
        wait_told(run, record, "PROCESS_GROUP_ADDED groupname:b", "PROCESS_GROUP_REMOVED groupname:a")
        words.append(told(heard(record)))
    assert words[1] == words[0]
    assert ("PROCESS_GROUP_ADDED", "groupname:a\n") in words[1]


def test_output_is_told(both):
    def text(record, place):
        out = script(place, "out.sh", "read _; echo one; sleep 0.3; echo 'zwö' >&2; sleep 0.3; printf '\\377\\n'; sleep 1000")
        quiet = script(place, "quiet.sh", "echo unheard; sleep 1000")
        return (listener(record, events="PROCESS_LOG") + section(
            "program", "p", command=out, stdout_events_enabled=True, stderr_events_enabled=True, startsecs=0)
            + section("program", "q", command=quiet))
    words = []
    for run, record in both(text):
        run.wait_state("p", "RUNNING")
        run.rpc("supervisor.sendProcessStdin", "p", "go\n")
        wait_told(run, record, "Undecodable")
        words.append(told(heard(record)))
    assert words[1] == words[0] == [
        ("PROCESS_LOG_STDOUT", "processname:p groupname:p pid:N channel:stdout\none\n"),
        ("PROCESS_LOG_STDERR", "processname:p groupname:p pid:N channel:stderr\nzwö\n"),
        ("PROCESS_LOG_STDOUT", "processname:p groupname:p pid:N channel:stdout\nUndecodable: b'\\xff\\n'")]


@pytest.mark.parametrize("strip", [False, True])
def test_text_between_tags_is_an_event_and_not_in_the_log(both, strip):
    def text(record, place):
        out = script(place, "out.sh", f"""
            printf 'before, which is longer than any of the two tags\\n{BEGIN}he\\033[31mllo{END}after, long enough as well\\n'
            sleep 0.3; printf 'cut {BEGIN[:9]}'; sleep 0.3; printf '{BEGIN[9:]}second{END[:4]}'
            sleep 0.3; printf '{END[4:]} and the end of it, which is long\\n'
            printf 'error: {BEGIN}from stderr{END} the rest of this line is long enough\\n' >&2; sleep 1000
        """)
        return listener(record, events="PROCESS_COMMUNICATION,PROCESS_LOG") + section(
            "program", "p", command=out, stdout_capture_maxbytes="1MB", stderr_capture_maxbytes="1MB", startsecs=0,
            stdout_logfile=f"{place}/out", stderr_logfile=f"{place}/err", stdout_events_enabled=True)
    words = []
    for run, record in both(text, supervisord=f"strip_ansi={str(strip).lower()}"):
        wait_told(run, record, "from stderr")
        wait_until(lambda: (record.parent / "out").read_text().endswith("long\n"), what=run.story)
        wait_until(lambda: (record.parent / "err").read_text().endswith("enough\n"), what=run.story)
        events = told(heard(record))
        words.append(([one for one in events if "COMMUNICATION" in one[0]], (record.parent / "out").read_bytes(),
                      (record.parent / "err").read_bytes(),
                      "".join(one[1].split("\n", 1)[1] for one in events if "LOG" in one[0])))
    assert words[1] == words[0]
    events, out, err, _ = words[1]
    hello = "hello" if strip else "he\x1b[31mllo"
    assert [payload.split("\n", 1)[1] for _, payload in events] == [hello, "second", "from stderr"]
    assert out == (b"before, which is longer than any of the two tags\nafter, long enough as well\n"
                   b"cut  and the end of it, which is long\n")
    assert err == b"error:  the rest of this line is long enough\n"


def test_capture_keeps_the_newest_bytes_and_nothing_is_lost_at_the_end(start, folder, actor):
    record = folder / "heard"
    out = script(folder, "out.sh", f"printf '{BEGIN}'; seq 1 5000; printf '{END}short'; printf ' {BEGIN}open'; exit 0")
    run = start(listener(record, events="PROCESS_COMMUNICATION") + section(
        "program", "p", command=out, stdout_capture_maxbytes="100", startsecs=0, autorestart=False,
        stdout_logfile=f"{folder}/out"))
    wait_told(run, record, "PROCESS_COMMUNICATION_STDOUT")
    if run.engine is INIT:
        data = heard(record)[0]["payload"].split("\n", 1)[1]
        assert data == "".join(f"{n}\n" for n in range(1, 5001))[-100:]
        wait_until(lambda: (folder / "out").read_text() == f"short {BEGIN}open", what=lambda: (folder / "out").read_text())


def test_the_supervisors_own_states_and_the_last_stops(start, actor, folder):
    """Listeners are stopped last: they get the events about the shutdown and about all other programs."""
    record = folder / "heard"
    programs = "".join(section("program", f"p{n}", command=f"{actor} wait", startsecs=0, priority=n + 1) for n in range(20))
    run = start(listener(record, events="SUPERVISOR_STATE_CHANGE,PROCESS_STATE_STOPPED") + programs)
    run.wait_all()
    wait_told(run, record, "SUPERVISOR_STATE_CHANGE_RUNNING")
    run.stop()
    events = told(heard(record))
    assert events[0] == ("SUPERVISOR_STATE_CHANGE_RUNNING", "") and events[1] == ("SUPERVISOR_STATE_CHANGE_STOPPING", "")
    if run.engine is INIT:
        assert events[2:] == [("PROCESS_STATE_STOPPED", f"processname:p{n} groupname:p{n} from_state:STOPPING pid:N")
                              for n in reversed(range(20))]


def test_exits_say_how(start, actor, folder):
    """The fields that follow supervisord's."""
    record = folder / "heard"
    run = start(listener(record, events="PROCESS_STATE_EXITED") + "".join(
        section("program", name, command=f"{actor} {what}", startsecs=0, autorestart=False)
        for name, what in (("a", "exit 0"), ("b", "exit 7"), ("c", "die SEGV"))), engine=INIT)
    wait_until(lambda: len(heard(record)) == 3, what=run.story)
    ends = {event["payload"].split()[0]: event["payload"].split("pid:")[1].split(" ", 1)[1] for event in heard(record)}
    assert ends == {"processname:a": "exitstatus:0", "processname:b": "exitstatus:7",
                    "processname:c": "exitstatus:-1 signal:SIGSEGV"}


def test_ticks(start, folder):
    record = folder / "heard"
    run = start(listener(record, events="TICK"))
    wait_until(lambda: len(heard(record)) >= 2, timeout=60, what=run.story)
    slices = [int(event["payload"].removeprefix("when:")) for event in heard(record)
              if event["header"]["eventname"] == "TICK_5"]
    assert slices and all(one % 5 == 0 for one in slices)
    assert all(b - a == 5 for a, b in zip(slices, slices[1:]))


def test_nobody_wakes_up_for_ticks_that_nobody_wants(start, folder):
    record = folder / "heard"
    run = start(listener(record, events="PROCESS_STATE"), engine=INIT)
    run.wait_state("ear", "RUNNING")
    wait_told(run, record, "PROCESS_STATE_RUNNING")
    wait_until(lambda: heard(record))
    run.assert_sleeps(7)


# -- listeners that misbehave

def test_a_rejected_event_comes_again_first(both):
    runs = both(lambda record, _: listener(
        record, "--answers", "FAIL,OK", events="REMOTE_COMMUNICATION"), supervisord="loglevel=debug")
    words = []
    for run, record in runs:
        for number in range(3):
            run.rpc("supervisor.sendRemoteCommEvent", "t", f"{number}")
        wait_told(run, record, "type:t\n2")
        words.append([event["line"] + event["payload"] for event in heard(record)])
        assert masks.log_lines(run.log(), "WARN", "ear: event was rejected")
    assert words[1] == words[0]
    assert [text[-1] for text in words[1]] == ["0", "0", "1", "2"]


def test_an_event_survives_the_death_of_its_listener(both):
    runs = both(lambda record, _: listener(record, "--then", "exit", events="REMOTE_COMMUNICATION"))
    words = []
    for run, record in runs:
        run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
        run.rpc("supervisor.sendRemoteCommEvent", "t", "2")
        wait_told(run, record, "type:t\n2")
        events = heard(record)
        assert events[0]["pid"] != events[1]["pid"]
        words.append([event["line"] + event["payload"] for event in events])
    assert words[1] == words[0]
    assert [text[-1] for text in words[1]] == ["1", "1", "2"]


def overflow(run):
    """Log lines about buffers, as far as both log them."""
    return [line for line in masks.log_lines(run.log(), "ERRO") if "overflowed" in line[1]]


def test_a_listener_that_hangs(both, actor):
    def text(record, place):
        return (listener(record, "--then", "hang", buffer_size=3, events="REMOTE_COMMUNICATION")
                + listener(place / "good", name="good", events="REMOTE_COMMUNICATION"))
    lines = []
    for run, record in both(text):
        run.rpc("supervisor.sendRemoteCommEvent", "t", "first")
        wait_told(run, record, "first")
        for number in range(10):
            run.rpc("supervisor.sendRemoteCommEvent", "t", f"{number}")
        wait_told(run, record.parent / "good", "type:t\n9")
        lines.append(overflow(run))
        assert len(heard(record)) == 1
    assert lines[1] == lines[0]
    assert lines[1] == [("ERRO", f"pool ear event buffer overflowed, discarding event {n}") for n in range(1, 8)]


@pytest.mark.parametrize("then", ["garbage", "early"])
def test_a_listener_that_babbles(both, then):
    lines = []
    for run, record in both(lambda record, _: listener(
            record, "--then", then, events="REMOTE_COMMUNICATION"), supervisord="loglevel=debug"):
        run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
        wait_until(lambda: masks.log_lines(run.log(), "WARN", "UNKNOWN"), what=run.story)
        lines.append([line for line in masks.log_lines(run.log()) if re.search(
            r"bad result|UNKNOWN|ear: |rebuffering|sent to", line[1]) and "Exited" not in line[1]])
        run.rpc("supervisor.sendRemoteCommEvent", "t", "2")
        run.assert_answers()
        assert len(heard(record)) == (then == "garbage")
    assert lines[1] == lines[0]


def rss(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M)[1])


def test_a_listener_that_floods(start, actor, folder):
    record = folder / "heard"
    run = start(listener(record, "--then", "flood", events="REMOTE_COMMUNICATION", stdout_logfile="NONE")
                + section("program", "p", command=f"{actor} wait", startsecs=0), engine=INIT)
    run.wait_all()
    before = rss(run.pid)
    run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
    wait_until(lambda: masks.log_lines(run.log(), "WARN", "UNKNOWN"), what=run.story)
    holds_for(1, lambda: rss(run.pid) < before + 1024, "its memory grows")
    run.assert_answers()
    assert run.ctl("stop", "p").code == 0


@pytest.mark.parametrize("then", ["ready", "close"])
def test_a_listener_that_does_not_read(start, folder, then):
    record = folder / "heard"
    run = start(listener(record, "--then", then, events="REMOTE_COMMUNICATION", stdout_logfile="NONE", buffer_size=20),
                engine=INIT)
    run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
    if then == "ready":
        wait_told(run, record, "type:t\n1")
    before = rss(run.pid)
    for _ in range(200):
        run.rpc("supervisor.sendRemoteCommEvent", "t", "x" * 20000)
    assert rss(run.pid) < before + 2048
    assert overflow(run)
    run.assert_calm()


def test_memory_is_bounded_while_a_listener_hangs(start, actor, folder):
    """A program floods, every read is an event, and the listener hangs: ten events are kept."""
    record = folder / "heard"
    run = start(listener(record, "--then", "hang", events="PROCESS_LOG", buffer_size=10)
                + section("program", "p", command=f"{actor} flood", stdout_events_enabled=True, stdout_logfile="NONE",
                          startsecs=0), engine=INIT, supervisord="logfile_maxbytes=1MB\nlogfile_backups=1")
    wait_until(lambda: overflow(run), what=run.story)
    first = rss(run.pid)
    holds_for(2, lambda: rss(run.pid) < max(first, 4096) + 2048, lambda: f"{first} KB became {rss(run.pid)} KB")
    run.assert_answers()


def test_a_pool_that_is_removed_leaves_nothing(start, actor, folder):
    record = folder / "heard"
    program = section("program", "p", command=f"{actor} wait", startsecs=0)
    run = start(program, engine=INIT)
    run.wait_all()
    descriptors = len(os.listdir(f"/proc/{run.pid}/fd"))
    for _ in range(3):
        run.configure(program + listener(record, events="EVENT"))
        assert run.ctl("update").code == 0
        run.wait_all()
        wait_told(run, record, "PROCESS_GROUP_ADDED groupname:ear")
        run.configure(program)
        assert run.ctl("update").code == 0
        assert "PROCESS_GROUP_REMOVED" not in str(told(heard(record)))
        # A call that has just ended may have been counted before.
        wait_until(lambda: len(os.listdir(f"/proc/{run.pid}/fd")) <= descriptors, what="the descriptors of before")
        assert heard(record)[0]["header"]["poolserial"] == "0"
        record.unlink()
    run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
    run.assert_answers()


def test_serials_go_on_after_a_restart(start, folder):
    record = folder / "heard"
    run = start(listener(record, events="SUPERVISOR_STATE_CHANGE_RUNNING,REMOTE_COMMUNICATION"))
    run.rpc("supervisor.sendRemoteCommEvent", "t", "1")
    wait_told(run, record, "type:t\n1")
    run.send(signal.SIGHUP)
    wait_until(lambda: len(heard(record)) >= 3, what=run.story)
    headers = [event["header"] for event in heard(record)]
    assert [(header["serial"], header["poolserial"]) for header in headers] == [("0", "0"), ("1", "1"), ("2", "0")]


def test_events_of_others_are_heard_during_the_shutdown(start, actor, folder):
    record = folder / "heard"
    run = start(listener(record, events="REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE") + section(
        "program", "p", command=f"{actor} ignore TERM append {folder}/ready yes wait", startsecs=0, stopwaitsecs=2))
    run.wait_all()
    wait_until((folder / "ready").exists)
    run.send(signal.SIGTERM)
    wait_told(run, record, "STOPPING")
    assert run.rpc("supervisor.sendRemoteCommEvent", "late", "1") is True
    wait_told(run, record, "type:late")
    assert run.wait() == 0
