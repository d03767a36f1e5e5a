"""Cgroups of programs, in the machine's real cgroup2 hierarchy, below a cgroup of the test.

The limits need controllers, which this machine may have given to cgroup v1. In that case this tests that they are
reported as unavailable; Tests/InitTests/CgroupTests.swift tests what is written to which file.
"""

import os
import pathlib
import re
import signal
import uuid

import pytest

import procfs
from supervised import section
from waiting import holds_for, wait_until


def mounted():
    """Where cgroup2 is mounted, if cgroups can be created there."""
    for line in open("/proc/self/mountinfo"):
        words = line.split()
        if words[words.index("-") + 1] == "cgroup2" and os.access(words[4], os.W_OK):
            return pathlib.Path(words[4])
    return None


UNIFIED = mounted()
pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or UNIFIED is None, reason="needs root and a cgroup2 file system that can be written to")


def has(controller):
    return UNIFIED is not None and controller in (UNIFIED / "cgroup.subtree_control").read_text().split()


@pytest.fixture
def own():
    """A cgroup to start init in; removed at the end with all its processes. Request it before `start`."""
    path = UNIFIED / f"reeve-test-{uuid.uuid4()}"
    path.mkdir()
    yield path

    def removed():
        (path / "cgroup.kill").write_text("1")
        for folder, _, _ in os.walk(path, topdown=False):
            os.rmdir(folder)
        return True

    wait_until(removed, what="the cgroup of the test is removed")


def joining(own):
    """Shell lines that put init there before it is executed."""
    return f"echo $$ > {own}/cgroup.procs"


def cgroup(pid):
    return next(line[3:].strip() for line in open(f"/proc/{pid}/cgroup") if line.startswith("0::"))


def program(name, actor, *words, **keys):
    return section("program", name, command=" ".join([actor, *words, "wait"]), startsecs=0, **keys)


def below(own):
    return sorted(path.name for path in own.iterdir() if path.is_dir())


def test_each_process_has_its_own(own, start, actor):
    run = start(program("web", actor, cgroup_required=True)
                + program("w", actor, cgroup_required=True, numprocs=2, process_name="w%(process_num)d")
                + program("plain", actor), prepare=joining(own))
    run.wait_all()
    for name, wanted in [("web", "/reeve.web:web"), ("w:w0", "/reeve.w:w0"), ("w:w1", "/reeve.w:w1"), ("plain", "")]:
        assert cgroup(run.pid_of(name)) == f"/{own.name}{wanted}"
    assert cgroup(run.pid) == f"/{own.name}", "without controllers init stays where it is"
    run.stop()
    assert below(own) == []


def test_nothing_is_touched_without_the_keys(own, start, actor):
    run = start(program("web", actor), prepare=joining(own))
    run.wait_all()
    assert below(own) == [] and "cgroup" not in run.log()


def test_its_commands_are_in_it(own, start, actor, folder):
    """Hooks and health checks join the cgroup of the program, and leave it alive."""
    tell = f"sh -c 'grep ^0:: /proc/self/cgroup >> {folder}/WHICH'"
    run = start(program("web", actor, cgroup_required=True, healthcheck_command=tell.replace("WHICH", "checks"),
                        healthcheck_interval=0.1, post_start_hook=tell.replace("WHICH", "hooks")), prepare=joining(own))
    run.wait_all()
    pid = run.pid_of("web")
    wait_until(lambda: len((folder / "checks").read_text().splitlines()) > 2 and (folder / "hooks").read_text())
    where = f"0::/{own.name}/reeve.web:web"
    assert set((folder / "checks").read_text().splitlines()) == {where}
    assert (folder / "hooks").read_text() == f"{where}\n"
    assert run.pid_of("web") == pid and "exited: web" not in run.log()


def test_nothing_of_a_program_survives_it(own, start, actor, folder):
    """Not even a process with its own session that ignores signals, and not when the program exits by itself and is
    restarted."""
    run = start(program("web", actor, f"leave ignore TERM ignore HUP append {folder}/up orphan wait / append {folder}/up parent",
                        cgroup_required=True), prepare=joining(own))

    def orphans():
        return [pid for pid in procfs.in_namespace(procfs.namespace(run.pid))
                if procfs.alive(pid) and pid not in (run.pid, run.pid_of("web")) and "orphan" in procfs.cmdline(pid)]

    for round in range(1, 4):
        wait_until(lambda: (folder / "up").read_text().split().count("orphan") == round)
        wait_until(lambda: len(orphans()) == 1)
        orphan, = orphans()
        assert cgroup(orphan) == f"/{own.name}/reeve.web:web"
        if round == 3:
            run.rpc("supervisor.stopProcess", "web")
        else:
            os.kill(run.pid_of("web"), signal.SIGKILL)
        wait_until(lambda: not procfs.alive(orphan), 2)
    assert below(own) == ["reeve.web:web"]
    run.rpc("supervisor.removeProcessGroup", "web")
    assert below(own) == []


