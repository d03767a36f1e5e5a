"""`ctl migrate`: its diffs apply, and what they lead to is the same system."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from ports import free_port
from supervised import DIST, HEAD, INIT, ROOT
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until

CASES = pathlib.Path(__file__).parent / "migrate"
CORPUS = ROOT / "Tests" / "Corpus" / "configurations"
CTL = DIST / "ctl"
TOOLS = {"patch -p0": ["patch", "-p0", "--binary"], "patch": ["patch", "--binary"], "git apply": ["git", "apply", "--whitespace=nowarn"]}


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no migrate")


def migrate(folder, *names, command=(CTL, "migrate")):
    return subprocess.run([*command, *names], cwd=folder, capture_output=True, timeout=60)


def apply(diff, folder, tool="patch -p0"):
    """Without any of the freedom that patch has: each line where the diff says it is."""
    done = subprocess.run(TOOLS[tool], input=diff, cwd=folder, capture_output=True, timeout=60)
    assert done.returncode == 0 and b"fuzz" not in done.stdout and b"offset" not in done.stdout, (tool, done)


def checked(path):
    return subprocess.run([DIST / "init", "--check", "-c", path], capture_output=True, text=True, timeout=60)


# -- Dockerfiles

@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_dockerfiles(name, tool, folder):
    shutil.copy(CASES / name / "Dockerfile", folder)
    expected = (CASES / name / "Dockerfile.after").read_bytes()
    done = migrate(folder, "Dockerfile")
    assert done.returncode == (0 if expected == (folder / "Dockerfile").read_bytes() else 1), done
    assert done.returncode or not done.stdout
    if done.stdout:
        apply(done.stdout, folder, tool)
    assert (folder / "Dockerfile").read_bytes() == expected, done.stderr.decode()
    # There is nothing left to do.
    again = migrate(folder, "Dockerfile")
    assert (again.returncode, again.stdout) == (0, b"")


@pytest.mark.parametrize("name", ["cron", "nginx-php", "sshd"])
def test_the_examples_were_moved_by_hand(name, folder):
    """What differs between the two Dockerfiles of an example is what it proposes, but for a comment, and where the executables are copied."""
    shutil.copy(ROOT / "examples" / name / "Dockerfile.before", folder)
    apply(migrate(folder, "Dockerfile.before").stdout, folder)
    ours, theirs = (sorted(path.read_text().splitlines()[1:]) for path in (folder / "Dockerfile.before", ROOT / "examples" / name / "Dockerfile"))
    assert ours == theirs


def test_there_are_a_dozen_dockerfiles():
    assert len(list(CASES.iterdir())) >= 12


@pytest.mark.parametrize("name", ["not-understood", "changed-package"])
def test_what_stays_is_told(name, folder):
    shutil.copy(CASES / name / "Dockerfile", folder)
    said = migrate(folder, "Dockerfile").stderr.decode()
    assert {"not-understood": "Dockerfile:8: supervisord: it isn't clear", "changed-package": "Dockerfile:3: it uses the configuration file"}[name] in said, said


@pytest.mark.parametrize("name, is_one", [("Dockerfile.prod", True), ("app.dockerfile", True), ("Containerfile", True), ("image", True), ("s.conf", False)])
def test_dockerfiles_are_told_from_configurations(name, is_one, folder):
    text = '# one\nFROM debian\nCMD ["supervisord", "-n"]\n' if is_one else "[program:a]\ncommand=tini -- a\n"
    (folder / name).write_text(text)
    done = migrate(folder, name)
    assert done.returncode == 1 and (b'+CMD ["init"]' if is_one else b"+command=a") in done.stdout, done


# -- Configurations

def dump(path):
    done = subprocess.run([DIST / "init", "--dump-config", "-c", path], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else None


def programs(dumped):
    return sorted((group["name"], process["name"]) for group in dumped["groups"] for process in group["processes"]
                  if not group.get("events"))


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.conf")), ids=lambda path: path.stem)
def test_all_kinds_of_configurations(path, folder):
    """Nothing crashes it, each diff applies, and the programs are still those that they were."""
    shutil.copytree(CORPUS, folder / "c")
    copy = folder / "c" / path.name
    done = migrate(copy.parent, path.name)
    assert done.returncode in (0, 1), done
    before = dump(copy)
    if not done.stdout:
        return
    for tool in TOOLS:
        shutil.copy(path, copy)
        apply(done.stdout, copy.parent, tool)
    after = dump(copy)
    assert (before is None) == (after is None)
    assert migrate(copy.parent, path.name).stdout == b""
    if before:
        assert programs(before) == programs(after)


def test_waits_become_dependencies_that_work(start, folder, actor):
    """The migrated configuration starts the same programs in the right order."""
    port = free_port()
    text = HEAD.format(folder=folder, log=folder / "s.log", supervisord="") + f"""
