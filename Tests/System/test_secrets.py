"""env_file, environment_from_files and password_file: what programs get, the messages about failures, and where
secrets do not appear."""

import json
import os
import pathlib
import stat
import subprocess
import xmlrpc.client

import pytest

import http_sides
import procfs
from supervised import DIST, INIT, section
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("only_init")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs another user")


@pytest.fixture
def only_init(engine):
    if engine is not INIT:
        pytest.skip("keys of Reeve's own")


def environment(pid):
    """By name, as bytes."""
    # A spawn may return a moment before the kernel shows the new program's environment.
    entries = wait_until(pathlib.Path(f"/proc/{pid}/environ").read_bytes).split(b"\0")
    return dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)


def waiting(actor, name="a", kind="program", **keys):
    return section(kind, name, command=f"{actor} wait", startsecs=0, startretries=0, **keys)


def running(start, programs, **options):
    run = start(programs, **options)
    run.wait_state("a", "RUNNING")
    return run, environment(run.pid_of("a"))


def test_who_wins(start, actor, folder):
    names = ["INHERITED", "SUPERVISORD", "FILE", "LATER", "OWN", "SECRET"]
    value = {name: number for number, name in enumerate(names)}

    def lines(level):
        """Each variable is set at every level up to the one in its name, so each ends up with the value of that
        level."""
        return {name: names[level].lower() for name in names if value[name] >= level}

    def quoted(level):
        return ",".join(f'{name}="{text}"' for name, text in lines(level).items())

    for number, file in ((2, "first.env"), (3, "second.env")):
        (folder / file).write_text("".join(f"{name}={text}\n" for name, text in lines(number).items()))
    (folder / "secret").write_text("secret\n\n")
    keys = {
        "env_file": "%(here)s/first.env, %(here)s/%(ENV_OTHER)s.env,-%(here)s/none",
        "environment": f'OTHER="second",{quoted(4)}',
        "environment_from_files": "SECRET=%(here)s/secret,NONE=-%(here)s/none"}
    _, found = running(
        start, waiting(actor, **keys), supervisord=f"environment={quoted(1)}", environment=lines(0))
    assert {name: found[name.encode()].decode() for name in names} == {name: name.lower() for name in names}
    assert b"NONE" not in found


def test_a_file_is_taken_to_the_letter(start, actor, folder):
    (folder / "x.env").write_bytes(
        b"\xef\xbb\xbf# a comment\n\n  LEADING=1\nQUOTED=\"a b\"\nDOLLAR=$HOME %(here)s\r\nTRAILING=x \t\nEMPTY=\n"
        b"BYTES=\xff\xfe\nPASSED_ON\nNOT_THERE\nSUPERVISOR_ENABLED=no\nLAST=without a newline")
    _, found = running(start, waiting(actor, env_file=folder / "x.env"), environment={"PASSED_ON": "by init"},
                       supervisord='environment=PASSED_ON="weaker"')
    wanted = {b"LEADING": b"1", b"QUOTED": b'"a b"', b"DOLLAR": b"$HOME %(here)s", b"TRAILING": b"x \t", b"EMPTY": b"",
              b"BYTES": b"\xff\xfe", b"PASSED_ON": b"by init", b"SUPERVISOR_ENABLED": b"no", b"LAST": b"without a newline"}
    assert {name: found.get(name) for name in wanted} == wanted
    assert b"NOT_THERE" not in found


def test_a_secret_is_taken_to_the_letter(start, actor, folder):
    (folder / "raw").write_bytes(b"\nx = 'y'\r\n\xff \n\n\n")
    (folder / "link").symlink_to("raw")
    (folder / "empty").write_bytes(b"\n")
    _, found = running(start, waiting(
        actor, environment_from_files=f"A={folder}/raw,B={folder}/link,C=\"{folder}/empty\""))
    assert (found[b"A"], found[b"B"], found[b"C"]) == (b"\nx = 'y'\r\n\xff ", b"\nx = 'y'\r\n\xff ", b"")


def test_they_are_read_at_each_start(start, actor, folder):
    (folder / "e").write_text("A=1\n")
    (folder / "s").write_text("1")
    run, found = running(start, waiting(actor, env_file=folder / "e", environment_from_files=f"B={folder}/s"))
    assert (found[b"A"], found[b"B"]) == (b"1", b"1")
    (folder / "e").write_text("A=2\n")
    (folder / "s").write_text("2")
    assert run.ctl("restart", "a").code == 0
    found = environment(run.pid_of("a"))
    assert (found[b"A"], found[b"B"]) == (b"2", b"2")


def test_each_process_has_its_own(start, actor, folder):
    for number in (0, 1):
        (folder / f"{number}.env").write_text(f"N={number}\n")
    run = start(section("program", "p", command=f"{actor} wait", startsecs=0, numprocs=2, process_name="%(process_num)d",
                        env_file="%(here)s/%(process_num)d.env"))
    run.wait_all()
    assert [environment(run.pid_of(f"p:{number}"))[b"N"] for number in (0, 1)] == [b"0", b"1"]


