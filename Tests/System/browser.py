"""A real headless browser, controlled through a pipe by its own protocol: it needs nothing but Chromium.

- Source: Chrome DevTools Protocol; with `--remote-debugging-pipe` it reads from descriptor 3 and writes to 4, and
  each message ends with a zero byte.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

NAMES = ["chromium", "chromium-browser", "google-chrome"]


def executable():
    return next((path for path in map(shutil.which, NAMES) if path), None)


class BrowserError(AssertionError):
    pass


class Browser:
    """One process for many pages."""

    def __init__(self, folder, **environment):
        if not executable():
            raise BrowserError("there is no Chromium here: `scripts/deps test` installs it")
        reading, ours = os.pipe()
        theirs, writing = os.pipe()
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "browser.log", "wb")
        # At numbers that nothing else uses: the shell moves them to 3 and 4, and is replaced.
        given = [os.dup2(reading, 100, inheritable=True), os.dup2(writing, 101, inheritable=True)]
        script = f"exec {executable()} \"$@\" 3<&100 4>&101 100<&- 101>&-"
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser",
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check",
             "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={self.folder / 'profile'}", "about:blank"],
            pass_fds=given, stdout=self.log, stderr=self.log, start_new_session=True,
            env={**os.environ, **environment})
        for number in (reading, writing, *given):
            os.close(number)
        self.out, self.incoming = os.fdopen(ours, "wb", 0), os.fdopen(theirs, "rb", 0)
        self.last = 0
        self.answers, self.events = {}, []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        rest = b""
        while True:
            data = self.incoming.read(1 << 16)
            if not data:
                return
            *messages, rest = (rest + data).split(b"\0")
            with self.changed:
                for message in map(json.loads, messages):
                    if "id" in message:
                        self.answers[message["id"]] = message
                    else:
                        self.events.append(message)
                self.changed.notify_all()

    def call(self, method, session=None, timeout=60, **parameters):
        self.last += 1
        identity = self.last
        message = {"id": identity, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.out.write(json.dumps(message).encode() + b"\0")
        with self.changed:
            if not self.changed.wait_for(lambda: identity in self.answers, timeout):
                raise BrowserError(f"no answer to {method} within {timeout} s")
            answer = self.answers.pop(identity)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url, **options):
        return Page(self, url, **options)

    def close(self):
        try:
            self.call("Browser.close", timeout=5)
            self.process.wait(5)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.reader.join(5)
        self.incoming.close()
        self.log.close()


class Page:
    """A tab."""

    def __init__(self, browser, url, width=1200, height=900, dark=False, script=True, phone=False):
        self.browser, self.forgiven = browser, []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        # Keys reach a tab even in the background.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        if phone:
            self.call("Emulation.setTouchEmulationEnabled", enabled=True)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.go(url)

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def go(self, url):
        loader = self.call("Page.navigate", url=url).get("loaderId")
        loaded = {"name": "load", "loaderId": loader}
        with self.browser.changed:
            if not self.browser.changed.wait_for(lambda: any(loaded.items() <= event.items() for event in self.lifecycle()), 60):
                raise BrowserError(f"{url} is not loaded within 60 s")

    def lifecycle(self):
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] == "Page.lifecycleEvent"]

    def run(self, expression):
        """Evaluates a JavaScript expression; awaits it if it is a promise."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, expression, timeout=60):
        """Waits until the expression is true; returns its value."""
        deadline = time.monotonic() + timeout  # clock: deadline
        while True:
            try:
                value = self.run(expression)
            except BrowserError:
                value = None  # between two pages
            if value:
                return value
            if time.monotonic() > deadline:  # clock: deadline
                raise BrowserError(f"not true within {timeout} s: {expression}\n{self.text()[:2000]}\n{self.complaints()}")
            time.sleep(0.03)  # sleep: poll

    def click(self, selector):
        """Clicks with the mouse at the element's position."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left" if kind != "mouseMoved" else "none", clickCount=1)

    def press(self, key, text=None, code=None):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key,
                      **({"text": text} if text and kind == "keyDown" else {}),
                      **({"windowsVirtualKeyCode": {"Enter": 13, "Tab": 9, "Escape": 27}[key]} if key in ("Enter", "Tab", "Escape") else {}))

    def type(self, text):
        for character in text:
            self.press(character, text=character)

    def text(self):
        return self.run("document.body ? document.body.innerText : ''") or ""

    def complaints(self):
        """The messages on the browser's console, and exceptions."""
        found = []
        with self.browser.changed:
            for event in self.browser.events:
                if event.get("sessionId") != self.session:
                    continue
                if event["method"] == "Runtime.exceptionThrown":
                    details = event["params"]["exceptionDetails"]
                    found.append(details.get("exception", {}).get("description", details["text"]))
                elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] in ("error", "warning"):
                    found.append(f"{event['params']['entry']['text']} {event['params']['entry'].get('url', '')}")
        return [complaint for complaint in found if not any(words in complaint for words in self.forgiven)]

    def forgive(self, words):
        """Marks complaints with these words as expected."""
        self.forgiven.append(words)

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
