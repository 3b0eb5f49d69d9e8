"""Layout detection: right how often and how fast, next to cut detectors, which find slide changes only.

Rows are the shared lectures (the example without them); the table has every kind of made-up recording of
``bench.recordings``, with real footage as its people where the shared data is there.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from agents.layout_detector import run
from agents.types import LayoutRequest, LayoutTimeline
from bench.layout_peers import PEERS
from bench.layout_score import Score, score, slide_hits
from bench.recordings.campus import CAMPUS_KINDS
from bench.recordings.catalogue import KINDS, recording
from bench.recordings.film import film
from bench.recordings.people import Footage, Scenery
from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data"))
TIMES_REAL_TIME = 60.0
RIGHT, IOU, F1 = 0.95, 0.9, 0.95
LENGTH_S = 60.0
VARIANTS = 2
T = TypeVar("T")


def rows() -> list[Row]:
    """One row per lecture and cut detector; without the shared folder, for the example."""
    lectures = sorted((SHARED_DATA / "lectures").glob("*.mp4")) or [ROOT / "examples" / "lecture.mp4"]
    return [row for path in lectures for row in _rows(path)]


def _rows(path: Path) -> list[Row]:
    gold = json.loads(path.with_suffix(".gold.json").read_text("utf-8"))
    timeline, ours_s = _timed(lambda: detect(path))
    ours = score(timeline, gold)
    speed = timeline.duration_s / ours_s
    met = (
        speed >= TIMES_REAL_TIME
        and ours.time_right >= RIGHT
        and ours.camera >= IOU
        and ours.false_camera_share <= 0.001
        and ours.f1 >= F1
    )
    figures = (
        f"{speed:.0f}x real time (aim {TIMES_REAL_TIME:.0f}x); right {ours.time_right:.1%} of the time, camera IoU "
        f"{ours.camera:.3f}, false camera {ours.false_camera_share:.1%}; slide changes F1 {ours.f1:.2f}"
    )
    found: list[Row] = []
    for name, peer in PEERS.items():
        times_s, peer_s = _timed(lambda peer=peer: peer(path))  # type: ignore[misc]  # bound now, called now
        note = f"{figures}, peer's {f1(times_s, gold):.2f}"
        target = "" if found else "all aims of layout detection"
        found.append(
            Row(f"layout {path.name}", ours_s, name, peer_s, peer_s / ours_s, target, None if found else met, note)
        )
        figures = f"slide changes F1 {ours.f1:.2f}"
    return found


def table() -> str:
    """Accuracy for each kind of made-up recording, as Markdown."""
    lines = [
        "| recordings | layout right | camera IoU | screen IoU | false camera | slide changes F1 "
        "| FFmpeg scene 0.1 | PySceneDetect Adaptive |",
        "|---|---|---|---|---|---|---|---|",
    ]
    people = footage()
    total = Score()
    for number, kind in enumerate(KINDS):
        mine, peers = (
            Score(),
            {name: Score() for name in ("FFmpeg select=gt(scene,0.1)", "PySceneDetect AdaptiveDetector")},
        )
        # the campus kinds are many: one recording each, of 720 and of 360 lines in turn
        for variant in (number % 2,) if kind in CAMPUS_KINDS else range(VARIANTS):
            with tempfile.TemporaryDirectory() as folder:
                made = recording(kind, variant, people, LENGTH_S)
                video, gold = film(made, Path(folder)), made.truth()
                mine += score(detect(video), gold)
                for name in peers:
                    if gold["slide_changes"] is not None:
                        hits, wanted, given = slide_hits(PEERS[name](video), gold)
                        peers[name] += Score(hits=hits, wanted=wanted, given=given)
        total += mine
        lines.append(_line(kind.replace("_", " "), mine, [one.f1 for one in peers.values()]))
    return "\n".join([*lines, _line("all", total, [])])


def _line(name: str, one: Score, peers: list[float]) -> str:
    figures = (one.time_right, one.camera, one.screen, one.false_camera_share, one.f1, *peers)
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in figures) + " |" + " |" * (2 - len(peers))


def footage() -> list[Scenery]:
    """Real people where the shared data is there; an empty list means drawn ones."""
    folder = SHARED_DATA / "video" / "intel"
    names = ("head-pose-face-detection-male.gif", "sister.mkv", "student.mkv", "school.mkv")
    return [Footage(folder / name) for name in names if (folder / name).is_file()]


def detect(video: Path) -> LayoutTimeline:
    return run(LayoutRequest(str(video)), lambda _fraction, _message: None)


def f1(times_s: list[float], gold: dict[str, Any]) -> float:
    hits, wanted, given = slide_hits(times_s, gold)
    return Score(hits=hits, wanted=wanted, given=given).f1


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = perf_counter()
    done = work()
    return done, perf_counter() - start
