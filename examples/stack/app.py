"""Stands for an application: `web` queues a job for each request, and `worker` does them. REDIS is HOST:PORT."""

import http.server
import os
import signal
import socket
import sys


def redis(*words):
    """Runs one command with short answers; returns the lines of the answer."""
    host, _, port = os.environ["REDIS"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in words))
        return connection.recv(4096).decode().split("\r\n")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            if self.path == "/health":
                status, text = 200, redis("PING")[0]
            else:
                redis("RPUSH", "jobs", self.path)
                status, text = 200, f"{redis('GET', 'done')[1] or 0} jobs are done"
        except OSError as error:
            status, text = 503, str(error)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text) + 1))
        self.end_headers()
        self.wfile.write(f"{text}\n".encode())

    def log_message(self, *_):
        pass


def web(port):
    http.server.ThreadingHTTPServer(("", int(port)), Page).serve_forever()


def worker():
    while True:
        try:
            if redis("BLPOP", "jobs", "5")[0] == "*2":
                redis("INCR", "done")
        except OSError as error:
            sys.exit(f"worker: {error}")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
{"web": web, "worker": worker}[sys.argv[1]](*sys.argv[2:])
