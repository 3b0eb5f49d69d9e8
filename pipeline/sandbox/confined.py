"""One agent call under one level: the command, the environment, and what its exit code means."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agents.confinement import VARIABLE, Policy
from app.core.settings import Settings
from pipeline.sandbox import bubblewrap
from pipeline.sandbox.environment import child_environment
from pipeline.sandbox.paths import PROCESS_FILES, SYSTEM_FILES, SYSTEM_PROGRAMS, Grants

Level = Literal["bubblewrap", "landlock", "limits"]
OPEN_FILES = 1024
NEW_THREADS = 1024


@dataclass(frozen=True)
class Confined:
    """What ``subprocess.Popen`` gets."""

    level: Level
    command: list[str]
    environment: dict[str, str]

    def exit_code(self, code: int) -> int:
        """The agent's exit code, negative for a signal."""
        return bubblewrap.exit_code(code) if self.level == "bubblewrap" else code


def confine(
    level: Level, command: Sequence[str], grants: Grants, *, desk: Path, settings: Settings, cores: int
) -> Confined:
    """``command`` with only ``grants``. It enters the limits and filters itself, before it opens any media."""
    policy = Policy(
        programs=(*SYSTEM_PROGRAMS, *grants.programs) if level == "landlock" else (),
        readable=(*SYSTEM_FILES, *PROCESS_FILES, *grants.readable) if level == "landlock" else (),
        writable=grants.writable if level == "landlock" else (),
        landlock=level == "landlock",
        memory_bytes=settings.agent_memory_bytes,
        file_bytes=settings.agent_file_bytes,
        cpu_s=int(settings.step_timeout_s * cores) + 1,
        open_files=OPEN_FILES,
        new_threads=NEW_THREADS,
    )
    environment = child_environment(settings, desk) | {VARIABLE: policy.to_json()}
    wrapped = bubblewrap.wrap(command, grants, desk) if level == "bubblewrap" else list(command)
    return Confined(level, wrapped, environment)
