"""`depends_on` with real programs: who waits, who starts, and in which order they stop."""

import json
import re
import signal
import subprocess

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from test_events import heard, listener
from test_probes import ask
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no dependencies")


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


#: Becomes ready when the file `gate` is there, and EXITED when `done` is.
GATED = "sh -c 'until test -e {folder}/gate; do sleep 0.01; done; exec {actor} wait'"


def states(run):
    return {name.split(":")[1]: state for name, state in run.states().items()}


def order(run, word):
    """Names in the order in which the log has them after a word."""
    return re.findall(rf"{word}: '?(\w+)", run.log())


def test_one_waits_for_the_other(begin, folder):
    run = begin(program("db", "{actor} wait", startsecs=86400) + program("web", depends_on="db")
                + program("top", depends_on="web:started, db:started"))
    wait_until(lambda: run.state("db") == "STARTING" and order(run, "spawned") == ["db"])
    assert states(run) == {"db": "STARTING", "top": "STARTING", "web": "STARTING"}
    assert run.info("web")["description"] == "waiting for db to be ready"
    lines = run.ctl("status").out.splitlines()
    assert lines[1].split() == "top WAITING for web to be started".split()
    assert lines[2].split() == "web WAITING for db to be ready".split()
    found = {one["name"]: (one["waiting_for"], one["depends_on"]) for one in json.loads(run.ctl("status", "--json").out)}
    assert found == {"db": (None, []), "top": ("web to be started", ["web:started", "db:started"]),
                     "web": ("db to be ready", ["db:ready"])}
    # Nothing is polled.
    run.assert_sleeps(1)
    # And a stop of what waits, and of everything, works at once.
    assert run.ctl("stop", "web").out == "web: stopped\n"
    assert run.state("web") == "STOPPED"


def test_supervisorctl_sees_supervisords_states(begin):
    run = begin(program("db", startsecs=86400) + program("web", depends_on="db"))
    wait_until(lambda: run.state("web") == "STARTING")
    done = subprocess.run([ROOT / "dist/supervisorctl", "-c", run.configuration, "status", "web"], capture_output=True, text=True)
    assert done.stdout.split() == "web STARTING waiting for db to be ready".split()


def test_a_start_waits_through_it(begin, folder):
    """`startProcess` of a client that knows nothing of dependencies; and what is needed is started, too."""
    run = begin(program("job", GATED.replace("exec {actor} wait", "exit 3"), autostart=False, autorestart=False, exitcodes="3")
                + program("web", depends_on="job:completed", autostart=False))
    assert run.rpc("supervisor.startProcess", "web", False) is True
    assert run.info("web")["description"] == "waiting for job to complete"
    assert run.rpc("supervisor.stopProcess", "web") is True
    with run.ctl_running("start", "web") as pending:
        wait_until(lambda: run.state("web") == "STARTING")
        (folder / "gate").touch()
        assert pending.end()[0] == 0
    assert states(run) == {"job": "EXITED", "web": "RUNNING"}
    assert order(run, "spawned") == ["job", "web"]


def test_without_what_it_needs(begin):
    run = begin(program("db", autostart=False) + program("web", depends_on="db", autostart=False))
    assert run.ctl("start", "--no-deps", "web").out == "web: started\n"
    assert states(run) == {"db": "STOPPED", "web": "RUNNING"}
    assert run.ctl("start", "--no-deps", "web").out == "web: ERROR (already started)\n"
    assert run.ctl("start", "--no-dep", "web").code == 2


def test_fatal_and_back(begin, folder):
    run = begin(program("db", "sh -c 'test -e {folder}/gate && exec {actor} wait'", startsecs=1, startretries=0)
                + program("web", depends_on="db") + program("free", depends_on="db:optional"))
    wait_until(lambda: states(run) == {"db": "FATAL", "free": "RUNNING", "web": "FATAL"})
    assert "web entered FATAL state, dependency db is FATAL: Exited too quickly" in run.log()
    assert "free starts without it: dependency db is FATAL" in run.log()
    status = run.ctl("status", "web")
    assert status.out.split(maxsplit=2)[1:] == ["FATAL", "dependency db is FATAL: Exited too quickly (process log may have details)\n"]
    (folder / "gate").touch()
    assert run.ctl("start", "db").code == 0
    wait_until(lambda: states(run) == {"db": "RUNNING", "free": "RUNNING", "web": "RUNNING"})


def test_whoever_needs_it_is_restarted(begin):
    run = begin(program("db") + program("web", depends_on="db:restart") + program("other", depends_on="db"))
    wait_until(lambda: set(states(run).values()) == {"RUNNING"})
    before = {name: run.info(name)["pid"] for name in ("db", "web", "other")}
    assert run.ctl("restart", "db").code == 0
    wait_until(lambda: set(states(run).values()) == {"RUNNING"} and len(order(run, "spawned")) == 5)
    after = {name: run.info(name)["pid"] for name in ("db", "web", "other")}
    assert [name for name in before if before[name] != after[name]] == ["db", "web"]
    assert order(run, "stopped") == ["web", "db"]


def test_with_dependents(begin):
    run = begin(program("db") + program("api", depends_on="db") + program("web", depends_on="api") + program("other"))
    wait_until(lambda: set(states(run).values()) == {"RUNNING"})
    assert run.ctl("stop", "--with-dependents", "api").out == "web: stopped\napi: stopped\n"
    assert states(run) == {"api": "STOPPED", "db": "RUNNING", "other": "RUNNING", "web": "STOPPED"}
    assert run.ctl("start", "web").code == 0
    wait_until(lambda: set(states(run).values()) == {"RUNNING"})
    assert run.ctl("restart", "--with-dependents", "db").code == 0
    wait_until(lambda: set(states(run).values()) == {"RUNNING"})
    assert order(run, "stopped") == ["web", "api", "web", "api", "db"]
    assert order(run, "spawned")[-3:] == ["db", "api", "web"]


