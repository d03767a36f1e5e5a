"""Out of memory: at the start init reports the limit that is too small, later it uses its reserve. It never dies of
it."""

import os
import resource
import signal
import subprocess

import pytest

import procfs
from control import Fault
from supervised import DIST, HEAD, ROOT, section
from waiting import wait_until

LOWEST = 1
MANY = 3000
CONFIGURATION = HEAD + section("program", "a", command="sleep 1000", startsecs=0)


def loaded(flags=""):
    """Kilobytes that the kernel maps for the executable: with less, the kernel kills it before its first
    instruction."""
    total = 0
    for line in subprocess.run(["readelf", "-lW", DIST / "init"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.split()[:1] == ["LOAD"] and flags in line:
            total += int(line.split()[5], 16) // 1024 + 8
    return total


def run_limited(which, kilobytes, *words, **options):
    # Uses prlimit instead of the child of this large process, which would have no memory for the exec.
    name = {"v": "as", "d": "data"}[which]
    return subprocess.run(["prlimit", f"--{name}={kilobytes * 1024}", *map(str, words)], capture_output=True, text=True,
                          timeout=60, **options)


def values(which):
    """Kilobytes, in small steps where it begins to work."""
    if which == "v":
        first = loaded() + 132 + 32  # its first stack, and what the kernel maps for every process
        return [*range(first + 16, first + 700, 36), 2000, 3000, 6000, 20000]
    first = loaded(" RW ")
    return [*range(first, first + 100, 16), *range(first + 100, 700, 32), 1000, 3000]


def says_why(done):
    beginnings = "init: out of memory", "ctl: out of memory", "Error: there is not enough memory"
    return done.returncode in (1, 2) and done.stderr.startswith(beginnings)


def lower(pid, name="as", soft=LOWEST):
    """Lowers the limit below what the process has: from now on the kernel gives it no more memory."""
    subprocess.run(["prlimit", "--pid", str(pid), f"--{name}={soft}:"], check=True)


def many(count=MANY, **keys):
    return section("program", "a", command="sleep 1000", numprocs=count, process_name="%(program_name)s_%(process_num)04d",
                   startsecs=0, stdout_logfile="NONE", stderr_logfile="NONE", **keys)


@pytest.fixture
def descriptors():
    """3,000 programs need 15,000 descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 20000:
        pytest.skip("not enough descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("which", ["v", "d"])
@pytest.mark.parametrize("words", [["init", "--check"], ["init", "--"], ["ctl"]], ids=["check", "single", "ctl"])
def test_small_limits_of_short_commands(folder, which, words):
    """With each value of a limit, it either does what it is asked, or reports what is too small."""
    configuration = folder / "s.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, log=folder / "s.log", supervisord=""))
    rest = {"--check": ["-c", configuration], "--": ["true"], "ctl": ["-c", configuration, "version"]}[words[-1]]
    outcomes = set()
    for kilobytes in values(which):
        done = run_limited(which, kilobytes, DIST / words[0], *words[1:], *rest)
        assert done.returncode >= 0 and done.returncode < 128, f"{kilobytes} KB: {done}"
        if words == ["ctl"]:
            # No server answers, which it must find out.
            assert says_why(done) or "s.sock" in done.stdout + done.stderr, f"{kilobytes} KB: {done}"
        else:
            # The program that it starts has the same limit, and may be the one that has too little memory.
            assert done.returncode == 0 or says_why(done) or "--" in words, f"{kilobytes} KB: {done}"
        outcomes.add(done.returncode)
    if words != ["ctl"]:
        assert {0, 1} <= outcomes


@pytest.mark.parametrize("which", ["v", "d"])
@pytest.mark.parametrize("count", [1, 300])
def test_small_limits_of_a_supervisor(folder, which, count):
    """With each value, it either runs and answers, or reports what is too small and exits; no signal kills it."""
    configuration = folder / "s.conf"
    text = HEAD + many(count)
    configuration.write_text(text.format(folder=folder, log=folder / "s.log", supervisord="minfds=3000"))
    outcomes = set()
    step = values(which) if count == 1 else [*values(which)[::4], *range(values(which)[0], 4000, 300)]
    for kilobytes in step:
        name = {"v": "as", "d": "data"}[which]
        with open(folder / "err", "w+b") as err:
            init = subprocess.Popen(
                ["prlimit", f"--{name}={kilobytes * 1024}", DIST / "init", "-c", configuration], stdout=subprocess.DEVNULL,
                stderr=err, env={**os.environ, "LC_ALL": "C"})
            try:
                def settled():
                    if init.poll() is not None:
                        return True
                    done = subprocess.run([DIST / "ctl", "-c", configuration, "pid"], capture_output=True, text=True, timeout=60)
                    return done.returncode == 0 and done.stdout.strip() == str(init.pid)
                wait_until(settled, 30, what=lambda: f"an answer or an end with {kilobytes} KB", poll=0.01)
                if init.poll() is None:
                    done = subprocess.run([DIST / "ctl", "-c", configuration, "status"], capture_output=True, text=True)
                    assert done.stdout.count("\n") == count, f"{kilobytes} KB: {done}"
                    init.send_signal(signal.SIGTERM)
                    assert init.wait(60) == 0, f"{kilobytes} KB"
                    outcomes.add("ran")
                else:
                    err.seek(0)
                    said = err.read().decode()
                    assert init.returncode in (1, 2) and "memory" in said, f"{kilobytes} KB: {init.returncode} {said}"
                    outcomes.add("said why")
            finally:
                if init.poll() is None:
                    init.kill()
                    init.wait()
    assert outcomes == {"ran", "said why"}


def everything(run):
    """Makes every request that ctl can make; each is answered, if only by a rejection. Returns the rejected ones."""
    refused = []
    for words in (["status"], ["avail"], ["pid"], ["reread"], ["update"], ["start", "all"], ["signal", "CONT", "all"], ["tail", "a:*"],
                  ["maintail"], ["clear", "all"], ["health"], ["version"], ["status", "--json"], ["restart", "all"], ["logs"]):
        answer = run.ctl(*words, timeout=120)
        assert answer.code >= 0, f"{words}: {answer}"
        assert procfs.alive(run.pid), f"{words}: {run.story()}"
        if "memory" in answer.out + answer.err:
            refused.append(words[0])
    with run.control(60) as connection:
        for method, *parameters in (("supervisor.getAllConfigInfo",), ("reeve.metrics",), ("supervisor.getAllProcessInfo",),
                                    ("supervisor.clearAllProcessLogs",), ("supervisor.sendRemoteCommEvent", "t", "x" * 20000)):
            try:
                connection.call(method, *parameters)
            except Fault as fault:
                assert "short of memory" in fault.text or "no memory file" in fault.text, (method, fault)
                refused.append(method)
    return refused


@pytest.mark.parametrize("name", ["as", "data"])
def test_a_running_init_is_given_nothing_more(start, name):
    """With ten programs everything continues to work; then TERM stops it cleanly."""
    run = start(many(10, autorestart=False))
    run.wait_all()
    lower(run.pid, name)
    everything(run)
    memory = run.rpc("reeve.metrics")["memory"]
    assert memory["reserve_most_used"] < memory["reserve"] // 2, memory
    for info in run.rpc("supervisor.getAllProcessInfo")[:3]:
        if info["pid"]:
            run.rpc("supervisor.signalProcess", f"a:{info['name']}", "KILL")
    wait_until(lambda: sum(state != "RUNNING" for state in run.states().values()) >= 3, 20, what=run.story)
    run.stop()


def test_many_programs_and_nothing_more(start, descriptors):
    """With 3,000 programs, `status` is answered from the reserve, anything larger is rejected with a reason, and all
    programs may die at once."""
    run = start(many(autorestart=False), supervisord="minfds=15000", wait=False)
    run.wait_ready(60)
    run.wait_all(timeout=120)
    lower(run.pid)
    answer = run.ctl("status", timeout=120)
    assert answer.out.count("RUNNING") == MANY, answer
    refused = everything(run)
    assert "reread" in refused and "start" in refused, refused
    memory = run.rpc("reeve.metrics", timeout=60)["memory"]
    # A quarter of the reserve is left at the worst moment so far.
    assert memory["reserve_most_used"] < memory["reserve"] * 3 // 4, memory
    for pid in procfs.children(run.pid):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(run.states().values()) == {"EXITED"}, 120, what=run.story, poll=0.2)
    memory = run.rpc("reeve.metrics", timeout=60)["memory"]
    assert memory["reserve_most_used"] < memory["reserve"] * 3 // 4, memory
    run.stop(60)


def test_many_programs_end_by_term(start, descriptors):
    """The end of 3,000 programs needs memory for all of them at once."""
    run = start(many(), supervisord="minfds=15000", wait=False)
    run.wait_ready(60)
    run.wait_all(timeout=120)
    lower(run.pid)
    run.stop(60)
    assert run.log().count("stopped: a_") == MANY


def test_an_address_space_of_six_megabytes(folder, descriptors):
    """3,000 programs need more: it reports that at the start, and nothing runs."""
    configuration = folder / "s.conf"
    configuration.write_text((HEAD + many()).format(folder=folder, log=folder / "s.log", supervisord="minfds=15000"))
    done = run_limited("v", 6000, DIST / "init", "-c", configuration)
    assert done.returncode in (1, 2) and done.stderr.startswith("Error: there is not enough memory"), done


def test_memory_comes_back(start):
    """The log has one line for the shortage and one for its end; what was rejected works again."""
    run = start(many(200), wait=False)
    run.wait_ready(60)
    run.wait_all(timeout=60)
    lower(run.pid)
    assert "not enough memory" in run.ctl("reread").err + run.ctl("reread").out
    # Three kilobytes per program: more than the heap has available.
    with pytest.raises(Fault, match="short of memory"):
        run.rpc("supervisor.sendRemoteCommEvent", "type", "x" * 30000)
    lower(run.pid, soft=resource.RLIM_INFINITY)
    assert "No config updates" in run.ctl("reread").out
    run.rpc("supervisor.sendRemoteCommEvent", "type", "x" * 30000)
    run.stop()


def test_a_configuration_that_grew(start):
    """`update` with a file of a megabyte, `restart` and SIGHUP are rejected with a reason, and everything keeps
    running."""
    run = start(many(3))
    run.wait_all()
    size = vm_size(run.pid)
    lower(run.pid, soft=(size + 1500) * 1024)
    extra = "".join(section("program", f"p{number}", command="true", environment='A="' + "x" * 400 + '"') for number in range(2000))
    run.configure(many(3) + extra)
    for words in (["reread"], ["update"], ["reload"]):
        answer = run.ctl(*words, stdin="y\n")
        assert "there is not enough memory for this configuration" in answer.out + answer.err, (words, answer)
    run.send(signal.SIGHUP)
    wait_until(lambda: "the restart is refused" in run.log(), 20, what=run.story)
    run.wait_all()
    run.configure(many(3))
    assert "No config updates" in run.ctl("reread").out
    # A few bytes of configuration, and a hundred thousand processes.
    run.configure(many(3) + many(50000).replace("program:a", "program:b"))
    assert "there is not enough memory for this configuration" in run.ctl("reread").out + run.ctl("reread").err
    run.stop()


def vm_size(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmSize"))


def test_output_without_memory(start, actor, folder):
    """Programs that write, to a file or to nothing, with or without events: all output continues, or waits."""
    run = start(
        section("program", "file", command="sh -c 'while read line; do seq 20000; done'", stdout_logfile=folder / "file.log",
                stdout_logfile_maxbytes=0, stdout_events_enabled=True)
        + section("program", "none", command="sh -c 'while read line; do seq 20000; done'", stdout_logfile="NONE")
        + section("program", "tagged", command="sh -c 'while read line; do echo \"<!--XSUPERVISOR:BEGIN-->\"; seq 20000; "
                  "echo \"<!--XSUPERVISOR:END-->\"; done'", stdout_capture_maxbytes="1MB", stdout_logfile=folder / "tagged.log")
        + section("eventlistener", "listener", command="sleep 1000", events="EVENT", buffer_size=1000))
    run.wait_all()
    lower(run.pid)
    for _ in range(20):
        for name in ("file", "none", "tagged"):
            run.rpc("supervisor.sendProcessStdin", name, "go\n")
    expected = len("".join(f"{number}\n" for number in range(1, 20001))) * 20
    wait_until(lambda: (folder / "file.log").stat().st_size == expected, 60, what=run.story)
    run.assert_answers()
    assert run.log().count("events of its output are dropped") <= 3
    assert set(run.states().values()) == {"RUNNING"}
    run.stop()


@pytest.fixture(scope="module")
def exhausted(tmp_path_factory):
    path = tmp_path_factory.mktemp("exhausted") / "exhausted"
    sources = ROOT / "Sources/CLinux"
    subprocess.run(["musl-gcc", "-static", "-Os", "-Wall", "-Wextra", "-Werror", "-DREEVE_MUSL", f"-I{sources}/include", "-o", path,
                    ROOT / "Tests/System/exhausted.c", sources / "memory.c", sources / "reserve.c", sources / "arena.c",
                    sources / "process_stat.c"], check=True)
    return path


def test_everything_is_used_up_at_the_start(exhausted):
    done = subprocess.run([exhausted, "starting"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done
    assert done.stderr.startswith("exhausted: out of memory: the system doesn't give 3 KB (the limit of its address space"), done


@pytest.mark.parametrize("pid1", [True, False], ids=["pid1", "child"])
def test_everything_is_used_up_later(exhausted, folder, pid1):
    """Its children continue, their output is drained, dead children are reaped; TERM ends them, and then init."""
    prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] if pid1 else []
    marker = folder / "ended"
    script = f"trap 'echo ended > {marker}; exit 0' TERM; touch {folder}/began; while :; do sleep 0.05; done"
    with open(folder / "err", "wb") as err:
        process = subprocess.Popen([*prefix, exhausted, "serving", "sh", "-c", script], stderr=err)
    try:
        said = lambda: (folder / "err").read_text()  # noqa: E731
        wait_until(lambda: "nothing is left of its reserve" in said(), 20)
        wait_until(lambda: "all of it was taken" in said(), 20, what=said)
        wait_until((folder / "began").exists, 20)
        pid = procfs.children(process.pid)[0] if pid1 else process.pid
        wait_until(lambda: len(procfs.children(pid)) == 1, 20, what="the writer to be reaped")
        assert process.poll() is None
        os.kill(pid, signal.SIGTERM)
        assert process.wait(60) == 1
        assert marker.read_text() == "ended\n"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
