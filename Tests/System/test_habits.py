"""The check of `Tests/habits.py` finds what it should, and nothing else."""

import sys

import pytest

import supervised

sys.path.insert(0, str(supervised.ROOT / "Tests"))

import habits  # noqa: E402

FOUND = [
    "    time.sleep(1)", "    time.sleep(1)  # a moment", "usleep(500)", "while busy { usleep(500) }", "try await Task.sleep(for: .seconds(1))",
    "    nanosleep(&left, 0);", "with Stopwatch() as watch:", "    assert watch.seconds < 2", "began = time.monotonic()",
    "let end = Date()", "let start = SystemClock.boottime", "    assert time.time() - began < 5  # clock: it is quick", "let clock = ContinuousClock()"]
FINE = [
    "    time.sleep(poll)  # sleep: poll", "    usleep(500)  // sleep: poll", "    time.sleep(0.5)  # sleep: role",
    "deadline = time.monotonic() + timeout  # clock: deadline", "    # time.sleep(1) would be wrong", 'command="sleep 1000"',
    "    /// usleep(1) is what it does not", "def sleep(self):", "    run.assert_sleeps(5)", "world.loop.advanceTime(by: .seconds(1))"]


@pytest.mark.parametrize("line", FOUND)
def test_it_finds(line):
    assert [number for number, _ in habits.findings(f"x = 1\n{line}\n")] == [2]


@pytest.mark.parametrize("line", FINE)
def test_it_lets_pass(line):
    assert habits.findings(line + "\n") == []


def test_no_test_breaks_the_rules(capsys):
    assert habits.main([]) == 0, capsys.readouterr().out
