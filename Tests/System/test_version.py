"""`ctl version --json` and `ctl --version`: version, commit and features, here and at the other end."""

import json
import re
import subprocess

import pytest

import supervised
from supervised import DIST, ROOT


def said(*words, program="ctl"):
    return subprocess.run([DIST / program, *words], capture_output=True, text=True)


def test_the_text_and_the_document_agree():
    lines = said("--version").stdout.splitlines()
    assert re.fullmatch(r"Reeve \d+\.\d+\.\d+", lines[0])
    document = json.loads(said("-s", "unix:///nonexistent", "version", "--json").stdout)
    assert lines == [
        f"Reeve {document['version']}", f"commit {document['commit']}", f"speaks supervisord {document['supervisord']}",
        " ".join(["features", *document["features"]])]


def test_each_feature_is_there():
    """docs/command-line.md names a key or an action for each."""
    paragraph = re.search(r"^Features of `version`.*?\n\n", (ROOT / "docs" / "command-line.md").read_text(), re.M | re.S)[0]
    witnesses = dict(re.findall(r"`([a-z-]+)` \(`([^`]+)`\)", paragraph))
    assert json.loads(said("-s", "unix:///nonexistent", "version", "--json").stdout)["features"] == list(witnesses)
    schema = json.loads(said("--schema", program="init").stdout)
    keys = {key for section in schema["patternProperties"].values() for key in section.get("properties", {})}
    actions = {f"ctl {line.split()[0]}" for line in said("-h").stdout.splitlines() if line.startswith("  ")}
    for feature, witness in witnesses.items():
        assert witness in keys | actions or feature == "main-program", feature


@pytest.mark.parametrize("engine", supervised.ENGINES.values(), ids=supervised.ENGINES)
def test_the_supervisor_tells_its_own(start, engine):
    running = start(engine=engine)
    url = f"unix://{running.folder}/s.sock"
    done = said("-s", url, "version", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    own = {"version": None, "commit": None}
    if engine is supervised.INIT:
        own = {"version": document["version"], "commit": said("--version", program="init").stdout.split()[-1]}
    assert document["server"] == {**own, "supervisord": "4.3.0"}
    # In supervisorctl's words.
    assert said("-s", url, "version").stdout == "4.3.0\n"
    assert said("-s", url, "version", program="supervisorctl").stdout == "4.3.0\n"
    assert said("-s", url, "version", "--jsonn").stdout.startswith("Error: version accepts no arguments\n")


def test_without_a_supervisor():
    done = said("-s", "unix:///nonexistent", "version", "--json")
    assert done.returncode == 4
    assert "/nonexistent" in done.stderr
    assert json.loads(done.stdout)["server"] is None
