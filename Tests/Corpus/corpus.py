#!/usr/bin/env python3
"""The cases of the corpus, which README.md describes.

Usage: corpus.py answer [NAME...]    writes supervisord's answers to expected/NAME.json; the default is every case
without one
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONFIGURATIONS = HERE / "configurations"
EXPECTED = HERE / "expected"

#: The file that includes a fragment.
AROUND = """\
[unix_http_server]
file=/run/fragments.sock
[supervisord]
logfile=/var/log/fragments/main.log
childlogdir=/var/log/fragments
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = conf.d/*.conf
"""
ENVIRONMENT = {"HOME": "/home/oracle", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "USER": "oracle"}


def names():
    return sorted(path.name.removesuffix(".conf") for path in CONFIGURATIONS.glob("*.conf"))


class Case:
    """A configuration in its own folder below `stage`."""

    def __init__(self, name, stage):
        self.name, self.stage = name, pathlib.Path(stage)
        self.folder = self.stage / name
        self.path = self.folder / "supervisord.conf"
        source = CONFIGURATIONS / f"{name}.conf"
        self.folder.mkdir(parents=True)
        if name.endswith(".frag"):
            (self.folder / "conf.d").mkdir()
            shutil.copyfile(source, self.folder / "conf.d" / "fragment.conf")
            self.path.write_text(AROUND)
        else:
            shutil.copyfile(source, self.path)
        if (beside := CONFIGURATIONS / f"{name}.d").is_dir():
            shutil.copytree(beside, self.folder, dirs_exist_ok=True)

    @property
    def environment(self):
        """The complete environment for the program that reads the configuration."""
        named, given = set(), {}
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            text = path.read_text(errors="replace")
            named.update(re.findall(r"%\(ENV_([^()%\s]+)\)", text))
            given.update(re.findall(r"(?m)^;@env (\w+)=(.*?)\r?$", text))
        assumed = {name: f"{name}_VALUE" for name in named if not name.startswith("UNSET_")}
        return {**assumed, **ENVIRONMENT, **given}

    def masked(self, value):
        """The value without the folder, which differs between runs."""
        if isinstance(value, str):
            return value.replace(str(self.folder), "@HERE@").replace(str(self.stage), "@STAGE@")
        if isinstance(value, list):
            return [self.masked(one) for one in value]
        if isinstance(value, dict):
            return {self.masked(key): self.masked(one) for key, one in value.items()}
        return value

    def answer(self, *command):
        """The output of a program about the configuration."""
        done = subprocess.run([*map(str, command), str(self.path)], capture_output=True, cwd="/", env=self.environment, timeout=60)
        assert done.stdout.strip(), (done.returncode, done.stderr.decode(errors="replace"))
        return self.masked(json.loads(done.stdout))

    def oracle(self):
        return self.answer(sys.executable, "-X", "utf8", HERE / "oracle.py")

    @property
    def expected(self):
        return json.loads((EXPECTED / f"{self.name}.json").read_text())


def main(words):
    if words[:1] != ["answer"]:
        sys.exit(__doc__)
    os.umask(0o022)
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reeve-") as stage:
        for name in words[1:] or [name for name in names() if not (EXPECTED / f"{name}.json").exists()]:
            answer = Case(name, stage).oracle()
            (EXPECTED / f"{name}.json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n")
            print(f"{name}: {answer.get('error', 'accepted')}")


if __name__ == "__main__":
    main(sys.argv[1:])
