"""How an agent's process gives up what it does not need, by itself, before it opens any media.

The supervisor says what is left in the variable ``LECTERN_CONFINEMENT`` (a ``Policy`` as JSON): files by Landlock,
system calls by seccomp, amounts by resource limits. What was given up cannot be had back, also not by the programs
that are started from here. Nothing but the standard library is imported: this runs before everything else.
"""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from agents.confinement import landlock, limits, privileges, seccomp

VARIABLE = "LECTERN_CONFINEMENT"


class ConfinementFailed(Exception):
    """A part of the policy could not be put in force; the process must not go on."""


@dataclass(frozen=True)
class Policy:
    """Absolute paths and amounts; a path that does not exist is left out.

    ``programs`` may be read and executed, ``readable`` read, ``writable`` (folders) read and changed; with
    ``landlock`` everything else is out of reach. ``new_threads`` counts on top of those the machine has now, and
    does not bind the user root. An amount of 0 sets no limit.
    """

    programs: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    landlock: bool = False
    memory_bytes: int = 0
    file_bytes: int = 0
    cpu_s: int = 0
    open_files: int = 0
    new_threads: int = 0

    def to_json(self) -> str:
        """As ``enter_from_environment`` reads it."""
        return json.dumps(asdict(self))


def enter(policy: Policy) -> None:
    """Put ``policy`` in force, for ever. Call it while there is one thread. Raises ConfinementFailed."""
    try:
        limits.apply(
            memory_bytes=policy.memory_bytes,
            file_bytes=policy.file_bytes,
            cpu_s=policy.cpu_s,
            open_files=policy.open_files,
            new_threads=policy.new_threads,
        )
        if privileges.SUPPORTED:
            privileges.drop()
        if policy.landlock:
            landlock.restrict(policy.programs, policy.readable, policy.writable)
        if seccomp.SUPPORTED:
            seccomp.restrict()
    except OSError as error:
        raise ConfinementFailed(f"The step's process could not be confined: {error}") from error


def enter_from_environment() -> None:
    """Put the policy of the environment in force. Without one nothing is confined: somebody debugs an agent by hand."""
    text = os.environ.pop(VARIABLE, None)
    if text is None:
        return
    fields: dict[str, Any] = json.loads(text)
    for name in ("programs", "readable", "writable"):
        fields[name] = tuple(fields[name])
    enter(Policy(**fields))
