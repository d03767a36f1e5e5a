"""File systems that hang: mounted with FUSE's own protocol, and never served, or not always."""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import sys
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


class Served:
    """A folder that is mounted somewhere, by a process that can be stopped."""

    def __init__(self, folder, mount):
        self.folder, self.mount = folder, mount
        self.server = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name("fuse_files.py"), folder, mount], stdout=subprocess.PIPE, text=True)
        assert self.server.stdout.readline() == "mounted\n"

    def hang(self):
        self.server.send_signal(signal.SIGSTOP)

    def answer(self):
        self.server.send_signal(signal.SIGCONT)

    def text(self, name):
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / name).read_text()
        return ""

    def end(self):
        self.answer()
        libc.umount2(str(self.mount).encode(), DETACH)
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()


@contextlib.contextmanager
def served(folder, mount):
    """A file system with the files of a folder that hangs and answers as a test wants."""
    files = Served(folder, mount)
    try:
        yield files
    finally:
        files.end()
