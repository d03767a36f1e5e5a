"""Users, groups and capabilities of real children in /proc/PID/status, compared with the kernel's rules
(kernel_rules.py): every combination of the keys, under inits with more and fewer privileges."""

import contextlib
import itertools
import os
import pwd
import re
import shutil
import subprocess
import sys

import pytest

import kernel_rules
import procfs
from gateways import Started
from kernel_rules import Credentials, Refused
from supervised import DIST, ROOT, UnixConnection, section
from waiting import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="becomes other users")

USERS = {None: None, "root": 0, "4711": 4711}
SETS = (None, "none", "", "^cap_net_bind_service", "%cap_chown", "!cap_sys_admin,!cap_kill",
        "^cap_net_raw,%cap_chown,!cap_kill", "none,^cap_chown,^cap_net_bind_service")
SECURE_BITS = (None, "noroot,noroot-locked", "no-cap-ambient-raise")
COMBINATIONS = list(itertools.product(USERS, SETS, (False, True), SECURE_BITS))
DOCKER = ("chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,"
          "audit_write,setfcap").split(",")


def setpriv(*words):
    return [shutil.which("setpriv"), *words]


def only(names):
    return "-all," + ",".join(f"+{name}" for name in names)


# A user namespace with 65536 users, as a rootless runtime creates it: a process outside must write its maps.
NAMESPACE = '''
import ctypes, os, sys
ready, done = os.pipe(), os.pipe()
if os.fork() == 0:
    os.read(ready[0], 1)
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{os.getppid()}/{name}", "w") as file:
            file.write("0 0 65536")
    os.write(done[1], b"x")
    os._exit(0)
assert ctypes.CDLL(None).unshare(0x10000000) == 0
os.write(ready[1], b"x")
os.read(done[0], 1)
os.wait()
os.execv(sys.argv[1], sys.argv[1:])
'''

# Each is a command that starts init.
KINDS = {
    "root": [],
    "root with docker's bounding set": setpriv("--bounding-set", only(DOCKER)),
    "root without setpcap": setpriv("--bounding-set", only(set(DOCKER) - {"setpcap"})),
    "root without setuid": setpriv("--bounding-set", only(set(DOCKER) - {"setuid", "setgid"})),
    "root without anything": setpriv("--bounding-set", "-all"),
    "a user": setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups"),
    "a user with docker's bounding set": setpriv(
        "--reuid", "1000", "--regid", "1000", "--clear-groups", "--bounding-set", only(DOCKER)),
    "a user who may": setpriv(
        "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", only(["setuid", "setgid", "setpcap", "kill", "chown", "net_bind_service", "net_raw"]),
        "--ambient-caps", only(["setuid", "setgid", "setpcap", "kill", "chown", "net_bind_service", "net_raw"])),
    "a user who may bind": setpriv(
        "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", only(["net_bind_service"]),
        "--ambient-caps", only(["net_bind_service"])),
    "root of a user namespace": [sys.executable, "-IS", "-c", NAMESPACE],
    "the only user of a user namespace": [shutil.which("unshare"), "--user", "--map-root-user"],
}


def programs():
    text = ""
    for number, (user, sets, nnp, bits) in enumerate(COMBINATIONS):
        keys = {"user": user, "capabilities": sets, "no_new_privs": nnp or None, "securebits": bits}
        text += section("program", f"p{number}", command="ACTOR wait", startsecs=0, startretries=0, autorestart=False,
                        stdout_logfile="NONE", stderr_logfile="NONE",
                        **{key: str(value).replace("%", "%%") if key == "capabilities" else value
                           for key, value in keys.items() if value is not None})
    return text


def started(start, actor, folder, words, text=None, **options):
    """init as the command starts it, and its credentials."""
    os.chown(folder, 1000, 1000)
    folder.chmod(0o777)
    return start((text or programs()).replace("ACTOR", actor), wrapper=words, supervisord="umask=000\n", **options)


