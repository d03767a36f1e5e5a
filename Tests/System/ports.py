"""Ports that no other test uses.

A port that the kernel assigned for a moment, by binding to 0, may be in use as the local end of a connection when a
test needs it. These ports are below the kernel's range, and each process of the tests has its own block of them.
"""

import itertools
import socket

FIRST, BLOCK, BLOCKS = 20_000, 400, 30
_held = None


def _block():
    """An abstract socket is the lock: it has the same scope as the ports, and is released when its process exits."""
    for number in range(BLOCKS):
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0reeve-tests-ports-{number}")
        except OSError:
            lock.close()
            continue
        first = FIRST + number * BLOCK
        return lock, itertools.cycle(range(first, first + BLOCK))
    raise AssertionError("no block of ports is left")


def free_port(family=socket.AF_INET):
    """A port of the loopback address that is free."""
    global _held
    if _held is None:
        _held = _block()
    for port in itertools.islice(_held[1], BLOCK):
        with socket.socket(family) as probe:
            try:
                probe.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("all ports of the block are taken")
