"""Judges a file by its first bytes: media, surely something else, or unknown. Nothing is decoded here.

Cautious in one direction only: what FFmpeg might decode is never called something else. An unknown file is
taken by its extension, and the worker's probe has the last word, in a sandbox.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import puremagic

from app.core.errors import UnsupportedMedia
from app.services.filenames import extension
from app.services.signatures import (
    BOX_TYPES,
    FORM_MEDIA,
    MEDIA,
    MEDIA_EXTENSIONS,
    NOT_MEDIA,
    RIFF_MEDIA,
    STILL_BRANDS,
    TEXT_STARTS,
)

HEAD_BYTES = 16 * 1024
"""How much of a file is looked at."""
TS_PACKETS = 5
TS_JUNK_BYTES = 4096
PUREMAGIC_BYTES = 6
"""Shorter matches in puremagic's table are chance hits in binary data."""
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
BITMAP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
MPEG_KILOBITS = {
    (False, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (False, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (False, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (True, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (True, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (True, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by (low sampling frequency, layer), ISO/IEC 11172-3 and 13818-3."""
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True)
class Verdict:
    """``content_type`` of media; ``what`` (``a PDF document``) of what surely is not media."""

    kind: Literal["media", "other", "unknown"]
    content_type: str | None = None
    what: str | None = None


UNKNOWN = Verdict("unknown")


def sniff(head: bytes) -> Verdict:
    """Judge the first ``HEAD_BYTES`` of a file (or all of a shorter one)."""
    return _text(head) or _container(head) or _stream(head) or _other(head) or _puremagic(head) or UNKNOWN


def accepted_type(head: bytes, name: str) -> str:
    """The content type to store a file with. Raises UnsupportedMedia where it surely is not a recording."""
    verdict, suffix = sniff(head), extension(name)
    if suffix in ("mjpg", "mjpeg") and head.startswith(b"\xff\xd8\xff"):  # JPEG images, one after another
        return MEDIA_EXTENSIONS[suffix]
    if verdict.kind == "other":
        raise UnsupportedMedia(f"{name} is {verdict.what}. Send a video or audio recording.")
    if verdict.content_type is not None:
        return verdict.content_type
    if suffix in MEDIA_EXTENSIONS:
        return MEDIA_EXTENSIONS[suffix]
    raise UnsupportedMedia(
        f"{name} does not look like a recording: neither its content nor its extension is one that Lectern knows."
    )


def _media(content_type: str) -> Verdict:
    return Verdict("media", content_type=content_type)


def _not_media(what: str) -> Verdict:
    return Verdict("other", what=what)


def _text(head: bytes) -> Verdict | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\0")[:64].lower()
    for prefix, what in TEXT_STARTS:
        if start.startswith(prefix):
            return _not_media(what)
    if encoding := _BOMS.get(head[:2]):
        sample = head[2:514].decode(encoding, "replace")
        return _not_media("a text file") if sample and (sample.isprintable() or sample.isascii()) else None
    if not head or _CONTROLS.search(head):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        letters = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
        return _not_media("a text file") if letters > 0.85 * len(head) else None
    return _not_media("JSON" if start[:1] in (b"{", b"[") else "a text file")


def _container(head: bytes) -> Verdict | None:
    for offset, magic, content_type in MEDIA:
        if head.startswith(magic, offset):
            return _media(content_type)
    if head[:3] == b"ID3" and len(head) > 4 and head[3] < 0xFF and head[4] < 0xFF:
        return _media("audio/mpeg")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _media("image/gif") if b"NETSCAPE2.0" in head[:2048] else _not_media("a GIF image")
    return _chunked(head) or _boxed(head)


def _chunked(head: bytes) -> Verdict | None:
    """RIFF and IFF: four bytes, a size, and what the chunks are."""
    kinds: dict[bytes, str] = {}
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        kinds = RIFF_MEDIA
    elif head[:4] == b"FORM":
        kinds = FORM_MEDIA
    content_type = kinds.get(head[8:12])
    return _media(content_type) if content_type else None


def _boxed(head: bytes) -> Verdict | None:
    """QuickTime and ISO base media: a size and a box type."""
    if head[4:8] not in BOX_TYPES:
        return None
    if head[4:8] != b"ftyp":
        return _media("video/quicktime")
    brand = head[8:12]
    if brand in STILL_BRANDS:
        return _not_media("a still image")
    return _media("video/quicktime" if brand == b"qt  " else "video/mp4")


def _stream(head: bytes) -> Verdict | None:
    """Formats without a header: their frames must follow one another."""
    if _is_transport_stream(head):
        return _media("video/mp2t")
    if _two_frames(head, _adts_frame_bytes):
        return _media("audio/aac")
    if _two_frames(head, _mpeg_audio_frame_bytes):
        return _media("audio/mpeg")
    return None


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes at a packet's distance (ISO/IEC 13818-1; 192 with time codes, 204 with error correction)."""
    for packet in (188, 192, 204):
        last = min(TS_JUNK_BYTES, len(head) - packet * (TS_PACKETS - 1))
        start = head.find(0x47, 0, max(last, 0))
        while start != -1:
            if all(head[start + packet * n] == 0x47 for n in range(1, TS_PACKETS)):
                return True
            start = head.find(0x47, start + 1, last)
    return False


def _two_frames(head: bytes, frame_bytes: Callable[[bytes], int | None]) -> bool:
    first = frame_bytes(head[:8])
    return bool(first and frame_bytes(head[first : first + 8]))


def _adts_frame_bytes(header: bytes) -> int | None:
    """Length of an AAC frame (ISO/IEC 13818-7 §6.2), None where ``header`` begins none."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else None


def _mpeg_audio_frame_bytes(header: bytes) -> int | None:
    """Length of an MP1, MP2 or MP3 frame (ISO/IEC 11172-3 §2.4.3.1), None where ``header`` begins none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, frequency_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or rate_index in (0, 15) or frequency_index == 3:
        return None
    halved = version != 3
    kilobits = MPEG_KILOBITS[halved, layer][rate_index - 1]
    frequency_hz = (44100, 48000, 32000)[frequency_index] // {3: 1, 2: 2, 0: 4}[version]
    if layer == 1:
        return (12_000 * kilobits // frequency_hz + padding) * 4
    return (72_000 if layer == 3 and halved else 144_000) * kilobits // frequency_hz + padding


def _other(head: bytes) -> Verdict | None:
    for offset, magic, what in NOT_MEDIA:
        if head.startswith(magic, offset):
            return _not_media(what)
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in BITMAP_HEADERS:
        return _not_media("a bitmap image")
    if re.match(rb"P[1-7]\s", head):
        return _not_media("a bitmap image")
    if b"%PDF-" in head[:1024]:
        return _not_media("a PDF document")
    return None


def _puremagic(head: bytes) -> Verdict | None:
    """Rarer formats by puremagic's table, of which only long matches are believed."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    for match in matches:
        group = match.mime_type.partition("/")[0]
        if len(match.byte_match) >= PUREMAGIC_BYTES and group in ("image", "font", "text", "message", "model"):
            return _not_media(
                f"{match.name} ({match.extension})" if match.name else f"a file of type {match.extension}"
            )
    return None
