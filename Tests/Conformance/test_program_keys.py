"""All keys of [program]: their effect on the program, and the output of getAllConfigInfo."""

import table
from scenario import Scenario, program
from steps import child, ctl, exists, info, logged, read, rpc, stays, wait

REPORT = "report {folder}/r.json wait"


ASKED = "WARN received SIGTERM indicating exit request"
GAVE_UP = "INFO gave up: a entered FATAL state, too many start retries too quickly"


def config():
    return rpc("getAllConfigInfo")


test = table.of([
    Scenario("nothing_said", "[program:a]\ncommand={actor} " + REPORT + "\n", [
        wait("a RUNNING"), child(), info(), config(), ctl("avail")], corners=(12,)),
    Scenario("everything_said", program(
        "a", REPORT, process_name="p_%(program_name)s", numprocs=1, numprocs_start=7, priority=5, autostart=True, autorestart=False,
        startsecs=1, startretries=9, exitcodes="0,2,3", stopsignal="INT", stopwaitsecs=4, stopasgroup=True, killasgroup=True,
        redirect_stderr=False, stdout_logfile="{folder}/o.log", stdout_logfile_maxbytes="2KB", stdout_logfile_backups=3,
        stderr_logfile="{folder}/e.log", stderr_logfile_maxbytes="3KB", stderr_logfile_backups=2, environment='X="1"',
        directory="/usr", umask="027", serverurl="http://there:1"), [
        wait("a:p_a RUNNING"), child(), info(), config(), ctl("avail"), ctl("stop all")], corners=(44,)),
    # command
    Scenario("command_quotes", program("a", command="""{actor} report {folder}/r.json say "two  words" say 'it''s' say a\\ b wait"""), [
        child(keys=("argv",)), ctl("stop a")]),
    Scenario("command_in_path", program("a", command="sleep 1000"), [wait("a RUNNING"), info(), config()]),
    Scenario("command_in_path_of_its_own", program("a", command="mine " + REPORT, environment='PATH="{folder}/bin"'), [
        child(only=("PATH",)), wait("a RUNNING")], corners=(43, 59),
        files={"bin/mine": "#!/bin/sh\nexec {actor} \"$@\"\n"}),
    Scenario("command_relative_to_nothing", program("a", command="bin/sleep 1000", directory="/usr", startsecs=3, startretries=0), [
        wait("a FATAL"), info(), ctl("start a")]),
    Scenario("command_is_expanded", program(
        "a", command="{actor} report {folder}/r.json say %(program_name)s say %(group_name)s say %(process_num)d say %(numprocs)d "
        "say %(here)s say %(ENV_X)s wait", environment='X="ex"'), [child(keys=("argv",))], corners=(36,)),
    # autostart, autorestart
    Scenario("autostart_false", program("a", autostart=False), [info(), stays("a STOPPED", 1.5), config()], corners=(7,)),
    Scenario("autorestart_unexpected_keeps_the_expected", program("a", "sleep 1.2 exit 3", exitcodes=3), [
        wait("a EXITED"), stays("a EXITED", 1.2), info()]),
    Scenario("autorestart_true", program("a", "append {folder}/n x sleep 1.2 exit 0", autorestart=True), [
        logged("spawned: 'a'", 3), ctl("stop a")]),
    Scenario("exitcodes_list", program("a", "sleep 1.2 exit 255", exitcodes="1, 255"), [wait("a EXITED"), info(), config()]),
    # stopping
    Scenario("stopsignal_INT", program("a", "on INT {folder}/got INT 0 append {folder}/up x wait", stopsignal="INT"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got"), info()]),
    Scenario("stopsignal_QUIT", program("a", "on QUIT {folder}/got QUIT 0 append {folder}/up x wait", stopsignal="QUIT"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got"), config()]),
    Scenario("stopsignal_HUP", program("a", "on HUP {folder}/got HUP 0 append {folder}/up x wait", stopsignal="SIGHUP"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got"), config()]),
    Scenario("stopsignal_USR1", program("a", "on USR1 {folder}/got USR1 3 append {folder}/up x wait", stopsignal="usr1"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got"), config()]),
    Scenario("stopsignal_USR2", program("a", "on USR2 {folder}/got USR2 3 append {folder}/up x wait", stopsignal="12"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got"), config()]),
    Scenario("stopsignal_KILL", program("a", "ignore TERM append {folder}/up x wait", stopsignal="KILL"), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), info()]),
    Scenario("stopwaitsecs", program("a", "ignore TERM append {folder}/up x wait", stopwaitsecs=3), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), info()], corners=(10,)),
    Scenario("stopasgroup", program(
        "a", command="/bin/sh -c '{actor} on TERM {folder}/got child 0 append {folder}/up x wait & wait; wait'", stopasgroup=True), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), read("got", until="child"), config()], corners=(10,)),
    Scenario("killasgroup", program(
        "a", command="""/bin/sh -c 'trap "" TERM; {actor} append {folder}/up x wait & wait; wait'""", stopwaitsecs=2, killasgroup=True), [
        exists("up"), wait("a RUNNING"), ctl("stop a"), config()], corners=(10,)),
    Scenario("stopasgroup_without_killasgroup", program("a", stopasgroup=True, killasgroup=False), refused=True, corners=(10,)),
    Scenario("signal_is_not_for_the_group", program(
        "a", command="/bin/sh -c '{actor} on USR1 {folder}/got child -1 append {folder}/up x wait & trap \"echo >{folder}/shell\" USR1; "
        "while :; do wait; done'", stopasgroup=True), [
        exists("up"), wait("a RUNNING"), ctl("signal USR1 a"), exists("shell"), read("got")], corners=(10,)),
    # what the child is given
    Scenario("environment", program("a", REPORT, environment="""A="x y",B='z',C=plain,D="a=b,c",E="" """), [
        child(only=("?", "SUPERVISOR_*"))], corners=(39, 43)),
    Scenario("environment_overrides", program("a", REPORT, environment='SUPERVISOR_ENABLED="no",SUPERVISOR_PROCESS_NAME="me",HOME="/h"'), [
        child(only=("SUPERVISOR_*", "HOME"))], corners=(43,)),
    Scenario("environment_of_the_supervisor", program("a", REPORT, environment='B="2"'), [child(only=("?", "OUTER"))],
             supervisord='environment=A="1",B="1"', environment={"OUTER": "o", "A": "0"}, corners=(36,)),
    Scenario("directory", program("a", REPORT, directory="/usr/lib"), [child(keys=("cwd",)), config()]),
    Scenario("umask", program("a", "report {folder}/r.json append {folder}/made x wait", umask="057"), [child(keys=("umask",)), config()]),
    Scenario("serverurl", program("a", REPORT, serverurl="http://example.org:1"), [child(only=("SUPERVISOR_*",)), config()]),
    Scenario("serverurl_AUTO", program("a", REPORT, serverurl="auto"), [child(only=("SUPERVISOR_*",)), config()]),
    Scenario("user", program("a", "report {folder}/x/r.json wait", user="nobody"), [
        child("x/r.json", keys=("uid", "euid", "gid", "egid", "groups"), only=("HOME", "USER", "LOGNAME")), config()],
        files={"x/.keep": ""}, root=True, corners=(42,)),
    Scenario("user_is_the_same", program("a", REPORT, user="root"), [child(keys=("uid", "gid", "groups")), config()], root=True,
             corners=(42,)),
    Scenario("redirect_stderr", program("a", "say out err err wait", redirect_stderr=True, stdout_logfile="{folder}/o.log"), [
        read("o.log", until="err"), info(), config()]),
    Scenario("priority", program("a", priority=3) + program("b", priority=2), [wait("a RUNNING, b RUNNING"), config(), ctl("avail")]),
    Scenario("process_name", program("a", process_name="%(program_name)s-%(process_num)02d"), [
        wait("a:a-00 RUNNING"), ctl("status"), config()], corners=(35,)),
    Scenario("startsecs", program("a", startsecs=3), [wait("a RUNNING"), info()]),
    Scenario("startretries", program("a", "exit 1", startsecs=3, startretries=2), [wait("a FATAL"), info()]),
    # failures in the child
    Scenario("directory_is_missing", program("a", REPORT, directory="/no/such/folder", startsecs=3, startretries=0,
                                             stderr_logfile="{folder}/e.log"), [
        wait("a FATAL"), read("e.log", until="not spawned")], corners=(3,), differs={
            "log of a": (
                ["INFO spawned: 'a' with pid N", "WARN exited: a (exit status 127; not expected)", GAVE_UP], [GAVE_UP]),
            "log": (["INFO supervisord started with pid N", ASKED],
                    ["INFO supervisord started with pid N", "INFO spawnerr: a: couldn't chdir to /no/such/folder: ENOENT", ASKED])}),
    Scenario("unknown_user", program("a", user="no_such_user"), refused=True, corners=(42,)),
    Scenario("no_command", "[program:a]\nautostart=false\n", refused=True),
    Scenario("bad_signal", program("a", stopsignal="NIX"), refused=True),
    Scenario("bad_number", program("a", startsecs="soon"), refused=True),
    Scenario("bad_size", program("a", stdout_logfile_maxbytes="50M"), refused=True, corners=(44,)),
    Scenario("bad_boolean", program("a", autostart="perhaps"), refused=True),
    Scenario("bad_autorestart", program("a", autorestart="perhaps"), refused=True),
    Scenario("bad_umask", program("a", umask="9"), refused=True),
    Scenario("bad_exitcodes", program("a", exitcodes="x"), refused=True),
    Scenario("bad_environment", program("a", environment="A"), refused=True, corners=(39,)),
    Scenario("environment_wants_quotes", program("a", environment="A=jos\u00e9x"), refused=True, corners=(60,)),
    Scenario("environment_wants_quotes_for_at", program("a", environment="A=me@home.x"), refused=True, corners=(60,)),
    Scenario("log_folder_is_missing", program("a", stdout_logfile="{folder}/none/o.log"), refused=True, corners=(30,)),
    Scenario("name_with_a_colon", program("a", process_name="a:b"), refused=True, corners=(40,)),
    Scenario("name_with_a_space", program("a", process_name="a b"), refused=True, corners=(40,)),
    Scenario("name_with_a_slash", program("a", process_name="a/b"), refused=True, corners=(40,)),
])
