"""Health checks by real servers: nginx over TCP and a Unix socket, PostgreSQL with a migration; and `ctl probe`."""

import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

import fuse
import procfs
from supervised import DIST, INIT, section
from test_ctl_more import begin  # noqa: F401
from test_probes import ask
from waiting import wait_until

PROBE = [DIST / "ctl", "probe"]


@pytest.fixture(autouse=True)
def only_init(engine):
    if engine is not INIT:
        pytest.skip("supervisord has no health checks")


def program(name, command, **keys):
    return section("program", name, command=command, **{"startsecs": 0, **keys})


def one(run, name):
    return json.loads(run.ctl("status", "--json", name).out)[0]


def health(run, name):
    return one(run, name)["health"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


#: Healthy while the file `good` is there.
CHECK = {"healthcheck_command": "sh -c 'test -e {folder}/good || {{ echo it is not there; exit 3; }}'".replace("{{", "{").replace("}}", "}"),
         "healthcheck_start_interval": 0.1, "healthcheck_interval": 0.1}


def test_health_flips(begin, folder):
    run = begin(program("web", "{actor} wait", **CHECK) + program("top", "{actor} wait", depends_on="web:healthy"))
    wait_until(lambda: health(run, "web") == "unhealthy")
    assert run.info("top")["description"] == "waiting for web to be healthy"
    assert run.info("web")["description"].endswith("unhealthy (exit status 3: it is not there)")
    (folder / "good").touch()
    wait_until(lambda: run.state("top") == "RUNNING")
    assert health(run, "web") == "healthy"
    (folder / "good").unlink()
    wait_until(lambda: health(run, "web") == "unhealthy")
    # It goes on: health decides about starts only.
    assert run.state("top") == "RUNNING" and run.state("web") == "RUNNING"
    # Changes are logged, and nothing else.
    said = re.findall(r"web is (.*)", run.log())
    assert said == ["unhealthy: exit status 3: it is not there (3 failures in a row)", "healthy", said[2]] and len(said) == 3
    checks = one(run, "web")["health_checks"]
    assert len(checks) == 5
    assert {"success", "problem", "output", "time"} == set(checks[0])
    assert checks[-1]["output"] == "it is not there\n" and checks[-1]["success"] is False


def test_ready_is_the_first_success(begin, folder):
    run = begin(program("web", "{actor} wait", **CHECK) + program("top", "{actor} wait", depends_on="web"))
    wait_until(lambda: run.state("web") == "RUNNING")
    assert run.info("top")["description"] == "waiting for web to be ready"
    with run.ctl_running("wait", "web", "--for=healthy") as pending:
        (folder / "good").touch()
        assert pending.end()[0] == 0
    wait_until(lambda: run.state("top") == "RUNNING")
    assert run.ctl("health").out == "ready\n"
    (folder / "good").unlink()
    wait_until(lambda: run.ctl("health").code == 1)
    assert "web RUNNING (unhealthy" in run.ctl("health").out
    said = run.ctl("wait", "web", "--for=healthy", "--timeout=0.1")
    assert said.code == 124 and said.out == "web: RUNNING, not healthy in time (unhealthy)\n"
    said = run.ctl("wait", "top", "--for=healthy")
    assert said.code == 7 and said.out == "top: has no health check, so it will never be healthy\n"


def test_a_restart_is_a_failed_start(begin):
    run = begin(program("web", "{actor} wait", **{**CHECK, "healthcheck_action": "restart", "healthcheck_retries": 1, "startretries": 1}))
    wait_until(lambda: run.state("web") == "FATAL")
    assert run.log().count("spawned: 'web'") == 2
    assert run.info("web")["spawnerr"] == "it was unhealthy"


def test_a_shutdown(begin):
    run = begin(program("web", "{actor} wait", **{**CHECK, "healthcheck_action": "shutdown", "healthcheck_retries": 1}), wait=False)
    assert run.wait() == 1
    assert "exit code 1: web is unhealthy (its health check has failed too often; healthcheck_action=shutdown)" in run.log()


def test_a_stop(begin):
    run = begin(program("web", "{actor} wait", **{**CHECK, "healthcheck_action": "stop", "healthcheck_retries": 1}))
    wait_until(lambda: run.state("web") == "STOPPED")
    run.assert_sleeps(1)


def test_a_check_that_hangs_is_killed_with_its_group(begin, folder):
    run = begin(program("web", "{actor} wait", healthcheck_command="sh -c 'sleep 4321 & echo $$ >> {folder}/pids; trap \"\" TERM; sleep 4322; sleep 4323'",
                        healthcheck_timeout=1, healthcheck_start_interval=0.1, healthcheck_retries=1))
    wait_until(lambda: health(run, "web") == "unhealthy")
    assert one(run, "web")["health_checks"][-1]["problem"] == "timed out after 1 second"

    def checks():
        return [pid for pid in procfs.descendants(run.pid) if "432" in " ".join(procfs.cmdline(pid))]

    # One at a time; and none when the program has stopped.
    wait_until(lambda: len((folder / "pids").read_text().split()) >= 2)
    assert run.ctl("stop", "web").code == 0
    wait_until(lambda: checks() == [])


def test_it_runs_as_the_program(begin, folder):
    if os.geteuid() != 0:
        pytest.skip("changes the user")
    folder.chmod(0o777)
    run = begin(program("web", "{actor} wait", user="nobody", directory="/usr", environment='WHO="me"',
                        healthcheck_command="sh -c 'id -u; pwd; echo $WHO $SUPERVISOR_PROCESS_NAME'"))
    wait_until(lambda: health(run, "web") == "healthy")
    assert one(run, "web")["health_checks"][0]["output"] == "65534\n/usr\nme web\n"


def test_a_check_that_does_not_exist(begin):
    run = begin(program("web", "{actor} wait", healthcheck_command="/nosuch/check", healthcheck_retries=1))
    wait_until(lambda: health(run, "web") == "unhealthy")
    assert one(run, "web")["health_checks"][0]["problem"] == "can't find command '/nosuch/check'"


def test_nginx(begin, folder):
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; {'user root;' if os.geteuid() == 0 else ''}
events {{}}
http {{ log_format short '$host $request $status'; access_log {folder}/access.log short;
client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
server {{ listen 127.0.0.1:{port}; listen unix:{folder}/nginx.sock;
location = /health {{ return 200 fine; }} location = /moved {{ return 302 /health; }} location / {{ return 503; }} }} }}
""")
    command = f"{nginx} -c {folder}/nginx.conf"
    run = begin(program("nginx", command, healthcheck_http=f"http://127.0.0.1:{port}/health?deep=1")
                + program("socket", "{actor} wait", healthcheck_http=f"unix:{folder}/nginx.sock:/moved", healthcheck_start_interval=0.1)
                + program("port", "{actor} wait", healthcheck_tcp=f"localhost:{port}", healthcheck_start_interval=0.1)
                + program("ill", "{actor} wait", healthcheck_http=f"http://127.0.0.1:{port}/nothing", healthcheck_start_interval=0.1))
    names = ["nginx", "socket", "port"]
    wait_until(lambda: [health(run, name) for name in names] == ["healthy"] * 3)
    wait_until(lambda: health(run, "ill") == "unhealthy")
    assert "status 503 Service Temporarily Unavailable, and not 200-399" in run.info("ill")["description"]
    assert "127.0.0.1 GET /health?deep=1 HTTP/1.1 200" in (folder / "access.log").read_text()
    # Redirects are not followed.
    assert "localhost GET /moved HTTP/1.1 302" in (folder / "access.log").read_text()


@pytest.fixture
def postgres():
    """The folder of PostgreSQL's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found or os.geteuid() != 0:
        pytest.skip("PostgreSQL is not installed, or this isn't root")
    return found[-1].parent


def test_postgresql_with_a_migration(begin, folder, postgres):
    """`web` starts after the migration, which needs the database: no script waits for anything."""
    data = folder / "data"
    folder.chmod(0o777)
    subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", postgres / "initdb", "-D", data, "-A", "trust",
                    "--no-sync", "-U", "app"], check=True, capture_output=True, cwd="/")
    psql = f"psql -h {folder} -U app -d postgres -tAc"
    run = begin(
        program("postgres", f"{postgres}/postgres -D {data} -k {folder} -c listen_addresses= -c fsync=off", user="nobody", stopsignal="INT",
                healthcheck_command=f"pg_isready -h {folder} -q", healthcheck_start_interval=0.2, healthcheck_start_period=60)
        + program("migrate", f"sh -c '{psql} \"create table done (at int)\"'", depends_on="postgres:healthy", autorestart=False)
        + program("web", f"sh -c '{psql} \"select count(*) from done\" && exec sleep 1000'", depends_on="migrate:completed"))
    wait_until(lambda: run.state("web") == "RUNNING")
    wait_until(lambda: run.ctl("tail", "web").out.strip() == "0")
    spawned = re.findall(r"spawned: '(\w+)'", run.log())
    assert spawned == ["postgres", "migrate", "web"], run.log()


