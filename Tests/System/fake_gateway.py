#!/usr/bin/env python3
"""A stand-in for the gateway: serves the sockets that init passes, and answers each connection with a line about
itself.

Its orders are in the file `gateway.orders` beside it (tests copy it and control.py into a folder that every user can
read), one per line:

    exit N        exits with this code at once, before it requests anything
    die N         requests its servers, then sends itself this signal
    hang          requests them, then neither accepts nor exits, and ignores SIGTERM
    deaf          closes its control connection, and stays
    idle SECONDS  exits with 0 after this time without a connection (default: never)
    say TEXT      writes a line to stderr at the start
    slow          takes half a second to exit at SIGTERM

A client that sends `call METHOD\n` gets init's answer to that call. `quit\n` makes it exit with 0, `crash\n` with
SIGSEGV before an answer, and anything else is answered with `gateway PID NAMES`.
"""

import json
import os
import pathlib
import select
import signal
import socket
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import control


class Inherited(control.Control):
    """The protocol over an inherited connection."""

    def __init__(self, number):
        self.socket = socket.socket(fileno=number)
        self.socket.settimeout(10)
        self.last, self.waiting = 0, {}


def orders():
    try:
        lines = (HERE / "gateway.orders").read_text().splitlines()
    except FileNotFoundError:
        lines = []
    return {line.split(" ", 1)[0]: (line.split(" ", 1) + [""])[1] for line in lines if line}


def answer(client, connection, listed):
    """False if it is to exit."""
    client.settimeout(5)
    request = b""
    while not request.endswith(b"\n"):
        got = client.recv(4096)
        if not got:
            return True
        request += got
    words = request.decode().split()
    if words[:1] == ["quit"]:
        client.sendall(b"bye\n")
        return False
    if words[:1] == ["crash"]:
        os.kill(os.getpid(), signal.SIGSEGV)
    if words[:1] == ["call"]:
        try:
            result = connection.call(words[1], *json.loads(" ".join(words[2:]) or "[]"))
        except control.Fault as fault:
            result = {"fault": fault.code, "text": fault.text}
        except EOFError:
            result = "EOF"
        client.sendall(json.dumps(result).encode() + b"\n")
        return True
    client.sendall(f"gateway {os.getpid()} {listed}\n".encode())
    return True


def main():
    told = orders()
    if "exit" in told:
        print("I fail", flush=True)
        os._exit(int(told["exit"]))
    if "say" in told:
        os.write(2, told["say"].encode().decode("unicode_escape").encode())
    assert int(os.environ["LISTEN_PID"]) == os.getpid(), os.environ["LISTEN_PID"]
    count = int(os.environ["LISTEN_FDS"])
    names = os.environ["LISTEN_FDNAMES"].split(":")
    assert len(names) == count and names[-1] == "control", names
    connection = Inherited(3 + count - 1)
    servers = connection.call("reeve.servers")
    listeners = [socket.socket(fileno=3 + number) for number in range(count - 1)]
    assert [server["descriptor"] for server in servers] == list(range(3, 2 + count))
    if "die" in told:
        os.kill(os.getpid(), int(told["die"]))
    if "hang" in told:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(60)  # sleep: role
    if "deaf" in told:
        connection.close()
        connection = None

    def leave(*_):
        if "slow" in told:
            time.sleep(0.5)  # sleep: role
        os.write(1, b"leaving\n")
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    for listener in listeners:
        listener.setblocking(False)
    idle = float(told["idle"]) if "idle" in told else None
    while True:
        wanted = listeners + ([connection.socket] if connection else [])
        ready, _, _ = select.select(wanted, [], [], idle)
        if not ready:
            os._exit(0)
        if connection and connection.socket in ready and not connection.socket.recv(1, socket.MSG_PEEK):
            os._exit(0)
        for listener in ready:
            if listener not in listeners:
                continue
            try:
                client, _ = listener.accept()
            except BlockingIOError:
                continue
            with client:
                try:
                    if not answer(client, connection, os.environ["LISTEN_FDNAMES"]):
                        os._exit(0)
                except OSError:
                    pass


main()
