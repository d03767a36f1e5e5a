"""The result of `make release` in dist/: small, static, without an interpreter, under all its names."""

import os
import pathlib
import struct
import subprocess

import pytest

DIST = pathlib.Path(__file__).resolve().parents[2] / "dist"
KILOBYTE = 1024
PT_DYNAMIC, PT_INTERP = 2, 3


def program_headers(path):
    """The types of the ELF program headers of a 64-bit little-endian file."""
    data = path.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01"
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return [struct.unpack_from("<I", data, offset + index * size)[0] for index in range(count)]


@pytest.mark.parametrize("name, limit", [("init", 1.2 * KILOBYTE), ("ctl", 900), ("gateway", 16 * KILOBYTE)])
def test_is_small(name, limit):
    assert (DIST / name).stat().st_size <= limit * KILOBYTE


@pytest.mark.parametrize("name", ["init", "ctl", "config-dump", "gateway"])
def test_is_static(name):
    headers = program_headers(DIST / name)
    assert PT_INTERP not in headers
    assert PT_DYNAMIC not in headers
    said = subprocess.run(["ldd", DIST / name], capture_output=True, text=True)
    assert "not a dynamic executable" in said.stdout + said.stderr or "statically linked" in said.stdout


def test_the_check_sees_a_dynamic_executable():
    assert PT_INTERP in program_headers(pathlib.Path("/bin/sh").resolve())


@pytest.mark.parametrize("name", ["init", "ctl", "config-dump", "gateway"])
def test_is_stripped_and_executable(name):
    assert os.access(DIST / name, os.X_OK)
    assert b".symtab" not in (DIST / name).read_bytes()


@pytest.mark.parametrize(
    "name, target", [("supervisord", "init"), ("supervisorctl", "ctl"), ("echo_supervisord_conf", "init"), ("pidproxy", "init")])
def test_answers_to_the_old_name(name, target):
    assert os.readlink(DIST / name) == target


def test_constant_arrays_are_those_of_the_source(tmp_path):
    """Swift 6.3's object-outliner gives constant arrays of several modules the same name: init then used a wrong
    table for the keys that it knows, and ignored them. Package.swift disables that pass."""
    configuration = tmp_path / "s.conf"
    configuration.write_text(
        f"[unix_http_server]\nfile={tmp_path}/s.sock\n[supervisord]\nlogfile={tmp_path}/log\n"
        f"[supervisorctl]\nserverurl=unix://{tmp_path}/s.sock\n[program:a]\ncommand=/bin/true\n")
    done = subprocess.run([DIST / "init", "--check", "-c", configuration], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "unknown key" not in done.stdout + done.stderr
