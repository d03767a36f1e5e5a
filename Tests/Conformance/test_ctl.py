"""The command line: text and exit codes. Tests/System/test_ctl_text.py covers more of them, without supervisord."""

import table
from scenario import Scenario, group, program
from steps import ask, ctl, exists, read, usage, wait

A = program("a")
SEVERAL = (program("run") + program("off", autostart=False) + program("crash", "exit 1", startsecs=3, startretries=0)
           + program("done", "sleep 1.2 exit 0") + program("x") + program("y", autostart=False) + group("g", "x,y"))
UP = "run RUNNING, g:x RUNNING, crash FATAL, done EXITED"

test = table.of([
    Scenario("status_of_all", SEVERAL, [wait(UP), ctl("status")], corners=(49,)),
    Scenario("status_of_some", SEVERAL, [
        wait(UP), ctl("status run"), ctl("status run off"), ctl("status off"), ctl("status crash"), ctl("status done"),
        ctl("status g:*"), ctl("status g:x"), ctl("status g"), ctl("status nix"), ctl("status run nix"), ctl("status nix:*"),
        ctl("status g:nix"), ctl("status all"), ctl("status run all")], corners=(46, 49)),
    Scenario("start_of_some", SEVERAL, [
        wait(UP), ctl("start run"), ctl("start off"), ctl("start nix"), ctl("start off nix"), usage("start"), ctl("start g:y"),
        ctl("start g:*"), ctl("start crash"), wait("crash FATAL")], corners=(49, 57)),
    Scenario("stop_of_some", SEVERAL, [
        wait(UP), ctl("stop off"), ctl("stop run"), ctl("stop run"), ctl("stop nix"), usage("stop"), ctl("stop g:*", unordered=True),
        ctl("stop g:*"), ctl("stop done crash"), ctl("stop all")], corners=(49, 57)),
    Scenario("restart_of_some", SEVERAL, [
        wait(UP), ctl("restart run"), ctl("restart off"), ctl("restart nix"), usage("restart"), ctl("restart g:*", unordered=True),
        wait("run RUNNING, off RUNNING, g:x RUNNING, g:y RUNNING")], corners=(49, 50, 57)),
    Scenario("signal_to_some", SEVERAL, [
        wait(UP), ctl("signal CONT run"), ctl("signal CONT off"), ctl("signal CONT nix"), usage("signal"), usage("signal CONT"),
        ctl("signal NIX run"), ctl("signal NIX off"), ctl("signal CONT g:*", unordered=True), ctl("signal CONT all", unordered=True)],
        corners=(49, 55, 57)),
    Scenario("all_wins", SEVERAL, [wait(UP), ctl("stop run all", unordered=True), ctl("start all nix", unordered=True), wait(UP)], corners=(46,)),
    Scenario("pid", A, [
        wait("a RUNNING"), ask("its own", lambda side: side.ctl(["pid"]) == (0, f"{side.run.pid}\n")),
        ask("of one", lambda side: side.ctl(["pid", "a"]) == (0, f"{side.run.info('a')['pid']}\n")),
        ask("of all", lambda side: side.ctl(["pid", "all"]) == (0, f"{side.run.info('a')['pid']}\n")),
        ctl("pid nix"), ctl("stop a"), ctl("pid a"), ctl("pid all")], corners=(49,)),
    Scenario("version", A, [ctl("version"), usage("version x")]),
    Scenario("too_many_words", A, [usage(line) for line in ("shutdown x", "reload x", "avail x", "reread x", "add", "remove")],
             corners=(57,)),
    Scenario("unknown_action", A, [ctl("nix"), ctl("nix a"), ctl("stat")], corners=(57,)),
    Scenario("several_lines_of_input", A, [
        wait("a RUNNING"), ctl("", stdin="status\nstop a\nstatus a\nstart a\nversion\nnix\n"), wait("a RUNNING"), ctl("-i", stdin="status\n"),
        ctl("", stdin="quit\nstatus\n"), ctl("", stdin="exit\n"), ctl("", stdin="\n\n")], corners=(57,)),
    Scenario("prompt", A, [wait("a RUNNING"), ctl("-r there", stdin="version\n")]),
    Scenario("a_server_that_is_not_there", A, [
        ctl("-s unix://{folder}/none.sock " + line) for line in (
            "status", "start a", "stop a", "restart a", "pid", "version", "avail", "reread", "update", "add a", "remove a", "reload",
            "shutdown", "tail a", "maintail", "signal HUP a", "clear a")], corners=(49, 57)),
    Scenario("avail", SEVERAL, [wait(UP), ctl("avail")]),
    Scenario("add_and_remove", A + program("b"), [
        wait("a RUNNING, b RUNNING"), ctl("add a"), ctl("add nix"), ctl("remove a"), ctl("remove nix"), ctl("stop a"), ctl("remove a"),
        ctl("remove a"), ctl("status"), ctl("avail"), ctl("add a b"), wait("a RUNNING"), ctl("status")], corners=(7, 57)),
    Scenario("tail_follows_nothing", program("a", "say out append {folder}/up x wait", stdout_logfile="{folder}/o.log"), [
        exists("up"), read("o.log", until="out"), ctl("tail -5 a"), ctl("tail -5 a stdout"), usage("tail a b c"), usage("tail -f")],
        corners=(50,)),
])
