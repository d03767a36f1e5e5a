#!/usr/bin/env python3
"""Runs the steps of `make test`, and counts what passed and failed.

Usage: Tests/run.py [STEP...] [-- PYTEST-ARGUMENTS]
Steps: lint unit gateway-unit release arm64 conformance system (default: all)

A test that fails is not repeated. A step that breaks before it can count its tests (a build error, a crash) counts
as one failure, so that nothing is missed. The last line is "N passed, N failed".
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


def command(*arguments, **options):
    print("+ " + " ".join(str(argument) for argument in arguments), flush=True)
    return subprocess.run(arguments, cwd=ROOT, **options).returncode


def counted(report, status):
    """The numbers of passed and failed tests in a JUnit file. A missing file, or a bad status that no test explains,
    is a failure."""
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
    statuses = [
        command(SWIFT, "format", "lint", "--strict", "-r", "Sources", "Tests", "Package.swift"),
        command(sys.executable, "Tests/habits.py"),
        command(sys.executable, "Tests/type_names.py"),
    ]
    return statuses.count(0), len(statuses) - statuses.count(0)


def swift_tests(name, *arguments, **environment):
    # The toolchain adds the library's name to the name of the report.
    status = command(
        SWIFT, "test", *arguments, "--disable-xctest", "--xunit-output", RESULTS / f"{name}.xml",
        env={**os.environ, **environment})
    reports = [path for path in (RESULTS / f"{name}-swift-testing.xml", RESULTS / f"{name}.xml") if path.exists()]
    return counted(reports[0] if reports else RESULTS / f"{name}.xml", status)


def unit():
    """Everything but the gateway, without packages."""
    return swift_tests("unit", "--scratch-path", ".build/core", REEVE_WITHOUT_PACKAGES="1")


def gateway_unit():
    return swift_tests("gateway-unit", "--scratch-path", ".build/dev", "--filter", "^GatewayTests", REEVE_ONLY_GATEWAY="1")


def release():
    return (1, 0) if command("scripts/release", SWIFT, ".build/musl", "dist") == 0 else (0, 1)


def arm64():
    """On x86-64, builds the executables that test_arm64.py boots; skipped if Debian's packages for arm64 can't be
    downloaded."""
    if os.uname().machine != "x86_64":
        print("skipped: release has built for this processor")
        return 0, 0
    if command("scripts/sysroot", "arm64", ROOT / ".build" / "sysroot" / "arm64") != 0:
        print("skipped: no headers and libraries for arm64")
        return 0, 0
    status = command(
        "scripts/release", SWIFT, ".build/musl", "dist/arm64", "init", "ctl", env={**os.environ, "ARCH": "arm64"})
    return (1, 0) if status == 0 else (0, 1)


def python_tests(name, folder, workers, arguments):
    if not (ROOT / "dist" / "init").exists():
        return 0, 1
    report = RESULTS / f"{name}.xml"
    pytest = [VENV / "bin" / "python", "-m", "pytest", folder, "-q", *arguments]
    status = command(*pytest, "--durations=10", "--junitxml", report, "-n", workers, "--dist", "worksteal")
    return counted(report, status)


def conformance(arguments):
    # These tests mostly wait, since supervisord acts once a second.
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
        "lint": lint, "unit": unit, "gateway-unit": gateway_unit, "release": release, "arm64": arm64,
        "conformance": lambda: conformance(arguments), "system": lambda: system(arguments)}
    unknown = [word for word in words if word not in steps]
    if unknown:
        sys.exit(f"no step {unknown[0]}; there are {' '.join(steps)}")
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    total_passed = total_failed = 0
    lines = []
    for name in words or steps:
        print(f"== {name}", flush=True)
        began = time.monotonic()  # clock: printed
        passed, failed = steps[name]()
        total_passed += passed
        total_failed += failed
        lines.append(f"{name:12} {passed} passed, {failed} failed in {time.monotonic() - began:.0f} s")  # clock: printed
    print("\n" + "\n".join(lines))
    print(f"{total_passed} passed, {total_failed} failed", flush=True)
    sys.exit(1 if total_failed else 0)


main()
