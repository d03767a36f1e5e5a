#!/usr/bin/env python3
"""supervisord's verdict on a configuration: oracle.py FILE prints the JSON that README.md describes.

Needs supervisor==4.3.0. ServerOptions reads the file as usual; only what is outside of the file is replaced: users,
groups, existing folders, the host name, importable modules.
"""

import grp
import json
import os
import platform
import posixpath
import pwd
import re
import signal
import socket
import sys
import tempfile
import zlib

NODE = "oracle-host"
NAME_RE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\Z")


class NamedId(int):
    """A uid or gid that remembers the name it was looked up by."""
    def __new__(cls, value, name):
        self = int.__new__(cls, value)
        self.name = name
        return self


def _valid_name(name):
    return bool(NAME_RE.match(name)) and not name.startswith("nosuch")


def _id_for(name):
    if name == "root":
        return NamedId(0, name)
    return NamedId(10000 + zlib.crc32(name.encode()) % 50000, name)


def getpwnam(name):
    if '\0' in name:
        raise ValueError("embedded null byte")
    if not _valid_name(name):
        raise KeyError("getpwnam(): name not found: %r" % name)
    i = _id_for(name)
    home = "/root" if name == "root" else "/home/" + name
    return pwd.struct_passwd((name, "x", i, i, "", home, "/bin/sh"))


def getpwuid(uid):
    if not 0 <= uid <= 65535 or uid == 54321:
        raise KeyError("getpwuid(): uid not found: %r" % uid)
    return pwd.struct_passwd(("u%d" % uid, "x", uid, uid, "", "/home/u%d" % uid, "/bin/sh"))


def getgrnam(name):
    if '\0' in name:
        raise ValueError("embedded null byte")
    if not _valid_name(name):
        raise KeyError("getgrnam(): name not found: %r" % name)
    return grp.struct_group((name, "x", _id_for(name), []))


def getgrgid(gid):
    if not 0 <= gid <= 65535 or gid == 54321:
        raise KeyError("getgrgid(): gid not found: %r" % gid)
    return grp.struct_group(("g%d" % gid, "x", gid, []))


class _PathShim:
    def __getattr__(self, name):
        return getattr(posixpath, name)

    @staticmethod
    def isdir(p):
        return bool(p) and "nonexistent" not in p and '\0' not in p


class _OsShim:
    path = _PathShim()

    def __getattr__(self, name):
        return getattr(os, name)


class Usage(Exception):
    pass


class Spec:
    def __init__(self, spec, obj):
        self.spec, self.obj = spec, obj


def make_options():
    from supervisor import datatypes, options
    from supervisor.options import ServerOptions

    pwd.getpwnam, pwd.getpwuid = getpwnam, getpwuid
    grp.getgrnam, grp.getgrgid = getgrnam, getgrgid
    datatypes.os = _OsShim()
    os.getuid = lambda: 0
    platform.node = lambda: NODE
    tempfile.gettempdir = lambda: "/tmp"

    real_glob = options.glob.glob

    class OracleOptions(ServerOptions):
        def usage(self, msg):
            raise Usage(str(msg))

        def exit(self, code=0):
            raise Usage("exit %r" % code)

        def import_spec(self, spec):
            # only what ships with Supervisor itself is importable
            root = re.match(r"\s*([\w.]*)", spec).group(1).split(".")[0]
            if root not in ("supervisor", ""):
                raise ImportError(spec)
            return Spec(spec, ServerOptions.import_spec(self, spec))

    def fenced_glob(pattern, *a, **k):
        here = o.here.rstrip("/") + "/"
        return [p for p in real_glob(pattern, *a, **k)
                if posixpath.normpath(p).startswith(here)]

    o = OracleOptions()
    options.glob.glob = fenced_glob
    return o


def ident(x):
    return x.name if isinstance(x, NamedId) else x


def signame(n):
    try:
        return signal.Signals(n).name
    except ValueError:
        return str(int(n))


