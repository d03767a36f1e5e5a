"""What `make dist` packs: the same bytes each time, complete, and accepted by those who read it."""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

import boxes
from supervised import DIST, ROOT
from waiting import wait_until

#: Folders with executables, by architecture.
BUILDS = {name: folder for name, folder in (("amd64", DIST), ("arm64", DIST / "arm64")) if (folder / "components" / "init").exists()}
if os.uname().machine == "aarch64":
    BUILDS = {"arm64": DIST}
HERE = next(iter(BUILDS), "amd64")
GATEWAY = (DIST / "components" / "gateway").exists()

pytestmark = [
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed"),
    pytest.mark.skipif(not GATEWAY, reason="dist/ has no record of what is linked: make release gateway"),
]


def pack_twice(folder):
    """Packs into two folders, under circumstances that must not matter."""
    folder.mkdir()
    circumstances = [
        {"cwd": ROOT, "umask": 0o022, "env": {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}},
        {"cwd": folder, "umask": 0o077, "env": {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}}]
    running = []
    for number, options in enumerate(circumstances):
        # The second packs copies with other times.
        builds = list(BUILDS.values())
        if number == 1:
            builds = [pathlib.Path(shutil.copytree(build, folder / f"build-{name}", symlinks=True,
                                                   ignore=shutil.ignore_patterns("debug", "arm64", "packages"), copy_function=shutil.copy))
                      for name, build in BUILDS.items()]
        command = [sys.executable, "-B", ROOT / "scripts" / "dist", "--output", folder / str(number) / "packages", *builds]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options))
    for one in running:
        said, _ = one.communicate(timeout=300)
        assert one.returncode == 0, said