def test_without_a_cgroup_they_survive(own, start, actor, folder):
    """Without cgroups they survive: otherwise the test above would prove nothing."""
    run = start(program("web", actor, f"leave append {folder}/up orphan wait /"), prepare=joining(own))
    run.wait_all()
    wait_until(lambda: (folder / "up").exists())
    run.rpc("supervisor.stopProcess", "web")
    holds_for(0.3, lambda: len(run.processes()) == 1)


def test_another_init_in_the_same_cgroup_keeps_its_program(own, start, actor, folder):
    runs = []
    for name in "ab":
        (folder / name).mkdir()
        runs.append(start(program("web", actor, cgroup_required=True), folder=folder / name, prepare=joining(own)))
        runs[-1].wait_all()
    first, second = (run.pid_of("web") for run in runs)
    assert below(own) == ["reeve.web:web", "reeve.web:web+"]
    runs[1].send(signal.SIGTERM)
    assert runs[1].wait() == 0
    assert procfs.alive(first) and not procfs.alive(second) and below(own) == ["reeve.web:web"]


def test_a_restart_of_everything(own, start, actor):
    run = start(program("web", actor, cgroup_required=True) + program("gone", actor, cgroup_required=True),
                prepare=joining(own))
    run.wait_all()
    before = run.pid_of("web")
    run.configure(program("web", actor, cgroup_required=True))
    run.send(signal.SIGHUP)
    wait_until(lambda: run.states() == {"web:web": "RUNNING"} and run.pid_of("web") != before)
    assert cgroup(run.pid_of("web")) == f"/{own.name}/reeve.web:web"
    assert below(own) == ["reeve.web:web"]


def test_names_are_made_safe(own, start, actor):
    run = start(program("a", actor, cgroup_required=True, process_name="%(ENV_ODD)s"), prepare=joining(own),
                environment={"ODD": "x/../y%"})
    run.wait_all()
    assert below(own) == ["reeve.a:x+bo..+boy+be"]


def test_a_changed_limit_is_a_changed_group(own, start, actor):
    run = start(program("a", actor, pids_max=5) + program("b", actor, pids_max=5), prepare=joining(own))
    run.wait_all()
    run.configure(program("a", actor, pids_max=6) + program("b", actor, pids_max=5))
    assert run.rpc("supervisor.reloadConfig") == [[[], ["a"], []]]


@pytest.mark.skipif(has("pids"), reason="the controller is there")
def test_a_missing_controller_is_said_once(own, start, actor):
    run = start(program("web", actor, pids_max=5) + program("worker", actor, pids_max=7, memory_max="max", autorestart=True)
                + program("must", actor, pids_max=5, cgroup_required=True), prepare=joining(own))
    run.wait_state("web", "RUNNING")
    run.wait_state("must", "BACKOFF", "FATAL")
    why = rf"the (pids|memory) controller can't be enabled in {own}: it is not in cgroup.controllers; enable it"
    said = re.findall(rf"WARN cgroup limits of ([\w, ]+) are not in force: {why}", run.log())
    assert sorted(name for names, _ in said for name in names.split(", ")) == ["must", "web", "worker"]
    assert re.search(f"cgroup_required, but {why}", run.info("must")["spawnerr"])
    # No process survives in any case.
    assert cgroup(run.pid_of("web")) == f"/{own.name}/reeve.web:web"
    before = run.pid_of("worker")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: run.pid_of("worker") not in (0, before))
    assert run.log().count("are not in force") == len(said)


@pytest.mark.skipif(not has("pids"), reason="no such controller here")
def test_limits_are_in_force(own, start, actor):
    run = start(program("web", actor, pids_max=5) + program("plain", actor), prepare=joining(own))
    run.wait_all()
    assert (own / "reeve.web:web/pids.max").read_text() == "5\n"
    assert cgroup(run.pid) == cgroup(run.pid_of("plain")) == f"/{own.name}/init"


@pytest.mark.skipif(not has("pids"), reason="no such controller here")
def test_a_limit_of_processes_strikes(own, start, actor):
    """The program gets no more processes, its neighbours as many as they want; none of them survives it."""
    forks = "sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo end; wait'"
    run = start(section("program", "web", command=forks, pids_max=5, startsecs=0, autorestart=False) +
                section("program", "plain", command=forks, startsecs=0), prepare=joining(own))
    inside = own / "reeve.web:web"
    wait_until(lambda: "max 0" not in (inside / "pids.events").read_text(), 10, what=run.story)
    assert int((inside / "pids.current").read_text()) <= 5
    wait_until(lambda: "end" in run.rpc_log("plain"), 10, what=run.story)
    run.ctl("stop", "web")
    wait_until(lambda: not (inside / "cgroup.procs").read_text(), 5, what=run.story)


