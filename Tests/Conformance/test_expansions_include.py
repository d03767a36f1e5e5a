"""How a configuration is read: expansions, comments, sections, included files."""

import table
from scenario import Scenario, program
from steps import child, ctl, rpc, wait

REPORT = "report {folder}/r.json wait"
STARTED = "INFO supervisord started with pid N"
ASKED = "WARN received SIGTERM indicating exit request"
INCLUDE = "[include]\nfiles = "


def said(*words):
    return child(keys=("argv", "environment"), only=words or ("?",))


test = table.of([
    Scenario("comments", program("a", REPORT + " ; a comment", environment='A="x" ; more\n; a line\n# a line\n  ; an indented one'), [
        wait("a RUNNING"), said()], corners=(34,)),
    Scenario("no_comment_without_white_space", program("a", "say a;b say c#d " + REPORT + " #e"), [said()], corners=(34,)),
    Scenario("comments_in_quotes", program("a", REPORT, environment='A="x ;y",B="z"'), refused=True, corners=(34,)),
    Scenario("sections_merge", program("a", REPORT, priority=1) + program("b") + "[program:a]\npriority=7\nautostart=true\n", [
        wait("a RUNNING"), rpc("getAllConfigInfo")], corners=(34,)),
    Scenario("a_key_twice", "[program:a]\ncommand=/no\ncommand={actor} " + REPORT + "\nstartsecs=0\n", [
        wait("a RUNNING"), said()], corners=(34,)),
    Scenario("continued_lines", "[program:a]\ncommand={actor}\n  say x\n\n  say y\n\t" + REPORT + "\nstartsecs=0\n", [
        wait("a RUNNING"), said()]),
    Scenario("colons_and_spaces", "[program: a]\ncommand : {actor} " + REPORT + "\nStartSecs = 0\n", [
        wait("a RUNNING"), said(), ctl("status")]),
    Scenario("percent_signs", program("a", "say 100%% say %(process_num)05d say %(program_name)10s " + REPORT), [said()], corners=(35,)),
    Scenario("a_stray_percent_sign", program("a", "say 100%"), refused=True, corners=(35,)),
    Scenario("an_unknown_name", program("a", "say %(nobody)s"), refused=True, corners=(35,), environment={"ONLY": "1"}),
    Scenario("a_wrong_type", program("a", "say %(program_name)d"), refused=True, corners=(35,)),
    Scenario("names_of_the_host", program("a", "say %(host_node_name)s say %(here)s " + REPORT), [said()]),
    Scenario("variables_of_the_environment", program(
        "a", "say %(ENV_OUTER)s say %(ENV_S)s say %(ENV_A)s " + REPORT, environment='A="%(ENV_OUTER)s+%(ENV_S)s"'), [said("?", "OUTER")],
        supervisord='environment=S="s"', environment={"OUTER": "out"}, corners=(36,)),
    Scenario("variables_in_numbers", program("a", REPORT, startsecs="%(ENV_N)s", numprocs="%(ENV_N)s", process_name="%(process_num)s",
                                             autorestart="%(ENV_B)s", stdout_logfile_maxbytes="%(ENV_N)sKB"), [
        wait("a:0 RUNNING"), rpc("getAllConfigInfo")], environment={"N": "1", "B": "false"}),
    Scenario("variable_that_is_missing_in_supervisord", supervisord="identifier=%(ENV_NO_SUCH_THING)s", refused=True, corners=(35,),
             ),
    Scenario("twice_expanded", program("a", stdout_logfile="%(here)s/%%(program_name)s.log"), [rpc("getAllConfigInfo")], corners=(35,)),
    Scenario("here_of_an_included_file", INCLUDE + "sub/*.conf\n", [said(), rpc("getAllConfigInfo")], corners=(37, 38), files={
        "sub/x.conf": program("a", "say %(here)s " + REPORT, directory="%(here)s")}),
    Scenario("included_files_are_sorted", INCLUDE + "sub/2*.conf sub/*.conf\n", [wait("a RUNNING, b RUNNING"), ctl("status"), said()],
             corners=(38,), files={"sub/1.conf": program("a", "say one " + REPORT), "sub/2.conf": program("a", "say two " + REPORT) +
                                   program("b"), "sub/3.txt": "nonsense"}),
    Scenario("includes_in_included_files", INCLUDE + "one.conf\n", [wait("a RUNNING"), ctl("status")], corners=(38,), files={
        "one.conf": program("a") + "[include]\nfiles=two.conf\n", "two.conf": program("b")}),
    Scenario("nothing_to_include", INCLUDE + "none/*.conf\n" + program("a"), [wait("a RUNNING"), ctl("status")], corners=(38,)),
    Scenario("include_without_files", "[include]\n", refused=True),
    Scenario("include_expands", INCLUDE + "%(ENV_WHERE)s/*.conf %(here)s/y.conf\n", [wait("a RUNNING, b RUNNING"), ctl("status")],
             environment={"WHERE": "sub"}, files={"sub/x.conf": program("a"), "y.conf": program("b")}, corners=(37, 38)),
    Scenario("included_file_is_broken", INCLUDE + "x.conf\n", refused=True, files={"x.conf": "no section\n"}),
    Scenario("shlex_of_environment", program(
        "a", REPORT, environment="""A=hello,B='single',C="dou'ble",D=/a.b-c+(d):e,E="x,y",F=a#b,"""), [said()], corners=(39,)),
    Scenario("shlex_of_environment_stops_at_white_space", program("a", REPORT, environment="A=hello world"), [said()], corners=(39,)),
    Scenario("shlex_of_environment_lost", program("a", REPORT, environment="A=hello world,B=1"), refused=True, corners=(39,)),
    Scenario("shlex_of_environment_by_semicolons", program("a", REPORT, environment="A=1;B=2"), [said()], corners=(39,)),
    Scenario("shlex_of_environment_dollar", program("a", REPORT, environment="A=$HOME"), [said()], corners=(39,)),
    Scenario("shlex_of_environment_url", program("a", REPORT, environment="A=http://h/?q=1"), [said("*")], corners=(39,)),
    Scenario("shlex_of_environment_unbalanced", program("a", REPORT, environment='A="x'), refused=True, corners=(39,)),
    Scenario("sizes", program("a", stdout_logfile_maxbytes="1mb", stderr_logfile_maxbytes="1Gb", stdout_logfile_backups="0"), [
        rpc("getAllConfigInfo")], corners=(44,)),
    Scenario("no_section_supervisord", raw="[program:a]\ncommand=x\n", refused=True),
    Scenario("no_section_at_all", raw="command=x\n", refused=True),
    Scenario("a_line_that_opens_nothing", program("a", "report {folder}/first wait") + "[program:b\ncommand={actor} " + REPORT + "\n", [
        wait("a RUNNING"), said(), ctl("status")], differs={"log": (
            [STARTED, ASKED], ["WARN FOLDER/s.conf:17:1: unknown key [program in [program:a], ignored", STARTED, ASKED])}),
])
