"""What ctl has beyond supervisorctl: status --json, logs, tree, wait, and colour on a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess

import pytest

import procfs
from supervised import DIST, section
from waiting import takes_at_least, wait_until

CTL = str(DIST / "ctl")


def program(name, command, **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


class Running:
    """A run of ctl that continues; its output is collected in `out`."""

    def __init__(self, words, **options):
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.out = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def lines(self):
        """The complete lines so far."""
        self.out += self.process.stdout.read() or b""
        return self.out.decode("utf-8", "backslashreplace").split("\n")[:-1]

    def wait_line(self, wanted, timeout=60):
        return wait_until(lambda: wanted in self.lines(), timeout, what=lambda: f"{wanted!r} in {self.out[-2000:]!r}")

    def end(self, timeout=60):
        """The exit code and stderr, after stdout has been read to its end."""
        code = self.process.wait(timeout)
        self.lines()
        return code, self.process.stderr.read()


@pytest.fixture
def begin(start, actor, folder):
    """`begin(programs)` starts init, with {actor} and {folder} replaced, and returns it with `ctl_running(words)`."""
    def one(programs, **options):
        run = start(programs.replace("{actor}", str(actor)).replace("{folder}", str(folder)), **options)
        run.ctl_running = lambda *words, **more: Running([CTL, "-c", str(run.configuration), *words], **more)
        return run
    return one


def inside(run, *words, wrapper=(), environment=None):
    """Runs ctl as `docker exec` does: beside PID 1."""
    return subprocess.run(
        ["nsenter", "--target", str(run.pid), "--pid", "--mount", *wrapper, CTL, "-c", str(run.configuration), *words],
        capture_output=True, text=True, timeout=60, env={**os.environ, "LC_ALL": "C", **(environment or {})})


# -- status --json

FIELDS = {
    "name": str, "group": str, "start": int, "stop": int, "now": int, "state": int, "statename": str, "spawnerr": str,
    "exitstatus": int, "logfile": str, "stdout_logfile": str, "stderr_logfile": str, "pid": int, "description": str,
}


def test_status_as_json_is_all_that_the_supervisor_knows(begin):
    run = begin(program("web", "{actor} wait", stdout_logfile="{folder}/w.log")
                + program("job", "{actor} exit 3", numprocs=2, process_name="j%(process_num)d", autorestart=False,
                          stdout_logfile="NONE", exitcodes="3"))
    wait_until(lambda: run.states() == {"web:web": "RUNNING", "job:j0": "EXITED", "job:j1": "EXITED"})
    answer = run.ctl("status", "--json")
    assert (answer.code, answer.err) == (3, "")
    rows = {row["fullname"]: row for row in json.loads(answer.out)}
    assert list(rows) == ["job:j0", "job:j1", "web"]
    for said in run.rpc("supervisor.getAllProcessInfo"):
        row = rows[said["name"] if said["name"] == said["group"] else f"{said['group']}:{said['name']}"]
        assert set(row) == {*FIELDS, "fullname", "uptime", "restarts", "unstable", "depends_on", "waiting_for", "substate",
                            "health", "health_checks", "status_text", "last_exit"}
        for field, kind in FIELDS.items():
            assert isinstance(row[field], kind), field
            if field not in ("now", "description"):
                assert row[field] == said[field], field
    assert rows["job:j0"]["exitstatus"] == 3 and rows["job:j0"]["uptime"] is None
    assert rows["web"]["pid"] > 0 and 0 <= rows["web"]["uptime"] < 60
    assert [row["name"] for row in json.loads(run.ctl("status", "web", "--json").out)] == ["web"]
    assert run.ctl("status", "--json", "web").code == 0
    assert len(json.loads(run.ctl("status", "--json", "job:*", "web").out)) == 3


def test_json_stays_json(begin, folder):
    """Names and texts of any bytes, names that don't exist, no server: never part of a document."""
    # The name contains a quote, a backslash, a tab, a character outside ASCII and one outside the first plane.
    odd = 'a"b\\c\u00e9\U0001F600'
    run = begin(program("fine", "{actor} wait") + section("program", odd, command="/no/such\u00e9/program", startsecs=0))
    wait_until(lambda: run.states()[f"{odd}:{odd}"] == "FATAL", 20)
    answer = run.ctl("status", "--json")
    row = next(row for row in json.loads(answer.out) if row["name"] == odd)
    assert "/no/such\u00e9/program" in row["spawnerr"] and answer.code == 3
    answer = run.ctl("status", "--json", "fine", "nix", "g:*")
    assert [row["name"] for row in json.loads(answer.out)] == ["fine"]
    assert answer.code == 4 and answer.err == "nix: ERROR (no such process)\ng: ERROR (no such group)\n"
    assert run.ctl("status", "--json", "nix").out == "[]\n"
    silent = subprocess.run([CTL, "-s", f"unix://{folder}/nobody.ctl", "status", "--json"], capture_output=True, text=True)
    assert (silent.returncode, silent.stdout) == (4, "") and "nobody.ctl" in silent.stderr


