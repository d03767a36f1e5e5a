"""The destinations of programs' output."""

import table
from scenario import Scenario, program
from steps import ask, child, ctl, exists, info, names, read, rpc, signal, usage, wait

TALK = "say out err err append {folder}/up x wait"
UP = exists("up")
STARTED = "INFO supervisord started with pid N"
ASKED = "WARN received SIGTERM indicating exit request"
EISDIR, WHERE = "INFO spawnerr: unknown error making dispatchers for 'a': EISDIR", " (FOLDER/dir)"


def shell(text):
    """A command that writes bytes, given in printf's syntax."""
    return "/bin/sh -c 'printf \"" + text.replace("%", "%%") + "\"; : >{folder}/up; exec sleep 1000'"


test = table.of([
    Scenario("files", program("a", TALK, stdout_logfile="{folder}/o.log", stderr_logfile="{folder}/e.log"), [
        UP, read("o.log", until="out"), read("e.log", until="err"), info(), ctl("tail a"), ctl("tail a stderr")]),
    Scenario("files_are_appended_to", program("a", TALK, stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="out"), ctl("restart a"), wait("a RUNNING")], files={"o.log": "before\n"}),
    Scenario("one_file_for_both", program("a", "say out sleep 0.3 err err append {folder}/up x wait", stdout_logfile="{folder}/o.log",
                                          redirect_stderr=True), [UP, read("o.log", until="err"), info(), names("*---*")], corners=(29,)),
    Scenario("redirect_stderr_with_a_file", program("a", TALK, redirect_stderr=True, stderr_logfile="{folder}/e.log"), [
        UP, info(), names("e.log"), ctl("tail a stderr")], corners=(29,)),
    Scenario("redirect_stderr_with_AUTO", program("a", TALK, redirect_stderr=True, stderr_logfile="AUTO"), [UP, info(), names("*---*")],
             corners=(29,)),
    Scenario("redirect_stderr_descriptors", program("a", "report {folder}/r.json wait", redirect_stderr=True), [
        child(keys=("descriptors",))], corners=(29,)),
    Scenario("none", program("a", TALK, stdout_logfile="NONE", stderr_logfile="none"), [
        UP, info(), names("*---*"), rpc("getAllConfigInfo")], corners=(27,)),
    Scenario("off", program("a", TALK, stdout_logfile="off", stderr_logfile="OFF"), [
        UP, info(), names("*---*"), rpc("getAllConfigInfo")], corners=(27,)),
    Scenario("auto_in_any_case", program("a", TALK, stdout_logfile="auto", stderr_logfile="Auto"), [
        UP, info(), names("*---*"), ctl("tail a")], corners=(27, 28)),
    Scenario("syslog_as_a_file", program("a", stdout_logfile="syslog", stderr_logfile="NONE"), [
        wait("a RUNNING"), info(), rpc("getAllConfigInfo")], corners=(27,)),
    Scenario("empty", program("a", stdout_logfile=""), [wait("a RUNNING|FATAL|BACKOFF"), ctl("stop a")]),
    Scenario("quotes_are_literal", program("a", TALK, stdout_logfile='{folder}/"o".log'), [UP, read('"o".log', until="out")],
             corners=(30,)),
    Scenario("tilde_and_relative", program("a", TALK, stdout_logfile="o.log"), [UP, read("o.log", until="out"), info()]),
    Scenario("one_file_for_two", program("a", TALK, stdout_logfile="{folder}/o.log") + program("b", "sleep 0.3 say b append {folder}/2 x wait",
                                                                                           stdout_logfile="{folder}/o.log"), [
        UP, exists("2"), read("o.log", until="b\n")]),
    Scenario("strip_ansi", program("a", command=shell(r"\033[1mbold\033[0m plain \033[31;42mred\033[0m\n"), stdout_logfile="{folder}/o.log"),
             [UP, read("o.log", until="red")], supervisord="strip_ansi=true"),
    Scenario("no_strip_ansi", program("a", command=shell(r"\033[1mbold\033[0m\n"), stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="bold")]),
    Scenario("bytes", program("a", command=shell(r"\000\001a\015\012no end"), stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="no end"), ctl("tail a")], corners=(31, 62), differs={
            # supervisorctl can't read invalid XML.
            "3 ctl tail a": (..., [0, "\0\1a\nno end\n"])}),
    Scenario("utf8", program("a", command=shell("gr\u00fc\u00dfe \U0001f600\\n"), stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="gr"), ctl("tail a")]),
    Scenario("tail_counts_bytes", program("a", command="/bin/sh -c 'seq 1 1000; : >{folder}/up; exec sleep 1000'",
                                          stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="\n1000\n"), ctl("tail a"), ctl("tail -10 a"), ctl("tail -0 a"), ctl("tail -99999 a stdout"),
        ctl("tail a stdnix"), ctl("tail -x a"), usage("tail"), ctl("tail nix"), ctl("tail a stderr")], corners=(50, 56)),
    Scenario("tail_of_a_group_member", program("a", "say here append {folder}/up x wait", process_name="x_%(process_num)d",
                                               stdout_logfile="{folder}/o.log"), [
        UP, read("o.log", until="here"), ctl("tail a:x_0"), ctl("tail a:*"), ctl("tail a"), ctl("tail x_0")]),
    Scenario("tail_of_none", program("a", TALK, stdout_logfile="NONE", stderr_logfile="NONE"), [UP, ctl("tail a stderr"), ctl("tail a")],
             differs={"2 ctl tail a stderr": (..., ...), "3 ctl tail a": (..., ...)}),
    Scenario("maintail", program("a"), [wait("a RUNNING"), ctl("maintail -90"), usage("maintail x y"), ctl("maintail -x")]),
    Scenario("clear", program("a", TALK, stdout_logfile="{folder}/o.log", stderr_logfile="{folder}/e.log"), [
        UP, read("o.log", until="out"), read("e.log", until="err"), ctl("clear a"), read("o.log"), read("e.log"), ctl("clear all"),
        ctl("clear nix"), usage("clear"), rpc("clearProcessLogs", "a"), rpc("clearProcessLogs", "nix"), rpc("clearAllProcessLogs")]),
    Scenario("silent", program("a", TALK, stdout_logfile="{folder}/o.log"), [
        UP, wait("a RUNNING"), ask("stdout", lambda side: side.run.stdout())], supervisord="silent=true"),
    Scenario("not_silent", program("a"), [
        wait("a RUNNING"), ask("stdout", lambda side: b"spawned: 'a'" in side.run.stdout())]),
    Scenario("at_the_end_all_is_written", program("a", "on TERM {folder}/got x -1 append {folder}/up x say first wait", stopwaitsecs=2,
                                                  stdout_logfile="{folder}/o.log"), [
        UP, wait("a RUNNING"), signal("TERM"), ask("end", lambda side: side.wait_for_end()), read("o.log")]),
    Scenario("an_own_log_that_cannot_be_opened", program("a", TALK, startsecs=3, startretries=0, stdout_logfile="{folder}/dir"), [
        wait("a FATAL"), ctl("start a")], files={"dir/x": ""}, corners=(2,), differs={
            # Reeve names the file.
            "log": ([STARTED, EISDIR, EISDIR, ASKED], [STARTED, EISDIR + WHERE, EISDIR + WHERE, ASKED])}),
])
