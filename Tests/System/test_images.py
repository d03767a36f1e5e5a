"""The image of the Dockerfile, and images that copy from it, built and run as PID 1 by podman."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest

import images
import kernel_rules
import procfs
from waiting import wait_until

REASON = images.missing()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

CONFIGURATION = """\
[supervisord]
[program:a]
command={command}
startsecs=0
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
"""


@pytest.fixture(scope="module")
def reeve():
    with images.one_at_a_time(), images.reeve() as tag:
        yield tag


@pytest.fixture
def run(folder):
    running = []

    def begin(image, *words, **options):
        running.append(images.Running(folder, image, *words, **options))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


@pytest.fixture
def made(folder, actor):
    """`made(dockerfile, command)`: a user's image, with a configuration and the actor in its context."""
    tags = []

    def make(dockerfile, command):
        context = folder / f"context{len(tags)}"
        context.mkdir()
        shutil.copy(actor, context / "app")
        (context / "supervisord.conf").write_text(CONFIGURATION.format(command=command))
        (context / "Dockerfile").write_text(dockerfile)
        tags.append(f"localhost/reeve-user-{os.getpid()}-{len(tags)}")
        return images.build(context, tags[-1])

    yield make
    for tag in tags:
        images.podman("rmi", "-f", tag, check=False)


def size(image):
    return json.loads(images.podman("image", "inspect", image).stdout)[0]["Size"]


def assert_runs(container, ctl):
    container.wait_said("hello from inside")
    assert container.run(ctl, "pid").stdout == "1\n"
    status = container.run(ctl, "status")
    assert status.returncode == 0 and re.match(r"a +RUNNING +pid \d+", status.stdout), (status, container.said())
    assert container.run(ctl, "restart", "a").stdout == "a: stopped\na: started\n"
    assert container.stop() == 0
    assert "stopped: a (terminated by SIGTERM)" in container.said()


