"""Programs that say when they are ready: `notify=`, with real programs and hostile ones."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest

from supervised import INIT, ROOT, section
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until

PYTHON = sys.executable
#: sd_notify(3) in Python: `say(text, descriptors)`.
SAY = """\
import array, os, signal, socket, sys, time
def connect():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = os.environ["NOTIFY_SOCKET"]
    sock.connect("\\0" + name[1:] if name[0] == "@" else name)
    return sock
def say(text, *descriptors):
    with connect() as sock:
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        sock.sendmsg([text.encode()], more)
def until(path):
    while not os.path.exists(path):
        time.sleep(0.01)  # sleep: role
"""


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no notify=")


@pytest.fixture
def script(folder):
    """`script(name, text)` is the command of a Python program with `say`."""
    def make(name, text):
        path = folder / f"{name}.py"
        path.write_text(SAY + text)
        path.chmod(0o755)
        return f"{PYTHON} {path}"
    return make


def program(name, command, **keys):
    return section("program", name, command=command, **keys)


def gate(run, name="gate"):
    (run.folder / name).touch()


def answer(run, name, key):
    return json.loads(run.ctl("status", "--json", name).out)[0][key]


def test_sd_notify(begin, script):
    command = script("web", "until('gate'); say('STATUS=warming up'); until('more'); say('READY=1\\nSTATUS=all is well')\nsignal.pause()")
    run = begin(program("web", command, notify="sd", directory="{folder}") + program("top", "{actor} wait", depends_on="web", startsecs=0))
    wait_until(lambda: run.info("web")["description"] == "not ready yet")
    assert run.state("web") == "STARTING"
    assert run.info("top")["description"] == "waiting for web to be ready"
    gate(run)
    wait_until(lambda: run.info("web")["description"] == "warming up")
    gate(run, "more")
    wait_until(lambda: run.state("top") == "RUNNING")
    assert run.info("web")["description"].endswith(", all is well")
    assert answer(run, "web", "status_text") == "all is well"
    assert "success: web entered RUNNING state, it is ready" in run.log()
    # Nothing is polled.
    run.assert_sleeps(1)


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_shell_wrappers(begin, user):
    """systemd-notify is a process of its own, and has exited when the message is read."""
    if not shutil.which("systemd-notify"):
        pytest.skip("systemd-notify is not installed")
    if user != "root" and os.geteuid() != 0:
        pytest.skip("changes the user")
    run = begin(program("web", "sh -c 'systemd-notify --status=here; systemd-notify --ready; exec sleep 1000'", notify="sd",
                        **({"user": user} if os.geteuid() == 0 else {})))
    wait_until(lambda: run.state("web") == "RUNNING")
    assert answer(run, "web", "status_text") == "here"
    # The answer to its barrier: otherwise it waits for five seconds.
    assert "ignored a message" not in run.log()


def test_redis(begin, folder):
    if not shutil.which("redis-server"):
        pytest.skip("redis is not installed")
    run = begin(program("redis", "redis-server --supervised systemd --port 0 --unixsocket {folder}/redis.sock --save '' --dir {folder}",
                        notify="sd", healthcheck_command="sh -c 'redis-cli -s {folder}/redis.sock ping | grep -q PONG'"))
    wait_until(lambda: run.state("redis") == "RUNNING" and answer(run, "redis", "health") == "healthy")
    assert "Ready to accept connections" in answer(run, "redis", "status_text")


def test_a_newline_on_a_descriptor(begin):
    """As services of s6 do it, with what they may write before the newline."""
    run = begin(program("web", "sh -c 'until test -e {folder}/gate; do sleep 0.01; done; printf ready >&3; echo >&3; exec 3>&-; exec sleep 1000'",
                        notify="fd:3")
                + program("mute", "sh -c 'exec 5>&-; exec sleep 1000'", notify="fd:5"))
    wait_until(lambda: run.info("web")["pid"] and run.info("mute")["pid"])
    assert run.state("web") == "STARTING"
    gate(run)
    wait_until(lambda: run.state("web") == "RUNNING")
    # The end of the file alone says nothing.
    assert run.state("mute") == "STARTING"


@pytest.mark.parametrize("channel", ["stdout", "stderr"])
def test_a_line_of_output(begin, channel):
    say = "1" if channel == "stdout" else "2"
    run = begin(program("web", f"sh -c 'echo not read; until test -e {{folder}}/gate; do sleep 0.01; done; (printf \"now it is rea\"; sleep 0.1; "
                        f"echo \"dy to serve\"; sleep 1000) >&{say}'", notify="log:ready to serve", stopasgroup=True))
    wait_until(lambda: "not read" in run.ctl("tail", "web").out)
    assert run.state("web") == "STARTING"
    gate(run)
    wait_until(lambda: run.state("web") == "RUNNING")


def test_an_exit_before_is_a_failed_start(begin):
    run = begin(program("web", "{actor} exit 0", notify="sd", startretries=0))
    wait_until(lambda: run.state("web") == "FATAL")
    assert run.info("web")["spawnerr"] == "Exited before it was ready (process log may have details)"


def test_its_last_words(begin, script):
    run = begin(program("web", script("web", "say('STATUS=no database\\nERRNO=111'); os._exit(1)"), notify="sd", startretries=0))
    wait_until(lambda: run.state("web") == "FATAL")
    assert run.info("web")["description"] == "Exited before it was ready (process log may have details); it said: no database, errno 111"


def test_its_time_is_limited(begin):
    run = begin(program("web", "sleep 1000", notify="sd", start_timeout=1, startretries=0))
    wait_until(lambda: run.state("web") == "FATAL")
    assert run.info("web")["spawnerr"] == "it was not ready within start_timeout"
    assert re.search(r"stopping web: it was not ready within start_timeout.*exited: web \(terminated by SIGTERM", run.log(), re.S)


def test_the_watchdog(begin, script):
    command = script("web", """
