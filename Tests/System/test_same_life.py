"""The life of programs, side by side: with the same configuration and commands, supervisord and init log the same
lines in the same order, and reach the same state."""

import re
import signal

import pytest

import masks
from supervised import ENGINES, section
from waiting import wait_until

WORDS = re.compile(r"spawned:|spawnerr:|success:|exited:|stopped:|gave up:|killing |sending |Attempted to kill")

# name: (programs, commands for ctl, states to wait for before each command and at the end)
SCENARIOS = {
    "up_and_down": ([("a", dict(command="{actor} wait"))], ["stop a"], [{"a": "RUNNING"}, {"a": "STOPPED"}]),
    "up_down_up": ([("a", dict(command="{actor} wait", startsecs=0))], ["stop a", "start a"],
                   [{"a": "RUNNING"}, {"a": "STOPPED"}, {"a": "RUNNING"}]),
    "restarted": ([("a", dict(command="{actor} wait", startsecs=0))], ["restart a"], [{"a": "RUNNING"}, {"a": "RUNNING"}]),
    "too_quick_once": ([("a", dict(command="{actor} exit 0", startretries=0))], [], [{"a": "FATAL"}]),
    "too_quick_twice": ([("a", dict(command="{actor} exit 1", startretries=1))], [], [{"a": "FATAL"}]),
    "too_quick_by_signal": ([("a", dict(command="{actor} die SEGV", startretries=0))], [], [{"a": "FATAL"}]),
    "expected": ([("a", dict(command="{actor} exit 0", startsecs=0))], [], [{"a": "EXITED"}]),
    "expected_3": ([("a", dict(command="{actor} exit 3", startsecs=0, exitcodes="0,3"))], [], [{"a": "EXITED"}]),
    "unexpected": ([("a", dict(command="{actor} exit 4", startsecs=0, autorestart=False))], [], [{"a": "EXITED"}]),
    "expected_after_startsecs": ([("a", dict(command="{actor} sleep 1.5 exit 0"))], [], [{"a": "EXITED"}]),
    "killed": ([("a", dict(command="{actor} die KILL", startsecs=0, autorestart=False))], [], [{"a": "EXITED"}]),
    "not_started": ([("a", dict(command="{actor} wait", autostart=False))], ["start a"], [{"a": "STOPPED"}, {"a": "RUNNING"}]),
    "missing": ([("a", dict(command="/no/such/thing", startretries=1))], [], [{"a": "FATAL"}]),
    "missing_in_path": ([("a", dict(command="no-such-thing x", startretries=0))], [], [{"a": "FATAL"}]),
    "a_folder": ([("a", dict(command="/etc", startretries=0))], [], [{"a": "FATAL"}]),
    "not_executable": ([("a", dict(command="/etc/passwd", startretries=0))], [], [{"a": "FATAL"}]),
    "unbalanced": ([("a", dict(command="sh -c 'oh", startretries=0))], [], [{"a": "FATAL"}]),
    "ignores_term": ([("a", dict(command="{actor} ignore TERM wait", startsecs=1, stopwaitsecs=1))], ["stop a"],
                     [{"a": "RUNNING"}, {"a": "STOPPED"}]),
    "own_stopsignal": ([("a", dict(command="{actor} wait", startsecs=0, stopsignal="USR1"))], ["stop a"],
                       [{"a": "RUNNING"}, {"a": "STOPPED"}]),
    "as_group": ([("a", dict(command="{actor} wait", startsecs=0, stopasgroup=True))], ["stop a"],
                 [{"a": "RUNNING"}, {"a": "STOPPED"}]),
    "killed_as_group": ([("a", dict(command="{actor} ignore TERM wait", startsecs=1, stopwaitsecs=1, killasgroup=True))],
                        ["stop a"], [{"a": "RUNNING"}, {"a": "STOPPED"}]),
    "stopped_while_starting": ([("a", dict(command="{actor} wait", startsecs=30))], ["stop a"],
                               [{"a": "STARTING"}, {"a": "STOPPED"}]),
    "stopped_in_backoff": ([("a", dict(command="{actor} exit 1", startretries=20))], ["stop a"],
                           [{"a": "BACKOFF"}, {"a": "STOPPED"}]),
    "signalled": ([("a", dict(command="{actor} ignore USR1 wait", startsecs=0))], ["signal USR1 a"],
                  [{"a": "RUNNING"}, {"a": "RUNNING"}]),
    "two_of_one": ([("a", dict(command="{actor} wait", startsecs=0, numprocs=2, process_name="a%(process_num)d"))],
                   ["stop a:*", "start a:a1"], [{"a:a0": "RUNNING", "a:a1": "RUNNING"}, {"a:a0": "STOPPED", "a:a1": "STOPPED"},
                                                {"a:a0": "STOPPED", "a:a1": "RUNNING"}]),
    "by_priority": ([("c", dict(command="{actor} wait", startsecs=0, priority=1)),
                     ("b", dict(command="{actor} wait", startsecs=0, priority=2)),
                     ("a", dict(command="{actor} wait", startsecs=0, priority=3))], [],
                    [{"a": "RUNNING", "b": "RUNNING", "c": "RUNNING"}]),
    "bad_command": ([("a", dict(command="{actor} wait", startsecs=0))], ["start a", "stop nix", "stop a", "stop a"],
                    [{"a": "RUNNING"}, {"a": "RUNNING"}, {"a": "RUNNING"}, {"a": "STOPPED"}, {"a": "STOPPED"}]),
}


