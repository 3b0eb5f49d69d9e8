"""What clips are chosen from in ``bench.clips``: recordings and transcripts with what people said about them."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from agents.content_analyzer import run as analyse
from agents.transcript_agent.captions import transcribe
from agents.types import (
    AnalysisRequest,
    ExtractionRequest,
    LayoutSpan,
    LayoutTimeline,
    PlanSettings,
    Segment,
    SlideChange,
    TimeRange,
    Transcript,
    TranscriptRequest,
)

DATA = Path(os.environ.get("LECTERN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
_MEETING_WORD_S = 0.35
"""QMSum has no times: every word is taken to last this long."""
_MIN_SILENCE_S = 0.5


@dataclass(frozen=True)
class Talk:
    """``topics``: the parts people see in it. ``words``: what they wrote about it, as titles or as a summary.

    ``relevant``: what answers the questions people asked about it, in order and disjoint; empty where nobody asked.
    """

    corpus: str
    name: str
    transcript: Transcript
    duration_s: float
    topics: tuple[TimeRange, ...]
    words: str
    relevant: tuple[TimeRange, ...] = ()
    silences: tuple[TimeRange, ...] = ()
    layout: LayoutTimeline | None = None

    def request(self, settings: PlanSettings) -> ExtractionRequest:
        changes = self.layout.slide_changes if self.layout else ()
        asked = AnalysisRequest(self.transcript, self.duration_s, self.silences, changes, focus=settings.focus)
        analysis = analyse(asked, lambda _fraction, _message: None)
        return ExtractionRequest(
            self.name, self.duration_s, settings, self.transcript, analysis, self.silences, self.layout
        )


def talks() -> list[Talk]:
    """Everything there is; empty without the shared data."""
    return [*lectures(), *tutorials(), *chaptered(), *meetings()] if DATA.is_dir() else []


def lectures() -> Iterable[Talk]:
    """Videos: captions, with silences, slides and layouts from their gold files."""
    for path in sorted((DATA / "lectures").glob("*.gold.json")):
        gold = json.loads(path.read_text("utf-8"))
        name = path.name.removesuffix(".gold.json")
        transcript = _captions(path.with_name(f"{name}.vtt"))
        duration_s = float(gold["duration"])
        speech = [[0.0, 0.0], *gold["speech"], [duration_s, duration_s]]
        silences = tuple(TimeRange(a[1], b[0]) for a, b in pairwise(speech) if b[0] - a[1] >= _MIN_SILENCE_S)
        spans = tuple(
            LayoutSpan(p["start"], p["end"], p["layout"], _rect(p.get("screen")), _rect(p.get("camera")), 1.0)
            for p in gold["layouts"]
        )
        changes = tuple(SlideChange(t, 0.8) for t in gold["slide_changes"] if t > 0)
        width, height = gold["size"]
        layout = LayoutTimeline(duration_s, (width, height), spans, changes)
        topics, words = _parts(gold["fine"])
        yield Talk("lectures", name, transcript, duration_s, topics, words, (), silences, layout)


def tutorials() -> Iterable[Talk]:
    """TinyRec: recorded tutorials with human topics and their titles."""
    for path in sorted((DATA / "transcripts" / "tinyrec_norm").glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        segments = tuple(Segment(u["start"], u["end"], u["text"]) for u in data["utterances"])
        topics, words = _parts(data["fine"])
        yield Talk("TinyRec", path.stem, Transcript("en", "given", "given", segments), data["end"], topics, words)


def chaptered() -> Iterable[Talk]:
    """Captioned talks with chapters, whose titles name speakers and parts rather than what is said."""
    for path in sorted((DATA / "transcripts" / "able_chapters").glob("*captions_*.vtt")):
        beside = path.with_name(path.name.replace("captions", "chapters"))
        if not beside.is_file():
            continue
        transcript, chapters = _captions(path), _captions(beside).segments
        duration_s = max(transcript.segments[-1].end_s, chapters[-1].end_s)
        topics = tuple(TimeRange(c.start_s, c.end_s) for c in chapters)
        yield Talk("chapters", path.stem, transcript, duration_s, topics, "")


def meetings() -> Iterable[Talk]:
    """QMSum: meetings with topic spans, a summary, and the spans that answer specific questions. Without times."""
    for path in sorted((DATA / "transcripts" / "qmsum").rglob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        at_s, segments = 0.0, []
        for turn in data["meeting_transcripts"]:
            text = re.sub(r"\{[^}]*\}", "", turn["content"])
            text = " ".join(re.sub(r" ([.,?!])", r"\1", text).split())
            end_s = at_s + _MEETING_WORD_S * max(1, len(text.split()))
            segments.append(Segment(at_s, end_s, text, turn["speaker"]))
            at_s = end_s
        topics = _turns(segments, (s for t in data["topic_list"] for s in t["relevant_text_span"]))
        relevant = _turns(segments, (s for q in data["specific_query_list"] for s in q["relevant_text_span"]))
        words = " ".join(q["answer"] for q in data["general_query_list"])
        transcript = Transcript("en", "given", "given", tuple(segments))
        yield Talk("QMSum", path.stem, transcript, at_s, topics, words, union(relevant))


def union(ranges: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """The same seconds, in order and disjoint."""
    out: list[TimeRange] = []
    for item in sorted(ranges, key=lambda r: (r.start_s, r.end_s)):
        if out and item.start_s <= out[-1].end_s:
            out[-1] = TimeRange(out[-1].start_s, max(out[-1].end_s, item.end_s))
        else:
            out.append(item)
    return tuple(out)


def _captions(path: Path) -> Transcript:
    return transcribe(TranscriptRequest("", "captions", str(path)), lambda _fraction, _message: None)


def _rect(values: list[int] | None) -> tuple[int, int, int, int] | None:
    return (values[0], values[1], values[2], values[3]) if values else None


def _parts(parts: list[dict[str, object]]) -> tuple[tuple[TimeRange, ...], str]:
    ranges = tuple(TimeRange(float(str(p["start"])), float(str(p["end"]))) for p in parts)
    return ranges, " ".join(str(p["title"]) for p in parts)


def _turns(segments: list[Segment], spans: Iterable[list[str]]) -> tuple[TimeRange, ...]:
    pairs = ((int(first), min(int(last), len(segments) - 1)) for first, last in spans)
    return tuple(TimeRange(segments[a].start_s, segments[b].end_s) for a, b in pairs if a <= b)
