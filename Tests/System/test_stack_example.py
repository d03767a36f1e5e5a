"""examples/stack: Reeve beside other services under Docker Compose. The files follow the Compose specification, and the
container's programs, its HEALTHCHECK and what depends on it work as they run them.

compose-spec.json is schema/compose-spec.json of https://github.com/compose-spec/compose-spec at 170098ba07d9 (Apache 2.0).
"""

import base64
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

import jsonschema
import pytest
import yaml

from ports import free_port
from supervised import ROOT
from test_kubernetes import Pod
from waiting import wait_until

FOLDER = ROOT / "examples" / "stack"
SCHEMA = jsonschema.Draft7Validator(json.loads(pathlib.Path(__file__).with_name("compose-spec.json").read_text()))
FILE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = FILE["services"]
APP = SERVICES["app"]
PATH = f"{os.environ['PATH']}:/usr/sbin"


def compose_files():
    return sorted((ROOT / "examples").rglob("compose.yaml"))


@pytest.mark.parametrize("path", compose_files(), ids=lambda path: path.parent.name)
def test_it_follows_the_specification(path):
    SCHEMA.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("wrong", [{"test": "ctl health", "intervall": "10s"}, {"test": ["CMD", 1]}, {"interval": 10, "retries": []}])
def test_a_mistake_is_found(wrong):
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate({**FILE, "services": {**SERVICES, "app": {**APP, "healthcheck": wrong}}})


@pytest.mark.parametrize("path", compose_files(), ids=lambda path: path.parent.name)
def test_who_waits_for_health_waits_for_a_check(path):
    services = yaml.safe_load(path.read_text())["services"]
    edges = [(name, other, edge) for name, service in services.items() if isinstance(service.get("depends_on"), dict)
             for other, edge in service["depends_on"].items()]
    assert any(edge["condition"] == "service_healthy" for _, _, edge in edges)
    for name, other, edge in edges:
        assert other in services and (edge["condition"] != "service_healthy" or services[other]["healthcheck"]["test"][0] == "CMD"), name


def test_everything_is_there():
    for kind in ("configs", "secrets"):
        used = {one if isinstance(one, str) else one["source"] for service in SERVICES.values() for one in service.get(kind, [])}
        assert used == set(FILE[kind])
        assert all("content" in one or (FOLDER / one["file"]).exists() for one in FILE[kind].values())
    assert set(re.findall(r"\]\((\w[\w.]*)\)", (FOLDER / "README.md").read_text())) == {path.name for path in FOLDER.iterdir()} - {"README.md"}


def test_the_image_has_the_same_check():
    words = shlex.split(re.search(r"^HEALTHCHECK (.*?) CMD ", (FOLDER / "Dockerfile").read_text(), re.M)[1])
    options = {key.removeprefix("--").replace("-", "_"): value for key, value in (word.split("=") for word in words)}
    command = json.loads(re.search(r"^HEALTHCHECK .*? CMD (.*)", (FOLDER / "Dockerfile").read_text(), re.M)[1])
    assert {"test": ["CMD", *command], **options} == {key: value if key == "test" else str(value) for key, value in APP["healthcheck"].items()}
    assert APP["healthcheck"]["test"][0] == "CMD", "without a shell"


def test_the_times_fit():
    budget = int(re.search(r"^shutdown_timeout=(\d+)", (FOLDER / "supervisord.conf").read_text(), re.M)[1])
    assert budget < int(APP["stop_grace_period"].removesuffix("s"))


@pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus is not installed")
def test_prometheus_takes_its_configuration(folder):
    (folder / "alerts.yml").write_text((FOLDER / FILE["configs"]["alerts"]["file"]).read_text())
    text = FILE["configs"]["prometheus"]["content"].replace("/run/secrets/reeve", str(FOLDER / "password"))
    (folder / "prometheus.yml").write_text(text)
    done = subprocess.run(["promtool", "check", "config", folder / "prometheus.yml"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "1 rule files found" in done.stdout, done


# -- what runs

def check_of(pod):
    """(exit code, output) of the HEALTHCHECK, run as Docker does: in the container, as its user, without a shell."""
    return pod.run(APP["healthcheck"]["test"][1:])


def get(port, path="/", password=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if password:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"prometheus:{password}".encode()).decode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


class Beside:
    """The services cache and proxy, without containers."""

    def __init__(self, folder, cache, app):
        self.folder, self.cache, self.app, self.running = folder, cache, app, []
        self.proxy_port = free_port()

    def start_cache(self):
        words = SERVICES["cache"]["command"]
        self.running.append(subprocess.Popen([*words, "--port", str(self.cache), "--dir", self.folder], stdout=subprocess.DEVNULL))
        _, command, *words = SERVICES["cache"]["healthcheck"]["test"]
        wait_until(lambda: subprocess.run([command, "-p", str(self.cache), *words], capture_output=True, timeout=30).stdout == b"PONG\n")

    def start_proxy(self):
        server = FILE["configs"]["proxy"]["content"].replace("listen 80", f"listen 127.0.0.1:{self.proxy_port}").replace("app:8000", f"127.0.0.1:{self.app}")
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.log; events {{ }}\nhttp {{ access_log off;\n{server} }}\n")
        self.running.append(subprocess.Popen([shutil.which("nginx", path=PATH), "-c", self.folder / "nginx.conf"]))

    def end(self):
        for process in reversed(self.running):
            process.terminate()
            process.wait(60)


@pytest.mark.skipif(os.getuid() != 0, reason="namespaces and users take root")
@pytest.mark.skipif(not (shutil.which("redis-server") and shutil.which("nginx", path=PATH)), reason="redis or nginx is not installed")
def test_it_works(folder):
    web, reeve, cache = free_port(), free_port(), free_port()
    folder.chmod(0o755)
    (folder / "etc").mkdir()
    text = (FOLDER / "supervisord.conf").read_text().replace("8000", str(web)).replace("9001", str(reeve)).replace("interval=5s", "interval=0.2s")
    text = text.replace("/run/secrets/reeve", str(FOLDER / "password")).replace("/srv/app/", f"{FOLDER}/")
    text = text.replace("[supervisord]\n", f"[supervisord]\nenvironment=REDIS=\"127.0.0.1:{cache}\"\n")
    beside = Beside(folder, cache, web)
    try:
        with Pod(folder, "supervisord.conf", text) as pod:
            # Compose wouldn't have started it without the cache, but a cache can end at any time.
            wait_until(lambda: "unhealthy" in pod.run(["ctl", "status"])[1], what=pod.text)
            code, said = check_of(pod)
            assert code == 1 and said.startswith("not ready: ") and "web" in said and "worker" in said, said
            beside.start_cache()
            wait_until(lambda: check_of(pod) == (0, "ready\n"), what=pod.text)
            # What depends on it starts now.
            beside.start_proxy()
            wait_until(lambda: int(get(beside.proxy_port).split()[0]) > 0, what=pod.text)
            assert 'reeve_program_healthy{group="web",program="web"} 1' in get(reeve, "/metrics", (FOLDER / "password").read_text().strip())
            with pytest.raises(urllib.error.HTTPError, match="401"):
                get(reeve, "/metrics")
            os.kill(pod.pid, signal.SIGTERM)
            assert pod.process.wait(timeout=60) == 0, pod.text()
    finally:
        beside.end()
