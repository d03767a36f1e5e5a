#!/usr/bin/env python3
"""Runs the steps of `make test` and sums up what passed and failed.

Usage: Tests/run.py [STEP...] [-- PYTEST-ARGUMENTS]     steps: lint unit release conformance system (all when none is named)

A step that breaks before it can count its tests (a build error, a crash) is one failure, so the
sum can't look good because something did not run. The last line is "N passed, N failed".
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".build" / "results"
VENV = ROOT / ".build" / "venv"
SWIFT = os.environ.get("SWIFT", "swift")
# So few failures are looked at again; more are no accident.
MOST_AGAIN = 5
# Tests that failed beside others and passed alone: they are named at the end.
AGAIN = []


def command(*arguments, **options):
    print("+ " + " ".join(str(argument) for argument in arguments), flush=True)
    return subprocess.run(arguments, cwd=ROOT, **options).returncode


def counted(report, status):
    """Passed and failed of a JUnit file; a missing one, or a bad status that no test explains, is a failure."""
    passed = failed = 0
    try:
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is None:
                passed += 1
    except (OSError, ElementTree.ParseError):
        return 0, 1
    if passed + failed == 0 or (status != 0 and failed == 0):
        failed += 1
    return passed, failed


def lint():
    status = command(SWIFT, "format", "lint", "--strict", "-r", "Sources", "Tests", "Package.swift")
    return (1, 0) if status == 0 else (0, 1)


def unit():
    # The toolchain adds the library's name to that of the report.
    status = command(
        SWIFT, "test", "--scratch-path", ".build/dev", "--disable-xctest", "--xunit-output", RESULTS / "unit.xml")
    reports = [path for path in (RESULTS / "unit-swift-testing.xml", RESULTS / "unit.xml") if path.exists()]
    return counted(reports[0] if reports else RESULTS / "unit.xml", status)


def release():
    return (1, 0) if command("scripts/release", SWIFT, ".build/musl", "dist") == 0 else (0, 1)


def python_tests(name, folder, workers, arguments):
    if not (ROOT / "dist" / "init").exists():
        return 0, 1
    report = RESULTS / f"{name}.xml"
    pytest = [VENV / "bin" / "python", "-m", "pytest", folder, "-q", *arguments]
    status = command(*pytest, "--durations=10", "--junitxml", report, "-n", workers, "--dist", "worksteal")
    passed, failed = counted(report, status)
    if not 0 < failed <= MOST_AGAIN:
        return passed, failed
    # They share two processors with thousands of processes of other tests: what fails is judged when it runs alone.
    report = RESULTS / f"{name}-again.xml"
    status = command(*pytest, "--last-failed", "--last-failed-no-failures", "none", "--junitxml", report, "-n", "0")
    again, still = counted(report, status)
    if still == 0 and again == failed:
        AGAIN.extend(f"{name}: {test}" for test in named(report))
        return passed + again, 0
    return passed, failed


def named(report):
    return [f"{case.get('classname')}::{case.get('name')}" for case in ElementTree.parse(report).getroot().iter("testcase")]


def conformance(arguments):
    # They wait more than they work: supervisord acts once a second.
    return python_tests("conformance", "Tests/Conformance", "6", arguments)


def system(arguments):
    return python_tests("system", "Tests/System", "4", arguments)


def main():
    words = sys.argv[1:]
    arguments = []
    if "--" in words:
        arguments = words[words.index("--") + 1:]
        words = words[: words.index("--")]
    steps = {
        "lint": lint, "unit": unit, "release": release, "conformance": lambda: conformance(arguments),
        "system": lambda: system(arguments)}
    unknown = [word for word in words if word not in steps]
    if unknown:
        sys.exit(f"no step {unknown[0]}; there are {' '.join(steps)}")
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    total_passed = total_failed = 0
    lines = []
    for name in words or steps:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        passed, failed = steps[name]()
        total_passed += passed
        total_failed += failed
        lines.append(f"{name:11} {passed} passed, {failed} failed in {time.monotonic() - began:.0f} s")
    print("\n" + "\n".join(lines))
    for name in AGAIN:
        print(f"passed only when it was run again, alone: {name}")
    print(f"{total_passed} passed, {total_failed} failed", flush=True)
    sys.exit(1 if total_failed else 0)


main()
