"""Runs one supervisor in its own namespaces, and asks the kernel what it costs."""

import os
import pathlib
import select
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import time


class Overdue(Exception):
    pass


def wait_until(predicate, timeout, what, poll=0.001):
    deadline = time.monotonic() + timeout
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Overdue(f"no {what} within {timeout} s")
        time.sleep(poll)


def busy():
    """Seconds that all processors together have been busy since the start of the machine."""
    with open("/proc/stat") as file:
        times = [int(number) for number in file.readline().split()[1:9]]
    return (sum(times) - times[3] - times[4]) / os.sysconf("SC_CLK_TCK")


def wait_until_calm():
    """Waits until the processors are idle for a twentieth of a second, for at most five: what was measured before may still be ending."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        before = busy()
        time.sleep(0.05)
        if busy() == before:
            return


def median(values):
    return statistics.median(values)


def tree(pid):
    """The process and all its descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents.setdefault(int(file.read().rsplit(b")", 1)[1].split()[1]), []).append(int(name))
            except OSError:
                pass
    found, queue = [pid], [pid]
    while queue:
        for child in parents.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def executable(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


class Session:
    """A running supervisor. `folder` belongs to it and is removed with it."""

    def __init__(self, peer, load, programs, stdout=None, processors=None, **keys):
        self.peer, self.load = peer, load
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
        self.stamps = self.folder / "stamps"
        self.stamps.touch()
        self.started = self.folder / "started"
        command = peer.prepare(self, programs, **keys)
        wait_until_calm()
        log = open(self.folder / "said", "wb")
        bound = ["taskset", "-c", ",".join(map(str, processors))] if processors else []
        self.outer = subprocess.Popen(
            [*bound, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", load, "start", self.started, *command],
            stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log, cwd=self.folder)
        log.close()
        self.found = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        first = self.found or next(iter(tree(self.outer.pid)[1:2]), None)
        self.outer.kill()
        self.outer.wait()
        # The kernel ends the other processes of the namespace after the first one: only then is the folder unused.
        if first:
            wait_until(lambda: not os.path.exists(f"/proc/{first}"), 60, "end")
        shutil.rmtree(self.folder, ignore_errors=True)

    def said(self):
        return (self.folder / "said").read_text(errors="replace")[-2000:]

    @property
    def pid(self):
        """The supervisor's pid, once it has been executed."""
        if self.found is None:
            def there():
                if self.outer.poll() is not None:
                    raise Overdue(f"{self.peer.name} ended: {self.said()}")
                children = [pid for pid in tree(self.outer.pid)[1:2] if executable(pid) not in ("load", "unshare")]
                return children[0] if children else None
            self.found = wait_until(there, 10, f"{self.peer.name}", poll=0.0005)
        return self.found

    def moments(self):
        """The stamps so far, in seconds."""
        data = self.stamps.read_bytes()
        return [value / 1e9 for value, in struct.iter_unpack("<Q", data[:len(data) // 8 * 8])]

    def began(self):
        return struct.unpack("<Q", self.started.read_bytes()[:8])[0] / 1e9

    def await_stamps(self, count, timeout=60, poll=0.001):
        def enough():
            if self.outer.poll() is not None:
                raise Overdue(f"{self.peer.name} ended: {self.said()}")
            return self.stamps.stat().st_size >= 8 * count
        try:
            wait_until(enough, timeout, f"{count} starts ({self.stamps.stat().st_size // 8})", poll)
        except Overdue as error:
            raise Overdue(f"{error}: {self.said()}") from None
        return self.moments()

    def own(self):
        """The supervisor's own processes, without the programs."""
        return [pid for pid in tree(self.pid) if executable(pid) not in ("load", "")]

    def programs(self):
        return [pid for pid in tree(self.pid) if executable(pid) == "load"]


def memory(pids):
    """Memory of all these processes together in KB: resident, proportional, private."""
    total = {"Rss": 0, "Pss": 0, "Private": 0}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                key, _, rest = line.partition(":")
                if key in ("Rss", "Pss"):
                    total[key] += int(rest.split()[0])
                elif key in ("Private_Clean", "Private_Dirty"):
                    total["Private"] += int(rest.split()[0])
    return total["Rss"], total["Pss"], total["Private"]


def switches(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if "ctxt_switches" in line:
                    total += int(line.split()[1])
    return total


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def children_cpu_seconds(pid):
    """Of the children that it has waited for, and of theirs. The kernel counts it in nanoseconds and shows
    hundredths of a second."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        user, system = file.read().rsplit(b")", 1)[1].split()[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def end(session, number=signal.SIGTERM, timeout=120):
    """Seconds from the signal to the exit of the supervisor."""
    pid = session.pid
    # `Popen.wait` with a timeout sleeps for up to 50 ms between its looks.
    outer = os.pidfd_open(session.outer.pid)
    try:
        began = time.monotonic()
        os.kill(pid, number)
        ready, _, _ = select.select([outer], [], [], timeout)
        ended = time.monotonic()
    finally:
        os.close(outer)
    if not ready:
        raise Overdue(f"no end within {timeout} s")
    return ended - began


def alive(pid):
    """Whether the process runs, and is not a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] != b"Z"
    except OSError:
        return False


def arguments(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace").split("\0")
    except OSError:
        return []
