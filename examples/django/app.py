#!/usr/bin/env python3
"""Stands for an application: `app.py web` answers on port 8000, `beat` creates a job each second, `worker` does
jobs.

They share the list `jobs` and the number `done` in redis.
"""

import http.server
import signal
import socket
import sys
import time

STORE = "/run/redis/redis.sock"


def redis(*words):
    """Runs one command; returns the answer as text, or None."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(STORE)
        connection.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in words))
        answer = connection.makefile("r", newline="\r\n")
        first = answer.readline().strip()
        if first[0] in "+:":
            return first[1:]
        if first[0] == "*" and int(first[1:]) > 0:
            return [(answer.readline(), answer.readline().strip())[1] for _ in range(int(first[1:]))]
        if first[0] == "$" and int(first[1:]) >= 0:
            return answer.readline().strip()
        return None


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"{redis('GET', 'done') or 0} jobs are done\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def until_ready():
    while True:
        try:
            return redis("PING")
        except OSError:
            time.sleep(0.1)


def main(role):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    until_ready()
    print(f"{role}: ready", flush=True)
    if role == "web":
        http.server.ThreadingHTTPServer(("", 8000), Page).serve_forever()
    while role == "beat":
        redis("RPUSH", "jobs", str(int(time.time())))
        time.sleep(1)
    while role == "worker":
        job = redis("BLPOP", "jobs", "5")
        if job:
            print(f"worker: did {job[1]}; {redis('INCR', 'done')} are done", flush=True)


main(sys.argv[1])
