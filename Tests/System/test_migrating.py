"""docs/migrating.md: the configurations before and after each move are real ones, and run with stand-ins as the page says."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
import yaml

from supervised import DIST, INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from test_health import postgres  # noqa: F401
from waiting import wait_until

PAGE = (ROOT / "docs/migrating.md").read_text()
SECTIONS = dict(zip(re.findall(r"^###? (.+)$", PAGE, re.M), re.split(r"^###? .+$", PAGE, flags=re.M)[1:]))
TOOLS = ["Scripts that wait", "supervisord-dependent-startup", "From s6-overlay", "From tini with a shell script", "From Docker Compose",
         "From process-compose"]
each = pytest.mark.parametrize("tool", TOOLS)


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def block(tool, when, language=r"\w+"):
    """The first block after a paragraph that begins with "Before" or "After"."""
    return re.search(rf"^{when}\b[^\n]*:\n\n```{language}\n(.*?)^```", SECTIONS[tool], re.M | re.S)[1]


def with_users_of_here(text):
    return text.replace("user=postgres\n", "user=nobody\n" if os.geteuid() == 0 else "")


def checked(text, folder):
    path = folder / "checked.conf"
    path.write_text(with_users_of_here(text))
    return subprocess.run([DIST / "init", "--check", "-c", path], capture_output=True, text=True, timeout=60)


@each
def test_each_has_both(tool):
    assert block(tool, "Before") and block(tool, "After", "ini")


@each
def test_the_configurations_are_accepted(tool, folder):
    """Without a warning, but for the commands that are not installed here."""
    said = checked(block(tool, "After", "ini"), folder)
    assert said.returncode == 0 and not said.stderr, said
    assert [line for line in said.stdout.splitlines() if "warning: " in line and not re.search("can't find command|there is no file /srv/app/", line)] == []
    assert "programs start in this order:" in said.stdout


@pytest.mark.parametrize("tool", ["Scripts that wait", "supervisord-dependent-startup"])
def test_those_of_supervisord_are_accepted_by_both(tool, folder):
    text = block(tool, "Before", "ini")
    said = checked(text, folder)
    assert said.returncode == 0 and not said.stderr, said
    code = "from supervisor.options import ServerOptions; import sys; ServerOptions().realize(['-c', sys.argv[1]], doc='')"
    (folder / "s.conf").write_text(text.replace("user=postgres", f"user={getpass.getuser()}"))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, folder / "s.conf"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done


@pytest.mark.parametrize("tool, key", [("From Docker Compose", "services"), ("From process-compose", "processes")])
def test_yaml_has_the_same_programs(tool, key):
    before = yaml.safe_load(block(tool, "Before", "yaml"))[key]
    assert set(before) == set(re.findall(r"^\[program:(\w+)\]", block(tool, "After", "ini"), re.M))
    for one in before.values():
        assert set(one.get("depends_on", ())) <= set(before)


def test_the_script_is_one(folder):
    (folder / "entrypoint.sh").write_text(block("From tini with a shell script", "Before", "sh"))
    assert subprocess.run(["sh", "-n", folder / "entrypoint.sh"]).returncode == 0


def test_the_tables_name_keys_that_exist():
    keys = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/keys.md").read_text(), re.M))
    count = 0
    for line in PAGE.splitlines():
        if line.startswith("| ") and " | " in line:
            ours = line.strip("| ").rsplit(" | ", 1)[1]
            for key in re.findall(r"`([a-z_]+)=", ours):
                count += 1
                assert key in keys, line
    assert count > 90


# -- They run

class Stands:
    """Stand-ins for the programs of the page, in a folder in place of /srv/app and in PATH. Each says when it runs in `told`."""

    #: The database is ready a moment after its start; what begins too early says so.
    SCRIPTS = {
        "postgres": "sleep 0.3; touch {folder}/up; exec sleep 1000",
        "pg_isready": "test -e {folder}/up",
        "migrate": "test -e {folder}/up || echo too early; touch {folder}/migrated",
        "web": "test -e {folder}/migrated || echo too early; exec sleep 1000",
        "worker": "test -e {folder}/migrated || echo too early; exec sleep 1000",
    }

    def __init__(self, begin, folder):
        self.begin, self.folder = begin, folder
        folder.chmod(0o777)
        (folder / "told").touch()
        (folder / "told").chmod(0o666)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]

    def run(self, tool, **scripts):
        for name, text in {**self.SCRIPTS, **scripts}.items():
            tell = "" if name == "pg_isready" else f"exec >>{self.folder}/told 2>&1; echo {name}\n"
            (self.folder / name).write_text(f"#!/bin/sh\n{tell}{text.format(folder=self.folder)}\n")
            (self.folder / name).chmod(0o755)
        if tool == "From tini with a shell script":
            # redis is the real one.
            (self.folder / "up").touch()
        text = with_users_of_here(block(tool, "After", "ini")).replace("/srv/app", str(self.folder)).replace("6379", str(self.port))
        head = (f"[unix_http_server]\nfile={self.folder}/s.sock\n[supervisord]\nlogfile={self.folder}/s.log\n"
                f"pidfile={self.folder}/s.pid\nchildlogdir={self.folder}\n")
        return self.begin("", text=text.replace("[supervisord]\n", head, 1), wait=False,
                          environment={"PATH": f"{self.folder}:{os.environ['PATH']}:/usr/sbin"})

    def told(self):
        return (self.folder / "told").read_text().split("\n")[:-1]


@pytest.fixture
def stands(begin, folder):
    return Stands(begin, folder)


def needs_redis(tool):
    if "tini" in tool and not shutil.which("redis-server"):
        pytest.skip("redis is not installed")


@each
def test_each_starts_in_order(tool, stands):
    needs_redis(tool)
    run = stands.run(tool)
    run.wait_ready()
    run.wait_state("web", "RUNNING")
    wait_until(lambda: stands.told()[-1] == "web" or "worker" in stands.told(), what=lambda: str(stands.told()))
    told = stands.told()
    assert "too early" not in told
    assert [name for name in told if name != "worker"] == (["migrate", "web"] if "tini" in tool else ["postgres", "migrate", "web"])
    assert run.state("migrate") == "EXITED"
    run.stop()
    # Dependents stop first.
    stopped = re.findall(r"stopped: (\w+)", run.log())
    assert stopped[-1] in ("db", "redis") and "web" in stopped[:-1]


@pytest.mark.parametrize("tool", ["From s6-overlay", "From tini with a shell script", "From process-compose"])
def test_the_container_ends_with_the_web_server(tool, stands):
    needs_redis(tool)
    run = stands.run(tool, web="sleep 1.5; exit 3")
    assert run.wait() == 3, run.story()
    assert "exit code 3: web failed (exit status 3; on_failure=shutdown)" in run.log()


@pytest.mark.parametrize("tool", ["From s6-overlay", "From tini with a shell script", "From process-compose"])
def test_the_container_ends_with_a_migration_that_fails(tool, stands):
    needs_redis(tool)
    run = stands.run(tool, migrate="exit 5")
    assert run.wait() == 5, run.story()
    assert "web" not in stands.told()


def test_a_worker_that_ends_is_noticed(stands):
    tool = "From tini with a shell script"
    needs_redis(tool)
    run = stands.run(tool, worker="test $(grep -c worker {folder}/told) -gt 1 || {{ sleep 1.5; exit 1; }}; exec sleep 1000")
    run.wait_ready()
    wait_until(lambda: stands.told().count("worker") == 2, what=run.story)
    run.stop()


def test_a_service_restarts_with_its_dependency(stands):
    """`restart: true` of Compose."""
    run = stands.run("From Docker Compose")
    run.wait_ready()
    run.wait_state("web", "RUNNING")
    assert run.ctl("restart", "db").code == 0
    wait_until(lambda: stands.told().count("web") == 2, what=run.story)
    assert stands.told().count("migrate") == 1
    run.stop()


def test_postgresql_says_when_it_is_ready(begin, folder, postgres):
    """With `notify=sd`, as the page says."""
    data = folder / "data"
    folder.chmod(0o777)
    subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", postgres / "initdb", "-D", data, "-A", "trust",
                    "--no-sync"], check=True, capture_output=True, cwd="/")
    run = begin(section("program", "db", command=f"{postgres}/postgres -D {data} -k {folder} -c listen_addresses= -c fsync=off", user="nobody",
                        stopsignal="INT", notify="sd"))
    run.wait_state("db", "RUNNING")
    assert "db entered RUNNING state, it is ready" in run.log()
