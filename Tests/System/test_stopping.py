"""How programs and the whole container are stopped: signals in a row, budgets, modes, delays."""

import re
import signal
import subprocess

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def killed_with(run, name):
    """The signals that a program got after the first, in order."""
    return re.findall(rf"killing '{name}' \(\d+\) with (\w+)", run.log())


# -- stopsignal

STUBBORN = "{actor} ignore TERM ignore INT on QUIT {folder}/told told 3 append {folder}/up up wait"


def test_one_signal_after_the_other(begin, folder):
    run = begin(program("web", STUBBORN, stopsignal="TERM INT QUIT", stopwaitsecs=1))
    wait_until((folder / "up").exists)
    run.wait_state("web", "RUNNING")  # init knows that it runs
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert killed_with(run, "web") == ["SIGINT", "SIGQUIT"]
    assert (folder / "told").read_text().split() == ["told"]
    assert "stopped: web (exit status 3)" in run.log()


def test_sigkill_comes_after_the_last(begin, folder):
    run = begin(program("web", STUBBORN.replace("on QUIT {folder}/told told 3", "ignore QUIT"), stopsignal="TERM quit SIGINT", stopwaitsecs=1))
    wait_until((folder / "up").exists)
    run.wait_state("web", "RUNNING")  # init knows that it runs
    run.stop()
    assert killed_with(run, "web") == ["SIGQUIT", "SIGINT", "SIGKILL"]
    assert "stopped: web (terminated by SIGKILL)" in run.log()


def test_who_heeds_the_first_gets_no_other(begin):
    run = begin(program("web", stopsignal="USR1 INT"))
    assert run.ctl("restart", "web").out == "web: stopped\nweb: started\n"
    assert killed_with(run, "web") == [] and "stopped: web (terminated by SIGUSR1)" in run.log()
    # supervisord's clients see the first one.
    assert run.rpc("supervisor.getAllConfigInfo")[0]["stopsignal"] == signal.SIGUSR1


# -- shutdown_timeout

def events(run, *words):
    """(word, name) of log lines, in their order: `told` and `killed` programs, and those that have `stopped`."""
    patterns = {"killed": r"killing '(\w+)' \(\d+\) with SIGKILL", "stopped": r"stopped: (\w+) "}
    found = []
    for line in run.log().splitlines():
        for word, pattern in patterns.items():
            match = re.search(pattern, line)
            if match and (not words or word in words):
                found.append((word, match[1]))
    return found


#: Records the signal, and goes on.
DEAF = "{actor} on TERM {folder}/told {name} -1 append {folder}/up {name} wait"


def deaf(name, folder, **keys):
    return program(name, DEAF.replace("{name}", name), stopwaitsecs=3600, **keys)


def layers(folder, **more):
    """Ten programs that heed no TERM: a1 to a4 need b1 to b3, which need c1 to c3; `more`: keys of some of them."""
    text = ""
    for name in ("c1", "c2", "c3"):
        text += deaf(name, folder, **more.get(name, {}))
    for name in ("b1", "b2", "b3"):
        text += deaf(name, folder, depends_on="c1, c2, c3", **more.get(name, {}))
    for name in ("a1", "a2", "a3", "a4"):
        text += deaf(name, folder, depends_on="b1, b2, b3", **more.get(name, {}))
    return text


def lines(folder, name):
    path = folder / name
    return path.read_text().split() if path.exists() else []


def assert_in_layers(run, folder):
    """Everybody was told first and then killed, layer by layer."""
    told = lines(folder, "told")
    assert sorted(told) == ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "c1", "c2", "c3"]
    assert [name[0] for name in told] == list("aaaabbbccc")
    found = events(run)
    assert sorted(name for word, name in found if word == "killed") == sorted(told)
    order = [f"{word} {name[0]}" for word, name in found]
    assert [one for place, one in enumerate(order) if one not in order[:place]] == [
        "killed a", "stopped a", "killed b", "stopped b", "killed c", "stopped c"]


