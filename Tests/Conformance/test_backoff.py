"""Starts that fail: how often and for how long they are retried.

startsecs is 3 although no program here lives that long: supervisord may notice an exit a second late, and would
count the start as a success.
"""

import table
from scenario import Scenario, program
from steps import ask, ctl, ends, info, logged, rpc, signal, stays, wait, write

test = table.of([
    Scenario("grows_by_a_second", program("a", "exit 1", startsecs=3), [wait("a FATAL"), info()], corners=(1,)),
    Scenario("no_retries", program("a", "exit 1", startsecs=3, startretries=0), [wait("a FATAL"), info()], corners=(1,)),
    Scenario("many_retries", program("a", "exit 1", startsecs=3, startretries=4), [
        logged("spawned: 'a'", 4), wait("a BACKOFF"), info(), ctl("stop a"), info()], corners=(1,)),
    Scenario("stop_in_backoff", program("a", "exit 1", startsecs=3, startretries=20), [
        logged("exited: a", 2), wait("a BACKOFF"), ctl("stop a"), info(), stays("a STOPPED", 2.5)], corners=(8,)),
    Scenario("stop_in_backoff_by_rpc", program("a", "exit 1", startsecs=3, startretries=20), [
        logged("exited: a", 2), wait("a BACKOFF"), rpc("stopProcess", "a"), info(), ctl("start a"), wait("a STARTING|BACKOFF")],
        corners=(8,)),
    Scenario("start_in_backoff", program("a", "exit 1", startsecs=3, startretries=20), [
        logged("exited: a", 2), wait("a BACKOFF"), rpc("startProcess", "a"), ctl("start a"), ctl("stop a")], corners=(55,)),
    Scenario("signal_in_backoff", program("a", "exit 1", startsecs=3, startretries=20), [
        logged("exited: a", 2), wait("a BACKOFF"), rpc("signalProcess", "a", "HUP"), ctl("signal HUP a"), ctl("stop a")]),
    Scenario("shutdown_in_backoff", program("a", "exit 1", startsecs=3, startretries=20), [
        logged("exited: a", 3), wait("a BACKOFF"), signal("TERM"), ends()], corners=(8, 19)),
    Scenario("counts_anew_after_a_stop", program("a", "sleep 0.3 exit 1", startsecs=3, startretries=1), [
        wait("a FATAL"), rpc("startProcess", "a", False), logged("gave up", 2), info()], corners=(1,)),
    Scenario("counts_anew_after_success", program(
        "a", command="""/bin/sh -c 'echo >>{folder}/n; case $(wc -l <{folder}/n) in 2) sleep 4.5;; esac; exit 1'""",
        startsecs=3, startretries=2), [wait("a FATAL"), info()], corners=(1,)),
    Scenario("no_such_file", program("a", command="/no/such/thing", startsecs=3, startretries=1), [
        wait("a FATAL"), info(), ctl("status"), ctl("start a")], corners=(2,)),
    Scenario("no_such_file_in_path", program("a", command="no-such-thing", startsecs=3, startretries=0), [
        wait("a FATAL"), info(), ctl("start a"), rpc("startProcess", "a"), info()], corners=(2,)),
    Scenario("not_executable", program("a", command="/etc/passwd", startsecs=3, startretries=0), [
        wait("a FATAL"), info(), ctl("start a"), rpc("startProcess", "a"), info()], corners=(2,)),
    Scenario("a_folder", program("a", command="/etc", startsecs=3, startretries=0), [
        wait("a FATAL"), info(), ctl("start a"), rpc("startProcess", "a")], corners=(2,)),
    Scenario("unbalanced_quotes", program("a", command="sh -c 'oh", startsecs=3, startretries=0), [wait("a FATAL"), info()]),
    Scenario("start_of_a_missing_file_changes_nothing", program("a", command="/no/such/thing", autostart=False), [
        rpc("startProcess", "a"), info(), ctl("start a"), info(), ctl("status")], corners=(2, 49)),
    Scenario("a_file_that_comes_later", program("a", command="{folder}/later", startsecs=3, startretries=10), [
        wait("a BACKOFF"), write("later", "#!/bin/sh\nexec sleep 1000\n"),
        ask("chmod", lambda side: (side.folder / "later").chmod(0o755)), wait("a RUNNING")], corners=(2,)),
])
