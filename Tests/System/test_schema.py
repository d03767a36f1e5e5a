"""`init --schema`: a JSON Schema that accepts what `supervisord` accepts, with `supervisord`'s defaults."""

import configparser
import json
import pathlib
import subprocess
import sys

import jsonschema_rs
import pytest

import supervised

sys.path.insert(0, str(supervised.ROOT / "Tests" / "Corpus"))

import corpus  # noqa: E402

SCHEMA = json.loads(subprocess.run([supervised.DIST / "init", "--schema"], capture_output=True, check=True).stdout)
SECTIONS = {section["title"]: section for section in SCHEMA["patternProperties"].values() if "title" in section}
VALID = jsonschema_rs.validator_for(SCHEMA)

# What each section needs, by the name that it has here.
REQUIRED = {
    "[supervisord]": {}, "[supervisorctl]": {}, "[unix_http_server]": {"file": "/run/s.sock"}, "[inet_http_server]": {"port": "127.0.0.1:9001"},
    "[program:x]": {"command": "/bin/x"}, "[group:x]": {"programs": "y"}, "[eventlistener:x]": {"command": "/bin/l", "events": "TICK_5"},
    "[fcgi-program:x]": {"command": "/bin/f", "socket": "unix:///run/f.sock"}, "[hook:x]": {"command": "/bin/x", "events": "TICK_5"},
}


def document(path):
    """The sections of a file as the schema has them, without keys and sections that nobody knows."""
    parser = configparser.RawConfigParser(
        strict=False, inline_comment_prefixes=(";", "#"), default_section="DEFAULT")
    parser.read(path)
    titles = {title.strip("[]").removesuffix("x"): title for title in SECTIONS}
    found = {}
    for name in parser.sections():
        title = next((title for prefix, title in titles.items() if name == prefix or prefix.endswith(":") and name.startswith(prefix)), None)
        if title:
            found[name] = {key: value for key, value in parser[name].items() if key in SECTIONS[title]["properties"]}
    return found


def test_it_is_a_schema():
    jsonschema_rs.meta.validate(SCHEMA)
    assert "2020-12" in SCHEMA["$schema"]
    assert {"[supervisord]", "[include]", "[rpcinterface:x]", "[ctlplugin:x]", "[program-default]", *REQUIRED} == set(SECTIONS)


ACCEPTED = [name for name in corpus.names() if "error" not in json.loads((corpus.EXPECTED / f"{name}.json").read_text())]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_supervisord_accepts_is_valid(name, folder):
    case = corpus.Case(name, folder)
    assert [str(error) for error in VALID.iter_errors(document(case.path))] == []


def test_there_is_much_to_accept():
    assert len(ACCEPTED) > 30


@pytest.mark.parametrize("section, key, values", [
    ("supervisord", "nodaemon", ["maybe", 1]), ("supervisord", "minfds", ["many", True]), ("supervisord", "gateway_idle_timeout", [0]),
    ("program:a", "autostart", ["perhaps"]), ("program:a", "nice", [20, -21, "high"]), ("program:a", "stdout_logfile_maxbytes", ["5TB"]),
    ("program:a", "comand", ["x"]), ("hook:a", "timeout", [0, "soon"]), ("program:a", "umask", ["9"]), ("eventlistener:a", "buffer_size", [0]), ("inet_http_server", "file", ["/s"]),
])
def test_what_is_wrong_is_invalid(section, key, values):
    needed = next(keys for title, keys in REQUIRED.items() if title.strip("[]").removesuffix("x").rstrip(":") == section.partition(":")[0])
    assert VALID.is_valid({section: needed})
    for value in values:
        assert not VALID.is_valid({section: {**needed, key: value}}), value


def test_what_is_missing_is_invalid():
    assert not VALID.is_valid({"program:a": {}}) and not VALID.is_valid({"progam:a": {"command": "x"}})


def test_passwords_are_marked():
    for title in ["[unix_http_server]", "[inet_http_server]", "[supervisorctl]"]:
        assert [key for key, row in SECTIONS[title]["properties"].items() if row.get("writeOnly")] == ["password"]


def test_defaults_are_supervisords(folder):
    """A configuration in which every default is written means the same to supervisord as one without, and to `init` as well."""
    written = {"plain": "", "written": ""}
    count = 0
    for title, needed in REQUIRED.items():
        for name in written:
            keys = dict(needed)
            if name == "written":
                for key, row in SECTIONS[title]["properties"].items():
                    # Listeners have another one than programs.
                    if "default" in row and "x-since" not in row and (title, key) != ("[eventlistener:x]", "priority"):
                        keys.setdefault(key, row["default"])
                        count += 1
            written[name] += f"[{title.strip('[]')}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())
    for name in written:
        written[name] += "[program:y]\ncommand=/bin/y\n"
    assert count > 80
    answers = []
    for name, text in written.items():
        case = corpus.Case.__new__(corpus.Case)
        case.name, case.stage, case.folder = name, pathlib.Path(folder), pathlib.Path(folder)
        case.path = pathlib.Path(folder) / "supervisord.conf"
        case.path.write_text(text)
        answers += [case.oracle(), case.answer(supervised.DIST / "config-dump")]
    assert answers[1:] == answers[:1] * 3
    assert "error" not in answers[0]
