"""Becomes the first process of a container: `entering.py ORDER`, started by containers.py in new namespaces.

The order is JSON: `root`, `command`, and the members of containers.Setting. It mounts, drops what the container
doesn't get, and executes the command. It only imports the standard library, to start quickly.
"""

import ctypes
import fcntl
import json
import os
import resource
import subprocess
import sys
import termios

PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


def mounts(order):
    """The shell lines that mount the file systems."""
    root, proc = order["root"], order["proc"]
    yield f"mount --bind {root} {root}"
    yield f"mount -t tmpfs -o mode=755 tmpfs {root}/dev"
    for name in ("null", "zero", "tty"):
        yield f": >{root}/dev/{name}; mount --bind /dev/{name} {root}/dev/{name}"
    yield f"ln -s /proc/self/fd {root}/dev/fd"
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        yield f"ln -s /proc/self/fd/{number} {root}/dev/{name}"
    if order["shm"]:
        yield f"mkdir {root}/dev/shm; mount -t tmpfs -o mode=1777 tmpfs {root}/dev/shm"
    for path in order["tmpfs"]:
        yield f"mount -t tmpfs -o mode=1777 tmpfs {root}{path}"
    if proc != "hidden":
        yield f"mount -t proc {'-o hidepid=2' if proc == 'hidepid' else ''} proc {root}/proc"
    if order["readonly"]:
        yield f"mount -o remount,bind,ro {root}; mount -o remount,ro {root}/dev"


def enter(order):
    libc = ctypes.CDLL(None, use_errno=True)
    if order["cgroup"]:
        with open(f"{order['cgroup']}/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
    subprocess.run(["/bin/sh", "-ec", "\n".join(mounts(order))], check=True, stdin=subprocess.DEVNULL,
                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    os.chroot(order["root"])
    os.chdir("/")
    if not order["capabilities"]:
        for number in range(64):
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if order["uid"] is not None:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    if order["processes"] is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (order["processes"], order["processes"]))
    if order["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in order["closed"]:
        os.close(number)
    os.execv(order["command"][0], order["command"])


enter(json.loads(sys.argv[1]))
