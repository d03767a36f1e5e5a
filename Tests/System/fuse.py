"""A file system that hangs: mounted by FUSE's own protocol, with nobody who answers."""

import contextlib
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
DETACH = 2


@contextlib.contextmanager
def hanging(folder):
    """Whoever looks into it sleeps until it is killed, or this ends."""
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
    try:
        if libc.mount(b"hanging", str(folder).encode(), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        try:
            yield folder
        finally:
            libc.umount2(str(folder).encode(), DETACH)
    finally:
        os.close(device)
