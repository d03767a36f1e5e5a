#!/usr/bin/env python3
"""In front of the model, on port 8000: takes at most QUEUE (8) requests at a time and says 429 to the others, answers
/metrics for Prometheus, and says 503 while the model is away. SIGTERM: what has been accepted is answered.
"""

import http.client
import http.server
import os
import signal
import socketserver
import threading

MODEL = ("127.0.0.1", 8001)
places = threading.BoundedSemaphore(int(os.environ.get("QUEUE", "8")))
lock = threading.Lock()
answers = {}
waiting = 0


def model(method, path, body=None):
    """(status, body) of the model; 503 when it can't be reached."""
    connection = http.client.HTTPConnection(*MODEL, timeout=300)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        return 503, f'{{"error": "the model is away: {error}"}}\n'.encode()
    finally:
        connection.close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/metrics":
            with lock:
                lines = [f'inference_requests_total{{status="{status}"}} {count}\n' for status, count in sorted(answers.items())]
                lines.append(f"inference_requests_waiting {waiting}\n")
            self.answer(200, "".join(lines).encode())
        else:
            self.answer(*model("GET", "/health"))

    def do_POST(self):
        global waiting
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if places.acquire(blocking=False):
            with lock:
                waiting += 1
            status, found = model("POST", self.path, body)
            with lock:
                waiting -= 1
            places.release()
        else:
            status, found = 429, b'{"error": "too many requests"}\n'
        with lock:
            answers[status] = answers.get(status, 0) + 1
        self.answer(status, found)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Closing it waits for the requests."""
    daemon_threads = False


def main():
    server = Server(("", 8000), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("sidecar: listening", flush=True)
    server.serve_forever()
    server.server_close()
    print("sidecar: everything is answered", flush=True)


main()
