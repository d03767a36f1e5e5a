"""An event listener that records its events: recorder.py FILE [BEHAVIOUR...]

Each event becomes a line of JSON in FILE, with header and payload. The nth behaviour is what it does with the nth
event; the last one applies to all further events. The default is `ok`.

    ok, fail           the result
    die                exits in the middle of the event
    hang               never answers again
    garbage            writes something outside the protocol instead of a result
    chatter            writes something before it is READY again
    slow               answers after half a second
    split              writes its answer byte by byte
"""

import json
import os
import sys
import time

ANSWERS = {
    "ok": b"RESULT 2\nOK", "fail": b"RESULT 4\nFAIL", "garbage": b"what?\n", "slow": b"RESULT 2\nOK", "split": b"RESULT 2\nOK",
    "chatter": b"RESULT 2\nOKhello\n", "other": b"RESULT 5\nother",
}


def line():
    """Reads a line of stdin, and not a byte more."""
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        text += byte
    return text.decode()


def characters(count):
    """Reads this many characters of UTF-8, as sys.stdin would, and not a byte more."""
    data = b""
    for _ in range(count):
        first = os.read(0, 1)
        if not first:
            sys.exit(0)
        data += first
        for _ in range((first[0] >= 0xc0) + (first[0] >= 0xe0) + (first[0] >= 0xf0)):
            data += os.read(0, 1)
    return data


def main(path, behaviours):
    # Counts the events before a restart, too.
    number = 0
    if os.path.exists(path):
        with open(path) as file:
            number = len(file.readlines())
    while True:
        os.write(1, b"READY\n")
        header = dict(pair.split(":", 1) for pair in line().split())
        payload = characters(int(header.pop("len")))
        # Nothing may follow before the answer: `len` must be the payload's.
        with open(path, "a") as file:
            file.write(json.dumps({"header": header, "payload": payload.decode("utf-8", "backslashreplace")}) + "\n")
        behaviour = behaviours[min(number, len(behaviours) - 1)] if behaviours else "ok"
        number += 1
        if behaviour == "die":
            sys.exit(3)
        while behaviour == "hang":
            time.sleep(100)  # sleep: role
        if behaviour == "slow":
            time.sleep(0.5)  # sleep: role
        if behaviour == "split":
            for byte in ANSWERS["split"]:
                os.write(1, bytes([byte]))
                time.sleep(0.01)  # sleep: role
        else:
            os.write(1, ANSWERS[behaviour])
        if behaviour == "garbage":
            time.sleep(1000)  # sleep: role


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
