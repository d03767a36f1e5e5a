"""Programs that read their own configuration again: `reloadsignal`, `reload_command`, `watch`."""

import itertools
import os

import pytest

import fuse
from test_changing import only_init, pids, program  # noqa: F401
from test_ctl_more import begin  # noqa: F401
from waiting import wait_until

HEEDS = "{actor} on HUP {folder}/%(program_name)s.told told -1 append {folder}/%(program_name)s.up up wait"


def told(folder, name):
    """How often the program has got its signal."""
    place = folder / f"{name}.told"
    return place.read_text().count("told") if place.exists() else 0


# -- on request

def test_a_signal(begin, folder):
    run = begin(program("web", HEEDS, reloadsignal="HUP") + program("other", HEEDS))
    wait_until(lambda: (folder / "web.up").exists() and (folder / "other.up").exists())
    before = pids(run)
    answer = run.ctl("reload-program", "web")
    assert (answer.code, answer.out) == (0, "web: reloaded\n")
    wait_until(lambda: told(folder, "web") == 1)
    assert run.ctl("reload-program", "all").out == "web: reloaded\n"
    wait_until(lambda: told(folder, "web") == 2)
    assert told(folder, "other") == 0 and pids(run) == before
    assert f"reloading 'web' ({before['web:web']}) with SIGHUP" in run.log()


def test_a_command(begin, folder):
    """It runs as the program, with what hooks are told; a failure has no consequence but the answer."""
    run = begin(program("web", environment="MINE=1", directory="{folder}",
                        reload_command="sh -c 'echo $REEVE_HOOK $REEVE_PROGRAM $REEVE_PID $MINE $PWD >> {folder}/said; echo bad line 7; test -e {folder}/good'"))
    run.wait_all()
    before = pids(run)
    answer = run.ctl("reload-program", "web")
    assert answer.code == 1 and answer.out == "web: ERROR (reload_command failed (exit status 1): bad line 7)\n"
    (folder / "good").touch()
    assert run.ctl("reload-program", "web").out == "web: reloaded\n"
    assert (folder / "said").read_text() == f"reload web {before['web:web']} 1 {folder}\n" * 2
    assert "web: reload_command failed (exit status 1): bad line 7" in run.log()
    assert pids(run) == before


def test_a_command_that_hangs(begin, folder):
    run = begin(program("web", reload_command="sleep 1000", reload_command_timeout=1))
    run.wait_all()
    assert "web: ERROR (reload_command took longer than 1 seconds (reload_command_timeout))" in run.ctl("reload-program", "web").out


def test_a_stop_ends_the_command(begin, folder):
    run = begin(program("web", reload_command="sh -c 'touch {folder}/began; sleep 1000'"))
    run.wait_all()
    with run.ctl_running("reload-program", "web") as waiting:
        wait_until((folder / "began").exists)
        assert run.ctl("stop", "web").out == "web: stopped\n"
        waiting.wait_line("web: ERROR (not running)")


@pytest.mark.parametrize("words, code, says", [
    ([], 1, "Error: reload-program requires a process name"),
    (["wbe"], 1, "did you mean web?"),
    (["other"], 1, "other: ERROR (it doesn't have a reloadsignal or a reload_command)"),
    (["down"], 7, "down: ERROR (not running)"),
    (["other:*"], 1, "none of these programs has a reloadsignal or a reload_command"),
])
def test_what_cannot_be_reloaded(begin, words, code, says):
    run = begin(program("web", reloadsignal="USR1") + program("other") + program("down", reloadsignal="HUP", autostart=False))
    run.wait_state("web", "RUNNING")
    answer = run.ctl("reload-program", *words)
    assert says in answer.out + answer.err and answer.code == code


# -- files

def test_a_file(begin, folder):
    """Written in place, and replaced by another one."""
    place = folder / "etc" / "web.conf"
    place.parent.mkdir()
    place.write_text("1")
    run = begin(program("web", HEEDS, reloadsignal="HUP", watch=place, watch_debounce="50ms"))
    wait_until((folder / "web.up").exists)
    before = pids(run)
    place.write_text("2")
    wait_until(lambda: told(folder, "web") == 1)
    (place.parent / "web.conf~").write_text("3")
    (place.parent / "web.conf~").rename(place)
    wait_until(lambda: told(folder, "web") == 2)
    # The file that took its place is watched, and others in the folder aren't.
    (place.parent / "other").write_text("x")
    place.write_text("4")
    wait_until(lambda: told(folder, "web") == 3)
    assert pids(run) == before
    assert run.log().count(f"{place} has changed: reloading 'web'") == 3