@pytest.fixture(scope="session")
def both(tmp_path_factory, worker_id):
    """The two folders; all processes of a test run share them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "packed-twice"
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            pack_twice(folder)
    return folder / "0" / "packages", folder / "1" / "packages"


@pytest.fixture(scope="session")
def packages(both):
    return both[0]


def test_the_same_bytes_each_time(both):
    first, second = ({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} for folder in both)
    assert len(first) > 6
    assert first == second


def test_the_checksums_are_those_of_all_files(packages):
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=packages, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(list(packages.iterdir())) - 1


def version():
    return re.search(r'number = "(.*)"', (ROOT / "Sources/Supervise/Vocabulary/Version.swift").read_text())[1]


@pytest.mark.parametrize("architecture", BUILDS)
def test_the_archive_is_for_usr_local(packages, architecture, tmp_path):
    name = f"reeve-{version()}-linux-{architecture}.tar.gz"
    subprocess.run(["tar", "-xzf", packages / name, "-C", tmp_path, "--strip-components=1"], check=True)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_dir()}
    executables = [name for name in ("init", "ctl", "gateway") if (BUILDS[architecture] / name).exists()]
    assert {f"bin/{name}" for name in (*executables, "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy")} <= found
    assert {"share/man/man8/init.8", "share/man/man1/ctl.1", "share/man/man5/reeve.conf.5", "share/bash-completion/completions/ctl",
            "share/zsh/site-functions/_ctl", "share/fish/vendor_completions.d/ctl.fish", "share/doc/reeve/LICENSE",
            "share/doc/reeve/README.md", "share/doc/reeve/reeve.spdx.json"} <= found
    for name in executables:
        assert (tmp_path / "bin" / name).read_bytes() == (BUILDS[architecture] / name).read_bytes()
        assert (tmp_path / "bin" / name).read_bytes() == (packages / f"{name}-{version()}-linux-{architecture}").read_bytes()
        assert os.access(tmp_path / "bin" / name, os.X_OK)
    if architecture == HERE:
        said = subprocess.run([tmp_path / "bin" / "supervisord", "--version"], capture_output=True, text=True, check=True).stdout
        assert said == "4.3.0\n"
    with tarfile.open(packages / f"reeve-{version()}-linux-{architecture}.tar.gz") as archive:
        members = archive.getmembers()
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert len({member.mtime for member in members}) == 1
    assert [member.name for member in members] == sorted(member.name for member in members)


@pytest.mark.parametrize("architecture", BUILDS)
def test_the_sbom_is_valid_and_names_what_is_linked(packages, architecture):
    path = packages / f"reeve-{version()}-linux-{architecture}.spdx.json"
    problems = validate_full_spdx_document(parse_file(str(path)))
    assert [problem.validation_message for problem in problems] == []
    document = json.loads(path.read_text())
    libraries = {package["SPDXID"]: f"{package['name']} {package['versionInfo']}" for package in document["packages"][1:]}
    for file in document["files"]:
        executable = BUILDS[architecture] / file["fileName"]
        linked = [libraries[link["relatedSpdxElement"]] for link in document["relationships"]
                  if (link["spdxElementId"], link["relationshipType"]) == (file["SPDXID"], "STATIC_LINK")]
        assert linked == (BUILDS[architecture] / "components" / executable.name).read_text().splitlines()
        digests = {digest["algorithm"]: digest["checksumValue"] for digest in file["checksums"]}
        assert digests["SHA256"] == hashlib.sha256(executable.read_bytes()).hexdigest()
    assert {"./init", "./ctl"} <= {file["fileName"] for file in document["files"]}


def test_the_record_is_that_of_the_installed_packages():
    """The versions are those of the libraries on this machine, which the executables were linked with; expat names its own."""
    recorded = dict(line.split() for line in (DIST / "components" / "gateway").read_text().splitlines())
    assert {"swift", "glibc", "libstdc++", "libgcc", "libcap", "expat", "swift-nio", "swift-atomics", "swift-collections"} == set(recorded)
    expat = re.match(r"[\d.]+", recorded["expat"])[0]
    assert f"expat_{expat}".encode() in (DIST / "gateway").read_bytes()
    pinned = dict(re.findall(r'apple/([\w-]+)\.git", exact: "([\d.]+)"', (ROOT / "Package.swift").read_text()))
    assert {name: version for name, version in recorded.items() if name in pinned}.items() <= pinned.items()
    assert dict(line.split() for line in (DIST / "components" / "init").read_text().splitlines()).keys() == {"swift", "musl", "libcap", "libgcc"}


@pytest.mark.parametrize("architecture", BUILDS)
def test_each_licence_is_in_the_archive(packages, architecture):
    with tarfile.open(packages / f"reeve-{version()}-linux-{architecture}.tar.gz") as archive:
        texts = {member.name.rpartition("/")[2]: archive.extractfile(member).read().decode() for member in archive
                 if "/licenses/" in member.name and member.isfile()}
    wanted = {"swift": "Runtime Library Exception", "musl": "Rich Felker", "libcap": "Andrew G. Morgan", "libgcc": "GCC RUNTIME LIBRARY EXCEPTION"}
    if (BUILDS[architecture] / "gateway").exists():
        wanted |= {"glibc": "LGPL-2.1", "LGPL-2.1": "GNU LESSER GENERAL PUBLIC LICENSE", "GPL-3": "GNU GENERAL PUBLIC LICENSE", "expat": "Expat maintainers",
                   "swift-nio": "Apache License", "swift-nio-notice": "llhttp", "swift-atomics": "Runtime Library Exception"}
    for name, words in wanted.items():
        assert words in texts[name], name


def test_a_build_without_its_record_is_refused(tmp_path):
    shutil.copytree(DIST, tmp_path / "build", symlinks=True, ignore=shutil.ignore_patterns("debug", "arm64", "packages"))
    (tmp_path / "build" / "components" / "ctl").unlink()
    done = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "dist", "--output", tmp_path / "out", tmp_path / "build"],
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert "components/ctl is missing" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("document", ["README.md", "docs/releasing.md"])
def test_the_documents_name_files_that_exist(packages, document):
    text = (ROOT / document).read_text()
    named = {name.rstrip(".") for name in re.findall(rf"\b(?:init|ctl|gateway|reeve[a-z-]*)[-_]{re.escape(version())}[\w.-]+", text)}
    assert len(named) > 4
    assert named <= {path.name for path in packages.iterdir()}
    # No other version is left over.
    assert set(re.findall(r"/v?(\d+\.\d+\.\d+)\b|reeve:(\d+\.\d+\.\d+)", text)) <= {(version(), ""), ("", version())}


def test_the_changelog_keeps_its_form():
    """Keep a Changelog's headings, and a link for each version."""
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.*)$", text, re.M)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", name) for name in versions[1:])
    assert set(re.findall(r"^### (.*)$", text, re.M)) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert re.findall(r"^\[(.*?)\]: \.\./\.\./(?:compare|releases)/", text, re.M) == [re.match(r"\[(.*?)\]", name)[1] for name in versions]


