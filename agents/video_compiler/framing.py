"""Decide: how each scene is framed, from pictures of it. No text of a slide is ever cut off or painted over.

A camera that lies on a slide is shown beside it in ``split`` and ``stack``, and not on it as well: the slide is cut
off at the camera where that makes it larger and nothing is lost, else the camera is painted over.
"""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from av.error import FFmpegError

from agents.errors import AgentError
from agents.media.frames import Picture
from agents.types import ClipLayout, Rect
from agents.video_compiler.geometry import Size, clamp, make_scene
from agents.video_compiler.overlaid import (
    Cover,
    Framing,
    Side,
    drawn_out,
    in_one_tone,
    kept_sides,
    one_picture,
    overlaid,
    strips,
    unseen,
)
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.scenes import Look, SceneRun, joined, look_of
from agents.video_compiler.screen_look import Scale, bare_bars, blank_sides, is_plain, scaled, seam
from agents.video_compiler.slide_pictures import SAME_SHAPE, SlidePicture, speaker_pictures
from agents.video_compiler.slide_walk import slides_throughout

WORTH_CUTTING = 1.05  # how much larger the slide gets
SEAM_SEEN = 0.1  # of the border of what is painted over
PERSON = "agents.video_compiler.person"
"""Loaded where a camera is cropped only: it takes OpenCV's third of a second."""

BlankIn = Callable[[Picture, frozenset[Side]], frozenset[Side]]


def framed(plan: RenderPlan, pictures: Sequence[SlidePicture]) -> tuple[RenderPlan, tuple[SlidePicture, ...]]:
    """The plan with its scenes arranged anew, by ``pictures`` of them, and where these are in its runs."""
    speakers = speaker_pictures(plan)
    arranged = {number for number, run in enumerate(plan.runs) if run.scene.screens} | {shot.run for shot in speakers}
    looks: dict[Look, list[int]] = {}
    for number, run in enumerate(plan.runs):
        if run.span is not None and number in arranged:
            looks.setdefault(look_of(run.span), []).append(number)
    runs = list(plan.runs)
    for numbers in looks.values():
        seen = [shot.picture for shot in (*pictures, *speakers) if shot.run in numbers]
        framing = _framing(plan, [plan.runs[number] for number in numbers], seen)
        for number in numbers:
            run = plan.runs[number]
            scene = make_scene(run.span, plan.source.size, plan.canvas, plan.caption_height, framing)
            runs[number] = replace(run, scene=scene)
    together, places = joined(runs)
    return replace(plan, runs=together), tuple(replace(shot, run=places[shot.run]) for shot in pictures)


def _framing(plan: RenderPlan, runs: Sequence[SceneRun], seen: Sequence[Picture]) -> Framing:
    span = cast(ClipLayout, runs[0].span)
    size = plan.source.size
    screen, camera = (clamp(rect, size) if rect else None for rect in (span.screen, span.camera))
    framing = unseen(screen, camera)
    if not seen:
        return framing
    scale = seen[0].shape[1] / size[0], seen[0].shape[0] / size[1]
    if span.layout == "speaker" and screen is None:
        return replace(framing, person=_person(seen, (0, 0, *size), scale))
    if span.arrangement == "full" or screen is None or camera is None or one_picture(screen, camera):
        bars = "none" if _same_shape(size, plan.canvas) else bare_bars(seen, screen, camera, scale)
        person = _person(seen, camera, scale) if bars == "everywhere" and camera else None
        return replace(framing, bars=bars, person=person)
    if span.arrangement == "stack":
        framing = replace(framing, person=_person(seen, camera, scale))
    hidden = overlaid(screen, camera)
    if hidden is None:
        return framing
    cover, shows = _cover(screen, hidden, seen, scale)
    wanted = _worth_cutting(plan, span, screen, hidden, seen_anyway=shows > SEAM_SEEN or cover is None)
    places = {side: scaled(rect, scale) for side, rect in wanted.items()}
    there = scaled(screen, scale), scaled(hidden, scale)

    def blank_in(picture: Picture, sides: frozenset[Side]) -> frozenset[Side]:
        return blank_sides(picture, *there, {side: places[side] for side in sides})

    blank = _blank_throughout(plan, runs, seen, wanted, blank_in)
    kept = next((rect for side, rect in wanted.items() if side in blank), None)
    return Framing(kept, person=framing.person) if kept else Framing(screen, cover, person=framing.person)


def _person(seen: Sequence[Picture], camera: Rect, scale: Scale) -> Rect | None:
    found: Rect | None = importlib.import_module(PERSON).whereabouts(seen, camera, scale)
    return found


def _cover(screen: Rect, hidden: Rect, seen: Sequence[Picture], scale: Scale) -> tuple[Cover | None, float]:
    """The strip whose tones show least, in the picture where they show most, and how much that is."""
    beside = strips(screen, hidden).items()
    whole = [drawn_out(hidden, side, strip, plain=True) for side, strip in beside]
    pieces = [cover for side, strip in beside for cover in in_one_tone(hidden, side, strip)]
    blurred = [drawn_out(hidden, side, strip, plain=False) for side, strip in beside]
    plain = [cover for cover in (*whole, *pieces) if all(is_plain(picture, cover, scale) for picture in seen)]
    shows = {
        cover: max(seam(picture, cover, scale) for picture in seen) + SEAM_SEEN * (cover not in plain)
        for cover in (*plain, *blurred)
    }
    best = min(shows, key=lambda cover: shows[cover], default=None)
    return (best, shows[best]) if best else (None, 1.0)


def _worth_cutting(
    plan: RenderPlan, span: ClipLayout, screen: Rect, hidden: Rect, *, seen_anyway: bool
) -> dict[Side, Rect]:
    """What may be kept of the screen, the largest in the clip first."""

    def size_in_clip(rect: Rect) -> float:
        framing = Framing(rect)
        part = make_scene(span, plan.source.size, plan.canvas, plan.caption_height, framing).parts[0]
        return part.target[2] / part.source[2]

    least = size_in_clip(screen) * (0.0 if seen_anyway else WORTH_CUTTING)
    sizes = {side: (size_in_clip(rect), rect) for side, rect in kept_sides(screen, hidden).items()}
    ordered = sorted(sizes, key=lambda side: sizes[side][0], reverse=True)
    return {side: sizes[side][1] for side in ordered if sizes[side][0] >= least}


def _blank_throughout(
    plan: RenderPlan, runs: Sequence[SceneRun], seen: Sequence[Picture], sides: Iterable[Side], blank_in: BlankIn
) -> frozenset[Side]:
    """The sides that lose nothing in any picture: first of the few that are there, then of all others."""
    blank = frozenset(sides)
    for picture in seen:
        blank = blank_in(picture, blank)
    try:
        for picture in slides_throughout(plan, runs) if blank else ():
            blank = blank_in(picture, blank)
            if not blank:
                break
    except (FFmpegError, AgentError):
        return frozenset()
    return blank


def _same_shape(a: Size, b: Size) -> bool:
    return abs(a[0] / a[1] * b[1] / b[0] - 1) <= SAME_SHAPE
