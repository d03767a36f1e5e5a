"""Landlock: real children try what is not allowed."""

import os
import subprocess

import pytest

import procfs
from supervised import section
from test_privileges import LANDLOCK_CREATE, UNKNOWN, with_filter
from waiting import wait_until

# What a dynamic program needs on Debian.
SYSTEM = "/usr,/lib,-/lib64,-/bin,/etc/ld.so.cache"


def has_landlock():
    import ctypes
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE, None, 0, 1) > 0


needs_landlock = pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")

# Each line does one thing and reports whether it could.
TRY = """
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name: yes"; else echo "$name: no"; fi; }
try read_etc cat /etc/passwd
try read_allowed cat {folder}/ro/file
try write_ro sh -c 'echo x > {folder}/ro/new'
try append_ro sh -c 'echo x >> {folder}/ro/file'
try truncate_ro truncate -s 0 {folder}/ro/file
try write_rw sh -c 'echo x > {folder}/rw/new'
try remove_rw rm {folder}/rw/old
try rename_out mv {folder}/rw/new {folder}/ro/moved
try list_rw ls {folder}/rw
try list_other ls {folder}/other
try run_other {folder}/other/true
try run_rw {folder}/rw/true
try link_out sh -c 'cat {folder}/rw/link'
try null sh -c 'echo x > /dev/null'
try urandom head -c 1 /dev/urandom
try proc cat /proc/self/status
try in_child sh -c 'sh -c "cat /etc/passwd"'
echo end
sleep 1000
"""
ALLOWED = {"read_allowed", "write_rw", "remove_rw", "list_rw", "run_rw", "null", "urandom"}


@pytest.fixture
def tree(folder):
    for name in ("ro", "rw", "other"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
        (folder / name / "true").write_bytes(open("/bin/true", "rb").read())
        (folder / name / "true").chmod(0o755)
    for path in ("ro/file", "rw/old", "other/secret"):
        (folder / path).write_text("text\n")
        (folder / path).chmod(0o666)
    os.symlink(folder / "other" / "secret", folder / "rw" / "link")
    (folder / "try").write_text(TRY.replace("{folder}", str(folder)))
    return folder


def said(run):
    wait_until(lambda: "end\n" in run.rpc_log("a"), 10, what=run.story)
    return dict(line.split(": ") for line in run.rpc_log("a").splitlines() if ": " in line)


def program(folder, **keys):
    keys = {"landlock_ro": f"{SYSTEM},{folder}/ro,{folder}/try", "landlock_rw": f"{folder}/rw", **keys}
    return section("program", "a", command=f"sh {folder}/try", **keys)


@needs_landlock
@pytest.mark.parametrize("user", [None, "nobody"])
def test_what_is_forbidden_and_what_not(start, tree, user):
    if user and os.getuid() != 0:
        pytest.skip("becomes another user")
    run = start(program(tree, **({"user": user} if user else {})))
    results = said(run)
    assert {name for name, could in results.items() if could == "yes"} == ALLOWED, results
    assert procfs.status(run.pid_of("a"))["NoNewPrivs"] == "1"
    assert (tree / "ro" / "file").read_text() == "text\n" and not (tree / "ro" / "new").exists()


@needs_landlock
def test_without_it_the_same_is_possible(start, tree):
    """The test can fail: only Landlock forbids what is not allowed above."""
    run = start(section("program", "a", command=f"sh {tree}/try"))
    results = said(run)
    assert {name for name, could in results.items() if could == "no"} == set(), results


@needs_landlock
def test_one_key_alone(start, tree):
    run = start(program(tree, landlock_rw=f"{tree}/rw,{SYSTEM},{tree}/try,{tree}/ro").replace("landlock_ro=", "; landlock_ro="))
    results = said(run)
    assert results["write_ro"] == results["write_rw"] == "yes" and results["read_etc"] == results["list_other"] == "no"


@needs_landlock
def test_paths_that_are_missing(start, tree):
    run = start(
        program(tree, landlock_ro=f"{SYSTEM},-{tree}/nothing,{tree}/try") +
        section("program", "b", command="sleep 1000", landlock_ro=f"{SYSTEM},{tree}/nothing", startretries=0) +
        section("program", "c", command="sleep 1000", landlock_rw=f"{tree}/nothing", landlock_ro=SYSTEM, startretries=0))
    run.wait_state("b", "FATAL")
    run.wait_state("c", "FATAL")
    for name, key in (("b", "landlock_ro"), ("c", "landlock_rw")):
        assert run.info(name)["spawnerr"] == f"couldn't allow {tree}/nothing ({key}=): ENOENT (write -{tree}/nothing if it may be missing)"
    assert said(run)["read_etc"] == "no"


@needs_landlock
def test_a_program_whose_loader_is_forbidden(start, tree):
    run = start(section("program", "a", command="sleep 1000", landlock_rw=f"{tree}/rw", startretries=0))
    run.wait_state("a", "FATAL")
    assert run.info("a")["spawnerr"] == ("couldn't exec sleep: EACCES (is it below a path of landlock_ro=, with its interpreter, its "
                                         "loader and its libraries?)")


@needs_landlock
def test_a_static_program_needs_no_path(start, actor, tree):
    """Its own file may always be executed."""
    run = start(section("program", "a", command=f"{actor} say hello wait", landlock_rw=""))
    wait_until(lambda: "hello" in run.rpc_log("a"), 10, what=run.story)


@needs_landlock
def test_init_is_not_restricted(start, actor, tree):
    """The child shares init's memory for a moment, but not its restrictions."""
    run = start(section("program", "a", command=f"{actor} wait", landlock_rw="") +
                section("program", "b", command="sh -c 'cat /etc/passwd; exec sleep 1000'"))
    run.wait_all()
    wait_until(lambda: "root:" in run.rpc_log("b"), 10, what=run.story)
    assert procfs.status(run.pid)["NoNewPrivs"] == "0"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls")
def test_a_kernel_without_it(start, actor, tree):
    run = start(
        section("program", "a", command=f"{actor} wait", landlock_rw=f"{tree}/rw") +
        section("program", "b", command=f"{actor} wait", landlock_ro="/usr", numprocs=2, process_name="b%(process_num)d") +
        section("program", "c", command=f"{actor} wait", landlock_ro="/usr", landlock_required=True, startretries=0),
        wrapper=with_filter(LANDLOCK_CREATE, answer=UNKNOWN))
    run.wait_state("c", "FATAL")
    run.wait_state("a", "RUNNING")
    run.wait_state("b:b1", "RUNNING")
    missing = "this kernel has no Landlock (Linux 5.13 and later, with landlock among its lsm=)"
    assert run.info("c")["spawnerr"] == f"landlock_required=true, and {missing} (ENOSYS)"
    assert run.log().count(f"landlock_ro= and landlock_rw= of a, b0, b1 have no effect: {missing}") == 1


def test_check_takes_the_keys(tree):
    from supervised import DIST
    path = tree / "s.conf"
    path.write_text("[supervisord]\n[program:a]\ncommand=true\nlandlock_ro=/usr, -/x\nlandlock_rw=data\n")
    done = subprocess.run([DIST / "init", "--dump-config", "-c", path], capture_output=True, text=True, cwd=tree)
    import json
    process = json.loads(done.stdout)["groups"][0]["processes"][0]
    assert process["landlock_ro"] == ["/usr", "-/x"] and process["landlock_rw"] == [f"{tree}/data"]
