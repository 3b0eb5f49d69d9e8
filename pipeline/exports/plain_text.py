"""Titles and names as one line of plain text: whoever spoke or wrote them, they are no markup and no second line."""

import unicodedata

from app.services.filenames import BIDI_CONTROLS

ELLIPSIS = "…"
BARRED = frozenset(("Cc", "Cs", "Cn"))
"""Control characters, halves of characters, and what is no character: XML and editors refuse some of them."""


def one_line(text: str, longest: int = 200) -> str:
    """At most ``longest`` characters, cut off at the last word where something is left out.

    >>> one_line("What a\\nheap\\x00 is", 100), one_line("What a heap is", 9)
    ('What a heap is', 'What a…')
    """
    kept = "".join(
        c for c in " ".join(text.split()) if unicodedata.category(c) not in BARRED and c not in BIDI_CONTROLS
    )
    if len(kept) <= longest:
        return kept
    cut = kept[: longest - 1]
    words = cut.rpartition(" ")[0] if kept[longest - 1] != " " else cut
    return (words if len(words) > longest // 2 else cut).rstrip(" ,;:–-") + ELLIPSIS


def clock(time_s: float) -> str:
    """A time as people write it, whole seconds rounded down.

    >>> clock(0), clock(83.9), clock(3723)
    ('0:00', '1:23', '1:02:03')
    """
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
