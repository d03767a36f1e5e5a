"""From the command line to the first program: options, limits, users, the background, the pidfile."""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys

import pytest

import procfs
import supervised
from waiting import holds_for, wait_until

INIT = supervised.DIST / "init"
SUPERVISORD = supervised.DIST / "supervisord"
ORACLE = [sys.executable, str(supervised.SCRIPTS / "supervisord")]
IS_ROOT = os.getuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="changes users")


def configuration(folder, supervisord="", programs=""):
    path = folder / "s.conf"
    path.write_text(
        f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\nchildlogdir={folder}\n"
        f"control_socket={folder}/s.ctl\n{supervisord}\n{programs}\n")
    return path


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, **options)


def text(path):
    return path.read_text() if path.exists() else ""


@pytest.fixture
def started():
    """`started(words)` runs in the background, and is ended by SIGTERM and checked."""
    processes = []

    def start(*words, **options):
        processes.append(subprocess.Popen(
            [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
        process.stderr.close()


def is_up(folder):
    return "supervisord started with pid" in text(folder / "s.log")


# Options


@pytest.mark.parametrize("words", [
    ["-x"], ["--foo"], ["--foo=1"], ["-c"], ["--configuration"], ["--log=x"], ["--no"], ["--nodaemon=1"], ["a", "b"],
    ["-n", "--", "it's"], ["-n", "-n"], ["-nn"], ["-c", "a", "--conf", "b"], ["-e", "loud"], ["-m", "9"], ["-y", "50M"],
    ["-z", "x"], ["-a", "1_0_"], ["-d", "/nowhere"], ["-l", "/nowhere/x"], ["-j", "/nowhere/x"], ["-q", "/nowhere"],
    ["--minprocs", ""], ["-h", "x"], ["-v"], ["-vh"], ["-c", "/nowhere/s.conf"], ["-e", "loud", "-v"], ["-"], ["-cx", "y"]],
    ids=" ".join)
def test_words_of_supervisord(words, folder):
    theirs = run(*ORACLE, *words, cwd=folder)
    ours = run(SUPERVISORD, *words, cwd=folder)

    def usual(done, program):
        # Hints that supervisord doesn't give are indented after its message; the program's name differs.
        kept = [line for line in done.stderr.splitlines() if not line.startswith("  ") and "UserWarning" not in line]
        return done.returncode, done.stdout, [line.replace(str(program), "PROGRAM") for line in kept]

    assert usual(ours, SUPERVISORD) == usual(theirs, ORACLE[1])


def test_no_configuration(folder):
    done = run(SUPERVISORD, cwd=folder)
    assert done.returncode == 2 and "No config file found at default paths" in done.stderr
    done = run(INIT, cwd=folder)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 9 and "nothing to do" in done.stderr


def test_check_and_dump(folder):
    good = configuration(folder, programs="[program:web]\ncommand=cat\nautostrat=no")
    done = run(INIT, "--check", "-c", good)
    assert done.returncode == 0 and "autostart" in done.stdout and done.stdout.splitlines()[-1].endswith("1 groups, 1 processes")
    done = run(INIT, "--dump-config", "-c", good, "-e", "debug")
    assert done.returncode == 0 and '"debug"' in done.stdout
    bad = configuration(folder, programs="[program:web]\n")
    done = run(INIT, "--check", "-c", bad)
    assert done.returncode == 2 and done.stderr.startswith("Error: program section program:web does not specify a command")


def test_the_sample_is_a_configuration(folder):
    done = run(supervised.DIST / "echo_supervisord_conf")
    sample = folder / "sample.conf"
    sample.write_text(done.stdout)
    assert run(INIT, "--check", "-c", sample).returncode == 0
    # And with every key uncommented.
    full = re.sub(r"^;(?=[\w\[])", "", done.stdout.replace("user=supervisord", "user=root"), flags=re.M)
    full = full.replace("one,two", "example").replace("command=/bin/listener", "command=/bin/cat").replace("serverurl=AUTO", "")
    full = full.replace("[eventlistener:example]", "[eventlistener:other]")
    sample.write_text(full)
    assert run(INIT, "--check", "-c", sample).stderr == ""
    code = f"from supervisor.options import ServerOptions; ServerOptions().realize(['-c', {str(sample)!r}], doc='')"
    assert run(sys.executable, "-W", "ignore", "-c", code).stderr == ""


def test_options_are_stronger_than_the_file_also_after_a_reload(folder, started):
    path = configuration(folder, "loglevel=critical\n")
    started(INIT, "-c", path, "-l", folder / "other.log", "-e", "debug")
    log = folder / "other.log"
    wait_until(lambda: "supervisord started with pid" in text(log))
    pid = int(text(folder / "s.pid"))  # read it once: a restart rewrites the file
    os.kill(pid, signal.SIGHUP)
    wait_until(lambda: "received SIGHUP indicating restart request" in text(log))
    os.kill(pid, signal.SIGUSR2)
    wait_until(lambda: "received SIGUSR2" in text(log))
    assert not (folder / "s.log").exists()


# The background


def test_supervisord_daemonizes(folder):
    path = configuration(folder, f"directory={folder}\numask=027\n", "[program:cat]\ncommand=cat\n")
    done = run(SUPERVISORD, "-c", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # The first process waits for the second, so everything exists.
    pid = int(text(folder / "s.pid"))
    try:
        log = text(folder / "s.log")
        assert "INFO daemonizing the supervisord process" in log and f"INFO supervisord started with pid {pid}" in log
        assert f"set current directory: '{folder}'" in log
        assert os.getsid(pid) == pid
        assert {os.readlink(f"/proc/{pid}/fd/{number}") for number in (0, 1, 2)} == {"/dev/null"}
        assert os.readlink(f"/proc/{pid}/cwd") == str(folder)
        assert procfs.status(pid)["Umask"] == "0027"
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not procfs.alive(pid))
    assert not (folder / "s.pid").exists()


def test_init_never_daemonizes_and_supervisord_not_with_n(folder, started):
    path = configuration(folder)
    for words in ([INIT], [SUPERVISORD, "-n"]):
        one = started(*words, "-c", path)
        wait_until(lambda: text(folder / "s.pid") == f"{one.pid}\n")
        assert one.poll() is None
        one.terminate()
        assert one.wait(timeout=60) == 0


def test_supervisord_as_pid_1_stays(folder, started):
    path = configuration(folder)
    one = started("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", SUPERVISORD, "-c", path)
    wait_until(lambda: text(folder / "s.pid") == "1\n")
    holds_for(0.3, lambda: one.poll() is None)
    os.kill(procfs.children(one.pid)[0], signal.SIGTERM)
    assert one.wait(timeout=60) == 0


def test_an_error_before_the_background_is_seen(folder):
    path = configuration(folder, "minfds=2000000000\n")
    done = run(SUPERVISORD, "-c", path)
    assert done.returncode == 2 and done.stderr.startswith("Error: The minimum number of file descriptors required")
    assert not (folder / "s.pid").exists()
    theirs = run(*ORACLE, "-c", path)
    assert done.stderr.splitlines()[0] == theirs.stderr.splitlines()[0]


# Limits


def test_limits_are_raised(folder, started):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    path = configuration(folder, "minfds=777\n")
    one = started(INIT, "-c", path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)))
    wait_until(lambda: is_up(folder))
    assert "INFO Increased RLIMIT_NOFILE limit to 777" in text(folder / "s.log")
    assert resource.prlimit(one.pid, resource.RLIMIT_NOFILE) == (777, hard)


def test_limits_that_cant_be_raised_are_a_warning(folder, started):
    path = configuration(folder, "minfds=2000000000\n")
    started(INIT, "-c", path)
    wait_until(lambda: is_up(folder))
    assert "WARN can't raise RLIMIT_NOFILE" in text(folder / "s.log")


# The supervisor's own user


@needs_root
@pytest.mark.parametrize("user, uid", [("nobody", 65534), ("54321", 54321)])
def test_it_becomes_another_user(user, uid, folder, started):
    folder.chmod(0o777)
    path = configuration(folder, f"user={user}\n")
    one = started(INIT, "-c", path)
    wait_until(lambda: is_up(folder))
    assert f"INFO Set uid to user {uid} succeeded" in text(folder / "s.log")
    status = procfs.status(one.pid)
    assert status["Uid"].split() == [str(uid)] * 4 and len(set(status["Gid"].split())) == 1
    assert "0" not in status["Groups"].split() and status["CapEff"].strip("0") == ""


@needs_root
def test_root_is_told(folder, started):
    started(INIT, "-c", configuration(folder))
    wait_until(lambda: is_up(folder))
    assert "CRIT Supervisor is running as root.  Privileges were not dropped" in text(folder / "s.log")


@needs_root
def test_root_on_purpose(folder, started):
    started(INIT, "-c", configuration(folder, "user=root\n"))
    wait_until(lambda: is_up(folder))
    assert "running as root" not in text(folder / "s.log")


@needs_root
def test_nobody_cant_become_somebody(folder):
    folder.chmod(0o777)
    path = configuration(folder, "user=daemon\n")
    done = run(SUPERVISORD, "-n", "-c", path, user=65534, group=65534, extra_groups=[])
    assert done.returncode == 2 and "Error: Can't drop privilege as nonroot user" in done.stderr


# The pidfile


def test_a_second_one_leaves_the_pidfile_alone(folder, started):
    first = started(INIT, "-c", configuration(folder))
    wait_until(lambda: is_up(folder))
    other = folder / "other"
    other.mkdir()
    path = configuration(other)
    path.write_text(path.read_text().replace(f"pidfile={other}", f"pidfile={folder}"))
    second = started(INIT, "-c", path)
    wait_until(lambda: "could not write pidfile" in text(other / "s.log"))
    assert "another running process holds it" in text(other / "s.log")
    second.terminate()
    assert second.wait(timeout=60) == 0
    assert text(folder / "s.pid") == f"{first.pid}\n"


def test_a_pidfile_that_was_left_is_taken(folder, started):
    (folder / "s.pid").write_text("1\nand more\n")
    one = started(INIT, "-c", configuration(folder))
    wait_until(lambda: text(folder / "s.pid") == f"{one.pid}\n")


def test_a_pidfile_that_cant_be_written(folder, started):
    path = configuration(folder)
    path.write_text(path.read_text().replace("s.pid", ""))
    one = started(INIT, "-c", path)
    wait_until(lambda: "CRIT could not write pidfile" in text(folder / "s.log"))
    assert one.poll() is None


# Commands


def test_commands_without_a_configuration(folder, started):
    one = started(INIT, "sh -c 'echo first; exec sleep 1000'", "sh -c 'echo second >&2; exec sleep 1000'",
                  env={**os.environ, "CTL_SOCKET": str(folder / "s.ctl")}, cwd=folder)
    wait_until(lambda: len(procfs.children(one.pid)) == 2)
    wait_until(lambda: all(pathlib.Path(f"/proc/{pid}/comm").read_text() == "sleep\n" for pid in procfs.children(one.pid)))
    one.terminate()
    out, err = one.communicate(timeout=60)
    assert one.returncode == 0
    assert "sh: first" in out.replace("|", ":").replace("sh :", "sh:") or "first" in out
    assert "second" in err
    assert list(folder.iterdir()) == []