def test_everywhere(reeve, folder):
    """REST, the page, /readyz and metrics."""
    side = reeve(programs=program("ill", "sleep 1000", healthcheck_command="sh -c 'echo no; exit 1'", healthcheck_retries=1)
                 + program("fit", "sleep 1000", healthcheck_command="true") + program("plain", "sleep 1000"))
    wait_until(lambda: json.loads(ask(side, "/api/v1/processes/fit")[2])["health"] == "healthy")
    found = json.loads(ask(side, "/api/v1/processes/ill")[2])
    assert found["health"] == "unhealthy" and found["health_checks"][-1]["output"] == "no\n"
    plain = json.loads(ask(side, "/api/v1/processes/plain")[2])
    assert (plain["health"], plain["health_checks"], plain["status_text"]) == (None, [], None)
    status, _, text = ask(side, "/readyz?verbose")
    assert status == 503 and "unhealthy (exit status 1: no)" in text, text
    metrics = ask(side, "/metrics")[2]
    assert 'reeve_program_healthy{group="ill",program="ill"} 0' in metrics
    assert 'reeve_program_healthy{group="fit",program="fit"} 1' in metrics
    assert 'reeve_program_healthy{group="plain"' not in metrics
    assert 'reeve_program_ready{group="plain",program="plain"} 1' in metrics
    assert 'reeve_program_ready{group="ill",program="ill"} 0' in metrics
    page = ask(side, "/")[2]
    assert "unhealthy" in page and "exit status 1: no" in page