def by_inner_pid(run):
    found = {}
    for pid in procfs.in_namespace(procfs.namespace(run.pid)):
        with contextlib.suppress(OSError):
            found[procfs.inner_pid(pid)] = pid
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_combination(start, actor, folder, kind):
    run = started(start, actor, folder, KINDS[kind])
    own = Credentials.of(procfs.status(run.pid))
    uids = None
    if "namespace" in kind:
        # Outside, the uids are the same, or only root's.
        own.uid = 0
        uids = {0: 0} if kind.startswith("the only") else None
    settled = lambda: all(info["statename"] in ("RUNNING", "FATAL", "EXITED") for info in run.rpc("supervisor.getAllProcessInfo"))
    wait_until(settled, 30, what=run.story)
    infos = {info["name"]: info for info in run.rpc("supervisor.getAllProcessInfo")}
    pids = by_inner_pid(run)
    wrong = []
    refused = 0
    for number, (user, sets, nnp, bits) in enumerate(COMBINATIONS):
        info = infos[f"p{number}"]
        words = f"user={user} capabilities={sets} no_new_privs={nnp} securebits={bits}"
        try:
            wanted = kernel_rules.child(own, USERS[user], sets, nnp, bits)
            if uids is not None and wanted.uid not in uids:
                raise Refused("not in this namespace")
        except Refused as why:
            refused += 1
            if info["statename"] != "FATAL" or not info["spawnerr"].startswith("couldn't "):
                wrong.append(f"{words}: {info['statename']} {info['spawnerr']!r}, not refused ({why})")
            continue
        if info["statename"] != "RUNNING":
            wrong.append(f"{words}: {info['statename']} {info['spawnerr']!r}, but it could be {wanted}")
            continue
        got = Credentials.of(procfs.status(pids[info["pid"]]))
        if got != wanted:
            wrong.append(f"{words}: {got}, not {wanted}")
    assert not wrong, f"{len(wrong)} of {len(COMBINATIONS)} as {own}:\n" + "\n".join(wrong[:20])
    # If all or none of the programs ran, a kind would show little, except those where this is intended.
    assert refused < len(COMBINATIONS)
    if kind in ("root", "root of a user namespace"):
        assert refused == 0


# -- Users and groups


GROUPS = [
    # user, group, supplementary_groups: uid, gid, groups
    ("nobody", None, None, (65534, 65534, {65534})),
    ("4711", None, None, (4711, 4711, {4711})),
    ("4711", "games", None, (4711, 60, {60})),
    ("nobody", "games", None, (65534, 60, {60})),
    ("nobody", "4242", "", (65534, 4242, {4242})),
    ("nobody", None, "adm,4243", (65534, 65534, {65534, 4, 4243})),
    ("nobody", None, "", (65534, 65534, {65534})),
    (None, "games", None, (0, 60, {60})),
    (None, "games", "adm", (0, 60, {60, 4})),
    (None, None, "adm", (0, 0, {0, 4})),
    ("root", "games", None, (0, 60, {60})),
    ("member", None, None, (4001, 4001, {4001, 4002, 4003})),
    ("member", "4002", None, (4001, 4002, {4002, 4003})),
    ("member", None, "4003", (4001, 4001, {4001, 4003})),
]


def accounts(folder):
    """Account files with a user in two groups, mounted over those of the namespace."""
    text = open("/etc/passwd").read() + "member:x:4001:4001::/home/member:/bin/dash\nbare:x:4004:4004::\n"
    (folder / "passwd").write_text(text)
    (folder / "group").write_text(open("/etc/group").read() + "one:x:4002:member\ntwo:x:4003:other,member\n")
    return f"mount --bind {folder}/passwd /etc/passwd; mount --bind {folder}/group /etc/group"


def test_users_and_groups(start, actor, folder):
    text = ""
    for number, (user, group, others, _) in enumerate(GROUPS):
        keys = {"user": user, "group": group, "supplementary_groups": others}
        text += section("program", f"p{number}", command=f"{actor} wait", startsecs=0,
                        **{key: value for key, value in keys.items() if value is not None})
    run = start(text, prepare=accounts(folder))
    run.wait_all()
    pids = by_inner_pid(run)
    for number, (user, group, others, (uid, gid, groups)) in enumerate(GROUPS):
        status = procfs.status(pids[run.info(f"p{number}")["pid"]])
        words = f"user={user} group={group} supplementary_groups={others}"
        assert status["Uid"].split() == [str(uid)] * 4, words
        assert status["Gid"].split() == [str(gid)] * 4, words
        assert {int(each) for each in status["Groups"].split()} == groups, words


