"""examples/compose: the services of compose.yaml in one container, with real PostgreSQL and redis."""

import json
import re
import subprocess

import pytest
import yaml

import boxes
import overlays
import supervised
from test_examples import EXAMPLES, needs, recipe
from waiting import wait_until

FOLDER = EXAMPLES / "compose"
SERVICES = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
CONFIGURATION = (FOLDER / "supervisord.conf").read_text()


def section(name):
    return dict(re.findall(r"^(\w+)=(.*?)(?:\s+;.*)?$", re.search(rf"^\[program:{name}\]\n(.*?)(?=^\[|\Z)", CONFIGURATION, re.M | re.S)[1], re.M))


def test_it_has_the_services_of_the_compose_file():
    assert {path.name for path in FOLDER.iterdir()} == {
        "README.md", "Dockerfile", "Dockerfile.before", "compose.yaml", "supervisord.conf", "app.py", "make-database"}
    assert set(SERVICES) == set(re.findall(r"^\[program:(\w+)\]", CONFIGURATION, re.M))
    words = {"service_healthy": {"healthy"}, "service_completed_successfully": {"completed", "ready"}}
    for name, service in SERVICES.items():
        found = section(name)
        edges = {one.strip().split(":")[0]: one.strip().split(":")[1:] for one in found.get("depends_on", "").split(",") if one.strip()}
        assert set(edges) == set(service.get("depends_on", ())), name
        for other, edge in service.get("depends_on", {}).items():
            flags = edges[other]
            assert (flags[0] if flags else "ready") in words[edge["condition"]], (name, other)
            assert ("restart" in flags) == edge.get("restart", False), (name, other)
        assert int(found.get("numprocs", 1)) == service.get("scale", 1)
        assert any(key in found for key in ("healthcheck_command", "healthcheck_http")) == ("healthcheck" in service), name


def test_it_is_accepted():
    needs("compose")
    done = subprocess.run([supervised.DIST / "init", "--check", "-c", FOLDER / "supervisord.conf"], capture_output=True, text=True, timeout=60,
                          env=recipe("compose").environment)
    assert done.returncode == 0 and "warning: " not in done.stdout and not done.stderr, done
    assert "  1. cache, db\n  2. migrate\n" in done.stdout


@pytest.fixture
def run(folder):
    needs("compose")
    (folder / "try").mkdir()
    if reason := boxes.missing() or overlays.missing(folder / "try"):
        pytest.skip(reason)
    one = boxes.Box(folder, recipe("compose"))
    yield one
    one.kill()


def states(run):
    said = run.ctl("status", "--json")
    return {one["name"]: one["substate"] or one["statename"] for one in json.loads(said)} if said else {}


UP = {"db": "RUNNING", "cache": "RUNNING", "migrate": "COMPLETED", "web": "RUNNING", "worker_0": "RUNNING", "worker_1": "RUNNING",
      "scheduler": "RUNNING"}


def is_done(run):
    """How many jobs are, as the page says."""
    found = re.match(r"(\d+) jobs are done", run.fetch("http://127.0.0.1:8000/"))
    return int(found[1]) if found else 0


def spawned(run):
    return re.findall(r"spawned: '(\w+)'", run.said())


def test_it_works(run):
    wait_until(lambda: states(run) == UP, what=lambda: f"{states(run)}; {run.said()}")
    order = spawned(run)
    assert set(order[:2]) == {"db", "cache"} and order[2] == "migrate" and order[-1] == "scheduler", order
    wait_until(lambda: is_done(run) >= 2, what=run.said)
    assert run.ctl("health") == "ready\n"
    run.stop()
    said = run.said()
    assert "database system is shut down" in said
    stopped = re.findall(r"stopped: (\w+)", said)
    assert stopped.index("scheduler") < stopped.index("web") and set(stopped[-2:]) == {"db", "cache"}, stopped


def test_what_depends_on_redis_comes_back_with_it(run):
    wait_until(lambda: states(run) == UP, what=lambda: f"{states(run)}; {run.said()}")
    wait_until(lambda: is_done(run) >= 1, what=run.said)
    assert "cache: started" in run.ctl("restart", "cache")
    wait_until(lambda: spawned(run).count("web") == 2 and states(run) == UP, what=lambda: f"{states(run)}; {run.said()}")
    before = is_done(run)
    wait_until(lambda: is_done(run) > before, what=run.said)
    assert spawned(run).count("migrate") == 1
    run.stop()