[program:web]
command=sh -c "until nc -z 127.0.0.1 {port}; do sleep 1; done; exec {actor} say up wait"

[program:server]
command={sys.executable} -m http.server --bind 127.0.0.1 {port} ; the server
startsecs=0

[program:shell]
command=/sbin/tini -- sh -c "exec {actor} wait"
"""
    (folder / "s.conf").write_text(text)
    done = migrate(folder, "s.conf")
    assert done.returncode == 1, done
    apply(done.stdout, folder)
    text = (folder / "s.conf").read_text()
    assert f'command={actor} say up wait\ndepends_on=server\n' in text and f"; the server\nhealthcheck_tcp=127.0.0.1:{port}\n" in text
    assert f'command=sh -c "exec {actor} wait"\n' in text
    run = start(text=text, wait=False)
    wait_until(lambda: run.state("web") == "RUNNING" and run.state("server") == "RUNNING" and run.state("shell") == "RUNNING")
    assert "healthy" in run.info("server")["description"]
    assert run.info("server")["start"] <= run.info("web")["start"]


def test_the_output_of_programs_without_the_listener(start, folder, actor):
    text = HEAD.format(folder=folder, log=folder / "s.log", supervisord="") + f"""
[program:loud]
command={actor} say hello err oops wait
stdout_events_enabled=true
stderr_events_enabled=true

