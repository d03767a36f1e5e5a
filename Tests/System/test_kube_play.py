"""examples/kubernetes as a pod of podman, with its own image: probes, hook, end and job are those of the manifests.

Nothing is pulled: images.py has the base. What podman 4.3 can't do is translated, each with its reason (`Play`).
"""

import base64
import contextlib
import json
import os
import subprocess
import uuid

import pytest
import yaml

import images
from test_kubernetes import CONTAINER, FOLDER, USER, manifest
from waiting import wait_until

REASON = images.missing()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")
#: Where podman has neither `catatonit` nor a registry, another image holds a pod's namespaces.
PAUSE = 'FROM {debian}\nENTRYPOINT ["sleep", "infinity"]\n'
#: A new emptyDir belongs to everybody in Kubernetes; podman's has the rights of the folder in the image.
OPEN = "FROM {shop}\nUSER 0\nRUN chmod 1777 /run /tmp\nUSER {user}\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The tags of the example's image and of the one that holds a pod."""
    folder = tmp_path_factory.mktemp("kube")
    tag = f"localhost/reeve-kube-{uuid.uuid4().hex[:8]}"

    def made(name, text):
        (folder / name).mkdir()
        (folder / name / "Dockerfile").write_text(text)
        return images.build(folder / name, f"{tag}-{name}")

    with images.one_at_a_time(), contextlib.ExitStack() as stack:
        reeve = stack.enter_context(images.reeve())
        for name in ("shop", "open", "pause"):
            stack.callback(images.podman, "rmi", "-f", f"{tag}-{name}", check=False)
        images.build(FOLDER, f"{tag}-shop", "--build-context", f"reeve=container-image://{reeve}", timeout=1200)
        yield made("open", OPEN.format(shop=f"{tag}-shop", user=USER)), made("pause", PAUSE.format(debian=images.DEBIAN))


