"""A file system that hangs: mounted with FUSE's own protocol, and never served."""

import contextlib
import ctypes
import os
import select
import threading

libc = ctypes.CDLL(None, use_errno=True)
DETACH = 2


@contextlib.contextmanager
def hanging(folder, reads=False):
    """A process that accesses it sleeps until it is killed, or this context ends.

    - parameter reads: requests are read but not answered: then even SIGKILL doesn't wake the process.
    """
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
    try:
        if libc.mount(b"hanging", str(folder).encode(), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        ended = threading.Event()

        def read():
            poll = select.poll()
            poll.register(device, select.POLLIN)
            while not ended.is_set():
                if poll.poll(50):
                    with contextlib.suppress(OSError):
                        os.read(device, 1 << 17)
        reader = threading.Thread(target=read, daemon=True) if reads else None
        try:
            if reader:
                os.set_blocking(device, False)
                reader.start()
            yield folder
        finally:
            ended.set()
            if reader:
                reader.join()
            libc.umount2(str(folder).encode(), DETACH)
    finally:
        os.close(device)
