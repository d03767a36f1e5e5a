"""The documents agree with the help of the executables."""

import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from supervised import DIST, ROOT


def options_said(*arguments):
    said = subprocess.run([DIST / "init", *arguments], capture_output=True, text=True, check=True).stdout
    return {word for line in said.splitlines() if line.startswith("-") and "  " in line
            for word in re.findall(r"(?<![\w-])--?[a-z][\w-]*", line.split("  ")[0])}


def options_written(title):
    table = (ROOT / "docs" / "command-line.md").read_text().split(title)[1].split("|---|")[1].split("\n\n")[0]
    return {word for line in table.splitlines() if line.startswith("| `")
            for word in re.findall(r"`(--?[\w-]+)`", line.split("|")[1])}


def test_the_options_of_init_are_listed():
    assert len(options_said("--help")) > 30
    assert options_written("## Options of `init`") == options_said("--help")


def test_the_options_in_front_of_a_command_are_listed():
    assert options_written("In front of a single command, `init [options]") == options_said("-h", "--", "x")


@pytest.mark.parametrize("document", sorted(
    path.relative_to(ROOT) for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]),
    ids=str)
def test_links_lead_somewhere(document):
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        assert (ROOT / document).parent.joinpath(path).exists(), target
        if anchor and path.endswith(".md"):
            titles = re.findall(r"^#+ (.*)$", (ROOT / document).parent.joinpath(path).read_text(), re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_the_picture_is_a_small_one_of_ctl_top():
    """scripts/picture makes it from a running system."""
    picture = (ROOT / "docs" / "top.svg").read_text()
    assert len(picture) < 20_000
    words = "".join(xml.etree.ElementTree.fromstring(picture).itertext()).replace("\u00a0", " ")
    for word in "STATE", "LAST", "RUNNING", "WAITING", "FATAL", "bind: Address in use", "help":
        assert word in words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_the_page_is_small_and_sharp(scheme):
    """scripts/page-picture makes it from a running system."""
    picture = (ROOT / "docs" / f"page-{scheme}.webp").read_bytes()
    assert len(picture) < 70_000 and picture[:4] == b"RIFF" and picture[8:16] == b"WEBPVP8X"
    # Its size, twice what README shows.
    assert [int.from_bytes(picture[at:at + 3], "little") + 1 for at in (24, 27)] == [2000, 1240]
    assert f"docs/page-{scheme}.webp" in (ROOT / "README.md").read_text()


def test_make_lists_its_targets():
    said = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ["deps", "build", "release", "test", "run", "bench", "fmt", "lint", "image"]:
        assert re.search(rf"^  make {target} ", said, re.M)


@pytest.mark.parametrize("script", ["completions", "dashboard", "keys", "man"])
def test_what_is_made_from_the_help_is_current(script):
    done = subprocess.run([sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


PAGES = ["init.8", "ctl.1", "reeve.conf.5"]


def shown(page):
    """A man page as text, without bold and underlined letters."""
    text = subprocess.run(["mandoc", "-Tascii", ROOT / "man" / page], capture_output=True, text=True, check=True).stdout
    return re.sub(".\b", "", text)


@pytest.mark.parametrize("page", PAGES)
def test_man_pages_have_no_lint(page):
    said = subprocess.run(["mandoc", "-Tlint", ROOT / "man" / page], capture_output=True, text=True)
    assert [line for line in (said.stdout + said.stderr).splitlines()
            if "referenced manual not found" not in line and "outdated mandoc.db" not in line] == []


@pytest.mark.parametrize("page", PAGES)
def test_man_pages_have_their_sections(page):
    wanted = {"NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"}
    if page != "reeve.conf.5":
        wanted |= {"OPTIONS", "ENVIRONMENT", "EXIT STATUS"}
    assert wanted <= {line for line in shown(page).splitlines() if line[:1].isupper()}


def test_man_pages_tell_all_that_the_help_does():
    page = " ".join(shown("ctl.1").split())
    said = subprocess.run([DIST / "ctl", "-h"], capture_output=True, text=True, check=True).stdout.split("Actions:")[1]
    lines = [re.split("  +", line.strip(), maxsplit=1) for line in said.splitlines() if line.startswith("  ")]
    assert len(lines) > 40
    for form, text in lines:
        assert f"{form} {' '.join(text.split())}" in page, form
    page = shown("init.8")
    for option in options_said("--help") | options_said("-h", "--", "x"):
        assert option in page, option
    page = shown("reeve.conf.5")
    keys = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "keys.md").read_text(), re.M)
    assert len(keys) > 70
    for key in keys:
        assert re.search(rf"\b{key}\b", page), key


def test_what_the_readme_says_of_others_is_linked():
    """Each cell that claims something, to the page that shows it; what is not there can't be linked."""
    text = (ROOT / "README.md").read_text()
    table = text.split("## Beside others")[1].split("\n\n")[1]
    targets = dict(re.findall(r"^\[([\w-]+)\]: (https?://\S+)$", text, re.M))
    used = set()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert {len(row) for row in rows} == {8} and len(rows) > 8
    for row in rows[2:]:
        for cell in row[1:]:
            claims = [] if cell in ("", "no") else cell.split(", [")
            assert all("](" in claim or "][" in claim for claim in claims), cell
            used |= set(re.findall(r"\]\[([\w-]+)\]", cell))
    assert used == set(targets)
