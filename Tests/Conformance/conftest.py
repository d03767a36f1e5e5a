"""Fixtures, including those of Tests/System."""

import os
import pathlib
import shutil
import sys
import tempfile
import threading

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "System"))
pytest.register_assert_rewrite("compare")

import actors  # noqa: E402
import compare  # noqa: E402
import dispositions  # noqa: E402, F401
from ports import free_port  # noqa: E402
from side import Side  # noqa: E402
from supervised import DIST, INIT, SUPERVISORD, Engine  # noqa: E402
from warm import Warm  # noqa: E402

# ctl has its own messages under its own name, and supervisorctl's under that name.
OURS = Engine(INIT.name, INIT.daemon, [str(DIST / "supervisorctl")])
NAMED = Engine(INIT.name, [str(DIST / "supervisord"), "-n"], [str(DIST / "supervisorctl")])


def pytest_addoption(parser):
    parser.addoption(
        "--alone", action="store_true",
        help="supervisord on both sides: a scenario that fails then depends on luck, or on what differs on purpose")


@pytest.fixture(scope="session")
def actor():
    with actors.compiled() as path:
        yield path


@pytest.fixture(scope="session")
def warm():
    """supervisorctl, imported once for all tests."""
    one = Warm(sys.executable, {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"})
    run, lock = one.run, threading.Lock()

    def in_turn(*arguments):
        with lock:
            return run(*arguments)

    one.run = in_turn
    yield one
    one.close()


@pytest.fixture
def conform(request, actor, warm):
    """`conform(scenario)` runs a scenario on both sides at once, and fails with their differences."""
    folders = []

    def live(scenario):
        sides = []
        # Under supervisord's name, messages about configurations are supervisord's.
        ours = NAMED if scenario.named or scenario.refused else OURS
        if request.config.getoption("--alone"):
            ours = SUPERVISORD
        for engine in (SUPERVISORD, ours):
            folder = tempfile.mkdtemp(prefix="reeve-", dir="/tmp")
            os.chmod(folder, 0o755)
            folders.append(folder)
            values = {"port": free_port(), "python": sys.executable, "recorder": HERE / "recorder.py"}
            sides.append(Side(engine, scenario, folder, actor, warm, values))
        threads = [threading.Thread(target=side.live) for side in sides]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sides

    def check(scenario):
        sides = live(scenario)
        left = compare.unexplained(compare.differences(*sides), scenario.differs)
        problems = [f"{side.engine.name}: {side.problem}" for side in sides if side.problem]
        story = "\n".join([*problems, *map(str, left)])
        if story:
            logs = "\n".join(f"--- {side.engine.name}\n{getattr(side, 'log', '')}" for side in sides)
            pytest.fail(f"{story}\n{logs}", pytrace=False)

    yield check
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