def test_what_is_in_it(reeve, folder):
    images.podman("save", "-o", folder / "image.tar", reeve)
    found = {}
    with tarfile.open(folder / "image.tar") as image:
        for layer in json.load(image.extractfile("manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                found.update({file.name.strip("/"): file for file in files if not file.isdir()})
    assert sorted(found) == ["ctl", "echo_supervisord_conf", "gateway", "init", "pidproxy", "supervisorctl", "supervisord"]
    assert {name: file.linkname for name, file in found.items() if file.issym()} == {
        "echo_supervisord_conf": "init", "pidproxy": "init", "supervisord": "init", "supervisorctl": "ctl"}
    assert all(file.mode & 0o777 == 0o755 and file.uid == 0 for file in found.values() if file.isfile())
    assert size(reeve) < 15_000_000
    # What users copy who don't need HTTP.
    assert found["init"].size + found["ctl"].size < 1_100_000


@pytest.mark.parametrize("options", [
    [], ["--user=54321"], ["--read-only", "--read-only-tmpfs=false"], ["--cap-drop=ALL", "--security-opt=no-new-privileges"],
    ["--user=54321:54321", "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL"]], ids=lambda options: " ".join(options) or "-")
def test_from_scratch(reeve, run, folder, actor, options):
    (folder / "c.conf").write_text(CONFIGURATION.format(command="/app say 'hello from inside' wait"))
    mounts = ["-v", f"{folder}/c.conf:/etc/supervisord.conf:ro", "-v", f"{actor}:/app:ro"]
    assert_runs(run(reeve, "-c", "/etc/supervisord.conf", options=[*mounts, *options]), "/ctl")


def test_less_than_root(reeve, run, folder, actor):
    """Programs can get the runtime's default capabilities; anything else is rejected with a reason."""
    (folder / "c.conf").write_text("[supervisord]\ninit_capabilities=needed\n" + "".join(
        f"[program:{name}]\ncommand=/app say 'hello from {name}' wait\nuser=33\nstartretries=0\nstdout_logfile=/dev/stdout\n"
        f"stdout_logfile_maxbytes=0\ncapabilities={text}\nno_new_privs=true\nrlimit_nofile=77\n"
        for name, text in (("bind", "none,^cap_net_bind_service"), ("admin", "^cap_sys_admin"))))
    mounts = ["-v", f"{folder}/c.conf:/etc/supervisord.conf:ro", "-v", f"{actor}:/app:ro"]
    container = run(reeve, "-c", "/etc/supervisord.conf", options=[*mounts, "--cap-drop=ALL", "--cap-add=SETUID,SETGID,KILL,CHOWN,SETPCAP,NET_BIND_SERVICE"])
    container.wait_said("hello from bind")
    status = wait_until(lambda: next((text for text in [container.run("/ctl", "status").stdout] if "FATAL" in text), None), 10)
    assert "admin                            FATAL     couldn't make cap_sys_admin inheritable: EPERM (init has to have it)" in status
    pid = int(json.loads(images.podman("inspect", container.name).stdout)[0]["State"]["Pid"])
    child = next(child for child in procfs.children(pid) if "hello from bind" in " ".join(procfs.cmdline(child)))
    bind = kernel_rules.NUMBERS["cap_net_bind_service"]
    now = kernel_rules.Credentials.of(procfs.status(child))
    assert (now.uid, now.permitted, now.ambient, now.bounding) == (33, 1 << bind, 1 << bind, 1 << bind)
    assert kernel_rules.Credentials.of(procfs.status(pid)).permitted == sum(
        1 << kernel_rules.NUMBERS[f"cap_{name}"] for name in ("setuid", "setgid", "kill", "chown", "setpcap", "net_bind_service"))
    assert container.stop() == 0


def test_its_command_line(reeve, run, actor):
    """Without a configuration it prints its usage; in front of a command it passes on the exit code."""
    container = run(reeve)
    assert container.wait() == 2 and "nothing to do" in container.said()
    container = run(reeve, "/app", "exit", "7", options=["-v", f"{actor}:/app:ro"])
    assert container.wait() == 7
    container = run(reeve, "/app", "say", "hello from inside", "wait", options=["-v", f"{actor}:/app:ro"])
    container.wait_said("hello from inside")
    assert container.stop() == 143


def test_open_stdin_and_a_terminal(reeve, run, folder, actor):
    (folder / "c.conf").write_text(CONFIGURATION.format(command="/app say 'hello from inside' wait"))
    mounts = ["-v", f"{folder}/c.conf:/etc/supervisord.conf:ro", "-v", f"{actor}:/app:ro"]
    for options in (["-i"], ["-t"]):
        container = run(reeve, "-c", "/etc/supervisord.conf", options=[*mounts, *options], stdin=subprocess.PIPE)
        container.wait_said("hello from inside")
        container.process.stdin.close()
        assert container.run("/ctl", "status").returncode == 0
        assert container.stop() == 0


def test_an_image_of_debian(reeve, run, made):
    """An image with a shell, built with the lines in the Dockerfile's comment."""
    text = pathlib.Path(images.supervised.ROOT / "Dockerfile").read_text()
    copy, entry = re.findall(r"^# +((?:COPY|ENTRYPOINT) .*)$", text, re.M)
    image = made(f"FROM {images.DEBIAN}\n{copy.replace('=reeve', '=' + reeve)}\nCOPY supervisord.conf /etc/\n{entry}\n",
                 "sh -c 'echo hello from inside; exec sleep 1000'")
    assert 0 < size(image) - size(images.DEBIAN) < 15_000_000
    assert_runs(run(image), "ctl")


@pytest.mark.parametrize("keep", ["init ctl", "init ctl gateway"])
def test_an_image_without_a_shell(reeve, run, made, keep):
    """Like distroless images: a static program, and the parts of Reeve that it needs. podman takes /sbin/init for
    systemd, and stops it with SIGRTMIN+3."""
    lines = "".join(f"COPY --from={reeve} /{name} /sbin/{name}\n" for name in keep.split())
    image = made(f"FROM scratch\n{lines}COPY app /app\nCOPY supervisord.conf /etc/\n"
                 'ENTRYPOINT ["/sbin/init", "-c", "/etc/supervisord.conf"]\n', "/app say 'hello from inside' wait")
    assert size(image) < (15_000_000 if "gateway" in keep else 2_500_000)
    assert_runs(run(image), "/sbin/ctl")


def test_another_init_in_front(reeve, run, made, folder, actor):
    """`--init`: podman's own init is PID 1."""
    (folder / "c.conf").write_text(CONFIGURATION.format(command="/app say 'hello from inside' wait"))
    container = run(reeve, "-c", "/etc/supervisord.conf", options=[
        "--init", "-v", f"{folder}/c.conf:/etc/supervisord.conf:ro", "-v", f"{actor}:/app:ro"])
    wait_until(lambda: "hello from inside" in container.said() or container.process.poll() is not None, 30)
    if "lookup init binary" in container.said() or "catatonit" in container.said():
        pytest.skip("podman has no init here")
    assert "supervisord started with pid 1\n" not in container.said()
    assert container.run("/ctl", "status").returncode == 0
    assert container.stop() == 0