# -- ctl probe

class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status = int(self.path.strip("/") or 200)
        body = b"all is well"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/500")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in body[:4], body[4:]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def probe(*words):
    done = subprocess.run([*PROBE, *map(str, words)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_probe(server):
    url = f"http://127.0.0.1:{server}"
    assert probe(f"{url}/") == (0, f"{url}/: 200 OK\n", "")
    assert probe(f"http://localhost:{server}/204")[0] == 0
    assert probe(f"{url}/302") == (0, f"{url}/302: 302 Found\n", "")
    assert probe(f"{url}/500") == (1, f"{url}/500: status 500 Internal Server Error, and not 200-399\n", "")
    assert probe(f"{url}/500", "--expect=200,500-599")[0] == 0
    assert probe(f"{url}/", "--body=all is well")[0] == 0
    assert probe(f"{url}/", "--body=nothing") == (1, f"{url}/: status 200 OK, but its body doesn't contain 'nothing'\n", "")
    assert probe(f"127.0.0.1:{server}") == (0, f"127.0.0.1:{server}: accepts connections\n", "")
    port = free_port()
    assert probe(f"127.0.0.1:{port}") == (1, f"127.0.0.1:{port}: can't connect: Connection refused\n", "")
    assert probe("nosuch.invalid:1", "-t", 20)[1].startswith("nosuch.invalid:1: ")
    assert probe("unix:/nosuch:/")[1] == "unix:/nosuch:/: can't connect: No such file or directory\n"


def test_probe_is_not_held_up():
    """By a server that accepts and says nothing, or by one that doesn't accept."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        port = silent.getsockname()[1]
        assert probe(f"http://127.0.0.1:{port}/", "-t", 0.2) == (1, f"http://127.0.0.1:{port}/: no answer within 0.2 seconds\n", "")


@pytest.mark.parametrize("words, sentence", [
    ([], "probe needs a target"), (["a:1", "--exepct=1"], "did you mean --expect?"), (["https://a/"], "https is not supported"),
    (["a:1", "-t", "soon"], "is no number of seconds"),
])
def test_mistakes_of_probe(words, sentence):
    code, out, error = probe(*words)
    assert code == 2 and sentence in error and out == ""


def test_checks_are_made_by_the_ctl_beside_init(begin, folder):
    """init itself connects to no server, and looks no names up."""
    keys = dict(healthcheck_tcp="nosuch.invalid:1", healthcheck_timeout=20, healthcheck_retries=1)
    run = begin(program("web", "{actor} wait", **keys))
    wait_until(lambda: health(run, "web") == "unhealthy")
    assert re.match("can't find the address of nosuch.invalid: |no answer within 20 seconds",
                    one(run, "web")["health_checks"][0]["problem"].removeprefix("nosuch.invalid:1: "))
    lonely = folder / "lonely"
    lonely.mkdir()
    shutil.copy(DIST / "init", lonely)
    (lonely / "c.conf").write_text("[supervisord]\n" + program("web", "sleep 1000", **keys))
    with open(lonely / "said", "wb") as said:
        process = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", lonely / "init", "-n", "-c", lonely / "c.conf"],
                                   stdout=said, stderr=said, cwd=lonely)
    try:
        wait_until(lambda: f"web is unhealthy: there is no {lonely}/ctl that could make the check: install ctl beside init"
                   in (lonely / "said").read_text(), what=lambda: (lonely / "said").read_text())
    finally:
        process.kill()
        process.wait()


def connections(sock):
    """How many connections to the listener `sock` its clients have open."""
    place = "0100007F:%04X" % sock.getsockname()[1]
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2] == place and row[3] == "01" for row in rows)


def service(run):
    """The process that makes checks; None if there is none."""
    return next((pid for pid in procfs.children(run.pid) if "--serve" in procfs.cmdline(pid)), None)


def test_a_server_that_does_not_answer(begin):
    """The check is a process of its own, which ends at a timeout and at a stop; init goes on meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        run = begin(program("web", "{actor} wait", healthcheck_http=url, healthcheck_timeout=60)
                    + program("brief", "{actor} wait", healthcheck_http=url, healthcheck_timeout=1, healthcheck_retries=1))
        wait_until(lambda: health(run, "brief") == "unhealthy")
        assert one(run, "brief")["health_checks"][0]["problem"] == f"{url}: no answer within 1 second"
        assert run.ctl("stop", "brief").code == 0
        wait_until(lambda: connections(deaf) == 1)
        maker = service(run)
        assert set(procfs.children(run.pid)) == {maker, run.pid_of("web")}
        wait_until(lambda: len(procfs.children(maker)) == 1)
        assert one(run, "web")["health_checks"] == [] and health(run, "web") == "starting"
        run.assert_sleeps(1, maker)
        assert run.ctl("restart", "web").code == 0
        wait_until(lambda: connections(deaf) == 1)
        assert run.ctl("stop", "web").code == 0
        wait_until(lambda: connections(deaf) == 0 and not procfs.children(maker))
        assert service(run) == maker
        run.assert_sleeps(1, maker)


def test_only_systems_with_such_a_check_have_the_process(begin, actor):
    """It comes with the first check, costs init two descriptors, and goes with the last one: when its program goes, and when only
    the key does."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        key = dict(healthcheck_http=f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        other, web = program("other", f"{actor} wait", healthcheck_command="true"), program("web", f"{actor} wait")
        run = begin(other + web)
        wait_until(lambda: health(run, "other") == "healthy")
        run.assert_sleeps(1)
        before = len(procfs.descriptors(run.pid))
        assert service(run) is None
        for checked, of_programs in ((program("web", f"{actor} wait", **key), 0), (web + program("late", f"{actor} wait", **key), 5)):
            run.configure(other + checked)
            assert run.ctl("update").code == 0
            wait_until(lambda: connections(deaf) == 1)
            assert len(procfs.descriptors(run.pid)) == before + 2 + of_programs
            run.configure(other + web)
            assert run.ctl("update").code == 0
            wait_until(lambda: service(run) is None and len(procfs.descriptors(run.pid)) == before)
            assert connections(deaf) == 0
        run.assert_sleeps(1)


def test_the_process_has_no_rights_that_checks_do_not_need(begin, folder):
    """No descriptor of a program's or of init's, and of root's capabilities the one for sockets of other users."""
    if os.geteuid() != 0:
        pytest.skip("is about root's rights")
    (folder / "closed").mkdir()
    with socket.socket(socket.AF_UNIX) as closed:
        closed.bind(str(folder / "closed" / "sock"))
        closed.listen()
        for path in (folder / "closed", folder / "closed" / "sock"):
            path.chmod(0o700)
            os.chown(path, 65534, 65534)
        run = begin(program("web", "{actor} wait", user="nobody", healthcheck_tcp=f"unix:{folder}/closed/sock"))
        wait_until(lambda: health(run, "web") == "healthy")
    maker = service(run)
    status = procfs.status(maker)
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 1, "CAP_DAC_OVERRIDE"
    assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0 and status["NoNewPrivs"] == "1"
    opened = procfs.descriptors(maker)
    assert sorted(opened) == [0, 1, 2] and opened[0] == opened[1], opened
    assert opened[0].startswith("socket:") and opened[2].startswith("pipe:")
    assert opened[0] not in procfs.descriptors(run.pid).values(), "its end is its own"


def test_the_process_of_a_check_is_killed(begin, server):
    """By someone: only that check fails, and says why."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        run = begin(program("web", "{actor} wait", healthcheck_http=url, healthcheck_timeout=60, healthcheck_retries=1)
                    + program("fine", "{actor} wait", healthcheck_tcp=f"127.0.0.1:{server}", healthcheck_interval=0.1))
        wait_until(lambda: connections(deaf) == 1 and health(run, "fine") == "healthy")
        maker = service(run)
        # The one that has the connection is there all the time.
        before = set(procfs.children(maker))
        wait_until(lambda: len(before.intersection_update(procfs.children(maker)) or before) == 1)
        os.kill(before.pop(), signal.SIGKILL)
        wait_until(lambda: health(run, "web") == "unhealthy")
        assert one(run, "web")["health_checks"][-1]["problem"] == f"{url}: the process of the check was killed"
        assert run.log().count("web is unhealthy") == 1
        assert service(run) == maker and all(check["success"] for check in one(run, "fine")["health_checks"])


def test_servers_that_close_at_once(begin, folder):
    """Whether before or after the question is there."""
    with socket.socket(socket.AF_UNIX) as rude:
        rude.bind(str(folder / "rude"))
        rude.listen()
        run = begin(program("web", "{actor} wait", healthcheck_http=f"unix:{folder}/rude:/", healthcheck_start_interval=0.1, numprocs=20,
                            process_name="web%(process_num)d"))
        seen = set()
        for _ in range(200):
            rude.accept()[0].close()
            seen |= {check["problem"].split(": ")[-1] for check in one(run, "web:web0")["health_checks"]} if _ % 20 == 0 else set()
        assert service(run) and "reaped unknown" not in run.log()
    assert seen <= {"Broken pipe", "Connection reset by peer", "it closed the connection without an answer"}, seen


def test_the_process_that_makes_checks_is_replaced(begin, server):
    """Whoever kills or stops it, which fails the checks that it had, at most once each."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        run = begin(program("web", "{actor} wait", healthcheck_tcp=f"127.0.0.1:{server}", healthcheck_interval=0.2, healthcheck_retries=3)
                    + program("deaf", "{actor} wait", healthcheck_http=f"http://127.0.0.1:{deaf.getsockname()[1]}/", healthcheck_timeout=1,
                              healthcheck_interval=0.2, healthcheck_retries=1))

        wait_until(lambda: health(run, "web") == "healthy" and connections(deaf) == 1)
        first = service(run)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: "the process for health checks failed (terminated by SIGKILL)" in str(one(run, "deaf")["health_checks"]))
        wait_until(lambda: connections(deaf) == 1 and service(run) not in (None, first))
        second = service(run)
        # One that is stopped answers nothing: init notices, and kills it.
        os.kill(second, signal.SIGSTOP)
        wait_until(lambda: "the process for health checks didn't answer" in str(one(run, "deaf")["health_checks"]))
        wait_until(lambda: not procfs.alive(second) and service(run) not in (None, second))
        wait_until(lambda: one(run, "web")["health_checks"][-1]["success"])
        assert health(run, "web") == "healthy", "it failed too seldom in a row to be unhealthy"
        run.stop()
        assert "left behind" not in run.log()


