"""`make run CHECK=1`: nginx, redis, a worker and a program that crashes, under init as PID 1."""

import os
import pathlib
import shutil
import subprocess

import pytest

from supervised import ROOT


@pytest.mark.skipif(os.getuid() != 0, reason="switches users, and makes namespaces without one of its own")
def test_the_web_example_works_and_heals():
    assert shutil.which("redis-server") and (shutil.which("nginx") or pathlib.Path("/usr/sbin/nginx").exists())
    done = subprocess.run([ROOT / "examples" / "web" / "run", "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ["nginx answers", "the worker works: HELLO WORLD", "nginx is back", "the crasher has crashed", "exit code 0"]:
        assert words in done.stdout
