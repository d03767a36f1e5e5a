"""init's memory while it is idle."""

import subprocess

import procfs
from supervised import DIST, section
from waiting import wait_until

MOST = 1024  # KB with ten programs
MOST_OF_ITSELF = (DIST / "init").stat().st_size * 3 // 4 // 1024  # KB of the executable: without the code that only reads a configuration


def file_pages(pid):
    return int(procfs.status(pid)["RssFile"].split()[0])


def rests(init):
    """It frees what only reading needs when nothing happens any more."""
    wait_until(lambda: file_pages(init.pid) <= MOST_OF_ITSELF and procfs.rss(init.pid) <= MOST,
               what=lambda: f"a smaller init than {file_pages(init.pid)} KB of {procfs.rss(init.pid)}")


def test_ten_programs_take_a_megabyte_at_most(start):
    init = start(section("program", "a", command="/bin/sleep 1000", numprocs=10, process_name="%(process_num)02d"))
    init.wait_all()
    rests(init)
    init.assert_answers()


def test_code_is_released_again_after_a_configuration_was_read(start):
    init = start(section("program", "a", command="/bin/sleep 1000"))
    init.wait_all()
    rests(init)
    before = file_pages(init.pid)
    # Nothing changes, but everything is read.
    assert init.ctl("reread").code == 0
    rests(init)
    assert file_pages(init.pid) <= before + 128
    assert init.ctl("restart", "a").code == 0
    rests(init)


def test_a_single_command_leaves_most_of_init_unused():
    with subprocess.Popen([DIST / "init", "--", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as init:
        init.stdin.write(b"x\n")
        init.stdin.flush()
        assert init.stdout.read(2) == b"x\n"
        wait_until(lambda: procfs.rss(init.pid) <= 400, what=lambda: f"less than {procfs.rss(init.pid)} KB")
        init.stdin.close()
        assert init.wait() == 0
