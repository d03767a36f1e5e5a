"""An example as its image runs it, without a registry and without building an image.

A box is a copy of this machine's file system (an overlay in memory), with namespaces of its own, in which the
instructions of a Dockerfile have been carried out: what it copies and runs, its environment, its entrypoint as PID 1.
The packages that it installs have to be installed here (`scripts/deps`); supervisord is the one of the tests'
environment. `Image` is the same with a real image, which takes minutes to build: REEVE_IMAGES=1 chooses it.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid

import images
import procfs
import supervised
from test_dockerfiles import instructions
from waiting import wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Debian's package, in whose place the tests' own version is copied.
SUPERVISOR = "supervisor"
#: What PID 1 is before it is the entrypoint.
STARTERS = {"sh", "chroot", "env"}
#: A container's /dev: no /dev/log, no devices of the machine.
MOUNTS = """
mount -t tmpfs -o mode=755 layer "$folder"
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do : >"$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
ln -s /proc/self/fd "$root/dev/fd"
for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%:*}" "$root/dev/${name#*:}"; done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for path in $empty; do mount -t tmpfs -o mode=1777 tmpfs "$root/$path"; done
chmod 755 "$root/run"
ip link set lo up
hostname box
"""


class Recipe:
    """What a Dockerfile says: `packages` of Debian, `steps` (shell lines that change `$root`), `environment`, `entrypoint`.

    - parameter image: the files of the image `reeve`.
    """

    def __init__(self, path, image=supervised.DIST):
        self.packages, self.steps, self.environment, self.entrypoint = [], [], {"PATH": PATH, "HOME": "/root"}, None
        self.context, self.image, self.arguments = path.parent, image, {}
        for word, rest in instructions(path.read_text()):
            if word == "RUN":
                self.run(rest)
            elif word == "COPY":
                self.copy(shlex.split(rest))
            elif word == "ADD":
                self.add(*shlex.split(rest))
            elif word == "ARG":
                self.arguments.update([rest.split("=", 1)])
            elif word == "ENV":
                for name, value in (part.split("=", 1) for part in shlex.split(rest)):
                    self.environment[name] = re.sub(r"\$(\w+)", lambda match: self.environment[match[1]], value)
            elif word == "ENTRYPOINT":
                self.entrypoint = json.loads(rest)
            else:
                assert word in ("FROM", "EXPOSE", "VOLUME", "HEALTHCHECK"), f"{path}: {word}"

    def run(self, line):
        """Packages are installed already; everything else runs in the copy."""
        left = []
        for command in re.split(r"\s+&&\s+", line):
            if command.startswith("apt-get install "):
                self.packages += [name for name in command.split()[2:] if not name.startswith("-")]
            elif not command.startswith(("apt-get update", "rm -rf /var/lib/apt/lists")):
                left.append(command)
        if SUPERVISOR in self.packages:
            self.packages.remove(SUPERVISOR)
            self.steps += self.supervisor()
        if left:
            self.steps.append(f"chroot \"$root\" env PATH={PATH} sh -ec {shlex.quote(' && '.join(left))}")

    @staticmethod
    def supervisor():
        """What the package contains, with the version that the tests use."""
        source = next((supervised.ROOT / ".build" / "venv").glob("lib/python3*/site-packages/supervisor"))
        yield f'cp -r {source} "$root/usr/lib/python3/dist-packages/supervisor"'
        for name in ("supervisord", "supervisorctl"):
            lines = f"#!/usr/bin/python3\nimport sys\nfrom supervisor.{name} import main\nsys.exit(main())\n"
            yield f'printf %s {shlex.quote(lines)} >"$root/usr/bin/{name}"; chmod 755 "$root/usr/bin/{name}"'

    def copy(self, words):
        if re.match(r"--from=([\w./]+/)?reeve(:|$)", words[0]):
            sources = [self.image / name.lstrip("/") for name in words[1:-1]]
        else:
            sources = [self.context / name for name in words[:-1]]
        target = f'"$root"{words[-1]}'
        folder = words[-1].endswith("/")
        self.steps.append(f"mkdir -p {target if folder else f'$(dirname {target})'}")
        for source in sources:
            assert source.exists(), source
            self.steps.append(f"cp -rT {source} {target}" if source.is_dir() or not folder else f"cp {source} {target}")

    def add(self, mode, checksum, url, target):
        """`ADD --chmod= --checksum=` of a file that is downloaded."""
        url = re.sub(r"\$\{(\w+)\}", lambda match: self.arguments[match[1]], url)
        target = f'"$root"{target}'
        self.steps += [
            f"curl -fsS -o {target} {shlex.quote(url)}",
            f'echo "{checksum.removeprefix("--checksum=sha256:")}  "{target} | sha256sum --check --strict --quiet',
            f"chmod {mode.removeprefix('--chmod=')} {target}"]

    def absent(self):
        """The packages that aren't installed; all of them where the system isn't Debian's."""
        if not shutil.which("dpkg-query"):
            return self.packages
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *self.packages], capture_output=True, text=True)
        there = {line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
        return [name for name in self.packages if name not in there]


def missing():
    """Why there can be no box; None if there can."""
    if os.getuid() != 0:
        return "namespaces and mounts take root"
    absent = [name for name in ("dpkg-query", "ip", "hostname", "unshare", "nsenter") if not shutil.which(name, path=PATH)]
    return f"not installed: {', '.join(absent)}" if absent else None


class Contained:
    """What tests do with a running box or image."""

    def ctl(self, *words):
        """`ctl`, or `supervisorctl` where supervisord runs."""
        name = "ctl" if self.entrypoint[0] == "init" else "supervisorctl"
        return self.run(name, "-c", self.entrypoint[2], *words)

    def outside(self, *words, check=False):
        """Runs a program of this machine in the network of the container; returns its output. With `check` it has to succeed."""
        done = subprocess.run(
            ["nsenter", f"--net=/proc/{self.pid}/ns/net", *map(str, words)], capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, f"{done.stdout}{done.stderr}; {self.said()}"
        return done.stdout

    def python(self, code, *words):
        """Runs Python there, which has to succeed; returns its output."""
        return self.outside(sys.executable, "-c", code, *words, check=True)

    def fetch(self, url, *options):
        return self.outside("curl", "-s", "--max-time", "20", *options, url)

    def wait_fetch(self, text, url, *options):
        return wait_until(lambda: next((said for said in [self.fetch(url, *options)] if text in said), None),
                          what=lambda: f"{text!r}: {self.fetch(url, *options)!r}; {self.said()}", poll=0.1)

    def wait_said(self, text, times=1):
        wait_until(lambda: self.said().count(text) >= times, what=lambda: f"{text!r} in: {self.said()}", poll=0.05)

    def states(self):
        """{program: state} as the supervisor says."""
        lines = [line.split() for line in self.ctl("status").splitlines()]
        return {words[0].rpartition(":")[2]: words[1] for words in lines if len(words) > 1}

    def wait_states(self, **wanted):
        """Waits until every program is RUNNING, except those that are named with another state."""
        def there():
            found = self.states()
            return found and found == {name: wanted.get(name, "RUNNING") for name in found} and set(wanted) <= set(found)
        wait_until(there, what=lambda: f"{self.states()}; {self.said()}", poll=0.3)

    def processes(self):
        """{pid in this namespace: command line} of everything that runs in it."""
        found = {}
        for pid in procfs.descendants(self.pid):
            try:
                found[pid] = " ".join(procfs.cmdline(pid))
            except OSError:
                pass  # it has exited meanwhile
        return found

    def program(self, name):
        """The pid of a program, in this namespace."""
        inner = int(self.ctl("pid", name))
        return next(pid for pid in procfs.descendants(self.pid) if procfs.inner_pid(pid) == inner)


class Box(Contained):
    """A running box.

    - parameter image: the root of an image in which the recipe has been carried out; default: this machine's files, on which
      its steps are.
    - parameter change: shell lines that run in the copy before the start.
    - parameter gate: a FIFO to create; the entrypoint is executed when somebody writes a line to it.
    """

    def __init__(self, folder, recipe, image=None, change=(), gate=None):
        self.entrypoint = recipe.entrypoint
        self.environment = recipe.environment
        self.folder = pathlib.Path(folder) / f"box-{uuid.uuid4().hex[:8]}"
        self.folder.mkdir()
        self.said_path = self.folder.with_suffix(".said")
        script = ["set -e", f"lower={image or '/'} folder={self.folder} root={self.folder}/root"]
        script += ["empty=", MOUNTS] if image else ["empty='run tmp'", MOUNTS, *recipe.steps]
        script += [f"chroot \"$root\" env PATH={PATH} sh -ec {shlex.quote(line)}" for line in change]
        if gate:
            os.mkfifo(gate)
            script.append(f"read -r _ <{gate}")
        script.append(f'exec chroot "$root" env -i {shlex.join(self.variables())} {shlex.join(self.entrypoint)}')
        # A pipe, as under a container's runtime: programs may open /proc/1/fd/1 again.
        with open(self.said_path, "wb") as said:
            self.cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=said)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--kill-child", "sh", "-c", "\n".join(script)],
            stdin=subprocess.DEVNULL, stdout=self.cat.stdin, stderr=self.cat.stdin)
        self.cat.stdin.close()
        self.pid = wait_until(lambda: next(iter(procfs.children_now(self.process.pid)), None) or self.over(), what=self.said)
        if not gate:
            wait_until(lambda: self.over() or self.is_started(), what=self.said)

    def variables(self):
        return [f"{name}={value}" for name, value in self.environment.items()]

    def is_started(self):
        """Whether PID 1 is the entrypoint already."""
        return not STARTERS.intersection(procfs.cmdline(self.pid)[:1])

    def over(self):
        """-1 when all of it is."""
        return 0 if self.process.poll() is None else -1

    def said(self):
        return self.said_path.read_text(errors="replace")

    def run(self, *words):
        """Runs a program inside; returns its output."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wd"]
        return subprocess.run(
            [*enter, "env", "-i", *self.variables(), *map(str, words)], capture_output=True, text=True, timeout=60).stdout

    def stop(self):
        """SIGTERM to PID 1, which has to exit with 0 and to kill nothing."""
        before = len(self.said())
        os.kill(self.pid, signal.SIGTERM)
        assert self.process.wait(60) == 0, self.said()
        self.cat.wait(60)
        assert "SIGKILL" not in self.said()[before:], self.said()

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.cat.wait(60)


class Image(Contained):
    """The same with an image, built and run by podman.

    - parameter tag: the image that `path`, a Dockerfile, describes.
    """

    def __init__(self, folder, path, tag, change=()):
        self.entrypoint = Recipe(path).entrypoint
        self.changed = None
        if change:
            lines = "".join(f"RUN {line}\n" for line in change)
            (folder / "Dockerfile").write_text(f"FROM {tag}\n{lines}")
            tag = self.changed = images.build(folder, f"{tag}-changed")
        self.running = images.Running(folder, tag)
        self.pid = wait_until(lambda: int(json.loads(images.podman("inspect", self.running.name).stdout)[0]["State"]["Pid"]))

    def said(self):
        return self.running.said()

    def run(self, *words):
        return self.running.run(*words).stdout

    def stop(self):
        before = len(self.said())
        assert self.running.stop() == 0, self.said()
        assert "SIGKILL" not in self.said()[before:], self.said()

    def kill(self):
        self.running.kill()
        if self.changed:
            images.podman("rmi", "-f", self.changed, check=False)
