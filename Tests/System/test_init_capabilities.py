"""init_capabilities: which capabilities PID 1 keeps, that its programs still get theirs, and that it still works."""

import os
import subprocess

import pytest

import kernel_rules
import procfs
from kernel_rules import NUMBERS
from supervised import DIST, section
from test_privileges import setpriv, started
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="gives up what only root has")

CHANGE = {"cap_kill", "cap_setgid", "cap_setuid", "cap_chown"}


def names(text):
    """The names in a set of /proc/PID/status."""
    return {name for name, number in NUMBERS.items() if int(text, 16) >> number & 1}


def kept(run):
    status = procfs.status(run.pid)
    assert status["CapEff"] == status["CapPrm"]
    return names(status["CapPrm"])


def keeps(run, wanted):
    wait_until(lambda: kept(run) == wanted, 5, what=lambda: f"{wanted}: {kept(run)}; {run.story()}")


@pytest.mark.parametrize("key, keys, wanted", [
    ("needed", {"user": "nobody"}, CHANGE),
    ("needed", {"user": "nobody", "capabilities": "^cap_net_bind_service"}, CHANGE | {"cap_net_bind_service"}),
    ("needed", {"user": "nobody", "capabilities": "none"}, CHANGE | {"cap_setpcap"}),
    ("needed", {}, {"cap_kill"}),
    ("needed", {"nice": "-3"}, {"cap_kill", "cap_sys_nice"}),
    ("cap_sys_ptrace,cap_net_raw", {}, {"cap_kill", "cap_sys_ptrace", "cap_net_raw"}),
])
def test_what_is_kept(start, actor, folder, key, keys, wanted):
    bounding = procfs.status(os.getpid())["CapBnd"]
    run = start(section("program", "a", command=f"{actor} wait", **keys), supervisord=f"init_capabilities={key}\ngateway=/none\n")
    run.wait_state("a", "RUNNING")
    keeps(run, wanted)
    # Programs of root gain capabilities by execve that init doesn't have.
    status = procfs.status(run.pid_of("a"))
    if "user" not in keys:
        assert status["CapPrm"] == bounding
    assert procfs.status(run.pid)["CapBnd"] == bounding
    # It still signals, starts and reaps them.
    before = run.pid_of("a")
    assert run.ctl("restart", "a").out == "a: stopped\na: started\n"
    assert run.pid_of("a") != before
    assert "init keeps " in run.log()


def test_a_hook_of_another_user(start, actor, folder):
    """Commands at events are changed to their users, as programs are."""
    folder.chmod(0o777)
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0)
                + section("hook", "b", events="PROCESS_STATE_RUNNING", command=f"sh -c 'id -un > {folder}/who'", user="nobody"),
                supervisord="init_capabilities=needed\ngateway=/none\n")
    wait_until(lambda: (folder / "who").exists() and (folder / "who").read_text() == "nobody\n")
    keeps(run, CHANGE)


def test_all_is_the_default(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", user="nobody"))
    run.wait_state("a", "RUNNING")
    assert kept(run) == names(procfs.status(os.getpid())["CapPrm"])
    assert "init keeps" not in run.log()


def test_logs_in_the_folder_of_another(start, actor, folder):
    """They are opened, rotated and read without root's right to do so, or with it if that is necessary."""
    (folder / "theirs").mkdir()
    os.chown(folder / "theirs", 65534, 65534)
    (folder / "theirs").chmod(0o755)
    run = start(
        section("program", "a", command=f"{actor} say hello wait", user="nobody", stdout_logfile="%(here)s/theirs/a.log") +
        section("program", "b", command=f"{actor} every 0.005 line-of-b", user="nobody", stdout_logfile="%(here)s/b.log",
                stdout_logfile_maxbytes=200, stdout_logfile_backups=2),
        supervisord="init_capabilities=needed\ngateway=/none\n")
    run.wait_all()
    keeps(run, CHANGE | {"cap_dac_override"})
    wait_until(lambda: (folder / "theirs" / "a.log").read_text() == "hello\n", 5, what=run.story)
    wait_until(lambda: (folder / "b.log.2").exists(), 10, what=run.story)


def test_the_gateway_still_starts(start, actor, folder):
    """The gateway becomes nobody, without capabilities, as always."""
    from gateways import Started
    from supervised import UnixConnection
    run = start(section("program", "a", command=f"{actor} wait"), supervisord="init_capabilities=needed\n")
    run.wait_state("a", "RUNNING")
    keeps(run, {"cap_kill", "cap_setgid", "cap_setuid", "cap_setpcap"})
    connection = UnixConnection(str(folder / "s.sock"), 10)
    connection.request("GET", "/livez")
    assert connection.getresponse().status == 200
    status = procfs.status(Started(run).pid)
    assert status["Uid"].split()[0] == "65529" and int(status["CapBnd"], 16) == 0
    connection.close()


def test_a_restart_that_needs_more(start, actor):
    run = start(section("program", "a", command=f"{actor} wait"), supervisord="init_capabilities=needed\ngateway=/none\n")
    run.wait_state("a", "RUNNING")
    keeps(run, {"cap_kill"})
    run.configure(section("program", "a", command=f"{actor} wait") +
                  section("program", "b", command=f"{actor} wait", user="nobody", startretries=0))
    assert run.ctl("reload").code == 0
    run.wait_state("b", "FATAL")
    run.wait_state("a", "RUNNING")
    assert ("init gave up cap_chown,cap_setgid,cap_setuid at its start (init_capabilities=) and the new configuration needs it: "
            "it takes a new start of the container") in run.log()
    assert run.info("b")["spawnerr"].startswith("couldn't setuid to 65534")


def test_a_user_who_may(start, actor, folder):
    """An unprivileged user with capabilities: those that programs inherit stay, those that only init could use go."""
    words = setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", "-all,+net_bind_service,+net_raw,+setuid,+setgid,+kill",
                    "--ambient-caps", "-all,+net_bind_service,+net_raw,+setuid,+setgid,+kill")
    run = started(start, actor, folder, words, section("program", "a", command="ACTOR wait", capabilities="^cap_net_raw"))
    run.wait_state("a", "RUNNING")
    assert kept(run) == {"cap_net_bind_service", "cap_net_raw", "cap_setuid", "cap_setgid", "cap_kill"}
    run.configure(section("program", "a", command=f"{actor} wait", capabilities="^cap_net_raw"),
                  supervisord="umask=000\ninit_capabilities=needed\n")
    run.rpc("supervisor.restart")
    keeps(run, {"cap_net_raw", "cap_kill"})
    run.wait_state("a", "RUNNING")
    wait_until(lambda: names(procfs.status(run.pid_of("a"))["CapEff"]) == {"cap_net_raw"}, 5, what=run.story)


def test_check_shows_it(folder):
    path = folder / "s.conf"
    path.write_text("[supervisord]\ninit_capabilities=needed\npidfile=%(here)s/p\nlogfile=%(here)s/l\n[program:a]\ncommand=true\nuser=nobody\n"
                    "stdout_logfile=NONE\nstderr_logfile=NONE\n")
    done = subprocess.run([DIST / "init", "--check", "-c", path], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == ("capabilities that init needs: cap_chown,cap_kill,cap_setgid,cap_setuid "
                                           "(init_capabilities=needed)")
    assert done.returncode == 0 and kernel_rules.NUMBERS["cap_kill"] == 5
