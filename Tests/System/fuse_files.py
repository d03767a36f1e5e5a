"""A file system served by this process: the files of a folder, through FUSE's own protocol, without caches.

    python fuse_files.py FOLDER MOUNT

It prints a line once it serves MOUNT. Stopped (SIGSTOP), it is a file system that hangs; continued, one that answers
again.
"""

import contextlib
import ctypes
import errno
import os
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, SETATTR, UNLINK, RENAME, OPEN, READ, WRITE, RELEASE = 1, 2, 3, 4, 10, 12, 14, 15, 16, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, CREATE, INTERRUPT, FORGET_MANY, RENAME2 = 25, 26, 27, 28, 29, 35, 36, 42, 45
ROOT = 1
SIZE_IS_SET = 1 << 3


def text(data):
    return data.split(b"\0", 1)[0]


class Files:
    def __init__(self, folder, device):
        self.device = device
        self.paths = {ROOT: os.fsencode(folder)}
        self.nodes = {}

    def below(self, node, name):
        return os.path.join(self.paths[node], text(name))

    def node(self, path):
        """Paths have numbers: a file that is renamed keeps its number."""
        if path not in self.nodes:
            self.nodes[path] = len(self.paths) + 1
            self.paths[self.nodes[path]] = path
        return self.nodes[path]

    @staticmethod
    def attributes(path):
        about = os.lstat(path)
        return struct.pack(
            "<6Q10I", about.st_ino, about.st_size, about.st_blocks, int(about.st_atime), int(about.st_mtime), int(about.st_ctime), 0, 0, 0,
            about.st_mode, about.st_nlink, about.st_uid, about.st_gid, 0, 4096, 0)

    def entry(self, path):
        attributes = self.attributes(path)
        return struct.pack("<4Q2I", self.node(path), 0, 0, 0, 0, 0) + attributes

    def rename(self, old, new):
        os.rename(old, new)
        if old in self.nodes:
            node = self.nodes.pop(old)
            self.nodes[new] = node
            self.paths[node] = new

    def answer(self, call, node, body):
        """The answer's body; None: this call has no answer."""
        if call == INIT:
            return struct.pack("<4I2H2I", 7, 31, 65536, 0, 12, 10, 65536, 0) + bytes(36)
        if call in (FORGET, FORGET_MANY, INTERRUPT):
            return None
        if call == LOOKUP:
            return self.entry(self.below(node, body))
        if call == GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + self.attributes(self.paths[node])
        if call == SETATTR:
            valid, _, _, size = struct.unpack_from("<2I2Q", body)
            if valid & SIZE_IS_SET:
                os.truncate(self.paths[node], size)
            return struct.pack("<Q2I", 0, 0, 0) + self.attributes(self.paths[node])
        if call in (OPEN, OPENDIR):
            os.lstat(self.paths[node])
            return struct.pack("<Q2I", 0, 0, 0)
        if call == CREATE:
            flags, mode, _, _ = struct.unpack_from("<4I", body)
            path = self.below(node, body[16:])
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | flags & (os.O_EXCL | os.O_TRUNC), stat.S_IMODE(mode)))
            return self.entry(path) + struct.pack("<Q2I", 0, 0, 0)
        if call in (READ, WRITE):
            _, offset, size = struct.unpack_from("<2QI", body)
            file = os.open(self.paths[node], os.O_RDONLY if call == READ else os.O_WRONLY)
            with contextlib.closing(os.fdopen(file, "rb" if call == READ else "wb", buffering=0)) as opened:
                opened.seek(offset)
                return opened.read(size) if call == READ else struct.pack("<2I", opened.write(body[40:40 + size]), 0)
        if call == READDIR:
            _, offset, _ = struct.unpack_from("<2QI", body)
            return self.names(node) if offset == 0 else b""
        if call == UNLINK:
            os.unlink(self.below(node, body))
            return b""
        if call in (RENAME, RENAME2):
            start = 8 if call == RENAME else 16
            folder, = struct.unpack_from("<Q", body)
            old, new = body[start:].split(b"\0")[:2]
            self.rename(self.below(node, old), self.below(folder, new))
            return b""
        if call in (FLUSH, RELEASE, RELEASEDIR):
            return b""
        raise OSError(errno.ENOSYS, "")

    def names(self, node):
        listed = b""
        for number, name in enumerate(sorted(os.listdir(self.paths[node])), 1):
            entry = struct.pack("<2Q2I", self.node(os.path.join(self.paths[node], name)), number, len(name), 0) + name
            listed += entry + bytes(-len(entry) % 8)
        return listed

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 17)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                continue
            _, call, unique, node = struct.unpack_from("<2I2Q", request)
            try:
                body, failure = self.answer(call, node, request[40:]), 0
            except (OSError, KeyError) as error:
                body, failure = b"", getattr(error, "errno", 0) or errno.ENOENT
            if body is not None:
                with contextlib.suppress(OSError):
                    os.write(self.device, struct.pack("<IiQ", 16 + len(body), -failure, unique) + body)


def main(folder, mount):
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"files", os.fsencode(mount), b"fuse", 0, options.encode()):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    print("mounted", flush=True)
    Files(folder, device).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
