"""docs/compatibility.md lists supervisord's corner cases; each one that Reeve shares has a scenario.

Tests of Tests/System compare those of HTTP; their comments say `corner N`.
"""

import importlib
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "compatibility.md"
LAST = 62


def rows():
    """{number: Reeve's behaviour} in the section "Corners"."""
    section = PAGE.read_text().split("\n## Corners\n", 1)[1].split("\n## ", 1)[0]
    return {int(match[1]): match[2].strip() for match in re.finditer(r"^\| (\d+) \|.*\|([^|]*)\|$", section, re.MULTILINE)}


def scenarios():
    for path in sorted(HERE.glob("test_*.py")):
        test = getattr(importlib.import_module(path.stem), "test", None)
        yield from getattr(test, "scenarios", [])


def over_http():
    for path in sorted((HERE.parent / "System").glob("test_*.py")):
        yield from map(int, re.findall(r"\bcorner (\d+)\b", path.read_text()))


def covered():
    return {number for scenario in scenarios() for number in scenario.corners} | set(over_http())


def test_every_corner_is_listed():
    assert sorted(rows()) == list(range(1, LAST + 1))


def test_every_corner_that_is_the_same_has_a_scenario():
    same = [number for number, said in rows().items() if said.startswith("same")]
    assert [number for number in same if number not in covered()] == []


def test_the_rest_says_why_it_differs():
    assert all(said.startswith("different: ") for said in rows().values() if not said.startswith("same"))


def test_scenarios_name_corners_that_exist():
    assert covered() <= set(rows())


def test_there_are_enough():
    assert len(list(scenarios())) >= 120
