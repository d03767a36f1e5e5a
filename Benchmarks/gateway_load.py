"""Measures how long /livez takes while other clients ask for much: N programs, 20 scrapers of /metrics.

    python3 Benchmarks/gateway_load.py [--programs 10000] [--scrapers 20] [--seconds 10]

Prints percentiles of /livez in milliseconds, and how many scrapes were answered. The programs don't run: only their
number matters, and thousands of processes would measure the machine.
"""

import argparse
import multiprocessing
import os
import pathlib
import socket
import subprocess
import tempfile
import time

DIST = pathlib.Path(__file__).resolve().parent.parent / "dist"


def scrape(address, done, results):
    """Runs in its own process, so that this interpreter doesn't slow down the probes. Real scrapers are on other
    machines, so these have the lowest priority."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    answered, refused, largest = 0, 0, 0
    while not done.is_set():
        head, size = get("/metrics", address)
        if head.endswith("200"):
            answered, largest = answered + 1, max(largest, size)
        else:
            refused += 1
    results.put((answered, refused, largest))


def get(path, address, timeout=60):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(address)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        size, head = 0, b""
        while part := connection.recv(1 << 18):
            head = head or part[:12]
            size += len(part)
        return head.decode(), size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--scrapers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dist", type=pathlib.Path, default=DIST, help="the executables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/s.sock"
        configuration = pathlib.Path(folder) / "c.conf"
        configuration.write_text(
            f"[supervisord]\nlogfile={folder}/s.log\npidfile={folder}/s.pid\n[unix_http_server]\nfile={address}\n"
            f"[program:p]\ncommand=/bin/sleep 1000\nnumprocs={options.programs}\nprocess_name=p%(process_num)05d\nautostart=false\n"
            "stdout_logfile=NONE\nstderr_logfile=NONE\n")
        init = subprocess.Popen([options.dist / "init", "-n", "-c", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while True:
                try:
                    get("/livez", address)
                    break
                except OSError:
                    time.sleep(0.1)
            print(f"{options.programs} programs; quiet:", summary(probe(address, 2)))
            done, results = multiprocessing.Event(), multiprocessing.Queue()
            scrapers = [multiprocessing.Process(target=scrape, args=(address, done, results)) for _ in range(options.scrapers)]
            for one in scrapers:
                one.start()
            times = probe(address, options.seconds)
            done.set()
            counts = [results.get() for _ in scrapers]
            for one in scrapers:
                one.join()
            print(f"{options.scrapers} scrapers:", summary(times))
            answered, refused, largest = (sum(row[0] for row in counts), sum(row[1] for row in counts), max(row[2] for row in counts))
            print(f"scrapes: {answered} of {largest / 1e6:.1f} MB, {refused} refused")
        finally:
            init.terminate()
            init.wait()


def probe(address, seconds):
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.monotonic()
        head, _ = get("/livez", address)
        times.append((time.monotonic() - before) * 1000)
        assert head.endswith("200"), head
        time.sleep(0.01)
    return sorted(times)


def summary(times):
    def at(part):
        return f"{times[min(int(len(times) * part), len(times) - 1)]:.1f}"

    return f"/livez median {at(0.5)} ms, 99 % {at(0.99)} ms, longest {times[-1]:.1f} ms of {len(times)}"


main()
