"""Images built with buildah and run with podman, from what is on this machine: nothing is pulled."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile
import uuid

import supervised
from waiting import wait_until

DEBIAN = "debian:bookworm-slim"
# Creates DEBIAN if no registry can be reached.
MAKE_DEBIAN = f"debootstrap --variant=minbase bookworm ROOT && tar -C ROOT -c . | podman import - {DEBIAN}"
# Limits that a machine without CAP_SYS_RESOURCE can set.
CONFIGURATION = '[containers]\ndefault_ulimits=["nofile=20000:20000","nproc=4096:4096"]\n'
# Stands for the compiler: copies the existing executables to where the Makefile would put them.
MAKE = "#!/bin/sh\nset -e\n[ \"$*\" = 'release gateway' ]\nmkdir dist\ncp -a /prebuilt/. dist/\n"


def missing():
    """Why no image can be built here; None if one can."""
    if os.getuid() != 0:
        return "needs root"
    absent = [name for name in ("buildah", "podman") if not shutil.which(name)]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if podman("image", "exists", DEBIAN, check=False).returncode:
        return f"no image {DEBIAN} here. Without a registry: {MAKE_DEBIAN}"
    return None


def podman(*words, check=True, **options):
    done = subprocess.run(["podman", *map(str, words)], capture_output=True, text=True, timeout=120, **options)
    assert not check or done.returncode == 0, f"podman {words}: {done.stderr}"
    return done


def build(context, tag, *options, timeout=300):
    done = subprocess.run(
        ["buildah", "bud", "--isolation=chroot", "--pull-never", "--layers=false", "--network=host", *options, "-t", tag,
         str(context)], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return tag


@contextlib.contextmanager
def reeve():
    """The image of the Dockerfile, with the executables of dist/. With REEVE_COMPILE=1 it compiles them, which takes
    minutes and needs an image `swift:6.3-bookworm`."""
    tag = f"localhost/reeve-test-{uuid.uuid4()}"
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        if os.environ.get("REEVE_COMPILE"):
            # SwiftPM's dependencies may be mirrored here: the build gets the same mirrors under the same names.
            options = []
            mirrors = subprocess.run(["git", "config", "--get-regexp", r"^url\..*\.insteadof$"], capture_output=True, text=True)
            for path in {line.split(".insteadof")[0].removeprefix("url.") for line in mirrors.stdout.splitlines()}:
                if path.startswith("/"):
                    options += ["-v", f"{path}:{path}:ro"]
            if options:
                options += ["-v", "/etc/gitconfig:/etc/gitconfig:ro"]
            build(supervised.ROOT, tag, *options, timeout=3600)
        else:
            context = pathlib.Path(folder)
            shutil.copytree(supervised.DIST, context / "prebuilt", symlinks=True)
            (context / "make").write_text(MAKE)
            (context / "apt-get").write_text("#!/bin/sh\n")
            for name in ("make", "apt-get"):
                (context / name).chmod(0o755)
            (context / "Dockerfile").write_text(
                f"FROM {DEBIAN}\nCOPY prebuilt /prebuilt\nCOPY make apt-get /usr/local/bin/\n")
            base = build(context, f"{tag}-base")
            stack.callback(podman, "rmi", "-f", base, check=False)
            build(supervised.ROOT, tag, "--from", base)
        try:
            yield tag
        finally:
            podman("rmi", "-f", tag, check=False)


class Running:
    """A container that runs in the foreground of a process; its output is kept."""

    def __init__(self, folder, image, *words, options=(), stdin=subprocess.DEVNULL):
        self.name = f"reeve-test-{uuid.uuid4()}"
        self.folder = pathlib.Path(folder)
        configuration = self.folder / "containers.conf"
        configuration.write_text(CONFIGURATION)
        self.environment = {**os.environ, "CONTAINERS_CONF": str(configuration)}
        with open(self.folder / f"{self.name}.said", "wb") as said:
            # If both versions of cgroups are mounted, runtimes assume the second, and fail.
            self.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh", "podman", "run",
                 "--rm", "--network=none", "--pull=never", "--name", self.name, *options, image, *words],
                stdin=stdin, stdout=said, stderr=subprocess.STDOUT, env=self.environment)

    def said(self):
        return (self.folder / f"{self.name}.said").read_text(errors="replace")

    def run(self, *words):
        return podman("exec", self.name, *words, check=False, env=self.environment)

    def wait_said(self, text, timeout=60):
        wait_until(lambda: text in self.said() or self.process.poll() is not None, timeout,
                   what=lambda: f"{text!r} in: {self.said()}")
        assert text in self.said(), self.said()

    def wait(self, timeout=60):
        return self.process.wait(timeout)

    def stop(self):
        """`podman stop`, which sends TERM; returns the exit code."""
        podman("stop", "-t", "20", self.name, env=self.environment)
        code = self.wait()
        assert code != 137, f"podman lost its patience; {self.said()}"
        return code

    def kill(self):
        podman("rm", "-f", "-t", "0", self.name, check=False, env=self.environment)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)


@contextlib.contextmanager
def one_at_a_time():
    """Test processes share one storage, and builds are heavy, so this serializes them."""
    with open(pathlib.Path(tempfile.gettempdir()) / "reeve-images.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
