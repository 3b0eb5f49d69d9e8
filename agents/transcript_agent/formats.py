"""A transcript as SRT, WebVTT or plain text: pure functions of its segments."""

import html
from collections.abc import Iterable, Sequence
from typing import Literal

import pysubs2

from agents.transcript_agent.readable import Caption, readable
from agents.types import Segment

PARAGRAPH_PAUSE_S = 2.0
BACKSLASH = "\ue000"  # private use: pysubs2 reads \n, \N and \h as white space


def to_srt(segments: Sequence[Segment]) -> str:
    """Readable cues (see ``readable``); a speaker who begins to speak is named in the text as ``Name: ``."""
    return _captions(segments, "srt")


def to_vtt(segments: Sequence[Segment]) -> str:
    """Readable cues (see ``readable``); a known speaker becomes a voice tag. ``&``, ``<`` and ``>`` are escaped."""
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
    for caption in readable(segments, named=kind == "srt"):
        text = _vtt_text(caption) if kind == "vtt" else _srt_text(caption)
        start_ms, end_ms = round(caption.start_s * 1000), round(caption.end_s * 1000)
        subtitles.append(pysubs2.SSAEvent(start_ms, end_ms, text))
    return str(subtitles.to_string(kind, keep_ssa_tags=True)).replace(BACKSLASH, "\\")


def _srt_text(caption: Caption) -> str:
    return _broken(line.replace("-->", "→") for line in caption.lines)


def _vtt_text(caption: Caption) -> str:
    text = _broken(html.escape(line, quote=False) for line in caption.lines)
    if not caption.speaker:
        return text
    name = html.escape(" ".join(caption.speaker.split()), quote=False)
    return f"<v {name}>{text}</v>"


def _broken(lines: Iterable[str]) -> str:
    r"""Lines as pysubs2 wants them: parted by ``\N``, other backslashes hidden."""
    return r"\N".join(line.replace("\\", BACKSLASH) for line in lines)
