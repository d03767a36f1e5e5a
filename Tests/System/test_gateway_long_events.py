"""sendRemoteCommEvent over HTTP, of any sensible length: side by side with supervisord."""

import json
import os
import sys

import pytest

from http_sides import PROGRAMS
from waiting import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
EAR = f"""\
[eventlistener:ear]
command={sys.executable} {HERE}/listener.py {{folder}}/heard
events=REMOTE_COMMUNICATION
startsecs=0
buffer_size=30
"""


def heard(side):
    path = side.folder / "heard"
    return [json.loads(line)["payload"] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("size", [8_000, 40_000, 300_000, 3_000_000])
def test_listeners_hear_all_of_it(sides, size):
    pair = sides(programs=PROGRAMS + EAR)
    data = "".join(f"{number} wörld\n" for number in range(size // 10))[:size]
    for side in pair:
        assert side.ask("supervisor.sendRemoteCommEvent", "kind", data) == ("value", True), side.name
        assert side.ask("supervisor.sendRemoteCommEvent", "ö" * 30_000, "after it") == ("value", True)
        wait_until(lambda: len(heard(side)) == 2, 60, what=side.story)
    assert heard(pair[1]) == heard(pair[0]) == [f"type:kind\n{data}", f"type:{'ö' * 30_000}\nafter it"]


def test_many_at_once_are_not_mixed(reeve):
    side = reeve(programs=EAR)
    calls = [{"methodName": "supervisor.sendRemoteCommEvent", "params": [f"t{number}", f"{number}" * 50_000]} for number in range(5)]
    assert side.ask("system.multicall", calls) == ("value", [True] * 5)
    wait_until(lambda: len(heard(side)) == 5, 60, what=side.story)
    assert heard(side) == [f"type:t{number}\n" + f"{number}" * 50_000 for number in range(5)]


def test_what_is_too_long_is_refused_clearly(reeve):
    side = reeve(programs=EAR)
    answer = side.ask("supervisor.sendRemoteCommEvent", "t", "x" * (4 << 20))
    assert answer[:2] == ("fault", 30) and "longer than 4194304 bytes" in answer[2]
    assert side.ask("supervisor.sendRemoteCommEvent", "t", "x" * (7 << 20)) == ("http", 413)
    assert side.ask("supervisor.sendRemoteCommEvent", "t", "x") == ("value", True)
    wait_until(lambda: heard(side) == ["type:t\nx"], what=side.story)


def test_without_a_listener_nothing_is_kept(reeve):
    side = reeve(programs="")
    assert side.ask("supervisor.sendRemoteCommEvent", "t", "x" * 3_000_000) == ("value", True)
