"""What is asked and answered about content and clips: analysis, the edit plan, rendering."""

from dataclasses import dataclass, field
from typing import Literal

from agents.types.recording import (
    Arrangement,
    LayoutName,
    LayoutTimeline,
    Loudness,
    Notice,
    Rect,
    Segment,
    SlideChange,
    TimeRange,
    Transcript,
)

# -- analysis ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnalysisRequest:
    """``model_dir``: the folder of a sentence transformer (ONNX), where there is one.

    ``loudness`` of the recording lets emphasis be heard; without it, times alone tell.
    """

    transcript: Transcript
    duration_s: float
    silences: tuple[TimeRange, ...] = ()
    slide_changes: tuple[SlideChange, ...] = ()
    backend: str = "local"
    focus: str | None = None
    model_dir: str | None = None
    loudness: Loudness | None = None


@dataclass(frozen=True)
class Topic:
    start_s: float
    end_s: float
    title: str
    keywords: tuple[str, ...]
    importance: float
    subtopics: tuple["Topic", ...] = ()


@dataclass(frozen=True)
class Sentence:
    """A whole sentence with its importance 0..1 and the reasons for it (``definition``, ``recap``, …)."""

    start_s: float
    end_s: float
    text: str
    importance: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Analysis:
    summary: str
    topics: tuple[Topic, ...]
    sentences: tuple[Sentence, ...]
    backend: str
    warnings: tuple[Notice, ...] = ()


# -- extraction: the edit plan -------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanSettings:
    """``layout`` and ``aspect`` are what the client asked for; the plan's clips say what was decided."""

    max_clips: int = 6
    min_clip_s: float = 20.0
    max_clip_s: float = 120.0
    aspect: Literal["source", "16:9", "9:16", "1:1"] = "source"
    layout: Literal["auto", "full", "split", "stack"] = "auto"
    remove_silence: bool = True
    focus: str | None = None


@dataclass(frozen=True)
class ExtractionRequest:
    source: str
    duration_s: float
    settings: PlanSettings
    transcript: Transcript | None = None
    analysis: Analysis | None = None
    silences: tuple[TimeRange, ...] = ()
    layout: LayoutTimeline | None = None


@dataclass(frozen=True)
class ClipLayout:
    """How ``[start_s, end_s)`` of the source looks, and how the clip shows it."""

    start_s: float
    end_s: float
    layout: LayoutName
    arrangement: Arrangement
    screen: Rect | None
    camera: Rect | None


@dataclass(frozen=True)
class PlannedCut:
    """What a clip loses between two ranges that it keeps, and why."""

    start_s: float
    end_s: float
    kind: Literal["silence", "filler", "repetition"]
    reason: str


@dataclass(frozen=True)
class MeaningfulPause:
    """A silence ``[start_s, end_s)`` of the source of which a clip keeps ``kept_s``, more than a breath, and why."""

    start_s: float
    end_s: float
    kept_s: float
    reason: str


@dataclass(frozen=True)
class ClipContext:
    """``[start_s, end_s)`` is in the clip so that the rest can be understood.

    ``extended``: the clip begins earlier for it. ``definition``: a range of its own, before the clip proper.
    ``other_clip``: not in this clip, as another clip has it.
    """

    start_s: float
    end_s: float
    kind: Literal["extended", "definition", "other_clip"]
    reason: str


@dataclass(frozen=True)
class TopicShare:
    """``share`` 0..1 of the clip belongs to the topic."""

    title: str
    share: float
    importance: float


@dataclass(frozen=True)
class ClipEvidence:
    """What a clip was chosen and cut on.

    ``measures`` are 0..1, ``weights`` add up to 1: a score part is a measure times its weight. ``sentences`` are those
    that weighed most; ``slide_changes_s`` those that the clip shows or follows.
    """

    measures: dict[str, float]
    weights: dict[str, float]
    sentences: tuple[Sentence, ...]
    topics: tuple[TopicShare, ...]
    slide_changes_s: tuple[float, ...]
    opening: str
    closing: str
    context: tuple[ClipContext, ...]
    cuts: tuple[PlannedCut, ...]
    pauses: tuple[MeaningfulPause, ...]


@dataclass(frozen=True)
class PlannedClip:
    """``keep`` are the ranges that stay, in order and disjoint; ``start_s`` and ``end_s`` are their outer ends.

    ``score_parts`` add up to ``score`` (0..1).
    """

    rank: int
    title: str
    summary: str
    start_s: float
    end_s: float
    keep: tuple[TimeRange, ...]
    score: float
    score_parts: dict[str, float]
    reasons: tuple[str, ...]
    layout: tuple[ClipLayout, ...]
    evidence: ClipEvidence | None = None


@dataclass(frozen=True)
class RejectedCandidate:
    """``score`` as of a clip; ``text`` is the sentence that speaks most for it."""

    start_s: float
    end_s: float
    reason: str
    score: float | None = None
    text: str = ""


@dataclass(frozen=True)
class EditPlan:
    """``warnings`` explain an empty ``clips``."""

    source: str
    clips: tuple[PlannedClip, ...]
    rejected: tuple[RejectedCandidate, ...]
    settings: PlanSettings
    warnings: tuple[Notice, ...] = ()


# -- compilation ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CompileRequest:
    """Renders one clip of a plan into ``out_dir`` as ``clip.mp4``, ``clip.srt``, ``clip.vtt``, ``thumbnail.jpg``.

    ``segments`` are the transcript's; they are retimed to the cut. A source without video gives ``clip.m4a``.
    """

    media: str
    clip: PlannedClip
    settings: PlanSettings
    out_dir: str
    segments: tuple[Segment, ...] = ()
    captions: Literal["burned", "sidecar", "both", "none"] = "both"
    renderer: Literal["ffmpeg", "moviepy"] = "ffmpeg"
    threads: int = 0


@dataclass(frozen=True)
class RenderedFile:
    """``kind``: video, audio, thumbnail, captions_srt, captions_vtt. ``path`` is inside the request's ``out_dir``."""

    kind: str
    path: str
    content_type: str


@dataclass(frozen=True)
class RenderedClip:
    """Durations are those of the written streams; ``duration_s`` is the planned one (the sum of ``keep``)."""

    duration_s: float
    video_duration_s: float | None
    audio_duration_s: float | None
    width: int | None
    height: int | None
    files: tuple[RenderedFile, ...]
    warnings: tuple[Notice, ...] = field(default=())
