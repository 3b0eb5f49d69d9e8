"""Recognises SRT and WebVTT without reading the cues: the agent that uses them does that, in its sandbox."""

import codecs
import re

from app.core.errors import LecternError

_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ARROW = re.compile(r"\d\s*-->\s*\d")


class InvalidCaptions(LecternError):
    code = "invalid_captions"
    status = 422
    title = "The captions cannot be read"


def caption_format(data: bytes) -> tuple[str, str]:
    """``(extension, content type)`` of a caption file. Raises InvalidCaptions."""
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    text = data.decode(encoding, "replace")
    if "\0" in text:
        raise InvalidCaptions("The captions are not a text file.")
    if text.lstrip().startswith("WEBVTT"):
        return "vtt", "text/vtt"
    if _ARROW.search(text):
        return "srt", "application/x-subrip"
    raise InvalidCaptions("The captions are neither SRT nor WebVTT: they hold no cue with times.")
