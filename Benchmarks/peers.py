"""How to run the same programs under each supervisor. Each gets the configuration that suits it best: no shell in
front of the program, no log unless the row needs one, no pause that can be turned off."""

import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROTATE, KEEP = 10_000_000, 3


class Peer:
    name = ""
    # The kinds of rows that it takes part in: "many" programs, "one" program, its own "log", lines on "stdout",
    # "status", "http" for XML-RPC, "beside": programs that end at once or hang, in supervisord's terms. "reeve": it has
    # Reeve's own keys. "limit": it is the limit.
    takes = frozenset()
    executables = ()

    def present(self):
        return all(self.files())

    def files(self):
        return [shutil.which(name) for name in self.executables]

    def prepare(self, session, programs, **keys):
        """Writes the configuration into the session's folder, and returns the command line."""
        raise NotImplementedError

    def status(self, session):
        """The command that asks for the status of one program."""
        raise NotImplementedError

    def status_of_all(self, session, count):
        """The command that asks for the status of all programs; None if there is no such command."""
        return self.status(session) if count == 1 else None


class SupervisordLike(Peer):
    takes = frozenset({"many", "log", "stdout", "status", "orphans", "term", "http", "beside"})

    def configuration(self, session, programs, log=None, healthy=None, directory=None, more=None):
        """`healthy`: the index of the program that is stopped first. `directory`: the working directory of the
        others. `more`: further lines of each program."""
        folder = session.folder
        lines = [
            "[unix_http_server]", f"file={folder}/s.sock",
            "[supervisord]", "logfile=/dev/null", "logfile_maxbytes=0", "loglevel=error", f"pidfile={folder}/s.pid", "nodaemon=true",
            "silent=true", "minfds=10000", f"childlogdir={folder}",
            "[rpcinterface:supervisor]", "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisorctl]", f"serverurl=unix://{folder}/s.sock",
        ]
        sink = {
            None: ["stdout_logfile=NONE"],
            "file": [f"stdout_logfile={folder}/log", f"stdout_logfile_maxbytes={ROTATE}", f"stdout_logfile_backups={KEEP}"],
            "stdout": ["stdout_logfile=/dev/stdout", "stdout_logfile_maxbytes=0"],
        }[log]
        for index, words in enumerate(programs):
            lines += [f"[program:p{index}]", f"command={session.load} {' '.join(words)}", "startsecs=0", "autorestart=true",
                      "stderr_logfile=NONE", *sink]
            if index == healthy:
                lines.append("priority=1000")
            elif directory:
                lines.append(f"directory={directory}")
            lines += more[index] if more else []
        path = folder / "s.conf"
        path.write_text("\n".join(lines) + "\n")
        return str(path)


class Init(SupervisordLike):
    takes = SupervisordLike.takes | {"reeve"}

    def __init__(self, dist=ROOT / "dist", name="init"):
        self.dist = pathlib.Path(dist)
        self.name = name

    def files(self):
        return [str(self.dist / "init")] if (self.dist / "init").exists() else [None]

    def prepare(self, session, programs, **keys):
        return [str(self.dist / "init"), "-c", self.configuration(session, programs, **keys)]

    def status(self, session):
        return [str(self.dist / "ctl"), "-c", str(session.folder / "s.conf"), "status", "p0"]

    def status_of_all(self, session, count):
        return self.status(session)[:-1]


class InitOne(Init):
    """The same executable in front of one command, as tini is used."""
    takes = frozenset({"one", "orphans"})

    def __init__(self, dist):
        super().__init__(dist, "init --")

    def prepare(self, session, programs):
        return [str(self.dist / "init"), "--", session.load, *programs[0]]


class Supervisord(SupervisordLike):
    name = "supervisord"

    def __init__(self, scripts):
        self.scripts = pathlib.Path(scripts).resolve()

    def files(self):
        script = self.scripts / "supervisord"
        if not script.exists():
            return [None]
        # What it reads at its start, without the interpreter and its library.
        return [str(path) for path in self.scripts.parent.glob("lib/python3*/site-packages/supervisor/*.py")]

    def prepare(self, session, programs, **keys):
        return [str(self.scripts / "supervisord"), "-n", "-c", self.configuration(session, programs, **keys)]

    def status(self, session):
        return [str(self.scripts / "supervisorctl"), "-c", str(session.folder / "s.conf"), "status", "p0"]

    def status_of_all(self, session, count):
        return self.status(session)[:-1]