# -- logs

def test_logs_of_all_programs_line_by_line(begin):
    run = begin(program("web", "{actor} count 30 err oops wait", stdout_logfile="{folder}/w.log",
                        stderr_logfile="{folder}/w.err")
                + program("longer", "{actor} say hello wait", stdout_logfile="NONE", redirect_stderr=True)
                + program("quiet", "{actor} wait", stdout_logfile="syslog", stderr_logfile="syslog", autostart=False))
    wait_until(lambda: b"oops" in (run.folder / "w.err").read_bytes() and "hello" in run.rpc_log("longer"))
    answer = run.ctl("logs")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert [line.rstrip(" .") for line in lines] == (
        ["longer | hello"] + [f"web    | {n}" for n in range(20, 30)] + ["web    ! oops"])
    assert [line.rstrip(" .") for line in run.ctl("logs", "-n", "2", "web").out.splitlines()] == [
        "web | 28", "web | 29", "web ! oops"]
    assert len(run.ctl("logs", "--lines=all", "web").out.splitlines()) == 31
    assert len(run.ctl("logs", "-n200", "web").out.splitlines()) == 31
    assert run.ctl("logs", "web", "-n0").out == ""
    answer = run.ctl("logs", "nix", "longer")
    assert (answer.code, answer.out) == (1, "nix: ERROR (no such process)\nlonger | hello\n")
    for words in (["-n"], ["-n", "some"], ["-x"], ["--lines=-1"], ["--follow=1"]):
        answer = run.ctl("logs", *words)
        assert answer.code == 2 and answer.out.startswith("Error: "), words


def test_the_last_lines_of_a_large_log(begin, folder):
    run = begin(program("web", "{actor} wait", stdout_logfile="{folder}/w.log", stdout_logfile_maxbytes=0))
    lines = [f"line {number} ".ljust(number % 300, "x").encode() for number in range(5000)]
    (folder / "w.log").write_bytes(b"\n".join(lines) + b"\nlast \xff\x00 without end")
    done = subprocess.run([CTL, "-c", run.configuration, "logs", "-n", "2001", "web"], capture_output=True)
    assert done.stdout.split(b"\n") == [
        b"web | " + line for line in [*lines[-2000:], b"last \xff\x00 without end"]] + [b""]


def test_logs_are_followed_across_restarts(begin, folder):
    run = begin(program("web", "{actor} say up err bad wait", stdout_logfile="{folder}/w.log", stderr_logfile="NONE")
                + program("job", "{actor} say once wait", autostart=False, stdout_logfile="{folder}/j.log"))
    wait_until(lambda: "bad" in run.rpc_log("web", "stderr"))
    with run.ctl_running("logs", "-f") as follow:
        follow.wait_line("web | up")
        follow.wait_line("web ! bad")
        assert run.ctl("restart", "web").code == 0
        wait_until(lambda: follow.lines().count("web ! bad") == 2)
        assert run.ctl("start", "job").code == 0
        follow.wait_line("job | once")
        # A line is shown once it is complete.
        with open(f"/proc/{run.pid_of('job')}/fd/1", "wb", buffering=0) as stdout:
            stdout.write(b"half")
            stdout.write(b" and rest\nnext half")
            follow.wait_line("job | half and rest")
            assert not any("next half" in line for line in follow.lines())
        follow.process.send_signal(signal.SIGINT)
        assert follow.end() == (0, b"")
        assert sorted(follow.lines()) == sorted([
            "web | up", "web | up", "web ! bad", "web ! bad", "job | once", "job | half and rest"])
    # The follower has gone: PID 1 keeps nothing open for it.
    wait_until(lambda: sum(target.startswith("pipe:") for target in procfs.descriptors(run.pid).values()) <= 8)


