"""Changes of the configuration while it is in use."""

import table
from scenario import Scenario, group, program
from steps import configure, ctl, exists, info, logged, order, rpc, wait, write

A, B, C = program("a"), program("b"), program("c")
NO_COMMAND = "CANT_REREAD: program section program:b does not specify a command in section 'program:b' (file: 'FOLDER/s.conf')"
AB = "a RUNNING, b RUNNING"
#: supervisord has no such key; for Reeve it says that `update` stops and starts whole groups, as supervisord's does.
WHOLE = "update_mode=group"


def changed(text, **keys):
    return text + "".join(f"{key}={value}\n" for key, value in keys.items())


test = table.of([
    Scenario("nothing_changed", A, [wait("a RUNNING"), ctl("reread"), ctl("update"), rpc("reloadConfig"), ctl("avail")], corners=(48,)),
    Scenario("added", A, [wait("a RUNNING"), configure(A + B), ctl("reread"), ctl("avail"), ctl("status"), ctl("update"), wait(AB),
                          ctl("status"), order("spawned")], corners=(47, 48)),
    Scenario("removed", A + B, [wait(AB), configure(A), ctl("reread"), ctl("avail"), ctl("update"), ctl("status"), rpc("getProcessInfo", "b")],
             corners=(47, 48)),
    Scenario("changed", A, [wait("a RUNNING"), configure(changed(A, priority=5)), ctl("reread"), ctl("update"), wait("a RUNNING"),
                            rpc("getAllConfigInfo"), order("spawned")], supervisord=WHOLE, corners=(47, 48)),
    # By default, Reeve stops only what has to be stopped: often that is the same.
    Scenario("a_new_process", A + B, [
        wait(AB), configure(changed(A, directory="/") + B), ctl("reread"), ctl("update"), wait("a RUNNING"), order("spawned")], corners=(48,)),
    Scenario("in_place", A, [
        wait("a RUNNING"), configure(changed(A, priority=5)), ctl("reread"), ctl("update"), rpc("getAllConfigInfo")], corners=(48,),
        differs={"4 ctl update": ([0, "a: stopped\na: updated process group\n"], [0, "a: updated process group\n"]), "log of a": (..., ...)}),
    Scenario("all_three", A + B, [
        wait(AB), configure(changed(A, startsecs=1).replace("startsecs=0\n", "") + C), rpc("reloadConfig"), ctl("reread"), ctl("avail"),
        ctl("update"), wait("a RUNNING, c RUNNING"), ctl("status"), order("spawned")], supervisord=WHOLE, corners=(47, 48)),
    Scenario("update_of_some", A + B, [
        wait(AB), configure(changed(A, priority=5) + C), ctl("update c"), wait("c RUNNING"), ctl("status"), ctl("update b"), ctl("status"),
        ctl("update a c"), ctl("update all"), ctl("update nix"), wait("a RUNNING, c RUNNING")], supervisord=WHOLE, corners=(46, 48)),
    Scenario("update_without_reread", A, [wait("a RUNNING"), configure(A + B), ctl("update"), wait(AB)], corners=(48,)),
    Scenario("stopped_by_hand_starts_when_changed", A + B, [
        wait(AB), ctl("stop a b"), configure(changed(A, priority=5) + B), ctl("update"), wait("a RUNNING, b STOPPED")], supervisord=WHOLE, corners=(7, 48)),
    Scenario("autostart_false_is_added_stopped", A, [
        wait("a RUNNING"), configure(A + program("b", autostart=False)), ctl("update"), wait("a RUNNING, b STOPPED"), info()],
        corners=(7, 48)),
    Scenario("removed_while_stopped", A + B, [wait(AB), ctl("stop b"), configure(A), ctl("update"), ctl("status")], corners=(48,)),
    Scenario("removed_while_fatal", A + program("b", "exit 1", startsecs=3, startretries=0), [
        wait("a RUNNING, b FATAL"), configure(A), ctl("update"), ctl("status")], corners=(48,)),
    Scenario("removed_while_in_backoff", A + program("b", "exit 1", startsecs=3, startretries=20), [
        wait("a RUNNING"), logged("exited: b", 2), wait("b BACKOFF"), configure(A), ctl("update"), ctl("status")], corners=(8, 48)),
    Scenario("removed_slowly", A + program("b", "ignore TERM append {folder}/up x wait", stopwaitsecs=2), [
        exists("up"), wait(AB), configure(A), ctl("update"), ctl("status")], corners=(48,)),
    Scenario("a_group_is_added", A, [
        wait("a RUNNING"), configure(A + B + C + group("g", "b,c")), ctl("reread"), ctl("update"), wait("g:b RUNNING, g:c RUNNING"),
        ctl("status"), ctl("avail")], corners=(48,)),
    Scenario("into_a_group", A + B, [
        wait(AB), configure(A + B + group("g", "a,b")), ctl("reread"), ctl("update"), wait("g:a RUNNING, g:b RUNNING"), ctl("status")],
        corners=(48,)),
    Scenario("a_group_changes", A + B + group("g", "a"), [
        wait("g:a RUNNING, b RUNNING"), configure(A + B + group("g", "a,b")), ctl("reread"), ctl("update"),
        wait("g:a RUNNING, g:b RUNNING"), ctl("status")], supervisord=WHOLE, corners=(48,)),
    Scenario("priority_of_a_group", A + group("g", "a"), [
        wait("g:a RUNNING"), configure(A + group("g", "a", priority=3)), ctl("reread"), ctl("update"), wait("g:a RUNNING"),
        rpc("getAllConfigInfo")], supervisord=WHOLE, corners=(48,)),
    Scenario("numprocs_grow", program("a", numprocs=1, process_name="%(process_num)d"), [
        wait("a:0 RUNNING"), configure(program("a", numprocs=3, process_name="%(process_num)d")), ctl("reread"), ctl("update"),
        wait("a:0 RUNNING, a:2 RUNNING"), ctl("status")], supervisord=WHOLE, corners=(48,)),
    Scenario("an_included_file_comes", A + "[include]\nfiles=sub/*.conf\n", [
        wait("a RUNNING"), write("sub/b.conf", B), ctl("reread"), ctl("update"), wait(AB), ctl("status")], corners=(38, 48)),
    Scenario("a_broken_file", A, [
        wait("a RUNNING"), configure(A + "[program:b]\nautostart=true\n"), rpc("reloadConfig"), ctl("status"), rpc("getState")],
        corners=(47, 48), differs={"3 rpc reloadConfig": (  # Reeve shows the place, too
            ["fault", 92, NO_COMMAND], ["fault", 92, NO_COMMAND + "\n  FOLDER/s.conf:17:1\n    [program:b]\n    ^\n  Add command=."])}),
    Scenario("a_broken_file_by_ctl", A, [wait("a RUNNING"), configure(A + program("b", startsecs="x")), ctl("reread"), ctl("update"),
                                         ctl("status")], corners=(48,), named=True),
    Scenario("the_own_keys_stay", A, [
        wait("a RUNNING"), configure(A, supervisord="identifier=other\nloglevel=warn"), ctl("reread"), ctl("update"),
        rpc("getIdentification")], corners=(48,), differs={"5 rpc getIdentification": ("other", "supervisor")}),
    Scenario("add_by_rpc", A, [
        wait("a RUNNING"), configure(A + B), rpc("addProcessGroup", "b"), rpc("reloadConfig"), rpc("addProcessGroup", "b"), wait(AB),
        rpc("addProcessGroup", "b"), info()], corners=(7, 47)),
    Scenario("remove_by_rpc", A + B, [
        wait(AB), rpc("removeProcessGroup", "b"), rpc("stopProcess", "b"), rpc("removeProcessGroup", "b"), rpc("getProcessInfo", "b"),
        ctl("avail")], corners=(47,)),
])
