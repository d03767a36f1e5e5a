"""superlance from PyPI, unchanged, under supervisord and under init: it reports the same."""

import contextlib
import re
import signal

import pytest
from aiosmtpd.controller import Controller

from ports import free_port
from supervised import ENGINES, SCRIPTS, section
from waiting import wait_until


class Mailbox:
    """Keeps the text of every mail, by recipient."""

    def __init__(self):
        self.mails = {}

    async def handle_DATA(self, server, session, envelope):
        head, _, body = envelope.content.decode().replace("\r\n", "\n").partition("\n\n")
        subject = re.search("^Subject: (.*)$", head, re.M)
        self.mails.setdefault(envelope.rcpt_tos[0], []).append((subject and subject[1], body))
        return "250 OK"


@pytest.fixture
def mailbox():
    with contextlib.ExitStack() as stack:
        def make():
            box = Mailbox()
            controller = Controller(box, hostname="127.0.0.1", port=free_port())
            controller.start()
            stack.callback(controller.stop)
            return box, controller.port
        yield make


def masked(text):
    text = re.sub(r"pid \d+", "pid N", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "TIME", text)
    text = re.sub(r"(RSS of \S+ is|RSS) \d+", r"\1 N", text)
    return re.sub(r"at \w{3} \w{3} +\d+ [\d:]+ \d{4}.*?because", "at TIME because", text)


class Life:
    """One supervisor with a program for each listener to report on."""

    def __init__(self, start, engine, actor, folder, mailbox, dead_port):
        self.box, port = mailbox()
        self.folder = folder / engine
        self.folder.mkdir()
        self.folder.chmod(0o755)

        def listener(name, events, command):
            return section("eventlistener", name, command=f"{SCRIPTS}/{command}", events=events, buffer_size=100,
                           stderr_logfile=self.folder / f"{name}.log", stdout_logfile="NONE")

        smtp = f"--smtpHost 127.0.0.1:{port} --fromEmail reeve@localhost --interval 0.01 --tickEvent TICK_5"
        config = (
            section("program", "web", command=f"{actor} wait", startsecs=0)
            + section("program", "big", command=f"{actor} wait", startsecs=0)
            # They exit once the listeners are up.
            + section("program", "crash", command=f"{actor} exit 3", startsecs=0, autorestart=False, autostart=False)
            + section("program", "fine", command=f"{actor} exit 0", startsecs=0, autorestart=False, autostart=False)
            + section("program", "fatal", command=f"{actor} exit 1", startretries=0, startsecs=30, autostart=False)
            + listener("httpok", "TICK_5", f"httpok -p web -t 1 http://127.0.0.1:{dead_port}/")
            + listener("memmon", "TICK_5", "memmon -p big=1KB")
            + listener("crashmail", "PROCESS_STATE_EXITED",
                       f"crashmail -a -m a@localhost -s 'cat >> {self.folder}/crashmail.mail'")
            + listener("crashmailbatch", "PROCESS_STATE,TICK_5", f"crashmailbatch {smtp} --toEmail crash@localhost")
            + listener("fatalmailbatch", "PROCESS_STATE,TICK_5", f"fatalmailbatch {smtp} --toEmail fatal@localhost"))
        self.run = start(config, folder=self.folder, engine=ENGINES[engine], pid1=False)
        self.first = {name: self.run.info(name)["pid"] for name in ("web", "big")}
        self.restarted = set()

    def provoke(self):
        for name in ("httpok", "memmon", "crashmail", "crashmailbatch", "fatalmailbatch"):
            self.run.wait_state(name, "RUNNING")
        for name in ("crash", "fine", "fatal"):
            self.run.ctl("start", name)

    def log(self, name):
        try:
            return masked((self.folder / name).read_text())
        except FileNotFoundError:
            return ""

    def seen(self):
        """What each listener has done so far. Programs that were restarted once count only once, although each TICK
        restarts them again."""
        self.restarted |= {name for name, pid in self.first.items() if self.run.info(name)["pid"] not in (0, pid)}
        return {
            "httpok": {line for line in self.log("httpok.log").splitlines() if "Programs not" not in line},
            "memmon": set(self.log("memmon.log").splitlines()),
            "crashmail": (self.log("crashmail.log"), self.log("crashmail.mail")),
            "crashmailbatch": [(subject, sorted(masked(body).split("\n"))) for subject, body in
                               self.box.mails.get("crash@localhost", [])],
            "fatalmailbatch": [(subject, sorted(masked(body).split("\n"))) for subject, body in
                               self.box.mails.get("fatal@localhost", [])],
            "restarted": set(self.restarted),
        }

    def all_seen(self):
        """The same, once each has done its work."""
        seen = {}

        def complete():
            seen.update(self.seen())
            return ("restarted" in str(seen["httpok"]) and "Restarting" in str(seen["memmon"]) and seen["crashmail"][1]
                    and seen["crashmailbatch"] and seen["fatalmailbatch"] and seen["restarted"] == {"web", "big"})

        wait_until(complete, timeout=60, what=lambda: str(seen))
        return seen


def test_superlance_works_unchanged(start, actor, folder, mailbox):
    dead_port = free_port()
    lives = {engine: Life(start, engine, actor, folder, mailbox, dead_port) for engine in ENGINES}
    for life in lives.values():
        life.provoke()
    reference, ours = (lives[engine].all_seen() for engine in ("supervisord", "init"))
    for life in lives.values():
        life.run.send(signal.SIGTERM)
        assert life.run.wait(60) == 0
    assert not [line for line in reference["httpok"] | reference["memmon"] if "Error" in line or "Exception" in line]
    assert "crash" in str(reference["crashmailbatch"]) and "fatal" in str(reference["fatalmailbatch"])
    for name in reference:
        assert ours[name] == reference[name], name
