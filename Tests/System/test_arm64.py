"""Runs the arm64 executables on a real arm64 kernel in an emulator: init is the kernel's PID 1.

`make release ARCH=arm64` builds them. The programs are BusyBox's; they write their results to the serial console,
line by line.
"""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIST = ROOT / "dist" / "arm64"
MACHINE = ROOT / ".build" / "sysroot" / "arm64-machine"
EMULATOR = "qemu-system-aarch64"
#: Seconds from power-on to power-off. An idle machine needs ten, but this one is emulated and may be busy.
PATIENCE = 540

pytestmark = [
    pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"{EMULATOR} is not installed (Debian: qemu-system-arm)"),
    pytest.mark.skipif(shutil.which("cpio") is None, reason="cpio is not installed"),
    pytest.mark.skipif(not (DIST / "init").exists(), reason="dist/arm64 is not built: make release ARCH=arm64"),
]

CONFIGURATION = """
[supervisord]
nodaemon = true
user = root
logfile = /dev/stdout
logfile_maxbytes = 0

[unix_http_server]
file = /run/supervisor.sock

[supervisorctl]
serverurl = unix:///run/supervisor.sock

[program:user]
command = /bin/sh -c 'echo "SAYS user $(id -u):$(id -g) $$"; exec sleep 1000000'
user = worker
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0

[program:bound]
command = /bin/sh -c 'grep -E "^Cap(Eff|Bnd|Amb)" /proc/self/status | sed "s/^/SAYS bound /"; exec sleep 1000000'
user = worker
capabilities = ^cap_net_bind_service
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0

[program:asked]
command = /bin/sh -c 'trap "echo SAYS asked got USR1" USR1; trap "echo SAYS asked got TERM; exit 0" TERM; echo SAYS asked is ready; while :; do sleep 1000000 & wait; done'
stopasgroup = true
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0

[program:piped]
command = /bin/sh -c 'echo SAYS piped to its log; echo SAYS an error >&2; exec sleep 1000000'
stdout_logfile = /tmp/piped.log
stderr_logfile = /tmp/piped.err

[program:greedy]
command = dd if=/dev/zero of=/dev/null bs=24M count=1
memory_max = 8MB
cgroup_required = true
autorestart = false
post_stop_hook = sh -c 'echo "SAYS $REEVE_PROGRAM ended: $REEVE_REASON $REEVE_SIGNAL" > /dev/console'

[program:greediest]
command = dd if=/dev/zero of=/dev/null bs=96M count=1
autorestart = false
post_stop_hook = sh -c 'echo "SAYS $REEVE_PROGRAM ended: $REEVE_REASON $REEVE_SIGNAL" > /dev/console'

[program:missing]
command = /bin/nothing
autorestart = false
startretries = 0

[program:examiner]
command = /bin/sh /examine
autorestart = false
startsecs = 0
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
redirect_stderr = true
"""

#: A program under init. Each wait checks its condition; the emulator's deadline ends one that is never met.
EXAMINER = r"""
until ctl status user | grep -q RUNNING && ctl status bound | grep -q RUNNING; do sleep 0.1; done
until ctl status asked | grep -q RUNNING && ctl status piped | grep -q RUNNING; do sleep 0.1; done
until ctl status missing | grep -q -E 'FATAL|BACKOFF'; do sleep 0.1; done
until ctl status greedy | grep -q EXITED && ctl status greediest | grep -q EXITED; do sleep 0.1; done
ctl status | sed 's/^/SAYS status /'
echo "SAYS machine $(uname -m), PID 1 is $(readlink /proc/1/exe)"
ctl tail piped | sed 's/^/SAYS tail /'
ctl tail piped stderr | sed 's/^/SAYS tail /'
ctl signal USR1 asked
ctl stop asked | sed 's/^/SAYS /'
ctl stop user | sed 's/^/SAYS /'
ctl start user | sed 's/^/SAYS /'
ctl shutdown | sed 's/^/SAYS /'
"""

