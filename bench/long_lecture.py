"""Lectures of any length: recordings joined without encoding again, their captions shifted to where they are."""

import os
import subprocess
from pathlib import Path

import pysubs2

from agents.media.ffmpeg import ffmpeg_binary
from agents.media.probe import probe

ROOT = Path(__file__).resolve().parents[1]
LECTURES = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "lectures"


def sources() -> list[Path]:
    """Recordings with captions beside them: the shared ones, else the example."""
    found = [path for path in sorted(LECTURES.glob("*.mp4")) if path.with_suffix(".vtt").is_file()]
    return found or [ROOT / "examples" / "lecture.mp4"]


def write_lecture(folder: Path, minutes: int) -> tuple[Path, Path]:
    """A recording of exactly ``minutes`` and its captions."""
    captions, at_s, parts = pysubs2.SSAFile(), 0.0, list[Path]()
    while at_s < minutes * 60:
        source = sources()[len(parts) % len(sources())]
        said = pysubs2.load(str(source.with_suffix(".vtt")))
        said.shift(s=at_s)
        captions.events += [line for line in said if line.end <= minutes * 60_000]
        parts.append(source)
        at_s += probe(source).duration_s
    listing = folder / "parts.txt"
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
    media, words = folder / f"{minutes} minutes.mp4", folder / f"{minutes} minutes.vtt"
    join = ["-f", "concat", "-safe", "0", "-i", str(listing), "-t", str(minutes * 60), "-c", "copy"]
    quietly = [ffmpeg_binary(), "-v", "error", "-y"]
    subprocess.run([*quietly, *join, "-movflags", "+faststart", str(media)], check=True)
    captions.save(str(words))
    return media, words