def test_the_end_goes_from_the_top(begin):
    """Against the priorities, which would stop db first."""
    run = begin(program("db", priority=999) + program("api", priority=500, depends_on="db") + program("web", priority=1, depends_on="api")
                + program("waits", depends_on="never") + program("never", startsecs=86400))
    wait_until(lambda: [run.state(name) for name in ("db", "api", "web", "never")] == ["RUNNING"] * 3 + ["STARTING"])
    run.stop()
    assert [name for name in order(run, "stopped") if name in ("db", "api", "web")] == ["web", "api", "db"]


def test_listeners_see_supervisords_states(begin, folder):
    """From the very first: a listener may be what others wait for."""
    run = begin(listener(folder / "heard", events="PROCESS_STATE") + program("db", startretries=0, depends_on="ear")
                + program("job", "{actor} exit 1", autorestart=False, depends_on="db") + program("web", depends_on="job:completed"))
    wait_until(lambda: states(run) == {"db": "RUNNING", "ear": "RUNNING", "job": "EXITED", "web": "FATAL"})

    def of_web():
        return [event["header"]["eventname"] for event in heard(folder / "heard") if "processname:web " in event["payload"]]

    wait_until(lambda: len(of_web()) == 3)
    assert of_web() == ["PROCESS_STATE_STARTING", "PROCESS_STATE_BACKOFF", "PROCESS_STATE_FATAL"]
    assert run.info("web")["spawnerr"] == "dependency job has ended: exit status 1"


def test_a_wrong_file_changes_nothing(begin, folder):
    run = begin(program("db") + program("web", depends_on="db"))
    wait_until(lambda: set(states(run).values()) == {"RUNNING"})
    pids = {name: run.info(name)["pid"] for name in ("db", "web")}
    text = run.configuration.read_text()
    for wrong, sentence in (("dbb", "Did you mean db?"), ("web", "web depends on itself"), ("db:completed:maybe", "neither a condition nor a flag")):
        run.configuration.write_text(text.replace("depends_on=db", f"depends_on={wrong}"))
        done = run.ctl("update")
        assert done.code != 0 and sentence in done.out + done.err
    run.send(signal.SIGHUP)
    wait_until(lambda: "neither a condition nor a flag" in run.log())
    assert {name: run.info(name)["pid"] for name in ("db", "web")} == pids
    # A good one is taken over, and what depends on db waits for it.
    run.configuration.write_text(text.replace("depends_on=db", "depends_on=db:started") + "\n" + program("late", "{actor} wait".replace("{actor}", "sleep 1000"), depends_on="web"))
    assert run.ctl("update").code == 0
    wait_until(lambda: states(run) == {"db": "RUNNING", "late": "RUNNING", "web": "RUNNING"})


def test_graph_and_order(folder):
    path = folder / "a.conf"
    path.write_text("[supervisord]\n" + "".join(section("program", name, command="true", **keys) for name, keys in (
        ("db", {}), ("web", {"depends_on": "db:started:optional"}), ("top", {"depends_on": "web, db"}), ("alone", {}))))

    def said(*words):
        return subprocess.run([ROOT / "dist/init", *words, "-c", path], capture_output=True, text=True)

    assert "programs start in this order:\n  1. alone, db\n  2. web\n  3. top\n" in said("--check").stdout
    assert said("--graph").stdout == "top -> web\ntop -> db\nweb -> db (started, optional)\n"
    assert said("--graph=mermaid").stdout.startswith("graph LR\n    n746f70[\"top\"] --> n776562[\"web\"]\n")
    assert '    "web" -> "db" [label="started, optional"];\n' in said("--graph=dot").stdout
    wrong = said("--graph=svg")
    assert wrong.returncode == 2 and "write text, mermaid or dot" in wrong.stderr
    assert "did you mean --graph?" in said("--grap").stderr


def test_the_page(begin):
    """The configuration that opens the guide, as it stands there."""
    page = (ROOT / "docs/guide/dependencies.md").read_text()
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1]
    run = begin(text.split("file=/tmp/reeve.sock\n")[1])
    wait_until(lambda: states(run) == {"db": "RUNNING", "metrics": "RUNNING", "migrate": "EXITED", "web": "RUNNING"})
    assert order(run, "spawned") == ["db", "migrate", "web", "metrics"]
    check = subprocess.run([ROOT / "dist/init", "--check", "-c", run.configuration], capture_output=True, text=True).stdout
    shown = re.findall(r"```text\n(.*?)```", page, re.S)[1]
    assert shown in check


def test_everywhere(reeve):
    """REST, readiness, the page and metrics have it, too."""
    side = reeve(programs=program("db", "sleep 1000", startsecs=86400) + program("web", "sleep 1000", depends_on="db"))
    wait_until(lambda: side.one.info("web")["description"] == "waiting for db to be ready")
    _, _, text = ask(side, "/api/v1/processes/web")
    assert json.loads(text)["waiting_for"] == "db to be ready" and json.loads(text)["statename"] == "STARTING"
    status, _, text = ask(side, "/readyz?verbose")
    assert status == 503 and "waiting for db to be ready" in text, text
    assert 'reeve_program_waiting{group="web",program="web"} 1' in ask(side, "/metrics")[2]
    _, _, page = ask(side, "/")
    assert "waiting" in page and "for db to be ready" in page
