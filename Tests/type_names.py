#!/usr/bin/env python3
"""Checks that type names are unique. `make lint` runs it.

- No two types at the top level of files have the same name, not even in different modules.
- No nested type has the name of a top-level type, which it would hide inside.
- No type has the name of one of Swift's or Foundation's (swift_names.txt lists their top-level types, including
  Swift's concurrency and synchronization, without those that begin with NS).

Nested types of different types may share a name: each machine has its `Event`, `Action` and `State`.

swift_names.txt comes from `swift symbolgraph-extract -module-name NAME` for Swift, _Concurrency, _StringProcessing,
Synchronization, FoundationEssentials and Foundation.

Usage: Tests/type_names.py [FOLDER]    default: Sources; the exit status is 1 if it finds anything
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent
DECLARATION = re.compile(
    r"^(?P<indent> *)(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|fileprivate|private|final|indirect)\s+)*"
    r"(?:struct|class|enum|actor|protocol|typealias)\s+(?P<name>[A-Z]\w*)")


def declarations(text):
    """(line number, name, whether it is nested) of each type in a Swift source."""
    for number, line in enumerate(text.splitlines(), 1):
        found = DECLARATION.match(line)
        if found:
            yield number, found["name"], bool(found["indent"])


def findings(sources, taken):
    """The problems with the types of `sources` (path: text), one line each."""
    found, top = [], {}
    for path, text in sources.items():
        for number, name, is_nested in declarations(text):
            if not is_nested and name in top:
                found.append(f"{path}:{number}: {name} is also the name of a type in {top[name]}")
            elif not is_nested:
                top[name] = f"{path}:{number}"
    for path, text in sources.items():
        for number, name, is_nested in declarations(text):
            if name in taken:
                found.append(f"{path}:{number}: {name} is also a type of Swift or Foundation")
            if is_nested and name in top:
                found.append(f"{path}:{number}: {name} hides the type in {top[name]}")
    return found


def main(names):
    folder = pathlib.Path(names[0]) if names else TESTS.parent / "Sources"
    sources = {path: path.read_text() for path in sorted(folder.rglob("*.swift"))}
    found = findings(sources, set((TESTS / "swift_names.txt").read_text().split()))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
