"""The workflows of GitHub, as far as they can run elsewhere.

They are what GitHub's schema takes. The steps of a release run in their order on executables of this build, with
stand-ins for the programs that reach a registry or GitHub; those note how they were called.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from supervised import DIST, ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
VERSION = re.search(r'number = "(.*)"', (ROOT / "Sources/Supervise/Vocabulary/Version.swift").read_text())[1]
TOKEN = "a token"
DIGEST = f"sha256:{'1' * 64}"
#: docker, cosign and gh. What they would make is made; what they are given has to be there.
STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
call = {{"program": name, "words": words}}
def after(option):
    return pathlib.Path(words[words.index(option) + 1])
if words[0] == "login":
    call["token"] = sys.stdin.read()
elif words[:2] == ["buildx", "build"]:
    call["files"] = sorted(str(path.relative_to(words[-1])) for path in pathlib.Path(words[-1]).rglob("*") if path.is_file())
    after("--metadata-file").write_text(json.dumps({{"containerimage.digest": "{DIGEST}"}}))
elif words[0] == "sign-blob":
    pathlib.Path(words[-1]).read_bytes()
    after("--bundle").write_text("signed")
elif words[0] == "release":
    call["notes"] = after("--notes-file").read_text()
    files = words[words.index("--") + 1:]
    assert all(pathlib.Path(file).is_file() for file in files), files
with open(os.environ["CALLS"], "a") as calls:
    print(json.dumps(call), file=calls)
"""


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_github_would_take_it(path):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_github_would_not_take_is_found(tmp_path):
    (tmp_path / "x.yml").write_text(WORKFLOWS[0].read_text().replace("runs-on:", "runs_on:"))
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", tmp_path / "x.yml"], capture_output=True)
    assert done.returncode == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_it_runs_of_others_is_pinned(path):
    used = re.findall(r"uses: (\S+)", path.read_text())
    assert used and all(re.search(r"@[0-9a-f]{40}$", name) or name.startswith("./") for name in used)
    assert all((ROOT / name).is_file() for name in used if name.startswith("./"))


def test_nothing_is_published_that_was_not_tested():
    jobs = workflow("publish.yml")["jobs"]
    assert [jobs["release"]["needs"], jobs["rebuild"]["needs"], jobs["test"]["needs"]] == ["rebuild", "test", "version"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"


class Run:
    """Runs the steps of a job as GitHub would."""

    def __init__(self, folder, tag):
        self.repository, self.tag, self.log = folder / "repository", tag, folder / "calls"
        shutil.copytree(ROOT, self.repository, symlinks=True, ignore=lambda path, _: {".build", "dist"} if pathlib.Path(path) == ROOT else ())
        programs = folder / "bin"
        programs.mkdir()
        for name in ("docker", "cosign", "gh"):
            (programs / name).write_text(STAND_IN)
            (programs / name).chmod(0o755)
        self.environment = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(self.log), "GITHUB_REF_NAME": tag,
            "GITHUB_REPOSITORY": "Owner/Reeve", "GITHUB_ACTOR": "owner"}

    def value(self, text):
        """Of the expressions that the workflow has."""
        return text.replace("${{ github.ref_name }}", self.tag).replace("${{ secrets.GITHUB_TOKEN }}", TOKEN)

    def job(self, job):
        """The exit code of the last step that ran."""
        code = 0
        for step in job["steps"]:
            if "run" not in step or code != 0:
                continue
            extra = {name: self.value(text) for name, text in {**job.get("env", {}), **step.get("env", {})}.items()}
            assert "${{" not in step["run"] + "".join(extra.values())
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]], cwd=self.repository, env={**self.environment, **extra}, capture_output=True, text=True)
            code, self.said = done.returncode, done.stdout + done.stderr
        return code

    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.mark.parametrize("tag, code", [(f"v{VERSION}", 0), ("v99.0.0", 1)])
def test_only_a_version_with_its_changes_is_published(tmp_path, tag, code):
    assert Run(tmp_path, tag).job(workflow("publish.yml")["jobs"]["version"]) == code


@pytest.mark.skipif(not (DIST / "components" / "gateway").exists(), reason="dist/ has no gateway: make release gateway")
@pytest.mark.skipif(not (DIST / "arm64" / "components" / "init").exists(), reason="dist/arm64 is missing: make release ARCH=arm64")
@pytest.mark.skipif(shutil.which("dpkg-deb") is None or shutil.which("jq") is None, reason="dpkg-deb or jq is not installed")
def test_a_release(tmp_path):
    run = Run(tmp_path, f"v{VERSION}")
    for name, build in (("reeve-x86-64", DIST), ("reeve-arm64", DIST / "arm64")):
        target = run.repository / "builds" / name
        shutil.copytree(build, target, ignore=shutil.ignore_patterns("arm64", "packages"))
        # As artifacts come back: without modes, and with files in place of links.
        for path in target.rglob("*"):
            if path.is_file():
                path.chmod(0o644)
    assert run.job(workflow("publish.yml")["jobs"]["release"]) == 0, run.said
    login, create, build, sign, blob, release = run.calls()
    assert login["token"] == f"{TOKEN}\n" and login["words"] == ["login", "ghcr.io", "--username", "owner", "--password-stdin"]
    assert create["words"][:2] == ["buildx", "create"]
    tags = [word for option, word in zip(build["words"], build["words"][1:]) if option == "--tag"]
    assert tags == [f"ghcr.io/owner/reeve:{VERSION}", "ghcr.io/owner/reeve:latest"]
    assert "linux/amd64,linux/arm64" in build["words"]
    assert {"Dockerfile", "amd64/init", "amd64/ctl", "amd64/gateway", "arm64/init", "arm64/ctl"} <= set(build["files"])
    assert sign["words"] == ["sign", "--yes", "--recursive", f"ghcr.io/owner/reeve@{DIGEST}"]
    assert blob["words"][-1] == "release/SHA256SUMS"
    words = release["words"]
    assert words[:3] == ["release", "create", f"v{VERSION}"] and "--verify-tag" in words
    published = {pathlib.Path(word).name for word in words[words.index("--") + 1:]}
    sums = {line.split()[1] for line in (run.repository / "release" / "SHA256SUMS").read_text().splitlines()}
    assert published == sums | {"SHA256SUMS", "SHA256SUMS.sigstore.json"}
    assert {f"init-{VERSION}-linux-amd64", f"reeve-{VERSION}-linux-arm64.tar.gz", f"reeve_{VERSION}-1_amd64.deb"} <= published
    assert f"## [{VERSION}]" not in release["notes"] and release["notes"].strip()
