"""Listeners that people use, unchanged: those of superlance that need nothing but events."""

import pathlib
import shlex
import socketserver
import sys
import threading

import pytest

from supervised import section
from waiting import wait_until

SCRIPTS = pathlib.Path(sys.executable).parent


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes mail as an SMTP server does, and keeps it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mails = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                mail = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    mail.append(text.decode())
                self.server.mails.append("".join(mail))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mailbox():
    with Mailbox() as server:
        yield server
        server.shutdown()


def program(name, *words, events, **keys):
    command = shlex.join([sys.executable, str(SCRIPTS / words[0]), *words[1:]])
    return section("eventlistener", name, command=command, events=events, startsecs=0, buffer_size=100, **keys)


def test_crashmail(start, actor, folder):
    sendmail = folder / "sendmail"
    sendmail.write_text(f"#!/bin/sh\nexec cat >> {folder}/mail\n")
    sendmail.chmod(0o755)
    run = start(
        program("mailer", "crashmail", "-a", "-m", "me@example.com", "-s", str(sendmail), events="PROCESS_STATE_EXITED")
        + section("program", "good", command=f"{actor} exit 0", startsecs=0, autorestart=False)
        + section("program", "bad", command=f"{actor} exit 3", startsecs=0, autorestart=False))
    text = wait_until(lambda: "unexpectedly" in (mail := (folder / "mail").read_text()) and mail, what=run.story)
    assert "Process bad in group bad exited unexpectedly (pid " in text and "from state RUNNING" in text
    assert "good" not in text
    assert run.state("mailer") == "RUNNING"


@pytest.mark.parametrize("script, keys, events, words", [
    ("crashmailbatch", dict(command="{actor} exit 3", startsecs=0, autorestart=False), "PROCESS_STATE,TICK_5",
     "died unexpectedly"),
    ("fatalmailbatch", dict(command="{actor} exit 3", startretries=0), "PROCESS_STATE,TICK_5",
     "failed to start too many times"),
])
def test_batches_of_mail(start, actor, mailbox, script, keys, events, words):
    run = start(
        program("mailer", script, "-t", "me@example.com", "-f", "init@example.com", "-s", "trouble", "-i", "0.01",
                "-e", "TICK_5", "-H", f"127.0.0.1:{mailbox.server_address[1]}", events=events)
        + section("program", "bad", **{key: str(value).replace("{actor}", actor) for key, value in keys.items()}),
        pid1=False)
    wait_until(lambda: mailbox.mails, timeout=30, what=run.story)
    assert "trouble" in mailbox.mails[0] and "bad" in mailbox.mails[0] and words in mailbox.mails[0]
    assert run.state("mailer") == "RUNNING"
