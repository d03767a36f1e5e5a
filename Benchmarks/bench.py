#!/usr/bin/env python3
"""Measures Reeve and its peers in one run and prints a Markdown table.

    Benchmarks/bench.py [--quick] [--only ROW,...] [--peers NAME,...] [--without NAME,...] [--rounds N]
                        [--output FILE]

In a cell: the value, and how many times Reeve's it is. Larger than x1 means that Reeve is ahead, in rows where less is
better as well as in rows where more is. Medians throughout. Needs root (namespaces), gcc, and the peers' packages:
`make bench` brings them.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import measure  # noqa: E402
import peers as catalogue  # noqa: E402
import rows as measurements  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def shown(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cell(value, ours, better):
    text = shown(value)
    if ours is None or value is None or isinstance(value, str) or isinstance(ours, str):
        return text
    if ours == 0 or value == 0:
        return text
    ratio = value / ours if better == "less" else ours / value
    return f"{text} (x{shown(ratio)})"


def own_cell(values, name):
    """Reeve's value, with its share of the limit where there is one."""
    limit = values.get("cat")
    value = values.get(name)
    return f"{shown(value)} ({100 * value / limit:.0f} % of cat)" if limit and value else shown(value)


def table(results, columns):
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for label, (better, values) in results.items():
        # Reeve in front of one command is the measure for those who do only that.
        cells = []
        for name in columns:
            own = "init --" if name in ("tini", "dumb-init", "catatonit") and values.get("init --") is not None else "init"
            cells.append(own_cell(values, name) if name.startswith("init") else cell(values.get(name), values.get(own), better))
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few repetitions: does it work, not how fast is it")
    parser.add_argument("--only", default=",".join(measurements.ROWS), help=f"of {','.join(measurements.ROWS)}")
    parser.add_argument("--peers", help="only these")
    parser.add_argument("--without", default="", help="all but these")
    parser.add_argument("--supervisord", default=str(ROOT / ".build" / "venv" / "bin"), help="folder with supervisord in it")
    parser.add_argument("--dist", default=str(ROOT / "dist"), help="folder with init and ctl")
    parser.add_argument("--rounds", type=int, help="samples of each, in place of the plan's")
    parser.add_argument("--output", help="the table goes here as well")
    options = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("namespaces take root: sudo make bench")

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-tools-"))
    load = str(folder / "load")
    subprocess.run(["musl-gcc", "-static", "-O2", "-Wall", "-Wextra", "-o", load, ROOT / "Benchmarks" / "load.c"], check=True)
    plan = measurements.Plan(options.quick, load)

    chosen = []
    for peer in catalogue.all_peers(pathlib.Path(options.dist).resolve(), options.supervisord):
        if options.peers and peer.name not in options.peers.split(",") or peer.name in options.without.split(","):
            continue
        if peer.present():
            chosen.append(peer)
        else:
            print(f"{peer.name} is not installed: left out", file=sys.stderr)

    # {label: (better, {name: [samples]})}
    samples = {}
    problems = []

    def keep(label, name, value, better):
        samples.setdefault(label, (better, {}))[1].setdefault(name, []).append(value)

    for row in options.only.split(","):
        function, needs = measurements.ROWS[row]
        failed = set()
        for number in range(options.rounds or plan.rounds[row]):
            for peer in chosen:
                if not needs & peer.takes or peer.name in failed:
                    continue
                try:
                    for label, value, better in function(peer, plan):
                        keep(label, peer.name, value, better)
                        print(f"{number + 1:2} {peer.name:12} {label:42} {shown(value)}", file=sys.stderr, flush=True)
                        if isinstance(value, str):
                            failed.add(peer.name)  # it won't get faster
                except (measure.Overdue, subprocess.CalledProcessError, OSError, ValueError) as error:
                    problems.append(f"{row}, {peer.name}: {error}")
                    failed.add(peer.name)
                    print(f"{number + 1:2} {peer.name:12} {row:42} failed: {error}", file=sys.stderr, flush=True)
            if row in measurements.LIMITS:
                label, limit = measurements.LIMITS[row]
                keep(label, "cat", limit(plan, folder), "more")

    def middle(values):
        return next((value for value in values if isinstance(value, str)), None) or measure.median(values)

    results = {label: (better, {name: middle(values) for name, values in by_name.items()})
               for label, (better, by_name) in samples.items()}
    columns = [peer.name for peer in chosen] + (["cat"] if any("cat" in values for _, values in results.values()) else [])
    text = table(results, columns)
    print(text)
    if options.output:
        pathlib.Path(options.output).write_text(text + "\n")
    for problem in problems:
        print(f"\nnot measured: {problem}")
    subprocess.run(["rm", "-rf", folder], check=True)
    sys.exit(1 if problems else 0)


main()
