"""One configuration and one list of steps: what both supervisors are given, and what may differ between them."""

import dataclasses


@dataclasses.dataclass
class Scenario:
    """`text` is what follows `[supervisord]` in the file; {actor}, {folder}, {recorder} and {python} are filled in.

    - supervisord: further keys of `[supervisord]`.
    - raw: the whole file, instead of both.
    - files: name: text, beside the configuration, before the start.
    - options: words for the command line.
    - environment: variables for the supervisor.
    - corners: the entries of docs/compatibility.md, section "Corners", that it looks at.
    - named: Reeve runs under the names of supervisord's executables, which some words depend on.
    - refused: the configuration is an error; exit code and messages are compared, and there are no steps.
    - root: needs to run as root.
    - differs: what of it differs on purpose: label of an observation: (supervisord's value, Reeve's value); `...` for any.
      It is an error if it doesn't.
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
    """Something that is done to a supervisor (a `Side`) or asked of it. What `perform` gives is compared; None is no observation."""

    label: str
    perform: object


def program(name, does="wait", kind="program", **keys):
    """The section of a program that is the actor doing that; startsecs is 0 when nothing is said. True and False as supervisord
    writes them."""
    keys = {"command": f"{{actor}} {does}", "startsecs": 0, **keys}
    lines = [f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in keys.items()]
    return "\n".join([f"[{kind}:{name}]", *lines]) + "\n"


def group(name, programs, **keys):
    lines = [f"{key}={value}" for key, value in keys.items()]
    return "\n".join([f"[group:{name}]", f"programs={programs}", *lines]) + "\n"
