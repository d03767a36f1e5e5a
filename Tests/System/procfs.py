"""What the kernel reports about processes in /proc. Pids are those of the test's own namespace."""

import os


def status(pid):
    """/proc/PID/status as a dictionary of texts."""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def state(pid):
    """One letter (R S D T Z), or None if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return chr(file.read().rsplit(b")", 1)[1].split()[0][0])
    except (FileNotFoundError, ProcessLookupError):
        return None


def alive(pid):
    return state(pid) not in (None, "Z")


def parent(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rsplit(b")", 1)[1].split()[1])


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def namespace(pid):
    return os.readlink(f"/proc/{pid}/ns/pid")


def inner_pid(pid):
    """The pid of the process in its own namespace."""
    return int(status(pid)["NSpid"].split()[-1])


def in_namespace(name):
    """The processes of a PID namespace, without zombies, which no longer have a namespace."""
    found = []
    for pid in pids():
        try:
            if namespace(pid) == name:
                found.append(pid)
        except OSError:
            pass
    return found


def children(pid):
    """Direct children, including zombies."""
    found = []
    for other in pids():
        try:
            if parent(other) == pid:
                found.append(other)
        except OSError:
            pass
    return found


def children_now(pid):
    """Direct children of a single-threaded process, from the kernel's list if it has one. It is fast even with
    thousands of processes, but a child that exits meanwhile may hide its neighbour."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return children(pid)


def descendants(pid):
    parents = {}
    for other in pids():
        try:
            parents.setdefault(parent(other), []).append(other)
        except OSError:
            pass
    found, queue = [], [pid]
    while queue:
        for child in parents.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def zombies(pid):
    return [child for child in children(pid) if state(child) == "Z"]


def environment(pid):
    """The environment that it was started with; empty for a moment after its start."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        entries = file.read().decode(errors="replace").split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def marked(mark):
    """Processes that were started with NAME=VALUE in their environment."""
    found = []
    for pid in pids():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(pid)
        except OSError:
            pass
    return found


def executable(pid):
    """The path of its executable; None for a zombie."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def cmdline(pid):
    """Its words; none if it is gone, as a check may be that ran a moment ago."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [word.decode("utf-8", "replace") for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


def rss(pid):
    """Resident memory in KB."""
    return int(status(pid)["VmRSS"].split()[0])


def peak_rss(pid):
    """The maximum resident memory so far, in KB."""
    return int(status(pid)["VmHWM"].split()[0])


def descriptors(pid):
    """{number: target} of the open descriptors."""
    found = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(number)] = os.readlink(f"/proc/{pid}/fd/{number}")
        except FileNotFoundError:
            pass
    return found


def cpu_seconds(pid):
    """CPU time, user and kernel."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def started(pid):
    """When it was started, in seconds since 1970. The kernel counts hundredths from a boot time in whole seconds."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        ticks = int(file.read().rsplit(b")", 1)[1].split()[19])
    with open("/proc/stat") as file:
        boot = next(int(line.split()[1]) for line in file if line.startswith("btime"))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid):
    """How long its threads were runnable without a processor, in total; also for a process that has exited but isn't
    reaped yet."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has exited meanwhile
    return total / 1e9


def wakeups(pid):
    """How often it was switched out, which doesn't change while a process sleeps."""
    table = status(pid)
    return int(table["voluntary_ctxt_switches"]) + int(table["nonvoluntary_ctxt_switches"])


def blocked_signals(pid):
    """The signals in SigBlk."""
    bits = int(status(pid)["SigBlk"], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1}
