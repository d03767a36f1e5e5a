"""Compiles actor.c for a session of tests."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import procfs

SOURCE = pathlib.Path(__file__).resolve().parent / "actor.c"


@contextlib.contextmanager
def compiled():
    """The path of the executable. At the end, all its processes are killed."""
    # Every user can read the folder: programs under test run as different users.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-actor-"))
    folder.chmod(0o755)
    path = folder / "actor"
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path, SOURCE], check=True)
    try:
        yield str(path)
    finally:
        # A test that starts one without the fixtures may leave it behind if it fails.
        for pid in procfs.pids():
            try:
                if os.readlink(f"/proc/{pid}/exe").startswith(str(path)):
                    os.kill(pid, 9)
            except OSError:
                pass
        shutil.rmtree(folder, ignore_errors=True)
