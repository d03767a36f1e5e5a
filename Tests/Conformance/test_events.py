"""Event listeners: headers, payloads, and events that are not accepted."""

import json

import table
from scenario import Scenario, program
from steps import ask, configure, ctl, ends, events, exists, info, logged, read, rpc, signal, stays, wait



def listener(types, *behaviours, name="l", file="events", **keys):
    """A recorder for these events."""
    words = " ".join(behaviours)
    return program(name, kind="eventlistener", command="{python} -SE {recorder} {folder}/" + f"{file} {words}".rstrip(),
                   events=types, **{"buffer_size": 100, **keys})


STATES = listener("PROCESS_STATE")
RUNNING = "SUPERVISOR_STATE_CHANGE_RUNNING"
LATE = dict(autostart=False)
ON = program("a", **LATE)
CAPTURE = ("<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->")


def says(text, **keys):
    """A program that writes this text, in printf's syntax, to stdout when it starts."""
    text = text.replace("%", "%%")
    return program("a", command="/bin/sh -c 'printf \"" + text + "\"; : >{folder}/up; exec sleep 1000'", **LATE, **keys)


def told(name, serial, payload):
    header = {"ver": "3.0", "server": "supervisor", "serial": str(serial), "pool": "l", "poolserial": str(serial), "eventname": name}
    return {"header": header, "payload": payload}


def exited(serial, expected, more=""):
    return told("PROCESS_STATE_EXITED", serial, f"processname:a groupname:a from_state:RUNNING expected:{expected} pid:N{more}")


def three(first, more=""):
    """A listener and a program that start, and the program exits as expected."""
    return [told("PROCESS_STATE_RUNNING", first, "processname:l groupname:l from_state:STARTING pid:N"),
            told("PROCESS_STATE_RUNNING", first + 1, "processname:a groupname:a from_state:STARTING pid:N"),
            exited(first + 2, 1, more)]


def captured(text):
    return told("PROCESS_COMMUNICATION_STDOUT", 0, f"processname:a groupname:a pid:N\n{text}")


