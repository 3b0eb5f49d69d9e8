"""The edit as a CMX3600 EDL. Written here, since the library's writer knows no sound and chooses drop-frame itself."""

from collections.abc import Iterator
from fractions import Fraction

from agents.types import FrameSpan, PlannedClip
from pipeline.exports.edit import Edit
from pipeline.exports.open_timeline import frame_of, timecode_of
from pipeline.exports.plain_text import one_line

CONTENT_TYPE = "text/plain; charset=utf-8"
REEL = "AX"  # a source that is a file, not a tape
NTSC = tuple(Fraction(thousands, 1001) for thousands in (24000, 30000, 60000))
RATES = tuple(sorted((*NTSC, *(Fraction(whole) for whole in (24, 25, 30, 48, 50, 60)))))
"""What timecode knows and editors open."""
DROPPING = NTSC[1:]
SOUND_RATE = Fraction(25)
LONGEST_TITLE = 70


def to_edl(edit: Edit) -> str:
    """One event a kept range, in the order of the clips; the record timecode begins at 00:00:00:00.

    Recordings of 29.97 or 59.94 frames a second are counted drop-frame unless their own timecode says otherwise.
    Frame rates that timecode does not know (12, 15, 20) are counted in the next one that is a multiple.
    """
    rate = edl_rate(edit.rate) if edit.cuts.video else SOUND_RATE
    started = frame_of(edit.cuts.timecode, rate)
    said = edit.cuts.timecode if started is not None else None
    drop = rate in DROPPING and (said is None or ":" not in said[-3:])
    lines = [f"TITLE: {one_line(edit.stem, LONGEST_TITLE)}", f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}", ""]
    recorded = 0
    number = 0
    for clip in edit.clips:
        notes = list(_notes(clip))
        for span in edit.ranges_of(clip):
            number += 1
            source = _converted(span, edit.rate, rate)
            length = source.end - source.start
            frames = (source.start + (started or 0), source.end + (started or 0), recorded, recorded + length)
            times = " ".join(timecode_of(frame, rate, drop=drop) for frame in frames)
            lines.append(f"{number:03d}  {REEL:8} {_channels(edit):5} C        {times}")
            lines.append(f"* FROM CLIP NAME:  {one_line(edit.source)}")
            lines.append(f"* OTIO REFERENCE FROM: {one_line(edit.source)}")
            lines += notes
            notes = []
            recorded += length
    return "\n".join(lines) + "\n"


def edl_rate(rate: Fraction) -> Fraction:
    """The rate that counts the frames of a recording of ``rate``: itself, or a multiple, or the nearest above.

    >>> edl_rate(Fraction(30000, 1001)), edl_rate(Fraction(15)), edl_rate(Fraction(55))
    (Fraction(30000, 1001), Fraction(30, 1), Fraction(60000, 1001))
    """
    multiple = next((known for known in RATES if (known / rate).denominator == 1), None)
    return multiple or next((known for known in RATES if known >= rate), RATES[-1])


def _converted(span: FrameSpan, rate: Fraction, to: Fraction) -> FrameSpan:
    start = round(span.start * to / rate)
    return FrameSpan(start, max(round(span.end * to / rate), start + 1))


def _channels(edit: Edit) -> str:
    """Picture and sound of one event, in CMX3600's words."""
    sound = {0: "", 1: "A"}.get(edit.cuts.audio_channels, "AA")
    if not edit.cuts.video:
        return sound or "A"
    return {"": "V", "A": "B", "AA": "AA/V"}[sound]


def _notes(clip: PlannedClip) -> Iterator[str]:
    yield f"* COMMENT: {clip.rank}. {one_line(clip.title)}"
    for reason in clip.reasons:
        yield f"* COMMENT: WHY: {one_line(reason)}"