def dump(o):
    from supervisor import datatypes
    from supervisor.events import getEventNameByType
    from supervisor.loggers import LevelsByDescription
    from supervisor.options import (EventListenerPoolConfig, FastCGIGroupConfig)

    levels = {v: k for k, v in vars(LevelsByDescription).items()
              if not k.startswith("_")}

    def logfile(v):
        if v is datatypes.Automatic:
            return "AUTO"
        return v

    def restart(v):
        if v is datatypes.RestartUnconditionally:
            return "true"
        if v is datatypes.RestartWhenExitUnexpected:
            return "unexpected"
        return "false"

    def process(p):
        d = {
            "name": p.name,
            "command": p.command,
            "directory": p.directory,
            "umask": p.umask,
            "priority": p.priority,
            "autostart": p.autostart,
            "autorestart": restart(p.autorestart),
            "startsecs": p.startsecs,
            "startretries": p.startretries,
            "user": None if p.uid is None else ident(p.uid),
            "stopsignal": signame(p.stopsignal),
            "stopwaitsecs": p.stopwaitsecs,
            "stopasgroup": p.stopasgroup,
            "killasgroup": p.killasgroup,
            "exitcodes": list(p.exitcodes),
            "redirect_stderr": p.redirect_stderr,
            "environment": dict(sorted(p.environment.items())),
            "serverurl": p.serverurl,
        }
        for ch in ("stdout", "stderr"):
            d[ch + "_logfile"] = logfile(getattr(p, ch + "_logfile"))
            for k in ("logfile_maxbytes", "logfile_backups", "capture_maxbytes",
                      "events_enabled", "syslog"):
                d[f"{ch}_{k}"] = getattr(p, f"{ch}_{k}")
        return d

    groups = []
    for g in o.process_group_configs:
        d = {"name": g.name, "priority": g.priority, "type": "program",
             "processes": [process(p) for p in g.process_configs]}
        if isinstance(g, EventListenerPoolConfig):
            d["type"] = "eventlistener"
            d["buffer_size"] = g.buffer_size
            d["events"] = sorted(getEventNameByType(e) for e in g.pool_events)
            d["result_handler"] = g.result_handler.spec
        elif isinstance(g, FastCGIGroupConfig):
            d["type"] = "fcgi"
            s = g.socket_config
            owner = getattr(s, "owner", None)
            d["socket"] = {
                "url": s.url,
                "backlog": s.backlog,
                "mode": getattr(s, "mode", None),
                "owner": None if owner is None else [ident(x) for x in owner],
            }
        groups.append(d)

    servers = []
    for c in o.server_configs:
        d = {"section": c["section"], "name": c["name"],
             "username": c["username"], "password": c["password"]}
        if c["family"] == socket.AF_INET:
            d.update(family="inet", host=c["host"], port=c["port"])
        else:
            d.update(family="unix", file=c["file"], chmod=c["chmod"],
                     chown=[ident(x) for x in c["chown"]])
        servers.append(d)

    return {
        "supervisord": {
            "user": None if o.uid is None else ident(o.uid),
            "umask": o.umask if isinstance(o.umask, int) else int(o.umask, 8),
            "directory": o.directory,
            "logfile": o.logfile,
            "logfile_maxbytes": o.logfile_maxbytes,
            "logfile_backups": o.logfile_backups,
            "loglevel": levels.get(o.loglevel, o.loglevel),
            "pidfile": o.pidfile,
            "identifier": o.identifier,
            "childlogdir": o.childlogdir,
            "minfds": o.minfds,
            "minprocs": o.minprocs,
            "nodaemon": bool(o.nodaemon),
            "silent": bool(o.silent),
            "nocleanup": bool(o.nocleanup),
            "strip_ansi": bool(o.strip_ansi),
            "environment": dict(sorted(o.configroot.supervisord.environment.items())),
            "serverurl": o.serverurl,
        },
        "http_servers": servers,
        "rpcinterfaces": [
            {"name": n, "factory": f.spec, "options": dict(sorted(x.items()))}
            for n, f, x in o.rpcinterface_factories],
        "groups": groups,
        "warnings": list(o.parse_warnings),
        "infos": list(o.parse_infos),
    }


def judge(path):
    os.chdir("/")
    options = make_options()
    try:
        options.realize(["-c", path], doc="", progname="supervisord")
        return dump(options)
    except Usage as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001  if supervisord itself fails, that is its answer
        return {"error": f"{type(error).__name__}: {error}", "crash": True}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(json.dumps(judge(os.path.abspath(sys.argv[1])), indent=1, sort_keys=True) + "\n")
