"""ctl as `docker exec CONTAINER ctl ...` runs it: in the namespaces of an init that is PID 1."""

import signal
import subprocess

import pytest

import procfs
from supervised import DIST, section
from waiting import wait_until

PROGRAMS = "".join([
    section("program", "web", command="{actor} say hello wait", startsecs=0, stdout_logfile="{folder}/web.log"),
    section("program", "job", command="{actor} wait", numprocs=2, process_name="%(program_name)s_%(process_num)d",
            startsecs=0, autostart="false"),
    section("program", "gone", command="/no/such/program", autostart="false"),
])


@pytest.fixture
def ctl(start, actor, folder):
    """Runs ctl beside PID 1: (exit code, output)."""
    run = start(PROGRAMS.replace("{actor}", str(actor)).replace("{folder}", str(folder)))
    assert procfs.inner_pid(run.pid) == 1
    run.wait_state("web", "RUNNING")

    def call(*words):
        done = subprocess.run(
            ["nsenter", "--target", str(run.pid), "--pid", "--mount", str(DIST / "ctl"), "-c", str(run.configuration),
             *words], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout
    call.run = run
    return call


def test_every_action_beside_pid_1(ctl, folder):
    code, text = ctl("status", "web")
    assert code == 0 and text.split()[:2] == ["web", "RUNNING"]
    assert ctl("status")[0] == 3
    assert ctl("pid") == (0, "1\n")
    code, text = ctl("pid", "web")
    assert code == 0 and int(text) > 1
    assert ctl("start", "job:*") == (0, "job:job_0: started\njob:job_1: started\n")
    assert ctl("start", "web") == (0, "web: ERROR (already started)\n")
    assert ctl("start", "gone") == (1, "gone: ERROR (no such file)\n")
    assert ctl("start", "nix") == (1, "nix: ERROR (no such process)\n")
    assert ctl("signal", "CONT", "web") == (0, "web: signalled\n")
    assert ctl("signal", "NOPE", "web")[0] == 1
    assert ctl("restart", "web") == (0, "web: stopped\nweb: started\n")
    wait_until(lambda: (folder / "web.log").read_text().count("hello") == 2)
    assert ctl("tail", "-5", "web") == (0, "ello\n\n")
    assert ctl("maintail")[1].rstrip().endswith("(startsecs)")
    assert ctl("clear", "web") == (0, "web: cleared\n")
    assert (folder / "web.log").read_bytes() == b""
    assert ctl("stop", "job:job_0") == (0, "job:job_0: stopped\n")
    assert "job:job_1: stopped\n" in ctl("stop", "all")[1]
    assert all(state != "RUNNING" for state in ctl.run.states().values())
    assert "web" in ctl("avail")[1]
    assert ctl("version") == (0, "4.3.0\n")
    assert "start" in ctl("help")[1]
    ctl.run.configure(section("program", "new", command="sleep 1000", startsecs=0))
    code, text = ctl("reread")
    assert code == 0 and sorted(text.splitlines()) == [
        "gone: disappeared", "job: disappeared", "new: available", "web: disappeared"]
    assert ctl("add", "new") == (0, "new: added process group\n")
    assert ctl("remove", "gone") == (0, "gone: removed process group\n")
    assert ctl("update")[0] == 0
    assert list(ctl.run.states()) == ["new:new"]
    assert ctl("reload") == (0, "Restarted supervisord\n")
    ctl.run.wait_state("new", "RUNNING")
    # The kernel kills everybody in the namespace when PID 1 leaves, which may come before ctl has printed the answer.
    assert ctl("shutdown") in [(0, "Shut down\n"), (-9, "Shut down\n"), (-9, "")]
    assert ctl.run.wait() == 0


def test_tail_follows_beside_pid_1(ctl):
    follow = subprocess.Popen(
        ["nsenter", "--target", str(ctl.run.pid), "--pid", "--mount", str(DIST / "ctl"), "-c",
         str(ctl.run.configuration), "tail", "-f", "web"], stdout=subprocess.PIPE, text=True)
    try:
        assert follow.stdout.readline().startswith("==> Press Ctrl-C")
        assert follow.stdout.readline() == "hello\n"
        assert ctl("restart", "web")[0] == 0
        assert follow.stdout.readline() == "hello\n"
    finally:
        follow.send_signal(signal.SIGKILL)
        follow.wait()
        follow.stdout.close()


def test_without_options_it_finds_the_running_init(start, actor):
    """Nothing names the place: init uses /run/init.ctl, /tmp/init-UID.ctl or /dev/shm/init-UID.ctl, and ctl looks
    there."""
    run = start(text=f"[supervisord]\nlogfile=/dev/null\npidfile=/dev/null\n[program:a]\ncommand={actor} wait\nstartsecs=0\n",
                prepare="mount -t tmpfs none /run", wait=False)
    run.find()

    def says():
        return subprocess.run(["nsenter", "--target", str(run.pid), "--pid", "--mount", "--wd=/run", str(DIST / "ctl"),
                               "status"], capture_output=True, text=True, timeout=60).stdout
    wait_until(lambda: says().split()[:2] == ["a", "RUNNING"])
