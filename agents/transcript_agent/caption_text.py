"""Caption files as cues: bytes to text, text to cues through pysubs2, mark-up to plain text."""

import html
import re
from dataclasses import dataclass
from itertools import zip_longest

import pysubs2

from agents.errors import InvalidCaptions

CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
TIMING = re.compile(rf"^[ \t]*{CLOCK}[ \t]*-->[ \t]*{CLOCK}", re.MULTILINE)
HOURS = re.compile(r"\d+:\d+:\d+[.,]\d+[ \t]*-->")
COLON = "\ue001"  # private use: pysubs2 takes a line of text with two times in it for the times of a cue
VOICE = re.compile(r"<v(?:\.[^ \t>]*)?[ \t]+([^>]+)>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>")
OVERRIDE = re.compile(r"\{\\[^}]*\}|\{[yYfFsScCpP]:[^}]*\}")
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Cue:
    """Plain text on one line, ``[start_ms, end_ms)`` as written, and the voice where all of it is one speaker's."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def decode_text(data: bytes) -> str:
    """UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252, of which Latin-1 is the remainder."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    zeros_even, zeros_odd = data[0:2000:2].count(0), data[1:2000:2].count(0)
    if zeros_even + zeros_odd > len(data[:2000]) // 8:
        return data.decode("utf-16-le" if zeros_odd > zeros_even else "utf-16-be", "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def parse_cues(text: str) -> list[Cue]:
    """The cues of an SRT or WebVTT text, as written: unsorted, overlapping, empty ones too.

    Raises InvalidCaptions where there is no line with two times.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").lstrip("\ufeff \t\n")
    if not TIMING.search(text):
        raise InvalidCaptions("The caption file holds no SRT or WebVTT cues.")
    events = pysubs2.SSAFile.from_string(_canonical(text), format_="vtt", keep_html_tags=True)
    return [_cue(event) for event in events]


def header_language(text: str) -> str | None:
    """The ``Language:`` of a WebVTT header, as YouTube writes it."""
    found = re.match(r"\ufeff?WEBVTT[^\n]*\n(?:[^\n]+\n)*?Language:[ \t]*([A-Za-z]{2,3})\b", text.replace("\r\n", "\n"))
    return found[1].lower() if found else None


def _canonical(text: str) -> str:
    """The same cues as WebVTT that pysubs2 reads without mixing up a cue and what surrounds it.

    It takes all lines up to the next times as text and cuts a last line of digits off as the next cue's number.
    So every cue gets a number, and WebVTT identifiers, notes, styles and cue settings are left out. A file without
    a WEBVTT header and without hours is read as WebVTT all the same.
    """
    is_vtt = text.startswith("WEBVTT") or HOURS.search(text) is None
    timings = list(TIMING.finditer(text))
    parts = ["WEBVTT"]
    for number, (timing, following) in enumerate(zip_longest(timings, timings[1:]), 1):
        body = text[timing.end() : following.start() if following else len(text)].partition("\n")[2]
        body = re.split(r"\n[ \t]*\n", f"\n{body}")[0] if is_vtt else _without_number(body)
        times = f"{_clock(*timing.groups()[:4])} --> {_clock(*timing.groups()[4:])}"
        parts.append(f"{number}\n{times}\n{body.strip().replace(':', COLON)}")
    return "\n\n".join([*parts, "0\n"])


def _clock(hours: str | None, minutes: str, seconds: str, fraction: str) -> str:
    return f"{int(hours or 0):02d}:{int(minutes):02d}:{seconds}.{fraction.ljust(3, '0')}"


def _without_number(body: str) -> str:
    """An SRT cue may hold empty lines; only the number before the next times is not part of it."""
    return re.sub(r"\n[ \t]*\n[ \t]*\d+[ \t]*\n*$", "", f"\n{body}")


def _cue(event: pysubs2.SSAEvent) -> Cue:
    written = event.text.replace(r"\N", "\n").replace(COLON, ":")
    voices = {html.unescape(voice).strip() for voice in VOICE.findall(written)}
    plain = html.unescape(OVERRIDE.sub("", TAG.sub("", written)))
    lines = tuple(" ".join(line.split()) for line in plain.split("\n") if line.strip())
    return Cue(event.start, event.end, lines, voices.pop() if len(voices) == 1 else None)
