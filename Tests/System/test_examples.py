"""examples/: each has a configuration that both supervisors accept, a Dockerfile before and after, and works."""

import os
import platform
import re
import shutil
import subprocess
import sys
import uuid

import pytest

import procfs
import supervised
from waiting import wait_until

EXAMPLES = supervised.ROOT / "examples"
# The packages that it needs, and the folders that its Dockerfile creates.
NEEDS = {
    "nginx-php": (["nginx", "php-fpm8.2"], ""),
    "django": (["redis-server", "python3"], "install -d -o redis -g redis /run/redis"),
    "cron": (["cron"], ""),
    "sshd": (["sshd", "ssh-keygen"], "install -d /run/sshd"),
}
#: Tested elsewhere: test_example.py, test_compose_example.py, test_kubernetes.py, test_observability.py, test_stack_example.py.
OTHERS = {"web", "compose", "kubernetes", "observability", "stack"}
# As in the images: programs of other users can't run what only root may read.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
each = pytest.mark.parametrize("name", sorted(NEEDS))


def absent(name):
    return [program for program in NEEDS[name][0] if not shutil.which(program, path=PATH)]


def test_each_is_tested():
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders == {*NEEDS, *OTHERS}
    for name in NEEDS:
        assert {"supervisord.conf", "Dockerfile", "Dockerfile.before", "README.md"} <= {
            path.name for path in (EXAMPLES / name).iterdir()}


@each
def test_the_dockerfiles_differ_in_the_supervisor_only(name):
    before, after = ((EXAMPLES / name / file).read_text().splitlines() for file in ("Dockerfile.before", "Dockerfile"))
    wanted = [re.sub(r" supervisor(?= |$)", "", line).replace('["supervisord"', '["init"') for line in before[1:]]
    copy = "COPY --from=reeve /init /ctl /usr/local/bin/"
    assert [line for line in after[1:] if line != copy] == wanted and after.count(copy) == 1
    # The files that it copies exist.
    for line in after:
        if line.startswith("COPY ") and line != copy:
            assert all((EXAMPLES / name / file).exists() for file in line.split()[1:-1]), line


@each
def test_both_take_the_configuration(name):
    if absent(name):
        pytest.skip(f"not installed: {', '.join(absent(name))}")
    path = EXAMPLES / name / "supervisord.conf"
    done = subprocess.run([supervised.DIST / "init", "--check", "-c", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "warning: " not in done.stdout and not done.stderr, done
    code = f"from supervisor.options import ServerOptions; ServerOptions().realize(['-c', {str(path)!r}], doc='')"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done


class Example:
    """A running example with its own namespaces, including the network, so its ports are free."""

    def __init__(self, name, folder):
        self.configuration = EXAMPLES / name / "supervisord.conf"
        self.said_path = folder / "said"
        self.mark = f"REEVE_TEST={uuid.uuid4()}"
        lines = ["mount -t tmpfs -o mode=755 tmpfs /run", "mount -t tmpfs -o mode=755 tmpfs /srv", "ip link set lo up", NEEDS[name][1]]
        if name == "nginx-php":
            lines.append(f"install -D -m 644 {EXAMPLES}/{name}/index.php /srv/www/index.php")
        lines.append(f"exec {supervised.DIST}/init -c {self.configuration}")
        key, _, value = self.mark.partition("=")
        with open(self.said_path, "wb") as said:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc", "--kill-child", "sh", "-ec", "\n".join(lines)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, "PATH": PATH, key: value})
        self.pid = wait_until(lambda: next(iter(procfs.children(self.process.pid)), None))

    def said(self):
        return self.said_path.read_text(errors="replace")

    def run(self, *words):
        return subprocess.run(
            ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--wd", *map(str, words)],
            capture_output=True, text=True, timeout=60).stdout

    def wait_output(self, text, *words, timeout=60):
        wait_until(lambda: text in self.run(*words), timeout, what=lambda: f"{text!r}: {self.run(*words)}; {self.said()}", poll=0.1)

    def wait_running(self):
        def running():
            lines = self.run(supervised.DIST / "ctl", "-c", self.configuration, "status").splitlines()
            return lines and all(" RUNNING " in line for line in lines)
        wait_until(running, 30, what=self.said)

    def stop(self):
        os.kill(self.pid, 15)
        assert self.process.wait(60) == 0, self.said()
        assert "terminated by SIGKILL" not in self.said()

    def kill(self):
        self.process.kill()
        self.process.wait(60)


@pytest.fixture
def example(folder):
    running = []

    def begin(name):
        if os.getuid() != 0:
            pytest.skip("users and namespaces take root")
        if absent(name):
            pytest.skip(f"not installed: {', '.join(absent(name))}")
        running.append(Example(name, folder))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


def test_nginx_and_php(example):
    run = example("nginx-php")
    run.wait_running()
    run.wait_output("answers", "curl", "-s", "http://127.0.0.1:8080/")
    run.stop()


def test_web_worker_beat_and_redis(example):
    run = example("django")
    run.wait_running()
    wait_until(lambda: run.said().count(" are done") >= 2, 30, what=run.said)
    run.wait_output(" jobs are done", "curl", "-s", "http://127.0.0.1:8000/")
    run.stop()


def test_cron(example):
    run = example("cron")
    run.wait_running()
    run.stop()


def test_sshd(example):
    run = example("sshd")
    run.wait_running()
    run.wait_output(" ssh-ed25519 ", "ssh-keyscan", "-p", "2222", "127.0.0.1")
    run.stop()


@pytest.mark.parametrize("name", [*sorted(NEEDS), "compose"])
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the pages have the sizes for x86-64")
def test_the_sizes_of_the_executables_are_todays(name):
    both, gateway = re.search(r"take ([\d.]+) MB of it.*adds ([\d.]+) MB", (EXAMPLES / name / "README.md").read_text()).groups()
    size = {program: (supervised.DIST / program).stat().st_size / 1e6 for program in ("init", "ctl", "gateway")}
    assert float(both) == pytest.approx(size["init"] + size["ctl"], abs=0.1)
    assert float(gateway) == pytest.approx(size["gateway"], abs=0.2)