def test_groups_need_no_right_that_is_not_used(start, actor, folder):
    """The same user and group as init's: nothing changes. Another group needs CAP_SETGID."""
    words = setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups")
    text = (section("program", "same", command="ACTOR wait", user=1000) +
            section("program", "other", command="ACTOR wait", group=1001, startretries=0))
    run = started(start, actor, folder, words, text)
    run.wait_state("same", "RUNNING")
    run.wait_state("other", "FATAL")
    assert run.info("other")["spawnerr"].startswith("couldn't "), run.info("other")
    assert "setgroups" in run.info("other")["spawnerr"] or "groups" in run.info("other")["spawnerr"]
    assert f"other: {run.info('other')['spawnerr']}" in run.log()
    assert run.info("other")["spawnerr"] in run.ctl("status").out


@pytest.mark.parametrize("user, wanted", [
    ("nobody", {"HOME": pwd.getpwnam("nobody").pw_dir, "USER": "nobody", "LOGNAME": "nobody", "SHELL": pwd.getpwnam("nobody").pw_shell}),
    ("member", {"HOME": "/home/member", "USER": "member", "LOGNAME": "member", "SHELL": "/bin/dash"}),
    ("bare", {"HOME": "/", "USER": "bare", "LOGNAME": "bare", "SHELL": "/bin/sh"}),
    ("4711", {"HOME": "/", "USER": "4711", "LOGNAME": "4711", "SHELL": "/bin/sh"}),
    ("65534", {"HOME": pwd.getpwnam("nobody").pw_dir, "USER": "nobody"}),
    (None, {"HOME": "/root", "USER": "root"}),
])
def test_user_env(start, actor, folder, user, wanted):
    keys = {"user": user} if user else {}
    text = (section("program", "a", command=f"{actor} wait", user_env=True, startsecs=0, **keys) +
            section("program", "own", command=f"{actor} wait", user_env=True, startsecs=0, environment='HOME="/mine"', **keys) +
            section("program", "plain", command=f"{actor} wait", startsecs=0, **keys))
    run = start(text, prepare=accounts(folder), environment={"HOME": "/of-init", "USER": "of-init"})
    run.wait_all()
    environment = lambda name: procfs.environment(run.pid_of(name))
    wait_until(lambda: wanted.items() <= environment("a").items(), 5, what=lambda: environment("a"))
    wait_until(lambda: environment("own").get("HOME") == "/mine", 5, what=lambda: environment("own"))
    # Without it they are init's own, as under supervisord.
    wait_until(lambda: environment("plain").get("HOME") == "/of-init", 5, what=lambda: environment("plain"))


WHO_MAY = setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", only(["setuid", "setgid", "setpcap", "kill"]),
                  "--ambient-caps", only(["setuid", "setgid", "setpcap", "kill"]))


def test_the_supervisors_own_user(start, actor, folder):
    """By capability, not because it is root; and it keeps no more capabilities than root would."""
    run = started(start, actor, folder, WHO_MAY, section("program", "a", command="ACTOR wait"), options=["-u", "4711"])
    run.wait_state("a", "RUNNING")
    for pid in (run.pid, run.pid_of("a")):
        now = Credentials.of(procfs.status(pid))
        assert (now.uid, now.permitted, now.effective, now.ambient) == (4711, 0, 0, 0)
    assert "Set uid to user 4711 succeeded" in run.log()


def test_the_gateway_of_a_user_who_may(start, actor, folder):
    run = started(start, actor, folder, WHO_MAY, section("program", "a", command="ACTOR wait"))
    connection = UnixConnection(str(folder / "s.sock"), 10)
    connection.request("GET", "/livez")
    assert connection.getresponse().read()
    now = Credentials.of(procfs.status(Started(run).pid))
    assert (now.uid, now.permitted, now.ambient, now.bounding, now.no_new_privs) == (65529, 0, 0, 0, True)
    connection.close()


