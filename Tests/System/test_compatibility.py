"""docs/compatibility.md covers everything that supervisord has: compares it with supervisord itself, with the keys
of docs/keys.md, which another test compares with the parser, and with ctl's actions."""

import importlib.metadata
import re
import subprocess

import pytest
from supervisor import events, options, rpcinterface, supervisorctl, xmlrpc

from supervised import DIST, ROOT

VERDICTS = ("same", "different: ", "none")
LINES = (ROOT / "docs" / "compatibility.md").read_text().splitlines()


def rows(title):
    """The cells of a section's table."""
    start = LINES.index(f"## {title}")
    table = []
    for line in LINES[start + 1:]:
        if line.startswith("## "):
            break
        if line.startswith("| "):
            table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table[1:]


def names(title):
    return [row[0].strip("`") for row in rows(title)]


def keys_written():
    section, written = "", set()
    for where, key, *_ in rows("Keys"):
        section = where or section
        if key != "any":
            written.add((section.strip("`"), key.strip("`")))
    return written


def keys_documented():
    """The keys of docs/keys.md that are supervisord's."""
    found, section, own = set(), "", False
    for line in (ROOT / "docs" / "keys.md").read_text().splitlines():
        if line.startswith("## "):
            section, own = (line.split("`") + [""])[1], False
        elif line.startswith("All of these are Reeve's own"):
            own = True
        elif line.startswith("| `") and "Reeve's own" not in line and not own:
            found.add((section, line.split("`")[1]))
    return found


@pytest.mark.parametrize("title", [
    "Keys", "Options of `supervisord`", "Signals", "Commands of `supervisorctl`", "Other programs", "Methods", "Events", "Corners"])
def test_each_row_has_a_verdict(title):
    assert rows(title)
    for row in rows(title):
        assert row[-1].startswith(VERDICTS), row


def test_every_key_is_there():
    assert keys_written() == keys_documented()


def test_every_option_is_there():
    known = options.ServerOptions()
    theirs = {f"-{letter.rstrip(':')}" for letter in known.short_options}
    theirs |= {f"--{name.rstrip('=')}" for name in ("minprocs", "profile_options")}
    assert {f"--{name.rstrip('=')}" for name in known.long_options} >= {"--minprocs", "--profile_options"}
    assert set(names("Options of `supervisord`")) == theirs


def test_every_command_is_there():
    theirs = {name[3:] for name in dir(supervisorctl.DefaultControllerPlugin) if name.startswith("do_")}
    written = names("Commands of `supervisorctl`")
    assert set(written) == theirs and written == sorted(written)
    said = subprocess.run([DIST / "supervisorctl", "help"], capture_output=True, text=True, timeout=60).stdout
    assert theirs <= set(said.split())


def methods(interface, prefix):
    return {f"{prefix}.{name}" for name in dir(interface) if re.match("[a-z]", name) and callable(getattr(interface, name))}


def test_every_method_is_there():
    theirs = methods(rpcinterface.SupervisorNamespaceRPCInterface, "supervisor") | methods(
        xmlrpc.SystemNamespaceRPCInterface, "system")
    assert set(names("Methods")) == theirs


def test_every_event_is_there():
    theirs = {name for name in dir(events.EventTypes) if not name.startswith("_")}
    assert set(names("Events")) == theirs


def test_every_program_is_there():
    theirs = {entry.name for entry in importlib.metadata.entry_points(group="console_scripts")
              if entry.value.startswith("supervisor.")} - {"supervisord", "supervisorctl"}
    assert set(names("Other programs")) == theirs
    for name in theirs:
        assert (DIST / name).exists()


def test_corners_are_numbered():
    assert names("Corners") == [str(number) for number in range(1, len(rows("Corners")) + 1)]