def story(run):
    """The log's lines about programs, except those about waiting, which depend on time."""
    return [f"{level} {re.sub(r'[(][0-9]+[)]', '(N)', masks.masked(text))}"
            for level, text in masks.log_lines(run.log()) if WORDS.search(text)]


def started(run):
    """Programs in the order of their forks: several may be on their way to their programs at the same time."""
    found = [(int(pid), name) for _, text in masks.log_lines(run.log()) for name, pid in re.findall(r"^spawned: '(\w+)' with pid (\d+)", text)]
    return [name for _, name in sorted(found)]


def told(lines, starts, programs, name):
    """The lines about each program, and the order of their starts and, if it is determined, of their exits."""
    def order(word):
        return [match[1] for line in lines if (match := re.search(rf"{word}: '?([a-z0-9]+)", line))]

    if name == "stopped_in_backoff":  # the number of attempts before the stop depends on timing
        lines = list(dict.fromkeys(lines))
    if name in ("expected", "expected_3", "unexpected", "killed", "stopped_in_backoff"):  # supervisord notices runs and exits late
        lines = [line for line in lines if not line.startswith("INFO success")]
    of_each = {program: [line for line in lines if re.search(rf"\b{program}\b", line)] for program in programs}
    return {"log": of_each, "starts": starts, "ends": order("stopped") if name == "by_priority" else None}


def live(begin, name, engine, actor, folder):
    """Starts it; the rest happens once both have been started."""
    programs, _, _ = SCENARIOS[name]
    place = folder / engine
    place.mkdir()
    place.chmod(0o777)
    text = "".join(section("program", program, **{key: str(value).replace("{actor}", str(actor))
                                                  for key, value in keys.items()}) for program, keys in programs)
    return begin(text, folder=place, engine=ENGINES[engine], pid1=False, supervisord="loglevel=debug")


def wait_states(run, wanted):
    wait_until(lambda: all(run.state(program) == state for program, state in wanted.items()), timeout=60)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_life(start, actor, folder, name):
    _, commands, states = SCENARIOS[name]
    runs = [live(start, name, engine, actor, folder) for engine in ("supervisord", "init")]
    words = []
    for run in runs:
        said = []
        wait_states(run, states[0])
        if name == "stopped_in_backoff":  # the fourth pause is long enough for a command
            wait_until(lambda: run.log().count("spawned: 'a'") == 4 and run.state("a") == "BACKOFF", what=run.story)
        for command, wanted in zip(commands, states[1:]):
            answer = run.ctl(*command.split())
            # Members of a group are listed in the order in which they exit.
            said.append((command, answer.code, sorted(masks.masked(answer.out).splitlines())))
            wait_states(run, wanted)
        info = [{key: one[key] for key in ("name", "group", "statename", "exitstatus", "spawnerr")}
                for one in sorted(run.rpc("supervisor.getAllProcessInfo"), key=lambda one: one["name"])]
        run.send(signal.SIGTERM)
        assert run.wait(60) == 0
        words.append({"ctl": said, "info": info, **told(story(run), started(run), [one["name"] for one in info], name)})
    assert all(words[0]["log"].values()) and words[1] == words[0]
