"""The check of `Tests/type_names.py` finds what it should, and nothing else."""

import sys

import pytest

import supervised

sys.path.insert(0, str(supervised.ROOT / "Tests"))

import type_names  # noqa: E402

TAKEN = {"Process", "Result"}

# name: (sources, findings)
FOUND = {
    "twice": ({"a": "struct Text {\n}\n", "b": "\npublic final class Text {\n}\n"}, ["b:2: Text is also the name of a type in a:1"]),
    "private": ({"a": "private enum Text {}\n", "b": "indirect enum Text {}\n"}, ["b:1: Text is also the name of a type in a:1"]),
    "hidden": ({"a": "enum Text {}\n", "b": "struct Page {\n    @frozen public struct Text {}\n}\n"}, ["b:2: Text hides the type in a:1"]),
    "Swift's": ({"a": "@frozen public enum Process {}\n"}, ["a:1: Process is also a type of Swift or Foundation"]),
    "nested, Swift's": ({"a": "struct A {\n    enum Result {}\n}\n"}, ["a:2: Result is also a type of Swift or Foundation"]),
    "an alias": ({"a": "typealias Result = Int\n"}, ["a:1: Result is also a type of Swift or Foundation"]),
}
FINE = [
    {"a": "struct A {\n    enum State {}\n}\n", "b": "struct B {\n    enum State {}\n}\n"},
    {"a": "extension Result {\n    struct Part {}\n}\n"},
    {"a": "/// struct Result {\nlet x = 1 // enum Process {}\n", "b": "struct ProcessList {}\n"},
]


@pytest.mark.parametrize("name", FOUND)
def test_it_finds(name):
    sources, found = FOUND[name]
    assert type_names.findings(sources, TAKEN) == found


@pytest.mark.parametrize("sources", FINE)
def test_it_lets_pass(sources):
    assert type_names.findings(sources, TAKEN) == []


def test_the_sources(capsys):
    assert type_names.main([]) == 0, capsys.readouterr().out
