#!/usr/bin/env python3
"""Stands for an application: `migrate` creates its table, `scheduler` orders a job each second, `worker` does jobs, and
`web` says on port 8000 how many are done.

Jobs wait in a list in redis; what is done stands in PostgreSQL. The environment says where they are: PGHOST and the
other variables of libpq, and REDIS, which is HOST:PORT or the path of a socket.
"""

import http.server
import os
import signal
import socket
import subprocess
import sys
import time


def sql(text):
    """Runs SQL, and returns the first value as text."""
    return subprocess.run(
        ["psql", "-qtA", "-v", "ON_ERROR_STOP=1", "-c", text], check=True, capture_output=True, text=True).stdout.strip()


def connection():
    where = os.environ["REDIS"]
    if where.startswith("/"):
        found = socket.socket(socket.AF_UNIX)
        found.connect(where)
        return found
    host, _, port = where.rpartition(":")
    return socket.create_connection((host, int(port)))


def redis(*words):
    """Runs one command; returns the answer as text, or None."""
    with connection() as opened:
        opened.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in words))
        answer = opened.makefile("r", newline="\r\n")
        first = answer.readline().strip()
        if first[:1] in ("+", ":"):
            return first[1:]
        if first[:1] == "*" and int(first[1:]) > 0:
            return [(answer.readline(), answer.readline().strip())[1] for _ in range(int(first[1:]))]
        return None


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = 200, f"{sql('SELECT count(*) FROM jobs')} jobs are done, {redis('LLEN', 'jobs')} wait\n".encode()
        except (OSError, subprocess.CalledProcessError) as error:
            status, text = 503, f"{error}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def migrate():
    sql("CREATE TABLE IF NOT EXISTS jobs (name text PRIMARY KEY, done timestamptz NOT NULL DEFAULT now())")
    print("migrate: the table is there", flush=True)


def web():
    http.server.ThreadingHTTPServer(("", 8000), Page).serve_forever()


def scheduler():
    while True:
        redis("RPUSH", "jobs", str(time.time_ns()))
        time.sleep(1)


def worker():
    while True:
        job = redis("BLPOP", "jobs", "5")
        if job:
            sql(f"INSERT INTO jobs (name) VALUES ('{int(job[1])}') ON CONFLICT DO NOTHING")
            print(f"worker: did {job[1]}", flush=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
{"migrate": migrate, "web": web, "scheduler": scheduler, "worker": worker}[sys.argv[1]]()
