"""The comparison detects differences: two sides that differ in only one respect."""

import dataclasses
import re
import types

import compare
import pytest
import side
from scenario import Scenario

LOG = """\
2026-11-21 12:00:00,000 INFO supervisord started with pid 77
2026-11-21 12:00:00,100 INFO spawned: 'a' with pid 100
2026-11-21 12:00:00,200 WARN exited: a (exit status 1; not expected)
2026-11-21 12:00:03,300 INFO spawned: 'a' with pid 101
2026-11-21 12:00:04,400 INFO success: a entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
2026-11-21 12:00:05,000 DEBG killing a (pid 101) with signal SIGTERM
2026-11-21 12:00:05,000 INFO waiting for a to stop
2026-11-21 12:00:07,000 WARN killing 'a' (101) with SIGKILL
2026-11-21 12:00:07,000 DEBG killing a (pid 101) with signal SIGKILL
2026-11-21 12:00:07,100 WARN stopped: a (terminated by SIGKILL)
"""


def lived(log=LOG, scenario=None, **seen):
    one = side.Side(types.SimpleNamespace(name="x"), scenario or Scenario("s"), "/tmp/f", "/tmp/actor", None, {"port": 54321})
    one.log = log
    one.seen = seen
    return one


def found(ours, upstream=None):
    return [difference.where for difference in compare.differences(upstream or lived(), ours)]


def test_the_same_is_the_same():
    assert found(lived(LOG.replace("pid 101", "pid 9").replace("(101)", "(77)"))) == []


@pytest.mark.parametrize("before, after, where", [
    ("exit status 1", "exit status 2", "log of a"),
    ("with SIGKILL", "with SIGQUIT", "log of a"),
    ("2026-11-21 12:00:05,000 INFO waiting for a to stop\n", "", "log of a"),
    ("supervisord started", "supervisord began", "log"),
    ("INFO supervisord started", "WARN supervisord started", "log"),
])
def test_other_words(before, after, where):
    assert before in LOG
    assert found(lived(LOG.replace(before, after))) == [where]


@pytest.mark.parametrize("before, after, seen", [
    # A second attempt after 3.1 s: up to a second earlier is when supervisord would act without its interval.
    ("12:00:03,300", "12:00:02,800", None),
    ("12:00:03,300", "12:00:01,300", "exited: a .* -> INFO spawned"),
    ("12:00:03,300", "12:00:04,300", "exited: a .* -> INFO spawned"),
    # RUNNING after 1.1 s
    ("12:00:04,400", "12:00:03,350", None),
    ("12:00:04,400", "12:00:05,300", "spawned: 'a' .* -> INFO success"),
    # SIGKILL after 2 s
    ("12:00:07,000 WARN", "12:00:06,200 WARN", None),
    ("12:00:07,000 WARN", "12:00:05,200 WARN", "SIGTERM -> WARN killing"),
    # The time of a stop request depends on the client.
    ("12:00:05,000", "12:00:04,500", None),
])
def test_other_times(before, after, seen):
    assert before in LOG
    differences = compare.differences(lived(), lived(LOG.replace(before, after)))
    assert all(difference.where.startswith("time of ") for difference in differences)
    if seen is None:
        assert not differences
    else:
        assert any(re.search(seen, difference.where) for difference in differences)
        # A side that waited for a processor may be that much later, or the other one earlier.
        late = lived(LOG.replace(before, after))
        late.waited = 2
        assert compare.differences(lived(), late) == []


def test_a_line_that_is_a_matter_of_luck():
    """Whether a program that ends at once was waited for depends on timing."""
    quick = "".join(line for line in LOG.splitlines(True) if "SIGKILL" not in line)
    quick += "2026-11-21 12:00:05,001 WARN stopped: a (terminated by SIGTERM)\n"
    silent = "".join(line for line in quick.splitlines(True) if "waiting" not in line)
    assert silent != quick and found(lived(silent), lived(quick)) == []


def test_how_often_it_is_said_that_a_program_is_waited_for():
    line = "2026-11-21 12:00:05,000 INFO waiting for a to stop\n"
    assert line in LOG and found(lived(LOG.replace(line, line + line.replace("05,000", "06,900")))) == []


def test_values_are_compared_with_their_types():
    assert found(lived(states=True), lived(states=1)) == ["states"]
    assert found(lived(), lived(states=1)) == ["states"]
    assert found(lived(states={"a": "x"}), lived(states={"a": "x"})) == []


def test_what_differs_on_purpose_has_to_differ():
    differences = compare.differences(lived(ctl="x"), lived(ctl="y"))
    assert compare.unexplained(differences, {"ctl": ("x", "y")}) == []
    assert compare.unexplained(differences, {"ctl": (..., "y")}) == []
    assert len(compare.unexplained(differences, {"ctl": ("x", "z")})) == 1
    assert len(compare.unexplained([], {"ctl": ("x", "y")})) == 1
    assert len(compare.unexplained(differences, {})) == 1


def test_masks_keep_what_matters():
    one = lived()
    assert one.masked({"pid": 7, "start": 5, "stop": 0, "name": "/tmp/f/a-stdout---supervisor-abcd1234.log"}) == {
        "pid": "PID", "start": "START", "stop": 0, "name": "FOLDER/a-stdout---supervisor-XXXXXXXX.log"}
    assert one.masked([("a", b"\xff")]) == [["a", "\\xff"]]


def test_a_pid_may_be_the_number_of_the_port():
    one = side.Side(types.SimpleNamespace(name="x"), Scenario("s"), "/tmp/f", "/tmp/actor", None, {"port": 20083})
    assert one.masked("spawned: 'x' with pid 20083, on port 20083, not 120083 or 200830") == (
        "spawned: 'x' with pid N, on port PORT, not 120083 or 200830")
    assert one.masked("killing 'x' (20083) with SIGKILL") == "killing 'x' (N) with SIGKILL"


def test_both_sides_are_asked_the_same(conform):
    """The whole path: a difference in a real run is detected."""
    import steps
    conform(Scenario("calm", steps=[steps.ctl("status"), steps.rpc("getState")]))
    with pytest.raises(pytest.fail.Exception, match="who are you"):
        conform(Scenario("told apart", steps=[steps.ask("who are you", lambda side: side.engine.name)]))
    with pytest.raises(pytest.fail.Exception, match="no answer"):
        def broken(side):
            raise AssertionError("no answer")
        conform(Scenario("broken", steps=[steps.ask("it", broken)]))


def test_every_scenario_is_a_value_of_its_own():
    one = Scenario("a")
    assert dataclasses.replace(one, name="b").steps == [] and one.steps is not Scenario("b").steps
