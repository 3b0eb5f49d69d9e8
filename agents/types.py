"""What agents are asked and what they answer: frozen dataclasses that travel as JSON.

All times are seconds from the start of the source, as float. Rectangles are ``(x, y, width, height)`` in
pixels of the *displayed* source frame (after rotation and sample aspect ratio are applied, i.e. in
``MediaInfo.video.width`` by ``MediaInfo.video.height``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Rect = tuple[int, int, int, int]
LayoutName = Literal["slides", "speaker", "picture_in_picture", "side_by_side", "board", "other"]
Arrangement = Literal["full", "split", "stack"]
Report = Callable[[float, str], None]
"""``report(fraction, message)``: progress from 0 to 1 and what is being done now."""


@dataclass(frozen=True)
class Notice:
    """Something the user should know that did not stop the work: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True)
class TimeRange:
    """A half-open range ``[start_s, end_s)``."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


# -- probe ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProbeRequest:
    media: str


@dataclass(frozen=True)
class VideoStream:
    """``width`` and ``height`` are as displayed: rotation and sample aspect ratio applied, even numbers."""

    index: int
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    frame_rate: float
    rotation_deg: int
    sample_aspect_ratio: str
    pixel_format: str


@dataclass(frozen=True)
class AudioStream:
    index: int
    codec: str
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True)
class MediaInfo:
    """``duration_s`` is what can be decoded when the container does not say it. Cover art is no video."""

    duration_s: float
    format: str
    video: VideoStream | None
    audio: AudioStream | None
    subtitle_indexes: tuple[int, ...] = ()
    warnings: tuple[Notice, ...] = ()


# -- silence -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SilenceRequest:
    """``threshold_dbfs`` None: an adaptive noise floor. The rest as in ``pydub.silence.detect_silence``."""

    media: str
    min_silence_ms: int = 500
    threshold_dbfs: float | None = None
    seek_step_ms: int = 10
    mode: Literal["energy"] = "energy"


@dataclass(frozen=True)
class SilenceResult:
    duration_s: float
    mode: str
    threshold_dbfs: float
    regions: tuple[TimeRange, ...]


# -- transcript ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TranscriptRequest:
    """One backend's turn. ``captions`` is a local SRT/VTT file; ``silences`` help to end sentences at pauses."""

    media: str
    backend: str
    captions: str | None = None
    language: str = "auto"
    model: str = "small"
    model_dir: str | None = None
    silences: tuple[TimeRange, ...] = ()
    duration_s: float | None = None


@dataclass(frozen=True)
class Word:
    """``confidence`` is 0..1, or None where the backend gives none (word times are then interpolated)."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Segment:
    """A caption cue, or a sentence ended at a pause."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Transcript:
    language: str
    backend: str
    quality: Literal["draft", "good", "given"]
    segments: tuple[Segment, ...]
    warnings: tuple[Notice, ...] = ()


# -- layout --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LayoutRequest:
    media: str


@dataclass(frozen=True)
class LayoutSpan:
    start_s: float
    end_s: float
    layout: LayoutName
    screen: Rect | None
    camera: Rect | None
    confidence: float


@dataclass(frozen=True)
class SlideChange:
    """``score`` 0..1: how much of the screen changed."""

    time_s: float
    score: float


@dataclass(frozen=True)
class LayoutTimeline:
    duration_s: float
    size: tuple[int, int]
    spans: tuple[LayoutSpan, ...]
    slide_changes: tuple[SlideChange, ...]
    warnings: tuple[Notice, ...] = ()


# -- analysis ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnalysisRequest:
    transcript: Transcript
    duration_s: float
    silences: tuple[TimeRange, ...] = ()
    slide_changes: tuple[SlideChange, ...] = ()
    backend: str = "local"
    focus: str | None = None


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
class PlannedClip:
    """``keep`` are the ranges that stay, in order and disjoint; ``start_s`` and ``end_s`` are their outer ends."""

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


@dataclass(frozen=True)
class RejectedCandidate:
    start_s: float
    end_s: float
    reason: str


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
