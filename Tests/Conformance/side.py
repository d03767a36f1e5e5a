"""One of the two supervisors during a scenario."""

import os
import pathlib
import re
import signal
import uuid

import control
import masks
import procfs
from supervised import INIT, Supervised
from waiting import wait_until

AUTO_LOG = re.compile(r"(-(?:stdout|stderr)---[^/']*?-)\w{8}\.log\b")
IN_PYTHON = re.compile(r": file: \S+\.py line: \d+$", re.MULTILINE)  # the place of the error in supervisorctl
SLICE = 1.0  # seconds: how often supervisord checks its processes


class Side:
    """Runs the steps. `seen` has the observations as {label: value}, in the order of the steps."""

    def __init__(self, engine, scenario, folder, actor, warm, values):
        self.engine, self.scenario, self.folder, self.actor, self.warm = engine, scenario, pathlib.Path(folder), actor, warm
        self.values = {"actor": actor, "folder": folder, **values}
        self.seen = {}
        self.run = None
        self.problem = None
        self.log = ""
        #: How long the supervisor and the tests were runnable without a processor: its actions may be that much later.
        self.waited = 0

    # -- text

    def fill(self, text):
        """Replaces {actor}, {folder} and the like in the text; other braces stay as they are."""
        for name, value in self.values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def masked(self, value, key=None):
        """The value without what differs between runs: pids, times, the folder."""
        if isinstance(value, dict):
            return {name: self.masked(one, name) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.masked(one) for one in value]
        if key in ("pid", "start", "stop", "now") and isinstance(value, int):
            return key.upper() if value else 0
        if isinstance(value, bytes):
            value = value.decode("utf-8", "backslashreplace")
        if isinstance(value, str):
            # Pids first: one may be the number of the port.
            text = re.sub(r"\(\d{2,}\)", "(N)", value)
            text = masks.masked(text, FOLDER=self.folder, ACTOR=self.actor, PORT=self.values["port"])
            text = IN_PYTHON.sub("", text)
            return AUTO_LOG.sub(r"\1XXXXXXXX.log", text)
        return value

    # -- life

    def live(self):
        """Runs the whole scenario. An exception in a step is recorded, and ends the scenario."""
        scenario = self.scenario
        before = procfs.waited_seconds("self")
        for name, text in scenario.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o777)
            path.write_text(self.fill(text))
            path.chmod(0o777)  # some are programs, which run as different users
        try:
            self.run = Supervised(
                self.engine, self.folder, f"REEVE_TEST={uuid.uuid4()}", self.fill(scenario.text),
                supervisord=self.fill("loglevel=debug\n" + scenario.supervisord),
                text=None if scenario.raw is None else self.fill(scenario.raw), pid1=False, wait=not scenario.refused,
                options=[self.fill(word) for word in scenario.options],
                environment={name: self.fill(value) for name, value in scenario.environment.items()})
            if scenario.refused:
                self.seen["exit"] = self.run.wait()
                self.seen["errors"] = [line for line in self.masked((self.folder / "stderr").read_text()).splitlines()
                                       if line.startswith("Error:")]
                return
            self.begin()
            for number, step in enumerate(scenario.steps, 1):
                label = f"{number} {step.label}"
                self.settle()
                value = step.perform(self)
                if value is not None:
                    self.seen[label] = self.masked(value)
            if not self.run.ended:
                self.arrive()
                self.seen["states at the end"] = self.run.states()
                self.settle()
                self.run.send(signal.SIGTERM)
                self.seen["exit"] = self.wait_for_end()
            self.run.assert_nothing_left()
        except Exception as error:  # noqa: BLE001  the comparison reports it, with both logs
            self.problem = f"{type(error).__name__}: {error}"
        finally:
            self.waited += procfs.waited_seconds("self") - before
            if self.run is not None:
                self.log = self.own_log()
                self.run.kill()
                for pid in procfs.marked(self.run.mark):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass

    def wait_for_end(self, timeout=60):
        """Returns the exit code; reads the kernel's counters before the process is reaped."""
        pid = self.run.process.pid
        wait_until(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), timeout,
                   what=lambda: f"its end; {self.run.story()}", poll=0.02)
        self.waited += procfs.waited_seconds(pid)
        return self.run.wait()

    def begin(self):
        """Waits until everything with autostart has been started: supervisord takes a second before it begins."""
        automatic = {(one["group"], one["name"]) for one in self.run.rpc("supervisor.getAllConfigInfo") if one["autostart"]}
        wait_until(lambda: all(one["start"] or one["statename"] != "STOPPED" for one in self.run.rpc("supervisor.getAllProcessInfo")
                               if (one["group"], one["name"]) in automatic), what="the first starts", poll=0.05)
        self.settle()

    def arrive(self):
        """Waits until programs with startsecs=0 are RUNNING."""
        quick = {f"{one['group']}:{one['name']}" for one in self.run.rpc("supervisor.getAllConfigInfo") if one["startsecs"] == 0}
        wait_until(lambda: all(state != "STARTING" for name, state in self.run.states().items() if name in quick),
                   what="no program is STARTING", poll=0.05)

    def settle(self):
        """Waits until every program has been executed: supervisord loses a signal that arrives between fork and
        exec."""
        def executed(pid):
            try:
                return procfs.cmdline(pid) != own or not procfs.alive(pid)
            except OSError:
                return True  # it has ended meanwhile
        try:
            own = procfs.cmdline(self.run.pid)
        except OSError:
            return  # the supervisor has ended
        wait_until(lambda: all(executed(pid) for pid in procfs.children(self.run.pid)), what="programs are executed", poll=0.005)

    def own_log(self):
        """The supervisor's whole log, including the parts that were rotated or moved."""
        parts = [*self.folder.glob("s.old"), *sorted(self.folder.glob("s.log.*"), key=lambda path: -int(path.suffix[1:]))]
        return "".join(path.read_text(errors="replace") for path in parts) + self.run.log()

    # -- calls

    def call(self, method, *parameters):
        """The answer, or the fault as ("fault", code, text)."""
        name = method if "." in method else f"supervisor.{method}"
        try:
            return self.run.rpc(name, *parameters, timeout=60)
        except control.Fault as fault:
            return ["fault", fault.code, fault.text]

    def ctl(self, words, stdin=""):
        """(exit code, stdout) of the command-line client."""
        where = ["-c", str(self.run.configuration)]
        if self.engine.name == INIT.name:
            answer = self.run.ctl(*words, stdin=stdin)
            return answer.code, answer.out
        code, out, _ = self.warm.run([*where, *words], self.folder, stdin.encode())
        return code, out.decode()
