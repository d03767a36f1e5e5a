"""What programs leave behind, at the end of a shutdown: signalled, given time, killed; and never waited for in vain."""

import os
import signal
import subprocess
import uuid

import pytest

import control
import procfs
from containers import Container
from supervised import SHUTDOWN_STATE, section
from waiting import passes, takes_at_least, wait_until

# As in OrphanSweep.swift: orphans have 8 s from the beginning of the shutdown. OrphanSweepTests.swift, which has its
# own clock, shows that they don't get more, and that init doesn't wait for orphans that have exited.
GRACE = 8


def leaving(actor, folder, *orphans, **keys):
    """A program that leaves orphans behind and runs; `{F}` in their arguments is the folder."""
    words = " ".join(f"leave {words} /" for words in orphans).replace("{F}", str(folder))
    return section("program", "parent", command=f"{actor} {words} append {folder}/up parent wait", startsecs=0, **keys)


def told(folder):
    """The number of orphans that have recorded SIGTERM."""
    path = folder / "told"
    return path.read_text().count("told") if path.exists() else 0


def wait_up(folder, count):
    wait_until(lambda: len((folder / "up").read_text().split()) == count, what=lambda: f"{count} are up")


LISTENS = "on TERM {F}/told told 0 append {F}/up orphan wait"
STAYS = "ignore TERM append {F}/up orphan wait"


def test_an_orphan_is_told_and_awaited(start, actor, folder):
    run = start(leaving(actor, folder, LISTENS, LISTENS))
    wait_up(folder, 3)
    run.stop()
    assert told(folder) == 2
    assert "telling 2 processes (actor " in run.log()
    assert "killing" not in run.log()


def test_those_that_stay_are_killed_in_time(start, actor, folder):
    """One ignores SIGTERM, one forks all the time, and its children are signalled, too. Meanwhile init answers, and
    sleeps."""
    run = start(leaving(actor, folder, STAYS, "ignore TERM append {F}/up orphan breed 0.3 {F}/told"))
    wait_up(folder, 3)
    with takes_at_least(GRACE - 0.1):
        run.send(signal.SIGTERM)
        wait_until(lambda: "telling " in run.log())
        with pytest.raises(control.Fault) as refused:
            run.rpc("supervisor.getState")
        assert refused.value.code == SHUTDOWN_STATE
        run.send(signal.SIGTERM)  # changes nothing
        wait_until(lambda: told(folder) > 3, what="what is forked meanwhile is told")
        before = procfs.wakeups(run.pid)
        passed = passes(2)
        assert procfs.wakeups(run.pid) - before < passed * 30, "ten looks a second, and a death for each child"
        assert run.wait() == 0
    assert "killing " in run.log() and "can't be ended" not in run.log()
    assert run.log().count("(actor ") >= 3
    run.assert_nothing_left()


def test_a_stopped_orphan_hears_it(start, actor, folder):
    run = start(leaving(actor, folder, "on TERM {F}/told told 0 append {F}/up orphan die STOP wait"))
    wait_up(folder, 2)
    wait_until(lambda: any(procfs.state(pid) == "T" for pid in procfs.marked(run.mark)))
    run.stop()
    assert told(folder) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs several users")
def test_an_orphan_of_another_user(start, actor, folder):
    folder.chmod(0o777)
    run = start(leaving(actor, folder, LISTENS, user="nobody"))
    wait_up(folder, 2)
    run.stop()
    assert told(folder) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs several users")
def test_one_that_may_not_be_signalled_is_not_waited_for(start, actor, folder):
    """init is an ordinary user; an orphan belongs to root, as after sudo."""
    folder.chmod(0o777)
    root = folder / "root"
    root.write_bytes(open(actor, "rb").read())
    root.chmod(0o4755)
    run = start(leaving(root, folder, "append {F}/up orphan become wait"), uid=65534)
    wait_up(folder, 2)
    wait_until(lambda: any(procfs.status(pid)["Uid"].split()[0] == "0" for pid in procfs.descendants(run.pid)))
    run.stop()
    assert "leaving, although 1 process (root " in run.log()


