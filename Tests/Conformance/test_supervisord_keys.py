"""Keys of [supervisord], options of the command line, and the configuration of listeners and FastCGI programs."""

import json
import os
import shutil
import signal as signals
import subprocess

import table
from scenario import Scenario, group, program
from steps import ask, child, ctl, ends, exists, info, mode, names, order, rpc, signal, wait

REPORT = "report {folder}/r.json wait"
LISTENER = program("l", kind="eventlistener", events="TICK_3600")
# Runs through a setuid copy of setpriv: the executed program belongs to root, which rejects other users' signals.
FOREIGN = program("a", autostart=False, command="{folder}/fake/setpriv --reuid 0 --regid 0 --clear-groups {actor} report {folder}/r.json wait")


STARTED, ASKED = "INFO supervisord started with pid N", "WARN received SIGTERM indicating exit request"
CREATING, CLOSING = "INFO Creating socket", "INFO Closing socket"


def sockets(url, then):
    """What both log about the socket of a FastCGI program: supervisord creates it once while it reads the
    configuration."""
    def lines(*words):
        return [f"{word} {url}" if word in (CREATING, CLOSING) else word for word in words]
    return lines(CREATING, CLOSING, STARTED, CREATING, *then), lines(STARTED, CREATING, *then)


def lookup(name):
    """Without -c: the error reveals which file was read."""
    def perform(side):
        done = subprocess.run(side.engine.daemon, cwd=side.folder / name, timeout=60, capture_output=True, text=True)
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
        return done.returncode, [line.split(" at default paths", 1)[0] for line in lines]
    return ask(f"lookup in {name}", perform)


def set_uid_copy(side):
    shutil.copy(shutil.which("setpriv"), side.folder / "fake" / "setpriv")
    (side.folder / "fake" / "setpriv").chmod(0o4755)


def end_foreign(side):
    """The supervisor can't signal it, so this ends it first."""
    side.run.send(signals.SIGKILL)
    os.kill(json.loads((side.folder / "r.json").read_text())["pid"], signals.SIGKILL)


