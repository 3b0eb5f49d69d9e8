"""What a sender calls a file, made fit to show and to offer as a download. Never used as a path."""

import unicodedata

MAX_CHARACTERS = 255
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reorder what is shown, so that ``exe.4pm`` reads ``mp4.exe``."""


def display_name(sent: str, *, default: str = "upload") -> str:
    """The last path segment of ``sent`` without control characters, at most 255 characters, its extension kept."""
    last = sent.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cs") and c not in BIDI_CONTROLS)
    name = unicodedata.normalize("NFC", kept).strip()
    if name.strip(". ") == "":
        return default
    if len(name) <= MAX_CHARACTERS:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 16:
        return name[:MAX_CHARACTERS]
    return f"{stem[: MAX_CHARACTERS - len(suffix) - 1]}.{suffix}"


def extension(name: str) -> str:
    """In lower case without the dot; empty where there is none."""
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem else ""


def download_name(source: str, part: str, suffix: str) -> str:
    """``lecture.mp4`` and ``clip 1`` make ``lecture - clip 1.mp4``: friendly in a folder of downloads."""
    stem = source.rpartition(".")[0] or source
    tail = f" - {part}.{suffix}"
    return f"{stem[: MAX_CHARACTERS - len(tail)]}{tail}"
