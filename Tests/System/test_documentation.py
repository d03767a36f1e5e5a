"""What the documents say about the executables is what the executables say."""

import re
import subprocess

from supervised import DIST, ROOT


def options_said(*arguments):
    said = subprocess.run([DIST / "init", *arguments], capture_output=True, text=True, check=True).stdout
    return {word for line in said.splitlines() if line.startswith("-") and "  " in line
            for word in re.findall(r"(?<![\w-])--?[a-z][\w-]*", line.split("  ")[0])}


def options_written(title):
    table = (ROOT / "README.md").read_text().split(title)[1].split("|---|")[1].split("\n\n")[0]
    return {word for line in table.splitlines() if line.startswith("| `")
            for word in re.findall(r"`(--?[\w-]+)`", line.split("|")[1])}


def test_the_readme_lists_the_options_of_init():
    assert len(options_said("--help")) > 30
    assert options_written("## Options of `init`") == options_said("--help")


def test_the_readme_lists_the_options_in_front_of_a_command():
    assert options_written("In front of a single command, `init [options]") == options_said("-h", "--", "x")


def test_make_lists_its_targets():
    said = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ["deps", "build", "release", "test", "run", "bench", "fmt", "lint", "image"]:
        assert re.search(rf"^  make {target} ", said, re.M)