test = table.of([
    Scenario("environment", program("a", REPORT), [child(only=("A", "B", "SUPERVISOR_*"))], supervisord='environment=A="x",B="%(here)s"',
             corners=(35, 36)),
    Scenario("identifier", program("a"), [rpc("getIdentification"), names("*---*")], supervisord="identifier=the one"),
    Scenario("identifier_by_option", program("a"), [rpc("getIdentification"), names("*---*")], options=("-i", "other")),
    Scenario("umask_and_directory_in_the_foreground", program("a", REPORT), [child(keys=("umask", "cwd"))],
             supervisord="umask=077\ndirectory=/usr", corners=(58,)),
    Scenario("umask_and_directory_by_option", program("a", REPORT), [child(keys=("umask", "cwd"))], options=("-m", "007", "-d", "/usr"),
             corners=(58,)),
    Scenario("user", program("a", REPORT) + program("b", "report {folder}/b.json wait"), [
        child(keys=("uid", "euid", "gid", "groups"), only=("HOME", "USER")), child("b.json", keys=("uid",), only=())], root=True,
        supervisord="user=nobody", files={"x": ""}, corners=(42,)),
    Scenario("user_root", program("a"), [wait("a RUNNING")], root=True, supervisord="user=root", corners=(42,)),
    Scenario("user_unknown", program("a"), root=True, supervisord="user=no_such_user", refused=True, corners=(42,)),
    Scenario("user_by_option", program("a", REPORT), [child(keys=("uid", "gid"), only=())], root=True, options=("-u", "nobody"),
             files={"x": ""}, corners=(42,)),
    Scenario("logfile_by_option", program("a"), [wait("a RUNNING"), mode("other.log"), mode("s.log")],
             options=("-l", "{folder}/other.log")),
    Scenario("childlogdir_by_option", program("a"), [wait("a RUNNING"), names("x/*---*")], options=("-q", "{folder}/x"),
             files={"x/.keep": ""}),
    Scenario("minfds", program("a", REPORT), [child(keys=("nofile",), only=())], supervisord="minfds=2048"),
    Scenario("strip_ansi_by_option", program("a", command="/bin/sh -c 'printf \"\\033[1mx\\033[0m\\n\"; : >{folder}/up; exec sleep 1000'",
                                             stdout_logfile="{folder}/o.log"), [
        exists("up"), ask("text", lambda side: (side.folder / "o.log").read_bytes())], options=("-t",)),
    Scenario("unknown_option", program("a"), refused=True, named=True, options=("--nix",)),
    Scenario("too_many_arguments", program("a"), refused=True, options=("x", "y")),
    Scenario("bad_loglevel_option", program("a"), refused=True, options=("-e", "nix")),
    Scenario("bad_boolean", program("a"), refused=True, supervisord="nocleanup=perhaps"),
    Scenario("bad_minfds", program("a"), refused=True, supervisord="minfds=many"),
    Scenario("bad_environment", program("a"), refused=True, supervisord="environment=A"),
    Scenario("no_such_file", raw="[supervisord]\n", refused=True, options=("-c", "{folder}/none.conf")),
    Scenario("where_it_is_looked_for", "", [
        lookup("both"), lookup("etc-only"), lookup("none"), signal("TERM"), ends()], named=True, corners=(45,), files={
            "both/supervisord.conf": "[supervisord]\nminfds=here\n", "both/etc/supervisord.conf": "[supervisord]\nminfds=there\n",
            "etc-only/etc/supervisord.conf": "[supervisord]\nminfds=there\n", "none/x": ""}),
    # listeners
    Scenario("listeners_come_first", program("a", priority=1) + LISTENER, [
        wait("a RUNNING, l RUNNING"), order("spawned"), info(), rpc("getAllConfigInfo"), ctl("avail"), ctl("status")], corners=(15,)),
    Scenario("priority_of_a_listener", program("a", priority=1) + LISTENER.replace("startsecs", "priority=5\nstartsecs"), [
        wait("a RUNNING, l RUNNING"), order("spawned"), ctl("avail")], corners=(15,)),
    Scenario("a_listener_without_events", program("l", kind="eventlistener"), refused=True, corners=(25,)),
    Scenario("a_listener_of_unknown_events", program("l", kind="eventlistener", events="TICK_5,NIX"), refused=True, corners=(25,)),
    Scenario("a_listener_with_redirect_stderr", program("l", kind="eventlistener", events="TICK_5", redirect_stderr=True), refused=True,
             corners=(25,)),
    Scenario("a_listener_with_capture_mode", program("l", kind="eventlistener", events="TICK_5", stdout_capture_maxbytes="1KB"), [
        wait("l RUNNING"), rpc("getAllConfigInfo")], corners=(25,)),
    Scenario("a_listener_without_buffer", program("l", kind="eventlistener", events="TICK_5", buffer_size=0), refused=True, corners=(25,)),
    Scenario("a_listener_in_a_group", program("l", kind="eventlistener", events="TICK_5") + group("g", "l"), refused=True),
    Scenario("a_result_handler_that_is_none", program("l", kind="eventlistener", events="TICK_5", result_handler="nix:nix"), refused=True),
    # FastCGI
    Scenario("fcgi_unix", program("f", REPORT, kind="fcgi-program", socket="unix://{folder}/f.sock"), [
        child(keys=("descriptors",)), mode("f.sock"), info(), rpc("getAllConfigInfo"), ctl("stop f"), mode("f.sock")], corners=(41,),
        # A socket that no process holds is removed.
        differs={"log": sockets("unix://FOLDER/f.sock", [CLOSING, ASKED]), "6 mode f.sock": ("0o140700", "no such file")}),
    Scenario("fcgi_mode", program("f", REPORT, kind="fcgi-program", socket="unix://{folder}/f.sock", socket_mode="0660"), [
        child(keys=("descriptors",)), mode("f.sock")], corners=(41,),
             differs={"log": sockets("unix://FOLDER/f.sock", [ASKED, CLOSING])}),
    Scenario("fcgi_several", program("f", "report {folder}/r-%(process_num)d wait", kind="fcgi-program", socket="tcp://127.0.0.1:{port}",
                                     numprocs=2, process_name="%(process_num)d"), [
        child("r-0", keys=("descriptors",)), child("r-1", keys=("descriptors",)), ctl("status"), ctl("stop f:0"), ctl("status")],
        corners=(41,), differs={"log": sockets("tcp://127.0.0.1:PORT", [ASKED, CLOSING])}),
    Scenario("fcgi_without_socket", program("f", kind="fcgi-program"), refused=True, corners=(41,)),
    Scenario("fcgi_bad_socket", program("f", kind="fcgi-program", socket="file:///x"), refused=True, corners=(41,)),
    Scenario("fcgi_bad_mode", program("f", kind="fcgi-program", socket="unix:///tmp/x", socket_mode="9"), refused=True, corners=(41,)),
    # a signal that is refused
    Scenario("foreign_process", FOREIGN, [
        ask("copy", set_uid_copy), ctl("start a"), exists("r.json"), wait("a RUNNING"),
        ctl("stop a"), info(), ctl("status"), ctl("start a"), ctl("stop a"), rpc("signalProcess", "a", "HUP"), ask("end", end_foreign),
        ends()], root=True, supervisord="user=nobody", files={"x": "", "fake/x": ""}, corners=(11,), differs={
            # supervisord's log has Python's traceback.
            "5 ctl stop a": (..., [1, "FAILED: unknown problem killing a\n"]), "log": (..., ...)}),
])
