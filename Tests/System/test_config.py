"""Configurations: how supervisord reads them, and the messages about those that are wrong."""

import json
import os
import random
import resource
import subprocess
import sys

import pytest

import supervised

INIT = supervised.DIST / "init"
DUMP = supervised.DIST / "config-dump"
UPSTREAM = """
import sys
from supervisor.options import ServerOptions
ServerOptions().realize(["-c", sys.argv[1]], doc="", progname="supervisord")
"""


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, **options)


def check(path):
    return run(INIT, "--check", "-c", path)


def dump(path):
    result = run(INIT, "--dump-config", "-c", path)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def written(folder):
    def write(text, name="s.conf"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


REFUSED = [
    "",
    "x=1\n",
    "[supervisord]\nnonsense\n",
    "\ufeff[supervisord]\n",
    b"[supervisord]\nlogfile=\xff\n",
    "[supervisord]\n[include]\n",
    "[supervisord]\nloglevel=loud\n",
    "[supervisord]\nuser=nosuchuser\n",
    "[supervisord]\nchildlogdir=/nonexistent/a\n",
    "[supervisord]\nenvironment=A\n",
    "[supervisord]\n[program:a]\n",
    "[supervisord]\n[program:a b]\ncommand=x\n",
    "[supervisord]\n[program:a]\ncommand=%(nope)d\n",
    "[supervisord]\n[program:a]\ncommand=date +%Y\n",
    "[supervisord]\n[program:a]\ncommand=x\nnumprocs=2\n",
    "[supervisord]\n[program:a]\ncommand=x\nstdout_logfile=/nonexistent/a/b.log\n",
    "[supervisord]\n[program:a]\ncommand=x\nuser=nosuchuser\n",
    "[supervisord]\n[program:a]\ncommand=x\nenvironment=A='b\n",
    "[supervisord]\n[program:a]\ncommand=x\nstopsignal=NOPE\n",
    "[supervisord]\n[group:g]\nprograms=a\n",
    "[supervisord]\n[eventlistener:l]\ncommand=x\nevents=NOPE\n",
    "[supervisord]\n[eventlistener:l]\ncommand=x\nevents=TICK_5\nredirect_stderr=true\n",
    "[supervisord]\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:0\n",
    "[supervisord]\n[inet_http_server]\nport=h:99999\n",
    "[supervisord]\n[unix_http_server]\nfile=/tmp/s\nchown=nosuchuser:x\n",
    "[supervisord]\n[rpcinterface:x]\n",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused_in_supervisords_words(written, text):
    path = written(text)
    environment = {"HOME": "/root", "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    theirs = run(sys.executable, "-X", "utf8", "-c", UPSTREAM, path, env=environment)
    ours = run(INIT.parent / "supervisord", "--check", "-c", path, env=environment)
    assert theirs.returncode == ours.returncode == 2, ours.stderr
    sentence = theirs.stderr.removesuffix("For help, use supervisord -h\n")
    assert sentence.startswith("Error: ") and ours.stderr.startswith(sentence)


def test_missing_file(folder):
    result = check(folder / "none.conf")
    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: could not find config file {folder}/none.conf\n")


def test_folder_instead_of_a_file(folder):
    result = check(folder)
    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: could not read config file {folder}\n")


def test_all_problems_at_once(written):
    path = written(
        "[supervisord]\n[program:a]\ncommand=x\nstartsecs=soon\n[program:b]\ncommand = %(ENV_HOMEE)s\n"
        "[inet_http_server]\nport=abc\n")
    result = run(INIT, "--check", "-c", path, env={"HOME": "/root"})
    assert result.returncode == 2
    for place, line, column in (("4:11", "startsecs=soon", 11), ("6:11", "command = %(ENV_HOMEE)s", 11), ("8:6", "port=abc", 6)):
        assert f"\n  {path}:{place}\n    {line}\n    {' ' * (column - 1)}^\n" in result.stderr
    assert "Did you mean %(ENV_HOME)s?" in result.stderr


def test_unknown_names_are_warnings(written):
    path = written("[supervisord]\nnodeamon=true\n[progam:a]\ncommand=x\n[program:b]\ncommand=x\nautostrat=false\n")
    result = check(path)
    assert result.returncode == 0, result.stderr
    assert f"{path}:2:1: unknown key nodeamon in [supervisord], ignored; did you mean `nodaemon`?" in result.stdout
    assert f"{path}:3:1: unknown section [progam:a], ignored; did you mean `program:`?" in result.stdout
    assert f"{path}:7:1: unknown key autostrat in [program:b], ignored; did you mean `autostart`?" in result.stdout


def test_dump_hides_passwords(written):
    path = written("[supervisord]\n[inet_http_server]\nport=9001\nusername=u\npassword=tops3cret\n")
    assert dump(path)["http_servers"][0]["password"] == "********"


def test_numeric_user_without_an_entry(written):
    """Containers run as uids that no file lists; supervisord rejects them."""
    path = written("[supervisord]\n[program:a]\ncommand=x\nuser=54321\n")
    assert dump(path)["groups"][0]["processes"][0]["user"] == 54321


def test_includes(written, folder):
    path = written("[supervisord]\n[include]\nfiles=conf.d/*.conf\n")
    for name in ("b.conf", "a.conf", ".hidden.conf", "c.txt"):
        written(f"[program:{name[0]}]\ncommand=%(here)s/x\n", f"conf.d/{name}")
    result = dump(path)
    assert [group["name"] for group in result["groups"]] == ["a", "b"]
    assert result["groups"][0]["processes"][0]["command"] == f"{folder}/conf.d/x"


def test_ten_thousand_programs_cost_as_much_each_as_a_thousand(written):
    """Measured in CPU time, as counted by the kernel; the benchmark has the absolute number."""
    def cost(count):
        text = "[supervisord]\n"
        for number in range(count):
            text += (
                f"[program:p{number}]\ncommand=/bin/p --name %(program_name)s ; comment\nuser=root\nautostart=true\n"
                f"stdout_logfile=/tmp/%(program_name)s.log\nstdout_logfile_maxbytes=10MB\n"
                f"environment=A=\"{number}\",B=\"%(ENV_HOME)s\"\n")
        path = written(text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = check(path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert f"{count} groups, {count} processes" in result.stdout
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    few = min(cost(1000) for _ in range(3))
    assert cost(10_000) < 30 * few


def test_any_bytes(written):
    """A file of any bytes gives a configuration or a reason. The fuzzer in Tests/Fuzz goes deeper."""
    source = random.Random(6)
    pieces = [
        b"[supervisord]\n", b"[program:", b"]\n", b"command=x\n", b"numprocs=", b"99999999999999999999", b"%(", b")s", b"\n ",
        b"process_name=%(process_num)d\n", b"environment=", b"\"'", b"=", b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b";", b"#",
        b"[include]\nfiles=*\n", b"exitcodes=", b"-1", b"%", b"\r", b"[group:g]\nprograms=a\n", b"socket=tcp://", b":", b"\t",
    ]
    for _ in range(150):
        path = written(b"".join(source.choice(pieces) for _ in range(source.randrange(1, 40))))
        result = run(DUMP, path)
        assert result.returncode == 0 and isinstance(json.loads(result.stdout), dict), path.read_bytes()
