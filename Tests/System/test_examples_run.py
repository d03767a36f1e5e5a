"""The examples do what they are for, under supervisord before and under init after the move.

Each runs as its image would: the steps of its Dockerfile, its entrypoint as PID 1, in its own network (boxes.py). With
REEVE_IMAGES=1 real images are built and run by podman instead, which takes minutes.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import signal
import sys

import pytest

import boxes
import images
import overlays
import supervised
from test_examples import EXAMPLES, needs, recipe
from waiting import wait_until

BEFORE, AFTER = "Dockerfile.before", "Dockerfile"
both = pytest.mark.parametrize("which", [BEFORE, AFTER], ids=["before", "after"])
REAL = os.environ.get("REEVE_IMAGES")


@pytest.fixture(scope="module")
def image():
    """`image(name, which)` returns the tag of an image, built once."""
    made = {}
    if not REAL:
        yield None
        return
    with images.one_at_a_time(), images.reeve() as reeve:
        def build(name, which):
            if (name, which) not in made:
                tag = f"localhost/reeve-example-{os.getpid()}-{name}-{len(made)}"
                made[name, which] = images.build(
                    EXAMPLES / name, tag, "-f", EXAMPLES / name / which, "--build-context", f"reeve=container-image://{reeve}", timeout=1200)
            return made[name, which]
        yield build
        for tag in made.values():
            images.podman("rmi", "-f", tag, check=False)


@pytest.fixture
def run(folder, image):
    """`run(name, which, *change)`: the running example; `change` are shell lines that change its files first."""
    running = []

    def begin(name, which, *change):
        if reason := images.missing() if REAL else boxes.missing() or overlays.missing(folder / "try"):
            pytest.skip(reason)
        if REAL:
            running.append(boxes.Image(folder, EXAMPLES / name / which, image(name, which), change))
        else:
            needs(name, which)
            running.append(boxes.Box(folder, recipe(name, which), change=change))
        return running[-1]

    (folder / "try").mkdir()
    yield begin
    for one in running:
        one.kill()


@both
def test_nginx_php_fpm_and_cron(run, which):
    one = run("nginx-php", which)
    one.wait_fetch("PHP 8 answers", "http://127.0.0.1:8080/")
    # cron has run a job, as the user of the pages, and its output is in the log.
    one.wait_said("the job has run")
    assert re.search(r"ran last at \d\d:\d\d:\d\d$", one.fetch("http://127.0.0.1:8080/").strip())
    one.wait_states()
    one.stop()


@both
def test_cron(run, which):
    one = run("cron", which)
    one.wait_said("cron has started")
    one.wait_states(cron="RUNNING")
    one.stop()


@both
def test_sshd(run, which, folder):
    one = run("sshd", which)
    one.wait_states(sshd="RUNNING")
    key = folder / "key"
    one.outside("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    one.run("sh", "-c", f"install -d -m 700 /root/.ssh && echo '{key.with_suffix('.pub').read_text().strip()}' >/root/.ssh/authorized_keys")
    options = [f"-o{option}" for option in ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")]
    words = ["ssh", *options, "-i", key, "-p", "2222", "root@127.0.0.1", "cat /proc/1/comm"]
    wait_until(lambda: one.outside(*words) == ("init\n" if which == AFTER else "supervisord\n"), what=one.said)
    one.stop()


@both
def test_django_celery_and_redis(run, which):
    one = run("django", which)
    page = "http://127.0.0.1:8000"
    one.wait_fetch("0 orders, 0 are done", f"{page}/")
    assert one.fetch(f"{page}/orders", "-d", "seconds=0") == "order 1 is accepted\n"
    one.wait_fetch("1 orders, 1 are done", f"{page}/")
    # The clock creates tasks, too.
    one.wait_said(" 0 orders wait")
    # The worker finishes what it has begun.
    assert one.fetch(f"{page}/orders", "-d", "seconds=1") == "order 2 is accepted\n"
    wait_until(lambda: re.search(r"fulfil\[.*\] received(?s:.*)fulfil\[.*\] received", one.said()), what=one.said)
    one.stop()
    assert "order 2 is done" in one.said()
    if which == AFTER:
        said = one.said()
        order = ["success: redis entered", "completed: migrate", "spawned: 'worker'", "success: worker entered", "spawned: 'beat'"]
        assert sorted(order, key=said.index) == order, said
        stopped = re.findall(r"stopped: (\w+)", said)
        assert stopped[-1] == "redis" and stopped.index("beat") < stopped.index("worker"), stopped


def workers(one):
    """The pids of the queue's workers; Horizon has its own command for them."""
    return {pid for pid, command in one.processes().items() if re.search(r"artisan (queue|horizon):work ", command)}


