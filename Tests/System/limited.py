"""A cgroup with a limit, below the top of this machine's hierarchy: version 1's of the controller, else version 2's."""

import contextlib
import pathlib
import uuid

import pytest

from waiting import wait_until


@contextlib.contextmanager
def cgroup(controller, one, two, value):
    """Its folder; removed at the end, when all its processes are gone.

    - parameter one, two: the file of the limit in version 1 and in version 2.
    """
    for root, limit in ((f"/sys/fs/cgroup/{controller}", one), ("/sys/fs/cgroup", two)):
        folder = pathlib.Path(root, f"reeve-{uuid.uuid4()}")
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            (folder / limit).write_text(value)
        except OSError:
            folder.rmdir()
            continue
        yield folder
        wait_until(lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()
        return
    pytest.skip(f"no {controller} cgroup can be made here")
