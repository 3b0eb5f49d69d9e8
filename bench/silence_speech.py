"""Which parts of a lecture are speech: silence detection by energy and by voice, against the known speech intervals."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from agents.silence_detector import run
from agents.types import SilenceRequest, TimeRange
from bench.table import Row

SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
STEP_S = 0.01
MODES = ("energy", "vad")


def rows() -> list[Row]:
    """Two rows a lecture: F1 of the time that counts as speech, pauses of half a second and more left out.

    The speech intervals of the truth have gaps shorter than that; they are joined first. No row where the recordings
    are absent.
    """
    folder = SHARED_DATA / "lectures"
    found: list[Row] = []
    for gold in sorted(folder.glob("*.gold.json")) if folder.is_dir() else ():
        lecture = gold.with_name(gold.name.removesuffix(".gold.json") + ".mp4")
        truth = json.loads(gold.read_text("utf-8"))
        spoken = joined([TimeRange(start, end) for start, end in truth["speech"]], 0.5)
        wanted = pauses(spoken, truth["duration"])
        scores = {mode: _score(lecture, mode, wanted, truth["duration"]) for mode in MODES}
        for mode, peer in (("energy", "vad"), ("vad", "energy")):
            taken_s, precision, recall, f1 = scores[mode]
            note = (
                f"speech time: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}; ratio is F1 to the peer's"
            )
            found.append(
                Row(
                    f"speech found by {mode}, {lecture.name}",
                    taken_s,
                    f"by {peer}",
                    scores[peer][0],
                    f1 / scores[peer][3],
                    note=note,
                )
            )
    return found


def joined(ranges: Sequence[TimeRange], least_s: float) -> list[TimeRange]:
    """Ranges with gaps shorter than ``least_s`` closed."""
    found: list[TimeRange] = []
    for each in ranges:
        if found and each.start_s - found[-1].end_s < least_s:
            found[-1] = TimeRange(found[-1].start_s, max(each.end_s, found[-1].end_s))
        else:
            found.append(each)
    return found


def pauses(spoken: Sequence[TimeRange], duration_s: float) -> list[TimeRange]:
    """What lies between the ranges."""
    starts = [0.0, *(r.end_s for r in spoken)]
    ends = [*(r.start_s for r in spoken), duration_s]
    return [TimeRange(a, b) for a, b in zip(starts, ends, strict=True) if b > a]


def _score(lecture: Path, mode: str, wanted: Sequence[TimeRange], duration_s: float) -> tuple[float, ...]:
    began_s = perf_counter()
    found = run(SilenceRequest(str(lecture), mode="vad" if mode == "vad" else "energy"), lambda *_: None)
    taken_s = perf_counter() - began_s
    is_silent, should_be = _marks(found.regions, duration_s), _marks(wanted, duration_s)
    both = sum(not a and not b for a, b in zip(is_silent, should_be, strict=True))
    precision, recall = both / max(is_silent.count(0), 1), both / max(should_be.count(0), 1)
    return taken_s, precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _marks(silent: Sequence[TimeRange], duration_s: float) -> bytearray:
    """One for each hundredth of a second: 1 where it is silent."""
    marks = bytearray(round(duration_s / STEP_S))
    for each in silent:
        first, end = round(each.start_s / STEP_S), min(round(each.end_s / STEP_S), len(marks))
        marks[first:end] = b"\1" * max(end - first, 0)
    return marks