@pytest.mark.parametrize("answer, problem", [
    (b"", "closed the connection without an answer"), (b"HTTP/1.1", "its answer isn't HTTP"), (b"\n", "its answer isn't HTTP"),
    (b"HTTP/1.1 99999999999999999999 x\r\n", "its answer isn't HTTP"), (b"x" * 9000, "its answer isn't HTTP"),
    (b"\xff\x00\n\n", "its answer isn't HTTP"), (b"HTTP/1.1 503 \xff\x1b[31m\r\n", "and not 200-399"), (b"HTTP/1.1 200\n", ""),
    (b"HTTP/1.1 204 No Content\r\n" + b"x" * 100_000, ""),
])
def test_strange_answers(begin, answer, problem):
    with socket.create_server(("127.0.0.1", 0)) as strange:
        url = f"http://127.0.0.1:{strange.getsockname()[1]}/"
        run = begin(program("web", "{actor} wait", healthcheck_http=url, healthcheck_interval=60, healthcheck_start_interval=60, healthcheck_retries=1))
        connection, _ = strange.accept()
        with connection:
            assert connection.recv(4096).startswith(b"GET / HTTP/1.1\r\nHost: ")
            try:
                for at in range(0, len(answer), 3000):  # in pieces
                    connection.sendall(answer[at:at + 3000])
            except OSError:
                pass  # it has read enough
        wait_until(lambda: one(run, "web")["health_checks"])
    check, = one(run, "web")["health_checks"]
    assert check["success"] is (problem == "") and problem in check["problem"] and check["problem"].isprintable(), check


