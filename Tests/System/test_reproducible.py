"""Builds don't depend on the folder, the time or the machine; and executables tell which sources they are from."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile

import pytest

from supervised import DIST, ROOT

EXECUTABLES = ["init", "ctl", "gateway"]
COMMIT = r"[0-9a-f]{40}(?:-modified)?|unknown"
#: Absolute paths of folders that compilers have worked in.
BUILD_PATH = re.compile(rb"(?<![\w./-])/[\w./-]*/(?:\.build|checkouts|Sources)/")


@pytest.mark.parametrize("executable", EXECUTABLES)
def test_no_path_of_the_build_is_in_it(executable):
    content = (DIST / executable).read_bytes()
    assert BUILD_PATH.findall(content) == []
    assert str(ROOT).encode() not in content


def test_the_check_sees_a_path():
    assert BUILD_PATH.search(b"\0/home/me/reeve/.build/static/checkouts/shim.c\0")


def version_of(executable, folder=DIST):
    return subprocess.run([folder / executable, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("executable", EXECUTABLES)
def test_it_names_its_commit(executable):
    said = version_of(executable)
    assert "Reeve 0." in said[0]
    assert re.fullmatch(f"commit (?:{COMMIT})", said[1])


def test_supervisord_prints_what_scripts_expect():
    assert version_of("supervisord") == ["4.3.0"]


def archived(folder, commit):
    """The sources of a commit as `git archive` packs them; without the history."""
    with open(folder / "sources.tar", "wb") as file:
        subprocess.run(["git", "-c", f"safe.directory={ROOT}", "archive", commit], cwd=ROOT, stdout=file, check=True)
    with tarfile.open(folder / "sources.tar") as archive:
        archive.extractall(folder / "sources", filter="fully_trusted")
    return folder / "sources"


@pytest.fixture
def head():
    if not (ROOT / ".git").exists():
        pytest.skip("needs the history")
    return subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "log", "-1", "--format=%H %ct"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_sources_without_history_know_their_commit(head, tmp_path):
    sources = archived(tmp_path, head.split()[0])
    environment = {name: value for name, value in os.environ.items() if name != "REEVE_COMMIT"}
    commit = [sources / "scripts" / "commit"]
    assert subprocess.run(commit, capture_output=True, text=True, check=True, env=environment).stdout == head
    assert subprocess.run(commit, capture_output=True, text=True, check=True, env={**environment, "REEVE_COMMIT": "a 1"}).stdout == "a 1\n"
    subprocess.run(["sed", "-i", "s/^archived=.*/archived='$Format:'/", *commit], check=True)
    assert subprocess.run(commit, capture_output=True, text=True, check=True, env=environment).stdout == "unknown 0\n"


@pytest.mark.skipif(not os.environ.get("REEVE_REBUILD"), reason="compiles everything twice: REEVE_REBUILD=1")
def test_two_builds_are_equal(head, tmp_path):
    """Builds in two folders; if dist/ is of the same commit, it is equal, too."""
    commit, sums = head.split()[0], []
    for number, name in enumerate(("a", "another/longer/folder")):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        sources = archived(folder, commit)
        if (ROOT / "Package.resolved").exists():
            shutil.copy(ROOT / "Package.resolved", sources)
        subprocess.run(
            ["scripts/release", os.environ.get("SWIFT", "swift"), ".build/musl", "dist", *EXECUTABLES], cwd=sources, check=True,
            env={**os.environ, "TZ": ("UTC", "Asia/Tokyo")[number]}, umask=(0o022, 0o027)[number], timeout=3600)
        sums.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                     for path in (sources / "dist").iterdir() if path.name in EXECUTABLES})
        for executable in EXECUTABLES:
            assert version_of(executable, sources / "dist")[1] == f"commit {commit}"
    print(json.dumps(sums, indent=2))
    assert sums[0] == sums[1]
    assert len(sums[0]) == len(EXECUTABLES)
    for executable in EXECUTABLES:
        if version_of(executable)[1] == f"commit {commit}":
            assert hashlib.sha256((DIST / executable).read_bytes()).hexdigest() == sums[0][executable]
