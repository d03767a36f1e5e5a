"""Limits and scheduling of real children, according to the kernel."""

import ctypes
import os
import pathlib

import pytest

import procfs
from supervised import section
from waiting import wait_until

IS_ROOT = os.getuid() == 0
# Our names, and those in /proc/PID/limits.
NAMES = {
    "cpu": "Max cpu time", "fsize": "Max file size", "data": "Max data size", "stack": "Max stack size",
    "core": "Max core file size", "rss": "Max resident set", "nproc": "Max processes", "nofile": "Max open files",
    "memlock": "Max locked memory", "as": "Max address space", "locks": "Max file locks",
    "sigpending": "Max pending signals", "msgqueue": "Max msgqueue size", "nice": "Max nice priority",
    "rtprio": "Max realtime priority", "rttime": "Max realtime timeout"}


def limits(pid):
    """{name: (soft, hard)} from /proc."""
    found = {}
    for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
        for name, title in NAMES.items():
            if line.startswith(title + " "):
                found[name] = tuple(line[len(title):].split()[:2])
    return found


def io_priority(pid):
    """(class, level) from ioprio_get(2)."""
    value = ctypes.CDLL(None, use_errno=True).syscall(252, 1, pid, 0)
    return value >> 13, value & 0x1fff


def nice(pid):
    return os.getpriority(os.PRIO_PROCESS, pid)


def lower(name, hard):
    """A pair that this hard limit allows, different for each name if possible."""
    index = list(NAMES).index(name)
    most = (1 << 62) if hard == "unlimited" else int(hard)
    room = {"nofile": 70, "nproc": 5000, "nice": 1, "rtprio": 1}.get(name, 128 << 20)
    return min(most, room + index), min(most, room + index + 50)


def test_every_limit(start, actor):
    """Each limit is lowered, soft and hard, to its own value; the others stay."""
    own = limits(os.getpid())
    assert set(own) == set(NAMES)
    wanted = {name: lower(name, hard) for name, (_, hard) in own.items()}
    assert sum(str(hard) != own[name][1] for name, (_, hard) in wanted.items()) >= 10
    run = start("".join(
        section("program", name, command=f"{actor} wait", **{f"rlimit_{name}": f"{soft}:{hard}"})
        for name, (soft, hard) in wanted.items()))
    run.wait_all()
    for name, (soft, hard) in wanted.items():
        expected = {**limits(run.pid), name: (str(soft), str(hard))}
        assert limits(run.pid_of(name)) == expected, name


@pytest.mark.parametrize("value, wanted", [
    ("100:200", ("100", "200")), ("150", ("150", "150")), ("1KB:2KB", ("1024", "2048")), (" 7 : 9 ", ("7", "9"))])
def test_ways_to_write_a_limit(start, actor, value, wanted):
    run = start(section("program", "a", command=f"{actor} wait", rlimit_core=value), wrapper=["prlimit", "--core=0:1000000"])
    run.wait_state("a", "RUNNING")
    assert limits(run.pid_of("a"))["core"] == wanted


def test_unlimited(start, actor):
    run = start(section("program", "a", command=f"{actor} wait", rlimit_cpu="5:unlimited", rlimit_stack="unlimited"))
    run.wait_state("a", "RUNNING")
    assert limits(run.pid_of("a"))["cpu"] == ("5", "unlimited")
    assert limits(run.pid_of("a"))["stack"] == ("unlimited", "unlimited")


def test_a_limit_strikes(start, actor):
    """The limit applies to the program, not to init: the file that the program writes ends at the limit, with
    SIGXFSZ."""
    run = start(section("program", "a", command="sh -c 'exec head -c 100000 /dev/zero > %(here)s/big'", rlimit_fsize="4096", autorestart=False,
                        startsecs=0))
    run.wait_state("a", "EXITED")
    assert (run.folder / "big").stat().st_size == 4096
    assert "SIGXFSZ" in run.log()


def test_scheduling(start, actor):
    run = start(
        section("program", "plain", command=f"{actor} wait") +
        section("program", "nice", command=f"{actor} wait", nice=7) +
        section("program", "idle", command=f"{actor} wait", ionice="idle") +
        section("program", "best", command=f"{actor} wait", ionice="best-effort:6") +
        section("program", "default", command=f"{actor} wait", ionice="best-effort") +
        section("program", "oom", command=f"{actor} wait", oom_score_adj=321) +
        section("program", "zero", command=f"{actor} wait", cpu_affinity=0) +
        section("program", "many", command=f"{actor} wait", cpu_affinity="0-63,100"))
    run.wait_all()
    pid = {name: run.pid_of(name) for name in ("plain", "nice", "idle", "best", "default", "oom", "zero", "many")}
    assert nice(pid["nice"]) == 7 and nice(pid["plain"]) == nice(run.pid) == nice(os.getpid())
    assert io_priority(pid["idle"])[0] == 3
    assert io_priority(pid["best"]) == (2, 6) and io_priority(pid["default"]) == (2, 4)
    assert io_priority(pid["plain"]) == io_priority(run.pid)
    score = lambda number: int(pathlib.Path(f"/proc/{number}/oom_score_adj").read_text())
    assert score(pid["oom"]) == 321
    # The child shares init's memory for a moment, but has its own score.
    assert score(run.pid) == score(os.getpid()) == score(pid["plain"])
    assert os.sched_getaffinity(pid["zero"]) == {0}
    assert os.sched_getaffinity(pid["many"]) == os.sched_getaffinity(pid["plain"]) == os.sched_getaffinity(run.pid)


@pytest.mark.skipif(not IS_ROOT, reason="real-time I/O and a negative nice are root's")
def test_scheduling_for_root(start, actor):
    run = start(
        section("program", "first", command=f"{actor} wait", ionice="realtime:2", nice=-11, user="nobody"))
    run.wait_state("first", "RUNNING")
    pid = run.pid_of("first")
    assert nice(pid) == -11 and io_priority(pid) == (1, 2) and procfs.status(pid)["Uid"].split()[0] == "65534"


def test_processors_by_number(start, actor):
    """Each process of a program has its own keys."""
    if len(os.sched_getaffinity(0)) < 2 or not {0, 1} <= os.sched_getaffinity(0):
        pytest.skip("one processor")
    run = start(section("program", "w", command=f"{actor} wait", numprocs=2, process_name="%(process_num)d", cpu_affinity="%(process_num)d"))
    run.wait_all()
    assert [os.sched_getaffinity(run.pid_of(f"w:{number}")) for number in (0, 1)] == [{0}, {1}]


def test_what_the_kernel_refuses(start, actor):
    run = start(
        section("program", "nowhere", command=f"{actor} wait", cpu_affinity=1000, startretries=0) +
        section("program", "b", command=f"{actor} wait"))
    run.wait_state("nowhere", "FATAL")
    assert run.info("nowhere")["spawnerr"] == "couldn't set cpu_affinity: EINVAL"
    run.wait_state("b", "RUNNING")


def test_a_change_is_seen_by_update(start, actor):
    text = section("program", "a", command=f"{actor} wait", nice=3) + section("program", "b", command=f"{actor} wait", rlimit_core=5)
    run = start(text)
    run.wait_all()
    before = run.pid_of("b")
    assert run.ctl("reread").out == "No config updates to processes\n"
    run.configure(text.replace("nice=3", "nice=4"))
    assert run.ctl("update").out == "a: stopped\na: updated process group\n"
    run.wait_all()
    assert nice(run.pid_of("a")) == 4
    assert run.pid_of("b") == before
    wait_until(lambda: run.state("a") == "RUNNING", 5)
