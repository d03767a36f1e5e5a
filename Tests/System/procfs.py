"""What the kernel says about processes, read from /proc. Numbers of processes are those of the test's own namespace."""

import os


def status(pid):
    """/proc/PID/status as a dictionary of texts."""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def state(pid):
    """One letter (R S D T Z), or None when there is no such process."""
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
    """The number that the process has in its own namespace."""
    return int(status(pid)["NSpid"].split()[-1])


def in_namespace(name):
    """Processes of a PID namespace, zombies not among them: those have no namespace any more."""
    found = []
    for pid in pids():
        try:
            if namespace(pid) == name:
                found.append(pid)
        except OSError:
            pass
    return found


def children(pid):
    """Direct children, zombies too."""
    found = []
    for other in pids():
        try:
            if parent(other) == pid:
                found.append(other)
        except OSError:
            pass
    return found


def children_now(pid):
    """Direct children of a process with one thread, as the kernel lists them where it does: quick beside thousands of others, and
    one that ends meanwhile may hide its neighbour."""
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
    """What it was started with; for a moment after its start that is nothing."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        entries = file.read().decode(errors="replace").split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def marked(mark):
    """Processes with NAME=VALUE in the environment they were started with."""
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
    """The path of what it executes; None for a zombie."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def cmdline(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return [word.decode("utf-8", "replace") for word in file.read().split(b"\0")[:-1]]


def rss(pid):
    """Resident memory now, in KB."""
    return int(status(pid)["VmRSS"].split()[0])


def peak_rss(pid):
    """The most resident memory it ever had, in KB."""
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
    """Time on a processor, user and kernel."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def started(pid):
    """When it was started, in seconds since 1970; the kernel counts hundredths from a boot time in whole seconds."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        ticks = int(file.read().rsplit(b")", 1)[1].split()[19])
    with open("/proc/stat") as file:
        boot = next(int(line.split()[1]) for line in file if line.startswith("btime"))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid):
    """Time in which it could have run and had no processor, all its threads together; of one that has ended and is not reaped yet, too."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
    return total / 1e9


def wakeups(pid):
    """How often it was switched out: a process that sleeps does not move this."""
    table = status(pid)
    return int(table["voluntary_ctxt_switches"]) + int(table["nonvoluntary_ctxt_switches"])


def blocked_signals(pid):
    """Numbers of the signals in SigBlk."""
    bits = int(status(pid)["SigBlk"], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1}
