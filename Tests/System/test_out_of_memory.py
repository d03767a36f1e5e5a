"""The kernel kills a program because memory ran out, and init says so: in a real memory cgroup, which the container has.

A program's own cgroup is tested in test_cgroups.py, where this machine's version 2 has the memory controller, and in
test_arm64.py, on a kernel of its own.
"""

import os
import signal
import subprocess

import pytest

import limited
from supervised import section
from waiting import wait_until

#: Allocates and touches more than the cgroup of the test may have.
GREEDY = "dd if=/dev/zero of=/dev/null bs=96M count=1"


@pytest.fixture
def box():
    """The folder of a memory cgroup for the test, with room for 48 MB. Request it before `start`."""
    with limited.cgroup("memory", "memory.limit_in_bytes", "memory.max", "48M") as folder:
        yield folder


def program(name, command, told, **keys):
    hook = f"sh -c 'echo $REEVE_REASON $REEVE_SIGNAL $REEVE_EXIT_CODE >> {told}/{name}'"
    return section("program", name, command=command, startsecs=0, autorestart=False, post_stop_hook=hook, **keys)


def told(folder, name):
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


def test_the_containers_memory_runs_out(box, start, folder):
    joining = f"echo $$ > {box}/cgroup.procs"
    run = start(program("web", GREEDY, folder) + program("other", "sleep 1000", folder)
                + program("job", "sh -c 'exit 3'", folder), prepare=joining)
    wait_until(lambda: told(folder, "web") == ["oom SIGKILL"], what=run.story)
    run.wait_state("web", "EXITED")
    assert "exited: web (terminated by SIGKILL (out of memory); not expected)" in run.log()
    assert run.info("web")["exitstatus"] == -1, "supervisord's clients see the signal's number for every signal"
    # Somebody else's SIGKILL is not the kernel's, though the counter is above 0.
    run.wait_state("other", "RUNNING")
    os.kill(run.pid_of("other"), signal.SIGKILL)
    wait_until(lambda: told(folder, "other") == ["signal SIGKILL"], what=run.story)
    assert "exited: other (terminated by SIGKILL; not expected)" in run.log()
    assert told(folder, "job") == ["exit 3"]
    # It happens again, and is counted again.
    assert run.ctl("start", "web").code == 0
    wait_until(lambda: told(folder, "web") == ["oom SIGKILL"] * 2, what=run.story)


def test_what_happened_before_does_not_count(box, start, folder):
    """init starts in a cgroup in which memory ran out earlier."""
    run = start(program("web", "sleep 1000", folder), prepare=f"echo $$ > {box}/cgroup.procs; {GREEDY} || true")
    run.wait_state("web", "RUNNING")
    counter = [box / name for name in ("memory.oom_control", "memory.events") if (box / name).exists()][0]
    assert "oom_kill 1" in counter.read_text(), "the test has a cgroup in which memory ran out"
    os.kill(run.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: told(folder, "web") == ["signal SIGKILL"], what=run.story)


def test_a_stop_that_ends_with_sigkill_is_a_stop(box, start, folder):
    """init's own SIGKILL ends a program that ignores TERM, while the counter says that memory ran out."""
    run = start(program("web", "sh -c 'trap \"\" TERM; while :; do sleep 1000; done'", folder, stopwaitsecs=1, stopasgroup=True),
                prepare=f"echo $$ > {box}/cgroup.procs")
    run.wait_state("web", "RUNNING")
    # A process that init knows nothing of, as `docker exec` starts one.
    assert subprocess.run(["sh", "-c", f"echo $$ > {box}/cgroup.procs; exec {GREEDY}"]).returncode == -signal.SIGKILL
    assert run.ctl("stop", "web").code == 0
    wait_until(lambda: told(folder, "web") == ["stop SIGKILL"], what=run.story)
