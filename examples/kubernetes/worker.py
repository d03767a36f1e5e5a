"""Stands for a worker that reads its settings again at SIGHUP."""

import json
import pathlib
import signal
import sys


def read(*_):
    settings = json.loads((pathlib.Path(sys.argv[1]) / "settings.json").read_text())
    print("batches of", settings["batch"], flush=True)


signal.signal(signal.SIGHUP, read)
read()
while True:
    signal.pause()