def test_following_ends_with_the_supervisor_and_with_the_group(begin, folder):
    run = begin(program("web", "{actor} say up wait", stdout_logfile="NONE") + program("old", "{actor} say x wait"))
    with run.ctl_running("logs", "-f", "-n", "1") as every, run.ctl_running("logs", "-f", "old") as one:
        every.wait_line("web | up")
        one.wait_line("old | x")
        assert run.ctl("stop", "old").code == 0 and run.ctl("remove", "old").code == 0
        assert one.end() == (0, b"")
        assert every.process.poll() is None
        run.stop()
        assert every.end() == (0, b"")


def test_a_flood_is_followed_in_whole_lines(begin):
    run = begin(program("a", "{actor} count -1", stdout_logfile="NONE") + program("b", "{actor} count -1", stdout_logfile="NONE"))
    with run.ctl_running("logs", "-f") as follow:
        wait_until(lambda: len(follow.lines()) > 50_000, 30)
        odd = [line for line in follow.lines() if not re.fullmatch(r"[ab] \| \d+ \.+", line)]
        # A reader that is too slow loses bytes, so some lines are cut; but no line mixes two programs.
        assert len(odd) < len(follow.lines()) / 10, odd[:5]


# -- tree

def test_the_tree_of_processes(begin, folder):
    run = begin(program("web", "/bin/sh -c '/bin/sleep 1001 & /bin/sleep 1002 & wait'")
                + program("lost", "{actor} daemon wait") + program("off", "/bin/true", autostart=False))
    run.wait_state("web", "RUNNING")
    wait_until(lambda: len(run.processes()) == 5)
    # Each has got as far as its own program.
    wait_until(lambda: all(re.search(rf"[RSD] /bin/sleep {seconds}\n", inside(run, "tree").stdout) for seconds in (1001, 1002)))
    done = inside(run, "tree")
    assert (done.returncode, done.stderr) == (0, "")
    # Whether a process is running or sleeping depends on the moment.
    lines = re.sub(r"(?<!\d)\d+ [RSD] ", "N S ", done.stdout).replace(str(run.folder), "DIR").splitlines()
    assert lines[0].startswith("1 ") and "init -c" in lines[0]
    actor = next(line.split(" S ")[1] for line in lines if "daemon wait" in line)
    assert lines[1:] == [
        "|-- lost RUNNING", f"|   `-- N S {actor}", "|-- off STOPPED", "|-- web RUNNING",
        "|   `-- N S /bin/sh -c /bin/sleep 1001 & /bin/sleep 1002 & wait",
        "|       |-- N S /bin/sleep 1001", "|       `-- N S /bin/sleep 1002", "`-- (orphans)", f"    `-- N S {actor}"]
    done = inside(run, "tree", "web", "nix", environment={"LC_ALL": "en_US.UTF-8"})
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "nix: ERROR (no such process)"
    assert [line[:8] for line in done.stdout.splitlines()[2:]] == ["└── web ", "    └── ", "        ", "        "]
    assert "├── " in done.stdout and "orphans" not in done.stdout


