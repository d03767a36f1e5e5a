#!/usr/bin/env python3
"""Stands for a model on a GPU, as vLLM, Triton or text-generation-inference serve one.

It loads for MODEL_LOAD_SECONDS (3), and says 503 at /health meanwhile. POST /generate {"prompt": ..., "tokens": N}
takes a twentieth of a second a token, one request after the other. SIGTERM: no new connections, what has been
accepted is answered.
"""

import http.server
import json
import os
import signal
import socketserver
import threading
import time

loaded = threading.Event()
gpu = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(*((200, {"status": "ready"}) if loaded.is_set() else (503, {"status": "loading"})))

    def do_POST(self):
        if not loaded.is_set():
            self.answer(503, {"error": "the model is loading"})
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with gpu:
            time.sleep(asked.get("tokens", 8) / 20)
        self.answer(200, {"text": " ".join(reversed(asked["prompt"].split())), "device": os.environ.get("CUDA_VISIBLE_DEVICES", "none")})

    def answer(self, status, found):
        body = json.dumps(found).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Closing it waits for the requests."""
    daemon_threads = False


def load():
    print("model: loading", flush=True)
    time.sleep(float(os.environ.get("MODEL_LOAD_SECONDS", "3")))
    loaded.set()
    print("model: ready", flush=True)


def main():
    server = Server(("127.0.0.1", 8001), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=load, daemon=True).start()
    server.serve_forever()
    server.server_close()
    print("model: everything is answered", flush=True)


main()
