"""The edit as OpenTimelineIO, and timecode: the one file that imports the library. It opens no media."""

from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import quote

from opentimelineio import opentime, schema

from agents.types import FrameSpan, PlannedClip
from pipeline.exports.edit import Edit
from pipeline.exports.plain_text import one_line

CONTENT_TYPE = "application/vnd.pixar.opentimelineio+json"
NAMESPACE = "lectern"


def to_otio(edit: Edit) -> str:
    """One timeline of all clips, each kept range a clip of the source, as JSON.

    Frames are those that the renderer takes. The source is named by its file name alone, to be found beside the
    timeline; its range begins at its own timecode where it has one.
    """
    timeline = schema.Timeline(name=f"{one_line(edit.stem)} highlights", global_start_time=_time(edit, 0))
    timeline.metadata[NAMESPACE] = {
        "source": edit.source,
        "duration_s": edit.duration_s,
        "topics": [{"start_s": t.start_s, "end_s": t.end_s, "title": one_line(t.title)} for t in edit.topics],
    }
    kinds = [(schema.TrackKind.Video, "V1")] if edit.cuts.video else []
    if edit.cuts.audio_channels:
        kinds.append((schema.TrackKind.Audio, "A1"))
    for number, (kind, name) in enumerate(kinds):
        track = schema.Track(name=name, kind=kind)
        track.extend(_clips(edit, marked=number == 0))
        timeline.tracks.append(track)
    return str(timeline.to_json_string(indent=2))


def _clips(edit: Edit, *, marked: bool) -> Iterator[schema.Clip]:
    for planned in edit.clips:
        spans = edit.ranges_of(planned)
        for number, span in enumerate(spans, start=1):
            part = f" ({number}/{len(spans)})" if len(spans) > 1 else ""
            clip = schema.Clip(
                name=f"{planned.rank}. {one_line(planned.title)}{part}",
                media_reference=schema.ExternalReference(
                    target_url=quote(edit.source), available_range=_range(edit, FrameSpan(0, edit.frames))
                ),
                source_range=_range(edit, span),
                metadata={NAMESPACE: {"rank": planned.rank, "range": number}},
            )
            clip.media_reference.name = edit.source
            if marked and number == 1:
                clip.markers.append(_why(edit, planned, span))
            if marked:
                clip.markers.extend(_topics(edit, spans, number - 1))
            yield clip


def _why(edit: Edit, planned: PlannedClip, span: FrameSpan) -> schema.Marker:
    """Why the clip was chosen, where it begins."""
    reasons = [one_line(reason) for reason in planned.reasons]
    marker = schema.Marker(
        name=f"{planned.rank}. {one_line(planned.title)}",
        marked_range=_range(edit, span),
        color=schema.MarkerColor.GREEN,
        metadata={NAMESPACE: {"score": planned.score, "score_parts": dict(planned.score_parts), "reasons": reasons}},
    )
    marker.comment = "; ".join(reasons)
    return marker


def _topics(edit: Edit, spans: tuple[FrameSpan, ...], number: int) -> Iterator[schema.Marker]:
    """The topics that are first heard in this range of a clip."""
    span, before = spans[number], spans[:number]
    for topic in edit.topics:
        start, end = round(topic.start_s * edit.rate), round(topic.end_s * edit.rate)
        shown = FrameSpan(max(start, span.start), min(end, span.end))
        if shown.end > shown.start and not any(start < b.end and end > b.start for b in before):
            marker = schema.Marker(
                name=one_line(topic.title), marked_range=_range(edit, shown), color=schema.MarkerColor.BLUE
            )
            marker.comment = ", ".join(one_line(word) for word in topic.keywords)
            yield marker


def _time(edit: Edit, frame: int) -> opentime.RationalTime:
    return opentime.RationalTime(frame, float(edit.rate))


def _range(edit: Edit, span: FrameSpan) -> opentime.TimeRange:
    """In the source's own count, which begins at its timecode."""
    start = span.start + (frame_of(edit.cuts.timecode, edit.rate) or 0)
    return opentime.TimeRange(_time(edit, start), _time(edit, span.end - span.start))


def frame_of(timecode: str | None, rate: Fraction) -> int | None:
    """The number of the frame that a timecode names; None without one, or where there is no such timecode.

    >>> frame_of("00:01:00;02", Fraction(30000, 1001)), frame_of("01:00:00:00", Fraction(25)), frame_of("", Fraction(9))
    (1800, 90000, None)
    """
    if timecode is None:
        return None
    try:
        value: float = opentime.from_timecode(timecode.replace(".", ";"), float(rate)).value
    except ValueError:
        return None
    return round(value)


def timecode_of(frame: int, rate: Fraction, *, drop: bool) -> str:
    """The name of a frame; it begins anew after a day. ``rate`` is one that timecode knows.

    >>> timecode_of(1800, Fraction(30000, 1001), drop=True), timecode_of(1800, Fraction(30000, 1001), drop=False)
    ('00:01:00;02', '00:01:00:00')
    """
    return str(opentime.to_timecode(opentime.RationalTime(frame, float(rate)), float(rate), drop))
