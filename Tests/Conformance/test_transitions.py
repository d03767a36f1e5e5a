"""All transitions between a program's states, and what is logged about them."""

import table
from scenario import Scenario, program
from steps import ctl, exists, info, kill, logged, order, rpc, stays, wait

test = table.of([
    # STOPPED
    Scenario("stopped_to_running", program("a", autostart=False), [
        info(), ctl("start a"), wait("a RUNNING"), info()]),
    Scenario("stopped_by_hand_stays_stopped", program("a", autorestart=True), [
        wait("a RUNNING"), ctl("stop a"), info(), stays("a STOPPED", 1.5)], corners=(7,)),
    Scenario("stop_of_the_stopped", program("a", autostart=False), [
        ctl("stop a"), rpc("stopProcess", "a"), info()]),
    Scenario("signal_of_the_stopped", program("a", autostart=False), [
        ctl("signal HUP a"), rpc("signalProcess", "a", "HUP"), rpc("signalProcess", "a", "NIX")], corners=(55,)),
    # STARTING
    Scenario("starting_to_running", program("a", startsecs=2), [wait("a STARTING"), info(), wait("a RUNNING"), info()]),
    Scenario("starting_to_backoff_whatever_the_code_is", program("a", "exit 3", startsecs=3, exitcodes=3, autorestart=False,
                                                                 startretries=1), [wait("a FATAL"), info()], corners=(4,)),
    Scenario("starting_to_stopping", program("a", startsecs=30), [
        wait("a STARTING"), ctl("stop a"), info(), stays("a STOPPED", 1.2)]),
    Scenario("starting_to_stopping_slowly", program("a", "ignore TERM append {folder}/up x wait", startsecs=30, stopwaitsecs=2), [
        wait("a STARTING"), exists("up"), rpc("stopProcess", "a", False), wait("a STOPPING"), info(), wait("a STOPPED"), info()]),
    Scenario("starting_refuses_a_start", program("a", startsecs=30), [
        wait("a STARTING"), ctl("start a"), rpc("startProcess", "a")], corners=(55,)),
    Scenario("starting_takes_a_signal", program("a", "on USR1 {folder}/f got -1 append {folder}/up x wait", startsecs=30), [
        wait("a STARTING"), exists("up"), ctl("signal USR1 a"), info()]),
    Scenario("starting_dies_by_signal", program("a", "die SEGV", startsecs=3, startretries=0), [
        wait("a FATAL"), info(), ctl("status")], corners=(6,)),
    # without startsecs
    Scenario("no_startsecs_expected", program("a", "sleep 1.2 exit 0"), [wait("a EXITED"), info(), ctl("status")], corners=(5,)),
    Scenario("no_startsecs_unexpected", program("a", "sleep 1.2 exit 4", autorestart=False), [
        wait("a EXITED"), info()], corners=(5,)),
    Scenario("no_startsecs_no_retries", program("a", "sleep 1.2 exit 4", autorestart="unexpected", startretries=0), [
        logged("spawned: 'a'", 3), ctl("stop a")], corners=(5,)),
    # RUNNING
    Scenario("running_to_exited_expected", program("a", "sleep 1.5 exit 2", startsecs=1, exitcodes="0,2"), [
        wait("a RUNNING"), wait("a EXITED"), info(), stays("a EXITED", 1.2)]),
    Scenario("running_to_exited_unexpected_and_again", program("a", "sleep 1.5 exit 2", startsecs=1), [
        logged("spawned: 'a'", 2), wait("a RUNNING"), ctl("stop a")]),
    Scenario("running_to_exited_and_always_again", program("a", "sleep 1.5 exit 0", startsecs=1, autorestart=True), [
        logged("spawned: 'a'", 2), wait("a RUNNING"), ctl("stop a")]),
    Scenario("running_to_exited_never_again", program("a", "sleep 1.5 exit 1", startsecs=1, autorestart=False), [
        wait("a EXITED"), info(), stays("a EXITED", 1.2)]),
    Scenario("running_killed_from_outside", program("a", autorestart=False), [
        wait("a RUNNING"), kill("a", "KILL"), wait("a EXITED"), info(), ctl("status a")], corners=(6,)),
    Scenario("death_by_signal_is_never_expected", program("a", autorestart="unexpected", exitcodes="0,1,9,137,255"), [
        wait("a RUNNING"), kill("a", "KILL"), logged("spawned: 'a'", 2), wait("a RUNNING"), info()], corners=(6,)),
    Scenario("running_refuses_a_start", program("a"), [
        wait("a RUNNING"), ctl("start a"), rpc("startProcess", "a"), info()], corners=(49,)),
    Scenario("running_takes_a_signal", program("a", "on USR1 {folder}/f got -1 append {folder}/up x wait"), [
        wait("a RUNNING"), exists("up"), ctl("signal USR1 a"), ctl("signal 10 a"), rpc("signalProcess", "a", "sigusr1"),
        ctl("signal NIX a"), info()]),
    # STOPPING
    Scenario("stopping_is_neither", program("a", "ignore TERM append {folder}/up x wait", stopwaitsecs=3), [
        wait("a RUNNING"), exists("up"), rpc("stopProcess", "a", False), wait("a STOPPING"), info(), rpc("startProcess", "a", False),
        rpc("stopProcess", "a", False), rpc("signalProcess", "a", "USR2"), wait("a STOPPED"), info()], corners=(9, 55)),
    Scenario("stopping_by_itself", program("a", "on TERM {folder}/f got -1 append {folder}/up x wait", stopwaitsecs=20), [
        wait("a RUNNING"), exists("up"), rpc("stopProcess", "a", False), wait("a STOPPING"), kill("a", "USR1"), wait("a STOPPED"), info()]),
    Scenario("stopping_ends_with_any_code", program("a", "on TERM {folder}/f got 7 append {folder}/up x wait"), [
        wait("a RUNNING"), exists("up"), ctl("stop a"), info()]),
    Scenario("stop_while_stopping_by_ctl", program("a", "ignore TERM append {folder}/up x wait", stopwaitsecs=2), [
        wait("a RUNNING"), exists("up"), rpc("stopProcess", "a", False), wait("a STOPPING"), ctl("stop a"), ctl("restart a"), wait("a STOPPED|RUNNING")],
        corners=(9,)),
    # EXITED, FATAL
    Scenario("exited_to_running", program("a", "sleep 1.2 exit 0"), [
        wait("a EXITED"), ctl("start a"), wait("a RUNNING"), wait("a EXITED"), info()]),
    Scenario("exited_refuses_a_stop", program("a", "sleep 1.2 exit 0"), [
        wait("a EXITED"), ctl("stop a"), rpc("stopProcess", "a"), info()]),
    Scenario("fatal_to_starting", program("a", "sleep 0.3 exit 1", startsecs=3, startretries=0), [
        wait("a FATAL"), rpc("startProcess", "a", False), logged("gave up", 2), info()]),
    Scenario("fatal_refuses_a_stop", program("a", "exit 1", startsecs=3, startretries=0), [
        wait("a FATAL"), ctl("stop a"), rpc("stopProcess", "a"), ctl("status")]),
    Scenario("fatal_and_start_waits_in_vain", program("a", "exit 1", startsecs=3, startretries=0, autostart=False), [
        ctl("start a"), wait("a FATAL"), rpc("startProcess", "a"), wait("a FATAL"), info()], corners=(49,)),
    Scenario("restart_of_the_running", program("a"), [wait("a RUNNING"), ctl("restart a"), wait("a RUNNING"), order("spawned")]),
    Scenario("restart_of_the_stopped", program("a", autostart=False), [ctl("restart a"), wait("a RUNNING")], corners=(50,)),
])
