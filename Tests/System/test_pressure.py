"""Programs that write too much, and readers that don't read: PID 1 continues, and nothing is lost unnecessarily."""

import os
import re
import select
import signal
import subprocess
import threading

import pytest

import procfs
from supervised import INIT, section
from waiting import holds_for, wait_until

STDOUT = dict(stdout_logfile="/dev/stdout", stdout_logfile_maxbytes=0)


@pytest.fixture
def pipe():
    """[read end, write end], closed afterwards; set an element to None after closing it yourself."""
    ends = list(os.pipe())
    yield ends
    for end in ends:
        if end is not None:
            os.close(end)


def read_until(descriptor, enough, timeout=60):
    """Reads until `enough(data so far)`; bytes."""
    os.set_blocking(descriptor, False)
    data = bytearray()

    def more():
        while True:
            try:
                chunk = os.read(descriptor, 1 << 20)
            except BlockingIOError:
                return enough(data)
            if not chunk:
                return True
            data.extend(chunk)
    wait_until(more, timeout, what=lambda: f"enough output; {len(data)} bytes, the last {bytes(data[-200:])!r}", poll=0.002)
    return bytes(data)


def is_full(end):
    """Whether a pipe accepts nothing more."""
    return not select.select([], [end], [], 0)[1]


def numbered(data, prefix=b""):
    """The numbers in the lines that `actor count` wrote; each of its lines must be complete."""
    numbers = []
    for line in data.split(b"\n")[:-1]:
        if line.startswith(prefix) and len(line) == 63 + len(prefix):
            match = re.fullmatch(rb"(\d+) \.+", line[len(prefix):])
            if match:
                numbers.append(int(match[1]))
    return numbers


def test_a_stalled_stdout(start, actor, folder, pipe):
    """Without a reader, init answers, starts and stops programs, and other logs continue; afterwards nothing is
    lost."""
    count = 100_000
    run = start(section("program", "a", command=f"{actor} count {count} wait", startsecs=0, **STDOUT)
                + section("program", "b", command=f"{actor} every 0.02 tick", stdout_logfile=f"{folder}/b.log", startsecs=0)
                + section("program", "c", command=f"{actor} wait", startsecs=0),
                stdout=pipe[1], supervisord="silent=true")
    run.wait_all()
    wait_until(lambda: is_full(pipe[1]))
    written = (folder / "b.log").read_text().count("\n")
    for _ in range(20):
        run.assert_answers()
        before = run.pid_of("c")
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: run.state("c") == "RUNNING" and run.pid_of("c") not in (0, before))
    wait_until(lambda: (folder / "b.log").read_text().count("\n") > written + 50)
    run.assert_calm(0.5)
    assert is_full(pipe[1])
    data = read_until(pipe[0], lambda data: data.count(b"\n") >= count)
    assert numbered(data) == list(range(count))


def test_a_stalled_stdout_does_not_stop_the_end(start, actor, pipe):
    run = start(section("program", "a", command=f"{actor} flood", startsecs=0, **STDOUT), stdout=pipe[1])
    run.wait_state("a", "RUNNING")
    wait_until(lambda: is_full(pipe[1]))
    run.stop()


def test_a_closed_stdout(start, actor, pipe):
    run = start(section("program", "a", command=f"{actor} every 0.01 tick", startsecs=0, **STDOUT)
                + section("program", "b", command=f"{actor} wait", startsecs=0), stdout=pipe[1])
    run.wait_all()
    os.close(pipe[1])
    pipe[1] = None
    os.close(pipe[0])
    pipe[0] = None
    holds_for(1, lambda: procfs.alive(run.pid))
    run.assert_answers()
    run.assert_calm()
    assert run.state("b") == "RUNNING"


def test_a_stdout_that_was_never_open(start, actor):
    run = start(section("program", "a", command=f"{actor} every 0.01 tick", startsecs=0, **STDOUT),
                wrapper=["/bin/sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh"])
    run.wait_state("a", "RUNNING")
    run.assert_answers()
    run.assert_calm()


def test_lines_are_not_torn(start, actor, pipe):
    """Four programs on one pipe, more than a pipe holds, and a slow reader."""
    count = 20_000
    run = start("".join(section("program", name, command=f"{actor} count {count} wait", startsecs=0, **STDOUT)
                        for name in "abcd"), stdout=pipe[1], supervisord="silent=true")
    data = read_until(pipe[0], lambda data: data.count(b"\n") >= 4 * count)
    run.wait_all()
    numbers = numbered(data)
    assert len(numbers) == 4 * count, "every line is whole"
    assert sorted(numbers) == sorted(list(range(count)) * 4)


def test_a_flooding_child(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} flood", stdout_logfile=f"{folder}/a.log",
                        stdout_logfile_maxbytes="1MB", stdout_logfile_backups=2, startsecs=0)
                + section("program", "b", command=f"{actor} wait", startsecs=0))
    run.wait_all()
    wait_until((folder / "a.log.2").exists)
    for _ in range(20):
        run.assert_answers()
    for _ in range(5):
        before = run.pid_of("b")
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: run.state("b") == "RUNNING" and run.pid_of("b") not in (0, before))
    os.kill(run.pid_of("a"), signal.SIGSTOP)

    def at_rest():
        sizes = [path.stat().st_size for path in sorted(folder.glob("a.log*"))]
        assert len(sizes) <= 3 and max(sizes) < 1.5e6
        return len(sizes) == 3
    wait_until(at_rest, what="a log and two old ones, none much longer than a megabyte")
    os.kill(run.pid_of("a"), signal.SIGCONT)


