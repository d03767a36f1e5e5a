"""The gateway's own user: what programs can't do to it, and what happens if there is no such user."""

import os

import pytest

import procfs
from gateways import Started
from supervised import UnixConnection, section
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="init has to be root to have another user for it")
USUAL = 65529

#: What a program tries on the process with the given pid: one line per attempt.
ATTEMPTS = """\
import ctypes, errno, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

def tried(name, action):
    try:
        action()
    except OSError as error:
        print(name, errno.errorcode[error.errno], flush=True)
    else:
        print(name, "DONE", flush=True)

def traced():
    if libc.ptrace(16, pid, None, None) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")

def read(what):
    def action():
        with open(f"/proc/{pid}/{what}", "rb", buffering=0) as file:
            file.read(1)
    return action

pid = int(sys.argv[1])
tried("trace", traced)
for what in ("mem", "environ", "maps", "auxv"):
    tried(what, read(what))
tried("descriptors", lambda: os.listdir(f"/proc/{pid}/fd"))
tried("memory by a call", lambda: os.pidfd_open(pid) and ctypes.CDLL(None))
for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL, 0):
    tried(f"signal {int(number)}", lambda: os.kill(pid, number))
print("end", flush=True)
time.sleep(1000)  # sleep: role
"""
FORBIDDEN = {"trace": "EPERM", "mem": "EACCES", "environ": "EACCES", "maps": "EACCES", "auxv": "EACCES", "descriptors": "EACCES",
             **{f"signal {number}": "EPERM" for number in (19, 15, 9, 0)}}


def served(folder):
    connection = UnixConnection(str(folder / "s.sock"), 20)
    connection.request("GET", "/livez")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read()
    return connection


def attacker(run, folder, gateway, name):
    """{attempt: result} of a program that attacks the gateway."""
    (folder / "target").write_text(str(procfs.inner_pid(gateway.pid)))
    run.rpc("supervisor.startProcess", name)
    log = folder / f"{name}.log"
    wait_until(lambda: log.exists() and "end\n" in log.read_text(), what=run.story)
    return dict(line.rsplit(" ", 1) for line in log.read_text().splitlines() if " " in line)


def programs(folder, *users):
    (folder / "attempts.py").write_text(ATTEMPTS)
    folder.chmod(0o755)
    return "".join(
        section("program", name, command=f"/bin/sh -c 'exec /usr/bin/python3 -B {folder}/attempts.py $(cat {folder}/target)'",
                user=user, autostart="false", startsecs=0, stdout_logfile=folder / f"{name}.log") for name, user in users)


def test_programs_cannot_read_trace_or_signal_it(start, folder):
    run = start(programs(folder, ("nobody", "nobody"), ("someone", "12345")))
    connection = served(folder)
    gateway = Started(run)
    assert procfs.status(gateway.pid)["Uid"].split() == [str(USUAL)] * 4
    assert procfs.status(gateway.pid)["Gid"].split() == [str(USUAL)] * 4
    for name in ("nobody", "someone"):
        found = attacker(run, folder, gateway, name)
        assert {attempt: found.get(attempt) for attempt in FORBIDDEN} == FORBIDDEN, name
    assert gateway.is_running()
    connection.close()


def test_the_same_user_cannot_read_or_trace_it(start, folder):
    """If `gateway_user=` is a program's user, or init is an ordinary user, the gateway shares the program's uid. The
    kernel then allows signals."""
    run = start(programs(folder, ("same", "nobody")), supervisord="gateway_user=nobody")
    connection = served(folder)
    gateway = Started(run)
    assert procfs.status(gateway.pid)["Uid"].split() == ["65534"] * 4
    found = attacker(run, folder, gateway, "same")
    expected = {name: result for name, result in FORBIDDEN.items() if not name.startswith("signal")}
    assert {attempt: found.get(attempt) for attempt in expected} == expected
    connection.close()


def test_an_init_without_root_has_no_other_user_for_it(start, folder, actor):
    run = start(programs(folder, ("same", None)).replace("user=None\n", ""), uid=54321)
    connection = served(folder)
    gateway = Started(run)
    assert procfs.status(gateway.pid)["Uid"].split() == ["54321"] * 4
    found = attacker(run, folder, gateway, "same")
    expected = {name: result for name, result in FORBIDDEN.items() if not name.startswith("signal")}
    assert {attempt: found.get(attempt) for attempt in expected} == expected
    connection.close()


@pytest.mark.parametrize("key, programs_of, expected", [
    ("", (), USUAL),
    # A uid that a program has is not used.
    ("", (USUAL, USUAL - 1), USUAL - 2),
    ("gateway_user=daemon", (), 1), ("gateway_user=23456", (), 23456)])
def test_who_it_is(start, folder, actor, key, programs_of, expected):
    run = start("".join(section("program", f"p{uid}", command="/bin/sleep 1000", user=str(uid)) for uid in programs_of),
                supervisord=key)
    connection = served(folder)
    assert procfs.status(Started(run).pid)["Uid"].split() == [str(expected)] * 4
    connection.close()


def test_nobody_else_has_that_number():
    """No account of this machine has it, and it is outside of the ranges that distributions assign."""
    with open("/etc/passwd") as file:
        assert USUAL not in [int(line.split(":")[2]) for line in file if line.count(":") > 5]
