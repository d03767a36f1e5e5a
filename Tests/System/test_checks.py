"""Run-time checks of the release build, shown by config-dump, which is built like init and isn't shipped."""

import pathlib
import signal
import subprocess

DUMP = pathlib.Path(__file__).resolve().parents[2] / "dist" / "config-dump"


def test_overlapping_changes_of_a_variable_trap():
    assert subprocess.run([DUMP, "--overlap"]).returncode in (-signal.SIGILL, -signal.SIGTRAP)


def test_changes_of_two_variables_do_not():
    assert subprocess.run([DUMP, "--no-overlap"]).returncode == 0
