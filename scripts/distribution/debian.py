"""Debian packages: reeve, reeve-gateway, and reeve-supervisor-compat with supervisord's names.

The executables are in /usr/lib/reeve, since `gateway` must be beside `init` and is no command; /usr/bin has links.
"""

import email.utils
import hashlib
import re
import textwrap

from . import archives
from .parts import OLD_NAMES, ROOT

MAINTAINER = "Reeve maintainers <maintainers@reeve.invalid>"
#: Of the packages, behind the version of the software.
REVISION = "1"
#: Debian has them in /usr/share/common-licenses.
COMMON_LICENSES = ("GPL-3", "LGPL-2.1")
SUMMARIES = {
    "reeve": ("container init and process supervisor that speaks supervisord", """
        init runs as PID 1 of a container. It starts the programs of a supervisord.conf, restarts them when they die, writes their
        logs, reaps orphans, and stops everything in order. In front of a single command it does what tini and dumb-init do. ctl
        controls it, as supervisorctl does supervisord. Neither needs an interpreter or a shared library."""),
    "reeve-gateway": ("web page, REST, XML-RPC, probes and metrics for reeve", """
        The executable that init starts when a client connects to one of its HTTP servers, and that ctl uses to control
        supervisors over HTTP."""),
    "reeve-supervisor-compat": ("names of supervisord for reeve", """
        Links from supervisord, supervisorctl, echo_supervisord_conf and pidproxy to the executables of reeve, which accept the
        command lines and the configuration of those programs. Replaces the package supervisor."""),
}


def full(release):
    return f"{release.version}-{REVISION}"


def control(package, architecture, release, tree, **fields):
    size = sum((len(content) + 1023) // 1024 for content, _ in tree.files.values()) + len(tree.folders) + len(tree.links)
    summary, text = SUMMARIES[package]
    lines = {
        "Package": package, "Source": "reeve", "Version": full(release), "Architecture": architecture, "Maintainer": MAINTAINER,
        "Installed-Size": str(size), **{name.replace("_", "-"): value for name, value in fields.items()},
        "Section": "admin", "Priority": "optional",
        "Description": summary + "\n" + textwrap.indent(textwrap.fill(" ".join(text.split()), 78), " ")}
    sums = "".join(f"{hashlib.md5(content).hexdigest()}  {path}\n" for path, (content, _) in sorted(tree.files.items()))
    return {"control": "".join(f"{name}: {value}\n" for name, value in lines.items()), "md5sums": sums}


def changelog(release):
    date = email.utils.formatdate(release.time)
    return (f"reeve ({full(release)}) unstable; urgency=medium\n\n  * Version {release.version}: changelog.gz lists its changes.\n\n"
            f" -- {MAINTAINER}  {date}\n")


def copyright_file(build, executables):
    """In Debian's machine-readable form: the project's licence, then a paragraph for each linked component."""
    apache = "On Debian systems, the text is in /usr/share/common-licenses/Apache-2.0."
    lines = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/", "Upstream-Name: Reeve", "",
        "Files: *", "Copyright: 2026 the authors of Reeve", "License: Apache-2.0", f" {apache}"]
    if executables:
        lines += ["Comment:"]
        for component, version in build.components:
            if any((component, version) in build.linked[name] for name in executables):
                lines += [f" Contains {component.name} {version}, Copyright {component.holder},", f" under {component.licence}; see {component.home}."]
        lines += [" The folder licenses has the texts that came with them."]
    return "\n".join(lines) + "\n"


def documents(tree, package, build, release, executables):
    folder = f"usr/share/doc/{package}"
    tree.file(f"{folder}/copyright", copyright_file(build, executables))
    tree.compressed(f"{folder}/changelog.Debian", changelog(release))
    tree.compressed(f"{folder}/changelog", ROOT / "CHANGELOG.md")
    for name, path in build.texts(executables).items():
        if name not in COMMON_LICENSES:
            tree.compressed(f"{folder}/licenses/{name}", path)