def test_a_tree_where_proc_is_hidden(begin):
    run = begin(program("web", "{actor} wait") + program("off", "{actor} wait", autostart=False))
    done = inside(run, "tree", wrapper=["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"])
    assert done.returncode == 0
    assert re.fullmatch(r"1 init\n\|-- off STOPPED\n`-- web RUNNING \(pid \d+\)\n", done.stdout)
    assert "/proc does not show 1 of" in done.stderr
    # Outside, the pids of init's namespace mean other processes.
    answer = run.ctl("tree")
    assert answer.code == 0 and "another PID namespace" in answer.err and "web RUNNING (pid" in answer.out


# -- wait

POLL = 7
PPOLL = {271, 73}
# ctl's time limit for anything except the wait itself.
CTL_PATIENCE = 30_000


def waits_with_its_question(pid):
    """Whether ctl is in poll(2) with a time limit that only `wait --timeout=60` has."""
    words = open(f"/proc/{pid}/syscall").read().split()
    if words[0] in ("running", "-1"):
        return False
    number = int(words[0])
    # The time limit of ppoll(2) is in the memory of the process.
    return number in PPOLL or (number == POLL and CTL_PATIENCE < int(words[3], 16) <= 60_000)


def is_held(run, *pending):
    """Waits until init has the requests of these, which wait with `--timeout=60`."""
    for one in pending:
        wait_until(lambda: waits_with_its_question(one.process.pid))
    run.assert_answers()


def test_wait_ends_when_the_state_is_there(begin, folder):
    run = begin(program("web", "{actor} wait", startsecs=1) + program("off", "{actor} sleep 0.2 exit 0", autostart=False,
                                                                     autorestart=False))
    answer = run.ctl("wait", "web", "--timeout", "20")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert run.state("web") == "RUNNING"
    for words in (["off", "--for=stopped"], ["off:*", "--for", "down"], ["all", "--for=running,stopped"], ["web", "--timeout=0"]):
        assert run.ctl("wait", *words).code == 0, words
    with run.ctl_running("wait", "all", "--for=running", "--timeout=60") as both:
        with run.ctl_running("wait", "off", "--for=exited", "--timeout=60") as one:
            is_held(run, one, both)
            assert run.ctl("start", "off").code == 0
            assert one.end() == (0, b"")
        # Both were running for a moment.
        assert both.end() == (0, b"")


def test_wait_says_what_is_not_there_in_time(begin):
    run = begin(program("web", "{actor} wait") + program("slow", "{actor} wait", startsecs=100))
    with takes_at_least(0.3):
        answer = run.ctl("wait", "web", "slow", "--timeout=0.3")
    assert (answer.code, answer.out) == (124, "slow: STARTING, not running in time\n")
    assert run.ctl("wait", "web", "--for=fatal,exited", "--timeout", "0.1s").out == "web: RUNNING, not fatal,exited in time\n"


def test_wait_ends_at_once_when_it_is_in_vain(begin):
    run = begin(program("web", "{actor} wait") + program("bad", "{actor} exit 1", startsecs=1, startretries=0, autostart=False))
    with run.ctl_running("wait", "web", "bad", "--timeout=60") as pending:
        is_held(run, pending)
        assert run.ctl("start", "bad").code == 7
        code, err = pending.end()
        assert (code, err) == (7, b"")
        assert pending.lines() == [
            "bad: FATAL, will not be running by itself (Exited too quickly (process log may have details))"]
    assert run.ctl("wait", "bad").code == 7
    assert run.ctl("wait", "bad", "--for=fatal").code == 0
    answer = run.ctl("wait", "web", "nix")
    assert (answer.code, answer.out) == (1, "nix: ERROR (no such process)\n")
    with run.ctl_running("wait", "bad:bad", "--for=running,fatal,stopped") as pending:
        assert pending.end() == (0, b"")
    with run.ctl_running("wait", "web", "--for=exited", "--timeout=60") as pending:
        is_held(run, pending)
        run.send(signal.SIGTERM)
        assert pending.end() == (1, b"") and pending.lines() == ["ERROR: supervisor shutting down"]
    assert run.wait() == 0


@pytest.mark.parametrize("words", [
    [], ["--for=running"], ["web", "--for=somehow"], ["web", "--for="], ["web", "--timeout=x"], ["web", "--timeout="],
    ["web", "--timeout", "-1"], ["web", "--timeout"], ["web", "-x"], ["web", "--timeout=1.x"]])