def test_a_config_map(begin, folder):
    """As the kubelet writes it: the link `..data` is replaced, and the files are links into it."""
    volume = folder / "volume"
    volume.mkdir()
    numbers = itertools.count()

    def write(text):
        version = volume / f"..{next(numbers)}"
        version.mkdir()
        (version / "web.conf").write_text(text)
        link = volume / "..data_tmp"
        link.symlink_to(version.name)
        link.rename(volume / "..data")
    write("1")
    (volume / "web.conf").symlink_to("..data/web.conf")
    run = begin(program("file", HEEDS, reloadsignal="HUP", watch=volume / "web.conf", watch_debounce="50ms")
                + program("folder", HEEDS, reloadsignal="HUP", watch=volume, watch_debounce="50ms"))
    wait_until(lambda: (folder / "file.up").exists() and (folder / "folder.up").exists())
    for times in 1, 2:
        write(f"{times}")
        wait_until(lambda: told(folder, "file") == times and told(folder, "folder") == times)


def test_a_folder_that_comes_and_goes(begin, folder):
    place = folder / "a" / "b" / "conf.d"
    run = begin(program("web", HEEDS, reloadsignal="HUP", watch=place, watch_debounce="50ms")
                + program("quiet", watch=f"-{folder}/a/c"))
    wait_until((folder / "web.up").exists)
    wait_until(lambda: f"{place}, which 'web' watches, isn't there" in run.log())
    assert "'quiet' watches" not in run.log()
    (folder / "a").mkdir()
    (folder / "a" / "b").mkdir()
    place.mkdir()
    wait_until(lambda: told(folder, "web") == 1)
    (place / "x").write_text("x")
    wait_until(lambda: told(folder, "web") == 2)
    place.parent.rename(folder / "away")
    wait_until(lambda: run.log().count("isn't there") == 2)
    (folder / "away").rename(place.parent)
    wait_until(lambda: told(folder, "web") == 3)
    (place / "x").unlink()
    wait_until(lambda: told(folder, "web") == 4)


def test_a_restart(begin, folder):
    """Of a program that can't reload: it counts neither as a failure nor as a restart."""
    place = folder / "web.conf"
    run = begin(program("web", watch=place, watch_debounce="50ms", on_failure="shutdown", on_success="shutdown", autorestart=False)
                + program("done", "{actor} exit 0", watch=place, autorestart=False) + program("off", watch=place, autostart=False))
    run.wait_state("web", "RUNNING")
    run.wait_state("done", "EXITED")
    before = pids(run)["web:web"]
    place.write_text("1")
    wait_until(lambda: pids(run)["web:web"] not in (0, before))
    assert f"{place} has changed: restarting 'web'" in run.log()
    states = run.states()
    assert states["done:done"] == "EXITED" and states["off:off"] == "STOPPED"
    assert '"restarts":0' in run.ctl("status", "--json", "web").out.replace(" ", "")


def test_an_update_changes_what_is_watched(begin, folder, actor):
    def text(**keys):
        return program("web", HEEDS, reloadsignal="HUP", watch_debounce="50ms", **keys).replace(
            "{actor}", str(actor)).replace("{folder}", str(folder))
    run = begin(text())
    wait_until((folder / "web.up").exists)
    before = pids(run)
    run.configure(text(watch=folder / "conf"))
    assert run.ctl("update").out == "web: updated process group\n"
    (folder / "conf").write_text("1")
    wait_until(lambda: told(folder, "web") == 1)
    run.configure(text(watch=folder / "other"))
    assert run.ctl("update").out == "web: updated process group\n"
    (folder / "conf").write_text("2")
    (folder / "other").write_text("2")
    wait_until(lambda: told(folder, "web") == 2)
    assert pids(run) == before and f"{folder}/conf has changed" in run.log()
    assert run.log().count(f"{folder}/conf has changed") == 1


def test_a_file_system_that_hangs(begin, folder):
    """init answers meanwhile, and other files are watched."""
    if os.getuid() or not os.path.exists("/dev/fuse"):
        pytest.skip("mounting a file system needs root and /dev/fuse")
    (folder / "mount").mkdir()
    with fuse.hanging(folder / "mount"):
        run = begin(program("stuck", watch=folder / "mount" / "x") + program("web", HEEDS, reloadsignal="HUP", watch=folder / "conf", watch_debounce="50ms"))
        wait_until((folder / "web.up").exists)
        wait_until(lambda: f"{folder}/mount/x, which 'stuck' watches, is on a file system that doesn't answer" in run.log())
        (folder / "conf").write_text("1")
        wait_until(lambda: told(folder, "web") == 1)
        assert run.log().count("doesn't answer") == 1
