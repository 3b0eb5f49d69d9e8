"""How an agent's process is confined: a scrubbed environment, a group of its own, resource limits.

The child sees no credential, no proxy and no configuration of the service: only what is listed here.
"""

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from app.core.settings import Settings

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "COVERAGE_PROCESS_CONFIG")


def child_environment(settings: Settings, workspace: Path) -> dict[str, str]:
    """The whole environment of an agent. Home, caches and temporary files are its workspace."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    scratch = str(workspace)
    own = {
        "HOME": scratch,
        "TMPDIR": scratch,
        "XDG_CACHE_HOME": scratch,
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENCV_FFMPEG_CAPTURE_OPTIONS": "",
    }
    if settings.ffmpeg_binary is not None:
        own["FFMPEG_BINARY"] = str(settings.ffmpeg_binary)
    return kept | own


def child_command(agent: str, request: Path) -> list[str]:
    """The command that runs one agent."""
    return [sys.executable, "-m", "agents", agent, str(request)]


def limits() -> Callable[[], None]:
    """A ``preexec_fn`` that sets resource limits: no core dumps, which could hold what a lecture shows."""

    def apply() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return apply
