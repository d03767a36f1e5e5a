"""The memmove and memcpy that replace musl's on x86-64, compared with Python's own slices."""

import ctypes
import platform
import shutil
import subprocess

import pytest

from supervised import ROOT

#: Both sides of each way to copy, and more than a page.
SIZES = [*range(70), 127, 128, 129, 1000, 5000]
#: From the source to the target: apart, and over each other in both directions.
DISTANCES = [6000, -6000, 0, 1, -1, 2, -3, 7, -8, 9, 15, -16, 17, 31, -32, 33, 63, -64, 100, -101]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if platform.machine() != "x86_64":
        pytest.skip("musl's own are used here")
    if not shutil.which("clang"):
        pytest.skip("no clang here")
    built = tmp_path_factory.mktemp("copying") / "copy.so"
    subprocess.run(["clang", "-Oz", "-DREEVE_MUSL", "-shared", "-fPIC", "-nostdlib", "-Wl,-Bsymbolic", "-o", built, ROOT / "Sources/CLinux/copy.c"],
                   check=True)
    return ctypes.CDLL(str(built))


@pytest.mark.parametrize("name", ["memmove", "memcpy"])
def test_every_size_and_overlap(library, name):
    function = getattr(library, name)
    function.restype, function.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    pattern = bytes(index * 37 % 251 for index in range(20000))
    memory = ctypes.create_string_buffer(len(pattern))
    for distance in DISTANCES:
        for size in SIZES:
            if name == "memcpy" and abs(distance) < size:
                continue  # it promises nothing
            for shift in (0, 1, 5):
                source = 8000 + shift
                target = source + distance
                ctypes.memmove(memory, pattern, len(pattern))
                expected = bytearray(pattern)
                expected[target:target + size] = pattern[source:source + size]
                start = ctypes.addressof(memory)
                assert function(start + target, start + source, size) == start + target
                assert memory.raw == bytes(expected), (size, distance, shift)
