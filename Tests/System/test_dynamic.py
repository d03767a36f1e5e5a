"""Groups come and go at run time: what `reread`, `update`, `add` and `remove` leave behind, and what a broken file
does."""

import os
import re
import stat

import pytest

import procfs
from supervised import section
from waiting import wait_until


def descriptors(run):
    """The supervisor's open descriptors, without transient ones, and without the placeholders (eventfds) that it
    keeps for future children once it has had many descriptors."""
    found = []
    for name in os.listdir(f"/proc/{run.pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{run.pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    return sorted(re.sub(r":\[\d+\]", "", link) for link in found if link != "anon_inode:[eventfd]")


def files(folder):
    return {path.name for path in folder.iterdir() if not re.search(r"---supervisor-\w+\.log$", path.name)}


def passing(actor, folder, number):
    """One group of each kind."""
    return (
        section("program", f"p{number}", command=f"{actor} wait", numprocs=2, process_name="p%(process_num)d", startsecs=0,
                stdout_logfile=folder / f"p{number}.out")
        + section("eventlistener", f"e{number}", command=f"{actor} wait", events="EVENT", startsecs=0)
        + section("fcgi-program", f"f{number}", command=f"{actor} wait", socket=f"unix://{folder}/f{number}.sock", startsecs=0)
        + section("program", f"m{number}", command=f"{actor} wait", startsecs=0)
        + section("group", f"g{number}", programs=f"m{number}"))


def test_what_is_removed_leaves_nothing_behind(start, actor, folder):
    stays = section("program", "stays", command=f"{actor} wait", startsecs=0)
    run = start(stays, pid1=False)
    run.wait_all()
    pid = run.pid_of("stays")
    # The connection that asked is closed, too: what remains is the control socket, its copy at the default place and,
    # with a gateway, the HTTP socket.
    listening = 2 + (folder / "s.sock").exists()
    wait_until(lambda: descriptors(run).count("socket") == listening, what=lambda: str(descriptors(run)))
    before, left = descriptors(run), files(folder)
    memory = []
    for round in range(12):
        run.configure(stays + passing(actor, folder, round))
        assert run.ctl("update").code == 0
        wait_until(lambda: len(run.states()) == 6 and set(run.states().values()) == {"RUNNING"},
                   what=lambda: f"{run.states()}; {run.story()}")
        socket = folder / f"f{round}.sock"
        assert stat.S_ISSOCK(socket.stat().st_mode)
        assert len(descriptors(run)) > len(before)
        run.configure(stays)
        said = run.ctl("update")
        assert said.code == 0 and f"e{round}: removed process group" in said.out
        assert set(run.states()) == {"stays:stays"} and not socket.exists()
        (folder / f"p{round}.out").unlink()
        wait_until(lambda: descriptors(run) == before, what=lambda: f"{descriptors(run)} as {before}")
        memory.append(procfs.rss(run.pid))
    assert files(folder) == left
    assert run.pid_of("stays") == pid
    # The first rounds allocate memory that later ones reuse.
    assert memory[-1] <= memory[3] + 64, memory


BROKEN = {
    "a key without a value": "[program:x]\ncommand\n",
    "a number that is none": "[program:x]\ncommand=/bin/true\nnumprocs=many\n",
    "no command": "[program:x]\nautostart=true\n",
    "a user who doesn't exist": "[program:x]\ncommand=/bin/true\nuser=nobody-of-that-name\n",
    "an unknown variable": "[program:x]\ncommand=/bin/true %(ENV_NO_SUCH_THING)s\n",
    "an unknown event": "[eventlistener:x]\ncommand=/bin/true\nevents=NO_SUCH_EVENT\n",
    "a group of nobody": "[group:x]\nprograms=nobody\n",
    "a folder that isn't there": "[program:x]\ncommand=/bin/true\nstdout_logfile=/no/such/folder/x.log\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_changes_nothing_and_is_explained_to_who_asked(start, actor, name):
    good = section("program", "a", command=f"{actor} wait", startsecs=0) + section(
        "program", "b", command=f"{actor} wait", startsecs=0)
    run = start(good, pid1=False)
    run.wait_all()
    pids = {program: run.info(program)["pid"] for program in "ab"}
    config = run.rpc("supervisor.getAllConfigInfo")
    # The valid part of the broken file is not applied, either.
    run.configure(section("program", "a", command=f"{actor} wait 2", startsecs=0) + BROKEN[name])
    for action in ("reread", "update"):
        said = run.ctl(action)
        assert said.code != 0
        assert re.search(r"s\.conf:\d+", said.out + said.err), f"{action} says where: {said}"
    assert {program: run.info(program)["pid"] for program in "ab"} == pids
    assert run.rpc("supervisor.getAllConfigInfo") == config
    run.configure(good)
    assert run.ctl("update").out == ""
    assert {program: run.info(program)["pid"] for program in "ab"} == pids
