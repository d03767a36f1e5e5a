"""Makes a running process execute system calls, as an attacker who has taken it over would: stops it, sets its
registers for one instruction, and lets it continue as if nothing had happened."""

import contextlib
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
PEEK, POKE, STEP, GETREGS, SETREGS, ATTACH, DETACH = 1, 4, 9, 12, 13, 16, 17
NAMES = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs")


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES.split()]


def _ptrace(request, pid, address=None, data=None):
    ctypes.set_errno(0)
    result = libc.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), f"ptrace {request}")
    return result


class Injected:
    """`call(number, *arguments)` returns the kernel's result, a negative errno for a failure. Arguments are numbers,
    or bytes, which are written below its stack."""

    def __init__(self, pid):
        self.pid = pid

    def call(self, number, *arguments):
        saved = Registers()
        _ptrace(GETREGS, self.pid, None, ctypes.addressof(saved))
        now = Registers.from_buffer_copy(saved)
        place = (saved.rsp - 8192) & ~15
        values = []
        with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
            for argument in arguments:
                if isinstance(argument, bytes):
                    memory.seek(place)
                    memory.write(argument + b"\0")
                    values.append(place)
                    place += (len(argument) + 16) & ~15
                else:
                    values.append(argument)
            memory.seek(saved.rip)
            code = memory.read(2)
            memory.seek(saved.rip)
            memory.write(b"\x0f\x05")  # syscall
            now.rax, now.orig_rax = number, (1 << 64) - 1
            for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), values):
                setattr(now, name, value & ((1 << 64) - 1))
            _ptrace(SETREGS, self.pid, None, ctypes.addressof(now))
            _ptrace(STEP, self.pid)
            _, status = os.waitpid(self.pid, 0x40000000)  # __WALL
            assert os.WIFSTOPPED(status), status
            _ptrace(GETREGS, self.pid, None, ctypes.addressof(now))
            memory.seek(saved.rip)
            memory.write(code)
        _ptrace(SETREGS, self.pid, None, ctypes.addressof(saved))
        return ctypes.c_longlong(now.rax).value


@contextlib.contextmanager
def into(pid):
    _ptrace(ATTACH, pid)
    try:
        _, status = os.waitpid(pid, 0x40000000)
        assert os.WIFSTOPPED(status), status
        yield Injected(pid)
    finally:
        with contextlib.suppress(OSError):
            _ptrace(DETACH, pid)
