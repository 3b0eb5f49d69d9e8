"""What an answer says about which bytes it brings."""

import re
from dataclasses import dataclass

from pipeline.egress import StreamedAnswer

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.IGNORECASE)


@dataclass(frozen=True)
class ContentRange:
    """First and last byte, both included, and the size of the whole where the server knows it."""

    first: int
    last: int
    size_bytes: int | None


def content_range(answer: StreamedAnswer) -> ContentRange | None:
    """None where there is none, or one that makes no sense."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if found is None:
        return None
    first, last, size = int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])
    return ContentRange(first, last, size) if first <= last and (size is None or last < size) else None


def content_length(answer: StreamedAnswer) -> int | None:
    """Bytes of this answer's body, where it says so."""
    text = answer.headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
