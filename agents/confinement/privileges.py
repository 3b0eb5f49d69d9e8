"""No new privileges by executing a program, and of root's capabilities only the one that file owners need."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from agents.confinement.kernel import LIBC, LINUX, checked, prctl

SUPPORTED = LINUX

PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
LAST_CAPABILITY = 63


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop() -> None:
    """Raises OSError. Root keeps CAP_DAC_OVERRIDE: a worker of root works on files that others own."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    had = _permitted()
    if not had:
        return
    kept = had & (1 << CAP_DAC_OVERRIDE) if os.geteuid() == 0 else 0
    for capability in range(LAST_CAPABILITY + 1):
        if not kept >> capability & 1:
            with suppress(OSError):  # unknown to this kernel, or not ours to drop: the sets below are what counts
                prctl(PR_CAPBSET_DROP, capability)
    with suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    sets = (_Sets * 2)()
    sets[0].effective = sets[0].permitted = kept & 0xFFFFFFFF
    checked(LIBC.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), sets), "capset")


def _permitted() -> int:
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