def test_without_the_right_to_be_another(folder):
    """supervisord's own message."""
    path = folder / "s.conf"
    path.write_text("[supervisord]\nuser=nobody\n")
    done = subprocess.run([*setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups"), DIST / "init", "-c", path], capture_output=True, text=True)
    assert done.returncode == 2 and "Can't drop privilege as nonroot user" in done.stderr


# -- Fail closed


LIAR = '''
import ctypes, os, struct, sys
calls = [int(word) for word in sys.argv[1].split(",")]
program = [(0x20, 0, 0, 0)]  # load the number of the call
for index, call in enumerate(calls):
    program.append((0x15, len(calls) - index, 0, call))
program += [(0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, int(sys.argv[2], 0))]  # allow; or an error number, 0: "done"
raw = b"".join(struct.pack("HBBI", *each) for each in program)
buffer = ctypes.create_string_buffer(raw)
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.byref(Filter(len(program), ctypes.addressof(buffer))), 0, 0):
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[3], sys.argv[3:])
'''
CAPSET, SETGROUPS, SETRESUID, SETRESGID = 126, 116, 117, 119
LANDLOCK_CREATE = 444
DONE, UNKNOWN = 0x00050000, 0x00050000 | 38  # SECCOMP_RET_ERRNO with no error, with ENOSYS


def with_filter(*calls, answer=DONE):
    """A command under which these calls return without being executed."""
    return [sys.executable, "-IS", "-c", LIAR, ",".join(str(call) for call in calls), hex(answer)]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls")
@pytest.mark.parametrize("call, keys", [
    (CAPSET, {"capabilities": "none"}), (CAPSET, {"user": "nobody", "capabilities": "^cap_chown"}),
    (SETGROUPS, {"user": "nobody"}), (SETGROUPS, {"supplementary_groups": "4242"}), (SETRESUID, {"user": "nobody"}),
    (SETRESGID, {"group": "4242"}),
])
def test_a_call_that_lies(start, actor, call, keys):
    """Some sandboxes report success for a call and do nothing: the program must not run with what it should not
    have."""
    # Groups that no user has, so that keeping them shows.
    words = [*setpriv("--groups", "4,5"), *with_filter(call)]
    run = start(section("program", "a", command=f"{actor} wait", startretries=0, **keys), wrapper=words)
    run.wait_state("a", "FATAL")
    sentence = run.info("a")["spawnerr"]
    assert sentence.startswith("couldn't "), sentence
    assert sentence in run.ctl("status").out
    assert f"spawnerr: a: {sentence}" in run.log()


def test_a_failure_says_what_it_would_take(start, actor, folder):
    words = setpriv("--reuid", "1000", "--regid", "1000", "--clear-groups")
    cases = {
        "none": ({"capabilities": "none"}, "couldn't take cap_chown out of the bounding set: EPERM (it takes cap_setpcap; no_new_privs=true makes do without)"),
        "inherit": ({"capabilities": "^cap_chown"}, "couldn't make cap_chown inheritable: EPERM (init has to have it)"),
        "bits": ({"securebits": "noroot"}, "couldn't set securebits: EPERM (it takes cap_setpcap)"),
        "nice": ({"nice": "-5"}, "couldn't set nice: EACCES (it takes cap_sys_nice)"),
        "oom": ({"oom_score_adj": "-900"}, "couldn't set oom_score_adj: EACCES (it takes cap_sys_resource to raise a hard limit, or to lower oom_score_adj)"),
        "limit": ({"rlimit_core": "0:unlimited"}, "couldn't set rlimit_core=0:unlimited: EPERM (it takes cap_sys_resource to raise a hard limit, or to lower oom_score_adj)"),
    }
    text = "".join(section("program", name, command="ACTOR wait", startretries=0, **keys) for name, (keys, _) in cases.items())
    run = started(start, actor, folder, ["prlimit", "--core=0:0", *words], text)
    for name, (_, sentence) in cases.items():
        run.wait_state(name, "FATAL")
        assert run.info(name)["spawnerr"] == sentence
        assert sentence in run.ctl("status", name).out


# -- Defaults in [supervisord]


def test_defaults(start, actor):
    text = (section("program", "plain", command=f"{actor} wait") +
            section("program", "own", command=f"{actor} wait", capabilities="!cap_kill", no_new_privs=False) +
            section("program", "other", command=f"{actor} wait", nice=3))
    run = start(text, supervisord="capabilities=none\nno_new_privs=true\n")
    run.wait_all()
    status = {name: procfs.status(run.pid_of(name)) for name in ("plain", "own", "other")}
    for name in ("plain", "other"):
        assert int(status[name]["CapBnd"], 16) == int(status[name]["CapPrm"], 16) == 0
        assert status[name]["NoNewPrivs"] == "1"
    assert status["own"]["NoNewPrivs"] == "0"
    own = Credentials.of(procfs.status(run.pid))
    assert int(status["own"]["CapBnd"], 16) == own.bounding & ~(1 << kernel_rules.NUMBERS["cap_kill"])


def test_the_readmes_example(start, folder, actor):
    """The example in the README, with a program that exists."""
    text = re.search(r"```ini\n(\[supervisord\]\n.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    head, program = text.split("[program:web]", 1)
    command = re.search(r"^command=.*$", program, re.M)[0]
    run = start("[program:web]" + program.replace(command, f"command={actor} wait"), supervisord=head.replace("[supervisord]\n", ""))
    run.wait_state("web", "RUNNING")
    now = Credentials.of(procfs.status(run.pid_of("web")))
    bind = 1 << kernel_rules.NUMBERS["cap_net_bind_service"]
    assert (now.uid, now.effective, now.bounding, now.no_new_privs) == (pwd.getpwnam("www-data").pw_uid, bind, bind, True)
    assert Credentials.of(procfs.status(run.pid)).permitted & kernel_rules.SETPCAP
    assert Credentials.of(procfs.status(run.pid)).permitted != Credentials.of(procfs.status(os.getpid())).permitted


# -- Values


@pytest.mark.parametrize("key, value, sentence, advice", [
    ("capabilities", "^cap_net_bind_servic", "unknown capability '^cap_net_bind_servic'", "Did you mean cap_net_bind_service?"),
    ("capabilities", "none,net_raw", "unknown capability 'net_raw'", "Did you mean cap_net_raw?"),
    ("capabilities", "xyzzyxyzzy", "unknown capability 'xyzzyxyzzy'", "Write none, or names"),
    ("securebits", "noroot,nonsense", "unknown secure bit 'nonsense'", "Write noroot"),
    ("group", "nosuchgroup", "Invalid group 'nosuchgroup'", "Name a group of /etc/group"),
    ("supplementary_groups", "adm,nosuchgroup", "Invalid group 'nosuchgroup'", "Name a group"),
    ("nice", "20", "not a valid nice value: '20'", "from -20 to 19"),
    ("oom_score_adj", "x", "not a valid oom_score_adj value: 'x'", "from -1000 to 1000"),
    ("ionice", "best-effort:8", "not a valid ionice value: 'best-effort:8'", "from 0 to 7"),
    ("cpu_affinity", "3-1", "not a valid list of processors: '3-1'", "0-3,8"),
    ("rlimit_nofile", "100:50", "not a valid rlimit_nofile value: '100:50'", "soft not above hard"),
    ("rlimit_nofile", "-1", "not a valid rlimit_nofile value: '-1'", "soft:hard"),
    ("rlimit_nofil", "1", "unknown key rlimit_nofil in [program:a]", "did you mean `rlimit_nofile`?"),
])
def test_mistakes_are_named(folder, key, value, sentence, advice):
    path = folder / "s.conf"
    path.write_text(f"[supervisord]\n[program:a]\ncommand=true\n{key} = {value}\n")
    done = subprocess.run([DIST / "init", "--check", "-c", path], capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert sentence.lower() in said.lower() and advice.lower() in said.lower(), said
    assert "s.conf:4:" in said
    assert done.returncode == (0 if "unknown key" in sentence else 2)