def test_the_notes_of_a_release_are_its_section():
    notes = ROOT / "scripts" / "distribution" / "notes"
    said = subprocess.run([sys.executable, notes, version()], capture_output=True, text=True, check=True).stdout
    assert said.strip() and f"## [{version()}]" not in said and "Unreleased" not in said
    done = subprocess.run([sys.executable, notes, "99.0.0"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.fixture
def context(packages, tmp_path):
    """What the image of a release is built from."""
    subprocess.run([ROOT / "scripts" / "distribution" / "image-context", packages, tmp_path / "context"], check=True)
    return tmp_path / "context"


#: What somebody has who follows README.
FILE = """
[unix_http_server]
file=/run/supervisor.sock
[supervisord]
nodaemon=true
logfile=/dev/stdout
logfile_maxbytes=0
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///run/supervisor.sock
[program:web]
command=sh -c 'echo it is served; exec sleep 1000'
"""


def dockerfile(part, packages):
    """A Dockerfile of README, with the files of this build in place of a release's; the second one is only the part that installs."""
    text = re.findall(r"^```dockerfile\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)[part]
    if part == 0:
        return text
    sums = dict(reversed(line.split()) for line in (packages / "SHA256SUMS").read_text().splitlines())
    text = re.sub(r"sha256:\.\.\.( \$\{RELEASE\}/(\S+))", lambda match: f"sha256:{sums[match[2].replace('amd64', HERE)]}{match[1]}", text)
    text = re.sub(r"RELEASE=https://github.com/OWNER/\S+", f"RELEASE=file://{packages}", text).replace("amd64", HERE)
    assert "..." not in text and "https:" not in text
    return f'FROM debian:bookworm-slim\n{text}COPY supervisord.conf /etc/supervisord.conf\nENTRYPOINT ["init", "-c", "/etc/supervisord.conf"]\n'


@pytest.mark.skipif(boxes.missing() is not None, reason=str(boxes.missing()))
@pytest.mark.parametrize("part", [0, 1], ids=["image", "executables"])
def test_the_dockerfiles_of_the_readme(packages, context, folder, part):
    (folder / "Dockerfile").write_text(dockerfile(part, packages))
    (folder / "supervisord.conf").write_text(FILE)
    box = boxes.Box(folder, boxes.Recipe(folder / "Dockerfile", image=context / HERE))
    try:
        wait_until(lambda: "RUNNING" in box.run("ctl", "status"), what=box.said)
        wait_until(lambda: "it is served" in box.run("ctl", "tail", "web"), what=lambda: box.run("ctl", "tail", "web"))
        before = box.program("web")
        assert "web: started" in box.run("ctl", "restart", "web")
        assert box.program("web") != before
        box.stop()
    finally:
        box.kill()


@pytest.mark.parametrize("architecture", BUILDS)
def test_the_context_of_the_image_has_the_executables(context, architecture):
    executables = {name for name in ("init", "ctl", "gateway") if (BUILDS[architecture] / name).exists()}
    assert {path.name for path in (context / architecture).iterdir()} == executables | {
        "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"}
    for name in executables:
        assert (context / architecture / name).read_bytes() == (BUILDS[architecture] / name).read_bytes()


@pytest.mark.skipif(shutil.which("buildah") is None or os.getuid() != 0, reason="needs buildah, and root")
@pytest.mark.parametrize("architecture", BUILDS)
def test_the_image_of_a_release(context, architecture, tmp_path):
    storage = ["buildah", "--root", tmp_path / "root", "--runroot", tmp_path / "run", "--storage-driver", "vfs"]
    archive = tmp_path / "image.tar"
    for words in (["bud", "--isolation=chroot", "--platform", f"linux/{architecture}", "-t", "reeve", context],
                  ["push", "-q", "reeve", f"docker-archive:{archive}:reeve:latest"]):
        done = subprocess.run([*storage, *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(archive) as image:
        manifest = json.load(image.extractfile("manifest.json"))[0]
        settings = json.load(image.extractfile(manifest["Config"]))
        found = set()
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                found |= {file.name.strip("/") for file in files if not file.isdir()}
    assert found == {path.name for path in (context / architecture).iterdir()}
    assert settings["architecture"] == architecture
    assert settings["config"]["Entrypoint"] == ["/init"]
