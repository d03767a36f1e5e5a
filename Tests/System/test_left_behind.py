"""Processes that outlive a program and hold its output continue to write: until the last of them closes it, and
within limits once the program has started again."""

import os
import signal

import pytest

import procfs
from supervised import INIT, section
from waiting import holds_for, wait_until


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord closes the pipe with the process: the next line ends the others")


def pipes(run):
    links = []
    for number in os.listdir(f"/proc/{run.pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{run.pid}/fd/{number}"))
        except FileNotFoundError:
            pass
    return [link for link in links if link.startswith("pipe:")]


def leaver(folder, name="a", last="exit 0", **keys):
    """A program whose child writes a line whenever a file appears, and exits with `end`; the program itself exits at
    once."""
    script = folder / "leaver"
    script.write_text(f"""#!/bin/sh
folder={folder}
n=$(cat $folder/starts 2>/dev/null | wc -l); echo >> $folder/starts
(
    trap '' TERM
    echo $$ > /dev/null
    i=1
    while [ ! -e $folder/end$n ]; do
        if [ -e $folder/say$n.$i ]; then echo "child $n says $i"; echo "child $n errs $i" >&2; i=$((i + 1)); fi
        sleep 0.02
    done
    echo "child $n ends"
    touch $folder/ended$n
) &
echo "leader $n"
{last}
""")
    script.chmod(0o755)
    keys = {"startsecs": 0, "autorestart": False, **keys}
    return section("program", name, command=script, **keys)


def logs(folder):
    return {"stdout_logfile": folder / "out", "stderr_logfile": folder / "err"}


def test_it_goes_on_writing(start, folder):
    """To the file, across its rotation and `clear`, long after the program has exited."""
    run = start(leaver(folder, **logs(folder)))
    run.wait_state("a", "EXITED")
    assert (folder / "out").read_text() == "leader 0\n"
    (folder / "say0.1").touch()
    wait_until(lambda: (folder / "out").read_text() == "leader 0\nchild 0 says 1\n", what=run.story)
    wait_until(lambda: (folder / "err").read_text() == "child 0 errs 1\n", what=run.story)
    assert run.rpc_log("a") == "leader 0\nchild 0 says 1\n"
    run.rpc("supervisor.clearProcessLogs", "a")
    (folder / "say0.2").touch()
    wait_until(lambda: (folder / "out").read_text() == "child 0 says 2\n", what=run.story)
    # Another process rotates the file.
    (folder / "out").rename(folder / "out.old")
    run.send(signal.SIGUSR2)
    wait_until((folder / "out").exists)
    (folder / "say0.3").touch()
    wait_until(lambda: (folder / "out").read_text() == "child 0 says 3\n", what=run.story)
    assert pipes(run)
    (folder / "end0").touch()
    wait_until(lambda: (folder / "out").read_text() == "child 0 says 3\nchild 0 ends\n", what=run.story)
    wait_until((folder / "ended0").exists)
    # When the child exits, the pipes are closed, and so is the log.
    wait_until(lambda: not pipes(run))
    wait_until(lambda: not any("/out" in os.readlink(f"/proc/{run.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{run.pid}/fd")))


@pytest.mark.parametrize("how", ["redirected", "stream", "memory"])
def test_wherever_the_output_goes(start, folder, how):
    keys = {"redirected": {"redirect_stderr": True, "stdout_logfile": folder / "out"},
            "stream": {"stdout_logfile": "/dev/stdout", "stdout_logfile_maxbytes": 0, "stderr_logfile": "NONE"},
            "memory": {"stdout_logfile": "NONE", "stderr_logfile": "NONE"}}[how]
    run = start(leaver(folder, **keys))
    run.wait_state("a", "EXITED")
    (folder / "say0.1").touch()
    read = {"redirected": lambda: (folder / "out").read_text(), "stream": lambda: run.stdout().decode(),
            "memory": lambda: run.rpc_log("a")}[how]
    wait_until(lambda: "leader 0\n" in read() and "child 0 says 1\n" in read(), what=run.story)
    if how == "redirected":
        assert "child 0 errs 1\n" in read()
    (folder / "end0").touch()
    wait_until(lambda: "child 0 ends\n" in read(), what=run.story)
    wait_until(lambda: not pipes(run))


