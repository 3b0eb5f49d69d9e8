"""Which paths an agent's process may touch: its programs, what the system gives everybody, and what it was asked."""

import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import agents
from app.core.settings import Settings

INPUT_FIELDS = frozenset({"media", "captions", "model_dir"})
"""Fields of requests that name a file or a folder to read, absolutely; a tuple names several."""
OUTPUT_FIELDS = frozenset({"out_dir"})
"""Fields of requests that name a folder to write into, absolutely."""

SYSTEM_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
SYSTEM_FILES = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/nsswitch.conf"),
    *("/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/mime.types", "/etc/fonts", "/var/cache/fontconfig"),
    "/sys/devices/system/cpu",
)
PROCESS_FILES = (
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version"),
    "/proc/sys/vm/overcommit_memory",
)
"""For Landlock. Other processes' folders stay closed: their environment may hold a secret."""


@dataclass(frozen=True)
class Grants:
    """Absolute paths. ``writable`` are folders that exist."""

    programs: tuple[str, ...]
    readable: tuple[str, ...]
    writable: tuple[str, ...]


def named(request: object, names: frozenset[str]) -> list[Path]:
    """The absolute paths in a request's fields of these names. ``CompileRequest.captions`` is a style, not a path."""
    found = []
    for field in fields(request):  # type: ignore[arg-type]  # every request is a dataclass: the codec relies on it
        value: Any = getattr(request, field.name)
        if field.name not in names:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and os.path.isabs(one):
                found.append(Path(one))
    return found


def desk_for(request: object, workspace: Path) -> Path:
    """The folder an agent works in: the workspace, or one inside it where an input lies in the workspace.

    Inputs are hard links to stored originals, and what lies on the desk can be overwritten.
    """
    root = workspace.resolve()
    if any(path.resolve().is_relative_to(root) for path in named(request, INPUT_FIELDS)):
        return workspace / "desk"
    return workspace


def grants_for(request: object, desk: Path, settings: Settings) -> Grants:
    """What ``request`` needs, worked on at ``desk``; its output folders are made where they are missing."""
    outputs = named(request, OUTPUT_FIELDS)
    for folder in outputs:
        folder.mkdir(parents=True, exist_ok=True)
    readable: list[str] = []
    for path in named(request, INPUT_FIELDS):
        readable += [str(path), *_linked_from(path)]
    writable = [str(desk), *map(str, outputs)]
    return Grants(tuple(_programs(settings)), tuple(dict.fromkeys(readable)), tuple(dict.fromkeys(writable)))


def _linked_from(folder: Path) -> list[str]:
    """What the links in a folder lead to: a hub's cache keeps a model's files elsewhere."""
    if not folder.is_dir():
        return []
    return [str(entry.resolve()) for entry in folder.iterdir() if entry.is_symlink()]


def _programs(settings: Settings) -> list[str]:
    interpreter = Path(sys.executable).resolve()
    found = [sys.prefix, sys.base_prefix, sys.base_exec_prefix, str(interpreter.parent.parent)]
    found += [str(folder) for folder in agents.__path__]
    for name in ("LD_LIBRARY_PATH", "FONTCONFIG_PATH"):
        found += [part for part in os.environ.get(name, "").split(os.pathsep) if os.path.isabs(part)]
    if settings.ffmpeg_binary is not None:
        ffmpeg = settings.ffmpeg_binary.absolute()
        found += [str(ffmpeg), str(ffmpeg.resolve()), str(ffmpeg.resolve().parent.parent / "lib")]
    return list(dict.fromkeys(found))
