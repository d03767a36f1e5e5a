"""The system calls of a short run of ctl."""

import shutil
import subprocess

import pytest

from supervised import INIT, section


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_status_asks_for_little(engine, start, actor, folder):
    if engine is not INIT:
        pytest.skip("about ctl")
    run = start(section("program", "one", command=f"{actor} wait", numprocs=100, process_name="one%(process_num)02d",
                        stdout_logfile="NONE", stderr_logfile="NONE"))
    run.wait_all("RUNNING")
    calls = folder / "calls"
    done = subprocess.run(["strace", "-o", calls, *INIT.client, "-c", str(run.configuration), "status"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("RUNNING") == 100, done
    names = [line.partition("(")[0] for line in calls.read_text().splitlines()]
    # libcap's constructor would ask the kernel for its capabilities.
    assert "prctl" not in names
    # Memory comes in one piece, except for large blocks.
    assert names.count("mmap") + names.count("munmap") <= 30, names