def test_addresses(begin, folder):
    """IPv6, a Unix socket whose backlog is full for a while, and places where nobody listens."""
    keys = dict(healthcheck_start_interval=0.1, healthcheck_retries=1)
    with (socket.create_server(("::1", 0), family=socket.AF_INET6) as six, socket.socket(socket.AF_UNIX) as full,
          socket.socket(socket.AF_UNIX) as reached, socket.socket(socket.AF_UNIX) as held):
        port = six.getsockname()[1]
        deep = folder / ("d" * 100)
        deep.mkdir()
        (folder / "short").symlink_to(deep)
        reached.bind(str(folder / "short" / "deep.sock"))
        reached.listen()
        full.bind(str(folder / "full.sock"))
        full.listen(0)
        held.connect(str(folder / "full.sock"))
        run = begin(program("six", "{actor} wait", healthcheck_tcp=f"[::1]:{port}", **keys)
                    + program("local", "{actor} wait", healthcheck_tcp=f"localhost:{port}", **keys)
                    + program("nobody", "{actor} wait", healthcheck_tcp=f"127.0.0.1:{port}", **keys)
                    + program("missing", "{actor} wait", healthcheck_http=f"unix:{folder}/missing.sock:/", **keys)
                    + program("long", "{actor} wait", healthcheck_http=f"unix:/{'x' * 120}:/", **keys)
                    + program("deep", "{actor} wait", healthcheck_tcp=f"unix:{deep}/deep.sock", **keys)
                    + program("full", "{actor} wait", healthcheck_http=f"unix:{folder}/full.sock:/", healthcheck_timeout=60))
        wait_until(lambda: [health(run, name) for name in ("six", "local", "deep")] == ["healthy"] * 3)
        wait_until(lambda: [health(run, name) for name in ("nobody", "missing", "long")] == ["unhealthy"] * 3)
        assert "can't connect: Connection refused" in one(run, "nobody")["health_checks"][0]["problem"]
        assert "can't connect: No such file or directory" in one(run, "missing")["health_checks"][0]["problem"]
        assert one(run, "long")["health_checks"][0]["problem"].endswith("can't connect: Filename too long")
        assert one(run, "full")["health_checks"] == []
        full.accept()[0].close()
        connection, _ = full.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        wait_until(lambda: health(run, "full") == "healthy")


