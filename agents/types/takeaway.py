"""What is asked and answered about what an editor takes home: cuts as frames, and a reel of all clips."""

from dataclasses import dataclass

from agents.types.editing import PlannedClip, RenderedFile
from agents.types.recording import Notice


@dataclass(frozen=True)
class CutListRequest:
    """Which frames the renderer takes for ``clips`` of ``media``."""

    media: str
    clips: tuple[PlannedClip, ...]


@dataclass(frozen=True)
class FrameSpan:
    """Frames ``[start, end)`` of the source, counted from 0 at its beginning."""

    start: int
    end: int


@dataclass(frozen=True)
class ClipFrames:
    rank: int
    ranges: tuple[FrameSpan, ...]


@dataclass(frozen=True)
class CutList:
    """``rate`` is frames a second as a fraction, exactly; without video they are samples of the rendered sound.

    ``timecode`` is what the recording says its first frame is called (``01:00:00:00``; ``;`` before the frames:
    drop-frame), None where it says nothing. ``audio_channels`` is 0 without sound.
    """

    rate: tuple[int, int]
    timecode: str | None
    video: bool
    audio_channels: int
    clips: tuple[ClipFrames, ...]


@dataclass(frozen=True)
class TitleCard:
    """Shown before a clip. ``start_s`` and ``end_s`` are the clip's in the recording; ``of`` is how many there are."""

    rank: int
    of: int
    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class ReelRequest:
    """Joins rendered clips, ``media`` in order, each after its card, into ``out_dir``.

    ``reel.mp4``; of clips without video ``reel.m4a``, where silence stands for the cards.
    """

    media: tuple[str, ...]
    cards: tuple[TitleCard, ...]
    out_dir: str
    threads: int = 0


@dataclass(frozen=True)
class ReelEntry:
    """Where a clip is in the reel: its card from ``card_start_s``, itself in ``[start_s, end_s)``."""

    rank: int
    card_start_s: float
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Reel:
    """``encoded`` counts the clips that did not fit the others as they were, and were encoded again."""

    duration_s: float
    video_duration_s: float | None
    audio_duration_s: float | None
    encoded: int
    entries: tuple[ReelEntry, ...]
    file: RenderedFile
    warnings: tuple[Notice, ...] = ()
