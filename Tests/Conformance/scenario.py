"""A configuration and a list of steps for both supervisors, with the differences that are allowed."""

import dataclasses


@dataclasses.dataclass
class Scenario:
    """`text` follows `[supervisord]` in the file; {actor}, {folder}, {recorder} and {python} are replaced.

    - supervisord: further keys of `[supervisord]`.
    - raw: the whole file, instead of both.
    - files: {name: text} to create beside the configuration before the start.
    - options: options for the command line.
    - environment: variables for the supervisor.
    - corners: the entries in the section "Corners" of docs/compatibility.md that it covers.
    - named: Reeve runs under the names of supervisord's executables, on which some messages depend.
    - refused: the configuration is rejected; exit code and messages are compared, and there are no steps.
    - root: needs to run as root.
    - differs: the deliberate differences: {label of an observation: (supervisord's value, Reeve's value)}; `...`
      matches any value. It is an error if the difference does not occur.
    - xfail: why Reeve doesn't do it yet.
    """

    name: str
    text: str = ""
    steps: list = dataclasses.field(default_factory=list)
    corners: tuple = ()
    supervisord: str = ""
    raw: str = None
    files: dict = dataclasses.field(default_factory=dict)
    options: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)
    named: bool = False
    refused: bool = False
    root: bool = False
    differs: dict = dataclasses.field(default_factory=dict)
    xfail: str = None


@dataclasses.dataclass
class Step:
    """An action on a supervisor (a `Side`), or a query. The result of `perform` is compared; None is not an
    observation."""

    label: str
    perform: object


def program(name, does="wait", kind="program", **keys):
    """The section of a program that runs the actor with these arguments; startsecs defaults to 0. True and False are
    written as supervisord writes them."""
    keys = {"command": f"{{actor}} {does}", "startsecs": 0, **keys}
    lines = [f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in keys.items()]
    return "\n".join([f"[{kind}:{name}]", *lines]) + "\n"


def group(name, programs, **keys):
    lines = [f"{key}={value}" for key, value in keys.items()]
    return "\n".join([f"[group:{name}]", f"programs={programs}", *lines]) + "\n"
