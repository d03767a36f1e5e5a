"""Starts a supervisor as a container does, and controls it.

`Engine` selects Reeve's `init`, or supervisord from PyPI, which is the reference. Both get the same configuration
and answer the same calls, so a test can run against either.
"""

import dataclasses
import http.client
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import xmlrpc.client

import control
import procfs
from waiting import PATIENCE, passes, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
SCRIPTS = pathlib.Path(sys.executable).parent

SHUTDOWN_STATE = 6

HEAD = """\
[unix_http_server]
file={folder}/s.sock
[supervisord]
logfile={log}
pidfile={folder}/s.pid
childlogdir={folder}
nodaemon=true
{supervisord}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/s.sock
"""


@dataclasses.dataclass
class Engine:
    name: str
    daemon: list
    client: list


INIT = Engine("init", [str(DIST / "init")], [str(DIST / "ctl")])
SUPERVISORD = Engine(
    "supervisord", [sys.executable, str(SCRIPTS / "supervisord"), "-n"], [sys.executable, str(SCRIPTS / "supervisorctl")])
ENGINES = {engine.name: engine for engine in (INIT, SUPERVISORD)}


def section(kind, name, **keys):
    """One section as text; True and False as supervisord writes them."""
    lines = [f"[{kind}:{name}]"]
    for key, value in keys.items():
        lines.append(f"{key}={str(value).lower() if isinstance(value, bool) else value}")
    return "\n".join(lines) + "\n"