def test_listeners_and_fastcgi_programs_too(start, actor, folder):
    (folder / "e").write_text("A=1\n")
    run = start(waiting(actor, "l", "eventlistener", events="TICK_3600", env_file=folder / "e")
                + waiting(actor, "f", "fcgi-program", socket=f"unix://{folder}/f.sock", env_file=folder / "e"))
    run.wait_all()
    assert [environment(run.pid_of(name))[b"A"] for name in ("l", "f")] == [b"1", b"1"]


@pytest.mark.parametrize("way", ["env_file", "environment_from_files"])
def test_path_finds_the_command(start, actor, folder, way):
    (folder / "bin").mkdir()
    (folder / "bin" / "only-here").symlink_to(actor)
    (folder / "e").write_text(f"PATH={folder}/bin\n" if way == "env_file" else f"{folder}/bin\n")
    keys = {"env_file": folder / "e"} if way == "env_file" else {"environment_from_files": f"PATH={folder}/e"}
    run = start(section("program", "a", command="only-here wait", startsecs=0, autostart=False, **keys))
    # Also before the start: a missing command is rejected at once.
    assert run.ctl("start", "a").out == "a: started\n"
    assert environment(run.pid_of("a"))[b"PATH"] == f"{folder}/bin".encode()


WRONG = {
    "missing": ("env_file={0}/none", "couldn't read env_file {0}/none: ENOENT (write -{0}/none if it may be missing)"),
    "no folder": ("env_file={0}/s/x", "couldn't read env_file {0}/s/x: ENOTDIR (write -{0}/s/x if it may be missing)"),
    "second": ("env_file=-{0}/none,{0}/good,{0}/none",
               "couldn't read env_file {0}/none: ENOENT (write -{0}/none if it may be missing)"),
    "folder": ("env_file=-{0}", "couldn't read env_file {0}: it is no regular file"),
    "pipe": ("env_file={0}/pipe", "couldn't read env_file {0}/pipe: it is no regular file"),
    "device": ("env_file=/dev/zero", "couldn't read env_file /dev/zero: it is no regular file"),
    "large": ("env_file={0}/large", "couldn't read env_file {0}/large: it is larger than 1 MB"),
    "bad line": ("env_file={0}/bad", "couldn't read env_file {0}/bad: line 3: white space in the name (write NAME=value, without export)"),
    "NUL": ("env_file={0}/nul", "couldn't read env_file {0}/nul: line 2: there is a NUL byte in it (write it as UTF-8 text)"),
    "no secret": ("environment_from_files=A={0}/s,B={0}/none",
                  "couldn't read environment_from_files B={0}/none: ENOENT (write B=-{0}/none if it may be missing)"),
    "secret in a pipe": ("environment_from_files=B={0}/pipe", "couldn't read environment_from_files B={0}/pipe: it is no regular file"),
    "secret with NUL": ("environment_from_files=B={0}/nul",
                        "couldn't read environment_from_files B={0}/nul: there is a NUL byte in it, which no variable can hold"),
    "large secret": ("environment_from_files=B={0}/long",
                     "couldn't read environment_from_files B={0}/long: it is larger than a variable can be (128 KB with its name)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_read_is_a_failed_start(start, actor, folder, case):
    keys, sentence = (text.format(folder) for text in WRONG[case])
    os.mkfifo(folder / "pipe")
    (folder / "good").write_text("A=1\n")
    (folder / "s").write_text("hidden")
    (folder / "bad").write_text("A=hidden\n\nexport B=hidden\n")
    (folder / "nul").write_bytes(b"A=1\nB=hidden\0\n")
    (folder / "large").write_bytes(b"#" * (1 << 20) + b"\n")
    (folder / "long").write_bytes(b"x" * ((128 << 10) - len("B=")))
    run = start(waiting(actor) + f"{keys}\n" + waiting(actor, "other"))
    run.wait_state("a", "FATAL")
    assert run.info("a")["spawnerr"] == sentence
    assert sentence in run.ctl("status", "a").out
    assert run.ctl("start", "a").out == "a: ERROR (spawn error)\n"
    assert run.log().count(f"spawnerr: a: {sentence}") == 2 and "hidden" not in run.log()
    run.wait_state("other", "RUNNING")


def test_the_largest_of_all(start, actor, folder):
    (folder / "large").write_bytes(b"#" * ((1 << 20) - 5) + b"\nA=1\n")
    (folder / "long").write_bytes(b"x" * ((128 << 10) - 1 - len("B=")))
    _, found = running(start, waiting(actor, env_file=folder / "large", environment_from_files=f"B={folder}/long"))
    assert found[b"A"] == b"1" and len(found[b"B"]) == (128 << 10) - 3


def test_a_million_lines_do_not_make_it_slow(start, actor, folder):
    (folder / "e").write_bytes(b"\n" * (1 << 20))
    run, _ = running(start, waiting(actor, env_file=folder / "e"))
    before = procfs.cpu_seconds(run.pid)
    assert run.ctl("restart", "a").code == 0
    assert procfs.cpu_seconds(run.pid) - before < 1


def test_a_failed_start_is_tried_again(start, actor, folder):
    run = start(section("program", "a", command=f"{actor} wait", startsecs=0, startretries=20, env_file=folder / "e"))
    run.wait_state("a", "BACKOFF")
    (folder / "e").write_text("A=1\n")
    run.wait_state("a", "RUNNING")
    assert environment(run.pid_of("a"))[b"A"] == b"1"


@needs_root
def test_files_are_read_as_the_user_of_init(start, actor, folder):
    """The program's user need not be able to read them."""
    (folder / "e").write_text("A=1\n")
    (folder / "e").chmod(0o600)
    keys = {"env_file": folder / "e", "user": "nobody"}
    _, found = running(start, waiting(actor, **keys))
    assert found[b"A"] == b"1"


@needs_root
def test_an_init_that_may_not_read_it(start, actor, folder):
    (folder / "e").write_text("A=1\n")
    (folder / "e").chmod(0o600)
    run = start(waiting(actor, env_file=f"-{folder}/e"), uid=65534, pid1=False)
    run.wait_state("a", "FATAL")
    assert run.info("a")["spawnerr"] == f"couldn't read env_file {folder}/e: EACCES (init reads it, as the user that it runs as)"


# -- servers' passwords

def server(folder, **keys):
    """A second server beside the harness's, on a TCP port; returns the port."""
    port = http_sides.free_port()
    lines = "".join(f"{key}={value}\n" for key, value in keys.items())
    return port, f"[inet_http_server]\nport=127.0.0.1:{port}\nusername=u\n{lines}"


def ask(port, password, method="supervisor.getState", *parameters):
    proxy = xmlrpc.client.ServerProxy(f"http://u:{password}@127.0.0.1:{port}/RPC2")
    try:
        return getattr(proxy, method)(*parameters)
    except xmlrpc.client.ProtocolError as error:
        return error.errcode


def test_a_password_from_a_file(start, folder):
    (folder / "pw").write_text("correct horse\n\n")
    port, text = server(folder, password_file="%(here)s/pw")
    run = start(text)
    assert ask(port, "correct%20horse")["statename"] == "RUNNING"
    assert ask(port, "wrong") == 401
    # A new password takes effect with the next reload, even if the configuration is the same.
    (folder / "pw").write_text("battery\n")
    run.send(1)
    wait_until(lambda: ask(port, "battery") != 401 and ask(port, "battery")["statename"] == "RUNNING")
    assert ask(port, "correct%20horse") == 401
    # If the file is gone, the reload is rejected, and nothing changes.
    (folder / "pw").unlink()
    run.send(1)
    wait_until(lambda: "the restart is refused" in run.log())
    assert f"Error: password_file {folder}/pw does not exist" in run.log() and f"{folder}/s.conf:" in run.log()
    assert ask(port, "battery")["statename"] == "RUNNING"


def test_ctl_takes_a_password_from_a_file(start, actor, folder):
    (folder / "pw").write_text("correct horse\n")
    port, text = server(folder, password_file=folder / "pw")
    start(text + waiting(actor)).wait_state("a", "RUNNING")
    client = folder / "client.conf"
    client.write_text(f"[supervisorctl]\nserverurl=http://127.0.0.1:{port}\nusername=u\npassword_file={folder}/pw\n")

    def status():
        return subprocess.run([DIST / "ctl", "-c", client, "status"], capture_output=True, text=True, timeout=60, cwd="/")

    said = status()
    assert said.returncode == 0 and "RUNNING" in said.stdout, said
    (folder / "pw").write_text("wrong\n")
    said = status()
    assert said.returncode != 0 and "needs the user name and the password" in said.stdout
    (folder / "pw").unlink()
    said = status()
    assert said.returncode != 0 and f"password_file {folder}/pw does not exist" in said.stdout + said.stderr
    assert f"{client}:4:" in said.stdout + said.stderr


def check(folder, *lines):
    (folder / "c.conf").write_text("[supervisord]\n[inet_http_server]\nport=9001\nusername=u\n" + "".join(f"{line}\n" for line in lines))
    return subprocess.run([DIST / "init", "--check", "-c", folder / "c.conf"], capture_output=True, text=True, timeout=60)


def test_password_files_that_are_refused(folder):
    os.mkfifo(folder / "pipe")
    (folder / "empty").write_text("\n")
    (folder / "good").write_text("x")
    for line, said in [
            (f"password_file={folder}/none", "does not exist"), (f"password_file={folder}/pipe", "cannot be read"),
            (f"password_file={folder}", "cannot be read"), (f"password_file={folder}/empty", "is empty")]:
        done = check(folder, line)
        assert done.returncode == 2, line
        assert f"Error: password_file {line.partition('=')[2]} {said}\n  {folder}/c.conf:5:15\n    {line}\n" in done.stderr
    done = check(folder, "password=hidden", f"password_file={folder}/good")
    assert done.returncode == 2 and "has a password and a password_file" in done.stderr and "hidden" not in done.stderr
    assert check(folder, f"password_file={folder}/good").returncode == 0


# -- where secrets do not appear

MARKS = {name: f"{name}-7h15-15-53cr37" for name in ("password", "env", "value", "own", "shared")}


def test_secrets_are_only_where_they_belong(start, actor, folder):
    """Every way of giving a secret; then everything that can be read is searched for them."""
    (folder / "pw").write_text(MARKS["password"] + "\n")
    (folder / "e").write_text(f"FROM_FILE={MARKS['env']}\n")
    (folder / "v").write_text(MARKS["value"] + "\n")
    port, text = server(folder, password_file=folder / "pw")
    keys = {"env_file": folder / "e", "environment_from_files": f"FROM_VALUE={folder}/v",
            "environment": f'DB_PASSWORD="{MARKS["own"]}"'}
    run = start(text + waiting(actor, **keys), supervisord=f'environment=API_TOKEN="{MARKS["shared"]}"\nloglevel=blather')
    run.wait_state("a", "RUNNING")
    program = run.pid_of("a")
    found = {}
    for method in ("supervisor.getAllConfigInfo", "supervisor.getAllProcessInfo"):
        answer = ask(port, MARKS["password"], method)
        assert len(answer) == 1, answer
        found[method] = json.dumps(answer, default=str)
    for path in ("/", "/?message=x", "/program.html?processname=a", "/api/v1/processes", "/api/v1/config", "/api/v1/supervisor", "/metrics", "/mainlogtail"):
        said = subprocess.run(["curl", "-sN", "--max-time", "1", "-u", f"u:{MARKS['password']}", f"http://127.0.0.1:{port}{path}"],
                              capture_output=True, timeout=60)
        found[path] = said.stdout.decode(errors="replace")
    assert "DB_PASSWORD" in found["/program.html?processname=a"]
    assert "/mainlogtail" in found and "spawned" in found["/mainlogtail"] and ">a<" in found["/"] and "RUNNING" in found["/api/v1/processes"]
    client = folder / "client.conf"
    client.write_text(f"[supervisorctl]\nserverurl=http://127.0.0.1:{port}\nusername=u\npassword_file={folder}/pw\n")
    # A user who controls it over HTTP, with the translator.
    follower = subprocess.Popen([DIST / "ctl", "-c", client, "tail", "-f", "a"], stdout=subprocess.DEVNULL, cwd="/")
    try:
        wait_until(lambda: [pid for pid in procfs.children(follower.pid) if "client" in procfs.cmdline(pid)])
        pids = [run.pid, follower.pid, *procfs.descendants(run.pid), *procfs.descendants(follower.pid)]
        assert len([pid for pid in pids if str(DIST / "gateway") in procfs.cmdline(pid)]) == 2
        for pid in pids:
            found[f"arguments of {pid}"] = " ".join(procfs.cmdline(pid))
            if pid != program:
                found[f"environment of {pid}"] = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    finally:
        follower.kill()
        follower.wait()
    for words in (["status"], ["avail"], ["status", "--json"], ["tree"], ["maintail"], ["reread"]):
        said = run.ctl(*words)
        found[f"ctl {words}"] = said.out + said.err
    dump = subprocess.run([DIST / "init", "--dump-config", "-c", run.configuration], capture_output=True, text=True, timeout=60)
    assert dump.returncode == 0 and str(folder / "pw") in dump.stdout and dump.stdout.count("********") == 4
    found["dump"] = dump.stdout
    found["log"] = run.log()
    for path in folder.iterdir():
        if path.name not in ("pw", "e", "v", "s.conf") and stat.S_ISREG(path.stat().st_mode):
            found[str(path)] = path.read_text(errors="replace")
    assert str(folder / "stdout") in found and "spawned: 'a'" in found["log"]
    for where, text in found.items():
        assert not [mark for mark in MARKS.values() if mark in text], where
    has = environment(program)
    assert [has[name].decode() for name in (b"FROM_FILE", b"FROM_VALUE", b"DB_PASSWORD", b"API_TOKEN")] == [
        MARKS[name] for name in ("env", "value", "own", "shared")]
    assert MARKS["password"].encode() not in b"".join(has.values())
