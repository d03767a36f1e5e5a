"""The API behaves as its OpenAPI document says, for valid and invalid requests, which schemathesis generates."""

import subprocess
import sys

import pytest

import procfs
from supervised import section

#: Endless answers; test_rest.py tries once what stops or restarts the supervisor, and what only a program
#: that runs can do.
EXCLUDED = r"/follow$|/events$|/supervisor/(shutdown|restart)$"

PROGRAMS = "".join(
    section("program", name, command=command, startsecs=0, stdout_logfile="{folder}/%s.log" % name, **keys)
    for name, command, keys in (
        ("cat", "/bin/cat", {}), ("0", "/bin/cat", {}), ("off", "/bin/sleep 1000", {"autostart": False}),
        ("missing", "/does/not/exist", {"autostart": False})))


#: In paths: generated names, or existing ones, so that requests get beyond "404".
NAMES = {"any": "", "real": '[parameters]\n"path.name" = "cat"\n'}


@pytest.mark.parametrize("names", NAMES)
def test_the_api_is_as_its_document_says(reeve, tmp_path, names):
    side = reeve("inet", programs=PROGRAMS)
    (tmp_path / "schemathesis.toml").write_text(NAMES[names])
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{side.url}/api/v1/openapi.json",
         "--url", side.url,
         "--exclude-path-regex", EXCLUDED + ("|/remove$|/reload$" if names == "real" else ""), "--phases", "coverage,fuzzing", "--max-examples", "12", "--seed", "1",
         "--generation-deterministic", "--checks", "all", "--request-timeout", "20", "--suppress-health-check", "all", "--no-color"],
        capture_output=True, text=True, timeout=240, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{31 if names == 'real' else 33} selected" in done.stdout, done.stdout
    # Requests with existing names get further.
    assert names == "any" or "Missing test data" not in done.stdout, done.stdout
    assert side.gateway.is_running() and procfs.alive(side.one.pid)
