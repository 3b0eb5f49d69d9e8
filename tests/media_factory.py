"""Media whose truth is known by construction, made by FFmpeg's own generators."""

import subprocess
from pathlib import Path

from agents.media.ffmpeg import ffmpeg_binary


def make_media(path: Path, *arguments: str) -> Path:
    """Run FFmpeg with ``arguments`` and write ``path``."""
    command = [ffmpeg_binary(), "-hide_banner", "-v", "error", "-nostdin", "-y", *arguments, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path
