"""What is asked and answered about a recording: streams, silences, words, layouts."""

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
    """``energy``: ``threshold_dbfs`` None is an adaptive noise floor, the rest as in ``pydub.silence.detect_silence``.

    ``vad``: where nobody speaks for ``min_silence_ms``, whatever else is to be heard; it takes no other option.
    """

    media: str
    min_silence_ms: int = 500
    threshold_dbfs: float | None = None
    seek_step_ms: int = 10
    mode: Literal["energy", "vad"] = "energy"


@dataclass(frozen=True)
class Loudness:
    """How loud the sound is over time: the RMS level of each ``step_s`` from the start, in whole dBFS, -96..0.

    The last one may be of less than a step.
    """

    step_s: float
    levels_dbfs: tuple[int, ...]


@dataclass(frozen=True)
class SilenceResult:
    """``threshold_dbfs`` is None in the mode ``vad``; ``loudness`` where it was not kept, before there was any."""

    duration_s: float
    mode: str
    threshold_dbfs: float | None
    regions: tuple[TimeRange, ...]
    loudness: Loudness | None = None


# -- transcript ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TranscriptRequest:
    """One backend's turn. ``captions`` is a local SRT/VTT file; ``silences`` help to end sentences at pauses.

    ``hints`` are words and names that are likely to be said, the surest first; a backend makes of them what it can.
    ``span``: only this part of the recording, in the recording's times; ``threshold_dbfs`` is then what counts as
    silence in the whole of it, and ``lead_in`` the levels before it, see ChunkPlan: without, all that lies before is
    decoded. ``threads`` the recogniser may use; 0 is one per core.
    """

    media: str
    backend: str
    captions: str | None = None
    language: str = "auto"
    model: str = "small"
    model_dir: str | None = None
    silences: tuple[TimeRange, ...] = ()
    duration_s: float | None = None
    hints: tuple[str, ...] = ()
    span: TimeRange | None = None
    threshold_dbfs: float | None = None
    lead_in: str = ""
    threads: int = 0


@dataclass(frozen=True)
class ChunkRequest:
    """Cut the sound into at most ``chunks`` of about the same length, at pauses."""

    media: str
    chunks: int


@dataclass(frozen=True)
class ChunkPlan:
    """``chunks`` cover the sound in order; two that meet where nobody pauses overlap by some seconds.

    ``threshold_dbfs`` is what counts as silence in the whole recording. ``lead_ins`` are the levels of each 10 ms of
    the four seconds before each chunk: who seeks to a chunk can tell by them whether that is the place.
    """

    duration_s: float
    threshold_dbfs: float
    chunks: tuple[TimeRange, ...]
    lead_ins: tuple[str, ...]


@dataclass(frozen=True)
class ParcelRequest:
    """Pack the sound for a service that is sent files: into ``out_dir``, in parcels of about ``target_s``.

    ``span``, ``threshold_dbfs`` and ``lead_in`` as in TranscriptRequest.
    """

    media: str
    out_dir: str
    target_s: float = 480.0
    span: TimeRange | None = None
    threshold_dbfs: float | None = None
    lead_in: str = ""


@dataclass(frozen=True)
class Parcel:
    """``span`` of the recording as the file ``name`` in ``out_dir``; ``speech`` is where a voice is in it.

    Both are in the recording's times. Two parcels that meet where nobody pauses overlap by some seconds.
    """

    name: str
    span: TimeRange
    speech: tuple[TimeRange, ...]


@dataclass(frozen=True)
class Parcels:
    """In order. What lies between them has no voice in it and is not packed. ``duration_s`` is the end of the sound."""

    duration_s: float
    parcels: tuple[Parcel, ...]


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
    """``language_probability`` is 0..1 where the language was heard out, None where it was given or read off.

    ``dropped`` says how many lines of the recogniser were left out as said by nobody, by reason.
    """

    language: str
    backend: str
    quality: Literal["draft", "good", "given"]
    segments: tuple[Segment, ...]
    warnings: tuple[Notice, ...] = ()
    language_probability: float | None = None
    dropped: dict[str, int] = field(default_factory=dict)


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
