"""What a distribution consists of: the executables of one architecture, what is linked into them, and the version."""

import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Debian's, Docker's and Go's names of the processors that ELF numbers.
ARCHITECTURES = {62: "amd64", 183: "arm64"}
#: supervisord's names, and the executables that answer to them.
OLD_NAMES = {"supervisord": "init", "supervisorctl": "ctl", "echo_supervisord_conf": "init", "pidproxy": "init"}
LIBRARY_EXCEPTION = "Apache-2.0 WITH Swift-exception"


@dataclasses.dataclass(frozen=True)
class Component:
    """A piece of others' software that is linked into an executable."""
    name: str
    #: An SPDX expression.
    licence: str
    holder: str
    home: str
    #: The package URL without its version.
    purl: str
    #: Files of the folder of licences.
    texts: tuple


def debian(name, package, licence, holder, home, *texts):
    return Component(name, licence, holder, home, f"pkg:deb/debian/{package}", (name, *texts))


def swift_package(name, licence, *texts):
    home = f"https://github.com/apple/{name}"
    return Component(name, licence, "Apple Inc. and the project's authors", home, f"pkg:swift/github.com/apple/{name}", (name, *texts))


#: By the names that scripts/components writes.
COMPONENTS = {component.name: component for component in (
    Component("swift", LIBRARY_EXCEPTION, "Apple Inc. and the Swift project authors", "https://www.swift.org",
              "pkg:github/swiftlang/swift", ("swift",)),
    debian("musl", "musl-dev", "MIT", "Rich Felker and others", "https://musl.libc.org"),
    debian("libcap", "libcap-dev", "BSD-3-Clause", "Andrew G. Morgan", "https://sites.google.com/site/fullycapable/"),
    debian("libgcc", "libgcc-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1", "Free Software Foundation, Inc.", "https://gcc.gnu.org"),
    debian("libstdc++", "libstdc++-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1", "Free Software Foundation, Inc.",
           "https://gcc.gnu.org", "GPL-3"),
    debian("glibc", "libc6-dev", "LGPL-2.1-or-later", "Free Software Foundation, Inc. and others",
           "https://www.gnu.org/software/libc/", "LGPL-2.1"),
    debian("expat", "libexpat1-dev", "MIT", "Thai Open Source Software Center Ltd, Clark Cooper and Expat maintainers",
           "https://libexpat.github.io"),
    swift_package("swift-nio", "Apache-2.0 AND MIT AND BSD-3-Clause", "swift-nio-notice"),
    swift_package("swift-atomics", LIBRARY_EXCEPTION),
    swift_package("swift-collections", LIBRARY_EXCEPTION),
    swift_package("swift-system", LIBRARY_EXCEPTION),
)}


@dataclasses.dataclass(frozen=True)
class Release:
    version: str
    commit: str
    #: Seconds since 1970: the time of everything that is packed.
    time: int

    @staticmethod
    def of_the_sources():
        source = (ROOT / "Sources/Supervise/Vocabulary/Version.swift").read_text()
        commit, time = subprocess.run([ROOT / "scripts/commit"], capture_output=True, text=True, check=True).stdout.split()
        return Release(re.search(r'number = "([^"]+)"', source)[1], commit, int(time))


@dataclasses.dataclass(frozen=True)
class Build:
    """A folder that `make release` has filled."""
    folder: pathlib.Path
    architecture: str
    #: init, ctl and, if it was built, gateway
    executables: tuple
    #: {executable: [(component, version)]}
    linked: dict

    @property
    def components(self):
        """[(component, version)] of all executables."""
        return sorted({pair for pairs in self.linked.values() for pair in pairs}, key=lambda pair: pair[0].name)

    def texts(self, executables):
        """{name: path} of the licence texts of these executables."""
        names = {text for executable in executables for component, _ in self.linked[executable] for text in component.texts}
        return {name: self.folder / "components" / "licenses" / name for name in sorted(names)}


class IncompleteBuild(Exception):
    """Something is missing that a distribution must have."""


def processor(executable):
    header = executable.read_bytes()[:20]
    number = int.from_bytes(header[18:20], "little")
    if header[:4] != b"\x7fELF" or number not in ARCHITECTURES:
        raise IncompleteBuild(f"{executable} is no executable for {' or '.join(ARCHITECTURES.values())}")
    return ARCHITECTURES[number]


def linked_into(folder, executable):
    record = folder / "components" / executable
    if not record.exists():
        raise IncompleteBuild(f"{record} is missing: `make release gateway` writes it")
    found = [tuple(line.split()) for line in record.read_text().splitlines()]
    for name, version in found:
        if version == "unknown":
            raise IncompleteBuild(f"{record} has no version of {name}")
    return [(COMPONENTS[name], version) for name, version in found]


def build(folder):
    executables = tuple(name for name in ("init", "ctl", "gateway") if (folder / name).exists())
    if executables[:2] != ("init", "ctl"):
        raise IncompleteBuild(f"{folder} has no init and ctl: `make release` builds them")
    architectures = {processor(folder / name) for name in executables}
    if len(architectures) != 1:
        raise IncompleteBuild(f"{folder} has executables for {' and '.join(sorted(architectures))}")
    found = Build(folder, architectures.pop(), executables, {name: linked_into(folder, name) for name in executables})
    for path in found.texts(executables).values():
        if not path.exists():
            raise IncompleteBuild(f"{path} is missing: `make release gateway` copies it from the packages that are linked")
    return found