def test_flooding_children_share(start, actor, folder):
    """None of them starves another."""
    run = start("".join(section("program", name, command=f"{actor} flood", stdout_logfile=f"{folder}/{name}.log",
                                stdout_logfile_maxbytes="1MB", stdout_logfile_backups=0, startsecs=0) for name in "abcd"))
    run.wait_all()

    def written():
        return {name: int(re.search(r"wchar: (\d+)", open(f"/proc/{run.pid_of(name)}/io").read())[1]) for name in "abcd"}
    before = written()

    def grown():
        return [after - before[name] for name, after in written().items()]
    wait_until(lambda: max(grown()) > 50_000_000)
    sizes = grown()
    assert min(sizes) > max(sizes) / 20


def test_a_gigabyte_without_a_newline(start, actor, folder, engine):
    if engine is not INIT:
        pytest.skip("takes supervisord minutes")
    size = 1 << 30
    run = start(section("program", "a", command=f"{actor} blob {size} say done wait", stdout_logfile=f"{folder}/a.log",
                        stdout_logfile_maxbytes="10MB", stdout_logfile_backups=1, startsecs=0))
    run.wait_state("a", "RUNNING")
    wait_until(lambda: any(path.read_bytes()[-5:] == b"done\n" for path in folder.glob("a.log*")), 120, poll=0.2)
    assert procfs.peak_rss(run.pid) < 4096
    run.assert_answers()


def test_a_gigabyte_without_a_newline_on_stdout(start, actor, pipe, engine):
    if engine is not INIT:
        pytest.skip("takes supervisord minutes")
    size = 1 << 30
    run = start(section("program", "a", command=f"{actor} blob {size} say done wait", startsecs=0, **STDOUT),
                stdout=pipe[1], supervisord="silent=true")
    seen, ending = 0, b""

    def drain():
        nonlocal seen, ending
        while not ending.endswith(b"done\n"):
            chunk = os.read(pipe[0], 1 << 20)
            seen += len(chunk)
            ending = (ending + chunk)[-5:]
    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    wait_until(lambda: not reader.is_alive(), 120, what=lambda: f"the last line; {seen} of {size} bytes; {run.story()}", poll=0.1)
    assert seen == size + 5
    assert procfs.peak_rss(run.pid) < 4096


def test_a_pipe_left_to_a_grandchild(start, actor, folder):
    """The grandchild holds stdout and stderr: the program's exit is noticed all the same, and nothing accumulates."""
    run = start(section("program", "a", command=f"{actor} say hello keep exit 0", startsecs=0, autorestart=False,
                        stdout_logfile=f"{folder}/a.log"))
    run.wait_state("a", "EXITED")
    assert (folder / "a.log").read_text() == "hello\n"
    after_one = len(procfs.descriptors(run.pid))
    for _ in range(30):
        run.rpc("supervisor.startProcess", "a", False)
        run.wait_state("a", "EXITED")
    # Those of the last three starts are still read.
    wait_until(lambda: len(procfs.descriptors(run.pid)) <= after_one + 4, what=lambda: procfs.descriptors(run.pid))
    run.assert_calm()
    run.stop()


def test_the_last_words_are_kept(start, actor, folder):
    """The log has what a program wrote just before its death, whichever is noticed first, the pipe or the death."""
    count, runs = 2000, folder / "runs"
    run = start(section("program", "a", command=f"{actor} append {runs} x count {count} die KILL", startsecs=0,
                        autorestart=False, stdout_logfile=f"{folder}/a.log"))
    for number in range(1, 21):
        wait_until(lambda: runs.read_text().count("x") == number)
        run.wait_state("a", "EXITED")
        assert numbered((folder / "a.log").read_bytes()) == list(range(count))
        (folder / "a.log").unlink()
        run.rpc("supervisor.startProcess", "a", False)


def test_bytes_are_bytes(start, actor, folder):
    program = folder / "bytes"
    program.write_text("#!/bin/sh\nprintf '\\377\\376\\000\\303(\\033[1m\\n'\nexec sleep 1000\n")
    program.chmod(0o755)
    run = start(section("program", "a", command=program, startsecs=0, stdout_logfile=f"{folder}/a.log"))
    run.wait_state("a", "RUNNING")
    wait_until(lambda: (folder / "a.log").read_bytes() == b"\xff\xfe\0\xc3(\x1b[1m\n")


def test_stdout_that_is_a_file_is_appended_to(start, actor, folder):
    """The inherited descriptor is used as it is: no seek, no truncation, no rotation, an offset that is shared with
    others."""
    shared = folder / "shared"
    shared.write_text("before\n")
    with open(shared, "ab") as file:
        run = start(section("program", "a", command=f"{actor} say one wait", startsecs=0, **STDOUT), stdout=file,
                    supervisord="silent=true")
        wait_until(lambda: shared.read_text() == "before\none\n")
        subprocess.run(["sh", "-c", "echo two"], stdout=file, check=True)
    run.rpc("supervisor.stopProcess", "a")
    run.rpc("supervisor.startProcess", "a")
    wait_until(lambda: shared.read_text() == "before\none\ntwo\none\n")
