"""Faults of methods."""

import table
from scenario import Scenario, group, program
from steps import ctl, ends, exists, logged, rpc, rpc_of_all, signal, wait

A = program("a")
CRASH = program("c", "exit 1", startsecs=3, startretries=0, autostart=False)
MISSING = program("m", command="/no/such/thing", autostart=False)
LOCKED = program("l", command="/etc/passwd", autostart=False)
GROUP = program("x", autostart=False) + program("y", autostart=False) + group("g", "y,x")
SLOW = program("a", "ignore TERM append {folder}/up x wait", stopwaitsecs=3)

test = table.of([
    Scenario("what_it_is", "", [rpc("getAPIVersion"), rpc("getVersion"), rpc("getSupervisorVersion"), rpc("getIdentification"),
                                rpc("getState"), rpc("getAllProcessInfo"), rpc("getAllConfigInfo")]),
    Scenario("bad_names", A, [rpc(method, "nix") for method in (
        "startProcess", "stopProcess", "getProcessInfo", "startProcessGroup", "stopProcessGroup", "clearProcessLogs",
        "addProcessGroup", "removeProcessGroup")] + [rpc("startProcess", ""), rpc("startProcess", ":"), rpc("startProcess", "a:"),
                                                     rpc("startProcess", "a:*"), rpc("startProcess", ":a"), rpc("stopProcess", "a:b"),
                                                     rpc("getProcessInfo", "a:*")], corners=(46, 52)),
    Scenario("unknown_methods", A, [rpc("nix"), rpc("system.nix"), rpc("supervisor.supervisord.options.execve"), rpc("nix.nix"),
                                    rpc("supervisor")], corners=(52,)),
    Scenario("wrong_numbers_of_parameters", A, [rpc("startProcess"), rpc("getState", 1), rpc("getProcessInfo"),
                                                rpc("getProcessInfo", "a", "b"), rpc("startProcess", "a", True, 1)], corners=(52,)),
    Scenario("already_there", A, [wait("a RUNNING"), rpc("addProcessGroup", "a"), rpc("removeProcessGroup", "a"), rpc("startProcess", "a"),
                                  rpc("stopProcess", "a"), rpc("stopProcess", "a"), rpc("removeProcessGroup", "a"),
                                  rpc("removeProcessGroup", "a"), rpc("getProcessInfo", "a"), rpc("addProcessGroup", "a"), wait("a RUNNING")]),
    Scenario("no_file", MISSING, [rpc("startProcess", "m"), rpc("startProcessGroup", "m"), rpc("startAllProcesses")], corners=(2,)),
    Scenario("not_executable", LOCKED, [rpc("startProcess", "l"), rpc("startProcessGroup", "l"), rpc("startAllProcesses")], corners=(2,)),
    Scenario("spawn_error", CRASH, [rpc("startProcess", "c"), rpc("startProcessGroup", "c"), wait("c FATAL"), rpc("startAllProcesses")]),
    Scenario("abnormal_termination", program("q", "sleep 1.2 exit 1", startsecs=30, startretries=0, autostart=False), [
        rpc("startProcess", "q"), wait("q FATAL"), ctl("start q"), wait("q FATAL")], corners=(49,)),
    Scenario("all_of_all", A + GROUP, [
        wait("a RUNNING"), rpc("startAllProcesses"), rpc("startAllProcesses"), rpc("signalAllProcesses", "CONT"), rpc_of_all("stopAllProcesses"),
        rpc_of_all("stopAllProcesses"), rpc("signalAllProcesses", "CONT")]),
    Scenario("a_group", GROUP, [
        rpc("startProcessGroup", "g"), rpc("startProcessGroup", "g"), rpc("signalProcessGroup", "g", "CONT"), rpc_of_all("stopProcessGroup", "g"),
        rpc_of_all("stopProcessGroup", "g"), rpc("startProcess", "g"), rpc("startProcess", "g:x"), rpc("startProcess", "x")]),
    Scenario("bad_signals", A, [wait("a RUNNING"), rpc("signalProcess", "a", "NIX"), rpc("signalProcess", "a", "99"),
                                rpc("signalProcess", "a", "0"), rpc("signalProcess", "a", "cont"), rpc("signalProcess", "nix", "NIX"),
                                rpc("signalProcessGroup", "a", "SIGCONT"), rpc("signalProcess", "a", "-1"),
                                rpc("signalProcess", "a", "")], corners=(55,)),
    Scenario("stop_without_waiting", SLOW, [
        exists("up"), wait("a RUNNING"), rpc("stopProcess", "a", False), wait("a STOPPING"), rpc("stopProcess", "a"),
        rpc("removeProcessGroup", "a"), rpc_of_all("stopAllProcesses"), wait("a STOPPED"), rpc("removeProcessGroup", "a")], corners=(9, 55)),
    Scenario("start_without_waiting", program("a", startsecs=2, autostart=False), [
        rpc("startProcess", "a", False), wait("a STARTING"), rpc("startProcess", "a", False), wait("a RUNNING")]),
    Scenario("while_shutting_down", SLOW, [
        exists("up"), wait("a RUNNING"), signal("TERM"), logged("killing a"), *[rpc(method) for method in (
            "getState", "getAllProcessInfo", "getAllConfigInfo", "getPID", "getVersion", "getAPIVersion", "getSupervisorVersion",
            "getIdentification", "reloadConfig", "startAllProcesses", "stopAllProcesses", "clearLog", "clearAllProcessLogs", "shutdown",
            "restart")], rpc("startProcess", "a"), rpc("getProcessInfo", "nix"), rpc("addProcessGroup", "b"), ctl("status"),
        ctl("shutdown"), ctl("reload"), ctl("pid"), ctl("version"), ends()], corners=(47, 54, 57)),
    Scenario("shutdown_answers", A, [wait("a RUNNING"), rpc("shutdown"), ends()]),
])