class Answer:
    """The result of a run of ctl."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"Answer(code={self.code}, out={self.out!r}, err={self.err!r})"


class Supervised:
    """A running supervisor.

    - parameter pid1: in its own PID namespace, as PID 1. It always has its own mount namespace.
    - parameter prepare: shell lines that run before it in those namespaces, as root (mounts, limits).
    - parameter uid: the uid it runs as; its folder is made writable for this user.
    - parameter log: the path of its own log; by default in the test's folder.
    """

    def __init__(self, engine, folder, mark, programs="", supervisord="", pid1=True, prepare="", uid=None,
                 stdin=subprocess.DEVNULL, stdout=None, stderr=None, log=None, options=(), environment=None,
                 text=None, wait=True, wrapper=(), pass_fds=()):
        self.engine, self.folder, self.pid1 = engine, pathlib.Path(folder), pid1
        self.log_path = pathlib.Path(log or self.folder / "s.log")
        self.configuration = self.folder / "s.conf"
        self.supervisord_keys = supervisord
        if text is None:
            self.configure(programs)
        else:
            self.configuration.write_text(text)
        command = [*wrapper, *engine.daemon, "-c", str(self.configuration), *options]
        if uid is not None:
            os.chown(self.folder, uid, uid)
            command = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", *command]
        # It has its own /run, since it also listens at /run/init.ctl, where other tests would find it.
        prepare = f"mount -t tmpfs none /run\n{prepare}"
        command = ["sh", "-ec", f"{prepare}\nexec {shlex.join(command)}"]
        rootless = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        namespaces = ["--pid", "--fork", "--mount-proc", "--kill-child"] if pid1 else ["--mount"]
        command = ["unshare", *rootless, *namespaces, *command]
        self.mark = mark
        name, _, value = mark.partition("=")
        self.ended = False
        self.own_stdout = stdout is None
        with open(self.folder / "stdout", "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=out if stdout is None else stdout,
                stderr=err if stderr is None else stderr, cwd=self.folder, pass_fds=pass_fds,
                env={**os.environ, **(environment or {}), name: value})
        self.pid = None
        self.find()
        if wait:
            self.wait_ready()

    # -- the process

    def find(self, timeout=60):
        """Waits until the supervisor's own process exists and has been executed; `pid` is its pid outside."""
        program = os.path.realpath(self.engine.daemon[0])

        def there():
            candidates = procfs.children(self.process.pid) if self.pid1 else [self.process.pid]
            for pid in candidates:
                try:
                    if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(program):
                        return pid
                except OSError:
                    pass  # it has exited already, or doesn't exist yet
            if self.process.poll() is not None:
                return -1
            return None

        self.pid = wait_until(there, timeout, what=lambda: f"the process of the supervisor; {self.story()}", poll=0.0005)

    def wait_ready(self, timeout=60):
        """Waits until it answers a call."""
        def ready():
            if self.process.poll() is not None:
                raise SystemExit(f"it ended with {self.process.returncode}: {self.story()}")
            return self.rpc("supervisor.getState")["statename"] == "RUNNING"
        try:
            wait_until(ready, timeout, what=lambda: f"an answer of the supervisor; {self.story()}")
        except SystemExit as end:
            raise AssertionError(str(end)) from None

    def send(self, number):
        assert self.pid > 0, f"it was gone before it was found; {self.story()}"
        os.kill(self.pid, number)

    def wait(self, timeout=60):
        """Waits for its exit code, negative for a signal, as in subprocess."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout} s; {self.story()}") from None
        self.ended = True
        return code

    def stop(self, timeout=60, number=signal.SIGTERM):
        """Asks it to exit, and asserts that it does so cleanly: code 0, nothing left."""
        if self.ended:
            return
        try:
            if self.process.poll() is None:
                self.send(number)
        except ProcessLookupError:
            pass  # it has exited, and its parent has not reported that yet
        code = self.wait(timeout)
        assert code == 0, f"it ended with {code}; {self.story()}"
        self.assert_nothing_left()

    def kill(self):
        """Kills it and everything below it, after a failed test."""
        self.ended = True
        if not self.pid1:
            for pid in procfs.marked(self.mark):
                if pid != os.getpid():
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
        if self.process.poll() is None:
            if self.pid and self.pid > 0:
                try:
                    os.kill(self.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def assert_nothing_left(self, timeout=60):
        wait_until(lambda: not procfs.marked(self.mark), timeout,
                   what=lambda: f"no process is left; there are {[procfs.cmdline(p) for p in procfs.marked(self.mark)]}")

    # -- files

    def inside(self, path):
        """A path as the supervisor sees it, with the mounts of its namespace."""
        return pathlib.Path(f"/proc/{self.pid}/root{path}")

    def log(self):
        for path in (self.log_path, self.inside(self.log_path)):
            try:
                return path.read_text(errors="replace")
            except OSError:
                pass
        return ""

    def stdout(self):
        return (self.folder / "stdout").read_bytes()

    def story(self):
        """Its output, for the message of a failure."""
        code = self.process.poll()
        ended = "" if code is None else f"it ended with {code}; "
        said = b""
        for name in ("stdout", "stderr"):
            try:
                said += (self.folder / name).read_bytes()[-2000:]
            except OSError as error:
                said += f"({error})".encode()
        return f"{ended}its log ends: {self.log()[-3000:]}\nit said: {said.decode(errors='replace')}"

    def configure(self, programs, supervisord=None, raw=None):
        """Writes the configuration, for the start or a reload."""
        if supervisord is not None:
            self.supervisord_keys = supervisord
        head = HEAD.format(folder=self.folder, log=self.log_path, supervisord=self.supervisord_keys)
        self.configuration.write_text(raw if raw is not None else head + programs)

    # -- calls

    @property
    def control_path(self):
        return self.folder / "s.sock.ctl"

    def control(self, timeout=60):
        return control.Control(self.control_path, timeout)

    def rpc(self, method, *parameters, timeout=60):
        if self.engine.name == INIT.name:
            with self.control(timeout) as connection:
                return connection.call(method, *parameters)
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=UnixTransport(self.folder / "s.sock", timeout))
        try:
            return getattr(proxy, method)(*parameters)
        except xmlrpc.client.Fault as fault:
            raise control.Fault(fault.faultCode, fault.faultString) from None

    def info(self, name):
        return self.rpc("supervisor.getProcessInfo", name)

    def state(self, name):
        return self.info(name)["statename"]

    def states(self):
        return {f"{info['group']}:{info['name']}": info["statename"] for info in self.rpc("supervisor.getAllProcessInfo")}

    def rpc_log(self, name, channel="stdout"):
        """The program's output so far, as text, as far as it is kept."""
        if self.engine.name != INIT.name:
            return self.rpc(f"supervisor.readProcess{channel.capitalize()}Log", name, 0, 0)
        with self.control() as connection:
            _, descriptor = connection.call("reeve.openLog", name, channel)
        with open(descriptor, "rb") as file:
            return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode("utf-8", "replace")

    def wait_state(self, name, *wanted, timeout=60):
        return wait_until(lambda: self.state(name) in wanted, timeout,
                          what=lambda: f"{name} in {wanted}; {self.story()}")

    def wait_all(self, wanted="RUNNING", timeout=60):
        return wait_until(lambda: set(self.states().values()) == {wanted}, timeout,
                          what=lambda: f"all {wanted}: {self.states()}; {self.story()}")

    def pid_of(self, name):
        """The pid of the program outside; 0 if it doesn't run."""
        inner = self.info(name)["pid"]
        if not self.pid1 or inner == 0:
            return inner
        for pid in procfs.in_namespace(procfs.namespace(self.pid)):
            try:
                if procfs.inner_pid(pid) == inner:
                    return pid
            except OSError:
                pass
        return 0

    def ctl(self, *words, stdin="", timeout=60, configuration=True):
        """Runs the command-line client, and returns its exit code and output."""
        where = ["-c", str(self.configuration)] if configuration else []
        return Answer(subprocess.run(
            [*self.engine.client, *where, *words], input=stdin, capture_output=True, text=True, timeout=timeout,
            cwd=self.folder))

    def processes(self):
        """All processes below it, without zombies."""
        return [pid for pid in procfs.descendants(self.pid) if procfs.alive(pid)]

    def assert_answers(self):
        """It answers a call while the test's situation lasts: a full pipe, a reader that hangs, a flood."""
        def answers():
            try:
                self.rpc("supervisor.getState", timeout=PATIENCE)
            except control.Fault as fault:
                if fault.code != SHUTDOWN_STATE:
                    raise  # the answer during a restart
            except (FileNotFoundError, ConnectionError):
                return False  # during a restart there is no socket for a moment
            return True

        wait_until(answers, what=self.story)

    def assert_calm(self, seconds=1.0, share=0.2):
        """It uses less than `share` of a processor, according to the kernel."""
        before = procfs.cpu_seconds(self.pid)
        passed = passes(seconds)
        used = procfs.cpu_seconds(self.pid) - before
        assert used < share * passed, f"it used {used:.2f} s of {passed:.2f} s; {self.story()}"

    def assert_sleeps(self, seconds=2.0, *others):
        """It comes to rest, and then doesn't wake up once, and neither do the processes `others`, according to the
        kernel."""
        def counts():
            return [procfs.wakeups(pid) for pid in (self.pid, *others)]

        def rests():
            before = counts()
            passes(0.3)
            return counts() == before

        wait_until(rests, what=lambda: f"a moment without waking up; {self.story()}")
        before, cpu = counts(), procfs.cpu_seconds(self.pid)
        passes(seconds)
        assert counts() == before and procfs.cpu_seconds(self.pid) == cpu, self.story()


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path, timeout):
        super().__init__()
        self.path, self.timeout = str(path), timeout

    def make_connection(self, host):
        return UnixConnection(self.path, self.timeout)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
