"""examples/: each has a configuration that both supervisors accept, and a Dockerfile before and after.

What they do is in test_examples_run.py and the files that OTHERS names.
"""

import platform
import re
import subprocess
import sys

import pytest

import boxes
import supervised

EXAMPLES = supervised.ROOT / "examples"
#: With a Dockerfile.before, for Python's supervisord, and a Dockerfile, for Reeve.
PAIRS = ["cron", "desktop", "django", "inference", "laravel", "mail", "nginx-php", "sshd"]
#: Tested elsewhere: test_example.py, test_compose_example.py, test_kubernetes.py, test_observability.py, test_stack_example.py.
OTHERS = {"web", "compose", "kubernetes", "observability", "stack"}
COPY = "COPY --from=reeve /init /ctl /usr/local/bin/"
each = pytest.mark.parametrize("name", PAIRS)


def recipe(name, which="Dockerfile"):
    return boxes.Recipe(EXAMPLES / name / which)


def needs(name, which="Dockerfile"):
    if absent := recipe(name, which).absent():
        pytest.skip(f"not installed: {', '.join(absent)} (scripts/deps examples)")


def configurations(name):
    """What people have before, and what they have with Reeve: one file for both, or two."""
    return sorted((EXAMPLES / name).glob("supervisord*.conf"))


def test_each_is_tested():
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders == {*PAIRS, *OTHERS}
    for name in PAIRS:
        assert {"supervisord.conf", "Dockerfile", "Dockerfile.before", "README.md"} <= {
            path.name for path in (EXAMPLES / name).iterdir()}


def test_the_index_lists_each():
    text = (EXAMPLES / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[([\w-]+)\]\(\1\) \|", text.split("|---|---|\n", 1)[1].split("\n\n")[0], re.M)) == sorted(PAIRS)
    assert set(re.findall(r"^\| \[([\w-]+)\]\(\1\) \|", text, re.M)) == {*PAIRS, *OTHERS}


@each
def test_the_dockerfiles(name):
    """With one configuration for both, they differ in nothing but the supervisor; with two, each copies its own."""
    before, after = ((EXAMPLES / name / file).read_text().splitlines() for file in ("Dockerfile.before", "Dockerfile"))
    assert after.count(COPY) == 1 and not any("COPY --from" in line for line in before)
    if len(configurations(name)) == 1:
        wanted = [re.sub(r" supervisor(?= |$)", "", line).replace('["supervisord"', '["init"') for line in before[1:]]
        assert [line for line in after[1:] if line != COPY] == wanted
    else:
        assert any(line.startswith("COPY supervisord.before.conf /etc/app/supervisord.conf") for line in before)
        assert any(re.match(r"COPY supervisord\.conf .*/etc/app/", line) for line in after)
    for lines, program in ((before, "supervisord"), (after, "init")):
        assert lines[-1] == f'ENTRYPOINT ["{program}", "-c", "/etc/app/supervisord.conf"]'
    # The files that they copy exist.
    for which in ("Dockerfile.before", "Dockerfile"):
        assert recipe(name, which).steps


@each
def test_nothing_waits_in_a_shell(name):
    """That is what dependencies and readiness are for; before, each of the examples with two configurations does."""
    for path in configurations(name):
        commands = "\n".join(re.findall(r"^command=.*", path.read_text(), re.M))
        assert bool(re.search(r"\b(sleep|until)\b", commands)) == (path.name == "supervisord.before.conf"), path


@each
@pytest.mark.parametrize("which", ["Dockerfile.before", "Dockerfile"])
def test_the_configuration_is_accepted(name, which, folder):
    """By init in the copy that has its files and users; it also takes what was written for supervisord."""
    needs(name, which)
    if reason := boxes.missing():
        pytest.skip(reason)
    plan = recipe(name, which)
    plan.steps.append(f'cp {supervised.DIST}/init "$root/usr/local/bin/"')
    plan.entrypoint = ["init", "--check", "-c", "/etc/app/supervisord.conf"]
    box = boxes.Box(folder, plan)
    assert box.process.wait(60) == 0, box.said()
    box.kill()
    assert ": good: " in box.said() and "warning" not in box.said(), box.said()


def measured():
    """The rows of the table of sizes and times: {name: [(before, after) of the image, of the supervision, of the first child, of all]}"""
    text = (EXAMPLES / "README.md").read_text().split("<!-- examples/measure writes this -->\n")[1].split("<!-- until here -->\n")[0]
    return rows(text)


def rows(text):
    found = {}
    for name, cells in re.findall(r"^\| \[([\w-]+)\]\(\1\) \| (.*) \|$", text, re.M):
        numbers = [None if cell == "-" else float(cell) for cell in cells.split(" | ")]
        found[name] = list(zip(numbers[::2], numbers[1::2], strict=True))
    return found


def test_each_is_measured():
    table = measured()
    assert set(table) == set(PAIRS)
    assert set(re.findall(r'^    "([\w-]+)": \[', (EXAMPLES / "measure").read_text(), re.M)) == set(PAIRS)
    for name, (image, supervision, first, ready) in table.items():
        assert image[0] > image[1] and supervision[0] > supervision[1] > 0, name
        assert first[0] > first[1] > 0 and ready[1] >= first[1] / 1000, name


def test_the_script_measures():
    """Without images, which take minutes."""
    needs("cron", "Dockerfile.before")
    if reason := boxes.missing():
        pytest.skip(reason)
    words = [sys.executable, EXAMPLES / "measure", "--without-images", "--rounds", "1", "--only"]
    done = subprocess.run([*words, "cron"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (name, (*sizes, first, ready)), = rows(done.stdout).items()
    assert name == "cron" and sizes == [(None, None)] * 2 and min(*first, *ready) > 0, done.stdout
    done = subprocess.run([*words, "crow"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "no example crow; there are " in done.stderr


@pytest.mark.parametrize("page", ["README.md", "compose/README.md"])
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the pages have the sizes for x86-64")
def test_the_sizes_of_the_executables_are_todays(page):
    both, gateway = re.search(r"take ([\d.]+) MB of.*adds ([\d.]+) MB", (EXAMPLES / page).read_text()).groups()
    size = {program: (supervised.DIST / program).stat().st_size / 1e6 for program in ("init", "ctl", "gateway")}
    assert float(both) == pytest.approx(size["init"] + size["ctl"], abs=0.1)
    assert float(gateway) == pytest.approx(size["gateway"], abs=0.2)
