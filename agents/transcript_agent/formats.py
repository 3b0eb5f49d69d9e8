"""A transcript as SRT, WebVTT or plain text: pure functions of its segments."""

import html
from collections.abc import Sequence
from typing import Literal

import pysubs2

from agents.types import Segment

PARAGRAPH_PAUSE_S = 2.0
BACKSLASH = "\ue000"  # private use: pysubs2 reads \n, \N and \h as white space


def to_srt(segments: Sequence[Segment]) -> str:
    """One cue per segment; a known speaker is written before the text as ``Name: ``."""
    return _captions(segments, "srt")


def to_vtt(segments: Sequence[Segment]) -> str:
    """One cue per segment; a known speaker becomes a voice tag. ``&``, ``<`` and ``>`` are escaped."""
    return _captions(segments, "vtt")


def to_txt(segments: Sequence[Segment]) -> str:
    """Paragraphs, parted by pauses of two seconds and by changes of speaker. Ends with a newline unless empty."""
    paragraphs: list[str] = []
    before: Segment | None = None
    for segment in segments:
        text = " ".join(segment.text.split())
        if not text:
            continue
        same_voice = before is not None and segment.speaker == before.speaker
        if before is not None and same_voice and segment.start_s - before.end_s < PARAGRAPH_PAUSE_S:
            paragraphs[-1] += f" {text}"
        else:
            paragraphs.append(f"{segment.speaker}: {text}" if segment.speaker and not same_voice else text)
        before = segment
    return "\n\n".join(paragraphs) + ("\n" if paragraphs else "")


def _captions(segments: Sequence[Segment], kind: Literal["srt", "vtt"]) -> str:
    subtitles = pysubs2.SSAFile()
    for segment in segments:
        text = _vtt_text(segment) if kind == "vtt" else _srt_text(segment)
        if text:
            start_ms = round(segment.start_s * 1000)
            end_ms = max(round(segment.end_s * 1000), start_ms + 1)
            subtitles.append(pysubs2.SSAEvent(start_ms, end_ms, text.replace("\\", BACKSLASH)))
    return str(subtitles.to_string(kind, keep_ssa_tags=True)).replace(BACKSLASH, "\\")


def _srt_text(segment: Segment) -> str:
    text = " ".join(segment.text.split()).replace("-->", "→")
    return f"{segment.speaker}: {text}" if segment.speaker and text else text


def _vtt_text(segment: Segment) -> str:
    text = html.escape(" ".join(segment.text.split()), quote=False)
    if not segment.speaker or not text:
        return text
    name = html.escape(" ".join(segment.speaker.split()), quote=False)
    return f"<v {name}>{text}</v>"