assert os.environ["WATCHDOG_USEC"] == "1000000"
say("READY=1")
while not os.path.exists("gate"):
    say("WATCHDOG=1")
    time.sleep(0.1)  # sleep: role
signal.pause()
""")
    run = begin(program("web", command, notify="sd", watchdog_secs=1, directory="{folder}", autorestart=False))
    wait_until(lambda: run.state("web") == "RUNNING")
    gate(run)
    wait_until(lambda: run.state("web") == "EXITED")
    assert "stopping web: its watchdog was overdue" in run.log()
    assert "terminated by SIGABRT" in run.log()
    assert answer(run, "web", "last_exit")["signal"] == "SIGABRT"


def test_messages_come_before_the_death(begin, script):
    """What a program says right before it exits is heard."""
    command = script("web", "say('READY=1'); os._exit(3)")
    run = begin(program("web", command, notify="sd", autorestart=False))
    wait_until(lambda: run.state("web") == "EXITED")
    assert "success: web entered RUNNING state" in run.log() and "exited: web (exit status 3" in run.log()


def test_a_process_that_forks(begin, script):
    """Whoever sends it: the socket says which program it is about. MAINPID of another process is refused."""
    command = script("web", """
# Many daemons name themselves.
say(f"MAINPID={os.getpid()}")
if os.fork() == 0:
    say(f"MAINPID={os.getpid()}\\nREADY=1")
    os._exit(0)
