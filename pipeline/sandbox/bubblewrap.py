"""Namespaces by bubblewrap: a file system of only what was granted, no network device, no other process in sight."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.sandbox.paths import SYSTEM_FILES, SYSTEM_PROGRAMS, Grants

ISOLATION = (
    *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--cap-drop", "ALL"),
)
SIGNALLED = 128


def program() -> str | None:
    """The installed ``bwrap``."""
    return shutil.which("bwrap")


def wrap(command: Sequence[str], grants: Grants, desk: Path) -> list[str]:
    """``command`` inside namespaces of its own. It stays in the caller's session and process group."""
    arguments = [program() or "bwrap", *ISOLATION]
    if os.geteuid() == 0:
        arguments += ["--cap-add", "CAP_DAC_OVERRIDE"]
    for path in SYSTEM_PROGRAMS:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            arguments += ["--ro-bind", path, path]
    for path in SYSTEM_FILES:
        arguments += ["--ro-bind-try", path, path]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    # outer folders first: what is mounted later lies on top, so an input inside a writable folder stays read-only
    for path in sorted(grants.programs, key=len):
        arguments += _bind("--ro-bind-try", path)
    for path in sorted(grants.writable, key=len):
        arguments += _bind("--bind", path)
    for path in sorted(grants.readable, key=len):
        arguments += _bind("--ro-bind-try", path)
    return [*arguments, "--remount-ro", "/", "--chdir", str(desk), "--", *command]


def exit_code(code: int) -> int:
    """bubblewrap says 128 + n where its child was ended by signal n; ``subprocess`` says -n."""
    return SIGNALLED - code if SIGNALLED < code < SIGNALLED + 65 else code


def _bind(option: str, path: str) -> list[str]:
    if any(path == top or path.startswith(f"{top}/") for top in SYSTEM_PROGRAMS) and option == "--ro-bind-try":
        return []  # there already
    return [option, path, path]
