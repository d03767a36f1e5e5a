"""pidproxy: forwards signals to a daemon through its pidfile. Compared with supervisord's own."""

import os
import signal
import subprocess
import sys

import pytest

import procfs
from supervised import DIST, SCRIPTS, section
from test_fcgi import tool
from waiting import wait_until

OURS = [str(DIST / "pidproxy")]
PROXIES = {"supervisord": [sys.executable, "-u", str(SCRIPTS / "pidproxy")], "init": OURS}


@pytest.fixture
def run(folder):
    running = []

    def begin(proxy, *words, **options):
        process = subprocess.Popen([*proxy, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, cwd=folder, start_new_session=True, **options)
        running.append(process)
        return process

    yield begin
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()


@pytest.fixture
def daemon(actor, folder):
    """A command that leaves a daemon behind, writes its pid to a file, and stays; and the signals that the daemon
    gets."""
    heard = folder / "heard"
    reactions = " ".join(f"on {name} {heard} {name} {code}" for name, code in
                         (("HUP", -1), ("USR1", -1), ("USR2", -1), ("INT", 0), ("QUIT", 0), ("TERM", 0)))
    script = folder / "command"
    script.write_text(f"""#!/bin/sh
trap '' INT QUIT
{actor} {reactions} append {folder}/up x wait &
until [ -e {folder}/up ]; do sleep 0.01; done
until [ -e {folder}/now ]; do sleep 0.01; done
echo $! > {folder}/d.pid
wait
""")
    script.chmod(0o755)
    return script


def waiting_for_signals(process, folder):
    """Waits until it has started its command: from then on it forwards signals."""
    wait_until(lambda: (folder / "up").exists())
    wait_until(lambda: procfs.children(process.pid))


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("end", ["TERM", "INT", "QUIT"])
def test_signals_reach_the_daemon(run, folder, daemon, proxy, end):
    (folder / "now").touch()
    process = run(PROXIES[proxy], folder / "d.pid", daemon)
    waiting_for_signals(process, folder)
    wait_until(lambda: (folder / "d.pid").exists() and (folder / "d.pid").read_text())
    expected = ""
    for name in ("HUP", "USR1", "USR2", "HUP", end):
        process.send_signal(getattr(signal, f"SIG{name}"))
        expected += f"{name}\n"
        wait_until(lambda: (folder / "heard").exists() and (folder / "heard").read_text() == expected,
                   what=lambda: (folder / "heard").read_text())
    assert process.wait(60) == 0, "it doesn't wait for the command"


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_pidfile_that_comes_late(run, folder, daemon, proxy):
    process = run(PROXIES[proxy], folder / "d.pid", daemon)
    waiting_for_signals(process, folder)
    process.send_signal(signal.SIGHUP)
    said = process.stdout.readline()
    assert f"{folder}/d.pid" in said and process.poll() is None
    (folder / "now").touch()
    wait_until(lambda: (folder / "d.pid").exists() and (folder / "d.pid").read_text())
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: (folder / "heard").read_text() == "HUP\n")
    process.terminate()
    assert process.wait(60) == 0


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("words", [[], ["only.pid"]])
def test_usage(run, proxy, words):
    process = run(PROXIES[proxy], *words)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "Usage: " in said


# name: (command, exit code here)
ENDS = {"good": ("exit 0", 0), "bad": ("exit 3", 3), "killed": ("kill -SEGV $$", 139)}


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_with_the_command(run, folder, name):
    """supervisord's takes up to five seconds, and always exits with 0."""
    text, code = ENDS[name]
    assert run(OURS, folder / "d.pid", "/bin/sh", "-c", text).wait(60) == code


def test_the_code_of_supervisords(run, folder):
    assert run(PROXIES["supervisord"], folder / "d.pid", "/bin/sh", "-c", "exit 3").wait(60) == 0


def test_commands(run, folder):
    """Commands in PATH, in the current folder as in supervisord's, or missing."""
    assert run(OURS, "d.pid", "sh", "-c", "exit 5").wait(60) == 5
    here = folder / "here"
    here.write_text("#!/bin/sh\nexit 6\n")
    here.chmod(0o755)
    assert run(OURS, "d.pid", "here").wait(60) == 6
    missing = run(OURS, "d.pid", "no-such-thing")
    assert "no-such-thing" in missing.communicate(timeout=60)[0] and missing.returncode == 127
    here.chmod(0o644)
    refused = run(OURS, "d.pid", "./here")
    assert "./here" in refused.communicate(timeout=60)[0] and refused.returncode == 126


@pytest.mark.parametrize("text", ["", "nonsense", "0", "1", "-1", "4194304"])
def test_nobody_to_signal(run, folder, text):
    """A signal that would end the daemon ends the command; supervisord's pidproxy dies, or never exits."""
    (folder / "d.pid").write_text(text)
    process = run(OURS, folder / "d.pid", "/bin/sh", "-c", "echo up; exec sleep 1000")
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGHUP)
    assert "d.pid" in process.stdout.readline()
    process.terminate()
    assert "ending the command" in process.stdout.readline()
    assert process.wait(60) == 128 + signal.SIGTERM


def test_it_sleeps(run, folder):
    process = run(OURS, folder / "d.pid", "/bin/sh", "-c", "echo up; exec sleep 1000")
    assert process.stdout.readline() == "up\n"
    wait_until(lambda: procfs.state(process.pid) == "S")
    before = procfs.wakeups(process.pid)
    # Twice the period in which supervisord's would have checked once.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    assert procfs.wakeups(process.pid) == before


NGINX = """\
pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; {user}
events {{ }}
http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; server {{ listen unix:{folder}/web.sock; }} }}
"""


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_real_daemon(start, folder, proxy):
    """nginx, which daemonizes, behind a script that stays as long as it lives."""
    configuration, pidfile = folder / "nginx.conf", folder / "nginx.pid"
    configuration.write_text(NGINX.format(folder=folder, user="user root;" if os.getuid() == 0 else ""))
    script = folder / "nginx_safe"
    script.write_text(f"#!/bin/sh\n{tool('nginx')} -e {folder}/nginx.log -c {configuration}\n"
                      f"while [ -e {pidfile} ]; do sleep 0.05; done\n")
    script.chmod(0o755)
    run = start(section("program", "web", command=f"{' '.join(PROXIES[proxy])} {pidfile} {script}", startsecs=0))
    number = wait_until(lambda: int(pidfile.read_text()))

    def workers():
        master = [pid for pid in run.processes() if procfs.inner_pid(pid) == number]
        return [pid for pid in procfs.children(master[0]) if procfs.alive(pid)] if master else []

    old = wait_until(workers)
    run.rpc("supervisor.signalProcess", "web", "HUP")
    wait_until(lambda: workers() and not set(workers()) & set(old), what="new workers, and none of the old ones")
    assert run.state("web") == "RUNNING"
    run.rpc("supervisor.stopProcess", "web")
    assert run.state("web") == "STOPPED"
    wait_until(lambda: not workers() and not pidfile.exists())
