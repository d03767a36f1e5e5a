"""Every Dockerfile in the documents is valid: comments on their own lines, existing instructions and stages."""

import json
import re

import pytest

from supervised import ROOT

INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD", "RUN", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def dockerfiles():
    for document in DOCUMENTS:
        for number, block in enumerate(re.findall(r"^```dockerfile\n(.*?)^```", document.read_text(), re.M | re.S)):
            yield pytest.param(block, id=f"{document.relative_to(ROOT)}-{number}")
    for file in sorted(ROOT.rglob("Dockerfile*")):
        if ".build" not in file.parts and file.suffix != ".swift":
            yield pytest.param(file.read_text(), id=str(file.relative_to(ROOT)))


def instructions(text):
    """(instruction, rest) of each, with continued lines joined; a comment takes a whole line."""
    joined = ""
    end = None
    for line in text.splitlines():
        if end is not None:
            end = None if line.strip() == end else end
            continue
        if re.match(r"\s*(#|$)", line):
            continue
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        word, _, rest = joined.partition(" ")
        yield word.upper(), rest.strip()
        heredoc = re.search(r"<<-?['\"]?(\w+)", rest)
        end = heredoc[1] if heredoc else None
        joined = ""
    assert not joined, "the last line is continued"


def problem(text):
    """A builder's error; None if it is a Dockerfile, or part of one."""
    stages = set()
    for word, rest in instructions(text):
        if word not in INSTRUCTIONS:
            return f"unknown instruction {word}"
        if not rest:
            return f"{word} without an argument"
        if word == "FROM":
            match = re.fullmatch(r"(--platform=\S+ )?\S+( +[Aa][Ss] +([a-z][a-z0-9_.-]*))?", rest)
            if not match:
                return f"FROM takes an image and AS a name, not {rest}"
            stages.add(match[3])
        if word in ("COPY", "ADD"):
            words = [part for part in rest.split() if not part.startswith("--")]
            if len(words) < 2 or "#" in words:
                return f"{word} takes sources and a destination, not {rest}"
        if word in ("CMD", "ENTRYPOINT") and rest.startswith("["):
            try:
                form = json.loads(rest)
            except ValueError:
                return f"{word} is no JSON array: {rest}"
            if not all(isinstance(part, str) for part in form):
                return f"{word} takes strings"
    return None


@pytest.mark.parametrize("text", list(dockerfiles()))
def test_it_is_a_dockerfile(text):
    assert problem(text) is None


def test_there_are_some():
    assert len(list(dockerfiles())) >= 2


@pytest.mark.parametrize("text", ["FROM reeve AS reeve   # make image", "FROM a b", "COPY x", 'CMD ["a"', "FORM x", "RUN a \\"])
def test_what_is_none_is_found(text):
    try:
        assert problem(text)
    except AssertionError as error:
        assert "continued" in str(error)
