"""The agent: looks at samples, decides on runs, then looks closer at runs and at the intervals where they change."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from agents.errors import CorruptMedia, NoVideo
from agents.layout_detector.cameras import Camera, CameraFinder
from agents.layout_detector.changes import Changes, Found
from agents.layout_detector.closeup import Look, look
from agents.layout_detector.lines import Corners, scaled
from agents.layout_detector.overlays import moving_beside
from agents.layout_detector.samples import Sample, samples
from agents.layout_detector.timeline import Run, label, runs
from agents.media.frames import Picture, frames_between
from agents.media.probe import probe
from agents.types import LayoutRequest, LayoutSpan, LayoutTimeline, MediaInfo, Rect, Report, VideoStream

CLOSE_LOOKS = 4  # full-size pictures of a run
MAX_KEPT = 64  # pictures: 59 MB at 1280x720; those of a short recording need no second decoding
ONE_FRAME_S = 0.5  # frames of slow recordings may be this far apart


def run(request: LayoutRequest, report: Report) -> LayoutTimeline:
    """The agent ``layout``. Raises NoVideo, UnsupportedMedia or CorruptMedia; any picture at all gives a span."""
    report(0.0, "Opening the video")
    info = probe(request.media)
    if info.video is None:
        raise NoVideo("The file has no video stream.")
    found, kept, cameras, large_size = _measure(request.media, info, report)
    decided = runs(found, label(found, cameras, large_size))
    factor = info.video.width / large_size[0]
    looks = []
    for index, one in enumerate(decided):
        report(0.5 + 0.1 * index / len(decided), "Looking at the layouts closely")
        seen = found[one.first : one.last + 1]
        others = moving_beside(seen, cameras, one.camera, seen[0].shape[1] / large_size[0])
        closer = _look(request.media, info.video, found, kept, one, factor=factor, others=others)
        looks.append(closer)
    duration_s = max(info.duration_s, found[-1].time_s)
    known = Found(found, decided, looks, info.video, duration_s)
    changes = Changes(request.media, known, report)
    switches, slide_changes = changes.find()
    spans = merge(_spans(looks, switches, duration_s))
    report(1.0, f"{len(spans)} layouts and {len(slide_changes)} slide changes found")
    return LayoutTimeline(info.duration_s, known.size, tuple(spans), tuple(slide_changes))


def _measure(
    media: str, info: MediaInfo, report: Report
) -> tuple[list[Sample], dict[int, Picture], list[Camera], tuple[int, int]]:
    """Samples, the full-size pictures of some (by index), cameras, and the size they are measured in."""
    finder, size = CameraFinder(), (0, 0)
    found: list[Sample] = []
    kept: dict[int, Picture] = {}
    for sample, large in samples(media, info):
        finder.add(sample, large)
        if len(kept) < MAX_KEPT and info.video and large.shape[1] == info.video.width:
            kept[len(found)] = large
        found.append(sample)
        size = (large.shape[1], large.shape[0])
        done = min(sample.time_s / info.duration_s, 1.0)
        report(0.5 * done, f"Looking at the picture, {clock(sample.time_s)} of {clock(info.duration_s)}")
    return found, kept, finder.cameras(), size


def clock(time_s: float) -> str:
    """Minutes and seconds, for people."""
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"


def _look(
    media: str,
    shown: VideoStream,
    found: Sequence[Sample],
    kept: dict[int, Picture],
    one: Run,
    *,
    factor: float,
    others: Sequence[Corners],
) -> Look:
    """Decode a few full-size pictures spread over the run and judge them."""
    count = one.last - one.first + 1
    chosen = sorted({one.first + count * part // CLOSE_LOOKS for part in range(CLOSE_LOOKS)})
    pictures: list[Picture] = []
    for index in chosen:
        if index in kept:
            pictures.append(kept[index])
            continue
        at_s = found[index].time_s
        # from the keyframe a sample begins with, not from the one before it
        begin_s, end_s = max(at_s, 0.0), at_s + ONE_FRAME_S
        for shot in frames_between(media, begin_s, end_s, grey=True, shown=shown):
            pictures.append(shot.picture)
            break
    if not pictures:
        raise CorruptMedia(f"No picture of the video can be decoded near {clock(found[one.first].time_s)}.")
    moved = float(np.median([sample.moved.mean() for sample in found[one.first : one.last + 1]]))
    camera = scaled(one.camera, factor) if one.camera else None
    places = tuple(scaled(other, factor) for other in others)
    closer = look(pictures, camera, moved=moved, film=one.film, reach=round(3 * max(factor, 1.0)), others=places)
    return replace(closer, others=places)


def _spans(looks: Sequence[Look], switches: Sequence[float], duration_s: float) -> list[LayoutSpan]:
    ends = [0.0, *switches, duration_s]
    return [
        LayoutSpan(start_s, end_s, one.layout, _rect(one.screen), _rect(one.camera), round(one.confidence, 3))
        for (start_s, end_s), one in zip(pairwise(ends), looks, strict=True)
    ]


def _rect(box: Corners | None) -> Rect | None:
    return None if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1])


def merge(spans: Sequence[LayoutSpan]) -> list[LayoutSpan]:
    """Join neighbours that show the same thing in the same place; the longer one's rectangles stay."""
    merged: list[LayoutSpan] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last and last.layout == span.layout and _near(last.camera, span.camera) and _near(last.screen, span.screen):
            kept = max(last, span, key=lambda one: one.end_s - one.start_s)
            merged[-1] = LayoutSpan(last.start_s, span.end_s, kept.layout, kept.screen, kept.camera, kept.confidence)
        elif span.end_s > span.start_s or not merged:
            merged.append(span)
    return merged


def _near(one: Rect | None, other: Rect | None) -> bool:
    if one is None or other is None:
        return one is other
    reach = 0.04 * max(one[2], one[3], other[2], other[3])
    return all(abs(a - b) <= reach for a, b in zip(one, other, strict=True))
