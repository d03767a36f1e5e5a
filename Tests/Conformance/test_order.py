"""The order of starts and stops: by priority, by name, and within groups."""

import table
from scenario import Scenario, group, program
from steps import ctl, ends, exists, logged, order, rpc, signal, wait

THREE = program("c", priority=1) + program("a", priority=2) + program("b", priority=3)
SAME = program("c") + program("a") + program("b")
GROUPED = program("a", priority=9) + program("b", priority=1) + program("c", priority=5) + group("g", "c,a,b")
TWO_GROUPS = (program("a") + program("b") + program("c") + program("d")
              + group("second", "b,a", priority=2) + group("first", "d,c", priority=1))
UP = "ignore TERM append {folder}/up-%(program_name)s x wait"
SLOW = "".join(program(name, UP, priority=priority, stopwaitsecs=2) for name, priority in (("a", 1), ("b", 2), ("c", 3)))
ALL = "a RUNNING, b RUNNING, c RUNNING"
GROUP = "g:a RUNNING, g:b RUNNING, g:c RUNNING"

test = table.of([
    Scenario("autostart_by_priority", THREE, [wait(ALL), order("spawned")], corners=(14,)),
    Scenario("autostart_by_name", SAME, [wait(ALL), order("spawned")], corners=(14,)),
    Scenario("autostart_in_a_group_as_listed", GROUPED, [wait(GROUP), order("spawned"), ctl("status")], corners=(14,)),
    Scenario("autostart_of_two_groups", TWO_GROUPS, [
        wait("first:c RUNNING, first:d RUNNING, second:a RUNNING, second:b RUNNING"), order("spawned"), ctl("status")], corners=(14,)),
    Scenario("priority_of_a_group_member_is_not_that_of_the_group", GROUPED + program("z", priority=4), [
        wait(GROUP + ", z RUNNING"), order("spawned")], corners=(14,)),
    Scenario("start_all_by_priority", THREE.replace("startsecs=0", "startsecs=0\nautostart=false"), [
        ctl("start all"), wait(ALL), order("spawned")], corners=(14,)),
    Scenario("start_group_by_priority", GROUPED.replace("startsecs=0", "startsecs=0\nautostart=false"), [
        ctl("start g:*"), wait(GROUP), order("spawned")], corners=(14, 46)),
    Scenario("start_group_by_rpc", GROUPED.replace("startsecs=0", "startsecs=0\nautostart=false"), [
        rpc("startProcessGroup", "g"), wait(GROUP), order("spawned")], corners=(14,)),
    Scenario("start_several_as_named", SAME.replace("startsecs=0", "startsecs=0\nautostart=false"), [
        ctl("start b c a"), wait(ALL), order("spawned")]),
    Scenario("stop_all_at_once", SLOW, [
        exists("up-a"), exists("up-b"), exists("up-c"), wait(ALL), ctl("stop all", unordered=True), order("killing")], corners=(13,)),
    Scenario("stop_group_at_once", GROUPED.replace("wait", UP).replace("startsecs=0", "startsecs=0\nstopwaitsecs=2"), [
        exists("up-a"), exists("up-b"), exists("up-c"), wait(GROUP), rpc("stopProcessGroup", "g", False), logged("with SIGKILL", 3),
        order("killing", 3)], corners=(13,)),
    Scenario("stop_several_as_named", SAME, [wait(ALL), ctl("stop b c a"), order("killing")]),
    Scenario("restart_all", THREE, [wait(ALL), ctl("restart all", unordered=True), wait(ALL), order("spawned")]),
    Scenario("shutdown_by_priority", SLOW, [
        exists("up-a"), exists("up-b"), exists("up-c"), wait(ALL), signal("TERM"), ends(), order("stopped")], corners=(13, 19)),
    Scenario("shutdown_of_a_group_at_once", GROUPED.replace("wait", UP).replace("startsecs=0", "startsecs=0\nstopwaitsecs=2"), [
        exists("up-a"), exists("up-b"), exists("up-c"), wait(GROUP), signal("TERM"), ends(), order("killing")], corners=(13,)),
    Scenario("shutdown_of_groups_by_priority", TWO_GROUPS, [
        wait("first:c RUNNING, first:d RUNNING, second:a RUNNING, second:b RUNNING"), signal("TERM"), ends(), order("killing")],
        corners=(13,)),
    Scenario("shutdown_by_rpc", THREE, [wait(ALL), rpc("shutdown"), ends(), order("stopped")], corners=(19,)),
    Scenario("shutdown_by_ctl", THREE, [wait(ALL), ctl("shutdown"), ends(), order("stopped")], corners=(19, 57)),
])