@pytest.mark.skipif(not has("cpu"), reason="no such controller here")
def test_a_limit_of_processor_time_strikes(own, start, actor):
    run = start(section("program", "web", command="sh -c 'while :; do :; done'", cpu_max="10%", startsecs=0), prepare=joining(own))
    inside = own / "reeve.web:web"
    assert (inside / "cpu.max").read_text() == "10000 100000\n"
    throttled = lambda: int(re.search(r"nr_throttled (\d+)", (inside / "cpu.stat").read_text())[1])
    wait_until(lambda: throttled() > 3, 10, what=run.story)


@pytest.mark.skipif(not has("memory"), reason="no such controller here")
def test_a_limit_of_memory_strikes(own, start, actor):
    run = start(section("program", "web", command="sh -c 'exec tail /dev/zero'", memory_max="20MB", startsecs=0, autorestart=False), prepare=joining(own))
    run.wait_state("web", "EXITED", timeout=60)
    assert "exited: web (terminated by SIGKILL (out of memory); not expected)" in run.log()
    assert re.search(r"^oom_kill [1-9]", (own / "reeve.web:web" / "memory.events").read_text(), re.M)


@pytest.mark.parametrize("prepare, why", [
    (f"mount -o remount,ro,bind {UNIFIED}", r"no cgroup can be made in .*: Read-only file system \(EROFS\); mount it read-write"),
    (f"umount {UNIFIED}", "no cgroup2 file system is in /proc/self/mountinfo; mount one at /sys/fs/cgroup"),
    ("umount /proc", "no cgroup2 file system is in /proc/self/mountinfo"),
])
def test_where_it_is_impossible(own, start, actor, prepare, why):
    if prepare == "umount /proc":
        prepare = "mount -t tmpfs none /proc"
    run = start(program("web", actor, memory_max="50MB") + program("worker", actor, cpu_max="50%")
                + program("must", actor, cgroup_required=True), prepare=f"{joining(own)}; {prepare}")
    run.wait_state("web", "RUNNING")
    run.wait_state("must", "BACKOFF", "FATAL")
    assert re.search(f"WARN cgroup limits of must, web, worker are not in force: {why}", run.log())
    assert run.log().count("are not in force") == 1
    assert re.match(f"cgroup_required, but {why}", run.info("must")["spawnerr"])
    assert "cgroup_required, but" in run.ctl("status", "must").out or "FATAL" in run.ctl("status", "must").out


def test_an_ordinary_user_may_not(own, start, actor):
    """In a folder that isn't delegated to the user."""
    run = start(program("web", actor, memory_max="50MB"), prepare=joining(own), uid=65534)
    run.wait_state("web", "RUNNING")
    assert re.search(r"no cgroup can be made in .*: Permission denied \(EACCES\); run init as root, or let its user own", run.log())


def test_an_ordinary_user_that_it_is_delegated_to(own, start, actor):
    for name in ("", "cgroup.procs", "cgroup.subtree_control"):
        os.chown(own / name, 65534, 65534)
    run = start(program("web", actor, cgroup_required=True), prepare=joining(own), uid=65534)
    run.wait_state("web", "RUNNING")
    assert cgroup(run.pid_of("web")) == f"/{own.name}/reeve.web:web"


def test_half_delegated(own, start, actor):
    """The folder is delegated, but not the right to move processes out of it."""
    os.chown(own, 65534, 65534)
    run = start(program("web", actor, memory_max="50MB"), prepare=joining(own), uid=65534)
    run.wait_state("web", "RUNNING")
    assert "are not in force: no cgroup can be made in" in run.log()
    run.stop()
    assert below(own) == []


def test_no_more_cgroups(own, start, actor):
    """At the folder's own limit: the log has the kernel's error."""
    (own / "cgroup.max.descendants").write_text("1")
    run = start(program("a", actor, cgroup_required=True, priority=1) + program("b", actor, cgroup_required=True)
                + program("c", actor, cgroup_required=False), prepare=joining(own))
    run.wait_state("a", "RUNNING")
    run.wait_state("c", "RUNNING")
    run.wait_state("b", "BACKOFF", "FATAL")
    why = f"no cgroup can be made in {own}: Resource temporarily unavailable (EAGAIN)"
    assert run.info("b")["spawnerr"] == f"cgroup_required, but {why}"
    assert f"cgroup limits of c are not in force: {why}" in run.log()


def test_not_pid_1(own, start, actor):
    run = start(program("web", actor, cgroup_required=True), prepare=joining(own), pid1=False)
    run.wait_state("web", "RUNNING")
    assert cgroup(run.pid_of("web")) == f"/{own.name}/reeve.web:web"
    run.stop()
    assert below(own) == []
