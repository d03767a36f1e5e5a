"""A copy of this machine's file system that a test may change: an overlay, with processes of its own."""

import subprocess

#: The upper layer is in memory, and vanishes with the namespace. Nothing may start services.
SCRIPT = """
set -e
mount -t tmpfs layer "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount -t proc proc "$0/root/proc"
mount --bind /dev "$0/root/dev"
mount -t tmpfs tmpfs "$0/root/run"
printf '#!/bin/sh\\nexit 101\\n' >"$0/root/usr/sbin/policy-rc.d"
chmod 755 "$0/root/usr/sbin/policy-rc.d"
exec chroot "$0/root" "$@"
"""


def run(folder, *command, timeout=300, **options):
    """Runs a command in a new copy; `folder` is an empty folder to mount it on."""
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, str(folder), *map(str, command)],
        capture_output=True, text=True, timeout=timeout, **options)


def missing(folder):
    """Why there can be no copy here; None if there can."""
    done = run(folder, "true")
    return f"no overlay of this machine's file system: {done.stderr.strip()[-200:]}" if done.returncode else None
