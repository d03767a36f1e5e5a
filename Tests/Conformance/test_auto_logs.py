"""Automatic logs: their names, their folders, and what happens to them."""

import table
from scenario import Scenario, program
from steps import ask, configure, ctl, exists, info, logged, names, read, rpc, signal, wait
from waiting import wait_until

OLD = {"old-stdout---supervisor-abcdefgh.log": "old", "old-stderr---supervisor-abcdefgh.log.1": "old",
       "old-stdout---other-abcdefgh.log": "other", "old-stdout---supervisor-abcdefghi.log": "longer",
       "old.log": "no", "old-stdnix---supervisor-abcdefgh.log": "no"}
TALK = program("a", "say out err err append {folder}/up x wait")
UP = exists("up")


def first_log(side):
    """The first log of the program, and whether the program still writes to it."""
    def texts():
        return sorted(path.read_text() for path in side.folder.glob("a-stdout---*.log"))
    wait_until(lambda: "out\n" * 2 in texts(), what=lambda: f"two lines in {texts()}")
    return texts()


test = table.of([
    Scenario("names", TALK, [UP, names("*---*"), info(), rpc("getAllConfigInfo"), ctl("tail a"), ctl("tail a stderr")], corners=(28,)),
    Scenario("mode", TALK, [UP, ask("mode", lambda side: [oct(path.stat().st_mode) for path in side.folder.glob("*---*")])],
             corners=(28,)),
    Scenario("identifier", TALK, [UP, names("*---*"), info(), rpc("getIdentification")], supervisord="identifier=me", corners=(28,)),
    Scenario("names_of_several", program("a", numprocs=2, process_name="%(program_name)s.%(process_num)d"), [
        wait("a:a.0 RUNNING, a:a.1 RUNNING"), names("*---*")], corners=(28,)),
    Scenario("childlogdir", TALK, [UP, names("logs/*---*"), info()], supervisord="childlogdir={folder}/logs", files={"logs/.keep": ""},
             corners=(28,)),
    Scenario("childlogdir_is_missing", TALK, supervisord="childlogdir={folder}/none", refused=True, corners=(30,)),
    Scenario("old_ones_are_removed", TALK, [UP, names("old*")], files=OLD, corners=(28,)),
    Scenario("nocleanup", TALK, [UP, names("old*")], files=OLD, supervisord="nocleanup=true", corners=(28,)),
    Scenario("nocleanup_by_option", TALK, [UP, names("old*")], files=OLD, options=("-k",), corners=(28,)),
    Scenario("gone_at_the_end", TALK, [UP, wait("a RUNNING"), rpc("shutdown"), ask("end", lambda side: side.wait_for_end()), names("*---*")],
             corners=(28,)),
    Scenario("a_restart_makes_new_ones", TALK, [
        UP, wait("a RUNNING"), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING"), names("*---*")], corners=(28,)),
    Scenario("a_restart_with_nocleanup", TALK, [
        UP, wait("a RUNNING"), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING"), names("*---*")],
        supervisord="nocleanup=true", corners=(28,)),
    Scenario("the_same_for_every_start_of_the_program", TALK, [
        UP, wait("a RUNNING"), ctl("restart a"), wait("a RUNNING"), names("*---*"), ask("text", first_log)], corners=(28,)),
    Scenario("removed_with_the_program", TALK, [
        UP, wait("a RUNNING"), configure(""), ctl("update"), names("*---*")], corners=(28, 48)),
    Scenario("reread_sees_no_difference", TALK, [UP, ctl("reread"), rpc("reloadConfig"), ctl("avail")], corners=(28,)),
    Scenario("from_AUTO_to_a_file", TALK, [
        UP, wait("a RUNNING"), configure(TALK.replace("startsecs", "stdout_logfile={folder}/o.log\nstartsecs")), ctl("reread"),
        ctl("update"), wait("a RUNNING"), read("o.log", until="out")], corners=(28,)),
])