def test_without_the_key_nobody_is_told(start, actor, folder):
    """The kernel kills them when PID 1 is gone."""
    run = start(leaving(actor, folder, LISTENS), supervisord="kill_orphans=false")
    wait_up(folder, 2)
    run.stop()
    assert told(folder) == 0


@pytest.mark.parametrize("key", [None, "false", "true"])
def test_who_is_not_pid_1_has_to_be_asked_to(start, actor, folder, key):
    run = start(leaving(actor, folder, LISTENS), pid1=False, supervisord=f"kill_orphans={key}" if key else "")
    wait_up(folder, 2)
    orphan, = [pid for pid in procfs.children(run.pid) if pid != run.pid_of("parent")]
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    if key == "true":
        assert not procfs.alive(orphan) and told(folder) == 1
    else:
        assert procfs.alive(orphan) and told(folder) == 0
        run.kill()


def test_a_restart_lets_them_live(start, actor, folder):
    run = start(leaving(actor, folder, LISTENS))
    wait_up(folder, 2)
    first = set(procfs.children(run.pid)) - {run.pid_of("parent")}
    run.rpc("supervisor.restart")
    wait_up(folder, 4)
    assert all(procfs.alive(pid) for pid in first) and told(folder) == 0
    run.stop()
    assert told(folder) == 2


@pytest.mark.skipif(os.getuid() != 0, reason="nsenter needs root")
def test_what_came_from_outside_is_no_orphan(start, actor, folder):
    """`docker exec`: in the PID namespace, with a parent outside."""
    run = start(leaving(actor, folder, "on TERM {F}/told told -1 append {F}/up orphan wait"))
    entered = subprocess.Popen(["nsenter", "--target", str(run.pid), "--pid", actor, "on", "TERM", f"{folder}/outside",
                                "told", "0", "append", f"{folder}/up", "entered", "wait"])
    wait_up(folder, 3)
    run.stop()
    # The orphan is killed only after its grace period, and the process from outside by the kernel after that.
    assert told(folder) == 1 and not (folder / "outside").exists()
    entered.wait(60)


def test_no_orphans_nobody_is_told(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0))
    run.wait_state("a", "RUNNING")
    run.stop()
    assert "telling" not in run.log() and "killing" not in run.log()


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_proc_of_another_namespace_is_none(start, actor, folder):
    """Its pids mean other processes: PID 1 signals every process in the namespace instead."""
    run = start(leaving(actor, folder, LISTENS), prepare="umount -l /proc")
    wait_up(folder, 2)
    run.stop()
    assert told(folder) == 1
    assert "telling all processes, since /proc doesn't show which ones were left behind by programs" in run.log()


@pytest.fixture
def contain(actor, folder):
    running = []

    def begin(text, **options):
        running.append(Container(folder, actor, f"REEVE_TEST={uuid.uuid4()}", text, proc="hidden", **options))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


def test_without_proc_as_pid_1(contain):
    container = contain(leaving("/actor", "/tmp", STAYS, LISTENS))
    up = container.pid and (lambda: open(f"/proc/{container.pid}/root/tmp/up").read().split())
    wait_until(lambda: len(up()) == 3)
    with takes_at_least(GRACE - 0.1):
        container.stop()
    container.wait_said("telling all processes, since /proc doesn't show which ones were left behind by programs")
    container.wait_said("killing all processes")


def test_without_proc_and_not_pid_1(contain):
    container = contain("kill_orphans=true\n" + leaving("/actor", "/tmp", LISTENS), joined=True)
    wait_until(lambda: len(open(f"/proc/{container.pid}/root/tmp/up").read().split()) == 2)
    os.kill(container.pid, signal.SIGTERM)
    assert container.wait() == 0
    container.wait_said("leaving, although processes left behind by programs can't be ended (/proc doesn't show them")