test = table.of([
    # every type
    Scenario("states_of_a_life", ON + listener("PROCESS_STATE"), [
        wait("l RUNNING"), events(2), ctl("start a"), events(4), ctl("stop a"), events(6)], corners=(22,)),
    Scenario("states_of_a_bad_start", program("a", "sleep 0.3 exit 1", startsecs=3, startretries=1, autostart=False) + STATES, [
        wait("l RUNNING"), events(2), rpc("startProcess", "a", False), events(7)], corners=(22,)),
    Scenario("states_of_an_exit", program("a", "sleep 1.2 exit 0", autostart=False) + listener("PROCESS_STATE_EXITED,PROCESS_STATE_RUNNING"), [
        wait("l RUNNING"), events(1), ctl("start a"), wait("a EXITED"), events(3)], corners=(22,), differs={
            "5 events events": (three(0), three(0, " exitstatus:0"))}),
    Scenario("states_of_an_unexpected_exit", program("a", "sleep 1.2 exit 3", autostart=False, autorestart=False)
             + listener("PROCESS_STATE_EXITED"), [
        wait("l RUNNING"), ctl("start a"), wait("a EXITED"), events(1)], corners=(22,), differs={
            "4 events events": ([exited(0, 0)], [exited(0, 0, " exitstatus:3")])}),
    Scenario("states_of_several", program("a", numprocs=2, process_name="%(process_num)d", autostart=False) + STATES, [
        wait("l RUNNING"), events(2), ctl("start a:0"), events(4), ctl("start a:1"), events(6)]),
    Scenario("one_type_only", ON + listener("PROCESS_STATE_STOPPED"), [
        wait("l RUNNING"), ctl("start a"), ctl("stop a"), ctl("start a"), ctl("stop a"), events(2)]),
    Scenario("two_pools", ON + listener("PROCESS_STATE_RUNNING") + listener("PROCESS_STATE_RUNNING,PROCESS_STATE_STOPPED", name="m",
                                                                         file="more"), [
        wait("l RUNNING, m RUNNING"), events(2), events(2, "more"), ctl("start a"), ctl("stop a"), events(3), events(4, "more")]),
    Scenario("groups_come_and_go", program("b") + listener("PROCESS_GROUP"), [
        wait("l RUNNING, b RUNNING"), events(2), configure(program("c") + listener("PROCESS_GROUP")), ctl("update"), events(4)]),
    Scenario("supervisor_runs_and_stops", listener("SUPERVISOR_STATE_CHANGE"), [
        wait("l RUNNING"), events(1), signal("TERM"), ends(),
        ask("at the end", lambda side: [json.loads(line)["header"]["eventname"] for line in (side.folder / "events").open()])], differs={
            # The last ones are not lost.
            "5 at the end": ([RUNNING], [RUNNING, "SUPERVISOR_STATE_CHANGE_STOPPING"])}),
    Scenario("remote_communication", listener("REMOTE_COMMUNICATION"), [
        wait("l RUNNING"), rpc("sendRemoteCommEvent", "kind", "some data"), rpc("sendRemoteCommEvent", "", ""),
        rpc("sendRemoteCommEvent", "a:b", "two\nlines"), events(3)]),
    Scenario("every_five_seconds", listener("TICK_5"), [wait("l RUNNING"), events(1)], corners=(23,)),
    Scenario("ticks_are_slices", listener("TICK"), [wait("l RUNNING"), events(1)], corners=(23,)),
    Scenario("logs", says("one\\n", stdout_events_enabled=True) + listener("PROCESS_LOG"), [
        wait("l RUNNING"), ctl("start a"), events(1)]),
    Scenario("logs_of_stderr", program("a", "err oops wait", stderr_events_enabled=True, **LATE) + listener("PROCESS_LOG_STDERR"), [
        wait("l RUNNING"), ctl("start a"), events(1)]),
    Scenario("logs_that_are_off", says("one\\n") + listener("PROCESS_LOG,PROCESS_STATE_STOPPED"), [
        wait("l RUNNING"), ctl("start a"), exists("up"), ctl("stop a"), events(1)]),
    Scenario("logs_with_other_letters", says("gr\u00fc\u00dfe \U0001f600\\n", stdout_events_enabled=True) + listener("PROCESS_LOG"), [
        wait("l RUNNING"), ctl("start a"), events(1), ctl("stop a"), ctl("start a"), events(2), wait("l RUNNING")], corners=(21,)),
    Scenario("logs_that_are_no_text", says("a\\377b\\n", stdout_events_enabled=True) + listener("PROCESS_LOG"), [
        wait("l RUNNING"), ctl("start a"), events(1), wait("l RUNNING")], corners=(21,)),
    # capture mode
    Scenario("capture", says("before" + CAPTURE[0] + "the message" + CAPTURE[1] + "and what comes after the message\\n", stdout_capture_maxbytes="1KB",
                             stdout_logfile="{folder}/o.log") + listener("PROCESS_COMMUNICATION"), [
        wait("l RUNNING"), ctl("start a"), events(1), read("o.log", until="the message")], corners=(24,)),
    Scenario("capture_of_stderr", program(
        "a", "err " + CAPTURE[0] + "message" + CAPTURE[1] + " wait", stderr_capture_maxbytes="1KB", stderr_logfile="{folder}/e.log", **LATE)
        + listener("PROCESS_COMMUNICATION"), [wait("l RUNNING"), ctl("start a"), events(1)], corners=(24,)),
    Scenario("capture_in_pieces", program("a", command=(
        "/bin/sh -c 'printf \"x<!--XSUPER\"; sleep 0.3; printf \"VISOR:BEGIN-->mess\"; sleep 0.3; printf \"age<!--XSUPERVISOR:E\"; sleep 0.3; "
        "printf \"ND-->y is followed by more than a tag\\n\"; : >{folder}/up; exec sleep 1000'"), stdout_capture_maxbytes="1KB", stdout_logfile="{folder}/o.log", **LATE)
        + listener("PROCESS_COMMUNICATION"), [wait("l RUNNING"), ctl("start a"), exists("up"), events(1), read("o.log", until="tag")],
        corners=(24,)),
    Scenario("capture_of_too_much", says(CAPTURE[0] + "0123456789abcdefghijklmnopqrst" + CAPTURE[1] + "\\n", stdout_capture_maxbytes=20)
             + listener("PROCESS_COMMUNICATION"), [wait("l RUNNING"), ctl("start a"), events(1)], corners=(24,), differs={
                 # supervisord only applies the limit between two reads.
                 "3 events events": ([captured("0123456789abcdefghijklmnopqrst")], [captured("abcdefghijklmnopqrst")])}),
    Scenario("capture_twice", says((CAPTURE[0] + "m" + CAPTURE[1]) * 2 + "\\n", stdout_capture_maxbytes="1KB")
             + listener("PROCESS_COMMUNICATION"), [wait("l RUNNING"), ctl("start a"), events(2)], corners=(24,)),
    # answers
    Scenario("refused_events_come_again", ON + listener("PROCESS_STATE", "ok", "ok", "fail", "fail", "ok"), [
        wait("l RUNNING"), events(2), ctl("start a"), events(6)], corners=(20,)),
    Scenario("other_results_refuse", ON + listener("PROCESS_STATE", "ok", "ok", "other", "ok"), [
        wait("l RUNNING"), events(2), ctl("start a"), events(5)], corners=(20,)),
    Scenario("death_in_the_middle", ON + listener("PROCESS_STATE_STOPPED", "die", "ok"), [
        wait("l RUNNING"), ctl("start a"), ctl("stop a"), events(2), wait("l RUNNING")], corners=(20,)),
    Scenario("garbage_makes_it_unknown", ON + listener("PROCESS_STATE_STOPPED", "garbage"), [
        wait("l RUNNING"), ctl("start a"), ctl("stop a"), events(1), logged("UNKNOWN"), ctl("start a"), ctl("stop a"),
        stays("l RUNNING", 1.2), events(1), ctl("restart l"), events(2)], corners=(20,)),
    Scenario("chatter_makes_it_unknown", ON + listener("PROCESS_STATE_STOPPED", "chatter"), [
        wait("l RUNNING"), ctl("start a"), ctl("stop a"), events(1), logged("UNKNOWN"), ctl("status")], corners=(20,)),
    Scenario("an_answer_byte_by_byte", ON + listener("PROCESS_STATE", "split"), [
        wait("l RUNNING"), events(2), ctl("start a"), events(4)], corners=(20,)),
    Scenario("one_too_many_drops_the_oldest", ON + listener("PROCESS_STATE_STOPPED,REMOTE_COMMUNICATION", "ok", buffer_size=2,
                                                            autostart=False), [
        rpc("sendRemoteCommEvent", "1", ""), rpc("sendRemoteCommEvent", "2", ""), rpc("sendRemoteCommEvent", "3", ""),
        rpc("sendRemoteCommEvent", "4", ""), ctl("start l"), events(2)], corners=(20,)),
    Scenario("a_listener_that_hangs_harms_nobody", ON + listener("PROCESS_STATE", "hang"), [
        wait("l RUNNING"), events(1), ctl("start a"), ctl("stop a"), info(), rpc("getState")], corners=(20,)),
    Scenario("only_the_running_are_told", ON + listener("PROCESS_STATE_STOPPED", autostart=False), [
        ctl("start a"), ctl("stop a"), ctl("start l"), events(1), ctl("stop l"), ctl("start a"), ctl("stop a"), ctl("start l"), events(3)],
        corners=(20,)),
    Scenario("two_listeners_share", ON + listener("REMOTE_COMMUNICATION", "slow", numprocs=2, process_name="l%(process_num)d"), [
        wait("l:l0 RUNNING, l:l1 RUNNING"), rpc("sendRemoteCommEvent", "1", ""), rpc("sendRemoteCommEvent", "2", ""),
        ask("both", lambda side: sorted(events(2).perform(side), key=lambda one: one["header"]["serial"]))], corners=(20,)),
    Scenario("a_listener_is_a_program", listener("TICK_3600"), [
        wait("l RUNNING"), ctl("status"), info(), ctl("stop l"), ctl("start l"), wait("l RUNNING"), rpc("getAllConfigInfo")]),
])
