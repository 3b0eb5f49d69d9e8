"""Plans of the real lectures: captions as given, silences and layouts from their gold files."""

import json
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest

from agents.content_analyzer import run as analyse
from agents.segment_extractor import run
from agents.types import (
    AnalysisRequest,
    EditPlan,
    ExtractionRequest,
    LayoutSpan,
    LayoutTimeline,
    PlanSettings,
    Segment,
    SlideChange,
    TimeRange,
    Transcript,
)


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def plan_of(folder: Path, name: str, settings: PlanSettings) -> tuple[EditPlan, tuple[Segment, ...]]:
    gold = json.loads((folder / f"{name}.gold.json").read_text("utf-8"))
    lines = pysubs2.load(str(folder / f"{name}.vtt"))
    segments = tuple(Segment(e.start / 1000, e.end / 1000, e.plaintext) for e in lines)
    transcript = Transcript("en", "captions", "given", segments)
    duration_s = float(gold["duration"])
    changes = tuple(SlideChange(t, 0.8) for t in gold["slide_changes"] if t > 0)
    speech = [*gold["speech"], [duration_s, duration_s]]
    silences = tuple(TimeRange(a[1], b[0]) for a, b in pairwise(speech) if b[0] - a[1] >= 0.5)
    spans = tuple(
        LayoutSpan(
            part["start"],
            part["end"],
            part["layout"],
            tuple(part["screen"]) if "screen" in part else None,
            tuple(part["camera"]) if "camera" in part else None,
            1.0,
        )
        for part in gold["layouts"]
    )
    width, height = gold["size"]
    layout = LayoutTimeline(duration_s, (width, height), spans, changes)
    analysis = analyse(AnalysisRequest(transcript, duration_s, silences, changes), quiet)
    return run(ExtractionRequest(name, duration_s, settings, transcript, analysis, silences, layout), quiet), segments


@pytest.mark.parametrize("name", ["switching", "corner"])
def test_clips_of_a_real_lecture(lectures: Path, name: str) -> None:
    plan, cues = plan_of(lectures, name, PlanSettings())
    assert 3 <= len(plan.clips) <= 6
    for clip in plan.clips:
        assert 20.0 <= sum(k.duration_s for k in clip.keep) <= clip.end_s - clip.start_s <= 120.0
        for edge_s in (clip.start_s, clip.end_s):
            assert not any(c.start_s < edge_s < c.end_s for c in cues)
        assert clip.layout
        assert {part.arrangement for part in clip.layout} == {"full"}
        assert 2 <= len(clip.title.split()) <= 10
        assert clip.summary
        assert clip.reasons
    assert plan.rejected
    thirds = {int(3 * c.start_s / cues[-1].end_s) for c in plan.clips}
    assert thirds == {0, 1, 2}


def test_a_narrow_clip_stacks_screen_and_camera(lectures: Path) -> None:
    plan, _ = plan_of(lectures, "switching", PlanSettings(aspect="9:16"))
    shown = {part.arrangement for clip in plan.clips for part in clip.layout if part.layout == "picture_in_picture"}
    assert shown == {"stack"}
