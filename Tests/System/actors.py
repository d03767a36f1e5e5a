"""The program in actor.c, compiled for a session of tests."""

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
    """Its path. At the end every process of it is ended."""
    # Readable by every user: programs under test run as several.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-actor-"))
    folder.chmod(0o755)
    path = folder / "actor"
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path, SOURCE], check=True)
    try:
        yield str(path)
    finally:
        # Tests that start something without the fixtures may leave it behind when they fail.
        for pid in procfs.pids():
            try:
                if os.readlink(f"/proc/{pid}/exe").startswith(str(path)):
                    os.kill(pid, 9)
            except OSError:
                pass
        shutil.rmtree(folder, ignore_errors=True)
