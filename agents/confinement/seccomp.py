"""System calls that no agent needs are refused with EPERM by a filter in the kernel (``seccomp(2)``).

Sockets of every family, so no network and no local service; tracing; leaving the process group, so that a group kill
reaches all; namespaces and mounts; symbolic links and special files; ways around this filter (io_uring, other ABIs).
"""

import ctypes
import struct

from agents.confinement.kernel import MACHINE, prctl

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
EPERM, ENOSYS = 1, 38
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
OFFSET_NUMBER, OFFSET_MACHINE, OFFSET_ARGUMENT_0 = 0, 4, 16
X32_BIT = 0x40000000
NEW_NAMESPACES = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}; see clone(2)

AUDIT_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {
    # name: (x86_64, aarch64); aarch64 never had the calls without a number
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435

INSTRUCTION = struct.Struct("=HBBI")
"""Operation, jump if true, jump if false, value: ``struct sock_filter``."""
SUPPORTED = MACHINE in AUDIT_MACHINE


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def program(machine: str) -> bytes:
    """The filter for ``machine`` as classic BPF instructions."""
    column = list(AUDIT_MACHINE).index(machine)
    numbers = [n for pair in REFUSED.values() if (n := pair[column]) is not None]
    code = [
        _instruction(LOAD, OFFSET_MACHINE),
        _instruction(JUMP_EQUAL, AUDIT_MACHINE[machine], 1, 0),
        _instruction(RETURN, KILL_PROCESS),
        _instruction(LOAD, OFFSET_NUMBER),
        _instruction(JUMP_AT_LEAST, X32_BIT, 0, 1),
        _instruction(RETURN, ERRNO | EPERM),
        # glibc falls back to clone(2), whose flags a filter can see
        _instruction(JUMP_EQUAL, CLONE3, 0, 1),
        _instruction(RETURN, ERRNO | ENOSYS),
    ]
    for number in numbers:
        code += [_instruction(JUMP_EQUAL, number, 0, 1), _instruction(RETURN, ERRNO | EPERM)]
    code += [
        _instruction(JUMP_EQUAL, CLONE[machine], 0, 3),
        _instruction(LOAD, OFFSET_ARGUMENT_0),
        _instruction(JUMP_ANY_BIT, NEW_NAMESPACES, 0, 1),
        _instruction(RETURN, ERRNO | EPERM),
        _instruction(RETURN, ALLOW),
    ]
    return b"".join(code)


def restrict() -> None:
    """Put the filter in force for this thread and what it starts. Raises OSError."""
    code = program(MACHINE)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(_Program(len(code) // 8, code)))


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return INSTRUCTION.pack(code, if_true, if_false, value)
