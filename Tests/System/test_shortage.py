"""No descriptors, no processes, a full disk, folders that vanish: init survives, and recovers when they are
available again."""

import os
import pwd
import resource
import shutil
import signal
import subprocess

import pytest

import procfs
from control import Fault
from supervised import INIT, section
from waiting import holds_for, wait_until


def limit(pid, which, soft):
    """Sets a soft limit of another process, and returns the previous one. It does so as that process's user: many
    containers lack root's right to do it to others."""
    user = os.stat(f"/proc/{pid}").st_uid
    name = {resource.RLIMIT_NOFILE: "nofile", resource.RLIMIT_NPROC: "nproc"}[which]
    read = subprocess.run(["prlimit", "--pid", str(pid), f"--{name}", "--output=SOFT", "--noheadings", "--raw"],
                          user=user, group=user, capture_output=True, text=True, check=True)
    subprocess.run(["prlimit", "--pid", str(pid), f"--{name}={soft}:"], user=user, group=user, check=True)
    return read.stdout.strip()


def patient(actor, name, **keys):
    """A program whose start is retried long enough."""
    return section("program", name, command=f"{actor} wait", **{"startsecs": 0, "startretries": 1000, **keys})


@pytest.mark.parametrize("spare", [0, 1, 2])
def test_out_of_descriptors(start, actor, spare):
    """`spare` descriptors are left for a spawn that needs more."""
    run = start(patient(actor, "a") + patient(actor, "b"))
    run.wait_all()
    child = run.pid_of("a")
    before = procfs.descriptors(run.pid)
    pipes = set(procfs.descriptors(child).values())
    freed = sorted(number for number, target in before.items() if target in pipes and target.startswith("pipe:"))
    old = limit(run.pid, resource.RLIMIT_NOFILE, (freed + [freed[-1] + 1])[spare])
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: "too many open files to spawn 'a'" in run.log().lower(), what=lambda: f"a word about it; {run.story()}")
    assert procfs.alive(run.pid)
    run.assert_calm()
    limit(run.pid, resource.RLIMIT_NOFILE, old)
    run.wait_state("a", "RUNNING")
    wait_until(lambda: len(procfs.descriptors(run.pid)) <= len(before))


def test_out_of_descriptors_for_connections(start, actor, engine):
    """Connected clients are still served; new ones are disconnected or wait; init doesn't spin meanwhile."""
    run = start(patient(actor, "a"))
    run.wait_all()
    if engine is not INIT:
        pytest.skip("supervisord spins")
    with run.control() as first:
        first.call("supervisor.getState")
        old = limit(run.pid, resource.RLIMIT_NOFILE, max(procfs.descriptors(run.pid)) + 1)
        crowd = [run.control() for _ in range(10)]
        first.call("supervisor.getState")
        run.assert_calm()
        assert first.call("supervisor.getState")["statename"] == "RUNNING"
        limit(run.pid, resource.RLIMIT_NOFILE, old)
        for connection in crowd:
            try:
                assert connection.call("supervisor.getState")["statename"] == "RUNNING"
            except (BrokenPipeError, ConnectionResetError, EOFError):
                pass  # disconnected at once
            connection.close()
    run.assert_answers()
    os.kill(run.pid_of("a"), signal.SIGKILL)
    run.wait_state("a", "RUNNING")


def test_out_of_processes_for_the_supervisor(start, actor):
    run = start(patient(actor, "a") + patient(actor, "b"), uid=23456)
    run.wait_all()
    child, other = run.pid_of("a"), run.pid_of("b")
    old = limit(run.pid, resource.RLIMIT_NPROC, 0)
    os.kill(child, signal.SIGKILL)
    run.wait_state("a", "BACKOFF", "FATAL")
    holds_for(1.5, lambda: procfs.alive(other))
    assert run.state("a") == "BACKOFF"
    run.assert_answers()
    run.assert_calm()
    limit(run.pid, resource.RLIMIT_NPROC, old)
    run.wait_state("a", "RUNNING")


def test_out_of_processes_for_a_user(start, actor, folder):
    """The limit applies between setuid and exec: the error must arrive from there, too."""
    user = pwd.getpwnam("games")
    folder.chmod(0o777)
    run = start(patient(actor, "a", user=user.pw_name) + patient(actor, "b", user=user.pw_name, startsecs=1))
    run.wait_all()
    child, other = run.pid_of("b"), run.pid_of("a")
    old = limit(run.pid, resource.RLIMIT_NPROC, 0)
    os.kill(child, signal.SIGKILL)
    run.wait_state("b", "BACKOFF")
    assert run.state("a") == "RUNNING" and procfs.alive(other)
    run.assert_answers()
    run.assert_calm()
    limit(run.pid, resource.RLIMIT_NPROC, old)
    run.wait_state("b", "RUNNING")


SMALL = "mkdir -p {0}/small && mount -t tmpfs -o size=256k tmpfs {0}/small\n"
FILL = "dd if=/dev/zero of={0}/small/ballast bs=4k 2>/dev/null || true\n"


