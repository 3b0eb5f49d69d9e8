"""Cut detectors that people would reach for: FFmpeg's scene filter and PySceneDetect, as shipped and as tuned here."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from scenedetect import AdaptiveDetector, ContentDetector, detect  # type: ignore[import-untyped]  # has no stubs

from agents.media.ffmpeg import input_arguments
from agents.media.ffmpeg import run as run_ffmpeg

Detector = Callable[[Path], list[float]]


def ffmpeg_scenes(video: Path, threshold: float) -> list[float]:
    """Times in seconds of frames whose ``scene`` score is above the threshold."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "scenes.txt"
        graph = f"select='gt(scene,{threshold})',metadata=print:file={found}"
        run_ffmpeg([*input_arguments(video), "-map", "0:v:0", "-vf", graph, "-f", "null", "-"])
        return [float(time) for time in re.findall(r"pts_time:([\d.]+)", found.read_text("utf-8"))]


def content(video: Path) -> list[float]:
    return _starts(video, ContentDetector())


def adaptive(video: Path) -> list[float]:
    return _starts(video, AdaptiveDetector())


def _starts(video: Path, detector: ContentDetector | AdaptiveDetector) -> list[float]:
    scenes = detect(str(video), detector)
    return [float(start.get_seconds()) for start, _ in scenes[1:]]


PEERS: dict[str, Detector] = {
    "FFmpeg select=gt(scene,0.4)": lambda video: ffmpeg_scenes(video, 0.4),
    "FFmpeg select=gt(scene,0.1)": lambda video: ffmpeg_scenes(video, 0.1),
    "PySceneDetect ContentDetector": content,
    "PySceneDetect AdaptiveDetector": adaptive,
}