os.wait()
signal.pause()
""")
    run = begin(program("web", command, notify="sd"))
    wait_until(lambda: run.state("web") == "RUNNING")
    assert run.log().count("web names another main process (MAINPID)") == 1


def test_messages_of_others_are_ignored(begin, script):
    """Those of another user, of an outsider's PID namespace, and those that are too long."""
    if os.geteuid() != 0:
        pytest.skip("changes the user")
    other = script("other", """
name = open("name").read()
os.environ["NOTIFY_SOCKET"] = name
os.setgid(65534); os.setuid(65534)
try:
    say("READY=1")
except PermissionError:
    open("/dev/stdout", "w").write("refused\\n")
open("/dev/stdout", "w").write("tried\\n")
signal.pause()
""")
    web = script("web", """
open("name", "w").write(os.environ["NOTIFY_SOCKET"])
# A name in the file system refuses them by its mode; this lets them try.
if os.environ["NOTIFY_SOCKET"][0] == "/":
    os.chmod(os.environ["NOTIFY_SOCKET"], 0o666)
until("gate")
say("READY=1\\n" + "X" * 5000)
until("more")
say("READY=1")
signal.pause()
""")
    run = begin(program("web", web, notify="sd", directory="{folder}"), prepare="chmod 755 .")
    wait_until(lambda: (run.folder / "name").exists() and (run.folder / "name").read_text())
    outsider = subprocess.run(
        ["nsenter", "--target", str(run.pid), "--pid", "--mount", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         PYTHON, "-c", SAY + "say('READY=1')"],
        env={**os.environ, "NOTIFY_SOCKET": (run.folder / "name").read_text()}, capture_output=True, text=True)
    assert outsider.returncode == 0, outsider.stderr
    wait_until(lambda: "ignored a message of uid 65534" in run.log())
    # Of a process that no pid of this namespace names.
    outsider = subprocess.run(
        ["nsenter", "--target", str(run.pid), "--mount", PYTHON, "-c", SAY + "say('READY=1')"],
        env={**os.environ, "NOTIFY_SOCKET": (run.folder / "name").read_text()}, capture_output=True, text=True)
    assert outsider.returncode == 0, outsider.stderr
    gate(run)
    wait_until(lambda: "gate" in os.listdir(run.folder))
    assert run.state("web") == "STARTING"
    # Once per run.
    assert run.log().count("ignored a message") == 1
    gate(run, "more")
    wait_until(lambda: run.state("web") == "RUNNING")
    assert other


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_floods_and_descriptors_are_harmless(begin, script):
    """A thousand messages in a second, and descriptors in them that nobody asked for: also sockets that want to linger."""
    command = script("web", """
import struct
pipes = os.pipe()
files = [os.open("/etc/passwd", os.O_RDONLY), os.open("/dev/null", os.O_RDWR), *pipes]
listener = socket.create_server(("127.0.0.1", 0))
for turn in range(1000):
    lingering = socket.create_connection(listener.getsockname())
    lingering.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 60))
    lingering.send(b"unread")
    try:
        say(f"STATUS={turn}\\nFDSTORE=1", *files, lingering.fileno())
    except BlockingIOError:
        pass
    lingering.close()
    listener.accept()[0].close()
# The other end of the pipe is closed everywhere: it was not kept.
barrier = os.pipe()
say("BARRIER=1", barrier[1])
os.close(barrier[1])
os.read(barrier[0], 1)
say("READY=1")
signal.pause()
""")
    run = begin(program("web", command, notify="sd") + program("other", "{actor} wait", startsecs=0))
    wait_until(lambda: run.state("other") == "RUNNING")
    run.assert_answers()
    wait_until(lambda: run.state("web") == "RUNNING")
    idle = descriptors(run.pid)
    assert answer(run, "web", "status_text") == "999"
    assert run.ctl("restart", "other").code == 0
    # The connection of ctl may still be there.
    wait_until(lambda: descriptors(run.pid) <= idle)


def test_nothing_is_left(begin, script):
    """Sockets and their names disappear with the program."""
    command = script("web", "say('READY=1'); signal.pause()")
    run = begin(program("web", command, notify="sd"))
    wait_until(lambda: run.state("web") == "RUNNING")

    def names():
        return [name for name in os.listdir(f"/proc/{run.pid}/root/run") if "notify" in name]

    before = descriptors(run.pid)
    assert len(names()) == 1
    for _ in range(5):
        assert run.ctl("restart", "web").code == 0
    assert len(names()) == 1
    wait_until(lambda: descriptors(run.pid) <= before)
    assert run.ctl("stop", "web").code == 0
    assert names() == []


