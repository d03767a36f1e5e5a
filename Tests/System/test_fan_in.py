"""Many programs write to one stdout, one of them as fast as it can: no line is torn or lost, and each program's
lines stay in order."""

import re

import pytest

from consumer import Consumer
from supervised import INIT, section
from waiting import wait_until


@pytest.fixture
def consumer(engine, folder):
    if engine is not INIT:
        pytest.skip("supervisord tears lines")
    consumer = Consumer("pipe", folder)
    yield consumer
    consumer.close()


@pytest.mark.parametrize("flooding", [False, True], ids=["drips", "beside a flood"])
def test_fifty_programs(start, actor, consumer, flooding):
    programs = section("program", "drip", command=f"{actor} every 0.01 %(process_num)02d", numprocs=50,
                       process_name="drip%(process_num)02d", stdout_logfile="/dev/stdout", stderr_logfile="NONE")
    if flooding:
        programs += section("program", "flood", command=f"{actor} flood", stdout_logfile="/dev/stdout", stderr_logfile="NONE")
    run = start(programs, stdout=consumer.out, supervisord="silent=true")
    wait_until(lambda: consumer.bytes.count(b"49 ") > 200 and (not flooding or len(consumer.bytes) > 64 << 20), timeout=60)
    run.stop()
    seen = {}
    strange = []
    for line in consumer.lines():
        if match := re.fullmatch(rb"(\d\d) (\d+)", line):
            # Each program continues its own count.
            expected = seen.get(match[1], -1) + 1
            if int(match[2]) != expected:
                strange.append(line)
            seen[match[1]] = int(match[2])
        elif not (flooding and re.fullmatch(rb"([a-z])\1{62}", line)):
            strange.append(line)
    assert strange[:5] == []
    assert len(seen) == 50


def test_a_turns_lines_are_few_writes(engine, start, actor, folder):
    """init's lines about a hundred programs take far fewer writes than lines."""
    if engine is not INIT:
        pytest.skip("supervisord writes each line by itself")
    run = start(section("program", "one", command=f"{actor} wait", numprocs=100, process_name="one%(process_num)02d", startsecs=0,
                        stdout_logfile="NONE", stderr_logfile="NONE"))
    run.wait_all("RUNNING")

    def writes():
        with open(f"/proc/{run.pid}/io") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("syscw"))

    lines, before = run.log().count("\n"), writes()
    run.rpc("supervisor.signalAllProcesses", "CONT")
    run.rpc("supervisor.stopAllProcesses")
    said, written = run.log().count("\n") - lines, writes() - before
    # Each would go to the file and to stdout.
    assert said >= 200 and written < said, (said, written)
