"""The help of the executables in dist/ and docs/keys.md, as data.

The man pages and the completions are generated from it, so they can't contradict the executables.
"""

import dataclasses
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def said(program, *arguments):
    """The output of an executable of dist/ that is called by its bare name."""
    return subprocess.run(
        [program, *arguments], executable=ROOT / "dist" / program, capture_output=True, text=True, check=True).stdout


@dataclasses.dataclass
class Option:
    short: str
    long: str
    value: str
    text: str

    @property
    def spellings(self):
        return [spelling for spelling in (self.short, self.long) if spelling]


def options(text):
    """The options in the text of a help."""
    found = []
    for line in text.splitlines():
        match = re.match(r" *(-\S.*?)  +(\S.*)", line)
        if not match:
            continue
        short = re.search(r"(?<![\w-])-(\w)\b", match[1])
        long = re.search(r"--[\w-]+", match[1])
        value = re.search(r" ([A-Z:]+)$", match[1])
        found.append(Option(f"-{short[1]}" if short else "", long[0] if long else "", value[1] if value else "", match[2]))
    return found


@dataclasses.dataclass
class Action:
    name: str
    """(usage, explanation)"""
    usages: list

    @property
    def forms(self):
        return " ".join(form for form, _ in self.usages)

    @property
    def flags(self):
        """The action's own options; `--for=` has the sign because a value follows."""
        found = []
        for flag in re.findall(r"(?<![\w-])(--?[a-z][\w-]*=?)", self.forms):
            if flag not in found:
                found.append(flag)
        return found

    @property
    def subject(self):
        """What its arguments name: nothing, new groups, groups, one program, programs, or programs and patterns of groups."""
        if self.name == "add":
            return "new"
        if "NAME" not in self.forms:
            return "groups" if "GROUP" in self.forms else "nothing"
        if "..." not in self.forms:
            return "one"
        return "patterns" if "GROUP:*" in self.forms else "programs"

    @property
    def takes_all(self):
        return bool(re.search(r"\ball\b(?! *\])", self.forms.replace("-n LINES|all", "")))


def ctl():
    """(options, actions) of ctl."""
    text = said("ctl", "-h")
    before, after = text.split("\nActions:\n")
    actions = {}
    for line in after.splitlines():
        match = re.match(r"  (\S.*?)  +(\S.*)", line)
        if match:
            name = match[1].split()[0]
            actions.setdefault(name, Action(name, [])).usages.append((match[1], match[2]))
    return options(before), list(actions.values())


STATES = ["stopped", "starting", "running", "backoff", "stopping", "exited", "fatal", "unknown"]
SIGNALS = "HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH".split()


def write(files):
    """Writes {path: text}. With --check, only reports the files that differ, and exits with 1 if there are any."""
    stale = []
    for path, text in files.items():
        path = ROOT / path
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if "--check" in sys.argv and stale:
        sys.exit(f"out of date: {' '.join(stale)}; run `make man`")
    for name in stale:
        print(f"wrote {name}")
