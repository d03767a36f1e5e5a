"""Writes tables, docs/performance.md and its chart. Tests/System/test_performance.py reads the output."""

import html
import math
import os
import pathlib
import platform
import time

from speed import SPEED

LOAD = os.getloadavg()[0]
ROOT = pathlib.Path(__file__).resolve().parent.parent
SINGLE = ("tini", "dumb-init", "catatonit")


def shown(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def is_number(value):
    return isinstance(value, (int, float)) and value > 0


def times(value, other):
    return f"{value / other:.2f}" if value / other < 10 else shown(value / other)


def cell(name, values, better):
    """The value: Reeve's with the ratio to the limit, a peer's with the ratio to Reeve's."""
    value = values.get(name)
    if not is_number(value) or name == "limit":
        return shown(value)
    if name.startswith("init"):
        return f"{shown(value)} ({times(value, values['limit'])} × limit)" if is_number(values.get("limit")) else shown(value)
    own = values.get("init --") if name in SINGLE and values.get("init --") is not None else values.get("init")
    if not is_number(own):
        return shown(value)
    return f"{shown(value)} (x{shown(value / own if better == 'less' else own / value)})"


def table(results, columns, goals=False):
    """`results`: {label: (better, {name: value})}. `goals`: adds the goal, and whether it is reached."""
    heads = [*columns, *(["goal", "reached"] if goals else [])]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for label, (better, values) in results.items():
        cells = [cell(name, values, better) for name in columns]
        if goals:
            goal = SPEED.get(label, (better, None))[1]
            met = goal.is_met(values, better) if goal else None
            cells += [goal.text(better) if goal else "", {True: "yes", False: "no", None: ""}[met]]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


# MARK: The page

def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith(("model name", "CPU part")):
                model = line.partition(":")[2].strip()
                break
    count = len(os.sched_getaffinity(0))
    return f"{model}, {count} processors, {platform.machine()}, Linux {platform.release()}"


HEAD = """# Performance

`make bench` measures Reeve and its peers in one run, and rewrites this page and its chart. `Benchmarks/speed.py` defines
the rows.

- Machine: {machine}
- Date: {date}
- Load average when the run began: {load}; what it is above 0 was other work on the same processors

The **limit** is a minimal C program (`Benchmarks/limit`) that does only the kernel's work of a row. In the rows about starting and
ending programs, it also reads the configuration file, and opens the sockets, the log and the pidfile that the file names; but it
parses, logs and decides nothing. Reeve's cell has the ratio of its value to the limit, a peer's cell the ratio of its value to
Reeve's. A peer's ratio above x1 means that Reeve is ahead, whether less or more is better. Values are medians. The supervisors
are measured in turn, so that other activity of the machine affects all of them. The client that calls getAllProcessInfo shares a
processor with the server: they take turns, and a virtual machine may need longer to wake another processor than for an answer.

"""

CHART = """
![Ratios to the limit](performance.svg)

The chart shows, for the rows that have a limit, the ratio of each supervisor to the limit on a logarithmic scale. Left is better;
a bar left of the line is ahead of the limit.
"""


def page(results, columns, others, other_columns):
    text = HEAD.format(machine=machine(), date=time.strftime("%Y-%m-%d"), load=f"{LOAD:.1f}")
    text += table(results, columns, goals=True) + "\n" + CHART
    if others:
        text += "\n## Other rows\n\n" + table(others, other_columns) + "\n"
    return text


def write(results, columns, others, other_columns, folder=ROOT / "docs"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.md").write_text(page(results, columns, others, other_columns))
    (folder / "performance.svg").write_text(chart(results, columns))


# MARK: The chart

COLOURS = {"init": "#2563eb", "supervisord": "#d97706", "s6": "#059669", "runit": "#9333ea"}
LEFT, WIDTH, BAR, GAP, TOP = 330, 520, 12, 14, 56


def chart(results, columns):
    """Horizontal bars: the ratios of {label: (better, {name: value})} to the limit, as a self-contained SVG."""
    names = [name for name in columns if name in COLOURS]
    rows = []
    for label, (better, values) in results.items():
        limit = values.get("limit")
        if not is_number(limit):
            continue
        bars = [(name, values[name] / limit if better == "less" else limit / values[name])
                for name in names if is_number(values.get(name))]
        rows.append((label, bars))
    least = min([0.5, *(ratio for _, bars in rows for _, ratio in bars)])
    most = max([2, *(ratio for _, bars in rows for _, ratio in bars)])
    low, high = math.log10(least) - 0.03, math.log10(most) + 0.05

    def place(ratio):
        return LEFT + (math.log10(ratio) - low) / (high - low) * WIDTH

    shapes, y = [], TOP
    for label, bars in rows:
        middle = y + BAR * len(bars) / 2
        shapes.append(f'<text x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">{html.escape(label.rpartition(", ")[0])}</text>')
        for name, ratio in bars:
            start, end = sorted((place(1), place(ratio)))
            shapes.append(f'<rect class="bar" x="{start:.1f}" y="{y}" width="{max(end - start, 1.5):.1f}" height="{BAR - 2}" '
                          f'fill="{COLOURS[name]}"><title>{html.escape(f"{label}: {name}, {times(ratio, 1)} × limit")}</title></rect>')
            shapes.append(f'<text class="small" x="{end + 4:.1f}" y="{y + BAR - 3}">{times(ratio, 1)}</text>')
            y += BAR
        y += GAP
    shapes.append(f'<line x1="{place(1):.1f}" x2="{place(1):.1f}" y1="{TOP - 8}" y2="{y - GAP + 4}"/>')
    shapes.append(f'<text class="small" x="{place(1):.1f}" y="{TOP - 12}" text-anchor="middle">limit</text>')
    for index, name in enumerate(names):
        x = LEFT + index * 110
        shapes.append(f'<rect x="{x}" y="12" width="10" height="10" fill="{COLOURS[name]}"/>')
        shapes.append(f'<text x="{x + 15}" y="21">{"Reeve" if name == "init" else html.escape(name)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {y}" role="img" '
            'aria-label="How many times the limit each supervisor takes">\n'
            "<style>text { font: 13px system-ui, sans-serif; fill: #333 } .small { font-size: 11px } line { stroke: #888 } "
            "@media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>\n" + "\n".join(shapes) + "\n</svg>\n")
