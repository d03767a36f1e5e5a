"""What bash, zsh and fish offer after `ctl`, tested in the real shells."""

import os
import pty
import re
import select
import shutil
import subprocess

import pytest

from supervised import DIST, ROOT, section
from waiting import wait_until

COMPLETIONS = ROOT / "completions"
ENVIRONMENT = {**os.environ, "PATH": f"{DIST}:{os.environ['PATH']}", "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def bash(line, folder):
    """Does readline's part: splits the words at its breaks, and replaces the last piece by what is offered."""
    script = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
compopt() { :; }
_ctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", COMPLETIONS / "ctl.bash", line], capture_output=True, text=True,
        env=ENVIRONMENT, cwd=folder, timeout=60)
    assert done.stderr == ""
    cut = re.match(r".*[:=]|", line.rsplit(" ", 1)[-1])[0]
    return {cut + word for word in done.stdout.splitlines() if word}


def fish(line, folder):
    done = subprocess.run(
        ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", str(COMPLETIONS / "ctl.fish"), line],
        capture_output=True, text=True, env={**ENVIRONMENT, "HOME": str(folder)}, cwd=folder, timeout=60)
    assert done.stderr == ""
    return {word.split("\t")[0] for word in done.stdout.splitlines()}


def zsh(line, folder):
    """zsh completes only in its line editor: this uses a terminal, the Tab key, and a function that records what is
    offered."""
    (folder / ".zshrc").write_text(f"""
fpath=({COMPLETIONS} $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {{
    local -a found
    builtin compadd -O found "$@"
    local prefix=''
    [[ $1 == -P ]] && prefix=$2
    print -rl -- $prefix${{^found}} >>{folder}/offered
    builtin compadd "$@"
}}
ready() {{ : >{folder}/done }}
zle -N ready; bindkey '^X^X' ready
PS1='' ; : >{folder}/begun
""")
    for name in ("offered", "done", "begun"):
        (folder / name).unlink(missing_ok=True)
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-i"], {**ENVIRONMENT, "ZDOTDIR": str(folder), "TERM": "xterm"})
        finally:
            os._exit(99)

    def wait_for(name):
        def has_come():
            if select.select([master], [], [], 0.02)[0]:
                os.read(master, 65536)
            return (folder / name).exists()
        wait_until(has_come, what=f"zsh at {name}")
    try:
        wait_for("begun")
        os.write(master, line.encode() + b"\t\x18\x18")
        wait_for("done")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(master)
    offered = (folder / "offered").read_text().splitlines() if (folder / "offered").exists() else []
    return {word for word in offered if word}


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


@pytest.fixture(params=SHELLS)
def offers(request, tmp_path):
    assert shutil.which(request.param), f"{request.param} is missing: scripts/deps test"
    return lambda line: {word.strip() for word in SHELLS[request.param](line, tmp_path)}


@pytest.fixture
def run(start, actor):
    keys = {"command": f"{actor} wait", "startsecs": 0}
    one = start(section("program", "web", **keys) + section("program", "worker", **keys, autostart=False)
                + section("program", "job", **keys, numprocs=2, process_name="job_%(process_num)d"))
    one.where = f"-s unix://{one.control_path}"
    return one


def actions():
    said = subprocess.run([DIST / "ctl", "-h"], capture_output=True, text=True, check=True).stdout.split("Actions:")[1]
    return {line.split()[0] for line in said.splitlines() if line.startswith("  ")}


def test_actions_and_options(offers):
    assert len(actions()) > 20
    assert offers("ctl ") >= actions() | {"help"}
    assert offers("ctl sta") == {"start", "status"}
    assert offers("supervisorctl shut") == {"shutdown"}
    assert offers("ctl -i rer") == {"reread"}
    assert {"--configuration", "--serverurl", "--help"} <= offers("ctl --")
    assert offers("ctl --conf") == {"--configuration"}
    assert offers("ctl status --j") == {"--json"}
    assert offers("ctl help mai") == {"maintail"}


def test_names_of_the_running_programs(offers, run):
    everything = {"web", "worker", "job:job_0", "job:job_1"}
    assert offers(f"ctl {run.where} restart ") == everything | {"job:*", "all"}
    assert offers(f"ctl {run.where} stop web w") == {"web", "worker"}
    assert offers(f"ctl {run.where} stop job:job") == {"job:job_0", "job:job_1"}
    assert offers(f"ctl {run.where} fg ") == everything
    assert offers(f"ctl {run.where} fg web ") == set()
    assert offers(f"ctl {run.where} tail web ") == {"stdout", "stderr"}
    assert offers(f"ctl {run.where} wait web --for=st") == {"--for=stopped", "--for=starting", "--for=stopping"} or \
        offers(f"ctl {run.where} wait web --for=st") == {"stopped", "starting", "stopping"}
    assert {"HUP", "TERM"} <= offers(f"ctl {run.where} signal ")
    assert offers(f"ctl {run.where} signal HUP wo") == {"worker"}
    assert offers(f"ctl {run.where} update ") == {"web", "worker", "job", "all"}
    run.configure(section("program", "new", command="sleep 1000"))
    assert run.ctl("reread").code == 0
    assert offers(f"ctl {run.where} add ") == {"new"}


def test_without_an_init_nothing_is_offered(offers, tmp_path):
    assert offers(f"ctl -s unix://{tmp_path}/nobody restart ") <= {"all"}
    assert offers(f"ctl -s unix://{tmp_path}/nobody fg ") == set()


def test_files_behind_the_option_for_one(offers, tmp_path):
    (tmp_path / "some.conf").touch()
    assert offers("ctl -c some") == {"some.conf"}