def test_after_the_next_start_it_still_may(start, folder):
    run = start(leaver(folder, **logs(folder)))
    run.wait_state("a", "EXITED")
    for number in (1, 2):
        run.rpc("supervisor.startProcess", "a")
        wait_until(lambda: f"leader {number}\n" in (folder / "out").read_text(), what=run.story)
        run.wait_state("a", "EXITED")
    for number in (2, 1, 0):
        (folder / f"say{number}.1").touch()
        wait_until(lambda: f"child {number} says 1\n" in (folder / "out").read_text(), what=run.story)
    # A fourth start: the oldest process that was left behind is over the limit.
    run.rpc("supervisor.startProcess", "a")
    wait_until(lambda: "leader 3\n" in (folder / "out").read_text(), what=run.story)
    run.wait_state("a", "EXITED")
    assert "a process that an earlier one left behind is not read any more, there are later ones" in run.log()
    assert len(pipes(run)) == 6
    (folder / "say0.2").touch()
    (folder / "say1.2").touch()
    wait_until(lambda: "child 1 says 2\n" in (folder / "out").read_text(), what=run.story)
    assert "child 0 says 2\n" not in (folder / "out").read_text()
    for number in range(4):
        (folder / f"end{number}").touch()
    wait_until(lambda: not pipes(run))


def test_removed_and_added_again(start, folder):
    run = start(leaver(folder, **logs(folder)))
    run.wait_state("a", "EXITED")
    run.rpc("supervisor.removeProcessGroup", "a")
    (folder / "say0.1").touch()
    wait_until(lambda: "child 0 says 1\n" in (folder / "out").read_text(), what=run.story)
    run.rpc("supervisor.addProcessGroup", "a")
    wait_until(lambda: "leader 1\n" in (folder / "out").read_text(), what=run.story)
    (folder / "say0.2").touch()
    (folder / "say1.1").touch()
    wait_until(lambda: "child 0 says 2\n" in (folder / "out").read_text() and "child 1 says 1\n" in (folder / "out").read_text(), what=run.story)


def test_a_restart_of_everything(start, folder):
    run = start(leaver(folder, **logs(folder)), supervisord="kill_orphans=false")
    run.wait_state("a", "EXITED")
    run.send(signal.SIGHUP)
    wait_until(lambda: "leader 1\n" in (folder / "out").read_text(), what=run.story)
    (folder / "say0.1").touch()
    wait_until(lambda: "child 0 says 1\n" in (folder / "out").read_text(), what=run.story)
    for number in range(2):
        (folder / f"end{number}").touch()
    wait_until((folder / "ended1").exists)


def test_last_words_at_the_shutdown(start, folder, actor):
    """The log has what orphans write at SIGTERM."""
    run = start(section("program", "a", command=f"sh -c '(trap \"echo told; exit 0\" TERM; while :; do sleep 0.05; done) & "
                        "sleep 0.2; echo leader'", startsecs=0, autorestart=False, stdout_logfile=folder / "out"))
    run.wait_state("a", "EXITED")
    run.stop()
    assert (folder / "out").read_text() == "leader\ntold\n"


def test_the_next_start_begins_a_limit_in_bytes(start, folder, actor):
    """A process that floods the log of a restarted program is cut off; the program itself continues to write."""
    flood = folder / "flood"
    flood.write_text(f"""#!/bin/sh
if [ ! -e {folder}/once ]; then
    touch {folder}/once
    (while [ ! -e {folder}/go ]; do sleep 0.02; done; exec {actor} flood) &
    exit 0
fi
echo second
sleep 1000
""")
    flood.chmod(0o755)
    run = start(section("program", "a", command=flood, startsecs=0, autorestart=False, stdout_logfile=folder / "out",
                        stdout_logfile_maxbytes=1_000_000, stdout_logfile_backups=0))
    run.wait_state("a", "EXITED")
    run.rpc("supervisor.startProcess", "a")
    wait_until(lambda: "second\n" in (folder / "out").read_text(), what=run.story)
    (folder / "go").touch()
    wait_until(lambda: "is not read any more, it wrote more than is kept of those" in run.log(), 60, what=run.story)
    wait_until(lambda: not any("flood" in procfs.cmdline(pid) for pid in run.processes()), what=run.story)
    assert run.state("a") == "RUNNING" and procfs.peak_rss(run.pid) < 4096


def test_its_end_is_the_leaders(start, folder):
    """First the program's output, then its exit: a process that holds the pipe delays neither, and costs nothing
    while it is silent."""
    run = start(leaver(folder, last="exit 3", exitcodes=3, **logs(folder)))
    run.wait_state("a", "EXITED")
    assert (folder / "out").read_text() == "leader 0\n"
    assert run.info("a")["exitstatus"] == 3
    before = procfs.cpu_seconds(run.pid)
    wakes = switches(run.pid)
    holds_for(1.5, lambda: run.process.poll() is None)
    assert switches(run.pid) - wakes <= 2 and procfs.cpu_seconds(run.pid) - before < 0.1
    (folder / "end0").touch()
    wait_until((folder / "ended0").exists)


def switches(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