@pytest.mark.parametrize("place", ["read-only", "another user"])
def test_where_run_is_not_writable(begin, script, place):
    """An abstract name takes the place of one in /run."""
    if os.geteuid() != 0:
        pytest.skip("mounts, or changes the user")
    if place == "read-only":
        command = script("web", "print(os.environ['NOTIFY_SOCKET'], flush=True); say('READY=1'); signal.pause()")
        run = begin(program("web", command, notify="sd"), prepare="mount -o remount,ro /run")
        wait_until(lambda: run.state("web") == "RUNNING")
    else:
        run = begin(program("web", "sh -c 'echo $NOTIFY_SOCKET; exec sleep 1000'", notify="sd"), uid=1234, prepare="chmod 755 /run")
        wait_until(lambda: run.ctl("tail", "web").out)
    assert run.ctl("tail", "web").out.startswith("@init.notify.")


# -- mistakes, and the guide

MISTAKES = {
    "notify=systemd": "Did you mean sd?", "notify=fd:2": "from 3 to 255", "notify=lgo:x": "Did you mean log?",
    "healthcheck_interval=5": "healthcheck_interval is there, but no health check",
    "healthcheck_start_period=5": "healthcheck_start_period is there, but no health check",
    "healthcheck_command=true\nhealthcheck_tcp=a:1": "a program has one health check",
    "healthcheck_tcp=8080": "HOST:PORT", "healthcheck_http=https://a/": "https is not supported",
    "healthcheck_command=true\nhealthcheck_start_interval=20": "healthcheck_start_interval is longer than healthcheck_interval, which is 10 seconds",
    "healthcheck_command=true\nhealthcheck_action=kill": "Write none, restart, stop or shutdown.",
    "depends_on=web:healthy": "and it has no health check",
}


@pytest.mark.parametrize("keys", MISTAKES)
def test_mistakes(folder, keys):
    path = folder / "s.conf"
    path.write_text(f"[program:web]\ncommand=x\n[program:a]\ncommand=a\n{keys}\n")
    said = subprocess.run([ROOT / "dist/init", "--check", "-c", path], capture_output=True, text=True)
    assert said.returncode == 2 and MISTAKES[keys] in said.stderr, said.stderr
    assert f"{path}:" in said.stderr


WARNINGS = {
    "notify=sd\nstartsecs=5": "startsecs has no effect", "start_timeout=5": "start_timeout has no effect",
    "notify=fd:3\nwatchdog_secs=5": "watchdog_secs has no effect", "watchdog_secs=5": "watchdog_secs has no effect",
}


@pytest.mark.parametrize("keys", WARNINGS)
def test_warnings(folder, keys):
    path = folder / "s.conf"
    path.write_text(f"[program:a]\ncommand=sleep 1\n{keys}\n")
    said = subprocess.run([ROOT / "dist/init", "--check", "-c", path], capture_output=True, text=True)
    assert said.returncode == 0 and WARNINGS[keys] in said.stdout + said.stderr, said.stdout


def test_the_page(begin):
    """The configuration that opens the guide, as it stands there."""
    page = (ROOT / "docs/guide/readiness.md").read_text()
    # Where nobody listens: the tests share the network.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        page = page.replace("127.0.0.1:8080", f"127.0.0.2:{taken.getsockname()[1]}")
    text = re.search(r"```ini\n(.*?)```", page, re.S)[1]
    run = begin(text.split("file=/tmp/reeve.sock\n")[1])
    wait_until(lambda: run.info("web")["description"].endswith("can't connect: Connection refused)"))
    lines = [line.split(None, 2) for line in re.findall(r"```text\n(.*?)```", page, re.S)[0].splitlines()]
    wait_until(lambda: answer(run, "db", "health") == "healthy" and run.state("web") == "RUNNING")
    found = [line.split(None, 2) for line in run.ctl("status").out.splitlines()]
    uptime = re.compile(r"pid \d+, uptime \S+, ")
    assert [(name, state, uptime.sub("", rest)) for name, state, rest in found] == [
        (name, state, uptime.sub("", rest)) for name, state, rest in lines]
    assert pathlib.Path(run.configuration).exists()