class Folders(Peer):
    """Supervisors whose configuration is a folder per service with an executable `run`."""

    def services(self, session, programs, logger=None):
        services = session.folder / "services"
        services.mkdir()
        for index, words in enumerate(programs):
            service = services / f"p{index}"
            service.mkdir()
            (service / "run").symlink_to(session.load)
            (service / "arguments").write_text("\n".join(words) + "\n")
            if logger:
                (service / "log").mkdir()
                (service / "log" / "run").write_text(f"#!/bin/sh\nexec {logger}\n")
                (service / "log" / "run").chmod(0o755)
        (session.folder / "logs").mkdir()
        return services


class S6(Folders):
    name = "s6"
    takes = frozenset({"many", "log", "stdout", "status", "orphans", "term"})
    executables = ("s6-svscan", "s6-supervise")

    def prepare(self, session, programs, log=None):
        logger = {None: None, "file": f"s6-log -b n{KEEP} s{ROTATE} {session.folder}/logs", "stdout": "s6-log -b 1"}[log]
        # -c: the maximum number of services; the default is 500.
        return ["s6-svscan", "-c", "3000", str(self.services(session, programs, logger))]

    def status(self, session):
        return ["s6-svstat", str(session.folder / "services" / "p0")]


class Runit(Folders):
    name = "runit"
    takes = frozenset({"many", "log", "status", "orphans"})
    executables = ("runsvdir", "runsv")

    def prepare(self, session, programs, log=None):
        services = self.services(session, programs, f"svlogd {session.folder}/logs" if log == "file" else None)
        (session.folder / "logs" / "config").write_text(f"s{ROTATE}\nn{KEEP}\n")
        return ["runsvdir", "-P", str(services)]

    def status(self, session):
        return ["sv", "status", str(session.folder / "services" / "p0")]

    def status_of_all(self, session, count):
        return ["sv", "status", *(str(session.folder / "services" / f"p{index}") for index in range(count))]


class One(Peer):
    takes = frozenset({"one", "orphans"})

    def __init__(self, name):
        self.name, self.executables = name, (name,)

    def prepare(self, session, programs):
        return [self.name, "--", session.load, *programs[0]]


class Limit(SupervisordLike):
    """A program that does only the kernel's work of a row: what remains if a supervisor costs nothing."""

    name = "limit"
    takes = frozenset({"limit"})

    def __init__(self, tools):
        self.tools = pathlib.Path(tools)

    def files(self):
        return [str(self.tools / "supervise")]

    def prepare(self, session, programs, log=None):
        """`log`: "stdout" copies through a buffer, as a program must that looks at the bytes; "splice" doesn't."""
        command = [session.load, *programs[0]]
        if log is None:
            self.configuration(session, programs)
            return [str(self.tools / "supervise"), str(len(programs)), str(session.folder), *command]
        if len(programs) > 1:
            return [str(self.tools / "gather"), str(len(programs)), *command]
        return [str(self.tools / "copy"), "splice" if log == "splice" else "read", *command]

    def status_of_all(self, session, count):
        return [shutil.which("true")]


def all_peers(dist, scripts, tools):
    peers = [Limit(tools), Init(dist), InitOne(dist), Supervisord(scripts), S6(), Runit(), One("tini"), One("dumb-init"), One("catatonit")]
    return peers


def weight(paths):
    """Bytes of the files, and of the shared libraries that they load, except libc's."""
    seen = set()
    for path in paths:
        seen.add(os.path.realpath(path))
        with open(path, "rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        for line in os.popen(f"ldd {path} 2>/dev/null"):
            words = line.split()
            if "=>" in words and words[2].startswith("/") and not words[0].startswith(("libc.", "ld-", "libm.", "libpthread")):
                seen.add(os.path.realpath(words[2]))
    return sum(os.path.getsize(path) for path in seen)
