"""Files by Landlock: only named ones can be opened (Linux 5.13 and later; see ``landlock(7)``).

Newer kernels take away more: TCP (ABI 4), devices' ioctl (5), signals and abstract sockets of others (6).
A process under Landlock can neither trace nor read the memory and the environment of one that is not.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from agents.confinement.kernel import LINUX, prctl, syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every machine
GET_VERSION = 1
RULE_PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE, IOCTL_DEV = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

READ = READ_FILE | READ_DIR
RUN = READ | EXECUTE
CHANGE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""No symbolic links, sockets, pipes or devices can be made: who reads the folder later could be led astray."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    if not LINUX:
        return 0
    try:
        return syscall(CREATE_RULESET, None, 0, GET_VERSION)
    except OSError:
        return 0


def handled(abi: int) -> tuple[int, int, int]:
    """Rights over files, TCP and scopes that ABI ``abi`` knows: all of them are taken away where not granted."""
    last_bit = {1: 12, 2: 13, 3: 14, 4: 14}.get(abi, 15)
    return (1 << last_bit + 1) - 1, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0


def restrict(programs: Iterable[str], readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this thread, and what it starts, only these paths. Raises OSError, also where there is no Landlock."""
    fs, net, scoped = handled(syscall(CREATE_RULESET, None, 0, GET_VERSION))
    attributes = _Ruleset(fs, net, scoped)
    size = 24 if scoped else 16 if net else 8
    ruleset = syscall(CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for paths, rights in ((programs, RUN), (readable, READ), (writable, CHANGE), (DEVICES, READ | WRITE_FILE)):
            for path in paths:
                with suppress(FileNotFoundError):
                    _allow(ruleset, path, rights & fs)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= FILE_RIGHTS
        rule = _PathBeneath(rights, descriptor)
        syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