class Play:
    """A pod of a manifest, with the ConfigMaps and the Secret that kustomize would make."""

    def __init__(self, folder, shop, name, change=lambda text: text):
        image, pause = shop
        #: In front of every name: podman's volumes, secrets and pods are the machine's.
        self.mark = f"reeve-{uuid.uuid4().hex[:8]}-"
        template = manifest(name)["spec"]["template"]
        spec = template["spec"]
        # podman 4.3 waits for the end of every init container, so there is no sidecar.
        spec.pop("initContainers", None)
        for volume in spec["volumes"]:
            volume["name"] = self.mark + volume["name"]
            if "configMap" in volume:
                volume["configMap"]["name"] = self.mark + volume["configMap"]["name"]
            if "secret" in volume:
                # Without `optional`, podman 4.3 crashes.
                volume["secret"] = {"secretName": self.mark + volume["secret"]["secretName"], "optional": False}
        container, = spec["containers"]
        container["image"] = image
        for mount in container["volumeMounts"]:
            mount["name"] = self.mark + mount["name"]
        # The pod has a network of its own, from which nothing is published.
        container.pop("ports", None)
        if "livenessProbe" in container:
            # For HTTP, podman runs curl in the container. docs/guide/kubernetes.md names the command that asks the same.
            container["livenessProbe"] = {"exec": {"command": [*CONTAINER["startupProbe"]["exec"]["command"], "--level=live"]}}
        # Neither a Deployment's copies nor a Job's attempts are podman's: a pod is played.
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{self.mark}pod"}, "spec": spec}
        self.container = f"{self.mark}pod-{container['name']}"
        documents, self.secrets = self.made(change)
        # Those of ConfigMaps and secrets have their names.
        self.volumes = [mount["name"] for mount in container["volumeMounts"]] + [one["metadata"]["name"] for one in documents]
        (folder / "pod.yaml").write_text(yaml.safe_dump_all([*documents, pod]))
        (folder / "containers.conf").write_text(f'{images.CONFIGURATION}[engine]\ninfra_image="{pause}"\ninfra_command=""\n')
        self.environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh",
             "podman", "kube", "play", "--network=none", str(folder / "pod.yaml")],
            capture_output=True, text=True, timeout=120, env=self.environment)
        # Without systemd it complains that it can't run probes by itself.
        assert done.returncode == 0 and "Error" not in done.stderr, done

    def made(self, change):
        kustomization = manifest("kustomization.yaml")
        documents, secrets = [], []
        for one in kustomization["configMapGenerator"]:
            data = {name: change((FOLDER / name).read_text()) for name in one.get("files", [])}
            data |= dict(literal.split("=", 1) for literal in one.get("literals", []))
            documents.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": self.mark + one["name"]}, "data": data})
        for one in kustomization["secretGenerator"]:
            literals = dict(literal.split("=", 1) for literal in one["literals"])
            secrets.append(self.mark + one["name"])
            documents.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secrets[-1]},
                              "data": {name: base64.b64encode(value.encode()).decode() for name, value in literals.items()}})
        return documents, secrets

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for words in (["pod", "rm", "-f", "-t", "0", f"{self.mark}pod"], ["volume", "rm", "-f", *self.volumes],
                      ["secret", "rm", *self.secrets]):
            self.podman(*words)

    def podman(self, *words):
        return images.podman(*words, check=False, env=self.environment)

    def run(self, *words):
        return self.podman("exec", self.container, *words)

    def begin(self, *words):
        return subprocess.Popen(["podman", "exec", self.container, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment)

    def logs(self):
        done = self.podman("logs", self.container)
        return done.stdout + done.stderr

    def code(self):
        """The exit code, once it has ended."""
        state = json.loads(self.podman("inspect", self.container).stdout)[0]["State"]
        return None if state["Running"] or state["Status"] not in ("exited", "stopped") else state["ExitCode"]

    def status(self, port, path):
        """The status of an answer over HTTP, asked in the pod."""
        done = self.run("python3", "-c", "import sys, urllib.error, urllib.request\n"
                        "try: print(urllib.request.urlopen(sys.argv[1], timeout=30).status)\n"
                        "except urllib.error.HTTPError as error: print(error.code)", f"http://127.0.0.1:{port}{path}")
        return int(done.stdout or 0)


def test_the_deployment(folder, shop):
    with Play(folder, shop, "deployment.yaml") as pod:
        wait_until(lambda: pod.run(*CONTAINER["startupProbe"]["exec"]["command"]).returncode == 0, what=pod.logs)
        assert pod.podman("healthcheck", "run", pod.container).returncode == 0
        ready, live = (CONTAINER[f"{probe}Probe"]["httpGet"]["path"] for probe in ("readiness", "liveness"))
        assert [pod.status(9001, path) for path in (ready, live, "/api/v1/processes")] == [200, 200, 401]
        assert pod.status(8080, "/") == 200
        # What the manifest restricts is restricted.
        kernel = dict(line.split(":\t") for line in pod.run("cat", "/proc/1/status").stdout.splitlines() if ":\t" in line)
        assert kernel["Name"] == "init" and kernel["Uid"].split() == [str(USER)] * 4
        assert int(kernel["CapBnd"], 16) == int(kernel["CapEff"], 16) == 0
        assert kernel["NoNewPrivs"] == "1" and kernel["Seccomp"] == "2"
        assert "Read-only file system" in pod.run("touch", "/srv/new").stderr
        # The end: first the hook, while everything still answers, then TERM.
        hook = pod.begin(*CONTAINER["lifecycle"]["preStop"]["exec"]["command"])
        wait_until(lambda: pod.status(9001, ready) == 503, what=pod.logs)
        assert pod.status(9001, live) == 200 and pod.status(8080, "/") == 200
        assert hook.wait(timeout=60) == 0, hook.stdout.read()
        grace = manifest("deployment.yaml")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert pod.podman("stop", "-t", grace, pod.container).returncode == 0
        assert pod.code() == 0, pod.logs()
        said = pod.logs()
        assert "batches of 100" in said and said.index("stopped: worker") < said.index("stopped: web"), said
        assert "SIGKILL" not in said, said


@pytest.mark.parametrize("broken, code", [(False, 0), (True, 127)])
def test_the_job(folder, shop, broken, code):
    with Play(folder, shop, "job.yaml", lambda text: text.replace("command=python3", "command=/nosuch/python3") if broken else text) as pod:
        assert wait_until(lambda: [ended for ended in [pod.code()] if ended is not None], what=pod.logs) == [code], pod.logs()
        said = pod.logs()
        assert broken or said.index("migrated") < said.index("imported")