def test_disk_full_under_the_log_of_a_program(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} every 0.01 tick", stdout_logfile=f"{folder}/small/a.log",
                        stdout_logfile_maxbytes=0, startsecs=0)
                + section("program", "b", command=f"{actor} every 0.01 tock", stdout_logfile=f"{folder}/b.log", startsecs=0),
                prepare=SMALL.format(folder))
    small = run.inside(folder) / "small"
    wait_until(lambda: "tick" in (small / "a.log").read_text())
    with pytest.raises(OSError):
        with open(small / "ballast", "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(512))
    size = wait_until(lambda: (small / "a.log").stat().st_size)
    wait_until(lambda: (os.statvfs(small).f_bavail, (small / "a.log").stat().st_size % 4096) == (0, 0), 30)
    before = (folder / "b.log").stat().st_size
    wait_until(lambda: (folder / "b.log").stat().st_size > before + 200)
    assert size and run.states() == {"a:a": "RUNNING", "b:b": "RUNNING"}
    run.assert_answers()
    run.assert_calm()
    (small / "ballast").unlink()
    full = (small / "a.log").stat().st_size
    wait_until(lambda: (small / "a.log").stat().st_size > full + 100)
    assert (small / "a.log").read_text().endswith("\n")


def test_disk_full_under_a_log_that_rotates(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} flood", stdout_logfile=f"{folder}/small/a.log",
                        stdout_logfile_maxbytes="100KB", stdout_logfile_backups=10, startsecs=0),
                prepare=SMALL.format(folder))
    small = run.inside(folder) / "small"
    wait_until(lambda: os.statvfs(small).f_bavail == 0)
    run.assert_answers()
    assert run.state("a") == "RUNNING"
    os.kill(run.pid_of("a"), signal.SIGKILL)
    run.wait_state("a", "RUNNING")


def test_disk_full_under_its_own_log(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), log=f"{folder}/small/s.log",
                prepare=(SMALL + FILL).format(folder))
    run.wait_state("a", "RUNNING")
    child = run.pid_of("a")
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: run.state("a") == "RUNNING" and run.pid_of("a") not in (0, child))
    run.assert_answers()
    run.assert_calm()
    (run.inside(folder) / "small" / "ballast").unlink()
    os.kill(run.pid_of("a"), signal.SIGKILL)
    wait_until(lambda: "exited: a (terminated by SIGKILL" in run.log())
    wait_until(lambda: run.log().endswith("\n") and "spawned: 'a'" in run.log().splitlines()[-1] + run.log().splitlines()[-2])


def test_the_log_folder_vanishes(start, actor, folder):
    """USR2 without a folder for the logs: everything keeps running; with a new folder and another USR2, the logs are
    back."""
    logs = folder / "logs"
    logs.mkdir()
    run = start(section("program", "a", command=f"{actor} every 0.02 tick", stdout_logfile=f"{logs}/a.log", startsecs=0),
                log=f"{logs}/s.log")
    wait_until(lambda: "tick" in (logs / "a.log").read_text())
    child = run.pid_of("a")
    shutil.rmtree(logs)
    run.send(signal.SIGUSR2)
    holds_for(0.5, lambda: procfs.alive(child) and procfs.alive(run.pid))
    run.assert_answers()
    run.assert_calm()
    assert run.pid_of("a") == child
    logs.mkdir()
    run.send(signal.SIGUSR2)
    wait_until(lambda: "tick" in (logs / "a.log").read_text())
    wait_until(lambda: (logs / "s.log").exists())
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: "exited: a" in run.log())


def test_a_second_instance_with_the_same_files(start, actor, folder, engine):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0), pid1=False)
    run.wait_state("a", "RUNNING")
    # The socket exists a moment before the file.
    pidfile = wait_until(lambda: (folder / "s.pid").read_text())
    assert int(pidfile) == run.pid
    sockets = {path: path.stat().st_ino for path in folder.iterdir() if path.is_socket()}
    assert sockets
    second = start(text=run.configuration.read_text(), pid1=False, wait=False)
    assert second.wait(60) not in (0, -signal.SIGABRT, -signal.SIGILL, -signal.SIGSEGV)
    assert (folder / "s.pid").read_text() == pidfile
    assert {path: path.stat().st_ino for path in sockets} == sockets
    assert run.state("a") == "RUNNING"
    assert len(run.processes()) == 1
    if engine is INIT:
        said = (second.stdout() + (folder / "stderr").read_bytes()).decode() + run.log()
        assert "Another program is already listening" in said


def test_files_of_a_dead_instance_are_taken_over(start, actor, folder):
    first = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    first.wait_state("a", "RUNNING")
    wait_until((folder / "s.pid").exists)
    first.kill()
    assert [path for path in folder.iterdir() if path.is_socket()] and (folder / "s.pid").exists()
    second = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    second.wait_state("a", "RUNNING")
    second.stop()
    assert not [path for path in folder.iterdir() if path.is_socket()] and not (folder / "s.pid").exists()


def test_a_fault_for_each_of_many_bad_names(start):
    run = start()
    for name in ["", ":", "a:", ":a", "a" * 5000, "all", "*"]:
        with pytest.raises(Fault):
            run.rpc("supervisor.startProcess", name)
    run.assert_answers()
