"""Fixtures: a folder per test, the actor, and supervisors that are stopped and checked at the end."""

import os
import pathlib
import shutil
import tempfile
import uuid

import pytest

import actors
import dispositions  # noqa: F401
import procfs
import supervised
from browser import Browser
from http_sides import Side
from waiting import wait_until


def pytest_addoption(parser):
    parser.addoption(
        "--engine", choices=sorted(supervised.ENGINES), default="init",
        help="what `start` starts; supervisord shows what the reference does, and that the tests themselves work")


@pytest.fixture(scope="session")
def actor():
    """The path of the compiled actor.c."""
    with actors.compiled() as path:
        yield path


@pytest.fixture
def folder():
    """An empty folder for the test, with a short path: a socket's name has room for 107 bytes."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="reeve-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def engine(request):
    return supervised.ENGINES[request.config.getoption("--engine")]


@pytest.fixture(params=["pid1", "child"])
def pid1(request):
    """For tests that apply both as PID 1 and not."""
    return request.param == "pid1"


@pytest.fixture
def start(request, engine, folder):
    """`start(programs, ...)` returns a running `Supervised`. After the test, each is stopped; it must exit cleanly
    and leave nothing behind."""
    running = []
    mark = f"REEVE_TEST={uuid.uuid4()}"

    def begin(programs="", folder=folder, engine=engine, **options):
        one = supervised.Supervised(engine, folder, mark, programs, **options)
        running.append(one)
        return one

    # For the report of a failure.
    request.node.supervisors = running
    try:
        yield begin
        if getattr(request.node, "report_call", None) is None or not request.node.report_call.failed:
            for one in reversed(running):
                one.stop()
    finally:
        for one in running:
            one.kill()
        left = [pid for pid in procfs.marked(mark) if pid != os.getpid()]
        for pid in left:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.report_call = report
        if report.failed:
            for one in getattr(item, "supervisors", []):
                report.sections.append(("supervisor", one.story()))
    return report


@pytest.fixture
def sides(start, folder):
    """`sides(kind, password)` returns both, running."""
    made = []

    def make(kind="unix", password="none", **options):
        pair = []
        for name in ("supervisord", "init"):
            pair.append(Side(name, start, folder / name[0], kind, password, **options))
            made.append(pair[-1])
        for side in pair:
            wait_until(lambda: side.ask("supervisor.getProcessInfo", "talker")[1]["statename"] == "RUNNING")
            wait_until(lambda: "v\u00e4r" in side.ask("supervisor.readProcessStdoutLog", "talker", 0, 0)[1])
        return pair

    yield make
    for side in made:
        side.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A real browser; its tabs share nothing but their process."""
    one = Browser(tmp_path_factory.mktemp("browser"))
    yield one
    one.close()


@pytest.fixture
def visit(browser, side):
    """`visit(path, **options)` returns a page of the module's `side`, which must have no complaints at the end."""
    pages = []

    def visit(path="/", **options):
        pages.append(browser.open(side.url + path, **options))
        return pages[-1]

    yield visit
    complaints = [complaint for page in pages for complaint in page.complaints()]
    for page in pages:
        page.close()
    assert not complaints, complaints


@pytest.fixture
def reeve(start, folder):
    """`reeve(kind, password)` returns init with its gateway."""
    made = []

    def make(kind="unix", password="none", **options):
        made.append(Side("init", start, folder / "i", kind, password, **options))
        return made[-1]

    yield make
    for side in made:
        side.stop()
