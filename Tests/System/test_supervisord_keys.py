"""The keys of [supervisord] that affect programs, side by side: a child's surroundings under supervisord and under
init."""

import json
import os
import pathlib
import re

import pytest

import procfs
from supervised import ENGINES, section
from waiting import wait_until

# name: (lines of [supervisord], keys of the program, command line, fields with expected values)
KEYS = {
    "nothing": ("", {}, [], {"umask": 0o22}),
    "environment": ('environment=A="1",B="two, %(here)s",PATH_OF="%(ENV_PATH)s"', {}, [], {"environment": {"A": "1"}}),
    "environment, overridden": ('environment=A="1",B="2",SUPERVISOR_ENABLED="no"', {"environment": 'B="3",C="%(ENV_A)s"'}, [],
                                {"environment": {"A": "1", "B": "3", "C": "1", "SUPERVISOR_ENABLED": "no"}}),
    "serverurl": ("", {"serverurl": "http://example.org:1"}, [],
                  {"environment": {"SUPERVISOR_SERVER_URL": "http://example.org:1", "SUPERVISOR_PROCESS_NAME": "web"}}),
    "serverurl by default": ("", {"serverurl": "AUTO"}, [], {"environment": {"SUPERVISOR_SERVER_URL": "unix://FOLDER/s.sock"}}),
    # Only a daemon takes these from [supervisord]; a program's own keys always apply.
    "umask and directory": ("umask=077\ndirectory=/usr", {}, [], {"umask": 0o22, "cwd": "FOLDER"}),
    "its own umask and directory": ("umask=077", {"umask": "007", "directory": "/usr"}, [], {"umask": 0o7, "cwd": "/usr"}),
    "minfds": ("minfds=1500", {}, [], {"files": 1500}),
    "minfds, fewer": ("minfds=100", {}, [], {"files": 1200}),
    "minfds, option": ("minfds=1300", {}, ["-a", "1400"], {"files": 1400}),
    "minprocs": ("minprocs=1600", {}, [], {"processes": 1600}),
    "minprocs, fewer": ("minprocs=1", {}, [], {"processes": 1500}),
    "childlogdir": ("childlogdir=%(here)s/logs", {"stdout_logfile": "AUTO"}, [], {"logs": ["logs/web-stderr---supervisor-X.log",
                                                                                          "logs/web-stdout---supervisor-X.log"]}),
    "identifier": ("identifier=me-42\nchildlogdir=%(here)s/logs", {}, [], {"identifier": "me-42", "logs": [
        "logs/web-stderr---me-42-X.log", "logs/web-stdout---me-42-X.log"]}),
    "identifier, option": ("identifier=me-42", {}, ["-i", "you"], {"identifier": "you"}),
    "silent": ("silent=true", {}, [], {"says": False}),
    "silent, option": ("", {}, ["-s"], {"says": False}),
    "not silent": ("silent=false", {}, [], {"says": True}),
    "strip_ansi": ("strip_ansi=true", {"stdout_logfile": "%(here)s/out.log"}, [], {"out": "red\n"}),
    "strip_ansi, not": ("strip_ansi=false", {"stdout_logfile": "%(here)s/out.log"}, [], {"out": "\x1b[31mred\x1b[0m\n"}),
}


def limit(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith(name):
            return int(line[len(name):].split()[0].replace("unlimited", "-1"))
    raise KeyError(name)


def seen(start, actor, folder, engine, lines, keys, options):
    """What the child and a client see."""
    inner = folder / engine
    inner.mkdir()
    (inner / "logs").mkdir()
    quoted = "\x1b[31mred\x1b[0m"
    program = section("program", "web", command=f"{actor} say '{quoted}' report {inner}/r.json wait", startsecs=0, **keys)
    # HEAD of the harness has the places of files; keys that are repeated here win.
    run = start(program, folder=inner, engine=ENGINES[engine], pid1=False, supervisord=lines, options=options,
                wrapper=["prlimit", "--nofile=1200:4096", "--nproc=1500:1800"])
    child = wait_until(lambda: json.loads((inner / "r.json").read_text()), what=lambda: run.story())
    pid = run.pid_of("web")

    def masked(text):
        return text.replace(str(inner), "FOLDER")

    found = {key: child[key] for key in ("umask", "blocked", "uid", "gid", "groups", "argv")}
    found["argv"] = [masked(word) for word in found["argv"]]
    found["cwd"] = masked(child["cwd"])
    # Python sets LC_CTYPE for itself if there is no locale, and children inherit it.
    found["environment"] = {name: masked(value) for name, value in child["environment"].items() if name != "LC_CTYPE"}
    found["descriptors"] = {number: target.partition(":")[0] for number, target in child["descriptors"].items()}
    found["files"], found["processes"] = limit(pid, "Max open files"), limit(pid, "Max processes")
    found["own group"] = child["pid"] == child["pgid"] != child["sid"]
    found["identifier"] = run.rpc("supervisor.getIdentification")
    found["logs"] = sorted(re.sub(r"-[^-]{8}\.log$", "-X.log", str(path.relative_to(inner))) for path in inner.rglob("*---*.log"))
    found["says"] = b"spawned: 'web'" in run.stdout()
    out = inner / "out.log"
    found["out"] = wait_until(out.read_text) if out.exists() else None
    run.stop()
    return found


@pytest.mark.parametrize("name", KEYS)
def test_the_same_seen(start, actor, folder, name):
    lines, keys, options, expected = KEYS[name]
    if os.getuid() != 0 and name == "minprocs":
        pytest.skip("the processes of everybody else count as well")
    # supervisord's own are computed in the same place, so both are the same.
    first, second = (seen(start, actor, folder, engine, lines, keys, options) for engine in ("supervisord", "init"))
    assert first == second
    for field, value in expected.items():
        if isinstance(value, dict):
            assert value.items() <= second[field].items(), second[field]
        else:
            assert second[field] == value, second[field]
