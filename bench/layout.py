"""Layout detection against FFmpeg's scene filter, which finds cuts only, on the same recordings in the same run."""

import os
from pathlib import Path
from time import perf_counter

from agents.layout_detector import run
from agents.media.ffmpeg import input_arguments
from agents.media.ffmpeg import run as run_ffmpeg
from agents.types import LayoutRequest
from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data"))
TIMES_REAL_TIME = 60.0


def rows() -> list[Row]:
    """One row per lecture; without the shared folder, one for the example."""
    lectures = sorted((SHARED_DATA / "lectures").glob("*.mp4")) or [ROOT / "examples" / "lecture.mp4"]
    return [_row(path) for path in lectures]


def _row(path: Path) -> Row:
    start = perf_counter()
    timeline = run(LayoutRequest(str(path)), _silent)
    ours_s = perf_counter() - start
    start = perf_counter()
    run_ffmpeg([*input_arguments(path), "-map", "0:v:0", "-vf", "select='gt(scene,0.1)'", "-f", "null", "-"])
    peer_s = perf_counter() - start
    speed = timeline.duration_s / ours_s
    found = f"{len(timeline.spans)} layouts, {len(timeline.slide_changes)} slide changes"
    return Row(
        name=f"layout {path.name}",
        ours_s=ours_s,
        peer="FFmpeg select=gt(scene,0.1)",
        peer_s=peer_s,
        ratio=peer_s / ours_s,
        note=f"{speed:.0f}x real time (aim {TIMES_REAL_TIME:.0f}x); {found}",
    )


def _silent(_fraction: float, _message: str) -> None:
    """A report nobody reads."""