@pytest.mark.parametrize("timeout", [10, 30])
def test_ten_deaf_programs_in_three_layers(begin, folder, actor, timeout):
    """With docker's time, and with Kubernetes'. Orphans that stay are swept inside it, too: they heed no TERM."""
    orphan = section("program", "parent", command=f"{actor} leave ignore TERM append {folder}/up orphan wait / exit 0", autorestart=False, startsecs=0)
    run = begin(layers(folder) + orphan, supervisord=f"shutdown_timeout={timeout}\n")
    wait_until(lambda: len(lines(folder, "up")) == 11)
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert_in_layers(run, folder)
    assert "killing 1 process (actor " in run.log()
    run.assert_nothing_left()


@pytest.mark.parametrize("timeout", [10, 30])
def test_all_that_can_go_wrong_at_the_end(begin, folder, actor, timeout):
    """Programs that heed no TERM in three layers, hooks that hang in each of them, commands at events that hang, and
    orphans that stay: everybody is told first, the order is kept, and init leaves by itself with code 0."""
    hang = f"sh -c 'trap \"\" TERM; echo $REEVE_HOOK >>{folder}/hooks; {actor} ignore TERM wait'"

    def hooks(*kinds):
        keys = {}
        for kind in kinds:
            keys.update({f"{kind}_hook": hang, f"{kind}_hook_timeout": 3600})
        return keys

    orphan = section("program", "parent", command=f"{actor} leave ignore TERM append {folder}/up orphan wait / exit 0", autorestart=False, startsecs=0)
    alert = section("hook", "alert", events="SUPERVISOR_STATE_CHANGE_STOPPING", command=hang, timeout=3600)
    run = begin(layers(folder, a1=hooks("pre_stop", "post_stop"), b2=hooks("pre_stop"), c3=hooks("post_stop")) + orphan + alert,
                supervisord=f"shutdown_timeout={timeout}\n")
    wait_until(lambda: len(lines(folder, "up")) == 11)
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert_in_layers(run, folder)
    assert sorted(lines(folder, "hooks")) == ["event", "post_stop", "post_stop", "pre_stop", "pre_stop"]
    assert "leaving, although" not in run.log()
    run.assert_nothing_left()


def test_a_stop_under_way_is_cut_short(begin, folder):
    run = begin(deaf("web", folder), supervisord="shutdown_timeout=2\n")
    wait_until(lambda: lines(folder, "up") == ["web"])
    run.rpc("supervisor.stopProcess", "web", False)
    wait_until(lambda: lines(folder, "told") == ["web"])
    run.stop()
    assert events(run) == [("killed", "web"), ("stopped", "web")]


def test_hooks_that_hang_hold_nobody_up(begin, folder):
    hang = "sh -c 'echo {hook} >>{folder}/hooks && exec sleep 1000'"
    hooks = {f"{kind}_hook": hang.replace("{hook}", kind) for kind in ("pre_stop", "post_stop")}
    run = begin(program("db") + program("web", depends_on="db", **hooks, **{f"{key}_timeout": 3600 for key in hooks}),
                supervisord="shutdown_timeout=6\n")
    run.wait_all()
    run.stop()
    assert lines(folder, "hooks") == ["pre_stop", "post_stop"]
    assert events(run) == [("stopped", "web"), ("stopped", "db")]


# -- shutdown_mode

PAIR = [("db", {"priority": 9}), ("web", {"priority": 1, "depends_on": "db"})]


@pytest.mark.parametrize("mode, order", [
    ("", ["web", "db"]), ("shutdown_mode=dependencies\n", ["web", "db"]), ("shutdown_mode=compat\n", ["db", "web"]),
])
def test_modes(begin, mode, order):
    run = begin("".join(program(name, **keys) for name, keys in PAIR), supervisord=mode)
    run.wait_all()
    run.stop()
    assert events(run, "stopped") == [("stopped", name) for name in order]


def test_parallel(begin, folder):
    """Everybody is told, although nobody ends."""
    run = begin(deaf("a", folder, priority=1) + deaf("b", folder, priority=2, depends_on="a") + deaf("c", folder, depends_on="b"),
                supervisord="shutdown_mode=parallel\n")
    wait_until(lambda: len(lines(folder, "up")) == 3)
    run.send(signal.SIGTERM)
    wait_until(lambda: sorted(lines(folder, "told")) == ["a", "b", "c"])
    assert events(run) == []
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert sorted(events(run, "stopped")) == [("stopped", "a"), ("stopped", "b"), ("stopped", "c")]