#: What composer makes of Debian's framework and Horizon.
VENDOR = """<?php
error_reporting(E_ALL & ~E_DEPRECATED);
require '/usr/share/php/Illuminate/autoload.php';
spl_autoload_register(function ($class) {
    foreach (['App\\\\' => '/srv/app/app/', 'Laravel\\\\Horizon\\\\' => '/srv/app/vendor/laravel/horizon/src/'] as $prefix => $folder) {
        if (str_starts_with($class, $prefix)) {
            $file = $folder.strtr(substr($class, strlen($prefix)), '\\\\', '/').'.php';
            is_file($file) && require $file;
        }
    }
});
"""
PACKAGES = {"packages": [{"name": "laravel/horizon", "extra": {"laravel": {"providers": ["Laravel\\Horizon\\HorizonServiceProvider"]}}}]}


def horizon():
    """Shell lines that install the package laravel/horizon, version 5.21, from the folder REEVE_HORIZON (outside of /tmp); none without it."""
    if not (package := os.environ.get("REEVE_HORIZON")):
        return ()
    files = {"autoload.php": VENDOR, "composer/installed.json": json.dumps(PACKAGES)}
    return ("mkdir -p /srv/app/vendor/laravel /srv/app/vendor/composer", f"cp -r {shlex.quote(package)} /srv/app/vendor/laravel/horizon",
            *(f"printf %s {shlex.quote(text)} >/srv/app/vendor/{name}" for name, text in files.items()))


@both
def test_laravel_with_horizon_and_the_scheduler(run, which):
    """The framework is Debian's; Debian has no Horizon, so the application's stand-in for `artisan horizon` runs: the
    same signals, and the framework's own workers. With REEVE_HORIZON the package itself runs."""
    one = run("laravel", which, *horizon())
    page = "http://127.0.0.1:8080"
    one.wait_fetch("invoices are written", f"{page}/")
    assert one.fetch(f"{page}/invoices", "-d", "seconds=0") == "accepted\n"
    wait_until(lambda: int(one.fetch(f"{page}/").split()[0]) >= 1, what=one.said, poll=0.1)
    # What the scheduler does at each full minute.
    one.wait_said("Schedule worker started")
    assert "Running scheduled command: App\\Jobs\\Invoice" in one.run("sh", "-c", "cd /srv/app; php artisan schedule:run")
    wait_until(lambda: int(one.fetch(f"{page}/").split()[0]) >= 2, what=one.said, poll=0.1)
    assert "Horizon is running." in one.run("php", "/srv/app/artisan", "horizon:status")
    if which == AFTER:
        one.wait_states(optimize="COMPLETED")
        said = one.said()
        order = ["completed: optimize", "spawned: 'php-fpm'", "success: php-fpm", "spawned: 'nginx'"]
        assert sorted(order, key=said.index) == order, said
        order = ["completed: optimize", "spawned: 'horizon'", "success: horizon", "spawned: 'scheduler'"]
        assert sorted(order, key=said.index) == order, said
        # New workers with the code of now: the master stays. Then a new master.
        old = workers(one)
        one.ctl("reload-program", "horizon")
        wait_until(lambda: len(workers(one)) == 2 and not workers(one) & old, what=one.said, poll=0.2)
        assert said.count("spawned: 'horizon'") == 1
        one.run("php", "/srv/app/artisan", "horizon:terminate")
        one.wait_said("spawned: 'horizon'", times=2)
        wait_until(lambda: len(workers(one)) == 2, what=one.said, poll=0.2)
    # The worker finishes what it has begun.
    begun = one.said().count(" Processing: ")
    assert one.fetch(f"{page}/invoices", "-d", "seconds=4") == "accepted\n"
    one.wait_said(" Processing: ", times=begun + 1)
    one.stop()
    assert one.said().count(" Processing: ") == one.said().count(" Processed: ") > begun
    said = one.said()
    assert said.count(" Processing: ") == said.count(" Processed: ") > begun
    assert said.rindex("SIGTERM indicating exit request") < said.rindex(" Processed: ")


#: Sends a mail of alice's to bob through the submission port, one from elsewhere, and one that must not be relayed; reads bob's by IMAP.
MAIL = """
import imaplib, smtplib, ssl
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
text = "From: {0}\\r\\nTo: bob@example.org\\r\\nSubject: {1}\\r\\n\\r\\nhello\\r\\n"
with smtplib.SMTP("127.0.0.1", 587, timeout=30) as server:
    server.starttls(context=context)
    server.login("alice@example.org", "change-me")
    server.sendmail("alice@example.org", ["bob@example.org"], text.format("alice@example.org", "from inside"))
with smtplib.SMTP("127.0.0.1", 25, timeout=30) as server:
    server.sendmail("eve@example.com", ["bob@example.org"], text.format("eve@example.com", "from outside"))
    for address, code in (("carol@example.com", 454), ("nobody@example.org", 550)):
        try:
            server.sendmail("eve@example.com", [address], text.format("eve@example.com", "no"))
        except smtplib.SMTPRecipientsRefused as error:
            print(address, error.recipients[address][0])
"""
READ = """
import imaplib, ssl
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with imaplib.IMAP4("127.0.0.1", 143, timeout=30) as server:
    server.starttls(context)
    server.login("bob@example.org", "change-me")
    server.select("INBOX")
    for number in server.search(None, "ALL")[1][0].split():
        print(server.fetch(number, "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode().strip())
"""


