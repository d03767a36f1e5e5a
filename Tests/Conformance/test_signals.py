"""Signals to the supervisor, and its own log."""

import table
from scenario import Scenario, program
from steps import ask, configure, ctl, ends, exists, info, logged, move, order, read, rpc, signal, wait

SLOW = program("a", "ignore TERM append {folder}/up x wait", stopwaitsecs=2)
ROOT_LINE = ask("words about root", lambda side: "Supervisor is running as root." in side.run.log())

test = table.of([
    Scenario("TERM", program("a"), [wait("a RUNNING"), signal("TERM"), ends()], corners=(19,)),
    Scenario("INT", program("a"), [wait("a RUNNING"), signal("INT"), ends()], corners=(19,)),
    Scenario("QUIT", program("a"), [wait("a RUNNING"), signal("QUIT"), ends()], corners=(19,)),
    Scenario("TERM_with_nothing_to_stop", "", [ROOT_LINE, signal("TERM"), ends()], corners=(19,)),
    Scenario("TERM_again_and_HUP_while_stopping", SLOW, [
        exists("up"), wait("a RUNNING"), signal("TERM"), logged("killing a"), signal("TERM"), logged("received SIGTERM", 2), signal("HUP"), ends()], corners=(18,)),
    Scenario("HUP_is_a_restart", program("a"), [
        wait("a RUNNING"), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING"), info(), order("spawned")],
        corners=(18,)),
    Scenario("HUP_reads_anew", program("a") + program("b", priority=1), [
        wait("a RUNNING, b RUNNING"), configure(program("b", startsecs=1) + program("c")), signal("HUP"),
        logged("supervisord started", 2), wait("b RUNNING, c RUNNING"), ctl("status"), ctl("avail"), info()], corners=(18,)),
    Scenario("HUP_starts_what_was_stopped", program("a") + program("b", autostart=False), [
        wait("a RUNNING"), ctl("stop a"), ctl("start b"), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING"), info()],
        corners=(7, 18)),
    Scenario("HUP_waits_for_the_slow", SLOW, [
        exists("up"), wait("a RUNNING"), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING")], corners=(18,)),
    Scenario("restart_by_rpc", program("a"), [
        wait("a RUNNING"), rpc("restart"), logged("supervisord started", 2), wait("a RUNNING"), info()]),
    Scenario("reload_by_ctl", program("a"), [
        wait("a RUNNING"), ctl("reload"), logged("supervisord started", 2), wait("a RUNNING"), ctl("status")], corners=(57,)),
    Scenario("USR2_opens_logs_anew", program("a", "say before append {folder}/up x on USR1 {folder}/got x -1 wait say after wait",
                                             stdout_logfile="{folder}/o.log"), [
        exists("up"), read("o.log", until="before"), move("o.log", "o.old"), move("s.log", "s.old"), signal("USR2"),
        exists("s.log"), exists("o.log"), read("o.old"), read("o.log"), ctl("status")]),
    Scenario("USR2_twice", program("a"), [
        wait("a RUNNING"), signal("USR2"), logged("logreopen", 1), signal("USR2"), logged("logreopen", 2), info()]),
    Scenario("others_are_ignored", program("a"), [wait("a RUNNING"), signal("CONT"), info()]),
    Scenario("loglevel_warn", program("a"), [wait("a RUNNING"), ctl("stop a"), rpc("shutdown"), ends()], supervisord="loglevel=warn"),
    Scenario("loglevel_critical", program("a"), [wait("a RUNNING"), rpc("shutdown"), ends()], supervisord="loglevel=critical"),
    Scenario("loglevel_trace", program("a"), [wait("a RUNNING"), ctl("stop a")], supervisord="loglevel=trace"),
    Scenario("loglevel_unknown", program("a"), supervisord="loglevel=warning", refused=True),
    Scenario("loglevel_by_option", program("a"), [wait("a RUNNING"), ctl("stop a")], options=("-e", "error")),
    Scenario("own_log_rotates", "".join(program(name) for name in "abcdef"), [
        wait("a RUNNING, f RUNNING"), ctl("stop all", unordered=True),
        ask("own logs", lambda side: len(list(side.folder.glob("s.log.*"))) > 3)],
        supervisord="logfile_maxbytes=600\nlogfile_backups=50"),
])
