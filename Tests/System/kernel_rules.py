"""A model of capabilities(7): which capabilities a child should have, to compare with what init's children really
have according to /proc/PID/status.

Sets are Python integers: bit n is capability n.
"""

import dataclasses
import pathlib
import re

HEADER = pathlib.Path("/usr/include/linux/capability.h")
NUMBERS = {
    match[1].lower(): int(match[2])
    for match in re.finditer(r"^#define (CAP_[A-Z_0-9]+)\s+(\d+)$", HEADER.read_text(), re.M)}
SETGID, SETUID, SETPCAP = (1 << NUMBERS[name] for name in ("cap_setgid", "cap_setuid", "cap_setpcap"))
ALL = (1 << 64) - 1
SECURE_BITS = {"noroot": 1 << 0, "noroot-locked": 1 << 1, "no-setuid-fixup": 1 << 2, "no-setuid-fixup-locked": 1 << 3,
               "keep-caps": 1 << 4, "no-cap-ambient-raise": 1 << 6, "no-cap-ambient-raise-locked": 1 << 7}


class Refused(Exception):
    """The program must not run."""


@dataclasses.dataclass
class Credentials:
    uid: int
    permitted: int
    effective: int
    inheritable: int
    ambient: int
    bounding: int
    no_new_privs: bool = False

    @classmethod
    def of(cls, status):
        """Parses the result of procfs.status()."""
        number = lambda key: int(status[key], 16)
        return cls(int(status["Uid"].split()[0]), number("CapPrm"), number("CapEff"), number("CapInh"),
                   number("CapAmb"), number("CapBnd"), status["NoNewPrivs"] == "1")


def tuple_of(text):
    """(dropped, inheritable, ambient) of a value of `capabilities=`, by cap_iab(3) and docs/keys.md."""
    dropped = inheritable = ambient = 0
    items = [item for item in text.split(",") if item]
    only = items[:1] == ["none"]
    for item in items[1 if only else 0:]:
        bit = 1 << NUMBERS[item.lstrip("!^%")]
        marks = item[:len(item) - len(item.lstrip("!^%"))]
        if "!" in marks:
            dropped |= bit
        if "^" in marks:
            ambient |= bit
        if "^" in marks or "%" in marks or not marks:
            inheritable |= bit
    if only:
        dropped |= ALL & ~(inheritable | ambient | dropped)
    return dropped, inheritable, ambient


def child(init, uid=None, capabilities=None, no_new_privs=False, securebits=None):
    """The state of a program that this init starts; raises Refused if it must not start."""
    now = dataclasses.replace(init, no_new_privs=init.no_new_privs or no_new_privs)
    bits = sum(SECURE_BITS[name] for name in securebits.split(",")) if securebits else 0
    changes = uid is not None and uid != init.uid
    if changes or capabilities is not None:
        now.ambient = 0
    ambient = 0
    dropped = 0
    if capabilities is not None:
        dropped, inheritable, ambient = tuple_of(capabilities)
        if inheritable != now.inheritable:
            allowed = now.inheritable | (now.bounding if now.effective & SETPCAP else now.permitted)
            if inheritable & ~allowed or inheritable & ~(now.inheritable | now.bounding):
                raise Refused("inheritable")
        now.inheritable = inheritable
        if now.bounding & dropped:
            if now.effective & SETPCAP:
                now.bounding &= ~dropped
            elif not no_new_privs:
                raise Refused("bounding set")
    late = ambient != 0 or securebits is not None
    if changes:
        if not now.effective & SETGID or not now.effective & SETUID:
            raise Refused("setuid")
        if init.uid == 0:
            now.effective = 0
            if not late:
                now.permitted = 0
        elif uid == 0:
            now.effective = now.permitted
        now.uid = uid
    if ambient & ~(now.permitted & now.inheritable):
        raise Refused("ambient")
    now.ambient |= ambient
    if securebits is not None:
        now.effective = now.permitted
        if not now.effective & SETPCAP and bits:
            raise Refused("securebits")
    if capabilities is not None:
        now.permitted &= ~dropped | ambient
        now.effective &= now.permitted
    # execve
    if now.uid == 0 and not bits & SECURE_BITS["noroot"]:
        gained = now.inheritable | now.bounding | now.ambient
        now.permitted = gained & now.permitted if now.no_new_privs and gained & ~now.permitted else gained
        now.effective = now.permitted
    else:
        now.permitted = now.effective = now.ambient
    return now