[eventlistener:stdout]
command=supervisor_stdout
buffer_size=100
events=PROCESS_LOG
result_handler=supervisor_stdout:event_handler
"""
    (folder / "s.conf").write_text(text)
    done = migrate(folder, "s.conf")
    apply(done.stdout, folder)
    text = (folder / "s.conf").read_text()
    assert "eventlistener" not in text and "events_enabled" not in text
    assert checked(folder / "s.conf").returncode == 0 and "supervisor_stdout" not in checked(folder / "s.conf").stdout
    run = start(text=text, wait=False)
    wait_until(lambda: "hello\n" in (folder / "stdout").read_text() and "oops\n" in (folder / "stderr").read_text())
    run.wait_state("loud", "RUNNING")


# -- The command

def test_several_files_and_paths(folder):
    (folder / "conf.d").mkdir()
    (folder / "s.conf").write_text("[include]\nfiles=conf.d/*.conf\n[program:cache]\ncommand=redis-server\n")
    (folder / "conf.d" / "web.conf").write_text("[program:web]\ncommand=wait-for-it.sh localhost:6379 -- app\n")
    (folder / "Dockerfile").write_text('FROM debian\nCMD ["supervisord"]\n')
    done = migrate(folder, "s.conf", "conf.d/web.conf", "Dockerfile")
    assert done.returncode == 1 and b"[include]" not in done.stderr, done
    apply(done.stdout, folder)
    assert "depends_on=cache" in (folder / "conf.d" / "web.conf").read_text()
    assert "healthcheck_tcp" in (folder / "s.conf").read_text() and '"init"' in (folder / "Dockerfile").read_text()
    assert checked(folder / "s.conf").returncode == 0


def test_nothing_to_change(folder):
    (folder / "s.conf").write_text("[program:a]\ncommand=a\n")
    done = migrate(folder, "s.conf")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_hints(folder):
    (folder / "s.conf").write_text(
        "[inet_http_server]\nport=*:9001\n[program:a]\ncommand=bash -c \"sleep 5 && a\"\nautorestart=false\nstartsecs=0\n"
        "[eventlistener:f]\ncommand=sh -c 'kill $PPID'\nevents=PROCESS_STATE_FATAL\n[eventlistener:m]\ncommand=memmon -a 1GB\nevents=TICK_60\n"
        "[ctlplugin:x]\nsupervisor.ctl_factory=x:y\n[include]\nfiles=x/*.conf\n")
    done = migrate(folder, "s.conf")
    assert (done.returncode, done.stdout) == (0, b""), done
    lines = done.stderr.decode().splitlines()
    for number, words in (2, "without a password"), (4, "it sleeps first (5 s)"), (5, "type=oneshot"), (7, "on_fatal=shutdown"), (10, "memory_max="), \
            (13, "Python inside of supervisord"), (15, "[include] names other files"):
        assert any(line.startswith(f"s.conf:{number}: ") and words in line for line in lines), (number, words, lines)
    assert len(lines) == 7


@pytest.mark.parametrize("words, error", [
    ([], "Error: migrate needs a file"), (["none"], "Error: can't read none: No such file or directory"), (["--x", "a"], "Error: unknown option --x"),
    (["binary"], "Error: binary is no text file"), (["."], "Error: can't read .: Is a directory"), (["long"], "Error: long is longer than 1 MB"),
])
def test_mistakes(words, error, folder):
    (folder / "binary").write_bytes(b"a\0b")
    (folder / "long").write_bytes(b"a" * (1 << 20) + b"b")
    done = migrate(folder, *words)
    assert (done.returncode, done.stdout) == (2, b"") and done.stderr.decode().startswith(error), done


def test_init_leaves_it_to_ctl(folder):
    (folder / "s.conf").write_text("[program:a]\ncommand=tini -- a\n")
    assert migrate(folder, "s.conf", command=(DIST / "init", "--migrate")).stdout == migrate(folder, "s.conf").stdout != b""
    assert migrate(folder, "s.conf", command=(DIST / "init", "--migrate")).returncode == 1
    # As a link, and without ctl beside it.
    os.symlink(DIST / "init", folder / "link")
    assert migrate(folder, "s.conf", command=("./link", "--migrate")).returncode == 1
    shutil.copy(DIST / "init", folder / "alone")
    done = migrate(folder, "s.conf", command=("./alone", "--migrate"))
    assert (done.returncode, done.stderr) == (2, b"init: --migrate is done by ctl, which is not beside init: run ctl migrate FILE\n")


def test_it_is_not_supervisorctls(folder):
    done = subprocess.run([DIST / "supervisorctl", "-s", f"unix://{folder}/none", "migrate", "x"], capture_output=True, text=True, timeout=60)
    assert "Unknown syntax: migrate x" in done.stdout


# -- The page

def test_the_page_of_migrations(folder):
    """docs/migrating.md: what it says of the first example is what happens."""
    page = (ROOT / "docs/migrating.md").read_text()
    before = re.search(r"### Scripts that wait.*?```ini\n(.*?)```", page, re.S)[1]
    (folder / "supervisord.conf").write_text(before)
    done = migrate(folder, "supervisord.conf")
    shown = re.search(r"```diff\n(.*?)```", page, re.S)[1]
    assert done.stdout.decode() == shown
    apply(done.stdout, folder)
    said = done.stderr.decode()
    assert "migrate waits for 127.0.0.1:5432 by depends_on=db" in said and "web: its loop waits for something, and isn't understood" in said, said
