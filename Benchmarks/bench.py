#!/usr/bin/env python3
"""Measures Reeve, its peers and the limit in one run, and prints Markdown tables.

    Benchmarks/bench.py [--quick] [--only ROW,...] [--peers NAME,...] [--without NAME,...] [--rounds N]
                        [--before DIST] [--folder DIR]

A peer's cell has its value and the ratio to Reeve's. A ratio above x1 means that Reeve is ahead, whether less or
more is better. All values are medians. A complete run (all rows, all peers, not --quick) rewrites
docs/performance.md and its chart. Needs root (namespaces), gcc and the peers' packages, which `make bench` installs.
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
import report  # noqa: E402
import rows as measurements  # noqa: E402
import speed  # noqa: E402
from report import shown  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = {**speed.ROWS, **measurements.ROWS}


def columns_of(results, peers):
    """The columns: everything that has a value in one of the rows."""
    names = [peer.name for peer in peers] + ["cat"]
    return [name for name in names if any(name in values for _, values in results.values())]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few repetitions: to see whether it works, not how fast it is")
    parser.add_argument("--only", default=",".join(ROWS), help=f"only these rows, of {','.join(ROWS)}")
    parser.add_argument("--peers", help="only these peers")
    parser.add_argument("--without", default="", help="all peers but these")
    parser.add_argument("--supervisord", default=str(ROOT / ".build" / "venv" / "bin"), help="the folder of supervisord")
    parser.add_argument("--dist", default=str(ROOT / "dist"), help="the folder of init and ctl")
    parser.add_argument("--before", type=pathlib.Path, help="the folder of an earlier init and ctl, to measure in the same rounds")
    parser.add_argument("--rounds", type=int, help="the number of samples, instead of the plan's")
    parser.add_argument("--folder", type=pathlib.Path, help="write performance.md and performance.svg here, whatever was measured")
    options = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("namespaces need root: sudo make bench")

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-tools-"))
    load = str(folder / "load")
    subprocess.run(["musl-gcc", "-static", "-O2", "-Wall", "-Wextra", "-o", load, ROOT / "Benchmarks" / "load.c"], check=True)
    for source in sorted((ROOT / "Benchmarks" / "limit").glob("*.c")):
        subprocess.run(["musl-gcc", "-static", "-O2", "-Wall", "-Wextra", "-o", folder / source.stem, source], check=True)
    plan = measurements.Plan(options.quick, load)

    chosen = []
    earlier = [catalogue.Init(options.before.resolve(), "before")] if options.before else []
    for peer in earlier + catalogue.all_peers(pathlib.Path(options.dist).resolve(), options.supervisord, folder):
        if options.peers and peer.name not in [*options.peers.split(","), "before"] or peer.name in options.without.split(","):
            continue
        if peer.present():
            chosen.append(peer)
        else:
            print(f"{peer.name} is not installed: skipped", file=sys.stderr)

    # {label: (better, {name: [samples]})}
    samples = {}
    problems = []

    def keep(label, name, value, better):
        samples.setdefault(label, (better, {}))[1].setdefault(name, []).append(value)

    for row in options.only.split(","):
        function, needs = ROWS[row]
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
                            failed.add(peer.name)  # retrying would not help
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
    ours = {label: found for label, found in results.items() if speed.is_speed(label)}
    others = {label: found for label, found in results.items() if label not in ours}
    columns, other_columns = columns_of(ours, chosen), columns_of(others, chosen)
    for found, names in ((ours, columns), (others, other_columns)):
        if found:
            print(report.table(found, names, goals=found is ours), end="\n\n")
    is_whole = not (options.quick or options.peers or options.without) and set(speed.SPEED) == set(ours)
    if options.folder or is_whole:
        report.write(ours, columns, others, other_columns, *([options.folder] if options.folder else []))
    for problem in problems:
        print(f"\nnot measured: {problem}")
    subprocess.run(["rm", "-rf", folder], check=True)
    sys.exit(1 if problems else 0)


main()