def test_mistakes_in_wait(folder, words):
    done = subprocess.run([CTL, "-s", f"unix://{folder}/x", "wait", *words], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout.startswith("Error: ") and "wait NAME..." in done.stdout


def test_waiting_costs_nothing(begin):
    """Neither side polls; a client that disconnects is forgotten."""
    run = begin(program("web", "{actor} wait"))
    sockets = set(procfs.descriptors(run.pid).values())
    with run.ctl_running("wait", "web", "--for=exited", "--timeout=60") as pending:
        is_held(run, pending)

        run.assert_sleeps(1, pending.process.pid)
    wait_until(lambda: not [target for target in procfs.descriptors(run.pid).values()
                            if target.startswith("socket:") and target not in sockets])
    assert run.ctl("stop", "web").code == 0
    run.assert_answers()


def test_the_wait_method_refuses_what_it_does_not_know(begin):
    run = begin(program("web", "{actor} wait"))
    assert run.rpc("reeve.wait", ["web"], [20]) is True
    assert run.rpc("reeve.wait", [], [20, 0]) is True
    for parameters in ([], [["web"]], ["web", [20]], [["web"], 20], [["web"], [20], 1]):
        with pytest.raises(Exception) as problem:
            run.rpc("reeve.wait", *parameters)
        assert problem.value.code == 2, parameters
    with pytest.raises(Exception) as problem:
        run.rpc("reeve.wait", ["nix"], [20])
    assert problem.value.code == 10


# -- colour

def on_terminal(words, **environment):
    """A command's output on a terminal, without the terminal's carriage returns."""
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.execve(words[0], words, {**variables, **environment})
        finally:
            os._exit(99)
    said = b""
    while select.select([master], [], [], 20)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 99
    return said.replace(b"\r\n", b"\n").decode()


def test_colour_is_for_terminals(begin):
    run = begin(program("web", "{actor} say hello err oh wait", stdout_logfile="NONE", stderr_logfile="NONE")
                + program("off", "{actor} wait", autostart=False))
    wait_until(lambda: "oh" in run.rpc_log("web", "stderr"))
    where = ["-c", str(run.configuration)]
    plain = run.ctl("status", "off").out
    assert "\33" not in run.ctl("status").out + run.ctl("logs").out + run.ctl("tree").out
    said = on_terminal([CTL, *where, "status"], TERM="xterm")
    assert "\33[32mRUNNING   \33[0m" in said and "\33[90mSTOPPED   \33[0m" in said
    table = re.sub("\33\\[\\d+m", "", on_terminal([CTL, *where, "status", "--short", "off"], TERM="xterm"))
    assert table == "PROGRAM  STATE     DESCRIPTION\noff      STOPPED   Not started\n"
    assert on_terminal([CTL, *where, "status", "--short", "off"], TERM="xterm", NO_COLOR="1") == table
    said = on_terminal([CTL, *where, "logs"], TERM="xterm")
    assert re.fullmatch("\33\\[\\d+mweb \\| \33\\[0mhello\n\33\\[\\d+mweb\33\\[0m\33\\[31m ! \33\\[0moh\n", said.split("off")[-1])
    for words, environment in [
            ([CTL], {"TERM": "dumb"}), ([CTL], {}), ([CTL], {"TERM": ""}),
            ([str(DIST / "supervisorctl")], {"TERM": "xterm"})]:
        assert on_terminal([*words, *where, "status", "off"], **environment) == plain, (words, environment)
    assert "\33[" in on_terminal([CTL, *where, "status"], TERM="xterm", NO_COLOR="")


@pytest.mark.parametrize("action", ["logs", "tree", "wait"])
def test_supervisorctl_does_not_have_them(begin, action):
    run = begin(program("web", "{actor} wait"))
    done = subprocess.run([DIST / "supervisorctl", "-c", run.configuration, action], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == f"*** Unknown syntax: {action}\n"
