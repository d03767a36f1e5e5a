"""Containers made of namespaces, as a runtime creates them from an image FROM scratch: the root contains only init,
ctl, the actor and a configuration."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import procfs
import supervised
from waiting import wait_until

ENTERING = pathlib.Path(__file__).with_name("entering.py")
CONTROL = "/run/init.ctl"
HEAD = """\
[supervisord]
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=/run/init.pid
"""


@dataclasses.dataclass
class Setting:
    """What a runtime decides about a container. The defaults are docker's, with a tmpfs on /run and /tmp.

    - shm: a /dev/shm that every user may write to.
    - bare: the image has neither /run nor /tmp.
    - proc: "mounted", "hidden" (not mounted at all), or "hidepid".
    - before: the command in front of /init, as with `--init`.
    - processes: RLIMIT_NPROC of its user.
    - cgroup: the folder of a pids cgroup that it joins.
    - joined: it shares the PID namespace.
    - terminal: its stdin is its controlling terminal, as with -t.
    - closed: descriptors that are closed at its start.
    """

    uid: int = None
    readonly: bool = False
    tmpfs: tuple = ("/run", "/tmp")
    shm: bool = True
    bare: bool = False
    proc: str = "mounted"
    capabilities: bool = True
    before: tuple = ()
    processes: int = None
    cgroup: str = None
    joined: bool = False
    terminal: bool = False
    closed: tuple = ()


class Container:
    """A running container. Its stdout and stderr are kept, unless the test passes its own streams.

    - parameter text: its configuration, /etc/supervisord.conf, which follows `head` (default HEAD).
    - parameter files: further files in its root: {path: path outside}.
    """

    def __init__(self, folder, actor, mark, text="", head=HEAD, files=(), stdin=subprocess.DEVNULL, stdout=None,
                 stderr=None, words=(), environment=None, **setting):
        self.folder, self.mark = pathlib.Path(folder), mark
        self.setting = Setting(**setting)
        self.root = self.folder / "root"
        for name in ("dev", "proc", "etc", *(() if self.setting.bare else ("run", "tmp"))):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        given = {"/init": supervised.DIST / "init", "/ctl": supervised.DIST / "ctl", "/actor": actor, **dict(files)}
        for inner, outer in given.items():
            if not self.inside(inner).exists():
                shutil.copy(outer, self.inside(inner))
        self.inside("/etc/supervisord.conf").write_text(head + text)
        name, _, value = mark.partition("=")
        order = {**dataclasses.asdict(self.setting), "root": str(self.root), "command": [
            *self.setting.before, "/init", "-c", "/etc/supervisord.conf", *words]}
        space = ["--mount"] if self.setting.joined else ["--mount", "--pid", "--fork", "--kill-child"]
        with open(self.folder / "said", "ab") as said:
            self.process = subprocess.Popen(
                [shutil.which("unshare"), *space, sys.executable, "-IS", str(ENTERING), json.dumps(order)], stdin=stdin,
                stdout=said if stdout is None else stdout, stderr=said if stderr is None else stderr,
                cwd="/", env={"PATH": "/", name: value, **(environment or {})})
        self.ended = False
        self.pid = self.find()

    def inside(self, path):
        return self.root / path.lstrip("/")

    def find(self):
        """Finds the first process of the container, once it has been executed: its pid outside."""
        wanted = "init" if not self.setting.before else pathlib.Path(self.setting.before[0]).name

        def there():
            found = [self.process.pid] if self.setting.joined else procfs.children(self.process.pid)
            for pid in found:
                if procfs.state(pid) and pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == wanted:
                    return pid
            return -1 if self.process.poll() is not None else None

        return wait_until(there, 10, what=lambda: f"the first process; {self.said()}", poll=0.002)

    def said(self):
        return (self.folder / "said").read_text(errors="replace")

    def wait_said(self, text, timeout=60):
        wait_until(lambda: text in self.said(), timeout, what=lambda: f"{text!r} in: {self.said()}")

    def run(self, *words, uid=None):
        """Runs a program in the container, like a runtime's `exec`."""
        who = ["--setuid", str(uid), "--setgid", str(uid)] if uid is not None else []
        return subprocess.run(
            [shutil.which("nsenter"), "--target", str(self.pid), "--mount", "--pid", "--root", "--wd", *who, *words],
            capture_output=True, text=True, timeout=60, env={"PATH": "/"})

    def ctl(self, *words):
        return self.run("/ctl", *words, uid=self.setting.uid)

    def status(self):
        """{program: state} from `ctl status`."""
        return dict(re.findall(r"^(\S+) +([A-Z]+)\b", self.ctl("status").stdout, re.M))

    def wait_status(self, timeout=60, **wanted):
        wait_until(lambda: self.status() == wanted, timeout, what=lambda: f"{wanted}: {self.ctl('status')}; {self.said()}")

    def programs(self):
        """The command lines of the programs in the container."""
        return [words for pid in procfs.marked(self.mark) if (words := procfs.cmdline(pid)) and words[0] == "/actor"]

    def wait_programs(self, count, timeout=60):
        wait_until(lambda: len(self.programs()) == count, timeout,
                   what=lambda: f"{count} programs: {self.programs()}; {self.said()}")

    def wait(self, timeout=60):
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout} s; {self.said()}") from None
        self.ended = True
        return code

    def stop(self):
        """Stops it like `docker stop`, and asserts that it exits cleanly."""
        if self.ended:
            return
        os.kill(self.pid, signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"it ended with {code}; {self.said()}"
        wait_until(lambda: not procfs.marked(self.mark), 5, what=lambda: f"nothing is left; {self.programs()}")

    def kill(self):
        self.ended = True
        for pid in procfs.marked(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.kill()
        self.process.wait()
