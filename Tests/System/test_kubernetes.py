"""examples/kubernetes: the manifests follow the schema, and what they run works as they run it, with the probes and hooks that they name."""

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

import kubernetes_validate
import pytest
import yaml

import procfs
from ports import free_port
from supervised import DIST, ROOT
from waiting import wait_until

FOLDER = ROOT / "examples" / "kubernetes"
MANIFESTS = ["deployment.yaml", "service.yaml", "job.yaml"]
#: The oldest version whose sidecars need no feature gate, and a recent one.
VERSIONS = ["1.29", "1.34"]
USER = 10001


def manifest(name):
    return yaml.safe_load((FOLDER / name).read_text())


DEPLOYMENT = manifest("deployment.yaml")["spec"]["template"]["spec"]
CONTAINER = DEPLOYMENT["containers"][0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_follows_the_schema(name, version):
    kubernetes_validate.validate(manifest(name), version, strict=True)


def test_a_mistake_is_found():
    wrong = manifest("deployment.yaml")
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_everything_is_there():
    kustomization = manifest("kustomization.yaml")
    assert kustomization["resources"] == MANIFESTS
    made = {one["name"] for one in [*kustomization["configMapGenerator"], *kustomization["secretGenerator"]]}
    used = set()
    for spec in (DEPLOYMENT, manifest("job.yaml")["spec"]["template"]["spec"]):
        volumes = {volume["name"] for volume in spec["volumes"]}
        for volume in spec["volumes"]:
            used |= {volume.get("configMap", {}).get("name"), volume.get("secret", {}).get("secretName")} - {None}
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes
            security = container["securityContext"]
            assert security == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert used == made
    for file in kustomization["configMapGenerator"][0]["files"]:
        assert (FOLDER / file).exists()


def test_the_times_fit():
    budget = int(re.search(r"^shutdown_timeout=(\d+)", (FOLDER / "supervisord.conf").read_text(), re.M)[1])
    drain = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][-1].removeprefix("--for="))
    assert drain + budget < DEPLOYMENT["terminationGracePeriodSeconds"]
    page = (ROOT / "docs/guide/kubernetes.md").read_text()
    assert f"{DEPLOYMENT['terminationGracePeriodSeconds']}  >  {drain} + {budget}" in page


class Pod:
    """A container of the manifests: their user, no capability, a root file system that is read-only, and tmpfs at /run."""

    def __init__(self, folder, configuration, text=None, **replaced):
        text = text or (FOLDER / configuration).read_text()
        text = text.replace("/etc/", f"{folder}/etc/").replace("/app/", f"{FOLDER}/")
        for old, new in replaced.items():
            text = text.replace(old, str(new))
        self.configuration = folder / "etc" / configuration
        self.configuration.parent.mkdir(exist_ok=True)
        self.configuration.write_text(text.replace("/dev/termination-log", "/run/termination-log"))
        self.said = folder / "said"
        script = ('mount -t tmpfs -o mode=1777 none /run && mount -o remount,bind,ro / && exec setpriv --reuid=%d --regid=%d'
                  ' --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$0" "$@"' % (USER, USER))
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--mount", "--kill-child", "sh", "-c", script, DIST / "init", "-c", self.configuration],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def pid(self):
        return wait_until(lambda: next((pid for pid in procfs.children(self.process.pid) if procfs.cmdline(pid)[:1] == [str(DIST / "init")]), None))

    def begin(self, command):
        """A command of a manifest, as the kubelet runs it."""
        words = [str(self.configuration) if word.startswith("/etc/supervisor/") else word for word in command]
        assert words[0] == "ctl"
        return subprocess.Popen(
            ["nsenter", "--target", str(self.pid), "--mount", "--pid", "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
             "--", DIST / "ctl", *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, command):
        running = self.begin(command)
        out, _ = running.communicate(timeout=60)
        return running.returncode, out

    def text(self):
        return self.said.read_text(errors="replace")


def answer(port, path):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def place(folder):
    """What the volumes hold, which any user may read."""
    folder.chmod(0o755)
    for name, file, text in (("reeve", "password", "change-me"), ("worker", "settings.json", '{"batch": 100}')):
        (folder / "etc" / name).mkdir(parents=True)
        (folder / "etc" / name / file).write_text(text)
    return folder


def test_the_deployment(place):
    web, reeve = free_port(), free_port()
    with Pod(place, "supervisord.conf", **{"8080": web, "9001": reeve, "/srv": FOLDER}) as pod:
        startup = CONTAINER["startupProbe"]["exec"]["command"]
        wait_until(lambda: pod.run(startup)[0] == 0, what=lambda: pod.text())
        live, ready = (CONTAINER[f"{probe}Probe"]["httpGet"]["path"] for probe in ("liveness", "readiness"))
        assert answer(reeve, live) == 200 and answer(reeve, ready) == 200 and answer(reeve, "/api/v1/processes") == 401
        # The kubelet replaces a file of the ConfigMap.
        settings = place / "etc" / "worker" / "settings.json"
        (settings.parent / "new").write_text('{"batch": 7}')
        (settings.parent / "new").rename(settings)
        wait_until(lambda: "batches of 7" in pod.text(), what=lambda: pod.text())
        # The end of the pod: first its hook, then TERM.
        hook = pod.begin(CONTAINER["lifecycle"]["preStop"]["exec"]["command"])
        wait_until(lambda: answer(reeve, ready) == 503)
        assert answer(reeve, live) == 200 and answer(web, "/") == 200
        assert hook.wait(timeout=60) == 0
        os.kill(pod.pid, signal.SIGTERM)
        assert pod.process.wait(timeout=60) == 0, pod.text()


@pytest.mark.parametrize("broken, code", [(False, 0), (True, 127)])
def test_the_job(place, broken, code):
    replaced = {"python3": "/nosuch/python3"} if broken else {}
    with Pod(place, "jobs.conf", **replaced) as pod:
        assert pod.process.wait(timeout=60) == code, pod.text()
        said = pod.text()
        if not broken:
            assert said.index("migrated") < said.index("imported")
    rules = manifest("job.yaml")["spec"]["podFailurePolicy"]["rules"]
    assert not broken or code in rules[0]["onExitCodes"]["values"]


def test_the_guide(place):
    """The configuration that opens it: a program that can't be kept running ends the container, and the log says which."""
    text = re.search(r"```ini\n(.*?)```", (ROOT / "docs/guide/kubernetes.md").read_text(), re.S)[1]
    text = text.replace("/tmp/reeve.sock", "/run/reeve.sock").replace("\nlogfile=", "\npidfile=/run/pid\nchildlogdir=/run\nlogfile=", 1)
    with Pod(place, "guide.conf", text) as pod:
        wait_until(lambda: pod.run(["ctl", "-c", "/etc/supervisor/guide.conf", "health"]) == (0, "ready\n"), what=lambda: pod.text())
        os.kill(pod.pid, signal.SIGTERM)
        assert pod.process.wait(timeout=60) == 0
    text = text.replace("command=sleep 1000", "command=/nosuch")
    with Pod(place, "guide.conf", text) as pod:
        assert pod.process.wait(timeout=60) == 127
        assert "web is FATAL" in pod.text()
