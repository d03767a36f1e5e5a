"""Changing a running system: `update` of single programs, `scale`, and rolling restarts."""

import re

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of this")


def program(name, command="{actor} wait", **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def pids(run):
    return {f"{info['group']}:{info['name']}": info["pid"] for info in run.rpc("supervisor.getAllProcessInfo")}


def change(run, actor, text, **options):
    run.configure(text.replace("{actor}", str(actor)), **options)


# -- update

def test_only_the_changed_program_restarts(begin, actor):
    group = section("group", "g", programs="a,b,c,d")
    run = begin(program("a") + program("b") + program("c") + program("d") + group)
    run.wait_all()
    before = pids(run)
    change(run, actor, program("a") + program("b", directory="/") + program("c", stopwaitsecs=3) + program("e")
           + section("group", "g", programs="a,b,c,e"))
    assert run.ctl("reread").out == "g: changed (stops g:b, g:d)\n"
    assert pids(run) == before
    assert run.ctl("update").out == "g:b: stopped\ng:d: stopped\ng: updated process group\n"
    run.wait_all()
    after = pids(run)
    assert set(after) == {"g:a", "g:b", "g:c", "g:e"}
    assert after["g:a"] == before["g:a"] and after["g:c"] == before["g:c"] and after["g:b"] != before["g:b"]
    assert run.ctl("reread").out == "No config updates to processes\n"


def test_in_place(begin, actor, folder):
    """A program goes on with another log file, other limits and a health check."""
    said = "{actor} every 0.05 line"
    run = begin(program("web", said, stdout_logfile=folder / "old", autorestart=False))
    run.wait_all()
    wait_until(lambda: "line" in (folder / "old").read_text())
    before = pids(run)
    change(run, actor, program("web", said, stdout_logfile=folder / "new", stdout_logfile_maxbytes="1KB", stdout_logfile_backups=1,
                               healthcheck_command="true", autorestart=True))
    assert run.ctl("reread").out == "web: changed (nothing stops)\n"
    assert run.ctl("update").out == "web: updated process group\n"
    wait_until(lambda: (folder / "new.1").exists(), what="it rotates as the new settings say")
    size = (folder / "old").stat().st_size
    assert run.ctl("wait", "web", "--for=healthy", "--timeout=60").code == 0
    assert (folder / "old").stat().st_size == size and pids(run) == before
    # Its next exit is the first that the new policy decides.
    run.ctl("signal", "KILL", "web")
    wait_until(lambda: pids(run)["web:web"] not in (0, before["web:web"]))
    wait_until(lambda: "line" in run.ctl("tail", "web").out, what="a line after the last rotation")


def test_a_log_that_cannot_be_opened(begin, actor, folder):
    run = begin(program("web", "{actor} every 0.05 line", stdout_logfile=folder / "old"))
    run.wait_all()
    (folder / "later").mkdir()
    change(run, actor, program("web", "{actor} every 0.05 line", stdout_logfile=folder / "later" / "log"))
    (folder / "later").rename(folder / "gone")
    (folder / "later").write_text("in its place")
    refused = run.ctl("update")
    assert "The directory named as part of the path" in refused.out + refused.err
    (folder / "later").unlink()
    (folder / "later").mkdir()
    (folder / "later" / "log").mkdir()
    assert run.ctl("update").out == "web: updated process group\n"
    assert f"can't open {folder}/later/log: " in run.log() and "output goes to" in run.log()
    size = (folder / "old").stat().st_size
    wait_until(lambda: (folder / "old").stat().st_size > size, what="output goes on to the old file")


def test_update_mode_group(begin, actor):
    keys = "update_mode=group\n"
    run = begin(program("a") + program("b") + section("group", "g", programs="a,b"), supervisord=keys)
    run.wait_all()
    before = pids(run)
    change(run, actor, program("a", stopwaitsecs=3) + program("b") + section("group", "g", programs="a,b"))
    assert run.ctl("reread").out == "g: changed\n"
    assert run.ctl("update").out == "g: stopped\ng: updated process group\n"
    run.wait_all()
    assert not set(before.values()) & set(pids(run).values())


# -- scale

def several(count, **keys):
    return program("web", process_name="%(program_name)s_%(process_num)d", numprocs=count, **keys)


def test_scale(begin, actor):
    run = begin(several(2) + program("other"))
    run.wait_all()
    before = pids(run)
    assert run.ctl("scale", "web=4").out == "web: scaled to 4\n"
    run.wait_all()
    after = pids(run)
    assert set(after) == {"web:web_0", "web:web_1", "web:web_2", "web:web_3", "other:other"}
    assert all(after[name] == pid for name, pid in before.items())
    # What the file says is no change.
    assert run.ctl("reread").out == "No config updates to processes\n"
    assert run.ctl("scale", "web=1").out == "web:web_1: stopped\nweb:web_2: stopped\nweb:web_3: stopped\nweb: scaled to 1\n"
    assert pids(run) == {"web:web_0": before["web:web_0"], "other:other": before["other:other"]}
    assert run.ctl("scale", "web=0").out == "web: stopped\nweb: scaled to 0\n"
    assert run.ctl("scale", "web=2").out == "web: scaled to 2\n"
    run.wait_all()
    # Until init starts again.
    run.ctl("scale", "web=5")
    run.ctl("reload")
    wait_until(lambda: run.ctl("status", "web:*").out.count("RUNNING") == 2, what="the file's number of processes")


def test_scale_in_a_group_and_with_update_mode(begin, actor):
    run = begin(several(1) + program("other") + section("group", "g", programs="web,other"), supervisord="update_mode=group\n")
    run.wait_all()
    before = pids(run)
    assert run.ctl("scale", "web=2").out == "web: scaled to 2\n"
    run.wait_all()
    assert {name: pid for name, pid in pids(run).items() if name != "g:web_1"} == before


@pytest.mark.parametrize("words, code, says", [
    (["web"], 2, "Error: web is not PROGRAM=COUNT, such as web=4"),
    (["web=x"], 2, "Error: web=x is not PROGRAM=COUNT"),
    (["=3"], 2, "Error: =3 is not PROGRAM=COUNT"),
    ([], 2, "Error: scale requires a program and a count"),
    (["wbe=2"], 1, "wbe: ERROR (no such program)"),
    (["one=2"], 1, "%(process_num) must be present within process_name when numprocs > 1"),
    (["web=1000000"], 1, "numprocs=1000000 is refused"),
])
def test_what_cannot_be_scaled(begin, words, code, says):
    run = begin(several(1) + program("one"))
    run.wait_all()
    before = pids(run)
    answer = run.ctl("scale", *words)
    assert answer.code == code and says in answer.out + answer.err
    if "wbe=2" in words:
        assert "did you mean web?" in answer.err
    assert pids(run) == before
    # What was refused is forgotten.
    assert run.ctl("reread").out == "No config updates to processes\n"


# -- restart --rolling

def test_rolling(begin, folder):
    run = begin(several(3))
    run.wait_all()
    before = pids(run)
    assert run.ctl("restart", "--rolling", "web:*").out == "".join(f"web:web_{i}: stopped\nweb:web_{i}: started\n" for i in range(3))
    assert not set(before.values()) & set(pids(run).values())


def test_rolling_stops_at_the_first_failure(begin, folder):
    """The second one never becomes healthy again."""
    run = begin(several(3, healthcheck_command="test -e {folder}/%(process_num)d", healthcheck_start_interval="0.1"))
    for number in range(3):
        (folder / str(number)).touch()
    assert run.ctl("wait", "all", "--timeout=60").code == 0
    before = pids(run)
    (folder / "1").unlink()
    answer = run.ctl("restart", "--rolling", "web:*", "--timeout=2")
    assert answer.code == 124 and "web:web_1: RUNNING, not ready in time" in answer.out
    assert "web:web_1: the 1 after it is not restarted" in answer.err
    after = pids(run)
    assert after["web:web_0"] != before["web:web_0"] and after["web:web_2"] == before["web:web_2"]
    for wrong in (["--rolling", "--with-dependents", "web:*"], ["--timeout=3", "web:*"], ["--rolling", "--timeout=x", "web:*"]):
        assert run.ctl("restart", *wrong).code == 2
    assert run.ctl("restart", "--rolling", "wbe").code == 1 and pids(run) == after


def test_the_guide(begin, folder):
    """The configuration that opens it, and what it says of it."""
    page = (ROOT / "docs/guide/changing.md").read_text()
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1].split("file=/tmp/reeve.sock\n")[1]
    text = text.replace("/etc/nginx", str(folder))
    run = begin(text)
    run.wait_all()
    run.configure(text.replace("stopwaitsecs=20", "stopwaitsecs=25").replace("[program:worker]\ncommand=sleep 1000", "[program:worker]\ncommand=sleep 2000"))
    for session in re.findall(r"```console\n(.*?)```", page, re.S):
        for command in re.split(r"^\$ ctl ", session, flags=re.M)[1:]:
            line, _, output = command.partition("\n")
            assert run.ctl(*line.split()).out == output
