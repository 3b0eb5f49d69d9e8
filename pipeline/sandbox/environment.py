"""What an agent's process is told: no credential, no proxy and no configuration of the service, only what is here."""

import os
import sys
from pathlib import Path

from app.core.settings import Settings

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")


def child_environment(settings: Settings, desk: Path) -> dict[str, str]:
    """The whole environment of an agent. Home, caches and temporary files are its desk."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    scratch = str(desk)
    own = {
        "HOME": scratch,
        "TMPDIR": scratch,
        "XDG_CACHE_HOME": scratch,
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHON_DOTENV_DISABLED": "1",  # MoviePy would read a .env file into the environment
        "OPENCV_FFMPEG_CAPTURE_OPTIONS": "",
        "OPENBLAS_NUM_THREADS": "1",  # a pool per core, made when NumPy is imported: time and address space for nothing
        "MALLOC_TRIM_THRESHOLD_": "131072",  # glibc's own, but it stays: freed memory goes back, however much it was
    }
    if settings.ffmpeg_binary is not None:
        own["FFMPEG_BINARY"] = str(settings.ffmpeg_binary)
    return kept | own


def child_command(agent: str, request: Path) -> list[str]:
    """The command that runs one agent. ``-P``: modules are never looked for on its desk."""
    return [sys.executable, "-P", "-m", "agents", agent, str(request)]