def overrides(tree, package, *reasons):
    text = "".join(f"# {reason}\n{package}: {tag}\n" for tag, reason in [("initial-upload-closes-no-bugs *", FIRST), *reasons])
    tree.file(f"usr/share/lintian/overrides/{package}", text)


def man(tree, name, page, suffix=""):
    """`suffix` keeps the file apart from another package's page of the same name."""
    section = page[-1]
    tree.compressed(f"usr/share/man/man{section}/{name}.{section}{suffix}", ROOT / "man" / page)


STATIC = "It must start in images that have no shared libraries."
FIRST = "The packages aren't part of Debian, so no bug asked for them."


def reeve(build, release):
    tree = archives.Tree()
    for name in ("init", "ctl"):
        tree.file(f"usr/lib/reeve/{name}", build.folder / name, 0o755)
        tree.link(f"usr/bin/{name}", f"../lib/reeve/{name}")
    # sysvinit-core and systemd-sysv have pages of that name.
    man(tree, "init", "init.8", "reeve")
    man(tree, "ctl", "ctl.1")
    man(tree, "reeve.conf", "reeve.conf.5")
    tree.file("usr/share/bash-completion/completions/ctl", ROOT / "completions/ctl.bash")
    tree.file("usr/share/zsh/vendor-completions/_ctl", ROOT / "completions/_ctl")
    tree.file("usr/share/fish/vendor_completions.d/ctl.fish", ROOT / "completions/ctl.fish")
    documents(tree, "reeve", build, release, ("init", "ctl"))
    overrides(tree, "reeve", *((f"statically-linked-binary [usr/lib/reeve/{name}]", STATIC) for name in ("init", "ctl")))
    return control("reeve", build.architecture, release, tree, Recommends=f"reeve-gateway (= {full(release)})"), tree


def gateway(build, release):
    tree = archives.Tree()
    tree.file("usr/lib/reeve/gateway", build.folder / "gateway", 0o755)
    documents(tree, "reeve-gateway", build, release, ("gateway",))
    overrides(tree, "reeve-gateway", *((f"{tag} [usr/lib/reeve/gateway]", STATIC) for tag in ("statically-linked-binary", "embedded-library expat")))
    return control("reeve-gateway", build.architecture, release, tree, Depends=f"reeve (= {full(release)})"), tree


def compat(build, release):
    package = "reeve-supervisor-compat"
    tree = archives.Tree()
    for name, target in OLD_NAMES.items():
        tree.link(f"usr/bin/{name}", f"../lib/reeve/{target}")
        page = {"init": "../man8/init.8reeve.gz", "ctl": "ctl.1.gz"}[target]
        tree.link(f"usr/share/man/man1/{name}.1.gz", page)
    tree.link("usr/share/bash-completion/completions/supervisorctl", "ctl")
    tree.link("usr/share/fish/vendor_completions.d/supervisorctl.fish", "ctl.fish")
    documents(tree, package, build, release, ())
    overrides(tree, package)
    speaks = re.search(r'supervisord = "([^"]+)"', (ROOT / "Sources/Supervise/Vocabulary/Version.swift").read_text())[1]
    return control(
        package, "all", release, tree, Depends=f"reeve (= {full(release)})", Recommends=f"reeve-gateway (= {full(release)})",
        Provides=f"supervisor (= {speaks})", Conflicts="supervisor", Replaces="supervisor"), tree


def write(build, release, folder):
    """Returns the paths of the packages."""
    packages = {"reeve": reeve, "reeve-supervisor-compat": compat}
    if "gateway" in build.executables:
        packages["reeve-gateway"] = gateway
    written = []
    for name, make in packages.items():
        texts, tree = make(build, release)
        architecture = re.search(r"^Architecture: (.*)$", texts["control"], re.M)[1]
        written.append(folder / f"{name}_{full(release)}_{architecture}.deb")
        archives.deb(written[-1], texts, tree, release.time)
    return written
