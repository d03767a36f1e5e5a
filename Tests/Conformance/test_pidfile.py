"""The pidfile, the socket's file, and second instances."""

import os
import subprocess

import table
from scenario import Scenario, program
from steps import ask, ends, logged, mode, rpc, signal, wait


def holds_pid(name="s.pid"):
    return ask(f"{name} holds the pid", lambda side: (side.folder / name).read_text() == f"{side.run.pid}\n")


def second(*options):
    """A second instance with the same configuration."""
    def perform(side):
        done = subprocess.run([*side.engine.daemon, "-c", str(side.run.configuration), *options], cwd=side.folder, timeout=60,
                              capture_output=True, text=True, env={**os.environ})
        return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("Error:")]
    return ask("a second one", perform)


NOT_WRITTEN = "CRIT could not write pidfile FOLDER/folder.pid"
ASKED = "WARN received SIGTERM indicating exit request"

test = table.of([
    Scenario("written_and_removed", program("a"), [holds_pid(), mode("s.pid"), signal("TERM"), ends(), mode("s.pid")]),
    Scenario("garbage_is_overwritten", program("a"), [holds_pid()], files={"s.pid": "nonsense\nof several lines\n"}),
    Scenario("a_stale_one_is_overwritten", program("a"), [holds_pid()], files={"s.pid": "1\n"}),
    Scenario("by_option", program("a"), [holds_pid("other.pid"), mode("s.pid")], options=("-j", "{folder}/other.pid")),
    Scenario("survives_HUP", program("a"), [
        wait("a RUNNING"), holds_pid(), signal("HUP"), logged("supervisord started", 2), wait("a RUNNING"), holds_pid()]),
    Scenario("removed_by_somebody", program("a"), [
        wait("a RUNNING"), ask("remove", lambda side: (side.folder / "s.pid").unlink()), signal("TERM"), ends(), mode("s.pid")]),
    Scenario("cannot_be_written", program("a"), [wait("a RUNNING")], options=("-j", "{folder}/folder.pid"), files={"folder.pid/x": ""},
             differs={"log": ([NOT_WRITTEN, ASKED], [NOT_WRITTEN + ": Is a directory (EISDIR)", ASKED])}),
    Scenario("in_a_folder_that_is_missing", program("a"), refused=True, options=("-j", "{folder}/none/s.pid")),
    Scenario("a_second_one_is_refused", program("a"), [wait("a RUNNING"), second(), holds_pid(), rpc("getState"), wait("a RUNNING")],
             corners=(51,)),
    Scenario("a_stale_socket_is_replaced", program("a"), [
        wait("a RUNNING"), rpc("getState")], corners=(51,), files={"s.sock": ""}),
])
