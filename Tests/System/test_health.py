"""ctl health for probes: one line and an exit code."""

import os
import signal
import subprocess

from supervised import DIST, section
from waiting import wait_until


def program(name, command, **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def test_health_of_programs(start, actor):
    run = start(program("web", f"{actor} wait") + program("db", f"{actor} wait", startsecs=60)
                + program("lost", "/no/such/thing", startretries=0) + program("later", f"{actor} wait", autostart=False))
    run.wait_state("lost", "FATAL")
    done = run.ctl("health")
    assert done.code == 1 and done.err == ""
    assert done.out == "not ready: db STARTING, lost FATAL (can't find command '/no/such/thing')\n"
    for names in (["web"], ["web:web"], ["web:*", "web"]):
        assert (run.ctl("health", *names).code, run.ctl("health", *names).out) == (0, "ready\n")
    assert run.ctl("health", "--level=ready", "db").out == "not ready: db STARTING\n"
    # A program without autostart counts if it is named.
    assert run.ctl("health", "later").out == "not ready: later STOPPED\n"
    done = run.ctl("health", "web", "nix")
    assert (done.code, done.out) == (1, "not ready: BAD_NAME: nix\n")
    assert (run.ctl("health", "--level=live").code, run.ctl("health", "--level=live").out) == (0, "live\n")
    for words, said in ((["--level=dead"], "is no level"), (["--level=live", "web"], "live is said of init"),
                        (["--colour"], "unknown option")):
        done = run.ctl("health", *words)
        assert done.code == 2 and said in done.out


def test_health_when_all_is_up_and_at_the_end(start, actor, folder):
    run = start(program("web", f"{actor} wait") + program("slow", f"{actor} ignore TERM append {folder}/ready yes wait", stopwaitsecs=60))
    run.wait_all()
    wait_until((folder / "ready").exists)
    assert (run.ctl("health").code, run.ctl("health").out) == (0, "ready\n")
    assert run.ctl("health", "all").out == "ready\n"
    slow = run.pid_of("slow")
    run.send(signal.SIGTERM)
    wait_until(lambda: run.ctl("health").code == 1)
    assert run.ctl("health").out == "not ready: init is shutting down\n"
    assert run.ctl("health", "--level=live").code == 0
    os.kill(slow, signal.SIGKILL)


def test_health_without_init(folder):
    done = subprocess.run([str(DIST / "ctl"), "-s", f"unix://{folder}/s.sock", "health"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "not ready: init does not answer: No such file or directory\n"
    done = subprocess.run([str(DIST / "ctl"), "-s", f"unix://{folder}/s.sock", "health", "--level", "live"],
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "not live: init does not answer: No such file or directory\n"
