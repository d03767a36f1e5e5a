"""The page and the chart of the benchmark: of made-up numbers, and those in docs/."""

import pathlib
import sys
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Benchmarks"))
import report  # noqa: E402
import speed  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def rows_of(page):
    """The cells of the page's first table, without its header."""
    lines = page.splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("|---"))
    width = lines[first].count("|")
    rows = []
    for line in lines[first + 1:]:
        if not line.startswith("|"):
            break
        assert line.count("|") == width, line
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def made_up(slowness):
    results = {}
    for label, (better, _) in speed.SPEED.items():
        own = 100 * slowness if better == "less" else 100 / slowness
        results[label] = (better, {"limit": 100.0, "init": own, "supervisord": 1.0})
    return results


def bars(chart):
    root = xml.etree.ElementTree.fromstring(chart)
    assert root.tag == f"{SVG}svg" and root.get("viewBox")
    found = root.findall(f"{SVG}rect[@class='bar']")
    edge = float(root.get("viewBox").split()[2])
    for bar in found:
        assert 0 < float(bar.get("x")) and float(bar.get("x")) + float(bar.get("width")) <= edge
    return found


def test_says_what_is_reached(tmp_path):
    limited = [label for label, (_, goal) in speed.SPEED.items() if goal and goal.against == "limit"]
    for slowness, word in ((1.0, "yes"), (3.0, "no")):
        report.write(made_up(slowness), ["limit", "init", "supervisord"], {}, [], tmp_path)
        rows = {row[0]: row for row in rows_of((tmp_path / "performance.md").read_text())}
        assert {rows[label][-1] for label in limited} == {word}
        share = speed.first_of(1)
        assert f"({slowness:.2f} × limit)" in rows[share][2]


def test_compares_in_the_direction_of_the_row():
    values = {"init": 10.0, "supervisord": 20.0}
    assert "(x2.00)" in report.cell("supervisord", values, "less")
    assert "(x0.50)" in report.cell("supervisord", values, "more")


def test_draws_a_bar_for_each_value_beside_a_limit(tmp_path):
    results = made_up(2.0)
    results[speed.GROWTH] = ("less", {"init": 1.0})
    drawn = bars(report.chart(results, ["limit", "init", "supervisord"]))
    assert len(drawn) == 2 * (len(speed.SPEED) - 1)


@pytest.mark.parametrize("better, own, met", [("less", 11, True), ("less", 13, False), ("more", 13, True), ("more", 11, False)])
def test_knows_when_a_goal_is_met(better, own, met):
    assert speed.Goal(1.2, "limit").is_met({"init": own, "limit": 10}, better) is met
    assert speed.Goal(1.2, "limit").is_met({"init": own}, better) is None
