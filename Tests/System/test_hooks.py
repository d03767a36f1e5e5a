"""Hooks: commands before a program's start, after it, and after its end."""

import re
import subprocess

import pytest

import procfs
from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no hooks")


#: Adds a line to `said` that has all that a hook is told.
TELL = ("sh -c 'echo $REEVE_HOOK $REEVE_PROGRAM:$REEVE_GROUP pid=$REEVE_PID reason=$REEVE_REASON code=$REEVE_EXIT_CODE "
        "signal=$REEVE_SIGNAL tries=$REEVE_TRIES >> {folder}/said'")
#: Ends when the file `gate` is there.
GATED = "sh -c 'until test -e {folder}/gate; do sleep 0.01; done'"


def program(name="web", command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def hooks(command, *names):
    return {f"{name}_hook": command for name in names}


@pytest.fixture
def said(folder):
    """The lines of TELL so far."""
    def lines():
        try:
            return (folder / "said").read_text().splitlines()
        except FileNotFoundError:
            return []
    return lines


def test_each_comes_in_its_turn(begin, said):
    run = begin(program(**hooks(TELL, "pre_start", "post_start", "pre_stop", "post_stop")))
    wait_until(lambda: len(said()) == 2)
    pid = run.info("web")["pid"]
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert said() == [
        "pre_start web:web pid= reason= code= signal= tries=0",
        f"post_start web:web pid={pid} reason= code= signal= tries=0",
        f"pre_stop web:web pid={pid} reason=stop code= signal= tries=0",
        f"post_stop web:web pid={pid} reason=stop code= signal=SIGTERM tries=0",
    ]
    assert run.state("web") == "STOPPED"
    run.assert_sleeps(1)


@pytest.mark.parametrize("command, keys, expected", [
    ("sh -c 'exit 7'", {"autorestart": False}, "reason=exit code=7 signal= tries=0"),
    ("sh -c 'kill -9 $$'", {"autorestart": False}, "reason=signal code= signal=SIGKILL tries=0"),
    ("sh -c 'exit 7'", {"startsecs": 60, "startretries": 0}, "reason=exit code=7 signal= tries=1"),
    ("/nosuch", {"startretries": 0}, "pid= reason=spawn code= signal= tries=1"),
], ids=["exits", "is killed", "exits too quickly", "does not start"])
def test_it_is_told_why(begin, said, command, keys, expected):
    begin(program(command=command, **keys, **hooks(TELL, "post_stop")))
    wait_until(said)
    assert said()[0].endswith(expected), said()


def test_a_failing_pre_start_hook_is_a_failed_start(begin, said):
    run = begin(program(pre_start_hook="sh -c 'echo no database; exit 3'", startretries=1, **hooks(TELL, "post_stop")))
    run.wait_state("web", "FATAL")
    assert run.info("web")["spawnerr"] == "pre_start_hook failed (exit status 3): no database"
    wait_until(lambda: len(said()) == 2)
    assert [line.split()[-1] for line in said()] == ["tries=1", "tries=2"]
    assert "spawnerr: web: pre_start_hook failed (exit status 3): no database" in run.log()
    assert "INFO pre_start_hook of web: no database" in run.log()
    assert "spawned" not in run.log()


def test_a_hook_that_runs_for_long(begin):
    """init sees at once that it has executed its command, though no program is being started, and with so many descriptors
    that spawn.c shares its table with the child. A start that isn't over is watched all the time, and killed after 5 seconds."""
    run = begin("".join(program(f"other{number}") for number in range(20))
                + program(autostart=False, pre_start_hook="{actor} wait", pre_start_hook_timeout=600))
    wait_until(lambda: len(run.processes()) == 20)
    assert len(procfs.descriptors(run.pid)) > 40
    with run.ctl_running("start", "web") as pending:
        wait_until(lambda: len(run.processes()) == 21)
        run.assert_sleeps(1)
        assert run.info("web")["description"] == "pre_start_hook runs"
        assert run.ctl("stop", "web").code == 0
        assert pending.end()[0] == 7
    assert run.log().count("spawnerr") == 0


def test_a_hook_that_takes_too_long(begin):
    run = begin(program(pre_start_hook="{actor} wait", pre_start_hook_timeout=1, startretries=0))
    run.wait_state("web", "FATAL")
    assert run.info("web")["spawnerr"] == "pre_start_hook took longer than 1 seconds (pre_start_hook_timeout)"
    assert run.processes() == []


def test_a_stop_cancels_it(begin, said):
    run = begin(program(pre_start_hook="sh -c '{actor} wait & wait'", **hooks(TELL, "post_stop")))
    wait_until(lambda: len(run.processes()) == 2)
    assert run.info("web")["description"] == "pre_start_hook runs"
    assert run.ctl("status", "web").out.split() == "web STARTING pre_start_hook runs".split()
    assert run.ctl("start", "web").out == "web: ERROR (already started)\n"
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert run.state("web") == "STOPPED" and run.processes() == []
    assert said() == ["post_stop web:web pid= reason=stop code= signal= tries=0"]


def test_other_failures_are_logged(begin):
    run = begin(program(post_start_hook="sh -c 'echo up; exit 4'", post_stop_hook="/nosuch/hook"))
    wait_until(lambda: "WARN web: post_start_hook failed (exit status 4): up" in run.log())
    assert run.state("web") == "RUNNING"
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert "WARN web: post_stop_hook was not started: can't find command '/nosuch/hook'" in run.log()


def test_the_signal_waits_for_pre_stop_hook(begin, folder):
    run = begin(program(pre_stop_hook=GATED.replace("done'", "done; kill -0 $REEVE_PID && touch {folder}/alive; exit 1'")))
    with run.ctl_running("stop", "web") as pending:
        wait_until(lambda: run.info("web")["description"] == "pre_stop_hook runs")
        info = run.info("web")
        assert info["statename"] == "STOPPING" and info["pid"] != 0
        (folder / "gate").touch()
        assert pending.end()[0] == 0
    assert (folder / "alive").exists()
    assert "WARN web: pre_stop_hook failed (exit status 1)" in run.log()


def test_pre_stop_hook_may_end_the_program(begin, folder):
    """It goes on after that, and no signal is sent."""
    run = begin(program(command="sh -c 'trap \"exit 5\" USR1; while :; do sleep 0.01; done'",
                        pre_stop_hook="sh -c 'kill -USR1 $REEVE_PID; while kill -0 $REEVE_PID; do sleep 0.01; done; echo bye >> {folder}/said'"))
    run.wait_state("web", "RUNNING")
    wait_until(lambda: run.info("web")["pid"])
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert (folder / "said").read_text() == "bye\n"
    assert run.info("web")["exitstatus"] == 5


def test_pre_stop_hook_has_a_time_limit(begin):
    run = begin(program(pre_stop_hook="{actor} wait", pre_stop_hook_timeout=1))
    run.wait_state("web", "RUNNING")
    run.stop()
    assert "WARN web: pre_stop_hook took longer than 1 seconds (pre_stop_hook_timeout)" in run.log()


def test_stops_in_order_of_dependencies(begin, folder):
    """A dependency goes down when the hooks of its dependents have ended."""
    run = begin(program("db", post_stop_hook="sh -c 'echo db >> {folder}/said'")
                + program("web", depends_on="db", post_stop_hook="sh -c 'sleep 0.2; echo web >> {folder}/said'"))
    run.wait_all()
    run.stop()
    assert (folder / "said").read_text() == "web\ndb\n"


def test_a_restart_waits_for_post_stop_hook(begin, folder):
    run = begin(program(command="sh -c 'test -e {folder}/again && exec {actor} wait; touch {folder}/again; exit 1'",
                        post_stop_hook=GATED))
    wait_until(lambda: run.info("web")["description"] == "post_stop_hook runs")
    assert run.state("web") == "STARTING" and run.info("web")["pid"] == 0
    (folder / "gate").touch()
    run.wait_state("web", "RUNNING")


def test_a_stop_waits_for_post_stop_hook(begin, folder):
    run = begin(program(post_stop_hook=GATED))
    with run.ctl_running("stop", "web") as pending:
        wait_until(lambda: run.info("web")["description"] == "post_stop_hook runs")
        assert run.state("web") == "STOPPING" and run.info("web")["pid"] == 0
        (folder / "gate").touch()
        assert pending.end()[0] == 0
    assert run.state("web") == "STOPPED"


def test_the_end_waits_for_post_stop_hooks(begin, folder):
    """Of programs that are stopped, and of one that has exited before."""
    run = begin(program("web", post_stop_hook=GATED.replace("done'", "done; touch {folder}/web.done'"))
                + program("job", "true", autorestart=False, post_stop_hook=GATED.replace("done'", "done; touch {folder}/job.done'")))
    run.wait_state("job", "EXITED")
    run.send(15)
    wait_until(lambda: "stopped: web" in run.log())
    (folder / "gate").touch()
    assert run.wait() == 0
    run.assert_nothing_left()
    assert (folder / "web.done").exists() and (folder / "job.done").exists()


def test_the_end_cancels_pre_start_hooks(begin):
    run = begin(program(pre_start_hook="{actor} wait", pre_start_hook_timeout=3600))
    wait_until(lambda: run.processes())
    run.stop()
    assert "spawned" not in run.log()


def test_it_has_what_its_program_has(begin, folder):
    run = begin(program(environment='GREETING="hello"', directory="/usr", umask="077", rlimit_nofile="333",
                        pre_start_hook="sh -c 'echo $GREETING $PWD $(umask) $(ulimit -n) $SUPERVISOR_PROCESS_NAME > {folder}/found'"))
    run.wait_state("web", "RUNNING")
    assert (folder / "found").read_text() == "hello /usr 0077 333 web\n"


def test_it_runs_as_the_user(begin, folder):
    folder.chmod(0o777)
    run = begin(program(user="nobody", pre_start_hook="sh -c 'id -un > {folder}/found'"))
    run.wait_state("web", "RUNNING")
    assert (folder / "found").read_text() == "nobody\n"


def test_many_at_a_time(begin):
    run = begin(section("program", "web", command="{actor} wait", process_name="%(program_name)s_%(process_num)03d", numprocs=150,
                        startsecs=0, pre_start_hook="sh -c 'sleep 0.01'", post_start_hook="true", post_stop_hook="true"))
    run.wait_all()
    assert run.ctl("stop", "all").code == 0
    run.wait_all("STOPPED")
    assert "_hook" not in run.log()


def test_dependents_wait(begin, folder):
    run = begin(program("db", pre_start_hook=GATED) + program("web", depends_on="db"))
    wait_until(lambda: run.info("web")["description"] == "waiting for db to be ready")
    (folder / "gate").touch()
    run.wait_all()


def checked(folder, text):
    """What `--check` says of a program and this text after it."""
    path = folder / "wrong.conf"
    path.write_text(f"[supervisord]\n[program:web]\ncommand=true\n{text}")
    done = subprocess.run([ROOT / "dist/init", "--check", "-c", path], capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("line, expected", [
    ("pre_start_hook=sh -c 'x", "not a valid pre_start_hook value: a quote is not closed: sh -c 'x"),
    ("pre_start_hook=", "not a valid pre_start_hook value: it is empty"),
    ("pre_start_hook=true\npre_start_hook_timeout=0", "not a valid pre_start_hook_timeout value: '0'"),
    ("post_stop_hook=/nosuch/hook -x", "warning: web: post_stop_hook: there is no file /nosuch/hook"),
    ("pre_start_hok=true", "did you mean `pre_start_hook`?"),
])
def test_what_is_wrong_is_found(folder, line, expected):
    assert expected in checked(folder, f"{line}\n")


def test_the_guide(begin):
    """The configuration that opens it, as it stands there, except for the place of its file."""
    page = (ROOT / "docs/guide/hooks.md").read_text()
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1]
    run = begin(text.split("file=/tmp/reeve.sock\n")[1].replace("/tmp/web.history", "{folder}/history"))
    history = run.folder / "history"
    wait_until(lambda: history.exists() and history.read_text())
    assert history.read_text() == f"web runs as {run.info('web')['pid']}\n"
    run.stop()
    assert history.read_text().splitlines()[1:] == ["web is about to stop", "web ended: stop"]


# -- [hook:x]

EVENT = "sh -c 'echo $REEVE_EVENT $REEVE_PROGRAM $REEVE_GROUP $REEVE_HOOK \"($REEVE_EVENT_DATA)\" $GREETING >> {folder}/said'"


def test_a_command_at_events(begin, said):
    run = begin(section("hook", "alert", events="PROCESS_STATE_EXITED, PROCESS_STATE_FATAL", command=EVENT)
                + program("job", "sh -c 'exit 3'", autorestart=False) + program("off", "/nosuch", startretries=0),
                supervisord='environment=GREETING="hello"\n')
    wait_until(lambda: len(said()) == 2)
    lines = sorted(said())
    assert lines[0].startswith("PROCESS_STATE_EXITED job job event (processname:job groupname:job from_state:RUNNING expected:0 pid:")
    assert lines[1] == "PROCESS_STATE_FATAL off off event (processname:off groupname:off from_state:BACKOFF) hello"
    run.assert_sleeps(1)


def test_a_command_at_ticks_and_states_of_init(begin, said):
    begin(section("hook", "state", events="SUPERVISOR_STATE_CHANGE_RUNNING, TICK_5", command=EVENT) + program())
    wait_until(lambda: len(said()) == 2)
    assert said()[0] == "SUPERVISOR_STATE_CHANGE_RUNNING event () hello".replace(" hello", "")
    assert re.fullmatch(r"TICK_5 event \(when:[0-9]+\)", said()[1])


def test_a_command_at_a_change_of_health(begin, said):
    """Reeve's own types, which tell more than supervisord's states."""
    begin(section("hook", "ill", events="REEVE_HEALTH_UNHEALTHY", command=EVENT)
          + program(healthcheck_command="sh -c 'echo no; exit 1'", healthcheck_retries=1))
    wait_until(said)
    assert said()[0].startswith("REEVE_HEALTH_UNHEALTHY web web event (processname:web groupname:web pid:")
    # The first line has the names, the others what happened.
    assert "exit status 1: no" in "\n".join(said())


def test_few_at_a_time(begin, folder):
    """Four run, 64 wait, and the log says once that others were dropped."""
    run = begin(section("hook", "slow", events="PROCESS_STATE_RUNNING", command="{actor} wait")
                + section("program", "web", command="{actor} wait", process_name="%(program_name)s_%(process_num)03d", numprocs=80, startsecs=0))
    run.wait_all()
    wait_until(lambda: len(run.processes()) == 84)
    assert run.log().count("[hook:slow]: events are dropped, since 64 wait") == 1
    run.stop()


def test_a_command_that_fails(begin):
    run = begin(section("hook", "bad", events="PROCESS_STATE_RUNNING", command="sh -c 'echo no; exit 3'")
                + section("hook", "slow", events="PROCESS_STATE_RUNNING", command="{actor} wait", timeout=1)
                + section("hook", "gone", events="PROCESS_STATE_RUNNING", command="/nosuch/hook") + program())
    for line in ("INFO [hook:bad]: no", "WARN [hook:bad] failed (exit status 3)", "WARN [hook:slow] took longer",
                 "WARN [hook:gone] was not started: can't find command '/nosuch/hook'"):
        wait_until(lambda: line in run.log(), what=line)
    assert run.state("web") == "RUNNING"


def test_hooks_are_updated(begin, said, actor, folder):
    """`ctl update` adds, changes and removes them, and nothing restarts; `ctl reread` only says so."""
    def hook(name, word, **keys):
        return section("hook", name, command=f"sh -c 'echo {name} {word} >> {folder}/said'",
                       **{"events": "PROCESS_STATE_STOPPED", **keys})

    def configure(*hooks):
        run.configure((program() + program("job") + "".join(hooks)).replace("{actor}", str(actor)))

    def restart():
        assert run.ctl("restart", "job").code == 0

    run = begin(program() + program("job") + hook("a", "old") + hook("b", "old"))
    run.wait_all()
    pid = run.info("web")["pid"]
    restart()
    wait_until(lambda: sorted(said()) == ["a old", "b old"])
    configure(hook("b", "new"), hook("c", "new"))
    assert run.ctl("reread").out == "hook:a: disappeared\nhook:b: changed\nhook:c: available\n"
    assert run.ctl("update", "web").code == 0
    restart()
    wait_until(lambda: sorted(said()) == ["a old"] * 2 + ["b old"] * 2)
    assert run.ctl("update").out == "hook:a: removed\nhook:b: updated\nhook:c: added\n"
    assert run.ctl("update").out == "" and run.ctl("reread").out == "No config updates to processes\n"
    restart()
    wait_until(lambda: sorted(said()[4:]) == ["b new", "c new"])
    # A mistake changes nothing, and a restart of everything has the new ones, too.
    configure(hook("b", "newest"), hook("c", "new", timeout="soon"))
    wrong = run.ctl("update")
    assert wrong.code != 0 and "soon" in wrong.out + wrong.err
    restart()
    wait_until(lambda: sorted(said()[6:]) == ["b new", "c new"])
    assert run.info("web")["pid"] == pid
    configure(hook("b", "newest"))
    assert run.ctl("reload").code == 0
    wait_until(lambda: "b newest" in said() or restart_again(run))


def restart_again(run):
    """Until the restart of everything is over."""
    run.ctl("restart", "job")
    return False


def test_an_alert_gets_out_before_the_end(begin, folder):
    """The program that ends the container has an alert, which takes a moment; what takes longer is ended."""
    alert = "sh -c 'sleep 0.3; echo alert $REEVE_PROGRAM >> {folder}/said'"
    endless = "sh -c 'echo endless >> {folder}/said; exec sleep 1000'"
    run = begin(section("hook", "alert", events="PROCESS_STATE_FATAL", command=alert)
                + section("hook", "endless", events="PROCESS_STATE_FATAL", command=endless)
                + program("web", "/nosuch", startretries=0, on_fatal="shutdown-failure"), wait=False)
    assert run.wait() == 1
    run.assert_nothing_left()
    assert sorted((folder / "said").read_text().splitlines()) == ["alert web", "endless"]


def test_a_hook_that_ignores_the_end(begin, folder):
    """It is killed inside the budget of the shutdown, with all that it has started."""
    stay = "sh -c '{actor} ignore TERM append {folder}/there x wait & exec {actor} ignore TERM wait'"
    run = begin(section("hook", "stay", events="SUPERVISOR_STATE_CHANGE_RUNNING", command=stay) + program(),
                supervisord="shutdown_timeout=10\n")
    run.wait_all()
    wait_until((folder / "there").exists)
    run.stop()


def test_the_second_example_of_the_guide(begin, folder):
    guide = (ROOT / "docs/guide/hooks.md").read_text().split("```ini\n")[2].split("```")[0]
    run = begin(guide.replace("/tmp/alerts", str(folder / "said")) + program("job", "false", startretries=0, startsecs=1))
    wait_until(lambda: (folder / "said").exists() and "PROCESS_STATE_FATAL job" in (folder / "said").read_text())
    assert run.ctl("reread").out == "No config updates to processes\n"


@pytest.mark.parametrize("text, expected", [
    ("[hook:x]\ncommand=true\n", 'section requires an "events" line'),
    ("[hook:x]\nevents=TICK_5\n", "[hook:x] does not specify a command"),
    ("[hook:x]\nevents=TICK_6\ncommand=true\n", "Unknown event type TICK_6"),
    ("[hook:x]\nevents=TICK_5\ncommand=true 'x\n", "not a valid command value: a quote is not closed"),
    ("[hook:x]\nevents=TICK_5\ncommand=/nosuch\n", "warning: [hook:x]: command: there is no file /nosuch"),
    ("[hok:x]\nevents=TICK_5\n", "did you mean `hook:`?"),
    ("[hook:x]\nevents=TICK_5\ncommand=true\ntimout=3\n", "did you mean `timeout`?"),
])
def test_what_is_wrong_with_a_section(folder, text, expected):
    assert expected in checked(folder, text)