def test_sockets_on_a_file_system_that_hangs(begin, folder):
    """Their checks time out, and cost init almost nothing; the others go on."""
    if os.getuid() or not os.path.exists("/dev/fuse"):
        pytest.skip("mounting a file system needs root and /dev/fuse")
    (folder / "mount").mkdir()
    with fuse.hanging(folder / "mount"), socket.socket(socket.AF_UNIX) as fine:
        fine.bind(str(folder / "fine.sock"))
        fine.listen(100)
        keys = dict(healthcheck_timeout=2, healthcheck_retries=1)
        run = begin("".join(program(f"far{number}", "{actor} wait", healthcheck_tcp=f"unix:{folder}/mount/{number}.sock", **keys)
                            for number in range(20))
                    + program("near", "{actor} wait", healthcheck_tcp=f"unix:{folder}/fine.sock", healthcheck_start_interval=0.1))
        wait_until(lambda: health(run, "near") == "healthy")
        wait_until(lambda: {health(run, f"far{number}") for number in range(20)} == {"unhealthy"})
        assert one(run, "far0")["health_checks"][0]["problem"].endswith("/mount/0.sock: no answer within 2 seconds")
        assert run.ctl("restart", "near").code == 0
        wait_until(lambda: health(run, "near") == "healthy")


def test_probe_needs_no_shell_and_no_proc(server, folder):
    """In an image that has nothing but ctl."""
    if os.geteuid() != 0:
        pytest.skip("changes its root")
    shutil.copy(DIST / "ctl", folder / "ctl")
    done = subprocess.run(["chroot", folder, "/ctl", "probe", f"127.0.0.1:{server}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