#: The kernel panics when PID 1 exits, and the emulator exits at a panic: the last lines show how init ended.
BOOT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 none /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/box
echo 64M > /sys/fs/cgroup/box/memory.max
echo 1 > /sys/fs/cgroup/box/cgroup.procs
exec /bin/init -c /etc/supervisord.conf
"""


@pytest.fixture(scope="module")
def machine():
    """The kernel and BusyBox, downloaded once."""
    done = subprocess.run(
        [ROOT / "scripts" / "sysroot", "arm64", MACHINE, "linux-image-cloud-arm64/depends", "busybox-static"],
        capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"Debian's arm64 kernel cannot be fetched: {done.stderr.strip()[-200:]}")
    return MACHINE


@pytest.fixture(scope="module")
def console(machine, tmp_path_factory):
    """The output of the serial console from power-on to power-off."""
    folder = tmp_path_factory.mktemp("arm64")
    root = folder / "root"
    (root / "bin").mkdir(parents=True)
    (root / "etc").mkdir()
    for name in ("init", "ctl"):
        shutil.copy(DIST / name, root / "bin" / name)
    shutil.copy(machine / "bin" / "busybox", root / "bin" / "busybox")
    for name, text, mode in [
        ("boot", BOOT, 0o755), ("examine", EXAMINER, 0o644), ("etc/supervisord.conf", CONFIGURATION, 0o644),
        ("etc/passwd", "root:x:0:0:root:/:/bin/sh\nworker:x:1234:2345:worker:/:/bin/sh\n", 0o644),
        ("etc/group", "root:x:0:\nworker:x:2345:\n", 0o644),
    ]:
        (root / name).write_text(text)
        (root / name).chmod(mode)
    image = folder / "initrd"
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    with image.open("wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root, input=names.encode(), stdout=file, check=True)
    kernel = next((machine / "boot").glob("vmlinuz-*"))
    emulator = subprocess.run(
        [EMULATOR, "-M", "virt", "-cpu", "max", "-accel", "tcg", "-m", "256", "-nographic", "-no-reboot", "-nic", "none",
         "-kernel", kernel, "-initrd", image, "-append", "console=ttyAMA0 quiet panic=-1 rdinit=/boot"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    said = emulator.stdout.decode(errors="replace").replace("\r", "")
    print(said)
    return said


@pytest.mark.parametrize("line", [
    "SAYS machine aarch64, PID 1 is /bin/init",
    "SAYS user 1234:2345",
    "SAYS bound CapEff:\t0000000000000400",
    "SAYS bound CapAmb:\t0000000000000400",
    "SAYS tail SAYS piped to its log",
    "SAYS tail SAYS an error",
    "SAYS asked got USR1",
    "SAYS asked got TERM",
    "SAYS asked: stopped",
    "SAYS user: stopped",
    "SAYS user: started",
    "SAYS greedy ended: oom SIGKILL",
    "SAYS greediest ended: oom SIGKILL",
    "exited: greedy (terminated by SIGKILL (out of memory); not expected)",
    "SAYS Shut down",
])
def test_the_console_shows(console, line):
    assert line in console


def test_ctl_sees_every_program(console):
    states = dict(line.split()[2:4] for line in console.splitlines() if line.startswith("SAYS status "))
    assert states.pop("missing") in ("FATAL", "BACKOFF")
    assert states.pop("examiner") in ("RUNNING", "STARTING")
    assert (states.pop("greedy"), states.pop("greediest")) == ("EXITED", "EXITED")
    assert states == dict.fromkeys(("user", "bound", "asked", "piped"), "RUNNING")


def test_init_ends_in_order_and_with_code_0(console):
    """The kernel names the exit code of PID 1 in the panic that follows."""
    assert "Attempted to kill init! exitcode=0x00000000" in console
