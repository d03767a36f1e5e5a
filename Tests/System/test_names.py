"""Names are bytes, as in supervisord: two names that only look the same belong to two programs."""

import pytest

from supervised import ENGINES, section

ONE = "caf\u00e9"  # é in one code point
TWO = "cafe\u0301"  # e, and an accent


@pytest.mark.parametrize("engine", ["supervisord", "init"])
def test_names_that_look_the_same_are_two_programs(start, engine):
    both = section("program", ONE, command="/bin/sleep 1000") + section("program", TWO, command="/bin/sleep 1000")
    it = start(both, engine=ENGINES[engine], pid1=False)
    it.wait_all()
    first = it.pid_of(ONE)
    it.rpc("supervisor.stopProcess", TWO)
    assert (it.state(ONE), it.state(TWO)) == ("RUNNING", "STOPPED")
    assert it.pid_of(ONE) == first
    it.configure(section("program", ONE, command="/bin/sleep 1000"))
    assert it.rpc("supervisor.reloadConfig") == [[[], [], [TWO]]]
