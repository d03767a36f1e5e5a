"""README.md and docs/guide: what they show is what happens.

Most configurations are run by the tests of their subjects; here are the others, and the rules for all of them.
"""

import http.server
import re
import socketserver
import subprocess
import threading
import urllib.request

import pytest

from ports import free_port
from supervised import DIST, INIT, ROOT
from test_ctl_more import begin, inside  # noqa: F401
from test_migrating import with_users_of_here
from waiting import wait_until

GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = [ROOT / "README.md", *GUIDES]


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has none of these keys")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def page(name):
    return ROOT / "docs" / "guide" / f"{name}.md"


@pytest.mark.parametrize("text", [
    pytest.param(text, id=f"{one.stem}-{number}") for one in PAGES for number, text in enumerate(blocks(one, "ini"))])
def test_each_configuration_is_accepted(text, folder):
    """Without a warning, but for commands and files that aren't here."""
    (folder / "s.conf").write_text(with_users_of_here(text).replace("/etc/reeve/password", f"{folder}/password"))
    (folder / "password").write_text("secret\n")
    said = subprocess.run([DIST / "init", "--check", "-c", folder / "s.conf"], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said
    # That of docs/guide/stopping.md is there for its warning, which test_stopping.py expects.
    absent = "can't find command|there is no file|no such user|can't read|does not exist|shutdown_timeout is shorter"
    assert [line for line in said.stdout.splitlines() if "warning: " in line and not re.search(absent, line)] == [], said.stdout


def configuration(name, number=0):
    """A configuration of a guide, without its server, which the tests have elsewhere."""
    return blocks(page(name), "ini")[number].split("file=/tmp/reeve.sock\n")[1]


def masked(text):
    """Without what differs between two moments."""
    text = re.sub(r"pid \d+, uptime [\d:]+", "pid N, uptime T", text)
    return re.sub(r"[A-Z][a-z][a-z] \d\d \d\d:\d\d [AP]M", "DATE", text)


@pytest.mark.parametrize("name, held", [("dependencies", "echo migrated"), ("jobs", None)])
def test_what_ctl_status_says(begin, folder, name, held):
    """The lines behind the configuration that opens the guide. Its job lasts as long as somebody looks."""
    text = configuration(name)
    if held:
        text = text.replace(f"sh -c '{held}'", f"sh -c 'until test -e {folder}/go; do sleep 0.1; done; {held}'")
        assert "/go;" in text
    run = begin(text, wait=False)
    shown = masked(blocks(page(name), "text")[0])
    wait_until(lambda: masked(run.ctl("status").out) == shown, what=lambda: f"{run.ctl('status').out}\nis\n{shown}")
    (folder / "go").touch()
    if held:
        wait_until(lambda: run.state("metrics") == "RUNNING")


def test_ctl_top(begin):
    """docs/guide/top.md: the rows of its picture."""
    run = begin(configuration("top"), wait=False)
    shown = blocks(page("top"), "text")[0].splitlines()

    def rows(lines):
        """Sign, state, name, ready, and the last line; the numbers between them differ."""
        return [re.sub(r"(?<= )[\d.]+[hmsdK\dM%.]*", "N", re.sub(" +", " ", line)).strip() for line in lines]

    wanted = rows(shown[2:4])
    assert all("RUNNING" in row for row in wanted)

    def found():
        return rows(inside(run, "top", "--once", environment={"LC_ALL": "C.UTF-8"}).stdout.splitlines()[2:4])
    wait_until(lambda: found() == wanted, what=lambda: f"{found()}\nare\n{wanted}")
    header = inside(run, "top", "--once", environment={"LC_ALL": "C.UTF-8"}).stdout.splitlines()[1]
    assert header.split() == shown[1].split()


@pytest.mark.parametrize("number, names, base", [(0, {"web", "worker"}, ""), (1, {"web"}, "/ops/reeve")])
def test_the_page(begin, number, names, base):
    """docs/guide/page.md: both configurations serve the page, where they say."""
    address = f"127.0.0.1:{free_port()}"
    run = begin(blocks(page("page"), "ini")[number].split("nodaemon=true\n")[1].replace("127.0.0.1:9001", address), wait=False)
    wait_until(lambda: run.states() == {f"{name}:{name}": "RUNNING" for name in names}, what=run.story)
    with urllib.request.urlopen(f"http://{address}{base}/", timeout=60) as answer:
        text = answer.read().decode()
    assert set(re.findall(r'id="row-(\w+)"', text)) == names and re.search("<title>[^<]* running ", text)


def test_ctl_probe(folder):
    """docs/guide/readiness.md: each line succeeds where such a server is, and fails where there is none."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def address_string(self):
            return "here"

        def log_message(self, *_):
            pass

    class UnixServer(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def get_request(self):
            request, _ = super().get_request()
            return request, ("here", 0)

    ports = free_port(), free_port()
    lines = blocks(page("readiness"), "sh")[0]
    for written, here in ("127.0.0.1:8080", f"127.0.0.1:{ports[0]}"), ("/run/app.sock", f"{folder}/s"), ("127.0.0.1:5432", f"127.0.0.1:{ports[1]}"):
        assert written in lines
        lines = lines.replace(written, here)

    def codes():
        return [subprocess.run([DIST / line.split()[0], *line.split()[1:]], capture_output=True, timeout=60).returncode for line in lines.splitlines()]

    assert codes() == [1, 1, 1]
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", ports[0]), Handler), UnixServer(str(folder / "s"), Handler),
               http.server.ThreadingHTTPServer(("127.0.0.1", ports[1]), Handler)]
    try:
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        assert codes() == [0, 0, 0]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


#: Blocks that are not run, but checked: each with the test that does so.
CHECKED = {"dockerfile": "test_dockerfiles.py"}
#: Blocks that are run, by the tests that are named after their subjects and by this one.
RUN = {"ini", "console", "text", "sh", "yaml", "nginx", ""}


def test_each_kind_of_block_is_known():
    """A block in another language needs a test."""
    for one in PAGES:
        for language in re.findall(r"^```(\w*)\n.*?^```", one.read_text(), re.M | re.S):
            assert language in CHECKED or language in RUN, (one.name, language)
