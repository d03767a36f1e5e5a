"""An event listener as in supervisord's documentation: it reads text from stdin, `len` characters per event.

Records each event as a line of JSON in FILE, and answers as its options say. It needs nothing but Python.

    listener.py FILE [--bytes] [--answers OK,FAIL,...] [--then hang|exit|garbage|flood|close|ready]

`--answers`: one per event; the last one applies to all that follow. `--then`: what to do with the first event of the
first run instead of answering; `exit` creates FILE.died, and the next run behaves normally.
"""

import argparse
import json
import os
import sys
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--bytes", action="store_true")
    parser.add_argument("--answers", default="OK")
    parser.add_argument("--then", default="")
    options = parser.parse_args()
    answers = options.answers.split(",")
    died = options.file + ".died"
    then = "" if os.path.exists(died) else options.then
    source = sys.stdin.buffer if options.bytes else open(0, encoding="utf-8", newline="")

    def say(text):
        os.write(1, text.encode())

    if then == "early":  # garbage before any event
        say("hello, I am a listener\n")
        time.sleep(1000)  # sleep: role
    while True:
        say("READY\n")
        if then == "close":
            os.close(0)
            time.sleep(1000)  # sleep: role
        line = source.readline()
        if not line:
            return
        if options.bytes:
            line = line.decode()
        header = dict(word.split(":", 1) for word in line.split())
        payload = source.read(int(header["len"]))
        with open(options.file, "a", encoding="utf-8") as record:
            text = payload.decode("utf-8", "replace") if options.bytes else payload
            record.write(json.dumps({"line": line, "header": header, "payload": text, "pid": os.getpid()}) + "\n")
        if then == "hang":
            time.sleep(1000)  # sleep: role
        elif then == "exit":
            open(died, "w").close()
            os._exit(3)
        elif then == "garbage":
            say("what is this?\n")
            time.sleep(1000)  # sleep: role
        elif then == "flood":
            while True:
                say("x" * 65536)
        elif then == "ready":  # answers and is ready, again and again, without reading
            while True:
                say("RESULT 2\nOKREADY\n")
                time.sleep(0.001)  # sleep: role
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        # In two pieces: a reader must not rely on a result arriving in one read.
        result = f"RESULT {len(answer)}\n{answer}"
        say(result[:5])
        say(result[5:])


main()
