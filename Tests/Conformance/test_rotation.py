"""Rotation of programs' logs."""

import table
from scenario import Scenario, program
from steps import ctl, exists, read, signal, sizes, wait

# Pieces that are read one by one, so that both sides see the same writes.
FOUR = "blob 700 sleep 0.4 blob 700 sleep 0.4 blob 700 sleep 0.4 blob 700 sleep 0.4 append {folder}/up x wait"
SIX = "blob 700 sleep 0.3 " * 6 + "append {folder}/up x wait"
UP = exists("up")


def log(does, **keys):
    return program("a", does, stdout_logfile="{folder}/o.log", **keys)


test = table.of([
    Scenario("backups", log(SIX, stdout_logfile_maxbytes=1000, stdout_logfile_backups=2), [UP, sizes("o.log*")], corners=(26,)),
    Scenario("check_after_the_write", log("blob 999 sleep 0.4 blob 1 sleep 0.4 append {folder}/up x wait", stdout_logfile_maxbytes=1000,
                                          stdout_logfile_backups=2), [UP, sizes("o.log*")], corners=(26,)),
    Scenario("one_byte_below", log("blob 998 sleep 0.4 blob 1 sleep 0.4 append {folder}/up x wait", stdout_logfile_maxbytes=1000,
                                   stdout_logfile_backups=2), [UP, sizes("o.log*")], corners=(26,)),
    Scenario("no_backups", log(FOUR, stdout_logfile_maxbytes=1000, stdout_logfile_backups=0), [UP, sizes("o.log*")], corners=(26,)),
    Scenario("never", log(FOUR, stdout_logfile_maxbytes=0, stdout_logfile_backups=2), [UP, sizes("o.log*")], corners=(26,)),
    Scenario("what_is_there_counts", log("blob 700 sleep 0.4 append {folder}/up x wait", stdout_logfile_maxbytes=1000,
                                         stdout_logfile_backups=2), [UP, sizes("o.log*"), read("o.log.1")],
             files={"o.log": "x" * 400}, corners=(26,)),
    Scenario("backups_that_are_there_are_shifted", log("blob 1200 sleep 0.4 append {folder}/up x wait", stdout_logfile_maxbytes=1000,
                                                       stdout_logfile_backups=2), [UP, sizes("o.log*"), read("o.log.2")],
             files={"o.log.1": "one", "o.log.2": "two", "o.log.3": "three"}, corners=(26,)),
    Scenario("a_hole_in_the_backups", log("blob 1200 sleep 0.4 append {folder}/up x wait", stdout_logfile_maxbytes=1000,
                                          stdout_logfile_backups=3), [UP, sizes("o.log*")], files={"o.log.2": "two"}, corners=(26,)),
    Scenario("AUTO_rotates", program("a", FOUR, stdout_logfile_maxbytes=1000, stdout_logfile_backups=1), [
        UP, sizes("a-stdout---*.log*"), ctl("tail -10 a")], corners=(26, 28)),
    Scenario("stderr_rotates", program(
        "a", command="/bin/sh -c '{actor} blob 1200 >&2; sleep 0.4; {actor} blob 300 >&2; sleep 0.4; : >{folder}/up; exec sleep 1000'",
        stderr_logfile="{folder}/e.log", stderr_logfile_maxbytes="1KB", stderr_logfile_backups=1), [UP, sizes("e.log*")], corners=(26, 44)),
    Scenario("cleared_after_a_rotation", log(FOUR, stdout_logfile_maxbytes=1000, stdout_logfile_backups=2), [
        UP, ctl("clear a"), sizes("o.log*")]),
    Scenario("reopened_at_its_size", log(FOUR, stdout_logfile_maxbytes=5000, stdout_logfile_backups=2), [
        UP, signal("USR2"), wait("a RUNNING"), sizes("o.log*")]),
])