@both
def test_postfix_and_dovecot(run, which):
    one = run("mail", which)
    greeting = "import socket; print(socket.create_connection(('127.0.0.1', 25), 5).recv(100).decode())"
    wait_until(lambda: one.python(greeting).startswith("220 mail.example.org"), what=one.said, poll=0.1)
    refused = one.python(MAIL).split("\n")
    assert refused[0].startswith("carol@example.com ") and refused[1].startswith("nobody@example.org 550"), refused
    wait_until(lambda: sorted(one.python(READ).splitlines()) == ["Subject: from inside", "Subject: from outside"], what=one.said, poll=0.1)
    # What both log is in the container's log, without files.
    one.wait_said("status=sent", times=2)
    one.wait_said("Login: user=<bob@example.org>")
    one.wait_states(postfix="RUNNING", dovecot="RUNNING")
    # Of `postfix start-fg`, supervisord's signal reaches the shell alone: postfix goes on. stop_command ends all of it.
    assert "stopped" in one.ctl("stop", "postfix")
    assert any(command.startswith("/usr/lib/postfix/sbin/master") for command in one.processes().values()) == (which == BEFORE)
    if which == AFTER:
        assert "started" in one.ctl("start", "postfix")
        one.wait_states()
    one.stop()


def frame(one, password="change-me"):
    """What a VNC client sees: {"name", "width", "height", "colours"}; what it says if it fails."""
    said = one.outside(sys.executable, pathlib.Path(__file__).with_name("vnc_client.py"), "6080", password)
    return json.loads(said) if said.startswith("{") else {"colours": [], "said": said}


def wait_frame(one):
    """Waits for the desktop's background and the terminal's."""
    return wait_until(lambda: next((seen for seen in [frame(one)] if {"335577", "ffffff"} <= set(seen["colours"])), None),
                      what=lambda: f"{frame(one)}; {one.said()}", poll=0.2)


@both
def test_a_desktop_by_vnc(run, which):
    one = run("desktop", which)
    seen = wait_frame(one)
    assert (seen["width"], seen["height"]) == (1280, 800)
    assert not frame(one, "wrong")["colours"]
    assert "<title>noVNC</title>" in one.fetch("http://127.0.0.1:6080/vnc.html")
    one.wait_states()
    if which == AFTER:
        said = one.said()
        order = ["success: xvfb", "spawned: 'x11vnc'", "success: x11vnc", "spawned: 'novnc'"]
        assert sorted(order, key=said.index) == order and "exited:" not in said, said
        # What has windows restarts with the X server; the proxy doesn't have to.
        os.kill(one.program("xvfb"), signal.SIGKILL)
        for name in ("xvfb", "jwm", "terminal", "x11vnc"):
            one.wait_said(f"spawned: '{name}'", times=2)
        wait_frame(one)
        assert one.said().count("spawned: 'novnc'") == 1
        one.wait_states()
        assert "FATAL" not in one.said()
    one.stop()


CONFIGURATION = "/etc/app/supervisord.conf"
#: A model that loads quickly, and a sidecar that takes one request at a time.
QUICK = [rf"""sed -i 's/^command=.*{program}.py.*/&\nenvironment={variable}/' {CONFIGURATION}"""
         for program, variable in (("model", 'MODEL_LOAD_SECONDS="0.5"'), ("sidecar", 'QUEUE="1"'))]
MODEL = "http://127.0.0.1:8000"


@both
def test_inference_with_a_sidecar(run, which):
    one = run("inference", which, *QUICK)
    answer = one.wait_fetch("text", f"{MODEL}/generate", "-d", '{"prompt": "b a"}')
    assert json.loads(answer)["text"] == "a b"
    said = one.said()
    assert said.index("model: ready") < said.index("sidecar: listening")
    one.wait_states()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(one.fetch, f"{MODEL}/generate", "-d", '{"prompt": "d c", "tokens": 80}')
        one.wait_fetch("inference_requests_waiting 1", f"{MODEL}/metrics")
        # It is full, and says so. Then all of it ends; what has been accepted is answered.
        assert "429" in one.fetch(f"{MODEL}/generate", "-i", "-d", '{"prompt": "no"}').splitlines()[0]
        one.stop()
        assert json.loads(slow.result())["text"] == "c d"
    said = one.said()
    assert said.index("sidecar: everything is answered") < said.index("model: everything is answered")


def test_a_model_that_hangs_is_restarted(run):
    times = {"healthcheck_interval": 0.2, "healthcheck_timeout": 1, "stopwaitsecs": 1}
    one = run("inference", AFTER, *QUICK, *[f"sed -i 's/^{key}=.*/{key}={value}/' {CONFIGURATION}" for key, value in times.items()])
    one.wait_fetch("text", f"{MODEL}/generate", "-d", '{"prompt": "b a"}')
    os.kill(one.program("model"), signal.SIGSTOP)
    one.wait_said("spawned: 'model'", times=2)
    one.wait_fetch("text", f"{MODEL}/generate", "-d", '{"prompt": "b a"}')
    # The sidecar has been there all the time.
    said = one.said()
    assert "model is unhealthy" in said and said.count("spawned: 'sidecar'") == 1, said
