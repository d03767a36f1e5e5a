"""Several processes of one program, and programs in groups."""

import table
from scenario import Scenario, group, program
from steps import child, ctl, info, order, rpc, rpc_of_all, wait

TWO = program("a", numprocs=2, process_name="%(program_name)s_%(process_num)02d")
TWO_UP = "a:a_00 RUNNING, a:a_01 RUNNING"
GROUP = program("x") + program("y", autostart=False) + group("g", "x,y")

test = table.of([
    Scenario("two_of_one", TWO, [wait(TWO_UP), info(), ctl("status"), ctl("avail"), order("spawned"), rpc("getAllConfigInfo")]),
    Scenario("numprocs_start", program("a", "report {folder}/r-%(process_num)d say %(numprocs)d wait", numprocs=3, numprocs_start=8,
                                       process_name="p%(process_num)s"), [
        wait("a:p8 RUNNING, a:p9 RUNNING, a:p10 RUNNING"), order("spawned"), ctl("status"),
        child("r-8", keys=("argv",), only=("SUPERVISOR_*",)), child("r-10", keys=("argv",), only=("SUPERVISOR_*",))]),
    Scenario("numprocs_order_is_that_of_text", program("a", numprocs=11, process_name="%(process_num)d"), [
        wait(", ".join(f"a:{number} RUNNING" for number in range(11))), order("spawned"), ctl("status")]),
    Scenario("numprocs_without_process_num", program("a", numprocs=2), refused=True, corners=(40,)),
    Scenario("numprocs_with_process_num_and_one", program("a", process_name="x%(process_num)d"), [wait("a:x0 RUNNING"), ctl("status")],
             corners=(40,)),
    Scenario("numprocs_0", program("a", numprocs=0) + program("b"), [wait("b RUNNING"), ctl("status"), ctl("avail"), ctl("status a:*")]),
    Scenario("numprocs_bad", program("a", numprocs="many"), refused=True),
    Scenario("one_of_two_is_stopped", TWO, [wait(TWO_UP), ctl("stop a:a_00"), ctl("status"), ctl("status a:*"), ctl("start a:*"),
                                            ctl("stop a_00"), ctl("stop a")], corners=(46,)),
    Scenario("all_of_two_are_stopped", TWO, [wait(TWO_UP), ctl("stop a:*", unordered=True), ctl("start a:", unordered=True),
                                             wait(TWO_UP), rpc_of_all("stopProcessGroup", "a")], corners=(46,)),
    Scenario("restart_of_two", TWO, [wait(TWO_UP), ctl("restart a:*", unordered=True), wait(TWO_UP)], corners=(46,)),
    Scenario("environment_of_each", program("a", "report {folder}/r-%(process_num)d wait", numprocs=2, process_name="%(process_num)d",
                                            environment='N="%(process_num)d",P="%(program_name)s",G="%(group_name)s"'), [
        child("r-0", keys=("environment",), only=("?", "SUPERVISOR_*")), child("r-1", keys=("environment",), only=("?", "SUPERVISOR_*"))],
        corners=(35,)),
    Scenario("a_group", GROUP, [wait("g:x RUNNING"), info(), ctl("status"), ctl("status g:*"), ctl("status g:y"), ctl("status x"),
                                rpc("getProcessInfo", "g:y"), rpc("getProcessInfo", "g"), rpc("getProcessInfo", "x")], corners=(46,)),
    Scenario("a_group_by_rpc", GROUP, [
        wait("g:x RUNNING"), rpc("startProcess", "g:*"), wait("g:y RUNNING"), rpc_of_all("stopProcess", "g:*"), rpc("startProcess", "x"),
        rpc("startProcessGroup", "nix"), rpc("stopProcessGroup", "nix"), rpc("startProcess", "g:nix"), rpc("startProcess", "nix:x")],
        corners=(46,)),
    Scenario("a_group_is_signalled", GROUP, [
        wait("g:x RUNNING"), rpc("signalProcessGroup", "g", "CONT"), ctl("signal CONT g:*", unordered=True),
        rpc("signalAllProcesses", "CONT"), ctl("signal CONT all", unordered=True), rpc("signalProcessGroup", "nix", "CONT"),
        rpc("signalProcessGroup", "g", "NIX")]),
    Scenario("group_of_unknown", program("x") + group("g", "x,nix"), refused=True),
    Scenario("group_without_programs", program("x") + "[group:g]\n", [wait("x RUNNING"), ctl("status"), ctl("avail")]),
    Scenario("group_priority_is_no_number", program("x") + group("g", "x", priority="high"), refused=True),
    Scenario("a_program_in_two_groups", program("x", autostart=False) + group("g", "x") + group("h", "x"), [
        ctl("start g:x"), wait("g:x RUNNING"), ctl("stop g:x"), ctl("start h:x"), wait("h:x RUNNING"), ctl("status")]),
    Scenario("a_group_called_as_a_program", program("x") + program("y") + group("y", "x"), [
        wait("y:x RUNNING"), ctl("status"), rpc("getAllConfigInfo")]),
    Scenario("a_group_of_several_processes", TWO + program("b") + group("g", "b, a"), [
        wait("g:b RUNNING, g:a_00 RUNNING, g:a_01 RUNNING"), ctl("status"), order("spawned"), ctl("stop g:*", unordered=True)]),
])