def test_a_second_term_kills(begin, folder):
    run = begin(deaf("web", folder) + deaf("top", folder, depends_on="web"))
    wait_until(lambda: len(lines(folder, "up")) == 2)
    run.send(signal.SIGTERM)
    wait_until(lambda: lines(folder, "told") == ["top"])
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert sorted(events(run, "killed")) == [("killed", "top"), ("killed", "web")]
    assert lines(folder, "told") == ["top"]


def test_a_second_term_means_nothing_in_supervisords_mode(begin, folder):
    run = begin(deaf("web", folder), supervisord="shutdown_mode=compat\n")
    wait_until(lambda: lines(folder, "up") == ["web"])
    run.send(signal.SIGTERM)
    wait_until(lambda: lines(folder, "told") == ["web"])
    run.send(signal.SIGTERM)
    wait_until(lambda: run.log().count("received SIGTERM") == 2)
    run.assert_sleeps(1)
    assert events(run) == []
    run.kill()


# -- shutdown_delay

def test_the_delay(begin, folder):
    run = begin(program("web", "{actor} on TERM {folder}/told told 0 append {folder}/up up wait"), supervisord="shutdown_delay=86400\n")
    wait_until(lambda: lines(folder, "up") == ["up"])
    assert run.ctl("health").code == 0
    run.send(signal.SIGTERM)
    wait_until(lambda: run.ctl("health").code == 1)
    assert "shutting down" in run.ctl("health").out + run.ctl("health").err
    run.assert_sleeps(1)
    assert lines(folder, "told") == []
    # The second signal ends it.
    run.send(signal.SIGTERM)
    assert run.wait() == 0 and lines(folder, "told") == ["told"]


def test_the_delay_ends_by_itself(begin):
    run = begin(program("web"), supervisord="shutdown_delay=1\n")
    run.wait_all()
    run.stop()
    assert events(run) == [("stopped", "web")]


def test_a_program_that_ends_the_container_has_no_delay(begin):
    run = begin(program("web") + program("job", "{actor} exit 3", on_failure="shutdown"), supervisord="shutdown_delay=86400\n", wait=False)
    assert run.wait() == 3


def test_a_drain(begin):
    run = begin(program("web"))
    run.wait_all()
    assert run.ctl("drain").out == "draining\n"
    health = run.ctl("health")
    assert (health.code, health.out + health.err) == (1, "not ready: init DRAINING\n")
    assert run.state("web") == "RUNNING"
    assert run.ctl("drain", "--off").out == "drained\n" and run.ctl("health").code == 0
    # It returns when the time is over.
    with run.ctl_running("drain", "--for=1") as waiting:
        wait_until(lambda: "draining for 1 seconds" in run.log())
        code, err = waiting.end()
        assert (code, waiting.lines()) == (0, ["drained"]), err
    assert run.log().count("the drain is over") == 2 and run.ctl("health").code == 0
    for wrong in (["--for=0"], ["--for=x"], ["--for=1", "--off"], ["web"], ["--forr=1"]):
        assert run.ctl("drain", *wrong).code == 2


def test_the_page(begin):
    """The configuration that opens the guide, as it stands there."""
    page = (ROOT / "docs/guide/stopping.md").read_text()
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1]
    keys, programs = text.split("[unix_http_server]\nfile=/tmp/reeve.sock\n")
    run = begin(programs, supervisord=keys.split("nodaemon=true\n")[1])
    run.wait_all()
    checked = subprocess.run([ROOT / "dist/init", "--check", "-c", run.configuration], capture_output=True, text=True)
    assert "a shutdown has no time for stopwaitsecs=60: shutdown_timeout is shorter" in checked.stdout + checked.stderr
    run.stop()
    found = events(run)
    assert sorted(found) == [("stopped", "db"), ("stopped", "queue"), ("stopped", "web")]
    assert found.index(("stopped", "web")) < found.index(("stopped", "db"))
