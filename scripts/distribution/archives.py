"""Archives whose bytes depend on nothing but their content: sorted, owned by root, with the commit's time."""

import gzip
import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile


class Tree:
    """Files and links below a folder, by their paths."""

    def __init__(self):
        self.files = {}
        self.links = {}

    def file(self, path, content, mode=0o644):
        """`content` is bytes, text or a path."""
        if isinstance(content, pathlib.Path):
            content = content.read_bytes()
        self.files[path] = (content.encode() if isinstance(content, str) else content, mode)

    def link(self, path, target):
        self.links[path] = target

    def compressed(self, path, content):
        """Debian wants documents compressed."""
        if isinstance(content, pathlib.Path):
            content = content.read_bytes()
        self.file(f"{path}.gz", gzip.compress(content.encode() if isinstance(content, str) else content, 9, mtime=0))

    @property
    def folders(self):
        return sorted({str(folder) for path in (*self.files, *self.links) for folder in pathlib.PurePath(path).parents
                       if str(folder) != "."})


def member(name, kind, mode, time):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, time
    info.uname = info.gname = "root"
    return info


def tar_gz(path, prefix, tree, time):
    """Everything is in the folder `prefix`."""
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        entries = {f"{prefix}/{name}": member(f"{prefix}/{name}", tarfile.DIRTYPE, 0o755, time) for name in tree.folders}
        entries[prefix] = member(prefix, tarfile.DIRTYPE, 0o755, time)
        for name, target in tree.links.items():
            entries[f"{prefix}/{name}"] = info = member(f"{prefix}/{name}", tarfile.SYMTYPE, 0o777, time)
            info.linkname = target
        for name, (content, mode) in tree.files.items():
            entries[f"{prefix}/{name}"] = info = member(f"{prefix}/{name}", tarfile.REGTYPE, mode, time)
            info.size = len(content)
        for name in sorted(entries):
            content = tree.files.get(name.removeprefix(f"{prefix}/"))
            archive.addfile(entries[name], io.BytesIO(content[0]) if content else None)


def deb(path, control, tree, time):
    """`control` is {name: text} of the package's control files. dpkg-deb sorts, and takes times from SOURCE_DATE_EPOCH."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for folder in ("DEBIAN", *tree.folders):
            (root / folder).mkdir()
        for name, (content, mode) in {**tree.files, **{f"DEBIAN/{name}": (text.encode(), 0o644) for name, text in control.items()}}.items():
            (root / name).write_bytes(content)
            (root / name).chmod(mode)
        for name, target in tree.links.items():
            (root / name).symlink_to(target)
        for each in [root, *root.rglob("*")]:
            if each.is_dir():
                each.chmod(0o755)
            os.utime(each, (time, time), follow_symlinks=False)
        # One thread: with several, the compressor divides its input differently.
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", root, path], check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(time)})


def missing():
    """Why no package can be built here; None if one can."""
    return None if shutil.which("dpkg-deb") else "dpkg-deb is missing: install Debian's dpkg"
