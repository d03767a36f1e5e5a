"""A program on a pseudo-terminal, and the screen that a user would see."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import unicodedata

from waiting import Overdue, wait_until


class Screen:
    """Rows of characters, built from a program's output; it understands the sequences that line editors send, and
    keeps rows that scroll out."""

    def __init__(self, columns, height):
        self.columns, self.height = columns, height
        self.rows, self.row, self.column, self.top = [[]], 0, 0, 0
        self.bells = 0

    def feed(self, data):
        for piece in re.finditer(r"\x1b\[([?>]?)([0-9;]*)([A-Za-z@])|\x1b[=>]|(.)", data, re.DOTALL):
            if piece[4]:
                self.character(piece[4])
            elif piece[3] and not piece[1]:
                self.sequence(piece[3], int(piece[2].split(";")[0] or 0))

    def character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.down()
        elif character == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif character == "\a":
            self.bells += 1
        elif character >= " ":
            width = 0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if not width:
                self.rows[self.row][self.column - 1] += character
                return
            if self.column + width > self.columns:
                self.column = 0
                self.down()
            row = self.rows[self.row]
            row.extend([" "] * (self.column + width - len(row)))
            row[self.column:self.column + width] = [character] + [""] * (width - 1)
            self.column += width

    def down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])
        self.top = max(self.top, len(self.rows) - self.height)

    def sequence(self, letter, number):
        row, column = self.rows[self.row], min(self.column, self.columns - 1)
        if letter == "A":
            self.row = max(self.top, self.row - max(1, number))
        elif letter == "B":
            self.row = min(len(self.rows) - 1, self.row + max(1, number))
        elif letter == "C":
            self.column = min(self.columns - 1, column + max(1, number))
        elif letter == "D":
            self.column = max(0, column - max(1, number))
        elif letter == "H":
            self.row, self.column = self.top, 0
        elif letter == "K" and number == 0:
            del row[column:]
        elif letter == "J" and number == 0:
            del row[column:], self.rows[self.row + 1:]
        elif letter == "J":
            del self.rows[self.top:]
            self.rows.extend([] for _ in range(self.row - self.top + 1))
        elif letter == "P":
            del row[column:column + max(1, number)]
        elif letter == "@":
            row[column:column] = [" "] * max(1, number)
        elif letter not in "hlm":
            raise AssertionError(f"the screen knows no {letter!r}")

    @property
    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows)

    @property
    def last(self):
        """The row of the cursor."""
        return "".join(self.rows[self.row]).rstrip()


class Terminal:
    """Runs `command` with its own pseudo-terminal as stdin, stdout and stderr; a context manager."""

    def __init__(self, command, columns=100, height=24, **options):
        self.screen = Screen(columns, height)
        self.raw = b""
        self.lock = threading.Lock()
        self.master, self.slave = pty.openpty()
        self.resize(columns, height)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **options)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def resize(self, columns, height=24):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, columns, 0, 0))

    def read(self):
        undecoded = b""
        while not self.ending.is_set():
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self.lock:
                self.raw += data
                undecoded += data
                # Keeps the first part of a sequence or character until the second one arrives.
                whole = re.sub(
                    rb"(\x1b(\[[?0-9;]*)?|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$", b"", undecoded)
                undecoded = undecoded[len(whole):]
                self.screen.feed(whole.decode("utf-8", "replace"))

    def type(self, keys):
        os.write(self.master, keys.encode("utf-8", "surrogateescape"))

    @property
    def text(self):
        with self.lock:
            return self.screen.text

    @property
    def last(self):
        with self.lock:
            return self.screen.last

    @property
    def column(self):
        with self.lock:
            return self.screen.column

    def expect(self, text, timeout=60):
        """Waits until the screen has `text`."""
        try:
            wait_until(lambda: text in self.text, timeout)
        except Overdue:
            raise AssertionError(f"no {text!r} on the screen:\n{self.text}\n{self.raw!r}") from None

    def expect_last(self, text, timeout=60):
        """Waits until the row of the cursor is `text`."""
        try:
            wait_until(lambda: self.last == text, timeout)
        except Overdue:
            raise AssertionError(f"the row is not {text!r}:\n{self.text}\n{self.raw!r}") from None

    @property
    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    @property
    def is_awaiting_keys(self):
        """Whether the terminal is in raw mode and everything that was typed has been read."""
        return self.is_raw and not int.from_bytes(fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)), sys.byteorder)

    @property
    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.before

    def wait(self, timeout=60):
        status = self.process.wait(timeout)
        return status

    def close_master(self):
        """Hangs up. The terminal can't be used afterwards."""
        self.ending.set()
        self.thread.join(60)
        os.close(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)
        if not self.ending.is_set():
            os.close(self.slave)
            self.close_master()
